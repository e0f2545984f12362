"""A listing that may take longer than one run of a function: it stops in time and goes on later.

A listing is a hint in any case (what differs is read again by name), so one that was made in parts
is as good as one that was made at once. It counts as begun when its first part was.
"""

import json
import zlib
from collections.abc import Callable, Collection, Iterator

from zonemesh.errors import SourceThrottled
from zonemesh.ports import ParkedListing, SourceRRset, ZoneSource

COMPRESSION = 3  # of 9: three times as fast as the default, and a tenth larger


class ListingUnfinished(Exception):
    """The listing stopped before its end; `cursor` and `packed` are what `ParkedListing` takes."""

    def __init__(self, cursor: str, packed: bytes) -> None:
        super().__init__(f"the listing goes on at {cursor}")
        self.cursor, self.packed = cursor, packed


class ReadingUnfinished(Exception):
    """Time was up before all names that differ were read again; those that were are recorded."""


class LongListing:
    """A ZoneSource whose listing starts with what was parked, and stops when time is up.

    Reading names again stops, too, once some were read. At least one page is listed each time, so
    that there is an end. A source that asks for patience stops the listing as well, once it has got
    on.
    """

    def __init__(
        self, source: ZoneSource, parked: ParkedListing | None, in_time: Callable[[], bool]
    ) -> None:
        self._source, self._parked, self._in_time = source, parked, in_time
        self.read = source.read
        self.listed_pages = source.listed_pages
        self.signing, self.name_servers = source.signing, source.name_servers

    def read_patiently(
        self, owners: Collection[str], calls: int
    ) -> Iterator[dict[str, list[SourceRRset]]]:
        """Read some names; raises ReadingUnfinished."""
        left = len(owners)
        for read in self._source.read_patiently(owners, calls):
            yield read
            left -= len(read)
            if left and not self._in_time():
                raise ReadingUnfinished

    def listing(self) -> Iterator[SourceRRset]:
        """List the zone; raises ListingUnfinished."""
        before = self._parked.packed if self._parked else b""
        cursor = self._parked.cursor if self._parked else None
        yield from unpacked(before)
        packer, packed, got_on = zlib.compressobj(COMPRESSION), [before], False
        pages = self._source.listed_pages(cursor)
        while True:
            try:
                page = next(pages)
            except SourceThrottled:
                if cursor is None or not got_on:
                    raise
                raise ListingUnfinished(cursor, b"".join([*packed, packer.flush()])) from None
            yield from page.rrsets
            if page.cursor is None:
                return
            cursor, got_on = page.cursor, True
            packed.append(packer.compress(_lines(page.rrsets)))
            if not self._in_time():
                raise ListingUnfinished(cursor, b"".join([*packed, packer.flush()]))


def _lines(rrsets: Collection[SourceRRset]) -> bytes:
    return b"".join(json.dumps(rrset).encode() + b"\n" for rrset in rrsets)


def unpacked(packed: bytes) -> Iterator[SourceRRset]:
    """Give the rrsets of zlib streams that stand one after the other."""
    while packed:
        stream = zlib.decompressobj()
        text = stream.decompress(packed)
        packed = stream.unused_data
        yield from map(json.loads, text.split(b"\n")[:-1])

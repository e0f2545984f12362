"""A ZoneSource over zone transfers, all of whose answers are of one serial of the primary."""

from collections.abc import Collection, Iterator

from zonemesh.errors import SourceRefused
from zonemesh.ports import ListedPage, SourceRRset
from zonemesh.route53.rrsets import owner_of
from zonemesh.xfr.reader import XfrReader


class PulledSource:
    """A zone as one transfer told it, which is kept: it is for one recording."""

    def __init__(self, reader: XfrReader) -> None:
        self._reader = reader
        self._rrsets: list[SourceRRset] | None = None

    def listing(self) -> Iterator[SourceRRset]:
        """Transfer the zone, once."""
        if self._rrsets is None:
            self._rrsets = list(self._reader.whole())
        return iter(self._rrsets)

    def listed_pages(self, cursor: str | None = None) -> Iterator[ListedPage]:
        """Give the zone as one page."""
        yield ListedPage(tuple(self.listing()), None)

    def read(self, owners: Collection[str]) -> dict[str, list[SourceRRset]]:
        """Give what the transfer has of some owner names."""
        found: dict[str, list[SourceRRset]] = {owner: [] for owner in owners}
        for rrset in self.listing():
            if (owner := owner_of(rrset)) in found:
                found[owner].append(rrset)
        return found

    def read_patiently(
        self, owners: Collection[str], calls: int
    ) -> Iterator[dict[str, list[SourceRRset]]]:
        """Give all of them at once, as they are of one serial."""
        yield self.read(owners)

    def name_servers(self) -> tuple[str, ...]:
        """Give none: only the mesh knows a zone's primaries."""
        return ()

    def signing(self) -> bool:
        """Refuse: a zone that comes signed has its DNSKEY among its records."""
        raise SourceRefused(f"{self._reader.apex} is transferred: its signatures are in it")

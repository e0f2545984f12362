"""The zone files on disk: written beside, checked, then put in place; the last good one stays."""

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count, islice
from pathlib import Path

from hub_container.files import TEMP_SUFFIX, fresh_file, rename, replace_text, sync_directory
from zonemesh.converge import chunks, layout, with_soa
from zonemesh.ports import SnapshotStore
from zonemesh.snapshot import Snapshot
from zonemesh.tree import digest_of

Check = Callable[[str, Path], None]  # apex, zone file; raises where NSD would not load it
_APEX_LINES_MOST = 10_000  # the SOA stands among the first: only A and NS come before it
_MILLISECOND = 1_000_000  # in ns
_SECOND = 1_000 * _MILLISECOND


@dataclass(frozen=True, slots=True)
class Prepared:
    """A checked zone file that is not in place yet; `size` is in bytes.

    `heard` is when the hub heard of it, in monotonic seconds. `loaded` counts the chunks and pages
    that were not on disk already. `anew` is set where it is to replace a file of the same serial.
    `expires` is when the first of its signatures runs out (epoch seconds), None without any.
    """

    zone: str
    apex: str
    serial: int
    size: int
    heard: float
    loaded: int
    temp: Path
    index: "Index" = field(repr=False)
    anew: bool = False
    expires: int | None = None


@dataclass(frozen=True, slots=True)
class Index:
    """Where the chunks of a zone file are (digest → offset, length in bytes), and its pages.

    The first chunk is kept beside the pages: in the file the SOA divides it.
    """

    chunks: dict[str, tuple[int, int]]
    pages: dict[str, str]

    def to_json(self) -> str:
        return json.dumps({"chunks": self.chunks, "pages": self.pages}, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Index":
        document = json.loads(text)
        spans = {
            digest: (offset, length) for digest, (offset, length) in document["chunks"].items()
        }
        return cls(spans, dict(document["pages"]))


class LocalCopy:
    """What a zone file and its index hold already.

    The two may be out of step after a crash: what does not match its digest is not there.
    """

    def __init__(self, path: Path, index: Index) -> None:
        self._path, self._index = path, index
        self.misses = 0

    def read(self, digests: Iterable[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        wanted = list(digests)
        try:
            with self._path.open("rb") as file:
                for digest in wanted:
                    text = self._index.pages.get(digest)
                    if text is None and (span := self._index.chunks.get(digest)):
                        file.seek(span[0])
                        text = file.read(span[1]).decode(errors="replace")
                    if text is not None and digest_of(text) == digest:
                        found[digest] = text
        except OSError:
            pass  # unreadable is as good as absent: the store has it all
        self.misses += len(wanted) - len(found)
        return found


class ZoneFiles:
    """The zone files of a hub, each named by a digest of its zone's key.

    Never by the zone's name: `0/26.2.0.192.in-addr.arpa` is a legal one.
    """

    def __init__(self, directory: Path, check: Check) -> None:
        self.directory = directory
        self._check = check
        self._numbers = count()  # of the files written beside, each with a name of its own

    def open(self) -> None:
        """Make the directory, and take away what an interrupted hub left half written."""
        self.directory.mkdir(parents=True, exist_ok=True)
        for leftover in self.directory.glob(f"*{TEMP_SUFFIX}"):
            leftover.unlink()

    def name(self, zone: str) -> str:
        """Give the name of a zone's file in the directory."""
        return hashlib.sha256(zone.encode()).hexdigest()[:40] + ".zone"

    def path(self, zone: str) -> Path:
        return self.directory / self.name(zone)

    def serial(self, zone: str) -> int | None:
        """Read the serial that stands in a zone's file, None where there is no such file."""
        try:
            with self.path(zone).open("rb") as file:
                for line in islice(file, _APEX_LINES_MOST):
                    fields = line.split(b" ")
                    if fields[3] == b"SOA":
                        return int(fields[6])
        except (OSError, IndexError, ValueError):
            pass
        return None

    def size(self, zone: str) -> int:
        """Give the size of a zone's file in bytes, 0 where there is none."""
        try:
            return self.path(zone).stat().st_size
        except OSError:
            return 0

    def prepare(
        self, snapshot: Snapshot, store: SnapshotStore, heard: float, anew: bool = False
    ) -> Prepared:
        """Write and check a snapshot's zone file beside the present one.

        Raises OSError where it cannot be written, StoreError where its content is not to be had,
        and what the check raises. The present file is not touched.
        """
        name = f"{self.name(snapshot.zone)}.{snapshot.serial}.{next(self._numbers)}{TEMP_SUFFIX}"
        temp = self.directory / name
        had = LocalCopy(self.path(snapshot.zone), self._index(snapshot.zone))
        wanted = layout(snapshot, had, store)
        spans: dict[str, tuple[int, int]] = {}
        kept = dict(wanted.pages)
        with fresh_file(temp) as file:
            offset = 0
            for digest, text in chunks(wanted, had, store):
                if offset == 0:
                    kept[digest] = text  # the SOA divides it in the file
                    offset = file.write(with_soa(snapshot, text).encode())
                else:
                    spans[digest] = (offset, file.write(text.encode()))
                    offset += spans[digest][1]
            if offset == 0:
                offset = file.write(with_soa(snapshot, "").encode())
        try:
            self._check(snapshot.apex, temp)
        except BaseException:
            temp.unlink(missing_ok=True)
            raise
        zone, apex, serial = snapshot.zone, snapshot.apex, snapshot.serial
        index, expires = Index(spans, kept), snapshot.expires
        return Prepared(zone, apex, serial, offset, heard, had.misses, temp, index, anew, expires)

    def install(self, prepared: Prepared) -> None:
        """Put a prepared file in place; raises OSError."""
        path = self.path(prepared.zone)
        self._set_later_mtime(prepared.temp, path)
        self._note_expiry(prepared)
        rename(prepared.temp, path)
        # An index that lags behind its file costs loads, never content.
        with suppress(OSError):
            replace_text(path.with_suffix(".index"), prepared.index.to_json())

    def expires(self, zone: str) -> int | None:
        """Give when the signatures in a zone's file run out (epoch seconds), None without any."""
        try:
            serial, expires = self.path(zone).with_suffix(".expires").read_text().split()
        except (OSError, ValueError):
            return None
        return int(expires) if int(serial) == self.serial(zone) else None

    def is_over(self, zone: str) -> bool:
        """Tell whether the signatures in a zone's file have run out: it is not to be served."""
        expires = self.expires(zone)
        return expires is not None and expires <= time.time()

    def _note_expiry(self, prepared: Prepared) -> None:
        """Note it before the file is there: a signed file must never stand without."""
        path = self.path(prepared.zone).with_suffix(".expires")
        if prepared.expires is None:
            path.unlink(missing_ok=True)
        else:
            replace_text(path, f"{prepared.serial} {prepared.expires}")

    def discard(self, prepared: Prepared) -> None:
        """Take away a prepared file that a newer one replaces."""
        prepared.temp.unlink(missing_ok=True)

    def names(self) -> set[str]:
        """Give the names of all zone files in the directory."""
        return {path.name for path in self.directory.glob("*.zone")}

    def forget(self, name: str) -> None:
        """Remove a zone's file by its name, its index and NSD's IXFR history."""
        for path in self.directory.glob(f"{Path(name).stem}.*"):
            path.unlink(missing_ok=True)
        sync_directory(self.directory)

    def _index(self, zone: str) -> Index:
        try:
            return Index.from_json(self.path(zone).with_suffix(".index").read_text())
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return Index({}, {})

    @staticmethod
    def _set_later_mtime(temp: Path, path: Path) -> None:
        """NSD ignores a file whose mtime equals that of the one it read."""
        if not path.exists():
            return
        old = path.stat().st_mtime_ns
        for step in (_MILLISECOND, 2 * _SECOND):  # the second for file systems that keep seconds
            if temp.stat().st_mtime_ns > old:
                return
            os.utime(temp, ns=(old + step, old + step))

"""A snapshot store that remembers what never changes: roots, chunks and pages."""

import threading
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping
from typing import Generic, TypeVar

from zonemesh.ports import SnapshotStore
from zonemesh.snapshot import Head, Snapshot

ROOTS_MOST = 5_000  # of some 2 KB
TEXT_MOST = 32_000_000  # characters of chunks and pages

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class Recent(Generic[_Key, _Value]):
    """The values that were used last, up to a total size; safe for all threads."""

    def __init__(self, most: int) -> None:
        self._most, self._size = most, 0
        self._lock = threading.Lock()
        self._kept: OrderedDict[_Key, tuple[_Value, int]] = OrderedDict()

    def get(self, key: _Key) -> _Value | None:
        """Give a value, None where it is not kept."""
        with self._lock:
            if key not in self._kept:
                return None
            self._kept.move_to_end(key)
            return self._kept[key][0]

    def put(self, key: _Key, value: _Value, size: int = 1) -> None:
        """Keep a value; those not used for longest go when it is too much."""
        with self._lock:
            _, before = self._kept.pop(key, (None, 0))
            self._kept[key] = value, size
            self._size += size - before
            while self._size > self._most and len(self._kept) > 1:
                _, (_, freed) = self._kept.popitem(last=False)
                self._size -= freed


class RememberingStore:
    """A SnapshotStore before another one. Heads are always read, and writes passed on."""

    def __init__(self, store: SnapshotStore) -> None:
        self._store = store
        self._roots: Recent[tuple[str, int], Snapshot] = Recent(ROOTS_MOST)
        self._texts: Recent[tuple[str, str], str] = Recent(TEXT_MOST)

    def head(self, zone: str) -> Head | None:
        return self._store.head(zone)

    def heads(self, zones: Collection[str]) -> dict[str, Head]:
        return self._store.heads(zones)

    def snapshot(self, zone: str, serial: int) -> Snapshot:
        if (known := self._roots.get((zone, serial))) is None:
            known = self._store.snapshot(zone, serial)
            self._roots.put((zone, serial), known)
        return known

    def snapshots(self, zone: str, *, below: int | None = None, most: int = 100) -> list[Snapshot]:
        return self._store.snapshots(zone, below=below, most=most)

    def load(self, zone: str, digests: Iterable[str]) -> dict[str, str]:
        wanted = list(digests)
        found = {digest: self._texts.get((zone, digest)) for digest in wanted}
        lacking = [digest for digest, text in found.items() if text is None]
        loaded = self._store.load(zone, lacking) if lacking else {}
        for digest, text in loaded.items():
            self._texts.put((zone, digest), text, len(text))
        return {digest: text for digest, text in found.items() if text is not None} | loaded

    def write(self, zone: str, nodes: Mapping[str, str]) -> None:
        self._store.write(zone, nodes)

    def commit(self, snapshot: Snapshot, onto: Head | None) -> None:
        self._store.commit(snapshot, onto)

    def hold(self, snapshot: Snapshot, onto: Head) -> None:
        self._store.hold(snapshot, onto)

    def accept(self, head: Head) -> Head:
        return self._store.accept(head)

    def reject(self, head: Head) -> Head:
        return self._store.reject(head)

    def confirm(self, head: Head, *, decisions: str, held: int | None) -> None:
        self._store.confirm(head, decisions=decisions, held=held)

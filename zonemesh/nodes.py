"""The chunks and pages of one zone while a snapshot of it is made."""

from collections.abc import Iterable

from zonemesh.ports import SnapshotStore
from zonemesh.tree import Written

_KEPT = 1000  # the pages and chunks of an edit; a whole zone streams by


class Nodes:
    """The chunks and pages of one zone: the stored ones, and those written but not yet stored."""

    def __init__(self, store: SnapshotStore, zone: str) -> None:
        self._store, self._zone = store, zone
        self._loaded: dict[str, str] = {}
        self.written: Written = {}

    def load(self, wanted: Iterable[str]) -> dict[str, str]:
        """Give texts by digest; what was loaded before is not asked for again."""
        known = {}
        missing = []
        for digest in wanted:
            text = self.written.get(digest) or self._loaded.get(digest)
            if text is None:
                missing.append(digest)
            else:
                known[digest] = text
        if missing:
            found = self._store.load(self._zone, missing)
            if len(self._loaded) < _KEPT:
                self._loaded.update(found)
            known.update(found)
        return known

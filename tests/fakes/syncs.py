"""A history of syncs in memory."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace

from zonemesh.syncs.sync import DAY, Kind, Sync, SyncOutcome, short_error


def _nothing() -> None:
    """Do nothing before a sync is kept."""


class MemorySyncs:
    """A SyncHistory of one dict, `kept`: hub and key → the sync and when it expires.

    `before` is called before each is kept and may fail; `writes` counts.
    """

    def __init__(
        self, clock: Callable[[], float] = time.time, before: Callable[[], None] = _nothing
    ) -> None:
        self.clock, self.before = clock, before
        self.kept: dict[tuple[str, tuple[int, str, str, str]], tuple[Sync, float]] = {}
        self.writes = 0
        self._lock = threading.Lock()

    def keep(self, sync: Sync, days: int) -> None:
        self.before()
        with self._lock:
            self.writes += 1
            kept = replace(sync, error=short_error(sync.error))
            self.kept[sync.hub, sync.key] = kept, int(sync.last_at) + days * DAY

    def syncs(self, hub: str, *, since: float, most: int, below: Sync | None = None) -> list[Sync]:
        with self._lock:
            found = [
                sync
                for (owner, key), (sync, until) in self.kept.items()
                if owner == hub
                and until > self.clock()
                and sync.ended_at >= since
                and (below is None or key < below.key)
            ]
        return sorted(found, key=lambda sync: sync.key, reverse=True)[:most]

    def of(self, hub: str, kind: Kind, target: str = "") -> list[tuple[SyncOutcome, int | None]]:
        """Give outcome and serial of a hub's syncs of one place, the first first."""
        found = reversed(self.syncs(hub, since=0, most=100_000))
        return [
            (sync.outcome, sync.serial)
            for sync in found
            if (sync.kind, sync.target) == (kind, target)
        ]

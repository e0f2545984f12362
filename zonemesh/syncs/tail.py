"""Syncs as they come in, for whoever looks on."""

from collections.abc import Collection

from zonemesh.syncs.reading import Wanted, each_sync
from zonemesh.syncs.sync import Sync, SyncHistory

GRACE = 60.0  # seconds that a hub may take to write a sync, and that clocks may be apart

_Known = tuple[str, tuple[int, str, str, str]]


class SyncTail:
    """The wanted syncs of some hubs that ended since a time (epoch seconds) and are not `known`."""

    def __init__(
        self,
        history: SyncHistory,
        hubs: Collection[str],
        wanted: Wanted,
        since: float,
        known: Collection[Sync] = (),
    ) -> None:
        self._history, self._hubs, self._wanted, self._since = history, hubs, wanted, since
        self._known: dict[_Known, float] = {_known(sync): sync.ended_at for sync in known}

    def newer(self) -> list[Sync]:
        """Give those that came in since the last time, the first first; raises StoreUnavailable.

        A sync that goes on failing comes once, and once more for each hour of it.
        """
        found = [
            sync
            for hub in self._hubs
            for sync in each_sync(self._history, hub, self._since - GRACE)
            if _known(sync) not in self._known and self._wanted.takes(sync)
        ]
        self._known |= {_known(sync): sync.ended_at for sync in found}
        self._since = max([self._since, *(sync.ended_at for sync in found)])
        self._known = {
            key: ended for key, ended in self._known.items() if ended >= self._since - GRACE
        }
        return sorted(found, key=lambda sync: sync.ended_at)


def _known(sync: Sync) -> _Known:
    return sync.hub, sync.key

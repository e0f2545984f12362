"""The history of syncs in the table: an item a sync, in the partition of its hub, with a TTL.

The sort key is `sync#TIME#KIND:TARGET#ZONE`, with the time in milliseconds, so that a span of time
is one query. An item is under 1 KB, which is one write unit.
"""

import time
from collections.abc import Callable

from zonemesh.aws.table import Item, Put, Table, keyed
from zonemesh.deployment import EXPIRES_AT, HUB_PREFIX, SORT_KEY
from zonemesh.errors import StoreUnavailable
from zonemesh.syncs.sync import DAY, Kind, Sync, SyncOutcome, short_error

_SYNC = "sync#"
_AFTER_ALL = "sync$"  # the character after `#`
_DIGITS = 13  # of milliseconds since 1970, until the year 2286


class DynamoSyncs:
    """A SyncHistory in the table; `clock` gives epoch seconds."""

    def __init__(self, table: Table, clock: Callable[[], float] = time.time) -> None:
        self._table, self._clock = table, clock

    def keep(self, sync: Sync, days: int) -> None:
        item = keyed(
            (f"{HUB_PREFIX}{sync.hub}", _sort_key(sync)),
            outcome=sync.outcome.value,
            last=round(sync.last_at * 1000),
            count=sync.count,
        )
        known = {
            "serial": sync.serial,
            "took": None if sync.seconds is None else round(sync.seconds * 1000),
            "changes": sync.changes,
            "error": short_error(sync.error) or None,
        }
        item |= {name: value for name, value in known.items() if value is not None}
        self._table.put(Put(item | {EXPIRES_AT: int(sync.last_at) + days * DAY}))

    def syncs(self, hub: str, *, since: float, most: int, below: Sync | None = None) -> list[Sync]:
        partition = f"{HUB_PREFIX}{hub}"
        first = f"{_SYNC}{max(0, round(since * 1000)):0{_DIGITS}d}"
        last = _AFTER_ALL if below is None else _sort_key(below)
        while last > first:
            items = self._table.query_back(partition, first, below=last, most=most)
            # DynamoDB deletes what has expired within days, not at once.
            if found := [_sync(hub, each) for each in items if each[EXPIRES_AT] > self._clock()]:
                return found
            if len(items) < most:
                break
            last = items[-1][SORT_KEY]
        return []


def _sort_key(sync: Sync) -> str:
    milliseconds, kind, target, zone = sync.key
    return f"{_SYNC}{milliseconds:0{_DIGITS}d}#{kind}:{target}#{zone}"


def _sync(hub: str, item: Item) -> Sync:
    _, milliseconds, what, zone = item[SORT_KEY].split("#", 3)
    kind, _, target = what.partition(":")
    took = item.get("took")
    try:
        known = Kind(kind), SyncOutcome(item["outcome"])
    except ValueError as problem:
        raise StoreUnavailable(
            f"hub {hub} keeps syncs that this zonemesh does not know ({problem}); upgrade "
            "it, the hub is newer"
        ) from None
    return Sync(
        hub,
        zone,
        *known,
        int(milliseconds) / 1000,
        item["last"] / 1000,
        target,
        item.get("serial"),
        None if took is None else took / 1000,
        item.get("changes"),
        item.get("error", ""),
        item["count"],
    )

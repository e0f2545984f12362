"""Which syncs somebody wants to see, read from the newest back, and what they come to."""

import heapq
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any

from zonemesh.chosen_zones import fits
from zonemesh.syncs.sync import FOLDED_WITHIN, Sync, SyncHistory, SyncOutcome

LOOKED_THROUGH_MOST = 20_000  # syncs that are read for those that are wanted: about 6 MB
_FIRST_PAGE, _PAGE_MOST = 50, 1_000  # what is wanted is mostly young; what is rare takes many


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which syncs: each part leaves out what does not fit, None fits all.

    `zone` is a shell-style pattern of names or keys, `target` a target's name, `since` (epoch
    seconds) when the sync was last seen.
    """

    zone: str | None = None
    target: str | None = None
    outcomes: frozenset[SyncOutcome] | None = None
    since: float = 0.0

    def takes(self, sync: Sync) -> bool:
        """Tell whether a sync is wanted."""
        return (
            sync.last_at >= self.since
            and (self.target is None or sync.target == self.target)
            and (self.outcomes is None or sync.outcome in self.outcomes)
            and (self.zone is None or fits(self.zone, sync.apex) or fits(self.zone, sync.zone))
        )


@dataclass(frozen=True, slots=True)
class FoundSyncs:
    """The syncs that are wanted, the latest first.

    `more` where there are more of them. `looked_back_to` (epoch seconds) is how far was looked
    where looking ended before all was seen, else None.
    """

    syncs: tuple[Sync, ...]
    more: bool = False
    looked_back_to: float | None = None


def hubs_fitting(pattern: str | None, hubs: Iterable[str]) -> list[str]:
    """Give the hubs that a shell-style pattern means; all of them without one."""
    return sorted(hub for hub in hubs if pattern is None or fits(pattern, hub))


def read_syncs(
    history: SyncHistory,
    hubs: Collection[str],
    wanted: Wanted,
    most: int,
    *,
    look_through: int = LOOKED_THROUGH_MOST,
) -> FoundSyncs:
    """Read the last `most` wanted syncs of some hubs; raises StoreUnavailable.

    No more than `look_through` are looked at for them, and none that ended an hour before `since`:
    a sync that failed on and on begins anew before that.
    """
    found: list[Sync] = []
    first = wanted.since - FOLDED_WITHIN if wanted.since else 0.0
    latest_first = heapq.merge(
        *(each_sync(history, hub, first) for hub in hubs), key=lambda sync: -sync.ended_at
    )
    for seen, sync in enumerate(latest_first):
        if seen == look_through:
            return FoundSyncs(tuple(found), looked_back_to=sync.ended_at)
        if wanted.takes(sync):
            if len(found) == most:
                return FoundSyncs(tuple(found), more=True)
            found.append(sync)
    return FoundSyncs(tuple(found))


def each_sync(history: SyncHistory, hub: str, since: float) -> Iterator[Sync]:
    """Give a hub's syncs that ended since a time, the latest first, as long as somebody takes them.

    They are read a page at a time.
    """
    page, below = _FIRST_PAGE, None
    while found := history.syncs(hub, since=since, most=page, below=below):
        yield from found
        below, page = found[-1], min(page * 2, _PAGE_MOST)


@dataclass(frozen=True, slots=True)
class SyncSummary:
    """What syncs come to: how many by outcome, and how long those that came off took (seconds)."""

    counts: Mapping[SyncOutcome, int]
    median: float | None
    longest: float | None

    def document(self) -> dict[str, Any]:
        """Give it JSON-able."""
        return {
            "counts": {outcome.value: count for outcome, count in self.counts.items()},
            "median_seconds": self.median,
            "longest_seconds": self.longest,
        }


def summary(syncs: Iterable[Sync]) -> SyncSummary:
    """Count syncs; what happened several times counts so often."""
    counts: Counter[SyncOutcome] = Counter()
    took: list[float] = []
    for sync in syncs:
        counts[sync.outcome] += sync.count
        if sync.outcome.is_success and sync.seconds is not None:
            took.append(sync.seconds)
    ordered = {outcome: counts[outcome] for outcome in SyncOutcome if counts[outcome]}
    return SyncSummary(ordered, median(took) if took else None, max(took, default=None))

"""What fails again and again is one sync that is counted. Pure.

fails ──► written ── fails again ──► counted, and written from time to time
  ▲                                      │ another error or serial, an hour later, or it comes off
  └──────────────── a new sync ◄─────────┘ (written as it is then)
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from zonemesh.syncs.sync import FOLDED_WITHIN, Kind, Sync, SyncOutcome

WRITTEN_EVERY = 600.0  # seconds between writes of a sync that is only counted on

# What differs between two tellings of one failure: numbers, and long words with some in them, as
# ids of requests are.
_VARYING = re.compile(r"(?=[\w-]*[0-9])[\w-]{8,}|[0-9]+")

_KINDS_MOST = 8  # failures of one zone at one place that take turns

_Place = tuple[Kind, str, str]
_Told = tuple[SyncOutcome, int | None, str]


@dataclass(slots=True)
class _Open:
    """A sync that may go on: as it is, and as it was written last."""

    sync: Sync
    written: Sync

    def due(self, now: float, every: float) -> list[Sync]:
        if self.sync == self.written or now - self.written.last_at < every:
            return []
        self.written = self.sync
        return [self.sync]


class Folding:
    """Folds syncs that did not come off; it remembers some for each zone and place that fails."""

    def __init__(self) -> None:
        self._open: dict[_Place, dict[_Told, _Open]] = {}

    def fails(self, kind: Kind, target: str, zone: str) -> bool:
        """Tell whether the last sync of a zone at a place did not come off."""
        return (kind, target, zone) in self._open

    def add(self, sync: Sync) -> list[Sync]:
        """Give what is to be written now that this happened."""
        place = sync.kind, sync.target, sync.zone
        if sync.outcome.is_success:
            return [*_all_due(self._open.pop(place, {}), sync.last_at, every=0.0), sync]
        failures = self._open.setdefault(place, {})
        known = failures.pop(_told(sync), None)
        if known is not None and 0 <= sync.ended_at - known.sync.ended_at < FOLDED_WITHIN:
            known.sync = known.sync.again(sync)
            failures[_told(sync)] = known  # behind the others, as the latest
            return known.due(sync.last_at, WRITTEN_EVERY)
        closed = known.due(sync.last_at, 0.0) if known else []
        if len(failures) == _KINDS_MOST:
            closed += failures.pop(next(iter(failures))).due(sync.last_at, 0.0)
        failures[_told(sync)] = _Open(sync, sync)
        return [*closed, sync]

    def due(self, now: float, every: float = WRITTEN_EVERY) -> list[Sync]:
        """Give what was counted on and not written for so many seconds."""
        return [sync for each in self._open.values() for sync in _all_due(each, now, every)]


def _all_due(failures: Mapping[_Told, _Open], now: float, every: float) -> list[Sync]:
    return [sync for each in failures.values() for sync in each.due(now, every)]


def _told(sync: Sync) -> _Told:
    return sync.outcome, sync.serial, _VARYING.sub("#", sync.error)

"""The last syncs of a zone, a hub or a target, as rows."""

from collections.abc import Collection
from dataclasses import dataclass

from zonemesh.dashboard.ports import DashboardPorts
from zonemesh.dashboard.words import Tag, Tone
from zonemesh.duration import took
from zonemesh.errors import ZonemeshError
from zonemesh.syncs.reading import Wanted, read_syncs, summary
from zonemesh.syncs.sync import Sync, SyncOutcome

ROWS = 12
LOOK_THROUGH = 400  # syncs, about 100 KB, at each new page; `zonemesh syncs` looks further

_TONES = {SyncOutcome.FAILED: Tone.BAD, SyncOutcome.HELD: Tone.WARN}


@dataclass(frozen=True, slots=True)
class SyncRow:
    """A sync; `at` is when it ended, or was seen last (epoch seconds), `took` in words."""

    at: float
    key: str
    apex: str
    hub: str
    place: str
    serial: int | None
    tag: Tag
    took: str
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LastSyncs:
    """The last syncs, and what they come to; `trouble` says why they cannot be read."""

    rows: tuple[SyncRow, ...] = ()
    summary: str = ""
    trouble: str = ""


def last_syncs(ports: DashboardPorts, hubs: Collection[str], wanted: Wanted) -> LastSyncs:
    """Read the last syncs of some hubs."""
    try:
        found = read_syncs(ports.syncs, hubs, wanted, ROWS, look_through=LOOK_THROUGH)
    except ZonemeshError as problem:
        return LastSyncs(trouble=str(problem))
    summed = summary(found.syncs)
    text = "" if summed.median is None else f"{took(summed.median)} at the median"
    return LastSyncs(tuple(map(_row, found.syncs)), text)


def _row(sync: Sync) -> SyncRow:
    times = (f"{sync.count} times",) if sync.count > 1 else ()
    notes = tuple(filter(None, (sync.error, *times)))
    tag = Tag(sync.outcome.value, _TONES.get(sync.outcome, Tone.GOOD))
    place = "" if sync.place == "dns" else sync.place
    return SyncRow(
        sync.last_at, sync.zone, sync.apex, sync.hub, place, sync.serial, tag, took(sync.seconds),
        notes,
    )  # fmt: skip

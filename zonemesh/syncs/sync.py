"""The history of syncs: what each hub served, published and recorded, and what failed."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Protocol, Self

ERROR_MOST = 400  # bytes that are kept: with all else a sync stays under 1 KB, one write unit
FOLDED_WITHIN = 3600.0  # seconds; what fails on begins another sync each hour, which is then found
DAY = 86_400  # seconds


class Kind(StrEnum):
    """What was made the same as what."""

    SERVE = "serve"  # the hub's own DNS server as the newest snapshot
    PUBLISH = "publish"  # a target as the newest snapshot
    PULL = "pull"  # the newest snapshot as a primary


class SyncOutcome(StrEnum):
    """What came of a sync."""

    SERVED = "served"
    PUBLISHED = "published"
    RECORDED = "recorded"
    HELD = "held"  # a guard wants it approved
    FAILED = "failed"

    @property
    def is_success(self) -> bool:
        return self not in (SyncOutcome.HELD, SyncOutcome.FAILED)


@dataclass(frozen=True, slots=True)
class Sync:
    """One sync of a zone (key) on a hub; times in epoch seconds.

    `target` is the name of the target that was published to, empty for the other kinds. `serial` is
    the snapshot's, None where it was not known. `seconds` is how long it took from the ring, or the
    try, until `ended_at`, None where that is not known either. `changes` counts the rrsets written
    at a target, or that would be. `error` says why it failed or is held. The same failure again is
    the same sync: `count` says how often, `last_at` when last.
    """

    hub: str
    zone: str
    kind: Kind
    outcome: SyncOutcome
    ended_at: float
    last_at: float
    target: str = ""
    serial: int | None = None
    seconds: float | None = None
    changes: int | None = None
    error: str = ""
    count: int = 1

    @property
    def began_at(self) -> float:
        """When it began; when it ended, where it is not known how long it took."""
        return self.ended_at - (self.seconds or 0.0)

    @property
    def apex(self) -> str:
        """The zone's name, which ends its key."""
        return self.zone.rpartition(":")[2]

    @property
    def place(self) -> str:
        """Where it went: a target's name, `dns` for the hub's own server, `mesh` for a snapshot."""
        return self.target or {Kind.SERVE: "dns", Kind.PULL: "mesh"}.get(self.kind, "")

    @property
    def key(self) -> tuple[int, str, str, str]:
        """What tells it from the hub's other syncs: its time in milliseconds, and of what."""
        return (round(self.ended_at * 1000), self.kind, self.target, self.zone)

    def again(self, later: "Sync") -> Self:
        """Give the sync that has happened once more."""
        return replace(
            self, count=self.count + later.count, last_at=later.last_at, error=later.error
        )

    def document(self) -> Mapping[str, Any]:
        """Give it JSON-able."""
        return {
            "hub": self.hub,
            "zone": self.zone,
            "apex": self.apex,
            "kind": self.kind.value,
            "place": self.place,
            "target": self.target or None,
            "serial": self.serial,
            "began_at": round(self.began_at, 3),
            "ended_at": self.ended_at,
            "seconds": self.seconds,
            "outcome": self.outcome.value,
            "changes": self.changes,
            "error": self.error,
            "count": self.count,
            "last_at": self.last_at,
        }


def short_error(text: str) -> str:
    """Give as much of an error as is kept."""
    return text.encode()[:ERROR_MOST].decode(errors="ignore")


class SyncHistory(Protocol):
    """Where syncs are kept, each hub's by itself; a hub writes its own only.

    Every call may raise StoreUnavailable.
    """

    def keep(self, sync: Sync, days: int) -> None:
        """Keep a sync for so many days, in place of an earlier state of it (the same `key`)."""

    def syncs(self, hub: str, *, since: float, most: int, below: Sync | None = None) -> list[Sync]:
        """Give a hub's syncs that ended at `since` (epoch seconds) or later, the latest first.

        At most `most` of them, and with `below` only those before it: the last one of a page leads
        to the next. An empty list is the end. What has outlived its days is left out.
        """

"""An alert: what is amiss, since when, and what of it has been told.

       found ──► pending ──lasted──► open ──well for long enough──► ended
                    │                 ▲ │
                    └──► forgotten    └─┘ amiss again meanwhile

Ringing cannot be undone and may be cut off, so it takes three steps: *claim* (one conditional
write, which of two runs only one wins), *ring*, *note*. Who dies in between leaves a claim, which
expires: the next run rings again, once. So nothing is lost, and nothing told more than twice.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from zonemesh.watch.kinds import AlertKind

CLAIM = 150  # seconds; longer than a run of the watch lasts, so whoever holds an older one is gone
CLAIMS = 2  # that may end without a note


class Phase(StrEnum):
    """How far an alert has come."""

    PENDING = "pending"  # amiss for too short a time to be told
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that is, or was, amiss; times are in epoch seconds.

    `subject` names it within its kind. `zones` are the first few of the `count` zones concerned,
    `hubs` and `place` (a target, secondary or integration) where it is. `serial` is the one that is
    held, while `above` is served. `noted_at` is when it was first seen, `told_at` when it was told,
    `well_since` since when it was not found any more. `claimed_at` is when somebody set out to tell
    of its beginning or, once it was told, of its end; `claims` counts those who were not heard of
    again.
    """

    kind: AlertKind
    subject: str
    since: int
    noted_at: int
    phase: Phase = Phase.PENDING
    text: str = ""
    zones: tuple[str, ...] = ()
    count: int = 0
    hubs: tuple[str, ...] = ()
    place: str = ""
    serial: int | None = None
    above: int | None = None
    told_at: int | None = None
    well_since: int | None = None
    claimed_at: int | None = None
    claims: int = 0
    revision: int = 0

    @property
    def key(self) -> tuple[AlertKind, str]:
        """What tells it from others."""
        return self.kind, self.subject

    def claimed(self, now: int) -> "Alert":
        """Give the alert as somebody sets out to tell of it."""
        return replace(self, claimed_at=now, claims=self.claims + 1)

    def released(self) -> "Alert":
        """Give the alert as it is after nobody could be told: the next run tries again."""
        return replace(self, claimed_at=None, claims=max(self.claims - 1, 0))

    def told(self, now: int) -> "Alert":
        """Give the alert after its beginning was told."""
        return replace(self, phase=Phase.OPEN, told_at=now, claimed_at=None, claims=0)

    def is_being_told(self, now: int) -> bool:
        """Tell whether another run may still be at it."""
        return self.claimed_at is not None and now - self.claimed_at < CLAIM


@dataclass(frozen=True, slots=True)
class PastAlert:
    """An alert that has ended, and when."""

    alert: Alert
    ended_at: int


class AlertLog(Protocol):
    """Where alerts are kept."""

    def alerts(self) -> list[Alert]:
        """Give all that are pending or open."""

    def alert(self, kind: AlertKind, subject: str) -> Alert | None:
        """Give one, None where there is none."""

    def put(self, alert: Alert, onto: Alert | None) -> Alert | None:
        """Write an alert in place of `onto`, as which it was read; None where it has changed.

        Gives it with its new revision.
        """

    def forget(self, alert: Alert) -> bool:
        """Delete an alert; False where it has changed since it was read."""

    def keep(self, past: PastAlert) -> None:
        """Note an alert that has ended; the same one again changes nothing."""

    def past(self, most: int) -> list[PastAlert]:
        """Give those that ended last, the newest first."""


def gravest_first(alerts: Iterable[Alert]) -> list[Alert]:
    """Sort alerts as they are shown."""
    order = list(AlertKind)
    return sorted(alerts, key=lambda each: (order.index(each.kind), each.since, each.subject))

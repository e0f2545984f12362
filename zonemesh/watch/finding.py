"""What is found amiss by one look at the mesh."""

from collections.abc import Collection
from dataclasses import dataclass

from zonemesh.watch.alert import Alert
from zonemesh.watch.kinds import AlertKind


@dataclass(frozen=True, slots=True)
class Finding:
    """Something amiss, of which an alert is to begin once it has lasted `patience` seconds.

    `since` (epoch seconds) is when it began, None where only looking again can tell. One that is
    to be `confirmed` must be found by two looks. `zones` are all that are concerned, the others as
    in `Alert`.
    """

    kind: AlertKind
    subject: str
    text: str
    patience: int = 0
    since: float | None = None
    zones: tuple[str, ...] = ()
    hubs: tuple[str, ...] = ()
    place: str = ""
    serial: int | None = None
    above: int | None = None
    confirmed: bool = False

    @property
    def key(self) -> tuple[AlertKind, str]:
        """What tells it from others; its alert has the same one."""
        return self.kind, self.subject


@dataclass(frozen=True, slots=True)
class Found:
    """All that one look found, and what it could not tell: `silent` hubs, `unjudged` keys."""

    findings: tuple[Finding, ...]
    silent: frozenset[str] = frozenset()
    unjudged: Collection[tuple[AlertKind, str]] = frozenset()

    def tells_of(self, alert: Alert) -> bool:
        """Tell whether that an alert's cause was not found means that it is gone.

        What a hub says of zones is worth nothing once it is silent.
        """
        if alert.key in self.unjudged:
            return False
        return alert.kind is AlertKind.HUB_OFFLINE or not self.silent.intersection(alert.hubs)

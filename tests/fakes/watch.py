"""What the watch tells and notes, in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from zonemesh.errors import MessagingFailed
from zonemesh.watch.alert import Alert, PastAlert
from zonemesh.watch.kinds import AlertKind


@dataclass(frozen=True)
class Said:
    """A message as it went out."""

    subject: str
    text: str
    about: Mapping[str, Sequence[str]]


@dataclass
class Ringer:
    """An Alerts whose messages are in `said`; while `broken` nobody can be told."""

    said: list[Said] = field(default_factory=list)
    broken: bool = False

    def ring(self, subject: str, text: str, about: Mapping[str, Sequence[str]]) -> None:
        if self.broken:
            raise MessagingFailed("no topic")
        self.said.append(Said(subject, text, about))

    @property
    def subjects(self) -> list[str]:
        return [each.subject for each in self.said]


class MemoryAlertLog:
    """An AlertLog of two lists by key, `current` and `ended`.

    The steps named in `crashes` (`put`, `forget`, `keep`) end as a killed process does, before
    anything is written: each time one is reached the first of the list is taken, `-` lets it pass.
    """

    def __init__(self) -> None:
        self.current: dict[tuple[AlertKind, str], Alert] = {}
        self.ended: list[PastAlert] = []
        self.crashes: list[str] = []

    def alerts(self) -> list[Alert]:
        return list(self.current.values())

    def alert(self, kind: AlertKind, subject: str) -> Alert | None:
        return self.current.get((kind, subject))

    def put(self, alert: Alert, onto: Alert | None) -> Alert | None:
        self._may_crash("put")
        if not self._is_as_read(alert, onto):
            return None
        revision = alert.noted_at if onto is None else onto.revision + 1
        written = replace(alert, revision=revision)
        self.current[alert.key] = written
        return written

    def forget(self, alert: Alert) -> bool:
        self._may_crash("forget")
        if not self._is_as_read(alert, alert):
            return False
        del self.current[alert.key]
        return True

    def keep(self, past: PastAlert) -> None:
        self._may_crash("keep")
        if past not in self.ended:
            self.ended.append(past)

    def past(self, most: int) -> list[PastAlert]:
        newest = sorted(self.ended, key=lambda each: each.ended_at, reverse=True)
        return newest[:most]

    def _is_as_read(self, alert: Alert, onto: Alert | None) -> bool:
        found = self.current.get(alert.key)
        if found is None or onto is None:
            return found is None and onto is None
        return found.revision == onto.revision

    def _may_crash(self, step: str) -> None:
        if self.crashes and (expected := self.crashes.pop(0)) != "-":
            assert expected == step
            raise Killed


class Killed(BaseException):
    """The process is gone; nothing catches that."""

"""Carrying out what was decided: who claims an alert first rings, and notes it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from zonemesh.errors import ZonemeshError
from zonemesh.ports import Alerts as Ringer
from zonemesh.serial import is_newer
from zonemesh.watch.alert import Alert, AlertLog, PastAlert, Phase
from zonemesh.watch.deciding import Forget, GiveUp, Note, Step, Tell, is_another, seen
from zonemesh.watch.finding import Finding
from zonemesh.watch.words import message


@dataclass(slots=True)
class Told:
    """What was told: alerts that began, and that ended.

    `unsure` are those of which nobody knows whether they were told, `problems` says of whom nobody
    could be told: the next run tries again.
    """

    begun: list[Alert] = field(default_factory=list)
    ended: list[Alert] = field(default_factory=list)
    unsure: list[Alert] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Teller:
    """Tells of alerts as of `now` (epoch seconds); messages point into `runbook`."""

    log: AlertLog
    ringer: Ringer
    runbook: str
    now: int

    def carry_out(self, steps: Iterable[Step]) -> Told:
        """Note and tell; what begins or ends together, of one kind, is one message."""
        told = Told()
        messages: dict[tuple[str, bool], list[Tell]] = {}
        for step in steps:
            match step:
                case Tell():
                    messages.setdefault((step.alert.kind, step.ended), []).append(step)
                case Note():
                    self.log.put(step.alert, step.onto)
                case Forget():
                    self.log.forget(step.alert)
                case GiveUp():
                    told.unsure.append(step.alert)
                    self._settle(step.alert, step.ended)
        for steps_of_one in messages.values():
            self._tell(steps_of_one, told)
        return told

    def tell_at_once(self, finding: Finding) -> Told:
        """Tell of what has just been found, unless it was told already."""
        known, told = self.log.alert(*finding.key), Told()
        alert = seen(finding, None, self.now)
        if known is not None and (known.is_being_told(self.now) or _covers(known, finding)):
            return told
        self._tell([Tell(alert, known)], told)
        return told

    def _tell(self, steps: Sequence[Tell], told: Told) -> None:
        ended = steps[0].ended
        claims = [self.log.put(step.alert.claimed(self.now), step.onto) for step in steps]
        claimed = [claim for claim in claims if claim is not None]
        if not claimed:
            return  # others tell of them
        said = message(claimed, ended=ended, now=self.now, runbook=self.runbook)
        try:
            self.ringer.ring(said.subject, said.text, said.about)
        except ZonemeshError as problem:
            told.problems.append(f"{said.subject}: {problem}")
            for alert in claimed:
                self.log.put(alert.released(), alert)
            return
        (told.ended if ended else told.begun).extend(claimed)
        for alert in claimed:
            self._settle(alert, ended)

    def _settle(self, alert: Alert, ended: bool) -> None:
        if ended:
            past = replace(alert, claimed_at=None, claims=0, revision=0)
            self.log.keep(PastAlert(past, alert.well_since or self.now))
            self.log.forget(alert)
        else:
            self.log.put(alert.told(self.now), alert)


def _covers(alert: Alert, finding: Finding) -> bool:
    """Tell whether what was told of an open alert is what has been found."""
    if alert.phase is not Phase.OPEN or is_another(alert, finding):
        return False
    if alert.serial is None or finding.serial is None:
        return True
    return not is_newer(finding.serial, alert.serial)

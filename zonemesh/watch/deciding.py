"""What becomes of alerts in the light of what was found. Pure."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

from zonemesh.mesh.alerts import Alerts
from zonemesh.serial import is_newer
from zonemesh.watch.alert import CLAIMS, Alert, Phase
from zonemesh.watch.finding import Finding, Found
from zonemesh.watch.kinds import AlertKind

NAMED = 5  # zones that an alert names
CONFIRMED_AFTER = 30  # seconds between two looks of which each counts


@dataclass(frozen=True, slots=True)
class Note:
    """Write an alert; nobody is told."""

    alert: Alert
    onto: Alert | None


@dataclass(frozen=True, slots=True)
class Forget:
    """Drop what never was told."""

    alert: Alert


@dataclass(frozen=True, slots=True)
class Tell:
    """Tell that an alert has begun or, where `ended`, that it is over."""

    alert: Alert
    onto: Alert | None
    ended: bool = False


@dataclass(frozen=True, slots=True)
class GiveUp:
    """Take an alert for told: twice somebody set out to, and was not heard of again."""

    alert: Alert
    ended: bool = False


Step = Note | Forget | Tell | GiveUp


def decide(found: Found, alerts: Collection[Alert], settings: Alerts, now: int) -> list[Step]:
    """Decide what is to be told and noted."""
    known = {alert.key: alert for alert in alerts}
    findings = {finding.key: finding for finding in found.findings}
    steps: list[Step] = []
    for finding in findings.values():
        steps += _found(finding, known.get(finding.key), now)
    for alert in alerts:
        if alert.key not in findings and found.tells_of(alert):
            steps += _not_found(alert, settings, now)
    return steps


def _found(finding: Finding, alert: Alert | None, now: int) -> Iterator[Step]:
    if alert is None:
        yield from _first_seen(finding, now)
    elif alert.is_being_told(now):
        return
    elif alert.phase is Phase.PENDING:
        current = seen(finding, alert, now)
        if _is_ripe(finding, current, now):
            yield from _tell(current, alert)
    elif is_another(alert, finding) or alert.claims:  # its end was told, or may have been
        yield Tell(seen(finding, None, now), alert)
    elif (current := replace(seen(finding, alert, now), well_since=None)) != alert:
        yield Note(current, alert)


def _first_seen(finding: Finding, now: int) -> Iterator[Step]:
    alert = seen(finding, None, now)
    lasted = now - alert.since >= finding.patience
    if lasted and not finding.confirmed:
        yield Tell(alert, None)
    elif lasted or finding.since is None:
        yield Note(alert, None)


def _is_ripe(finding: Finding, alert: Alert, now: int) -> bool:
    confirmed = not finding.confirmed or now - alert.noted_at >= CONFIRMED_AFTER
    return confirmed and now - alert.since >= finding.patience


def _not_found(alert: Alert, settings: Alerts, now: int) -> Iterator[Step]:
    if alert.is_being_told(now):
        return
    if alert.told_at is None and alert.claimed_at is None:
        yield Forget(alert)
        return
    # Who set out to tell of its beginning and was not heard of again may have told it.
    known = alert.told(alert.claimed_at or now) if alert.told_at is None else alert
    well_since = now if alert.well_since is None else alert.well_since
    wait = 0 if alert.kind.settles_at_once else settings.resolve_after
    if now - well_since >= wait:
        yield from _tell(replace(known, well_since=well_since), alert, ended=True)
    elif alert.well_since is None:
        yield Note(replace(known, well_since=now), alert)


def _tell(alert: Alert, onto: Alert, *, ended: bool = False) -> Iterator[Step]:
    if alert.claims >= CLAIMS:
        yield GiveUp(onto, ended)
    else:
        yield Tell(alert, onto, ended)


def seen(finding: Finding, alert: Alert | None, now: int) -> Alert:
    """Give the alert of a finding; how long it goes on and what was told of it stays."""
    since = now if finding.since is None else int(finding.since)
    named = finding.zones[:NAMED]
    if alert is None:
        alert = Alert(finding.kind, finding.subject, since, now)
    elif alert.phase is Phase.OPEN:
        if (alert.count, alert.zones) == (len(finding.zones), named):
            return alert  # its text has ages in it, which are no news
        since = alert.since
    elif finding.since is None:
        since = alert.since
    return replace(
        alert,
        since=since,
        text=finding.text,
        zones=named,
        count=len(finding.zones),
        hubs=finding.hubs,
        place=finding.place,
        serial=finding.serial,
        above=finding.above,
    )


def is_another(alert: Alert, finding: Finding) -> bool:
    """Tell whether what an alert was about has been decided, and this is the next one."""
    if alert.kind is not AlertKind.HELD or alert.serial is None or finding.above is None:
        return False
    return not is_newer(alert.serial, finding.above)

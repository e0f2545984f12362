"""The messages: what somebody reads at 3 a.m. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from textwrap import fill

from zonemesh.duration import duration
from zonemesh.reasons import moment
from zonemesh.watch.advice import ADVICE
from zonemesh.watch.alert import Alert
from zonemesh.watch.kinds import AlertKind

NAMED = 5  # of several alerts in one message, those that are told of in full
WIDTH = 78  # columns of an e-mail
SUBJECT_MOST = 100  # characters of ASCII (SNS API reference, Publish)
TEXT_MOST = 16_000  # characters; SNS takes 256 KB, and nobody reads more
BEGUN, ENDED = "begun", "resolved"


@dataclass(frozen=True, slots=True)
class Message:
    """A message: `about` has what subscriptions may filter on, by attribute; no value is empty."""

    subject: str
    text: str
    about: Mapping[str, Sequence[str]] = field(default_factory=dict)


def message(alerts: Sequence[Alert], *, ended: bool, now: int, runbook: str) -> Message:
    """Tell of alerts of one kind that begin, or end, together."""
    name = headline(alerts)
    subject = f"zonemesh: {'resolved: ' if ended else ''}{name}"
    parts = [_over(each, now) if ended else _amiss(each, now) for each in alerts[:NAMED]]
    if len(alerts) > NAMED:
        further = ", ".join(each.subject for each in alerts[NAMED:])
        parts.append(f"And as well: {further}")
    heading = f"Resolved: {name}." if ended else f"{_sentence(name, alerts[0])}."
    closing = [] if ended else [_advice(alerts[0])]
    link = f"More:  {runbook}#{alerts[0].kind}"
    text = "\n\n".join([heading, *parts, *closing])
    return Message(_ascii(subject), f"{text[:TEXT_MOST]}\n\n{link}\n", _about(alerts, ended))


def headline(alerts: Sequence[Alert]) -> str:
    """Name what is amiss, in a line."""
    advice = ADVICE[alerts[0].kind]
    if len(alerts) == 1:
        return advice.one.format(**_values(alerts[0]))
    names = ", ".join(_short(each) for each in alerts)
    return f"{advice.many.format(count=len(alerts))}: {names}"


def commands(alert: Alert) -> list[str]:
    """Give what to type of an alert."""
    return [step.format(**_values(alert)) for step in _steps(alert)]


def apex_of(zone: str) -> str:
    """Give the name of a zone from its key."""
    return zone.rpartition(":")[2]


def _amiss(alert: Alert, now: int) -> str:
    lines = [f"What:   {alert.subject}"]
    lines.append(f"Since:  {moment(alert.since)} ({duration(max(0, now - alert.since))})")
    if concerned := _concerned(alert):
        lines.append(f"Zones:  {concerned}")
    if alert.text:
        lines.append("Why:    " + alert.text.replace("\n", "\n        "))
    return "\n".join(lines)


def _over(alert: Alert, now: int) -> str:
    ended = alert.well_since or now
    lasted = duration(max(0, ended - alert.since))
    lines = [
        f"What:   {alert.subject}",
        f"From:   {moment(alert.since)}",
        f"Until:  {moment(ended)} ({lasted})",
    ]
    return "\n".join([*lines, *([f"Zones:  {each}"] if (each := _concerned(alert)) else [])])


def _concerned(alert: Alert) -> str:
    if not alert.zones or alert.zones == (alert.subject,):
        return ""
    more = alert.count - len(alert.zones)
    names = ", ".join(alert.zones)
    return f"{alert.count}: {names}{f' and {more} more' if more > 0 else ''}"


def _advice(alert: Alert) -> str:
    affected = fill(f"Affected:  {ADVICE[alert.kind].affected}", WIDTH, subsequent_indent=" " * 11)
    said = [affected, ""]
    steps = {step.format(**_values(alert)): why for step, why in _steps(alert).items()}
    width = max(map(len, steps.values()))
    return "\n".join([*said, *(f"{f'{why}:':{width + 1}}  {step}" for step, why in steps.items())])


def _steps(alert: Alert) -> dict[str, str]:
    steps = ADVICE[alert.kind].steps.items()
    known = _values(alert)
    found = {step: why for step, why in steps if all(known[name] for name in _named_in(step))}
    if alert.kind is AlertKind.HELD and alert.above and alert.subject.startswith("route53:"):
        found["zonemesh rollback {zone} {above}"] = "Undo it at the source"
    return found


def _named_in(step: str) -> list[str]:
    return [part.partition("}")[0] for part in step.split("{")[1:]]


def _values(alert: Alert) -> dict[str, str]:
    zone = alert.zones[0] if alert.zones else ""
    return {
        "subject": alert.subject,
        "zone": zone,
        "apex": apex_of(zone or alert.subject),
        "hub": alert.hubs[0] if alert.hubs else "",
        "place": alert.place,
        "serial": "" if alert.serial is None else str(alert.serial),
        "above": "" if alert.above is None else str(alert.above),
    }


def _short(alert: Alert) -> str:
    return apex_of(alert.subject)


def _about(alerts: Sequence[Alert], ended: bool) -> dict[str, Sequence[str]]:
    zones = dict.fromkeys(apex_of(zone) for each in alerts for zone in each.zones)
    hubs = dict.fromkeys(hub for each in alerts for hub in each.hubs)
    places = dict.fromkeys(each.place for each in alerts if each.place)
    found = {
        "kind": [str(alerts[0].kind)],
        "state": [ENDED if ended else BEGUN],
        "zone": [*zones],
        "hub": [*hubs],
        "place": [*places],
    }
    return {name: values for name, values in found.items() if values}


def _sentence(name: str, alert: Alert) -> str:
    """Begin a sentence with a capital, unless the name of a zone begins it."""
    return name if name.startswith(_values(alert)["apex"]) else name[:1].upper() + name[1:]


def _ascii(text: str) -> str:
    known = (each if each.isascii() and each.isprintable() else "?" for each in text)
    plain = "".join(known)
    return plain if len(plain) <= SUBJECT_MOST else f"{plain[: SUBJECT_MOST - 3]}..."

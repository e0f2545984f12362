"""What is shown of a zone in a cell: its state, its serial, and where it is served."""

from collections.abc import Sequence

from rich.text import Text

from zonemesh.cli.cells import BAD, DOUBTFUL, GOOD, none, of, or_none, span
from zonemesh.cli.places_text import at_target
from zonemesh.failover import Readiness
from zonemesh.membership import ACTIVE, CATALOG
from zonemesh.serial import is_newer
from zonemesh.status.mesh_status import ZoneOnHub, ZoneStatus, age
from zonemesh.status.rollup import is_published
from zonemesh.status.zones import on_hub_is_current

STALE = 24 * 3600  # seconds since a zone was compared whole with its source
NAMED = 3  # places that are named one by one; of more, those where all is well are counted

_STATES = {
    "active": GOOD,
    "gone": DOUBTFUL,
    "conflict": BAD,
    "overlap": BAD,
    "withdrawn": BAD,
}
_READINESS = {Readiness.READY: GOOD, Readiness.NOT_READY: DOUBTFUL}


def state(zone: ZoneStatus) -> Text:
    """Write a zone's state; what is held goes before `active`, and beside anything else."""
    word = Text(zone.state, style=_STATES.get(zone.state, ""))
    if zone.held is None:
        return word
    held = Text("held", style=BAD)
    return held if zone.state == ACTIVE else Text.assemble(word, ", ", held)


def place(zone: ZoneStatus) -> str:
    """Give the integration, with the view where there is one, or who pulls it."""
    member = zone.member
    return member.zone.removeprefix("route53:").removesuffix(f":{member.apex}")


def announced(zone: ZoneStatus) -> Text:
    """Write whether hubs were told of the newest serial."""
    if zone.serial is None:
        return none()
    if zone.announced == zone.serial:
        return Text("yes")
    return Text("no" if zone.announced is None else f"only {zone.announced}", style=DOUBTFUL)


def losses(zone: ZoneStatus) -> Text:
    """Count the lines of a zone's fidelity report."""
    return or_none(None if zone.losses is None else sum(zone.losses.values()))


def verified(zone: ZoneStatus, now: float) -> Text:
    """Write how long ago the zone was last found to be what its source, or a primary, has."""
    if zone.member.origin == CATALOG:
        return none()
    at = zone.pulled.confirmed_at if zone.pulled else zone.verified_at
    return span(age(at, now), STALE, "never")


def readiness(zone: ZoneStatus, *, why: bool) -> Text:
    """Write whether a zone would survive its source, and `why` not in a few words."""
    found = zone.readiness
    if found is None:
        return none()
    word = Text(str(found.readiness), style=_READINESS.get(found.readiness, ""))
    if why and found.reasons:
        return Text.assemble(word, f": {in_short(found.reasons[0])}")
    return word


def in_short(reason: str) -> str:
    """Give the first clause of a reason, which says what is the case; the rest says what cures."""
    return reason.split(", because ")[0].split(": ")[0].rstrip(".")


def hubs_of(zone: ZoneStatus, *, naming: int = NAMED) -> Text:
    """Write on which hubs a zone is, and how where it is not as it should be.

    Of many, or where fewer than usual are to be named, those where all is well are counted.
    """
    good = [on_hub_is_current(each, zone.serial) for each in zone.hubs.values()]
    brief = naming < NAMED
    shown = [on_hub(hub, each, zone.serial, brief=brief) for hub, each in zone.hubs.items()]
    return _placed(good, shown, naming)


def targets_of(zone: ZoneStatus, *, naming: int = NAMED) -> Text:
    """Write how a zone is at its targets."""
    good = [is_published(zone, each) for each in zone.targets.values()]
    brief = naming < NAMED
    shown = [at_target(each, zone.serial, brief=brief) for each in zone.targets.values()]
    return _placed(good, shown, naming)


def _placed(good: Sequence[bool], shown: Sequence[Text], naming: int) -> Text:
    """Name the places; of many, count those that are well and name so many of the others."""
    if not shown:
        return none()
    if len(shown) <= NAMED <= naming:
        return Text(", ").join(shown)
    others = [each for each, is_good in zip(shown, good, strict=True) if not is_good]
    parts = [of(sum(good), len(good)), *others[:naming]]
    return Text(", ").join([*parts, Text("…")] if len(others) > naming > 0 else parts)


def on_hub(hub: str, found: ZoneOnHub, head: int | None, *, brief: bool = False) -> Text:
    """Write how a zone is on a hub in a word or two; just its name where all is well."""
    if found.serial is None:
        return Text(f"{hub} {found.state}", style=BAD if found.error else DOUBTFUL)
    if found.error:
        return Text(f"{hub} failing", style=BAD)
    if head is not None and is_newer(head, found.serial):
        return Text(f"{hub} behind" if brief else f"{hub} at {found.serial}", style=DOUBTFUL)
    return Text(hub)

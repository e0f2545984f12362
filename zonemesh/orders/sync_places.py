"""Where a zone is to be after a sync, and whether it is there: source, hubs, secondaries, targets.

What a hub said of its secondaries and targets before it carried its order out is not believed.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from zonemesh.dnssec import withdrawn
from zonemesh.membership import ACTIVE, CATALOG, GONE
from zonemesh.mesh.definition import Mesh
from zonemesh.orders.order import PRIMARIES_ASKED, Step, StepOutcome
from zonemesh.orders.ordering import Standing
from zonemesh.ports import HubReport, Member
from zonemesh.serial import is_newer
from zonemesh.snapshot import Head
from zonemesh.status.places import ZoneAtTarget, at_targets
from zonemesh.status.secondaries import CURRENT, SecondaryOnZone, read_secondaries


class PlaceKind(StrEnum):
    """What a place is to a zone."""

    SOURCE = "source"
    HUB = "hub"
    SECONDARY = "secondary"
    TARGET = "target"


class PlaceState(StrEnum):
    """Whether a zone is at a place as it is to be."""

    WAITING = "waiting"
    CURRENT = "current"
    FAILED = "failed"  # as things stand; a hub may yet get over it
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Place:
    """A zone at a place: `hub` is the one that sees to it, `serial` what is there, if known."""

    kind: PlaceKind
    name: str
    state: PlaceState
    hub: str = ""
    serial: int | None = None
    detail: str = ""

    @property
    def settled(self) -> bool:
        return self.state is not PlaceState.WAITING

    @property
    def ok(self) -> bool:
        return self.state in (PlaceState.CURRENT, PlaceState.SKIPPED)


@dataclass(frozen=True, slots=True)
class Look:
    """What was read for all zones at once.

    `hubs` and `reports` are by hub, `passed_on` by the id of an order of zones, `verified` by zone
    (key); times are in epoch seconds by the control plane's clock.
    """

    mesh: Mesh
    hubs: Mapping[str, Standing]
    reports: Mapping[str, HubReport]
    passed_on: Mapping[str, int | None]
    verified: Mapping[str, int]


def places_of(
    member: Member, head: Head | None, listed_by: str | None, look: Look
) -> Iterator[Place]:
    """Give the places of a zone; of hubs those alone that the sync is about."""
    if (source := _source(member, head, listed_by, look)) is not None:
        yield source
    serial = head.serial if head else None
    for hub in () if withdrawn((member,), look.mesh) else look.mesh.hubs_serving(member):
        if hub in look.hubs and member.state in (ACTIVE, GONE):
            report = look.reports[hub].zones.get(member.zone, {})
            yield _on_hub(hub, report.get("serial"), report.get("error"), serial, look)
            for name, found in read_secondaries(report).items():
                yield _secondary(name, hub, found, serial, look)
    for place in at_targets(look.mesh, member, look.reports).values():
        if place.hub in look.hubs:
            yield _target(place, serial, look)


def _source(member: Member, head: Head | None, listed_by: str | None, look: Look) -> Place | None:
    if listed_by is not None:
        return _at_route53(member, head, look.passed_on.get(listed_by), look)
    if member.pulled_by in look.hubs:
        return _at_primaries(member, head, look)
    if member.origin == CATALOG or member.state == ACTIVE:
        return None
    detail = f"it is {member.state}, and is not read"
    return Place(PlaceKind.SOURCE, member.integration, PlaceState.SKIPPED, detail=detail)


def _at_route53(member: Member, head: Head | None, passed_on: int | None, look: Look) -> Place:
    verified = look.verified.get(member.zone)
    if passed_on is None:
        state, detail = PlaceState.WAITING, "the order is not passed on yet"
    elif verified is None or verified < passed_on:
        state, detail = PlaceState.WAITING, "is being read"
    else:
        state, detail = PlaceState.CURRENT, _held(head)
    serial = head.serial if head else None
    return Place(PlaceKind.SOURCE, member.integration, state, serial=serial, detail=detail)


def _held(head: Head | None) -> str:
    if head is None or head.held is None:
        return ""
    return f"serial {head.held} is held and waits for somebody; {head.serial} is served on"


def _at_primaries(member: Member, head: Head | None, look: Look) -> Place:
    standing = look.hubs[member.pulled_by]
    name, hub = PRIMARIES_ASKED, member.pulled_by
    if (step := _step(standing, PRIMARIES_ASKED)) is None:
        state = PlaceState.FAILED if standing.done else PlaceState.WAITING
        detail = "the hub did not get as far" if standing.done else "are being asked"
        return Place(PlaceKind.SOURCE, name, state, hub, detail=detail)
    failed = step.outcome is StepOutcome.FAILED and _concerns(step, member.zone)
    detail = step.detail if failed else _held(head)
    state = PlaceState.FAILED if failed else PlaceState.CURRENT
    return Place(PlaceKind.SOURCE, name, state, hub, head.serial if head else None, detail)


def _concerns(step: Step, zone: str) -> bool:
    """Tell whether what failed may be about a zone; of many the first are named."""
    return zone in step.detail or "; and " in step.detail


def _step(standing: Standing, name: str) -> Step | None:
    steps = standing.result.steps if standing.result else ()
    return next((step for step in steps if step.name == name), None)


def _on_hub(hub: str, at: int | None, error: str | None, serial: int | None, look: Look) -> Place:
    if serial is None:
        return _nothing(PlaceKind.HUB, hub, hub, look)
    if at is not None and not is_newer(serial, at) and not error:
        return Place(PlaceKind.HUB, hub, PlaceState.CURRENT, hub, at)
    detail = error or (f"is at {at}" if at is not None else "does not serve it yet")
    return Place(PlaceKind.HUB, hub, _unless_done(hub, bool(error), look), hub, at, detail)


def _secondary(
    name: str, hub: str, found: SecondaryOnZone, serial: int | None, look: Look
) -> Place:
    if serial is None:
        return _nothing(PlaceKind.SECONDARY, name, hub, look)
    has_it = found.serial is not None and not is_newer(serial, found.serial)
    if found.state == CURRENT and has_it and look.hubs[hub].done:
        return Place(PlaceKind.SECONDARY, name, PlaceState.CURRENT, hub, found.serial)
    amiss = found.state not in (CURRENT, "behind", "unknown")
    state = _unless_done(hub, amiss or bool(found.cause), look)
    said = f"{found.state}: {found.cause}" if found.cause else found.state
    return Place(PlaceKind.SECONDARY, name, state, hub, found.serial, said)


def _target(place: ZoneAtTarget, serial: int | None, look: Look) -> Place:
    name, hub = place.target, place.hub
    if serial is None:
        return _nothing(PlaceKind.TARGET, name, hub, look)
    done = look.hubs[hub].done
    has_it = place.serial is not None and not is_newer(serial, place.serial)
    if has_it and place.state in ("published", "drifted") and done:
        detail = "others changed it, which is reported only" if place.state == "drifted" else ""
        return Place(PlaceKind.TARGET, name, PlaceState.CURRENT, hub, place.serial, detail)
    amiss = place.state in ("failing", "held")
    detail = place.error or "; ".join(place.reasons) or place.state
    return Place(PlaceKind.TARGET, name, _unless_done(hub, amiss, look), hub, place.serial, detail)


def _nothing(kind: PlaceKind, name: str, hub: str, look: Look) -> Place:
    """Give a place of a zone that has no snapshot."""
    state = _unless_done(hub, True, look)
    return Place(kind, name, state, hub, detail="nothing was recorded yet")


def _unless_done(hub: str, amiss: bool, look: Look) -> PlaceState:
    """Call something failed once its hub has done what it was told, and it is not on its way."""
    return PlaceState.FAILED if amiss and look.hubs[hub].done else PlaceState.WAITING

"""The pages of a target and of a secondary: which zones are there, and how."""

from collections.abc import Iterator
from dataclasses import dataclass

from zonemesh.dashboard import words
from zonemesh.dashboard.pages.needing import Needing, needing
from zonemesh.dashboard.words import Tag
from zonemesh.duration import duration
from zonemesh.status.mesh_status import MeshStatus, ZoneStatus
from zonemesh.status.needs import NeedKind
from zonemesh.status.places import ZoneAtTarget
from zonemesh.status.rollup import PlaceStatus, secondary_statuses, target_statuses
from zonemesh.status.secondaries import SecondaryOnZone

_OF_TARGETS = (NeedKind.TARGET, NeedKind.TARGET_HELD, NeedKind.DRIFT)


@dataclass(frozen=True, slots=True)
class ZoneThere:
    """A zone at the place, by one hub; `notes` say what is the matter, or what cannot be there."""

    key: str
    apex: str
    hub: str
    tag: Tag
    serial: int | None
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PlacePage:
    """The page; `kind` is `target` or `secondary`."""

    kind: str
    name: str
    tag: Tag
    current: int
    zone_count: int
    hubs: tuple[str, ...]
    needs: tuple[Needing, ...]
    zones: tuple[ZoneThere, ...]


def target_page(status: MeshStatus, name: str) -> PlacePage | None:
    """Make a target's page; None where no zone is published to one of that name."""
    there = tuple(
        target_row(zone, zone.targets[name], status.now)
        for zone in status.zones
        if name in zone.targets
    )
    needs = needing(status, lambda need: need.place == name and need.kind in _OF_TARGETS)
    return _page("target", name, target_statuses(status), needs, there)


def secondary_page(status: MeshStatus, name: str) -> PlacePage | None:
    """Make a secondary's page; None where no hub has told of one of that name."""
    there = tuple(
        secondary_row(zone, hub, on_hub.secondaries[name], status.now)
        for zone in status.zones
        for hub, on_hub in zone.hubs.items()
        if name in on_hub.secondaries
    )
    needs = needing(status, lambda need: need.place == name and need.kind not in _OF_TARGETS)
    return _page("secondary", name, secondary_statuses(status), needs, there)


def _page(
    kind: str,
    name: str,
    places: list[PlaceStatus],
    needs: tuple[Needing, ...],
    there: tuple[ZoneThere, ...],
) -> PlacePage | None:
    place = next((each for each in places if each.name == name), None)
    if place is None:
        return None
    tag = words.of_synced(place.state)
    zones = sorted(there, key=lambda zone: words.GRAVEST_FIRST.index(zone.tag.tone))
    return PlacePage(kind, name, tag, place.current, place.zones, place.hubs, needs, tuple(zones))


def target_row(zone: ZoneStatus, place: ZoneAtTarget, now: float) -> ZoneThere:
    """Make the row of a zone at a target."""
    member, tag = zone.member, words.of_zone_at_target(zone, place)
    notes = tuple(_target_notes(place, now))
    return ZoneThere(member.zone, member.apex, place.hub, tag, place.serial, notes)


def _target_notes(place: ZoneAtTarget, now: float) -> Iterator[str]:
    if place.error:
        yield place.error
    if place.failures:
        again = "at the next change or on the schedule"
        if place.next_attempt is not None:
            again = f"in {duration(max(0.0, place.next_attempt - now))}"
        times = "once" if place.failures == 1 else f"{place.failures} times in a row"
        yield f"failed {times}; tried again {again}"
    if place.held is not None:
        yield f"serial {place.held} waits: {'; '.join(place.reasons)}"
    if place.drift:
        yield f"changed by others: {'; '.join(place.drift)}"
    if place.lost_count:
        rest = place.lost_count - len(place.lost)
        named = [*place.lost, *([f"{rest} more"] if rest > 0 else [])]
        yield f"cannot be there as wanted: {'; '.join(named)}"
    if place.seconds is not None and not place.error:
        insync = f", in sync after {place.insync:.1f} s" if place.insync is not None else ""
        yield f"last push took {place.seconds:.1f} s{insync}"


def secondary_row(zone: ZoneStatus, hub: str, found: SecondaryOnZone, now: float) -> ZoneThere:
    """Make the row of a zone at a secondary of a hub."""
    member, tag = zone.member, words.of_secondary(found.state)
    notes = tuple(_secondary_notes(found, now))
    return ZoneThere(member.zone, member.apex, hub, tag, found.serial, notes)


def _secondary_notes(found: SecondaryOnZone, now: float) -> Iterator[str]:
    if found.cause:
        yield found.cause
    if found.lacks:
        serials = "1 serial" if found.lacks == 1 else f"{found.lacks} serials"
        since = f", for {duration(max(0.0, now - found.since))}" if found.since else ""
        yield f"lacks {serials}{since}"

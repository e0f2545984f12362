"""What changed in the mesh between two looks at it, a sentence each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from zonemesh.status.mesh_status import MeshStatus, ZoneStatus
from zonemesh.status.needs import needs
from zonemesh.status.rollup import PlaceStatus, secondary_statuses, target_statuses
from zonemesh.status.zones import on_hub_is_current


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changed: whom it is about (a zone's key, a hub, a place), and how."""

    subject: str
    text: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.text}"


def changes(before: MeshStatus, after: MeshStatus) -> list[Change]:
    """Compare two looks; what is only older, or was only looked at again, is no change."""
    found = [*_version(before, after), *_zones(before, after), *_hubs(before, after)]
    for kind, read in (("target", target_statuses), ("secondary", secondary_statuses)):
        found += _places(kind, _by_name(read(before)), _by_name(read(after)))
    return [*found, *_needs(before, after)]


def _version(before: MeshStatus, after: MeshStatus) -> Iterator[Change]:
    if before.version != after.version:
        yield Change("mesh", f"version {after.version} is applied")


def _zones(before: MeshStatus, after: MeshStatus) -> Iterator[Change]:
    old = {zone.member.zone: zone for zone in before.zones}
    new = {zone.member.zone: zone for zone in after.zones}
    for key, zone in new.items():
        if key not in old:
            yield Change(key, f"is a zone of the mesh, {zone.state}")
        else:
            yield from (Change(key, text) for text in _zone(old[key], zone))
    for key in old.keys() - new.keys():
        yield Change(key, "is no zone of the mesh any more")


def _zone(before: ZoneStatus, after: ZoneStatus) -> Iterator[str]:
    if before.state != after.state:
        yield f"{before.state} → {after.state}"
    if before.serial != after.serial:
        yield f"serial {before.serial or 'none'} → {after.serial or 'none'}"
    if before.held != after.held and after.held is None:
        yield f"serial {before.held} is held no more"
    everywhere = after.hubs.values()
    for hub, now in after.hubs.items():
        was = before.hubs.get(hub)
        if was is not None and was.serial != now.serial:
            yield f"hub {hub} serves {now.serial or 'none'}"
    arrived = all(on_hub_is_current(each, after.serial) for each in everywhere)
    if everywhere and arrived and before.hubs != after.hubs:
        on_all = all(on_hub_is_current(each, after.serial) for each in before.hubs.values())
        if not on_all or before.serial != after.serial:
            yield f"all hubs serve {after.serial}"


def _hubs(before: MeshStatus, after: MeshStatus) -> Iterator[Change]:
    old = {hub.name: hub.state(before.now) for hub in before.hubs}
    new = {hub.name: hub.state(after.now) for hub in after.hubs}
    for name, state in new.items():
        if name in old and old[name] is not state:
            yield Change(f"hub {name}", f"{old[name]} → {state}")
        elif name not in old:
            yield Change(f"hub {name}", f"is declared, {state}")
    for name in old.keys() - new.keys():
        yield Change(f"hub {name}", "is declared no more")


def _by_name(places: list[PlaceStatus]) -> dict[str, PlaceStatus]:
    return {place.name: place for place in places}


def _places(
    kind: str, old: Mapping[str, PlaceStatus], new: Mapping[str, PlaceStatus]
) -> Iterator[Change]:
    for name, place in new.items():
        if name in old and old[name].state is not place.state:
            text = f"{old[name].state} → {place.state}, {place.current} of {place.zones} current"
            yield Change(f"{kind} {name}", text)


def _needs(before: MeshStatus, after: MeshStatus) -> Iterator[Change]:
    old = {(need.kind, need.subject): need for need in needs(before)}
    new = {(need.kind, need.subject): need for need in needs(after)}
    for which, need in new.items():
        if which not in old:
            yield Change(f"! {need.subject}", need.text)
    for which, need in old.items():
        if which not in new:
            yield Change(need.subject, "needs nobody any more")

"""Whether a zone is everywhere as it should be, at a glance."""

from collections.abc import Sequence
from dataclasses import replace

from zonemesh.chosen_zones import members_chosen
from zonemesh.membership import ACTIVE
from zonemesh.serial import is_newer
from zonemesh.status.hubs import HubState
from zonemesh.status.mesh_status import MeshStatus, ZoneOnHub, ZoneStatus
from zonemesh.status.rollup import is_published
from zonemesh.status.secondaries import CURRENT, UNKNOWN


def of_zones(status: MeshStatus, wanted: Sequence[str]) -> MeshStatus:
    """Give the state with only the zones that names or patterns mean; all where there are none.

    Raises UnknownZone.
    """
    if not wanted:
        return status
    chosen = {each.zone for each in members_chosen(wanted, [z.member for z in status.zones])}
    return replace(status, zones=tuple(z for z in status.zones if z.member.zone in chosen))


def on_hub_is_current(on_hub: ZoneOnHub, serial: int | None) -> bool:
    """Tell whether a hub serves the newest serial, or a newer one, and nothing is wrong there."""
    if on_hub.error or on_hub.serial is None or serial is None:
        return False
    return not is_newer(serial, on_hub.serial)


def is_current(zone: ZoneStatus) -> bool:
    """Tell whether the newest serial of an active zone is on all hubs, targets and secondaries.

    Whether it would survive its source is another question, and so is how old the serial is.
    """
    if zone.state != ACTIVE or zone.held is not None or zone.serial is None:
        return False
    if not all(on_hub_is_current(on_hub, zone.serial) for on_hub in zone.hubs.values()):
        return False
    if not all(is_published(zone, place) for place in zone.targets.values()):
        return False
    return all(
        secondary.state in (CURRENT, UNKNOWN)
        for on_hub in zone.hubs.values()
        for secondary in on_hub.secondaries.values()
    )


def matching(zone: ZoneStatus, words: set[str]) -> bool:
    """Tell whether one of some words says how a zone is: its state, `held`, `current`, `lagging`,
    or its readiness as in `not-ready`."""
    said = {zone.state, "current" if is_current(zone) else "lagging"}
    if zone.held is not None:
        said.add("held")
    if zone.readiness is not None:
        said.add(zone.readiness.readiness.value.replace(" ", "-"))
    return bool(said & words)


def hub_counts(status: MeshStatus) -> dict[HubState, int]:
    """Count the hubs by their states."""
    states = [hub.state(status.now) for hub in status.hubs]
    return {state: states.count(state) for state in HubState if state in states}

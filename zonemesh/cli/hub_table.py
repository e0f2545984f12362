"""The tables of hubs, and of targets and secondaries."""

from collections.abc import Collection, Sequence

from rich.table import Table
from rich.text import Text

from zonemesh.cli.cells import (
    BAD,
    DOUBTFUL,
    FAINT,
    GOOD,
    Cell,
    filled,
    marked,
    none,
    of,
    or_none,
    span,
)
from zonemesh.status.hubs import OVERDUE, HubState, HubStatus
from zonemesh.status.mesh_status import MeshStatus, age
from zonemesh.status.rollup import PlaceStatus, Synced
from zonemesh.status.secondaries import following
from zonemesh.status.zones import on_hub_is_current

_HUB_STATES = {
    HubState.ONLINE: GOOD,
    HubState.OFFLINE: BAD,
    HubState.ERROR: BAD,
    HubState.PROVISIONING: DOUBTFUL,
}
_SYNCED = {
    Synced.FULLY: GOOD,
    Synced.PARTIAL: DOUBTFUL,
    Synced.ERROR: BAD,
    Synced.UNKNOWN: FAINT,
}


def hub_table(
    status: MeshStatus, hubs: Sequence[HubStatus], changed: Collection[str] = ()
) -> Table:
    """Make the table of some hubs; those in `changed` (as `hub NAME`) are marked."""
    columns: dict[str, Sequence[Cell]] = {
        "HUB": [marked(hub.name, f"hub {hub.name}" in changed) for hub in hubs],
        "STATE": [hub_state(hub, status.now) for hub in hubs],
        "SEEN": [span(age(hub.heard_at, status.now), OVERDUE, "never") for hub in hubs],
        "ZONES": [zones_on(status, hub) for hub in hubs],
        "SECONDARIES": [secondaries_of(status, hub) for hub in hubs],
        "MESH": [mesh_version(hub, status.version) for hub in hubs],
        "VERSION": [or_none((hub.heartbeat or {}).get("version")) for hub in hubs],
    }
    if all(cell == none() for cell in columns["SECONDARIES"]):
        del columns["SECONDARIES"]
    if not any((hub.heartbeat or {}).get("version") for hub in hubs):
        del columns["VERSION"]
    return filled(columns)


def hub_state(hub: HubStatus, now: float) -> Text:
    """Write a hub's state, and what of its server is amiss."""
    state = hub.state(now)
    word = Text(state.value, style=_HUB_STATES[state])
    if state is not HubState.ERROR:
        return word
    nsd = ((hub.heartbeat or {}).get("nsd") or {}).get("state", "running")
    return Text.assemble(word, f": NSD is {nsd}") if nsd != "running" else word


def zones_on(status: MeshStatus, hub: HubStatus) -> Text:
    """Write how many of the zones that a hub should serve it serves as they are."""
    expected = [zone for zone in status.zones if hub.name in zone.hubs and zone.serial is not None]
    good = sum(on_hub_is_current(zone.hubs[hub.name], zone.serial) for zone in expected)
    return _current(good, len(expected))


def secondaries_of(status: MeshStatus, hub: HubStatus) -> Text:
    """Write how many of a hub's secondaries are current in all zones."""
    found = [zone.hubs[hub.name].secondaries for zone in status.zones if hub.name in zone.hubs]
    current, count = following(found)
    return _current(current, count) if count else none()


def mesh_version(hub: HubStatus, newest: int | None) -> Text:
    """Write the version of the definition that a hub has; an old one stands out."""
    version = (hub.heartbeat or {}).get("mesh")
    return none() if version is None else Text(str(version), "" if version == newest else DOUBTFUL)


def synced(place: PlaceStatus) -> Text:
    """Write how a target or secondary is over all of its zones."""
    return Text(place.state.value, style=_SYNCED[place.state])


def place_table(kind: str, places: Sequence[PlaceStatus], by: str) -> Table:
    """Make the table of some targets or secondaries; `by` heads the hubs that feed them."""
    return filled(
        {
            kind: [place.name for place in places],
            "STATE": [synced(place) for place in places],
            "ZONES": [
                Text.assemble(of(place.current, place.zones), " current") for place in places
            ],
            by: [_hubs(place.hubs) for place in places],
        }
    )


def _current(good: int, count: int) -> Text:
    return Text.assemble(of(good, count), " current")


def _hubs(names: tuple[str, ...]) -> str:
    return ", ".join(names) if len(names) <= 3 else f"{len(names)} hubs"

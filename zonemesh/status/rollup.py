"""How a target, or a secondary, is over all of its zones."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from zonemesh.serial import is_newer
from zonemesh.status.mesh_status import MeshStatus, ZoneStatus
from zonemesh.status.needs import followings
from zonemesh.status.places import ZoneAtTarget
from zonemesh.status.secondaries import CURRENT, UNKNOWN, Following

_TARGET_ERRORS = ("failing", "held")
_SECONDARY_ERRORS = ("refused", "unreachable", "ahead")


class Synced(StrEnum):
    """How much of what should be at a place is there."""

    FULLY = "fully synced"
    PARTIAL = "partial"  # on its way, or lacking without an error
    ERROR = "error"
    UNKNOWN = "unknown"  # nobody has told of it yet


@dataclass(frozen=True, slots=True)
class PlaceStatus:
    """A target or a secondary: `current` of `zones` zones are there as they are at the source.

    `hubs` are those that publish, or serve, it.
    """

    name: str
    hubs: tuple[str, ...]
    state: Synced
    current: int
    zones: int

    def document(self) -> dict[str, Any]:
        """Give it as JSON-able data."""
        return asdict(self)


def unheard_places(
    known: Iterable[PlaceStatus], declared: Mapping[str, tuple[str, ...]]
) -> list[PlaceStatus]:
    """Give the places that are known of and, with their hubs, those that nobody has told of."""
    found = {place.name: place for place in known}
    unheard = {
        name: PlaceStatus(name, hubs, Synced.UNKNOWN, 0, 0)
        for name, hubs in declared.items()
        if name not in found
    }
    return [each for _, each in sorted((found | unheard).items())]


def target_statuses(status: MeshStatus) -> list[PlaceStatus]:
    """Roll up the targets that zones are published to, by name."""
    found: dict[str, list[tuple[ZoneStatus, ZoneAtTarget]]] = {}
    for zone in status.zones:
        for name, place in zone.targets.items():
            found.setdefault(name, []).append((zone, place))
    return [_target(name, found[name]) for name in sorted(found)]


def secondary_statuses(status: MeshStatus) -> list[PlaceStatus]:
    """Roll up the secondaries that hubs have told of, by name."""
    found: dict[str, list[Following]] = {}
    for each in followings(status):
        found.setdefault(each.secondary, []).append(each)
    return [_secondary(name, found[name]) for name in sorted(found)]


def is_published(zone: ZoneStatus, place: ZoneAtTarget) -> bool:
    """Tell whether a target has the newest serial of a zone."""
    if place.state != "published" or zone.serial is None or place.serial is None:
        return False
    return not is_newer(zone.serial, place.serial)


def _target(name: str, zones: list[tuple[ZoneStatus, ZoneAtTarget]]) -> PlaceStatus:
    current = sum(is_published(zone, place) for zone, place in zones)
    states = [place.state for _, place in zones]
    amiss = any(state in _TARGET_ERRORS for state in states)
    unheard = all(state == "unheard" for state in states)
    hubs = _hubs(place.hub for _, place in zones)
    return PlaceStatus(name, hubs, _synced(amiss, unheard, current, zones), current, len(zones))


def _secondary(name: str, zones: list[Following]) -> PlaceStatus:
    by_apex: dict[str, bool] = {}
    for each in zones:
        by_apex[each.apex] = by_apex.get(each.apex, True) and each.found.state == CURRENT
    states = [each.found.state for each in zones]
    amiss = any(state in _SECONDARY_ERRORS for state in states)
    unheard = all(state == UNKNOWN for state in states)
    current = sum(by_apex.values())
    hubs = _hubs(each.hub for each in zones)
    return PlaceStatus(name, hubs, _synced(amiss, unheard, current, by_apex), current, len(by_apex))


def _synced(amiss: bool, unheard: bool, current: int, zones: Iterable[object]) -> Synced:
    if amiss:
        return Synced.ERROR
    if unheard:
        return Synced.UNKNOWN
    return Synced.FULLY if current == sum(1 for _ in zones) else Synced.PARTIAL


def _hubs(names: Iterator[str]) -> tuple[str, ...]:
    return tuple(sorted(set(names)))

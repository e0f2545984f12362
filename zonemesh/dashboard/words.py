"""States as the pages name them: a word, and how grave it is."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from zonemesh.failover import Readiness
from zonemesh.membership import is_served
from zonemesh.status.hubs import HubState
from zonemesh.status.mesh_status import ZoneOnHub, ZoneStatus
from zonemesh.status.places import ZoneAtTarget
from zonemesh.status.readiness import FoundReadiness
from zonemesh.status.rollup import Synced, is_published
from zonemesh.status.secondaries import CURRENT, UNKNOWN
from zonemesh.status.zones import is_current, on_hub_is_current


class Tone(StrEnum):
    """How grave it is."""

    GOOD = "good"
    WARN = "warn"  # not as it should be, and may mend itself
    BAD = "bad"
    QUIET = "quiet"  # nothing is known, or nothing is to be


@dataclass(frozen=True, slots=True)
class Tag:
    """A state in a word or two."""

    text: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of some places have what they should; `hint` names those that have not."""

    current: int
    count: int
    tone: Tone
    hint: str = ""


_MEMBER = {"withdrawn": Tone.BAD, "conflict": Tone.BAD, "overlap": Tone.BAD, "gone": Tone.WARN}
_HUB = {
    HubState.ONLINE: Tone.GOOD,
    HubState.OFFLINE: Tone.BAD,
    HubState.ERROR: Tone.BAD,
    HubState.PROVISIONING: Tone.WARN,
}
_TARGET = {"published": Tone.GOOD, "failing": Tone.BAD, "held": Tone.BAD, "unheard": Tone.QUIET}
_SECONDARY = {CURRENT: Tone.GOOD, "behind": Tone.WARN, UNKNOWN: Tone.QUIET}
_SYNCED = {
    Synced.FULLY: Tone.GOOD,
    Synced.PARTIAL: Tone.WARN,
    Synced.ERROR: Tone.BAD,
    Synced.UNKNOWN: Tone.QUIET,
}
_READY = {
    Readiness.READY: Tone.GOOD,
    Readiness.NOT_READY: Tone.WARN,
    Readiness.UNKNOWN: Tone.QUIET,
}


GRAVEST_FIRST = (Tone.BAD, Tone.WARN, Tone.QUIET, Tone.GOOD)


def worst(tones: Iterable[Tone]) -> Tone:
    """Give the gravest; quiet where there is none."""
    return min(tones, key=GRAVEST_FIRST.index, default=Tone.QUIET)


def of_zone(zone: ZoneStatus) -> Tag:
    """Say how a zone is, the gravest first."""
    if zone.state in _MEMBER:
        return Tag(zone.state, _MEMBER[zone.state])
    if zone.held is not None:
        return Tag("rejected", Tone.WARN) if zone.rejected else Tag("held", Tone.BAD)
    if zone.serial is None:
        return Tag("no snapshot", Tone.WARN)
    if any(on_hub.error for on_hub in zone.hubs.values()):
        return Tag("error", Tone.BAD)
    if not zone.hubs:
        return Tag("on no hub", Tone.QUIET)
    return Tag("current", Tone.GOOD) if is_current(zone) else Tag("lagging", Tone.WARN)


def of_zone_on_hub(zone: ZoneStatus, on_hub: ZoneOnHub) -> Tag:
    """Say how a zone is on a hub."""
    if on_hub.error:
        return Tag("error", Tone.BAD)
    if on_hub.serial is None:
        return Tag(on_hub.state, Tone.QUIET if on_hub.state == "unheard" else Tone.WARN)
    current = on_hub_is_current(on_hub, zone.serial)
    return Tag("current", Tone.GOOD) if current else Tag("behind", Tone.WARN)


def of_zone_at_target(zone: ZoneStatus, place: ZoneAtTarget) -> Tag:
    """Say how a zone is at a target."""
    if place.state == "published" and not is_published(zone, place):
        return Tag("behind", Tone.WARN)
    return Tag(place.state, _TARGET.get(place.state, Tone.WARN))


def of_secondary(state: str) -> Tag:
    """Say how a secondary follows, by its hub's word."""
    return Tag(state, _SECONDARY.get(state, Tone.BAD))


def of_hub(state: HubState) -> Tag:
    """Say how a hub is."""
    return Tag(state.value, _HUB[state])


def of_synced(state: Synced) -> Tag:
    """Say how a target or a secondary is over all of its zones."""
    return Tag(state.value, _SYNCED[state])


def of_readiness(zone: ZoneStatus) -> Tag:
    """Say whether a zone would survive its source."""
    found: FoundReadiness | None = zone.readiness
    if not is_served(zone.member):
        return Tag("not served", Tone.QUIET)
    if found is None:
        return Tag("not known", Tone.QUIET)
    return Tag(found.readiness.value, _READY[found.readiness])


def hubs_tally(zone: ZoneStatus) -> Tally:
    """Count the hubs that serve a zone's newest serial."""
    lacking = [
        name for name, on_hub in zone.hubs.items() if not on_hub_is_current(on_hub, zone.serial)
    ]
    errors = any(on_hub.error for on_hub in zone.hubs.values())
    return _tally(len(zone.hubs), lacking, errors)


def targets_tally(zone: ZoneStatus) -> Tally:
    """Count the targets that have a zone's newest serial."""
    places = zone.targets.values()
    lacking = [place.target for place in places if not is_published(zone, place)]
    errors = any(place.state in ("failing", "held") for place in places)
    return _tally(len(zone.targets), lacking, errors)


def secondaries_tally(zone: ZoneStatus) -> Tally:
    """Count the secondaries, of all hubs, that follow a zone."""
    current: dict[str, bool] = {}
    errors = False
    for on_hub in zone.hubs.values():
        for name, found in on_hub.secondaries.items():
            current[name] = current.get(name, True) and found.state == CURRENT
            errors = errors or of_secondary(found.state).tone is Tone.BAD
    lacking = [name for name, is_so in current.items() if not is_so]
    return _tally(len(current), lacking, errors)


def _tally(count: int, lacking: list[str], errors: bool) -> Tally:
    if not count:
        return Tally(0, 0, Tone.QUIET)
    tone = Tone.BAD if errors else Tone.WARN if lacking else Tone.GOOD
    return Tally(
        count - len(lacking), count, tone, f"not on {', '.join(lacking)}" if lacking else ""
    )

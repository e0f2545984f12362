"""What of the mesh needs somebody: each thing once, the gravest first, with what to type."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from zonemesh.duration import duration
from zonemesh.serial import is_newer
from zonemesh.status.hubs import HubState
from zonemesh.status.mesh_status import MeshStatus, ZoneStatus
from zonemesh.status.places import UNHEARD, PulledFrom, ZoneAtTarget
from zonemesh.status.secondaries import Following, needing_attention


class NeedKind(StrEnum):
    """What it is about, in the order in which needs are shown."""

    HELD = "held"  # a snapshot waits for somebody
    TARGET_HELD = "target-held"  # what a hub would do to a target does
    WITHDRAWN = "withdrawn"  # signed with a DS at the parent: served nowhere
    MEMBER = "member"  # not served, or served though its source is gone
    HUB_OFFLINE = "hub-offline"
    HUB = "hub"  # it says what is wrong with it
    ZONE_ON_HUB = "zone-on-hub"
    PULLING = "pulling"
    TARGET = "target"  # publishing fails
    SECONDARY = "secondary"
    AHEAD = "ahead"  # a secondary has a newer serial than the mesh
    DRIFT = "drift"  # others changed a target that is not to be repaired
    SIGNED = "signed"  # signed at the source, served unsigned


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that needs somebody.

    `subject` names it (with `kind` it stays the same for as long as the need lasts), `text` says
    what is the case and what to type. `zone`, `hub` and `place` (a target or secondary) are those
    that it is about, empty where it is about none.
    """

    kind: NeedKind
    subject: str
    text: str
    zone: str = ""
    hub: str = ""
    place: str = ""


def needs(status: MeshStatus) -> list[Need]:
    """Give all that needs somebody, the gravest kind first."""
    found = [*_of_zones(status), *_of_secondaries(status), *_of_hubs(status)]
    order = list(NeedKind)
    return sorted(found, key=lambda need: order.index(need.kind))


def _of_zones(status: MeshStatus) -> Iterator[Need]:
    for zone in status.zones:
        key = zone.member.zone
        if zone.member.note:
            subject = f"{key} {zone.member.state}"
            yield Need(NeedKind.MEMBER, subject, zone.member.note, key)
        if zone.signing:
            kind = NeedKind.WITHDRAWN if zone.withdrawn else NeedKind.SIGNED
            yield Need(kind, f"{key} {zone.state}", zone.signing, key)
        if zone.held is not None:
            yield Need(NeedKind.HELD, f"{key} held", _why_held(zone), key)
        yield from _on_hubs(zone)
        yield from _at_targets(zone, status.now)
        yield from _from_primaries(zone)


def _on_hubs(zone: ZoneStatus) -> Iterator[Need]:
    key = zone.member.zone
    for hub, on_hub in zone.hubs.items():
        if on_hub.error:
            yield Need(NeedKind.ZONE_ON_HUB, f"{key} on {hub}", on_hub.error, key, hub)
        for secondary, serial in on_hub.follows.items():
            if zone.serial is not None and is_newer(serial, zone.serial):
                text = _ahead(zone, secondary, serial)
                yield Need(NeedKind.AHEAD, f"{key} on {hub}", text, key, hub, secondary)


def _at_targets(zone: ZoneStatus, now: float) -> Iterator[Need]:
    key = zone.member.zone
    for place in zone.targets.values():
        about = (key, place.hub, place.target)
        subject = f"{key} to {place.target}"
        if place.error:
            yield Need(NeedKind.TARGET, subject, f"{place.error} ({_tried(place, now)})", *about)
        if place.state == "held":
            why = "; ".join(place.reasons)
            text = (
                f"serial {place.held} waits: {why}. `zonemesh publish {key} {place.target} "
                "--approve` shows what the hub would do, and lets it"
            )
            yield Need(NeedKind.TARGET_HELD, subject, text, *about)
        if place.state == "drifted" and place.drift:
            text = f"changed by others, and left so as the mesh says: {'; '.join(place.drift)}"
            yield Need(NeedKind.DRIFT, subject, text, *about)


def _from_primaries(zone: ZoneStatus) -> Iterator[Need]:
    if zone.pulled is None:
        return
    key, hub = zone.member.zone, zone.member.pulled_by
    for text in _pulled(zone.pulled):
        if zone.held is not None and text == "; ".join(zone.concerns):
            continue  # told as held, with what to do
        yield Need(NeedKind.PULLING, f"{key} pulled by {hub}", text, key, hub)


def _pulled(pulled: PulledFrom) -> Iterator[str]:
    if pulled.state not in ("current", UNHEARD) or pulled.cause:
        between = ", but " if pulled.state == "current" else ": "
        yield f"{pulled.state}{between}{pulled.cause}" if pulled.cause else pulled.state
    if pulled.error:
        yield pulled.error


def _of_secondaries(status: MeshStatus) -> Iterator[Need]:
    for subject, text, hub, secondary in needing_attention(followings(status), status.now):
        yield Need(NeedKind.SECONDARY, subject, text, hub=hub, place=secondary)


def followings(status: MeshStatus) -> Iterator[Following]:
    """Give each secondary of each zone and hub."""
    for zone in status.zones:
        for hub, on_hub in zone.hubs.items():
            for secondary, found in on_hub.secondaries.items():
                yield Following(hub, secondary, zone.member.apex, found)


def _of_hubs(status: MeshStatus) -> Iterator[Need]:
    for hub in status.hubs:
        if hub.state(status.now) is HubState.OFFLINE and hub.heard_at is not None:
            silent = duration(status.now - hub.heard_at)
            text = (
                f"not heard of for {silent}: it may serve on, or be gone. See to its container and "
                f"its way to AWS; its own log and `/status` tell more"
            )
            yield Need(NeedKind.HUB_OFFLINE, f"hub {hub.name}", text, hub=hub.name)
        for problem in hub.problems:
            yield Need(NeedKind.HUB, f"hub {hub.name}", problem, hub=hub.name)


def _tried(place: ZoneAtTarget, now: float) -> str:
    times = "once" if place.failures == 1 else f"{place.failures} times"
    if place.next_attempt is None:
        return f"failed {times}, tried again on the schedule or at the next change"
    wait = max(0, round(place.next_attempt - now))
    return f"failed {times}, tried again in {wait} s"


def _ahead(zone: ZoneStatus, secondary: str, serial: int) -> str:
    return (
        f"secondary {secondary} answers {serial}, which is newer than {zone.serial}, so it takes "
        f"nothing. `zonemesh bump {zone.member.zone} --above {serial}` cures that"
    )


def _why_held(zone: ZoneStatus) -> str:
    served, name = f"serial {zone.serial} is served on", zone.member.zone
    if zone.refused:
        refused = "1 rrset" if zone.refused == 1 else f"{zone.refused} rrsets"
        return (
            f"serial {zone.held} waits, as the policy refuses {refused} of it; {served}. "
            f"`zonemesh report {name} --held` lists them"
        )
    why = "; ".join(zone.concerns)
    if zone.rejected:
        return f"serial {zone.held} was rejected and waits for the next change: {why}; {served}"
    return (
        f"serial {zone.held} waits: {why}; {served}. `zonemesh diff {name} newest held` shows it, "
        f"`zonemesh approve {name} {zone.held}` serves it"
    )

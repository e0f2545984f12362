"""What needs somebody, with the page where it is seen to."""

from collections.abc import Callable
from dataclasses import dataclass

from zonemesh.dashboard.links import hub_url, secondary_url, target_url, zone_url
from zonemesh.dashboard.words import Tag, Tone
from zonemesh.status.mesh_status import MeshStatus
from zonemesh.status.needs import Need, NeedKind, needs

_TAGS = {
    NeedKind.HELD: Tag("held", Tone.BAD),
    NeedKind.TARGET_HELD: Tag("target held", Tone.BAD),
    NeedKind.WITHDRAWN: Tag("withdrawn", Tone.BAD),
    NeedKind.MEMBER: Tag("membership", Tone.WARN),
    NeedKind.HUB_OFFLINE: Tag("hub offline", Tone.BAD),
    NeedKind.HUB: Tag("hub", Tone.BAD),
    NeedKind.ZONE_ON_HUB: Tag("on a hub", Tone.BAD),
    NeedKind.PULLING: Tag("pulling", Tone.WARN),
    NeedKind.TARGET: Tag("target", Tone.BAD),
    NeedKind.SECONDARY: Tag("secondary", Tone.WARN),
    NeedKind.AHEAD: Tag("ahead", Tone.WARN),
    NeedKind.DRIFT: Tag("drift", Tone.WARN),
    NeedKind.SIGNED: Tag("signed", Tone.WARN),
}
_TO_TARGETS = (NeedKind.TARGET, NeedKind.TARGET_HELD, NeedKind.DRIFT)


@dataclass(frozen=True, slots=True)
class Needing:
    """One need as it is shown: `about` names it and leads to `url`, `text` may have `code`."""

    tag: Tag
    about: str
    url: str
    text: str


def needing(
    status: MeshStatus, only: Callable[[Need], bool] = lambda _: True
) -> tuple[Needing, ...]:
    """Give all needs, or some, the gravest first."""
    apexes = {zone.member.zone: zone.member.apex for zone in status.zones}
    return tuple(_shown(need, apexes) for need in needs(status) if only(need))


def _shown(need: Need, apexes: dict[str, str]) -> Needing:
    apex = apexes.get(need.zone, need.zone)
    parts = [apex, f"to {need.place}" if need.kind in _TO_TARGETS else need.place]
    if need.hub and not need.place:
        parts.append(f"on {need.hub}" if apex else need.hub)
    elif need.hub and not apex:
        parts.append(f"of {need.hub}")
    tag = _TAGS.get(need.kind, Tag(need.kind.value, Tone.WARN))
    return Needing(tag, " ".join(filter(None, parts)), _url(need), need.text)


def _url(need: Need) -> str:
    if need.zone:
        return zone_url(need.zone)
    if need.place:
        to_target = need.kind in _TO_TARGETS
        return target_url(need.place) if to_target else secondary_url(need.place)
    return hub_url(need.hub) if need.hub else "/"

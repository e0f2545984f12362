"""What one look at the mesh finds amiss: what needs somebody, gathered by its cause. Pure."""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

from zonemesh.duration import duration
from zonemesh.failover import Readiness
from zonemesh.membership import ACTIVE, CONFLICT, GONE, OVERLAP
from zonemesh.mesh.alerts import Alerts
from zonemesh.status.hubs import OVERDUE, HubState, HubStatus
from zonemesh.status.mesh_status import MeshStatus, ZoneStatus
from zonemesh.status.needs import Need, NeedKind, followings, needs
from zonemesh.watch.finding import Finding, Found
from zonemesh.watch.kinds import AlertKind
from zonemesh.watch.propagation import Lag

_REASONS = 3  # of those that have the same cause, so many are told


@dataclass(frozen=True, slots=True)
class Look:
    """The mesh as it is, and who lags behind its heads."""

    status: MeshStatus
    lags: Collection[Lag]
    settings: Alerts


def find(look: Look) -> Found:
    """Find what is amiss."""
    status = look.status
    silent = frozenset(hub.name for hub in status.hubs if _is_silent(hub, look))
    needed = [need for need in needs(status) if not need.hub or need.hub not in silent]
    findings = [
        *_of_zones(look, needed),
        *_of_hubs(look, needed, silent),
        *_lagging(look),
        *_of_secondaries(look, needed),
        *_of_targets(look, needed),
        *_of_sources(look, needed),
        *_lost_failovers(look),
    ]
    return Found(tuple(findings), silent, _unjudged(status))


def _is_silent(hub: HubStatus, look: Look) -> bool:
    """Tell whether a hub was heard once and is not now: what it said of zones may be past."""
    patience = min(OVERDUE, look.settings.hub_offline)
    return hub.heard_at is not None and look.status.now - hub.heard_at > patience


def _of_zones(look: Look, needed: Iterable[Need]) -> Iterator[Finding]:
    by_kind = {NeedKind.WITHDRAWN: AlertKind.WITHDRAWN, NeedKind.SIGNED: AlertKind.SIGNED}
    for need in needed:
        if kind := by_kind.get(need.kind):
            yield Finding(kind, need.zone, need.text, zones=(need.zone,))
    for zone in look.status.zones:
        yield from _of_member(zone)
        yield from _held(zone)


def _of_member(zone: ZoneStatus) -> Iterator[Finding]:
    member = zone.member
    kinds = {
        GONE: AlertKind.GONE, CONFLICT: AlertKind.NOT_SERVED, OVERLAP: AlertKind.NOT_SERVED,
    }  # fmt: skip
    if kind := kinds.get(member.state):
        text = f"{member.state}: {member.note}" if member.note else member.state
        yield Finding(kind, member.zone, text, zones=(member.zone,))


def _held(zone: ZoneStatus) -> Iterator[Finding]:
    key = zone.member.zone
    if zone.serial is None:
        if zone.verified_at is not None and zone.member.state == ACTIVE:
            text = "its policy refuses what the source has, so nothing of it is served yet"
            yield Finding(AlertKind.HELD, key, text, zones=(key,))
    elif zone.held is not None and not zone.rejected:
        why = [*zone.concerns, *refusals(zone.refused)]
        yield held_finding(key, zone.held, zone.serial, why)


def refusals(refused: int) -> list[str]:
    """Say that a policy refuses so many rrsets; nothing where it refuses none."""
    return [f"the policy refuses {refused} rrset{'' if refused == 1 else 's'}"] if refused else []


def held_finding(zone: str, serial: int, above: int | None, why: Collection[str]) -> Finding:
    """Give the finding that a snapshot of a zone is held, while serial `above` is served."""
    return Finding(AlertKind.HELD, zone, "\n".join(why), zones=(zone,), serial=serial, above=above)


def _of_hubs(look: Look, needed: Iterable[Need], silent: Collection[str]) -> Iterator[Finding]:
    status, settings = look.status, look.settings
    kinds = (NeedKind.HUB, NeedKind.ZONE_ON_HUB)
    told = _grouped((need for need in needed if need.kind in kinds), lambda need: need.hub)
    for hub in status.hubs:
        if hub.name in silent:
            assert hub.heard_at is not None
            zones = [zone.member.zone for zone in status.zones if hub.name in zone.hubs]
            yield Finding(
                AlertKind.HUB_OFFLINE,
                hub.name,
                f"it reports every 30 s, and last did {duration(status.now - hub.heard_at)} ago",
                settings.hub_offline,
                hub.heard_at,
                tuple(zones),
                (hub.name,),
            )
        elif hub.state(status.now) is HubState.ERROR or hub.name in told:
            found = told.get(hub.name, [])
            yield Finding(
                AlertKind.HUB_FAILING,
                hub.name,
                _reasons(found) or _unready(hub),
                settings.hub_failing,
                zones=_zones(found),
                hubs=(hub.name,),
            )


def _unready(hub: HubStatus) -> str:
    report = hub.heartbeat or {}
    if not report.get("ready"):
        return "it has been started, and does not serve what it should yet"
    return f"its NSD is {(report.get('nsd') or {}).get('state', 'not running')}"


def _lagging(look: Look) -> Iterator[Finding]:
    ordered = sorted(look.lags, key=lambda lag: lag.place)
    for place, group in groupby(ordered, key=lambda lag: lag.place):
        lags = sorted(group, key=lambda lag: lag.since)
        oldest, age = lags[0], duration(max(0.0, look.status.now - lags[0].since))
        text = (
            f"{oldest.zone.member.zone} is at serial {oldest.zone.serial}, and "
            f"{oldest.serial or 'none'} there: what it lacks was recorded {age} ago"
        )
        yield Finding(
            AlertKind.PROPAGATION,
            place,
            text + (". It was not announced" if _is_unannounced(oldest.zone) else ""),
            look.settings.propagation,
            oldest.since,
            tuple(lag.zone.member.zone for lag in lags),
            (oldest.hub,),
            place,
            confirmed=True,  # what was just approved was recorded long ago
        )


def _is_unannounced(zone: ZoneStatus) -> bool:
    return zone.announced != zone.serial


def _of_secondaries(look: Look, needed: Iterable[Need]) -> Iterator[Finding]:
    since: dict[str, list[float]] = {}
    zones: dict[str, list[str]] = {}
    for each in followings(look.status):
        if each.found.since is not None:
            since.setdefault(each.secondary, []).append(each.found.since)
            zones.setdefault(each.secondary, []).append(each.apex)
    for kind, alert in (
        (NeedKind.SECONDARY, AlertKind.SECONDARY), (NeedKind.AHEAD, AlertKind.AHEAD),
    ):  # fmt: skip
        of_kind = (need for need in needed if need.kind is kind)
        for name, found in _grouped(of_kind, lambda need: need.place).items():
            behind = kind is NeedKind.SECONDARY
            yield Finding(
                alert,
                name,
                _reasons(found),
                look.settings.secondary_behind,
                min(since.get(name, []), default=None) if behind else None,
                tuple(sorted({*zones.get(name, [])})) if behind else _zones(found),
                tuple(sorted({need.hub for need in found})),
                name,
            )


def _of_targets(look: Look, needed: Iterable[Need]) -> Iterator[Finding]:
    patience = look.settings.target_failing
    for kind, alert, wait in (
        (NeedKind.TARGET, AlertKind.TARGET, patience),
        (NeedKind.TARGET_HELD, AlertKind.TARGET_HELD, 0),
        (NeedKind.DRIFT, AlertKind.DRIFT, patience),
    ):
        of_kind = (need for need in needed if need.kind is kind)
        for name, found in _grouped(of_kind, lambda need: need.place).items():
            hubs = tuple(sorted({need.hub for need in found}))
            yield Finding(alert, name, _reasons(found), wait, None, _zones(found), hubs, name)


def _of_sources(look: Look, needed: Iterable[Need]) -> Iterator[Finding]:
    pulling = (need for need in needed if need.kind is NeedKind.PULLING)
    for hub, found in _grouped(pulling, lambda need: need.hub).items():
        patience = look.settings.pulling_failing
        text, zones = _reasons(found), _zones(found)
        yield Finding(AlertKind.PULLING, hub, text, patience, None, zones, (hub,))
    late: dict[str, list[tuple[int, str]]] = {}
    for zone in look.status.zones:
        if zone.member.state == ACTIVE and zone.member.hosted_zone_id and zone.verified_at:
            compared = (zone.verified_at, zone.member.zone)
            late.setdefault(zone.member.integration, []).append(compared)
    limit = look.settings.not_verified
    for integration, zones_at in late.items():
        overdue = sorted(each for each in zones_at if look.status.now - each[0] >= limit)
        if overdue:
            last = duration(look.status.now - overdue[0][0])
            text = f"{overdue[0][1]} was last compared whole with its source {last} ago"
            keys = tuple(zone for _, zone in overdue)
            yield Finding(
                AlertKind.NOT_VERIFIED, integration, text, limit, overdue[0][0], keys,
                place=integration,
            )  # fmt: skip


def _lost_failovers(look: Look) -> Iterator[Finding]:
    for zone in look.status.zones:
        found = zone.readiness
        if found and found.readiness is Readiness.NOT_READY and found.ready_at is not None:
            key, text = zone.member.zone, "\n".join(found.reasons[:_REASONS])
            yield Finding(
                AlertKind.FAILOVER_LOST, key, text, look.settings.failover_lost, zones=(key,)
            )


def _unjudged(status: MeshStatus) -> frozenset[tuple[AlertKind, str]]:
    """Give what could not be looked at: it is as it was."""
    return frozenset(
        (AlertKind.FAILOVER_LOST, zone.member.zone)
        for zone in status.zones
        if zone.readiness and zone.readiness.readiness is Readiness.UNKNOWN
    )


def _grouped(found: Iterable[Need], by: Callable[[Need], str]) -> dict[str, list[Need]]:
    groups: dict[str, list[Need]] = {}
    for need in found:
        groups.setdefault(by(need), []).append(need)
    return groups


def _zones(found: Iterable[Need]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(need.zone for need in found if need.zone))


def _reasons(found: list[Need]) -> str:
    """Give the first few of what is said, each once, with the zone that it is said of."""
    lines = dict.fromkeys(f"{need.zone}: {need.text}" if need.zone else need.text for need in found)
    shown = [*lines][:_REASONS]
    more = [f"and {len(lines) - _REASONS} more"] if len(lines) > _REASONS else []
    return "\n".join([*shown, *more])

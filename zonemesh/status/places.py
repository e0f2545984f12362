"""Where a zone comes from and goes to besides hubs and secondaries, as hubs last reported it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from zonemesh.mesh.definition import Mesh
from zonemesh.ports import HubReport, Member

UNHEARD = "unheard"  # before the hub's first report


@dataclass(frozen=True, slots=True)
class ZoneAtTarget:
    """A zone at a target, published by `hub`; times are in epoch seconds.

    `state` is `waiting`, `published`, `drifted`, `held`, `failing` or `unheard`, `serial` what was
    published last. `failures` counts those in a row, after which `next_attempt` comes, None where
    the schedule is waited for. `held` is the serial that waits, and `reasons` why. `drift` says
    what others have changed, `lost` what cannot be there as it is wanted, the first ones of each.
    """

    target: str
    hub: str
    state: str = UNHEARD
    serial: int | None = None
    seconds: float | None = None
    insync: float | None = None
    error: str | None = None
    failures: int = 0
    next_attempt: float | None = None
    held: int | None = None
    reasons: tuple[str, ...] = ()
    drift: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    lost_count: int = 0


@dataclass(frozen=True, slots=True)
class PulledFrom:
    """A zone as the hub that transfers it has it.

    `state` is the pulling's, with its `cause`; `error` says why nothing is recorded. `confirmed_at`
    is when a primary last answered what the hub has (epoch seconds). `primaries` are the serials
    that they answered, None for no answer.
    """

    hub: str
    state: str = UNHEARD
    cause: str = ""
    error: str = ""
    serial: int | None = None
    confirmed_at: float | None = None
    primaries: Mapping[str, int | None] = field(default_factory=dict)


def at_targets(
    mesh: Mesh, member: Member, reports: Mapping[str, HubReport]
) -> dict[str, ZoneAtTarget]:
    """Give how a member is at each of its targets, by the target's name."""
    found = {}
    for name, target in mesh.targets_for(member).items():
        report = reports.get(target.hub)
        said = report.zones.get(member.zone, {}).get("targets", {}) if report else {}
        found[name] = _at_target(name, target.hub, said.get(name))
    return found


def _at_target(name: str, hub: str, said: Mapping[str, Any] | None) -> ZoneAtTarget:
    if said is None:
        return ZoneAtTarget(name, hub)
    held = said.get("held") or {}
    return ZoneAtTarget(
        name,
        hub,
        str(said.get("state", UNHEARD)),
        said.get("serial"),
        said.get("seconds"),
        (said.get("wrote") or {}).get("insync"),
        said.get("error"),
        int(said.get("failures") or 0),
        said.get("next_attempt"),
        held.get("serial"),
        tuple(held.get("reasons") or ()),
        tuple(said.get("drift") or ()),
        tuple(said.get("lost") or ()),
        int(said.get("lost_count") or 0),
    )


def pulled_from(member: Member, reports: Mapping[str, HubReport]) -> PulledFrom | None:
    """Give how a pulled zone is at the hub that transfers it; None for another kind of zone."""
    if not member.pulled_by:
        return None
    report = reports.get(member.pulled_by)
    heartbeat = (report.heartbeat if report else None) or {}
    said = ((heartbeat.get("pulling") or {}).get("zones") or {}).get(member.zone)
    if said is None:
        return PulledFrom(member.pulled_by)
    age, at = said.get("age"), heartbeat.get("at")
    confirmed = None
    if isinstance(age, int | float) and isinstance(at, int | float):
        confirmed = float(at - age)
    primaries = said.get("primaries") or {}
    return PulledFrom(
        member.pulled_by,
        str(said.get("state", UNHEARD)),
        str(said.get("cause") or ""),
        str(said.get("error") or ""),
        said.get("serial"),
        confirmed,
        {name: heard.get("serial") for name, heard in primaries.items()},
    )

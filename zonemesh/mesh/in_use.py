"""What a new mesh definition would take away although it is in use, and what would come of it."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from zonemesh.duration import duration
from zonemesh.membership import is_served, may_be_of
from zonemesh.mesh.definition import Mesh
from zonemesh.ports import HubReport, Member
from zonemesh.status.hubs import OVERDUE, HubStatus
from zonemesh.status.secondaries import UNKNOWN, read_secondaries

NAMED = 5  # zones that are named where many are meant
_NOT_FOLLOWING = (UNKNOWN, "refused", "unreachable")

Reports = Mapping[str, HubReport]


@dataclass(frozen=True, slots=True)
class InUse:
    """Something that would be taken away: its path in mesh.yaml, who uses it, what would follow."""

    path: str
    users: tuple[str, ...]
    then: str


def takes_away(old: Mesh, new: Mesh) -> bool:
    """Tell whether anything goes that may be in use."""
    sections = ("hubs", "integrations", "targets")
    fewer = any(getattr(old, each).keys() - getattr(new, each).keys() for each in sections)
    return fewer or bool(_on_hubs(old) - _on_hubs(new))


def leaving(old: Mesh, new: Mesh, members: Collection[Member]) -> list[str]:
    """Name the zones (apexes, sorted) that are served and that no entry takes in any more."""
    return sorted(
        member.apex
        for member in members
        if is_served(member) and may_be_of(old, member) and not may_be_of(new, member)
    )


def in_use(
    old: Mesh, new: Mesh, members: Collection[Member], reports: Reports, now: float
) -> list[InUse]:
    """Give what goes and is in use, in the order of the file.

    `reports` are those of the old mesh's hubs, `now` is in epoch seconds.
    """
    return [
        *_integrations(old, new, members),
        *_hubs(old, new, reports, now),
        *_targets(old, new, members, reports),
        *_secondaries(old, new, reports),
    ]


def _integrations(old: Mesh, new: Mesh, members: Collection[Member]) -> Iterator[InUse]:
    then = (
        "hubs stop serving these zones, and the catalog names them no more; their history stays. "
        "Another name for the account is another integration"
    )
    for name in sorted(old.integrations.keys() - new.integrations.keys()):
        served = [each.apex for each in members if each.integration == name and is_served(each)]
        if served:
            yield InUse(f"integrations.{name}", (f"{_zones(served)} served from it",), then)


def _hubs(old: Mesh, new: Mesh, reports: Reports, now: float) -> Iterator[InUse]:
    then = (
        "it serves on what it has and hears of no change once `cdk deploy` has taken its queue and "
        "role; stop it, and point its secondaries at another hub first"
    )
    for name in sorted(old.hubs.keys() - new.hubs.keys()):
        report = reports.get(name, HubReport(None, {}))
        users = []
        at = HubStatus(name, report.heartbeat).heard_at
        if at is not None and now - at <= OVERDUE:
            users.append(f"heard of {duration(max(0.0, now - at))} ago")
        for secondary, count in _followers(report).items():
            users.append(f"secondary {secondary} follows it in {_count(count)}")
        if users:
            yield InUse(f"hubs.{name}", tuple(users), then)


def _targets(
    old: Mesh, new: Mesh, members: Collection[Member], reports: Reports
) -> Iterator[InUse]:
    then = "what is published stays there as it is, and nobody keeps it current"
    apexes = {member.zone: member.apex for member in members}
    for name in sorted(old.targets.keys() - new.targets.keys()):
        report = reports.get(old.targets[name].hub, HubReport(None, {}))
        published = [
            apexes.get(zone, zone)
            for zone, said in report.zones.items()
            if ((said.get("targets") or {}).get(name) or {}).get("serial") is not None
        ]
        if published:
            yield InUse(f"targets.{name}", (f"{_zones(published)} published there",), then)


def _secondaries(old: Mesh, new: Mesh, reports: Reports) -> Iterator[InUse]:
    then = (
        "no hub lets it transfer or tells it of changes any more, and it stops answering when its "
        "zones expire; take it out of the delegations first"
    )
    for name in sorted(_on_hubs(old) - _on_hubs(new)):
        users = [
            f"it follows hub {hub} in {_count(count)}"
            for hub in sorted(old.hubs.keys() & new.hubs.keys() & reports.keys())
            if (count := _followers(reports[hub]).get(name))
        ]
        if users:
            yield InUse(f"secondaries.{name}", tuple(users), then)


def _on_hubs(mesh: Mesh) -> set[str]:
    """Give the secondaries that hubs serve zones to."""
    return {name for hub in mesh.hubs.values() for name in hub.secondaries}


def _followers(report: HubReport) -> dict[str, int]:
    """Count by secondary the zones in which it follows the hub, as the hub last said."""
    found: dict[str, int] = {}
    for said in report.zones.values():
        for name, each in read_secondaries(said).items():
            if each.serial is not None and each.state not in _NOT_FOLLOWING:
                found[name] = found.get(name, 0) + 1
    return found


def _zones(apexes: Collection[str]) -> str:
    named = sorted(apexes)
    if len(named) > NAMED:
        return f"{len(named)} zones ({', '.join(named[:NAMED])}, …) are"
    return f"{', '.join(named)} {'is' if len(named) == 1 else 'are'}"


def _count(zones: int) -> str:
    return "1 zone" if zones == 1 else f"{zones} zones"

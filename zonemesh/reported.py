"""What serials the hubs say they serve.

A table that was lost and restored, or begun anew, may know older ones. Hubs do not go back, so
these are what the next serials must be above.
"""

from collections.abc import Collection, Mapping

from zonemesh.mesh.definition import Mesh
from zonemesh.ports import HubReport, HubReports, Member
from zonemesh.serial import is_newer, newest
from zonemesh.snapshot import Head


def read_reports(reports: HubReports, mesh: Mesh) -> dict[str, HubReport]:
    """Read what every declared hub last said, by its name."""
    return {hub: reports.reports(hub) for hub in mesh.hubs}


def newest_reported(reports: Mapping[str, HubReport], mesh: Mesh, member: Member) -> int | None:
    """Give the newest serial of a zone that a hub says it serves; only hubs that are to count."""
    said = (
        reports[hub].zones.get(member.zone, {}).get("serial")
        for hub in mesh.hubs_serving(member)
        if hub in reports
    )
    return newest([serial for serial in said if isinstance(serial, int)])


def behind(
    reports: Mapping[str, HubReport],
    mesh: Mesh,
    members: Collection[Member],
    heads: Mapping[str, Head],
) -> list[str]:
    """Give the zones of which a hub serves a newer serial than the head's."""
    found = []
    for member in members:
        said = newest_reported(reports, mesh, member)
        head = heads.get(member.zone)
        if said is not None and head is not None and is_newer(said, head.serial):
            found.append(member.zone)
    return found


def failing(reports: Mapping[str, HubReport], mesh: Mesh, members: Collection[Member]) -> list[str]:
    """Give the zones that a hub cannot serve or publish as they are now, each with the reason.

    Such as one that NSD's checker refuses: the hub serves the last good one on. Of targets it is
    what failed more often than it is tried again, and what their guards hold.
    """
    unserved = [
        f"{member.zone} on {hub}: {error}"
        for member in members
        for hub in mesh.hubs_serving(member)
        if hub in reports and (error := reports[hub].zones.get(member.zone, {}).get("error"))
    ]
    return unserved + [
        f"{member.zone} to {name}: {trouble}"
        for member in members
        for name, target in mesh.targets_for(member).items()
        if target.hub in reports
        and (trouble := _trouble(reports[target.hub], member.zone, name, target.retries))
    ]


def _trouble(report: HubReport, zone: str, target: str, retries: int) -> str:
    said = (report.zones.get(zone, {}).get("targets") or {}).get(target) or {}
    if said.get("held"):
        return f"held: {'; '.join(said['held'].get('reasons') or ())}"
    if (said.get("failures") or 0) > retries:
        return str(said.get("error"))
    return ""

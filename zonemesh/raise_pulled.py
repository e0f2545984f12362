"""The use case: hubs serve a newer serial of a pulled zone than the table knows → it is raised.

So it is after a restore of the table. Hubs go back to nothing older, so the zone would stand still
until its primary counts past them; and nobody lists a pulled zone, as others are then.
"""

from collections.abc import Mapping
from typing import Any

from zonemesh.bump import bump
from zonemesh.catalog_members import is_silent
from zonemesh.control import Control
from zonemesh.errors import CommandRefused
from zonemesh.nodes import Nodes
from zonemesh.ports import HubReport, Member
from zonemesh.pulled_views import apex_rrsets
from zonemesh.reported import newest_reported
from zonemesh.serial import SerialStrategy, is_newer
from zonemesh.snapshot import Head
from zonemesh.translation.soa import primary_serial


def raise_above_hubs(control: Control, member: Member, reports: Mapping[str, HubReport]) -> None:
    """Raise the serial of a pulled zone above what hubs say they serve.

    Only where the hub that pulls it says that the head holds what its primaries have: hubs that
    follow it go back to nothing older. Raises CommandRefused, which says what else is to be done,
    and the errors of the store.
    """
    store = control.ports.store
    said = newest_reported(reports, control.mesh, member)
    head = store.head(member.zone)
    if said is None or head is None or not is_newer(said, head.serial):
        return
    if why := _unsettled(control, member, reports.get(member.pulled_by), head):
        raise CommandRefused(
            f"hubs serve {said}, the table knows {head.serial}, which is raised above it once hub "
            f"{member.pulled_by}, which pulls the zone, has recorded it anew: {why}"
        )
    bump(store, member.zone, SerialStrategy.INCREMENT, control.now, above=said)


def _unsettled(control: Control, member: Member, report: HubReport | None, head: Head) -> str:
    """Say why it is not known that the head holds what the primaries have; nothing where it is."""
    if report is None or is_silent(report, control.now()):
        return "it is silent"
    status = _pulling(report, member.zone)
    if status is None:
        return "its report does not show the zone"
    if status.get("state") != "current" or status.get("serial") != status.get("recorded"):
        return f"the zone is {status.get('state')} there: {status.get('cause') or 'not recorded'}"
    store = control.ports.store
    snapshot = store.snapshot(member.zone, head.serial)
    apex = apex_rrsets(member.apex, snapshot.source, Nodes(store, member.zone).load)
    holds = primary_serial(apex, apex=member.apex)
    if (status.get("snapshot"), status.get("recorded")) != (head.serial, holds):
        return f"it has not looked at serial {head.serial} yet"
    return ""


def _pulling(report: HubReport, zone: str) -> Mapping[str, Any] | None:
    pulling = (report.heartbeat or {}).get("pulling") or {}
    status: Mapping[str, Any] | None = (pulling.get("zones") or {}).get(zone)
    return status

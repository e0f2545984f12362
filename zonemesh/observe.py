"""The use case: change events of one hosted zone → its names read again and recorded."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from zonemesh.control import Control
from zonemesh.enrol import enrol
from zonemesh.errors import ZoneGone
from zonemesh.membership import ACTIVE
from zonemesh.ports import ListingOrder, Member
from zonemesh.record import Recorded
from zonemesh.route53.events import ChangeEvent
from zonemesh.snapshot import Change, Reason

# A name costs a call at worst. Fifty take ten seconds at Route 53's five a second; what needs more
# is listed whole, where no other edit waits behind it.
OWNERS_MOST = 50
PAGE = 300  # rrsets a ListResourceRecordSets page holds
CHANGES_MOST = 20  # kept of a batch's events in one snapshot's reason


@dataclass(frozen=True, slots=True)
class Observed:
    """What came of some events: a recording, or an order to list, or nothing for this mesh."""

    zone: str
    recorded: Recorded | None = None
    ordered: bool = False


def by_hosted_zone(events: Iterable[ChangeEvent]) -> dict[str | None, list[ChangeEvent]]:
    """Group events by hosted zone id; under None those that do not say which zone."""
    groups: dict[str | None, list[ChangeEvent]] = {}
    for event in events:
        for hosted_zone in [None] if event.hosted_zones is None else event.hosted_zones:
            groups.setdefault(hosted_zone, []).append(event)
    return groups


def observe(
    control: Control,
    hosted_zone: str | None,
    events: Sequence[ChangeEvent],
    found_by: str = "event",
) -> list[Observed]:
    """Do what the events of one hosted zone call for, in one pass over all their names.

    Without a hosted zone every zone of the mesh is ordered to be listed. Raises the errors of the
    sources and the store, so that the events can be handed back.
    """
    changes = tuple(event.change for event in events)[:CHANGES_MOST]
    if hosted_zone is None:
        members = enrol(control, changes).members
        return [
            _order(control, member, found_by, changes)
            for member in members
            if member.state == ACTIVE
        ]
    member = _member(control, hosted_zone)
    if any(event.changes_membership for event in events):
        enrol(control, changes)  # orders the first listing of a zone that it takes in
    if member is None or member.state != ACTIVE:
        return []
    if all(event.changes_membership for event in events):
        return []
    try:
        return [_record(control, member, events, Reason(found_by, changes))]
    except ZoneGone:
        enrol(control, changes)
        return []


def _member(control: Control, hosted_zone: str) -> Member | None:
    for member in control.ports.register.members():
        if member.hosted_zone_id == hosted_zone:
            return member
    return None


def _record(
    control: Control, member: Member, events: Sequence[ChangeEvent], reason: Reason
) -> Observed:
    owners: set[str] = set()
    for event in events:
        if event.changes_membership:
            continue
        if event.owners is None:
            return _order(control, member, reason.found_by, reason.changes)
        owners |= {name for name in event.owners if _in_zone(name, member.apex)}
    if len(owners) > OWNERS_MOST:
        return _order(control, member, reason.found_by, reason.changes)
    recorded = control.recorder.record_owners(
        control.zone(member), control.source(member), owners, reason
    )
    if recorded is None:
        return _order(control, member, "first", reason.changes)
    return Observed(member.zone, recorded)


def _in_zone(name: str, apex: str) -> bool:
    return name == apex or name.endswith(f".{apex}")


def _order(
    control: Control, member: Member, found_by: str, changes: tuple[Change, ...]
) -> Observed:
    order = ListingOrder(member.zone, member.integration, control.now(), found_by, changes)
    control.ports.listings.send(order)
    return Observed(member.zone, ordered=True)

"""The use case: which hosted zones there are → the members of the mesh, and first listings."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from zonemesh.control import Control
from zonemesh.errors import SourceError
from zonemesh.membership import ACTIVE, decide_members
from zonemesh.membership import changes as decided_changes
from zonemesh.names import canonical_text, parse_name
from zonemesh.ports import HostedZone, ListingOrder, Member
from zonemesh.snapshot import Change


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The members as they are now.

    `hosted_zones` is by id what the integrations listed; `changed` are the members that came,
    left or changed state; `unread` are integrations that could not be listed, with the reason.
    """

    members: tuple[Member, ...]
    hosted_zones: dict[str, HostedZone]
    changed: tuple[Member, ...]
    unread: dict[str, str]


def enrol(control: Control, changes: tuple[Change, ...] = ()) -> Enrolled:
    """List the hosted zones of every integration, settle who is a member, order first listings.

    An integration that cannot be listed leaves its members as they are. `changes` are the events
    that brought this about, for the history.
    """
    ports, mesh = control.ports, control.mesh
    listed: dict[str, list[HostedZone] | None] = {}
    unread: dict[str, str] = {}
    for integration in mesh.integrations:
        try:
            listed[integration] = ports.hosted_zones(integration, mesh).list()
        except SourceError as problem:
            listed[integration], unread[integration] = None, str(problem)
    existing = ports.register.members()
    members = decide_members(mesh, listed, existing, _Delegations(control, listed))
    decision = decided_changes(existing, members)
    for member in decision.put:
        ports.register.put(member)
    for member in decision.remove:
        ports.register.remove(member.zone)
    _order_listings(control, members, existing, changes)
    by_id = {zone.id: zone for zones in listed.values() for zone in zones or ()}
    return Enrolled(tuple(members), by_id, (*decision.put, *decision.remove), unread)


def _order_listings(
    control: Control,
    members: Collection[Member],
    existing: Collection[Member],
    changes: tuple[Change, ...],
) -> None:
    """Order a listing for each zone that is new to the mesh, or whose hosted zone is another."""
    before = {member.zone: member for member in existing}
    active = [member for member in members if member.state == ACTIVE]
    heads = control.ports.store.heads([member.zone for member in active])
    for member in active:
        known = before.get(member.zone)
        same = known is not None and known.hosted_zone_id == member.hosted_zone_id
        if member.zone in heads and same and known is not None and known.state == ACTIVE:
            continue
        found_by = "event" if member.zone in heads else "first"
        order = ListingOrder(member.zone, member.integration, control.now(), found_by, changes)
        control.ports.listings.send(order)


class _Delegations:
    """Whether a parent zone's source delegates a child to the child's own name servers."""

    def __init__(self, control: Control, listed: Mapping[str, Sequence[HostedZone] | None]) -> None:
        self._control, self._listed = control, listed

    def __call__(self, parent: Member, child_apex: str) -> bool:
        delegated = self._name_servers(parent, child_apex)
        for integration, zones in self._listed.items():
            for zone in zones or ():
                if zone.apex == child_apex and not zone.private:
                    child = replace(
                        parent, apex=child_apex, integration=integration, hosted_zone_id=zone.id
                    )
                    if delegated & self._name_servers(child, child_apex):
                        return True
        return False

    def _name_servers(self, member: Member, owner: str) -> set[str]:
        try:
            rrsets = self._control.source(member).read([owner])[owner]
        except SourceError:
            return set()
        return {
            canonical_text(parse_name(record["Value"]))
            for rrset in rrsets
            if rrset["Type"] == "NS"
            for record in rrset.get("ResourceRecords", ())
        }

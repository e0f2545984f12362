"""The use case: which hosted zones there are → the members of the mesh, and first listings."""

from collections.abc import Collection
from dataclasses import dataclass

from zonemesh.catalog_members import with_catalog
from zonemesh.control import Control
from zonemesh.delegations import SourceDelegations
from zonemesh.errors import SourceError, SourceThrottled, ZonemeshError
from zonemesh.membership import ACTIVE, CATALOG, decide_members
from zonemesh.membership import changes as decided_changes
from zonemesh.ports import HostedZone, Member
from zonemesh.snapshot import Change
from zonemesh.succession import count_on
from zonemesh.tagged import TagReading
from zonemesh.targets.discovery import without_targets

READ_FOR = 10  # seconds spent on delegations: the function that handles events has thirty


@dataclass(frozen=True, slots=True)
class Enrolled:
    """The members as they are now.

    `hosted_zones` is by id what the integrations listed; `changed` are the members that came,
    left or changed state; `unread` says why an integration, by name, could not be listed, or tags
    or a delegation be read: where that decides of a zone it is left out, or as it was, this time.
    """

    members: tuple[Member, ...]
    hosted_zones: dict[str, HostedZone]
    changed: tuple[Member, ...]
    unread: dict[str, SourceError]

    def raise_throttled(self) -> None:
        """Raise the first SourceThrottled among what was `unread`: it is worth another try soon."""
        for problem in self.unread.values():
            if isinstance(problem, SourceThrottled):
                raise problem


def enrol(
    control: Control,
    changes: tuple[Change, ...] = (),
    found_by: str = "event",
    read_for: int = READ_FOR,
    tags_of: Collection[str] | None = None,
) -> Enrolled:
    """List the hosted zones of every integration, settle who is a member, order first listings.

    An integration that cannot be listed leaves its members as they are. `changes` are the events
    that brought this about, for the history; `found_by` is the reason of listings that come of it.
    `read_for` are the seconds in which tags may be read, and then delegations; `tags_of` the ids of
    hosted zones whose tags are read, None for all: the others are as they were.
    """
    ports, mesh = control.ports, control.mesh
    # Before the listings: what another enrolment enters meanwhile, on newer ones, stays as it is.
    existing = ports.register.members()
    listed: dict[str, list[HostedZone] | None] = {}
    unread: dict[str, SourceError] = {}
    for integration in mesh.integrations:
        try:
            listed[integration] = ports.hosted_zones(integration, mesh).list()
        except SourceError as problem:
            listed[integration], unread[integration] = None, problem
    tags = TagReading(control, read_for, tags_of)
    listings = tags.read(listed)
    sourced = [member for member in existing if member.origin != CATALOG]
    delegations = SourceDelegations(control, listings, sourced, read_for)
    sources = without_targets(mesh, listings, sourced)
    decided = decide_members(mesh, sources, sourced, delegations)
    members = with_catalog(mesh, decided, existing)
    unread |= tags.unread | delegations.unread
    decision = decided_changes(existing, members)
    before = {member.zone: member for member in existing}
    for member in decision.put:
        _enter(control, member, before.get(member.zone), found_by, changes)
    for member in decision.remove:
        ports.register.remove(member.zone)
    by_id = {zone.id: zone for zones in listed.values() for zone in zones or ()}
    return Enrolled(tuple(members), by_id, (*decision.put, *decision.remove), unread)


def _enter(
    control: Control,
    member: Member,
    before: Member | None,
    found_by: str,
    changes: tuple[Change, ...],
) -> None:
    """Enter a member, and order a listing where it begins to be read, or from another zone."""
    register = control.ports.register
    register.put(member)
    if not member.hosted_zone_id:  # nobody lists it: another records it
        return
    same = before is not None and before.hosted_zone_id == member.hosted_zone_id
    if member.state != ACTIVE or (same and before is not None and before.state == ACTIVE):
        return
    try:
        recorded = member.zone in control.ports.store.heads([member.zone])
        count_on(control, member)
        control.order_listing(member, found_by if recorded else "first", changes)
    except ZonemeshError:
        # As it was, or whoever tries again would find nothing new, and order nothing.
        if before is None:
            register.remove(member.zone)
        else:
            register.put(before)
        raise

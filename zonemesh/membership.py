"""Which hosted zones are zones of the mesh: listed or discovered, and who wins where two compete.

    hosted zone found ──► active ◄──────────────── the name is made again (same account, public)
                            │  vanished ──► gone ───┘         served: active, gone
    same name on a hub ──► conflict                       not served: conflict, overlap
    inside or above a served zone, without a delegation ──► overlap

What is served stays served: every rule asks first whether a zone is being served already. Deciding
twice on the same facts gives the same members.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from zonemesh.deployment import EVERY_HUB
from zonemesh.mesh.definition import Mesh
from zonemesh.mesh.sections import DiscoveredZones, ListedZone, ZoneEntry
from zonemesh.mesh.values import is_top_level
from zonemesh.names import canonical_text, parse_name
from zonemesh.ports import HostedZone, Member
from zonemesh.zone_keys import zone_key

ACTIVE, GONE, CONFLICT, OVERLAP = "active", "gone", "conflict", "overlap"
LISTED, DISCOVERED = "listed", "discovered"
CATALOG = "catalog"  # the origin of the catalog zone, which the control plane writes itself

Delegations = Callable[[Member, str], bool | None]
"""Tells whether a parent zone has an NS rrset at a child's apex that names the child's servers.

None means that it cannot be told now: the newcomer is left out, or as it was. It should ask the
source: the parent may not be recorded yet.
"""


def no_delegation(parent: Member, child: str) -> bool:
    """Answer that no parent delegates anything."""
    return False


@dataclass(frozen=True, slots=True)
class MemberChanges:
    """What a decision changes in the register."""

    put: tuple[Member, ...]
    remove: tuple[Member, ...]


def changes(existing: Collection[Member], decided: Collection[Member]) -> MemberChanges:
    """Compare the register with what was decided."""
    before = {member.zone: member for member in existing}
    after = {member.zone: member for member in decided}
    put = [after[zone] for zone in sorted(after) if before.get(zone) != after[zone]]
    return MemberChanges(tuple(put), tuple(before[zone] for zone in sorted(before.keys() - after)))


def decide_members(
    mesh: Mesh,
    hosted_zones: Mapping[str, Sequence[HostedZone] | None],
    existing: Collection[Member],
    delegations: Delegations = no_delegation,
) -> list[Member]:
    """Decide the members of the mesh, sorted by key.

    `hosted_zones` has each integration's listing, or None where it failed: members of that
    integration stay exactly as they are, unless their entry was taken out of the mesh, and so does
    one whose tags would decide and are not known. `delegations` is asked for newcomers by discovery
    only, and once for a pair.
    """
    listings = {
        name: zones for name in mesh.integrations if (zones := hosted_zones.get(name)) is not None
    }
    before = {member.zone: member for member in existing}
    frozen = [
        member
        for member in before.values()
        if member.integration in mesh.integrations
        and member.integration not in listings
        and may_be_of(mesh, member)
    ]
    listed = [*_listed(mesh, listings, before), *_pulled(mesh)]
    frozen += _untold(mesh, listings, before, listed)
    discovered = list(_discovered(mesh, listings, before, listed, frozen))
    contest = _Contest(_Served(), delegations)
    members = contest.run(frozen, listed, discovered, before)
    keys = {member.zone for member in members}
    return [_noted_as_before(member, before.get(member.zone), keys) for member in members]


def _noted_as_before(member: Member, previous: Member | None, keys: Collection[str]) -> Member:
    """Keep what others note of members: how they are signed, and whose name they take over."""
    if previous is None:
        return member
    member = replace(member, signed=previous.signed)
    if previous.adopts not in keys or member.state != previous.state:
        return replace(member, adopts="")
    waits = f"; it takes the name over from {previous.adopts} once it is listed"
    note = member.note.removesuffix(waits)
    return replace(member, adopts=previous.adopts, note=note + waits * is_adopting(previous))


def is_adopting(member: Member) -> bool:
    """Tell whether a member is to be read although another one still has its name."""
    return member.state == CONFLICT and bool(member.adopts and member.hosted_zone_id)


def is_served(member: Member | None) -> bool:
    """Tell whether a member is served; a listed zone that was never found is not."""
    return member is not None and member.state in (ACTIVE, GONE) and has_source(member)


def has_source(member: Member) -> bool:
    """Tell whether there is something to read a member from."""
    return bool(member.hosted_zone_id or member.pulled_by) or member.origin == CATALOG


# Candidates: what each entry of the mesh finds in the listings, before zones compete.


def _listed(
    mesh: Mesh, listings: Mapping[str, Sequence[HostedZone]], before: Mapping[str, Member]
) -> Iterator[Member]:
    for entry in mesh.listed:
        if entry.integration in listings:
            yield _find_listed(entry, listings[entry.integration], before.get(entry.key))


def _pulled(mesh: Mesh) -> Iterator[Member]:
    for entry in mesh.pulled:
        member = Member(entry.key, entry.name, "", "", LISTED, entry.hubs)
        yield replace(member, pulled_by=entry.pulled_by)


def _find_listed(entry: ListedZone, zones: Sequence[HostedZone], previous: Member | None) -> Member:
    named = sorted(
        (zone for zone in zones if zone.apex == entry.name and zone.private == entry.private),
        key=lambda zone: zone.id,
    )
    member = _member(entry, entry.name, LISTED)
    if entry.hosted_zone_id is None:
        return _choose(member, named, previous, entry.private)
    pinned = next((zone for zone in zones if zone.id == entry.hosted_zone_id), None)
    if pinned is None:
        return _lost(member, named, previous, missing=entry.hosted_zone_id)
    if pinned not in named:
        kind = "private" if pinned.private else "public"
        note = f"hosted zone {pinned.id} is the {kind} zone {pinned.apex}; correct the mesh"
        return replace(member, state=CONFLICT, note=note)
    return replace(member, hosted_zone_id=pinned.id)


def may_be_of(mesh: Mesh, member: Member) -> bool:
    """Tell whether an entry takes a member in, whatever its tags may be by now."""
    return mesh.entry_of(member) is not None or _pattern_by_name(mesh, member) is not None


def _pattern_by_name(mesh: Mesh, member: Member) -> DiscoveredZones | None:
    """Find the first pattern whose name a member has, whatever its tags: one may ask for others.

    So a tag that a pattern asks for from now on, or in another spelling, takes no zone off hubs.
    """
    for entry in mesh.discovered:
        own = zone_key(member.integration, member.apex, entry.view) == member.zone
        if own and entry.takes_in(member.integration, member.apex):
            return entry
    return None


def _untold(
    mesh: Mesh,
    listings: Mapping[str, Sequence[HostedZone]],
    before: Mapping[str, Member],
    listed: Sequence[Member],
) -> Iterator[Member]:
    """Give the members whose tags would decide and are not known."""
    keys = {member.zone for member in listed}
    untold = {
        (integration, zone.id)
        for integration, zones in listings.items()
        for zone in zones
        if zone.tags is None and hangs_on_tags(mesh, integration, zone)
    }
    for member in before.values():
        known = (member.integration, member.hosted_zone_id) not in untold
        if not known and member.zone not in keys and may_be_of(mesh, member):
            yield member


def _discovered(
    mesh: Mesh,
    listings: Mapping[str, Sequence[HostedZone]],
    before: Mapping[str, Member],
    listed: Sequence[Member],
    frozen: Sequence[Member],
) -> Iterator[Member]:
    own_keys = {entry.key for entry in mesh.listed} | {member.zone for member in frozen}
    own_ids = {(member.integration, member.hosted_zone_id) for member in listed}
    found: dict[str, tuple[ZoneEntry, list[HostedZone]]] = {}
    for integration, zones in listings.items():
        for zone in sorted(zones, key=lambda zone: zone.id):
            entry = _pattern_for(mesh, integration, zone)
            if entry is None or (integration, zone.id) in own_ids:
                continue
            found.setdefault(zone_key(integration, zone.apex, entry.view), (entry, []))[1].append(
                zone
            )
    for key, (entry, zones) in found.items():
        if key not in own_keys:
            member = _member(entry, zones[0].apex, DISCOVERED)
            chosen = _choose(member, zones, before.get(key), entry.private)
            yield _with_tags(chosen, zones, before.get(key))
    for key, previous in before.items():
        if key not in found and key not in own_keys and previous.integration in listings:
            entry_before = mesh.entry_of(previous) or _pattern_by_name(mesh, previous)
            if entry_before is not None and is_served(previous):
                member = _member(entry_before, previous.apex, DISCOVERED)
                zones_there = listings[previous.integration]
                yield _left(member, previous, entry_before, zones_there)


def _with_tags(member: Member, zones: Sequence[HostedZone], previous: Member | None) -> Member:
    """Note the tags by which a zone was taken in: those of its hosted zone, else the last known."""
    tags = {zone.id: zone.tags or () for zone in zones}
    known = previous.tags if previous is not None else ()
    return replace(member, tags=tags.get(member.hosted_zone_id, known))


def _left(
    member: Member, previous: Member, entry: ZoneEntry, zones: Sequence[HostedZone]
) -> Member:
    """A zone that is no longer taken in: its hosted zone went, or has other tags by now."""
    member = replace(member, tags=previous.tags)
    there = next((zone for zone in zones if zone.id == previous.hosted_zone_id), None)
    if there is None or not isinstance(entry, DiscoveredZones) or entry.has_tags(there.tags or ()):
        return _lost(member, [], previous)
    asked = ", ".join(f"`{key}: {value}`" for key, value in entry.tags.items())
    note = (
        f"hosted zone {there.id} no longer has the tags that `discover: {entry.discover}` asks for "
        f"({asked}); its last content is served on. Tag it again, or `zonemesh zones forget "
        f"{member.zone}` takes it out"
    )
    return replace(member, hosted_zone_id=there.id, state=GONE, note=note)


def _pattern_for(mesh: Mesh, integration: str, zone: HostedZone) -> ZoneEntry | None:
    for entry in _patterns_that_fit(mesh, integration, zone):
        if entry.tags and zone.tags is None:
            return None
        if entry.has_tags(zone.tags or ()):
            return entry
    return None


def hangs_on_tags(mesh: Mesh, integration: str, zone: HostedZone) -> bool:
    """Tell whether a hosted zone's tags decide if, or by which pattern, it is taken in."""
    first = next(_patterns_that_fit(mesh, integration, zone), None)
    if first is None or not first.tags:
        return False
    key = zone_key(integration, zone.apex, first.view)
    return all(entry.key != key for entry in mesh.listed)


def _patterns_that_fit(mesh: Mesh, integration: str, zone: HostedZone) -> Iterator[DiscoveredZones]:
    """Give the patterns that could take a hosted zone in, in the order in which they are tried."""
    if is_top_level(zone.apex) or zone.linked_service:
        return
    for entry in mesh.discovered:
        if entry.private == zone.private and entry.takes_in(integration, zone.apex):
            yield entry


def _member(entry: ZoneEntry, apex: str, origin: str) -> Member:
    key = zone_key(entry.integration, apex, entry.view)
    return Member(key, apex, entry.integration, "", origin, entry.hubs)


def _choose(
    member: Member, named: Sequence[HostedZone], previous: Member | None, private: bool
) -> Member:
    """Settle which hosted zone of the name is meant, where no id is written."""
    ids = [zone.id for zone in named]
    if previous is not None and previous.hosted_zone_id in ids:
        return _keep(member, previous.hosted_zone_id, ids)
    # A private zone made again may be attached to other networks: a person decides.
    if not ids or (is_served(previous) and (len(ids) != 1 or private)):
        return _lost(member, named, previous)
    if len(ids) > 1:
        note = f"{len(ids)} hosted zones have this name ({', '.join(ids)}); {_LIST_IT}"
        return replace(member, state=CONFLICT, note=note, successors=tuple(ids))
    return replace(member, hosted_zone_id=ids[0])


_LIST_IT = "`zonemesh adopt`, or `hosted_zone_id` in the mesh, chooses one"


def _keep(member: Member, hosted_zone_id: str, ids: Sequence[str]) -> Member:
    others = [other for other in ids if other != hosted_zone_id]
    note = f"hosted zones of the same name: {', '.join(others)}; {_LIST_IT}" if others else ""
    return replace(member, hosted_zone_id=hosted_zone_id, note=note, successors=tuple(others))


def _lost(
    member: Member, named: Sequence[HostedZone], previous: Member | None, missing: str = ""
) -> Member:
    """The hosted zone is not there: served on where it once was."""
    known = previous.hosted_zone_id if previous is not None else ""
    what = f"hosted zone {missing or known}" if missing or known else f"zone {member.apex}"
    note = f"integration `{member.integration}` has no {what}; "
    note += "its last content is served on" if known else "nothing to serve yet"
    if named:
        note += f"; the name is now at {', '.join(zone.id for zone in named)}: {_LIST_IT}"
    ids = tuple(zone.id for zone in named)
    return replace(member, hosted_zone_id=known, state=GONE, note=note, successors=ids)


# The contest: at most one zone of a name on a hub, and no zone cut that its parent does not make.


@dataclass(slots=True)
class _Served:
    """The zones that have won their place, by name and by the names above them."""

    at: dict[str, list[Member]] = field(default_factory=dict)
    below: dict[str, set[str]] = field(default_factory=dict)

    def add(self, member: Member) -> None:
        self.at.setdefault(member.apex, []).append(member)
        for ancestor in _ancestors(member.apex):
            self.below.setdefault(ancestor, set()).add(member.apex)

    def sharing(self, apex: str, member: Member) -> list[Member]:
        """Give the zones of a name that share a hub with a member, by key."""
        found = [other for other in self.at.get(apex, []) if shared_hub(other, member)]
        return sorted(found, key=lambda other: other.zone)

    def parents(self, member: Member) -> list[Member]:
        """Give the nearest enclosing zones."""
        for ancestor in _ancestors(member.apex):
            if found := self.sharing(ancestor, member):
                return found
        return []

    def children(self, member: Member) -> Iterator[Member]:
        """Give the zones below a name that no other zone lies between."""
        for apex in sorted(self.below.get(member.apex, ())):
            for child in self.sharing(apex, member):
                nearest = self.parents(child)
                if not nearest or len(nearest[0].apex) <= len(member.apex):
                    yield child


@dataclass(slots=True)
class _Contest:
    served: _Served
    delegations: Delegations
    asked: dict[tuple[str, str], bool | None] = field(default_factory=dict)

    def run(
        self,
        frozen: Sequence[Member],
        listed: Sequence[Member],
        discovered: Sequence[Member],
        before: Mapping[str, Member],
    ) -> list[Member]:
        members = {member.zone: member for member in frozen}
        for member in frozen:
            if is_served(member):
                self.served.add(member)
        losers = self._place(sorted(filter(is_served, listed), key=lambda member: member.zone))
        stand = [member for member in discovered if is_served(member)]
        old = [member for member in stand if is_served(before.get(member.zone))]
        new = [member for member in stand if not is_served(before.get(member.zone))]
        # Who has adopted the name goes first, whatever was noted of the other one since.
        adopted = {zone: not each.adopts for zone, each in before.items()}
        losers += self._place(sorted(old, key=lambda member: (adopted[member.zone], member.zone)))
        losers += self._place_newcomers(sorted(new, key=_top_down))
        members |= {member.zone: member for member in (*listed, *discovered)}
        for loser in losers:
            if loser.state == GONE and loser.origin == DISCOVERED:
                del members[loser.zone]  # nothing is left of it, and its name is served
            elif settled := self._settled(loser) or before.get(loser.zone):
                members[loser.zone] = settled
            else:
                del members[loser.zone]
        return [members[zone] for zone in sorted(members)]

    def _place(self, candidates: Sequence[Member]) -> list[Member]:
        """Give candidates their place in this order; those whose name is taken are returned."""
        losers = []
        for candidate in candidates:
            if self.served.sharing(candidate.apex, candidate):
                losers.append(candidate)
            else:
                self.served.add(candidate)
        return losers

    def _place_newcomers(self, candidates: Sequence[Member]) -> list[Member]:
        """Place newcomers until no more fits: one zone's place can make room for another."""
        waiting, placed = list(candidates), True
        while placed:
            refused = []
            for candidate in waiting:
                settled = self._settled(candidate)
                if settled is not None and settled.state == ACTIVE:
                    self.served.add(candidate)
                else:
                    refused.append(candidate)
            placed, waiting = len(refused) < len(waiting), refused
        return waiting

    def _settled(self, candidate: Member) -> Member | None:
        """Give a candidate the state that the zones already placed leave for it.

        None where it hangs on a delegation of which nobody can tell.
        """
        if holders := self.served.sharing(candidate.apex, candidate):
            hub = shared_hub(candidate, holders[0])
            note = f"{holders[0].zone} ({holders[0].origin}) has this name on {hub}"
            return replace(candidate, state=CONFLICT, note=note)
        for parent in self.served.parents(candidate):
            if (delegated := self._delegates(parent, candidate.apex)) is None:
                return None
            if not delegated:
                note = f"inside {parent.zone}, which does not delegate {candidate.apex}"
                return replace(candidate, state=OVERLAP, note=note)
        for child in self.served.children(candidate):
            if (delegated := self._delegates(candidate, child.apex)) is None:
                return None
            if not delegated:
                note = f"above {child.zone}, and does not delegate {child.apex}"
                return replace(candidate, state=OVERLAP, note=note)
        return candidate

    def _delegates(self, parent: Member, child: str) -> bool | None:
        pair = (parent.zone, child)
        if pair not in self.asked:
            self.asked[pair] = self.delegations(parent, child)
        return self.asked[pair]


def _top_down(member: Member) -> tuple[int, str]:
    return len(parse_name(member.apex).labels), member.zone


def _ancestors(apex: str) -> Iterator[str]:
    """Give the names above an apex, nearest first, the root left out."""
    name = parse_name(apex)
    while len(name.labels) > 2:
        name = name.parent()
        yield canonical_text(name)


def shared_hub(member: Member, other: Member) -> str | None:
    """Name a hub that serves both, None where there is none."""
    if not member.hubs or not other.hubs:
        return None
    if EVERY_HUB in member.hubs and EVERY_HUB in other.hubs:
        return "every hub"
    if EVERY_HUB in member.hubs or EVERY_HUB in other.hubs:
        named = other.hubs if EVERY_HUB in member.hubs else member.hubs
        return f"hub `{min(named)}`"
    shared = set(member.hubs) & set(other.hubs)
    return f"hub `{min(shared)}`" if shared else None

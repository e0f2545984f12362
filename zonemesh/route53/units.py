"""What must change together in a hosted zone, and in which order the rest can follow. Pure.

rrset changes ──► units: one name and type; one name where its types exclude each other
                  │  aliases wait for what they point at, and go before it goes
                  ▼
              units in order; those that wait for each other are one
"""

import heapq
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from graphlib import CycleError, TopologicalSorter

import dns.rdatatype

from zonemesh.ports import SourceRRset
from zonemesh.route53.chains import making_order
from zonemesh.route53.content import (
    Group,
    Size,
    group_of,
    hangs_on,
    routing_of,
    seat_of,
    sendable,
    size_of,
)
from zonemesh.route53.plan import Plan, RRsetChange
from zonemesh.route53.rrsets import key_of

# A CNAME has its name for itself; a DS belongs to the NS of its name.
_WHOLE_NAME = frozenset({int(dns.rdatatype.CNAME), int(dns.rdatatype.DS)})
# The quota of rrsets a zone that every account begins with (DNSLimitations).
_ROOM = 10_000


class Action(StrEnum):
    """What ChangeResourceRecordSets may do with an rrset."""

    CREATE = "CREATE"
    DELETE = "DELETE"
    UPSERT = "UPSERT"


@dataclass(frozen=True, slots=True)
class Change:
    """One change of a batch."""

    action: Action
    rrset: SourceRRset

    @property
    def size(self) -> Size:
        """How much of a batch it takes: UPSERT counts twice (DNSLimitations)."""
        size = size_of(self.rrset)
        return size + size if self.action is Action.UPSERT else size

    def to_api(self) -> dict[str, object]:
        return {"Action": str(self.action), "ResourceRecordSet": sendable(self.rrset)}


@dataclass(frozen=True, slots=True)
class Unit:
    """Rrset changes that belong into one batch."""

    changes: tuple[RRsetChange, ...]

    @property
    def is_loose(self) -> bool:
        """Whether its changes may as well be made one by one, no member being in another's way."""
        return all(
            change.before is not None
            and change.after is not None
            and change.before.get("TTL") == change.after.get("TTL")
            for change in self.changes
        ) and not any(map(self._must_go_first, self.changes))

    def written(self, plan: Plan, most: Size) -> list[Change]:
        """Give the changes in an order in which each is allowed.

        An UPSERT counts twice what an rrset will be, a DELETE and a CREATE what it was and what it
        will be: the latter may fit into a batch where the former does not.
        """
        deleted: list[SourceRRset] = []
        made: list[tuple[Action, SourceRRset]] = []
        for change in self.changes:
            if change.after is None:
                deleted.append(change.rrset)
            elif change.before is None:
                made.append((Action.CREATE, change.after))
            elif self._must_go_first(change) or not Change(Action.UPSERT, change.after).size.fits(
                most
            ):
                deleted.append(change.before)
                made.append((Action.CREATE, change.after))
            else:
                made.append((Action.UPSERT, change.after))
        return _in_order(deleted, made, plan)

    def taken_apart(self, plan: Plan) -> list[Change]:
        """Give the changes as deletions first and then creations, to be cut anywhere."""
        deleted = [change.before for change in self.changes if change.before is not None]
        made = [(Action.CREATE, each.after) for each in self.changes if each.after is not None]
        return _in_order(deleted, made, plan)

    def _must_go_first(self, change: RRsetChange) -> bool:
        """Tell whether an rrset cannot be replaced in its place.

        An rrset cannot change its routing policy by UPSERT, nor take a Region or role that another
        member of its set gives up in the same batch.
        """
        if change.before is None or change.after is None:
            return False
        if seat_of(change.before) != seat_of(change.after):
            return True
        return routing_of(change.before) != routing_of(change.after)


def _in_order(
    deleted: Sequence[SourceRRset], made: Sequence[tuple[Action, SourceRRset]], plan: Plan
) -> list[Change]:
    actions = {key_of(rrset): action for action, rrset in made}
    changes = [Change(Action.DELETE, rrset) for rrset in reversed(_aliases_last(deleted, plan))]
    creations = _aliases_last([rrset for _, rrset in made], plan)
    return changes + [Change(actions[key_of(rrset)], rrset) for rrset in creations]


def _aliases_last(rrsets: Sequence[SourceRRset], plan: Plan) -> list[SourceRRset]:
    """Order rrsets so that aliases come after those of them that they point at."""
    if len(rrsets) < 2:
        return list(rrsets)
    groups = {group_of(key_of(rrset)) for rrset in rrsets}
    own_ids = {plan.place.hosted_zone_id}
    targets = {target for rrset in rrsets if (target := hangs_on(rrset, own_ids))}
    made, stuck = making_order(rrsets, own_ids, (targets - groups) | (targets & plan.stands))
    return made + stuck


def units_in_order(plan: Plan) -> list[Unit]:
    """Give a plan's units so that none waits for a later one.

    Where the order is free, what is made comes before what is deleted, so that what was lost is
    back soon; a zone without room for both is emptied first.
    """
    graph = _Graph(plan)
    deletes_last = plan.standing + plan.created <= _ROOM
    while True:
        try:
            return list(graph.sorted(deletes_last))
        except CycleError as cycle:
            graph.merge(cycle.args[1])


class _Graph:
    """The units by number, and which waits for which."""

    def __init__(self, plan: Plan) -> None:
        self._own_id, self._stands = plan.place.hosted_zone_id, plan.stands
        self._units: dict[int, list[RRsetChange]] = {}
        self._unit_at: dict[Group, int] = {}
        self._shrinking: set[Group] = set()
        self._gather(plan.changes)
        self._after = {number: self._awaited(number) for number in self._units}
        for number, changes in self._units.items():
            for target in self._abandoned(changes):
                if (other := self._unit_at[target]) != number:
                    self._after[other].add(number)

    def _gather(self, changes: Iterable[RRsetChange]) -> None:
        by_name: dict[bytes, list[RRsetChange]] = defaultdict(list)
        for change in changes:
            by_name[change.key.order].append(change)
        for at_name in by_name.values():
            for together in _together(at_name):
                number = len(self._units)
                self._units[number] = together
                for change in together:
                    group = group_of(change.key)
                    self._unit_at[group] = number
                    if change.after is None and group not in self._stands:
                        self._shrinking.add(group)

    def _awaited(self, number: int) -> set[int]:
        """Give the units that make what aliases of this one point at."""
        targets = (
            hangs_on(change.after, {self._own_id})
            for change in self._units[number]
            if change.after is not None
        )
        made = {target for target in targets if target in self._unit_at} - self._stands
        return {self._unit_at[target] for target in made} - {number}

    def _abandoned(self, changes: Iterable[RRsetChange]) -> Iterator[Group]:
        """Give what aliases cease to point at, where rrsets of it are deleted."""
        for change in changes:
            target = hangs_on(change.before, {self._own_id}) if change.before else None
            stays = hangs_on(change.after, {self._own_id}) if change.after else None
            if target is not None and target != stays and target in self._shrinking:
                yield target

    def merge(self, cycle: Sequence[int]) -> None:
        """Make one unit of those that wait for each other."""
        into, *others = sorted(set(cycle))
        for other in others:
            self._units[into] += self._units.pop(other)
            self._after[into] |= self._after.pop(other)
        gone = set(others)
        for number, awaited in self._after.items():
            if awaited & gone:
                self._after[number] = awaited - gone | {into}
        self._after[into].discard(into)
        self._unit_at = {
            group: into if number in gone else number for group, number in self._unit_at.items()
        }

    def sorted(self, deletes_last: bool) -> Iterator[Unit]:
        sorter = TopologicalSorter(self._after)
        sorter.prepare()
        ready: list[tuple[bool, int]] = []
        while sorter.is_active():
            for number in sorter.get_ready():
                deletes = all(change.after is None for change in self._units[number])
                heapq.heappush(ready, (deletes is deletes_last, number))
            _, number = heapq.heappop(ready)
            yield Unit(tuple(self._units[number]))
            sorter.done(number)


def _together(at_name: Sequence[RRsetChange]) -> list[list[RRsetChange]]:
    """Part the changes of a name into those that go into one batch."""
    if any(change.key.rdtype in _WHOLE_NAME for change in at_name):
        return [list(at_name)]
    by_type: dict[int, list[RRsetChange]] = defaultdict(list)
    for change in at_name:
        by_type[change.key.rdtype].append(change)
    return list(by_type.values())

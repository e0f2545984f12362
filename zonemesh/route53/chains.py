"""Aliases within a zone: in which order they can be made, each after what it points at."""

from collections import defaultdict, deque
from collections.abc import Collection, Iterable

from zonemesh.ports import SourceRRset
from zonemesh.route53.content import Group, group_of, hangs_on
from zonemesh.route53.rrsets import key_of


def making_order(
    rrsets: Iterable[SourceRRset], own_ids: Collection[str], standing: Collection[Group]
) -> tuple[list[SourceRRset], list[SourceRRset]]:
    """Order rrsets so that each alias comes after an rrset that it points at.

    `own_ids` are the ids that stand for the zone itself in an alias; `standing` are the groups
    that are there already. The second list has the aliases that cannot be made: what they point
    at is not there, or is they themselves over some steps.
    """
    made: list[SourceRRset] = []
    there = set(standing)
    waiting: dict[Group, list[SourceRRset]] = defaultdict(list)
    ready = deque[SourceRRset]()
    for rrset in rrsets:
        target = hangs_on(rrset, own_ids)
        if target is None or target in there:
            ready.append(rrset)
        else:
            waiting[target].append(rrset)
    while ready:
        rrset = ready.popleft()
        made.append(rrset)
        group = group_of(key_of(rrset))
        there.add(group)
        ready.extend(waiting.pop(group, ()))
    return made, [rrset for each in waiting.values() for rrset in each]

"""Which zones of some hubs are meant, each of another name: a server has one zone of a name."""

from collections.abc import Collection, Sequence

from zonemesh.chosen_zones import is_pattern, members_chosen
from zonemesh.dnssec import withdrawn
from zonemesh.errors import FollowingUnclear
from zonemesh.membership import CATALOG, is_served
from zonemesh.mesh.definition import Mesh
from zonemesh.ports import Member


def zones_of_hubs(
    mesh: Mesh,
    members: Collection[Member],
    hubs: Sequence[str],
    wanted: Sequence[str],
    *,
    every: bool = False,
) -> tuple[list[Member], list[str]]:
    """Give the zones that names, keys and patterns mean, or all, as far as the hubs serve them.

    What is named by name or key counts more than what a pattern means. Gives as well the apexes
    that a pattern means and no hub serves. Raises UnknownZone, or FollowingUnclear for a zone that
    is named and not served, and for several of one name.
    """
    away = withdrawn(members, mesh)
    known = {member.zone for member in members}
    patterns = [text for text in wanted if is_pattern(text) and text not in known]
    named = members_chosen([text for text in wanted if text not in patterns], members)
    for member in named:
        _see_that_it_is_served(mesh, member, hubs, away)
    found = list(members) if every else members_chosen(patterns, members)
    apexes = {member.apex for member in named}
    others = [each for each in found if each.origin != CATALOG and each.apex not in apexes]
    served = [each for each in others if _is_here(mesh, each, hubs, away)]
    chosen = sorted([*named, *served], key=lambda member: (member.apex, member.zone))
    _see_that_no_name_is_there_twice(mesh, chosen, hubs)
    here = {member.apex for member in chosen}
    return chosen, sorted({each.apex for each in others} - here)


def serving(mesh: Mesh, member: Member, hubs: Sequence[str]) -> tuple[str, ...]:
    """Give those of some hubs that serve a zone."""
    return tuple(hub for hub in mesh.hubs_serving(member) if hub in hubs)


def _is_here(mesh: Mesh, member: Member, hubs: Sequence[str], away: Collection[str]) -> bool:
    served = is_served(member) and member.zone not in away
    return served and bool(serving(mesh, member, hubs))


def _see_that_it_is_served(
    mesh: Mesh, member: Member, hubs: Sequence[str], away: Collection[str]
) -> None:
    if member.origin == CATALOG:
        raise FollowingUnclear(f"{member.apex} is the catalog; `--catalog` follows it")
    if _is_here(mesh, member, hubs, away):
        return
    if member.zone in away:
        why = "is withdrawn: `zonemesh status` says why"
    elif not is_served(member):
        why = f"is served nowhere: {member.note or member.state}"
    else:
        elsewhere = ", ".join(mesh.hubs_serving(member)) or "no hub"
        why = f"is not served by hub {', '.join(hubs)}, but by {elsewhere}"
    raise FollowingUnclear(f"{member.zone} {why}")


def _see_that_no_name_is_there_twice(
    mesh: Mesh, found: Sequence[Member], hubs: Sequence[str]
) -> None:
    by_apex: dict[str, list[Member]] = {}
    for member in found:
        by_apex.setdefault(member.apex, []).append(member)
    for apex, same in by_apex.items():
        if len(same) > 1:
            keys = ", ".join(
                f"{each.zone} (hub {', '.join(serving(mesh, each, hubs))})" for each in same
            )
            raise FollowingUnclear(
                f"{len(same)} zones are called {apex}: {keys}; a server has one zone of a name: "
                "name one of them by its key, or with --hub the hubs that serve it"
            )

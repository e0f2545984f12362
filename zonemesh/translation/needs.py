"""What the translation of a name needs from elsewhere: answers of DNS, and other names."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from zonemesh.errors import InvalidName
from zonemesh.mesh_zone import MeshZone
from zonemesh.policy import ExternalAlias
from zonemesh.ports import SourceRRset
from zonemesh.route53.rrsets import is_alias, is_hidden, is_routed
from zonemesh.translation.aliases import (
    CNAME_TYPES,
    alias_question,
    cname_target,
    decide,
    may_be_cname,
    own_question,
)
from zonemesh.translation.question import Answer
from zonemesh.translation.routing import OBSERVED, asked, choose
from zonemesh.translation.targets import is_in_zone, target_name


def questions(zone: MeshZone, owner: str, rrsets: Sequence[SourceRRset]) -> list[Answer]:
    """Give what must be asked to serve a name: answers without values.

    `owner` is canonical text, `rrsets` are all that the source has there.
    """
    if not any(is_alias(each) or is_routed(each) or is_hidden(each) for each in rrsets):
        return []
    if cname_target(zone, owner, rrsets) is not None:
        return []
    found = [answer for group in by_type(rrsets) for answer in _of_type(zone, owner, group)]
    return sorted(found, key=lambda answer: answer.key)


def copies(zone: MeshZone, owner: str, rrsets: Sequence[SourceRRset]) -> set[str]:
    """Give the names of the zone whose records the aliases of a name copy, as canonical text."""
    return {target_name(rrset) for rrset in rrsets if is_alias(rrset) and _copies(zone, rrset)}


def by_type(rrsets: Sequence[SourceRRset]) -> Iterator[list[SourceRRset]]:
    """Group the rrsets of a name by type; types and set identifiers in order."""
    ordered = sorted(rrsets, key=lambda each: (each["Type"], each.get("SetIdentifier", "")))
    return (list(group) for _, group in groupby(ordered, key=lambda each: each["Type"]))


def asks_for_copy(zone: MeshZone, owner: str, rrset: SourceRRset) -> bool:
    """Tell whether an alias within the zone is asked for as well.

    Its target may turn out to be served as a CNAME, which the apex cannot copy.
    """
    at_apex = owner == zone.apex and rrset["Type"] in CNAME_TYPES and not is_routed(rrset)
    return at_apex and may_be_cname(zone)


def _copies(zone: MeshZone, rrset: SourceRRset) -> bool:
    try:
        return is_in_zone(zone, rrset)
    except InvalidName:
        return False


def _of_type(zone: MeshZone, owner: str, group: Sequence[SourceRRset]) -> Iterator[Answer]:
    rdtype = group[0]["Type"]
    if is_set(group):
        choice = choose(zone.policy.routing, group)
        if choice.word == OBSERVED:
            yield Answer(owner, rdtype, "", own_question(zone, owner, rdtype), None, 0)
        group = asked(choice)
    for rrset in group:
        if is_hidden(rrset):
            yield Answer(owner, rdtype, "", own_question(zone, owner, rdtype), None, 0)
        elif is_alias(rrset):
            yield from _of_alias(zone, owner, rrset)


def is_set(group: Sequence[SourceRRset]) -> bool:
    """Tell whether the rrsets of one name and type are a routed set."""
    return len(group) > 1 or any(is_routed(rrset) for rrset in group)


def _of_alias(zone: MeshZone, owner: str, rrset: SourceRRset) -> Iterator[Answer]:
    rdtype, identifier = rrset["Type"], rrset.get("SetIdentifier", "")
    try:
        if is_in_zone(zone, rrset):
            wanted = asks_for_copy(zone, owner, rrset)
        else:
            wanted = decide(zone, rrset).word in (ExternalAlias.RESOLVE, ExternalAlias.CNAME)
        if wanted:
            yield Answer(owner, rdtype, identifier, alias_question(zone, owner, rrset), None, 0)
    except InvalidName:
        return

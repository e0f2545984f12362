"""Routing policies: which members of an rrset belong together, and which exclude each other."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any

from .errors import invalid_input
from .places import place_problems
from .records import RecordSet

POLICIES = {
    "Weight": "weighted",
    "Region": "latency",
    "Failover": "failover",
    "GeoLocation": "geolocation",
    "MultiValueAnswer": "multivalue answer",
    "CidrRoutingConfig": "CIDR",
    "GeoProximityLocation": "geoproximity",
}
# API reference, ResourceRecordSet: the types of each kind of rrset.
NEVER_ROUTED = frozenset({"SOA", "NS", "DS"})
NEVER_MULTIVALUE = frozenset({"NS", "CNAME"})

# What no two members of a set may share. Weights may be equal, and so may multivalue answers.
DISTINCT: dict[str, Callable[[Any], Hashable]] = {
    "Region": str,
    "Failover": str,
    "GeoLocation": lambda place: tuple(sorted(place.items())),
    "CidrRoutingConfig": lambda cidr: (cidr["CollectionId"], cidr["LocationName"]),
    "GeoProximityLocation": lambda place: repr(sorted(place.items())),
}


def policy_of(record_set: RecordSet) -> str | None:
    """The member that states the routing policy; None for simple routing."""
    return next((policy for policy in POLICIES if record_set.extras.get(policy) is not None), None)


def check_request(record_set: RecordSet, change: str) -> None:
    """What is wrong with a routed rrset by itself; raises InvalidInput that ends with `change`."""
    extras = record_set.extras
    stated = [policy for policy in POLICIES if extras.get(policy) is not None]
    if len(stated) > 1:
        raise invalid_input(
            f"Invalid request: Expected at most one of [{', '.join(POLICIES)}], "
            f"but found more than one in {change}"
        )
    if stated and not record_set.set_identifier:
        raise invalid_input(f"Invalid request: Missing field 'SetIdentifier' in {change}")
    if record_set.set_identifier and not stated:
        raise invalid_input(
            f"Invalid request: Expected exactly one of [{', '.join(POLICIES)}], "
            f"but found none in {change}"
        )
    for problem in _place_problems(extras):
        raise invalid_input(f"Invalid request: {problem} in {change}")


def _place_problems(extras: dict[str, Any]) -> Iterator[str]:
    if extras.get("MultiValueAnswer") is False:
        yield "MultiValueAnswer must be true or absent"
    if (place := extras.get("GeoLocation")) is not None:
        yield from place_problems(place)
    if (place := extras.get("GeoProximityLocation")) is not None:
        ways = {"AWSRegion", "LocalZoneGroup", "Coordinates"} & place.keys()
        if len(ways) != 1:
            yield (
                "Expected exactly one of [AWSRegion, LocalZoneGroup, Coordinates] "
                "of GeoProximityLocation"
            )


def conflicts(record_set: RecordSet, others: Iterable[RecordSet]) -> Iterator[str]:
    """Why a record set cannot stand beside the others of its name and type, in AWS's words."""
    policy = policy_of(record_set)
    label = f"RRSet with DNS name {record_set.name}, type {record_set.type}"
    if policy is None:
        if any(True for _ in others):
            yield f"{label} cannot be created as other RRSets exist with the same name and type."
        return
    label = f"{label}, SetIdentifier {record_set.set_identifier}"
    if record_set.type in NEVER_ROUTED:
        yield f"{label} cannot be created as an {record_set.type} record has simple routing only."
    if policy == "MultiValueAnswer" and (
        record_set.type in NEVER_MULTIVALUE or record_set.is_alias
    ):
        yield f"{label} cannot be created as a multivalue answer of an alias, NS or CNAME."
    yield from _set_conflicts(label, policy, record_set, others)


def _set_conflicts(
    label: str, policy: str, record_set: RecordSet, others: Iterable[RecordSet]
) -> Iterator[str]:
    kind = POLICIES[policy]
    for other in others:
        if policy_of(other) != policy:
            yield (
                f"{label} cannot be created because a non {kind} rrset exists "
                "with the same name and type."
            )
            return
        distinct = DISTINCT.get(policy)
        if distinct and distinct(other.extras[policy]) == distinct(record_set.extras[policy]):
            yield (
                f"{label} cannot be created because a {kind} rrset, SetIdentifier "
                f"{other.set_identifier}, exists with the same name, type and {policy}."
            )


def differing_weighted_ttls(members: Iterable[RecordSet]) -> Iterator[str]:
    """AWS: weighted sets must contain the same TTL (aliases have none)."""
    weighted = [
        member for member in members if policy_of(member) == "Weight" and not member.is_alias
    ]
    if len({member.ttl for member in weighted}) > 1:
        last = weighted[-1]
        yield (
            f"RRSet with DNS name {last.name} and type {last.type}, SetIdentifier "
            f"{last.set_identifier} cannot be created as weighted sets must contain the same TTL."
        )

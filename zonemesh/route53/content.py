"""What an rrset of Route 53 says: its routing, what it hangs on, its size, what equals it."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import dns.rdatatype

from zonemesh.names import canonical_text, order_of, parse_route53_name
from zonemesh.ports import SourceRRset
from zonemesh.zone import RRsetKey

# API reference, ResourceRecordSet: an rrset with a SetIdentifier has exactly one of these.
ROUTING = (
    "Weight",
    "Region",
    "Failover",
    "GeoLocation",
    "MultiValueAnswer",
    "CidrRoutingConfig",
    "GeoProximityLocation",
)
# No two members of a set may share one of these; weights may be equal.
_DISTINCT = ("Region", "Failover", "GeoLocation", "CidrRoutingConfig", "GeoProximityLocation")
INSTANCE = "TrafficPolicyInstanceId"

Group = tuple[bytes, int]
"""An owner name (`names.order_of`) and a type: what an alias points at."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much of a batch something takes: ResourceRecord elements, characters of Values."""

    elements: int = 0
    characters: int = 0

    def __add__(self, other: "Size") -> "Size":
        return Size(self.elements + other.elements, self.characters + other.characters)

    def fits(self, most: "Size") -> bool:
        return self.elements <= most.elements and self.characters <= most.characters


def size_of(rrset: SourceRRset) -> Size:
    """Give an rrset's size; an alias counts as one element (Developer Guide, DNSLimitations)."""
    values = values_of(rrset)
    return Size(max(1, len(values)), sum(map(len, values)))


def values_of(rrset: SourceRRset) -> list[str]:
    """Give the values as Route 53 writes them; an alias has none."""
    return [record["Value"] for record in rrset.get("ResourceRecords") or ()]


def group_of(key: RRsetKey) -> Group:
    """Give the owner and type that an rrset shares with the other members of its set."""
    return (key.order, key.rdtype)


def routing_of(rrset: SourceRRset) -> str:
    """Name the member that states the routing policy; empty for simple routing."""
    return next((policy for policy in ROUTING if policy in rrset), "")


def seat_of(rrset: SourceRRset) -> tuple[str, Any]:
    """Give what no other member of its set may have: a Region, a role, a place."""
    return next(((each, rrset[each]) for each in _DISTINCT if each in rrset), ("", None))


def zone_id_of(rrset: SourceRRset) -> str:
    """Give the id of the hosted zone that an alias names."""
    return str(rrset["AliasTarget"]["HostedZoneId"]).removeprefix("/hostedzone/")


def alias_group(rrset: SourceRRset) -> Group:
    """Give the owner and type that an alias points at; raises InvalidName."""
    target = canonical_text(parse_route53_name(rrset["AliasTarget"]["DNSName"]))
    return (order_of(target), int(dns.rdatatype.from_text(rrset["Type"])))


def hangs_on(rrset: SourceRRset, own_ids: Collection[str]) -> Group | None:
    """Give what an alias points at within its zone; None for what is no such alias."""
    if "AliasTarget" not in rrset or zone_id_of(rrset) not in own_ids:
        return None
    return alias_group(rrset)


def same_content(one: SourceRRset, other: SourceRRset) -> bool:
    """Tell whether two rrsets of one key say the same; the order of values does not count."""
    return _content(one) == _content(other)


def _content(rrset: SourceRRset) -> dict[str, Any]:
    content = {name: value for name, value in rrset.items() if name not in ("Name", "Type")}
    content["ResourceRecords"] = sorted(values_of(rrset))
    if "AliasTarget" in rrset:
        target = rrset["AliasTarget"]
        content["AliasTarget"] = (
            zone_id_of(rrset),
            alias_group(rrset)[0],
            target["EvaluateTargetHealth"],
        )
    return content


def sendable(rrset: SourceRRset) -> Mapping[str, Any]:
    """Give an rrset as the API takes it: a list of values is there or not, but never empty."""
    return {name: value for name, value in rrset.items() if value != []}

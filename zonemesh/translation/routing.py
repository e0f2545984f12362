"""Which members of a routed set are served, by the zone's policy."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from zonemesh.fidelity import Kind
from zonemesh.policy import Failover, Routing, Weighted
from zonemesh.ports import SourceRRset

OBSERVED = "observed"
REFUSE = "refuse"
FACTOR = 4  # weights closer than this to each other are served as a union
IN_RESERVE = 2  # members whose aliases are asked where one is served: the one, and the next

_ADDRESSES = frozenset({"A", "AAAA"})
_ONE_RECORD = frozenset({"CNAME", "SOA"})
_FIELDS = {
    "Weight": Kind.WEIGHTED,
    "MultiValueAnswer": Kind.MULTIVALUE,
    "Failover": Kind.FAILOVER,
    "Region": Kind.LATENCY,
    "GeoLocation": Kind.GEOLOCATION,
    "GeoProximityLocation": Kind.GEOPROXIMITY,
    "CidrRoutingConfig": Kind.CIDR,
}

Members = tuple[SourceRRset, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """What is served of a routed set.

    Of `tiers` the first with anything to serve is, all its members in one; in each the heaviest
    come first, and equals by set identifier. `why` says how they were ordered; `policy` is the word
    that decided. Where that is `observed` or `refuse` there are no tiers.
    """

    kind: Kind
    word: str
    policy: str
    tiers: tuple[Members, ...]
    why: str

    @property
    def in_order(self) -> Members:
        """All members, those that are served first in front."""
        return tuple(member for tier in self.tiers for member in tier)


def choose(routing: Routing, members: Sequence[SourceRRset]) -> Choice:
    """Decide on a routed set: all rrsets of one name and type, in any order."""
    kind = set_kind(members)
    word = _word(routing, kind)
    policy = f"routing.{kind}: {word}"
    ordered = tuple(sorted(members, key=_identifier))
    if word == OBSERVED:
        return Choice(kind, word, policy, (), "what Route 53 answers for the set is served")
    if word == REFUSE:
        return Choice(kind, word, policy, (), "the policy refuses such sets")
    tiers, why = _ORDERS[kind](routing, ordered)
    if len(tiers[0]) > 1 and ordered[0]["Type"] in _ONE_RECORD:
        tiers = _one_by_one(tuple(member for tier in tiers for member in tier))
        why = f"a name has one {ordered[0]['Type']}: the first by weight and set identifier"
    return Choice(kind, word, policy, tiers, why)


def set_kind(members: Sequence[SourceRRset]) -> Kind:
    """Give the routing policy of a set; `routed` where none is known or several are mixed."""
    kinds = {_kind(member) for member in members}
    return kinds.pop() if len(kinds) == 1 else Kind.ROUTED


def asked(choice: Choice) -> Members:
    """Give the members whose aliases need answers.

    Of a union all; else those up to the first that has values of its own, or that is in reserve.
    """
    if choice.tiers and len(choice.tiers[0]) > 1:
        return choice.in_order
    members = choice.in_order[:IN_RESERVE]
    for count, member in enumerate(members):
        if "ResourceRecords" in member:
            return members[:count]
    return members


def _kind(member: Mapping[str, Any]) -> Kind:
    found = [kind for field, kind in _FIELDS.items() if _is_set(member.get(field))]
    return found[0] if len(found) == 1 else Kind.ROUTED


def _is_set(value: object) -> bool:
    return value is not None and value is not False  # a weight of 0 is one


def _word(routing: Routing, kind: Kind) -> str:
    if kind is Kind.ROUTED:
        return "default"
    word: StrEnum = getattr(routing, kind)
    return str(word)


def _identifier(member: Mapping[str, Any]) -> str:
    return str(member.get("SetIdentifier", ""))


def _one_by_one(members: Members) -> tuple[Members, ...]:
    return tuple((member,) for member in members)


def _by_weight(member: Mapping[str, Any]) -> tuple[int, str]:
    return -int(member["Weight"]), _identifier(member)


def _weighted(routing: Routing, members: Members) -> tuple[tuple[Members, ...], str]:
    heaviest_first = tuple(sorted(members, key=_by_weight))
    weights = [int(member["Weight"]) for member in heaviest_first]
    told = [weight for weight in weights if weight]
    counting = heaviest_first[: len(told)] or heaviest_first
    left_out = heaviest_first[len(counting) :]
    near = not told or told[0] <= FACTOR * told[-1]
    addresses = members[0]["Type"] in _ADDRESSES
    union = routing.weighted is Weighted.UNION or (
        routing.weighted is Weighted.AUTO and near and addresses
    )
    if not union:
        return _one_by_one(heaviest_first), _why_heaviest(routing, addresses, near)
    tiers = (counting, left_out) if left_out else (counting,)
    return tiers, _why_union(routing, told, left_out)


def _why_heaviest(routing: Routing, addresses: bool, near: bool) -> str:
    ties = "the heaviest is served, the first by set identifier of equals"
    if routing.weighted is Weighted.HEAVIEST:
        return ties
    if not addresses:
        return f"only addresses are merged: {ties}"
    assert not near
    return f"the weights are more than a factor of {FACTOR} apart: {ties}"


def _why_union(routing: Routing, told: list[int], left_out: Members) -> str:
    if not told:
        return "all weights are zero, so all count as equal: their union is served"
    zero = ", without those of weight zero" if left_out else ""
    if routing.weighted is Weighted.UNION:
        return f"the union is served{zero}"
    return f"the weights are within a factor of {FACTOR}: the union is served{zero}"


def _multivalue(routing: Routing, members: Members) -> tuple[tuple[Members, ...], str]:
    return (members,), "the union is served"


def _failover(routing: Routing, members: Members) -> tuple[tuple[Members, ...], str]:
    wanted = "SECONDARY" if routing.failover is Failover.SECONDARY else "PRIMARY"
    ordered = sorted(members, key=lambda member: member["Failover"] != wanted)
    return _one_by_one(tuple(ordered)), f"the {wanted.lower()} is served"


def _by_place(routing: Routing, members: Members) -> tuple[tuple[Members, ...], str]:
    region = routing.preferred_region
    for found, why in (
        (_is_default, "the default (`*`) member is served"),
        (lambda member: region and _region(member) == region, f"the member of {region} is served"),
    ):
        first = [member for member in members if found(member)]
        if first:
            others = [member for member in members if member not in first]
            return _one_by_one((*first, *others)), why
    return _one_by_one(members), (
        "no member is the default or of a preferred region, so the first by set identifier is "
        "served; decide it with `routing.preferred_region`, `observed` or `refuse`"
    )


def _is_default(member: Mapping[str, Any]) -> bool:
    country = member.get("GeoLocation", {}).get("CountryCode")
    return "*" in (country, member.get("CidrRoutingConfig", {}).get("LocationName"))


def _region(member: Mapping[str, Any]) -> str:
    proximity = member.get("GeoProximityLocation", {}).get("AWSRegion", "")
    # Traffic policies write `aws:route53:us-east-1`, the API plain `us-east-1`.
    return str(member.get("Region") or proximity).rsplit(":", 1)[-1]


def _unknown(routing: Routing, members: Members) -> tuple[tuple[Members, ...], str]:
    return _one_by_one(members), (
        "not a routing policy that is known here, or several in one set: the first by set "
        "identifier is served"
    )


_ORDERS: dict[Kind, Callable[[Routing, Members], tuple[tuple[Members, ...], str]]] = {
    Kind.WEIGHTED: _weighted,
    Kind.MULTIVALUE: _multivalue,
    Kind.FAILOVER: _failover,
    Kind.LATENCY: _by_place,
    Kind.GEOLOCATION: _by_place,
    Kind.GEOPROXIMITY: _by_place,
    Kind.CIDR: _by_place,
    Kind.ROUTED: _unknown,
}

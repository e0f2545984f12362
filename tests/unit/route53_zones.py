"""Rrsets of a Route 53 zone, random but valid, for tests of plans."""

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

APEX = "example.com."
OWNERS = tuple(f"{label}.{APEX}" for label in ("a", "b", "c", "d", r"\052.e"))
VALUES = {"A": "192.0.2.{}", "TXT": '"text {}"'}

RRset = dict[str, Any]


def rrset(name: str, rdtype: str, *values: str, ttl: int = 300, **more: Any) -> RRset:
    """Give a ResourceRecordSet of the API."""
    records = [{"Value": value} for value in values]
    return {"Name": name, "Type": rdtype, "TTL": ttl, "ResourceRecords": records, **more}


def alias(name: str, rdtype: str, zone_id: str, target: str, **more: Any) -> RRset:
    """Give a ResourceRecordSet of the API that is an alias."""
    aliased = {"HostedZoneId": zone_id, "DNSName": target, "EvaluateTargetHealth": False}
    return {"Name": name, "Type": rdtype, "AliasTarget": aliased, **more}


def zones(zone_id: str) -> st.SearchStrategy[list[RRset]]:
    """Draw what a zone may hold below its apex.

    Most aliases have a target in it; a member of a set may have none, or be part of a loop.
    """
    names = st.sets(st.sampled_from(OWNERS), min_size=2, max_size=len(OWNERS))
    return names.flatmap(
        lambda chosen: st.tuples(*(_at_name(name, zone_id) for name in sorted(chosen)))
    ).map(lambda parts: _grounded([each for part in parts for each in part]))


def _grounded(rrsets: list[RRset]) -> list[RRset]:
    """Give values of their own to simple aliases that have no target."""
    there = {(each["Name"], each["Type"]) for each in rrsets if "AliasTarget" not in each}
    grounded = []
    for each in rrsets:
        target = each.get("AliasTarget", {}).get("DNSName")
        here = (each["Name"], each["Type"])
        if target and "SetIdentifier" not in each and (target, each["Type"]) not in there:
            each = rrset(*here, VALUES[each["Type"]].format(0))
        there.add(here)
        grounded.append(each)
    return grounded


def _at_name(name: str, zone_id: str) -> st.SearchStrategy[list[RRset]]:
    types = st.sets(st.sampled_from(sorted(VALUES)), min_size=1, max_size=2)
    several = types.flatmap(
        lambda chosen: st.tuples(*(_of_type(name, rdtype, zone_id) for rdtype in sorted(chosen)))
    ).map(lambda parts: [each for part in parts for each in part])
    cname = st.sampled_from(["one.example.net.", "two.example.net."])
    return st.one_of(several, several, several, cname.map(lambda to: [rrset(name, "CNAME", to)]))


def _of_type(name: str, rdtype: str, zone_id: str) -> st.SearchStrategy[list[RRset]]:
    simple = _member(name, rdtype, zone_id).map(lambda made: [made(300, {})])
    ttl = st.sampled_from([60, 300])
    return st.one_of(
        simple,
        simple,
        st.tuples(ttl, _members(name, rdtype, zone_id, st.integers(0, 9).map(_weight))).map(_set),
        _answers(name, rdtype),
        st.tuples(ttl, st.permutations(("PRIMARY", "SECONDARY"))).flatmap(
            lambda drawn: _roles(name, rdtype, zone_id, *drawn)
        ),
    )


def _answers(name: str, rdtype: str) -> st.SearchStrategy[list[RRset]]:
    """Draw a multivalue set, which no alias may be part of."""
    more = {"MultiValueAnswer": True}
    return st.sets(st.integers(0, 2), min_size=1).map(
        lambda numbers: [
            rrset(name, rdtype, VALUES[rdtype].format(n), SetIdentifier=f"m{n}", **more)
            for n in sorted(numbers)
        ]
    )


def _weight(weight: int) -> dict[str, Any]:
    return {"Weight": weight}


def _roles(
    name: str, rdtype: str, zone_id: str, ttl: int, roles: list[str]
) -> st.SearchStrategy[list[RRset]]:
    members = st.tuples(*(_member(name, rdtype, zone_id) for _ in roles))
    return members.map(
        lambda made: [
            make(ttl, {"SetIdentifier": f"m{number}", "Failover": role})
            for number, (make, role) in enumerate(zip(made, roles, strict=True))
        ]
    )


def _members(
    name: str, rdtype: str, zone_id: str, ways: st.SearchStrategy[dict[str, Any]]
) -> st.SearchStrategy[dict[str, Any]]:
    identifiers = st.sampled_from(["m0", "m1", "m2"])
    return st.dictionaries(identifiers, st.tuples(ways, _member(name, rdtype, zone_id)), min_size=1)


def _set(drawn: tuple[int, dict[str, Any]]) -> list[RRset]:
    ttl, members = drawn
    return [
        make(ttl, {"SetIdentifier": identifier, **way})
        for identifier, (way, make) in sorted(members.items())
    ]


Make = Callable[[int, dict[str, Any]], RRset]


def _member(name: str, rdtype: str, zone_id: str) -> st.SearchStrategy[Make]:
    """Draw an rrset that is not yet told its TTL, nor which member of a set it is."""

    def plain(numbers: set[int]) -> Make:
        values = [VALUES[rdtype].format(number) for number in sorted(numbers)]
        return lambda ttl, more: rrset(name, rdtype, *values, ttl=ttl, **more)

    def aliased(target: str) -> Make:
        return lambda ttl, more: alias(name, rdtype, zone_id, target, **more)

    values = st.sets(st.integers(1, 9), min_size=1, max_size=3).map(plain)
    return st.one_of(values, values, st.sampled_from(OWNERS).map(aliased))

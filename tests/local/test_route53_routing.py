"""Routing policies and aliases of the strict Route 53."""

from __future__ import annotations

from typing import Any

import pytest

from local.route53 import Route53Settings
from tests.local.route53_world import World, alias, create, delete, refused, rrset, upsert

WWW = "www.example.com"
BATCH = "InvalidChangeBatch"


def world_with_collection() -> tuple[World, str]:
    """A world with a CIDR collection that has a location `office`, and the collection's id."""
    world = World()
    created = world.client.create_cidr_collection(Name="offices", CallerReference="1")
    collection_id = created["Collection"]["Id"]
    office = {"LocationName": "office", "Action": "PUT", "CidrList": ["192.0.2.0/24"]}
    world.client.change_cidr_collection(Id=collection_id, Changes=[office])
    return world, collection_id


COLLECTION = world_with_collection()[1]  # the same in each: ids are drawn from one seed

# Two members that may stand side by side, for each policy.
POLICIES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "weighted": ({"Weight": 0}, {"Weight": 255}),
    "latency": ({"Region": "us-east-1"}, {"Region": "eu-west-1"}),
    "failover": ({"Failover": "PRIMARY"}, {"Failover": "SECONDARY"}),
    "geolocation": (
        {"GeoLocation": {"CountryCode": "US", "SubdivisionCode": "CA"}},
        {"GeoLocation": {"CountryCode": "*"}},
    ),
    "multivalue": ({"MultiValueAnswer": True}, {"MultiValueAnswer": True}),
    "cidr": (
        {"CidrRoutingConfig": {"CollectionId": COLLECTION, "LocationName": "office"}},
        {"CidrRoutingConfig": {"CollectionId": COLLECTION, "LocationName": "*"}},
    ),
    "geoproximity": (
        {"GeoProximityLocation": {"AWSRegion": "us-east-1", "Bias": -20}},
        {
            "GeoProximityLocation": {
                "Coordinates": {"Latitude": "49.22", "Longitude": "-74.01"},
                "Bias": 99,
            }
        },
    ),
}


@pytest.fixture
def world() -> World:
    return world_with_collection()[0]


def member(identifier: str, policy: dict[str, Any], **more: Any) -> dict[str, Any]:
    return rrset(WWW, "A", "192.0.2.1", SetIdentifier=identifier, **policy, **more)


@pytest.mark.parametrize("policy", POLICIES)
def test_every_policy_comes_back_whole(world: World, policy: str) -> None:
    zone_id = world.zone()
    one, two = (member(i, p) for i, p in zip(("one", "two"), POLICIES[policy], strict=True))
    world.change(zone_id, create(one), create(two))
    expected = [m | {"Name": f"{WWW}."} for m in (one, two)]
    assert world.listing(zone_id, StartRecordName=WWW) == expected
    world.change(zone_id, delete(one), delete(two))
    assert world.names(zone_id) == []


@pytest.mark.parametrize("policy", ["latency", "failover", "geolocation", "cidr", "geoproximity"])
def test_two_members_of_the_same_place_are_refused(world: World, policy: str) -> None:
    first = POLICIES[policy][0]
    with refused(BATCH, "SetIdentifier two cannot be created", "SetIdentifier one, exists"):
        world.change(world.zone(), create(member("one", first)), create(member("two", first)))


@pytest.mark.parametrize("policy", POLICIES)
def test_policies_do_not_mix_at_one_name_and_type(world: World, policy: str) -> None:
    zone_id = world.zone()
    world.change(zone_id, create(member("one", POLICIES[policy][0])))
    other = {"Weight": 1} if policy != "weighted" else {"Region": "us-east-1"}
    with refused(BATCH, "cannot be created because a non", "exists with the same name and type."):
        world.change(zone_id, create(member("two", other)))


def test_simple_record_does_not_become_weighted_by_upsert(world: World) -> None:
    zone_id, simple = world.zone(), rrset(WWW, "A", "192.0.2.1")
    weighted = member("one", {"Weight": 1})
    world.change(zone_id, create(simple))
    with refused(BATCH, "a non weighted rrset exists"):
        world.change(zone_id, upsert(weighted))
    world.change(zone_id, delete(simple), upsert(weighted))
    with refused(BATCH, "cannot be created as other RRSets exist with the same name and type."):
        world.change(zone_id, upsert(simple))
    assert world.listing(zone_id)[-1]["Weight"] == 1


def test_weighted_members_have_one_ttl(world: World) -> None:
    zone_id = world.zone()
    world.change(zone_id, create(member("one", {"Weight": 1})))
    slow = member("two", {"Weight": 1}) | {"TTL": 60}
    with refused(BATCH, "weighted sets must contain the same TTL."):
        world.change(zone_id, create(slow))
    world.change(zone_id, upsert(member("one", {"Weight": 1}) | {"TTL": 60}), create(slow))


def test_routed_set_has_at_most_its_quota_of_members() -> None:
    world = World(Route53Settings(max_members_per_routed_set=3))
    changes = [create(member(str(i), {"Weight": 1})) for i in range(4)]
    zone_id = world.zone()
    with refused(BATCH, "exceeds the limit of 3"):
        world.change(zone_id, *changes)
    world.change(zone_id, *changes[:3])


@pytest.mark.parametrize(
    ("members", "part"),
    [
        ({"Weight": 1}, "Missing field 'SetIdentifier'"),
        ({"SetIdentifier": "x"}, "Expected exactly one of [Weight"),
        ({"SetIdentifier": "x", "Weight": 1, "Region": "us-east-1"}, "Expected at most one of"),
        ({"SetIdentifier": "x", "Weight": 256}, "less than or equal to 255"),
        ({"SetIdentifier": "x" * 129, "Weight": 1}, "less than or equal to 128"),
        ({"SetIdentifier": "x", "Region": "mars-1"}, "enum value set"),
        ({"SetIdentifier": "x", "GeoLocation": {}}, "exactly one of [ContinentCode, CountryCode]"),
        (
            {"SetIdentifier": "x", "GeoLocation": {"ContinentCode": "EU", "CountryCode": "DE"}},
            "exactly one of [ContinentCode, CountryCode]",
        ),
        ({"SetIdentifier": "x", "GeoProximityLocation": {"Bias": 1}}, "[AWSRegion, Local"),
        ({"SetIdentifier": "x", "CidrRoutingConfig": {"LocationName": "*"}}, "not be null"),
    ],
)
def test_malformed_routing_is_refused(world: World, members: dict[str, Any], part: str) -> None:
    with refused("InvalidInput", part):
        world.change(world.zone(), create(rrset(WWW, "A", "192.0.2.1", **members)))


@pytest.mark.parametrize(
    ("place", "part"),
    [
        ({"ContinentCode": "XX"}, "ContinentCode XX"),
        ({"CountryCode": "UK"}, "CountryCode UK"),
        ({"CountryCode": "eu"}, "CountryCode eu"),
        ({"CountryCode": "US", "SubdivisionCode": "ZZ"}, "SubdivisionCode ZZ"),
        ({"CountryCode": "DE", "SubdivisionCode": "BY"}, "SubdivisionCode BY"),
        ({"ContinentCode": "NA", "SubdivisionCode": "CA"}, "Missing field 'CountryCode'"),
    ],
)
def test_place_that_there_is_not_is_refused(world: World, place: dict[str, str], part: str) -> None:
    with refused("InvalidInput", part):
        world.change(world.zone(), create(member("one", {"GeoLocation": place})))


@pytest.mark.parametrize(
    "place",
    [
        {"ContinentCode": "AN"},
        {"CountryCode": "UA"},
        {"CountryCode": "US", "SubdivisionCode": "DC"},
    ],
)
def test_place_that_there_is_is_taken(world: World, place: dict[str, str]) -> None:
    zone_id = world.zone()
    world.change(zone_id, create(member("one", {"GeoLocation": place})))
    assert world.listing(zone_id)[-1]["GeoLocation"] == place


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize(
    ("rdtype", "value"), [("NS", "ns.example.net."), ("DS", f"1 13 2 {'ab' * 32}")]
)
def test_delegations_are_never_routed(world: World, policy: str, rdtype: str, value: str) -> None:
    routed = rrset(WWW, rdtype, value, SetIdentifier="x", **POLICIES[policy][0])
    with refused(BATCH, "has simple routing only"):
        world.change(world.zone(), create(routed))


def test_geoproximity_set_has_fewer_members_than_others() -> None:
    world = World()
    changes = [
        create(member(str(i), {"GeoProximityLocation": {"LocalZoneGroup": f"us-west-2-x-{i}"}}))
        for i in range(31)
    ]
    zone_id = world.zone()
    with refused(BATCH, "exceeds the limit of 30"):
        world.change(zone_id, *changes)
    world.change(zone_id, *changes[:30])


@pytest.mark.parametrize("policy", sorted(set(POLICIES) - {"cidr"}))
def test_private_zone_takes_every_policy_but_ip_based(world: World, policy: str) -> None:
    zone_id = world.zone(VPC={"VPCId": "vpc-1", "VPCRegion": "eu-west-1"})
    world.change(zone_id, create(member("one", POLICIES[policy][0])))
    with refused(BATCH, "a private zone has no IP-based routing"):
        world.change(
            zone_id, create(member("one", POLICIES["cidr"][0]) | {"Name": "other.example.com"})
        )


def test_multivalue_cname_is_refused(world: World) -> None:
    routed = rrset(WWW, "CNAME", "a.test", SetIdentifier="x", MultiValueAnswer=True)
    with refused(BATCH, "multivalue answer of an alias, NS or CNAME"):
        world.change(world.zone(), create(routed))


def test_alias_comes_back_with_an_absolute_target(world: World) -> None:
    zone_id = world.zone()
    target = "Dualstack.LB-1.us-east-1.elb.amazonaws.com"
    world.change(zone_id, create(alias("example.com", "A", "Z35SXDOTRQ7X7K", target)))
    shown = world.listing(zone_id)[0]
    assert shown == {
        "Name": "example.com.",
        "Type": "A",
        "AliasTarget": {
            "HostedZoneId": "Z35SXDOTRQ7X7K",
            "DNSName": "dualstack.lb-1.us-east-1.elb.amazonaws.com.",
            "EvaluateTargetHealth": False,
        },
    }
    world.change(zone_id, delete(shown))


def test_alias_in_the_zone_needs_its_target_first(world: World) -> None:
    zone_id = world.zone()
    linked, target = alias("a.example.com", "A", zone_id, WWW), rrset(WWW, "A", "192.0.2.1")
    with refused(BATCH, "type A in zone", "but that target was not found"):
        world.change(zone_id, create(linked), create(target))
    world.change(zone_id, create(target), create(linked))
    with refused(BATCH, "type AAAA in zone", "but that target was not found"):
        world.change(zone_id, create(linked | {"Type": "AAAA"}))


def test_alias_of_itself_is_refused(world: World) -> None:
    zone_id = world.zone()
    world.change(zone_id, create(rrset(WWW, "A", "192.0.2.1")))
    with refused(BATCH, "but that target was not found"):
        world.change(zone_id, upsert(alias(WWW, "A", zone_id, WWW)))


@pytest.mark.parametrize(
    ("zone", "target"),
    [
        (None, "www.example.net"),
        ("ZUNKNOWN", "www.example.net"),
        ("Z35SXDOTRQ7X7K", "d111111abcdef8.cloudfront.net"),
    ],
)
def test_alias_target_outside_of_its_zone_is_refused(
    world: World, zone: str | None, target: str
) -> None:
    zone_id = world.zone()
    with refused(BATCH, "but the alias target name does not lie within the target zone"):
        world.change(zone_id, create(alias(WWW, "A", zone or zone_id, target)))


def test_alias_without_evaluate_target_health_is_refused(world: World) -> None:
    zone_id = world.zone()
    linked = alias(WWW, "A", zone_id, "example.com")
    del linked["AliasTarget"]["EvaluateTargetHealth"]
    with refused("InvalidInput", "aliasTarget.evaluateTargetHealth", "not be null"):
        world.change(zone_id, create(linked))


def test_ns_alias_is_refused(world: World) -> None:
    zone_id = world.zone()
    with refused(BATCH, "cannot have type NS"):
        world.change(zone_id, create(alias("sub.example.com", "NS", zone_id, "example.com")))

"""ChangeResourceRecordSets of the strict Route 53: what a batch may and may not do."""

from __future__ import annotations

from typing import Any

import pytest

from local.route53 import Route53Settings
from tests.local.route53_world import World, alias, create, delete, refused, rrset, upsert

WWW = "www.example.com"
BATCH = "InvalidChangeBatch"


@pytest.fixture
def world() -> World:
    return World()


def test_create_over_existing_is_refused(world: World) -> None:
    zone_id = world.zone()
    world.change(zone_id, create(rrset(WWW, "A", "192.0.2.1")))
    with refused(BATCH, "[name='www.example.com.', type='A'] but it already exists"):
        world.change(zone_id, create(rrset(f"{WWW.upper()}.", "A", "192.0.2.2")))


def test_delete_of_what_is_not_there_is_refused(world: World) -> None:
    with refused(BATCH, "Tried to delete", "but it was not found"):
        world.change(world.zone(), delete(rrset(WWW, "A", "192.0.2.1")))


@pytest.mark.parametrize(
    "inexact",
    [
        rrset(WWW, "A", "192.0.2.1"),
        rrset(WWW, "A", "192.0.2.1", "192.0.2.3"),
        rrset(WWW, "A", "192.0.2.1", "192.0.2.2", ttl=301),
    ],
)
def test_inexact_delete_is_refused(world: World, inexact: dict[str, Any]) -> None:
    zone_id = world.zone()
    world.change(zone_id, create(rrset(WWW, "A", "192.0.2.1", "192.0.2.2")))
    with refused(BATCH, "the values provided do not match the current values"):
        world.change(zone_id, delete(inexact))
    world.change(zone_id, delete(rrset(WWW, "A", "192.0.2.2", "192.0.2.1")))
    assert world.names(zone_id) == []


def test_upsert_creates_then_replaces(world: World) -> None:
    zone_id = world.zone()
    world.change(zone_id, upsert(rrset(WWW, "A", "192.0.2.1")))
    world.change(zone_id, upsert(rrset(WWW, "A", "192.0.2.2", ttl=60)))
    assert world.listing(zone_id)[-1] == {
        "Name": "www.example.com.",
        "Type": "A",
        "TTL": 60,
        "ResourceRecords": [{"Value": "192.0.2.2"}],
    }


def test_refused_batch_changes_nothing_and_names_every_reason(world: World) -> None:
    zone_id = world.zone()
    before = world.listing(zone_id)
    with refused(BATCH, "www.example.net. is not permitted in zone example.com.", "IPv4"):
        world.change(
            zone_id,
            create(rrset("good.example.com", "A", "192.0.2.1")),
            create(rrset("www.example.net", "A", "192.0.2.1")),
            create(rrset("bad.example.com", "A", "192.0.2.256")),
        )
    assert world.listing(zone_id) == before


def test_name_that_only_ends_like_the_zone_is_outside(world: World) -> None:
    with refused(BATCH, "is not permitted in zone example.com."):
        world.change(world.zone(), create(rrset("notexample.com", "A", "192.0.2.1")))


def test_delete_and_create_replace_in_one_batch(world: World) -> None:
    zone_id, old = world.zone(), rrset(WWW, "A", "192.0.2.1")
    world.change(zone_id, create(old))
    world.change(zone_id, delete(old), create(rrset(WWW, "CNAME", "example.net")))
    assert world.names(zone_id) == [("www.example.com.", "CNAME")]


@pytest.mark.parametrize(
    "changes",
    [
        [create(rrset(WWW, "A", "192.0.2.1")), create(rrset(WWW, "A", "192.0.2.2"))],
        [upsert(rrset(WWW, "A", "192.0.2.1")), upsert(rrset(WWW, "A", "192.0.2.1"))],
        [create(rrset(WWW, "A", "192.0.2.1")), delete(rrset(WWW, "A", "192.0.2.1"))],
    ],
)
def test_one_rrset_twice_in_a_batch_is_refused(world: World, changes: list[Any]) -> None:
    with refused(BATCH, "an invalid set of changes for a resource record set 'A www.example.com.'"):
        world.change(world.zone(), *changes)


def test_same_rrset_deleted_twice_is_refused(world: World) -> None:
    zone_id, record = world.zone(), rrset(WWW, "A", "192.0.2.1")
    world.change(zone_id, create(record))
    with refused(BATCH, "an invalid set of changes"):
        world.change(zone_id, delete(record), delete(record))


@pytest.mark.parametrize(("action", "fits"), [(create, 1000), (upsert, 500)])
def test_batch_has_at_most_a_thousand_elements(world: World, action: Any, fits: int) -> None:
    zone_id = world.zone()
    changes = [action(rrset(f"n{i}.example.com", "A", "192.0.2.1")) for i in range(fits + 1)]
    with refused(BATCH, "Number of records limit of 1000 exceeded."):
        world.change(zone_id, *changes)
    world.change(zone_id, *changes[:fits])
    assert len(world.names(zone_id)) == fits


def test_values_and_aliases_count_as_elements(world: World) -> None:
    zone_id = world.zone()
    values = [f"10.0.{i // 250}.{i % 250}" for i in range(399)]
    changes = [create(rrset(f"n{i}.example.com", "A", *values)) for i in range(2)]
    aliases = [
        create(alias(f"a{i}.example.com", "A", zone_id, "n0.example.com")) for i in range(203)
    ]
    with refused(BATCH, "limit of 1000"):
        world.change(zone_id, *changes, *aliases)
    world.change(zone_id, *changes, *aliases[:202])


@pytest.mark.parametrize(("action", "fits"), [(create, 128), (upsert, 64)])
def test_batch_has_at_most_32000_characters(world: World, action: Any, fits: int) -> None:
    zone_id, text = world.zone(), f'"{"x" * 248}"'
    changes = [action(rrset(f"n{i}.example.com", "TXT", text)) for i in range(fits + 1)]
    with refused(BATCH, "Number of characters limit of 32000 exceeded."):
        world.change(zone_id, *changes)
    world.change(zone_id, *changes[:fits])


def test_value_has_at_most_4000_characters(world: World) -> None:
    strings = " ".join(['"' + "x" * 248 + '"'] * 16)
    with refused("InvalidInput", "less than or equal to 4000"):
        world.change(world.zone(), create(rrset(WWW, "TXT", strings)))


def test_rrset_has_at_most_400_values(world: World) -> None:
    zone_id = world.zone()
    values = [f"10.0.{i // 250}.{i % 250}" for i in range(401)]
    with refused(BATCH, "401", "400"):
        world.change(zone_id, create(rrset(WWW, "A", *values)))
    world.change(zone_id, create(rrset(WWW, "A", *values[:400])))


def test_zone_has_at_most_its_quota_of_records() -> None:
    world = World(Route53Settings(max_records_per_zone=4))
    zone_id = world.zone()
    records = [rrset(f"n{i}.example.com", "A", "192.0.2.1") for i in range(3)]
    with refused(BATCH, "Number of records limit of 4 exceeded."):
        world.change(zone_id, *map(create, records))
    world.change(zone_id, *map(create, records[:2]))
    world.change(zone_id, delete(records[0]), create(records[2]))


def test_cname_stands_alone(world: World) -> None:
    zone_id = world.zone()
    world.change(zone_id, create(rrset(WWW, "A", "192.0.2.1")))
    with refused(BATCH, "RRSet of type CNAME", "conflicts with other records"):
        world.change(zone_id, create(rrset(WWW, "CNAME", "example.net")))
    world.change(zone_id, create(rrset("c.example.com", "CNAME", "example.net")))
    with refused(BATCH, "conflicting RRSet of type  CNAME", "already exists in zone example.com."):
        world.change(zone_id, create(rrset("c.example.com", "TXT", '"t"')))


def test_cname_at_the_apex_is_refused(world: World) -> None:
    with refused(BATCH, "RRSet of type CNAME with DNS name example.com. is not permitted at apex"):
        world.change(world.zone(), create(rrset("example.com", "CNAME", "example.net")))


def test_apex_soa_and_ns_are_changed_but_not_deleted(world: World) -> None:
    zone_id = world.zone()
    ns, soa = world.listing(zone_id)
    with refused(BATCH, "must contain exactly one SOA record"):
        world.change(zone_id, delete(soa))
    with refused(BATCH, "must contain at least one NS record for the zone itself"):
        world.change(zone_id, delete(ns))
    values = [record["Value"] for record in ns["ResourceRecords"]]
    world.change(zone_id, upsert(rrset("example.com", "NS", *values, "ns.example.net.", ttl=3600)))
    world.change(zone_id, delete(soa), create(soa | {"TTL": 60}))
    assert [s["TTL"] for s in world.listing(zone_id)] == [3600, 60]


def test_soa_below_the_apex_is_refused(world: World) -> None:
    soa = rrset(WWW, "SOA", "ns.example.com. h.example.com. 1 7200 900 1209600 86400")
    with refused(BATCH, "only at its apex"):
        world.change(world.zone(), create(soa))


@pytest.mark.parametrize("rdtype", ["LOC", "DNAME", "CDS", "URI", "DNSKEY", "TYPE65534", ""])
def test_type_that_route53_lacks_is_refused(world: World, rdtype: str) -> None:
    with refused("InvalidInput", f"Value '{rdtype}'", "enum value set"):
        world.change(world.zone(), create(rrset(WWW, rdtype, "x")))


@pytest.mark.parametrize("ttl", [-1, 2147483648])
def test_ttl_outside_of_31_bits_is_refused(world: World, ttl: int) -> None:
    with refused("InvalidInput", f"Value '{ttl}'", "resourceRecordSet.tTL"):
        world.change(world.zone(), create(rrset(WWW, "A", "192.0.2.1", ttl=ttl)))


@pytest.mark.parametrize("ttl", [0, 2147483647])
def test_extreme_ttls_are_kept(world: World, ttl: int) -> None:
    zone_id = world.zone()
    world.change(zone_id, create(rrset(WWW, "A", "192.0.2.1", ttl=ttl)))
    assert world.listing(zone_id)[-1]["TTL"] == ttl


def test_record_without_ttl_or_values_is_refused(world: World) -> None:
    zone_id, whole = world.zone(), rrset(WWW, "A", "192.0.2.1")
    for missing in ("TTL", "ResourceRecords"):
        partial = {member: value for member, value in whole.items() if member != missing}
        with refused("InvalidInput", "but found none", "Name=www.example.com, Type=A"):
            world.change(zone_id, create(partial))


def test_values_beside_an_alias_target_are_refused(world: World) -> None:
    zone_id = world.zone()
    both = rrset(WWW, "A", "192.0.2.1") | alias(WWW, "A", zone_id, "example.com")
    with refused("InvalidInput", "but found more than one"):
        world.change(zone_id, create(both))


def test_empty_batch_is_refused(world: World) -> None:
    with refused("InvalidInput", "'changeBatch.changes'", "greater than or equal to 1"):
        world.change(world.zone())


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a..example.com", "DomainLabelEmpty"),
        (f"{'a' * 64}.example.com", "DomainLabelTooLong"),
        (".".join(["a" * 60] * 5) + ".example.com", "DomainNameTooLong"),
        ("a b.example.com", "UnsupportedCharacter"),
        ("é.example.com", "UnsupportedCharacter"),
        ("a\\9.example.com", "InvalidEscape"),
        ("*a.example.com", "asterisk"),
    ],
)
def test_malformed_names_are_refused(world: World, name: str, reason: str) -> None:
    with refused(BATCH, reason):
        world.change(world.zone(), create(rrset(name, "A", "192.0.2.1")))


def test_asterisk_further_right_is_a_plain_character(world: World) -> None:
    zone_id = world.zone()
    world.change(zone_id, create(rrset("prod.*.example.com", "A", "192.0.2.1")))
    assert world.names(zone_id) == [("prod.\\052.example.com.", "A")]


def test_wildcard_delegation_is_refused(world: World) -> None:
    with refused(BATCH, "NS records cannot be wildcards"):
        world.change(world.zone(), create(rrset("*.example.com", "NS", "ns.example.net.")))


def test_malformed_xml_is_refused(world: World) -> None:
    zone_id = world.zone()
    path = f"/2013-04-01/hostedzone/{zone_id}/rrset/"
    wrong = [
        b"",
        b"<ChangeResourceRecordSetsRequest>",
        b"<Other/>",
        b"<ChangeResourceRecordSetsRequest><Typo/></ChangeResourceRecordSetsRequest>",
        b'<!DOCTYPE x [<!ENTITY a "b">]><ChangeResourceRecordSetsRequest/>',
    ]
    for body in wrong:
        status, _, answer = world.raw("POST", path, {}, body, {})
        assert status == 400
        assert b"<Code>InvalidInput</Code>" in answer and b"Invalid XML" in answer

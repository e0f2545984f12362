"""ListResourceRecordSets of the strict Route 53: order, pages, starting points, names."""

from __future__ import annotations

from typing import Any

import pytest

from local.route53 import Route53Settings
from tests.local.route53_world import World, create, refused, rrset


@pytest.fixture
def world() -> World:
    return World()


def addresses(world: World, zone_id: str, *names: str) -> None:
    for start in range(0, len(names), 500):
        batch = [create(rrset(name, "A", "192.0.2.1")) for name in names[start : start + 500]]
        world.change(zone_id, *batch)


def test_names_are_in_order_of_reversed_labels(world: World) -> None:
    zone_id = world.zone()
    addresses(
        world, zone_id, "b.example.com", "a.b.example.com", "c.example.com", "z.a.example.com"
    )
    assert [name for name, _ in world.names(zone_id)] == [
        "z.a.example.com.",
        "b.example.com.",
        "a.b.example.com.",
        "c.example.com.",
    ]


def test_trailing_dot_sorts_after_hyphen_and_asterisk(world: World) -> None:
    # AWS, ListResourceRecordSets: the dot sorts after ! " # $ % & ' ( ) * + , -
    zone_id = world.zone()
    addresses(
        world, zone_id, "a.example.com", "b.a.example.com", "a-b.example.com", "*.example.com"
    )
    assert [name for name, _ in world.names(zone_id)] == [
        "\\052.example.com.",
        "a-b.example.com.",
        "a.example.com.",
        "b.a.example.com.",
    ]


def test_types_of_a_name_then_set_identifiers(world: World) -> None:
    zone_id, name = world.zone(), "www.example.com"
    for identifier in ("two", "one"):
        routed = rrset(name, "A", "192.0.2.1", SetIdentifier=identifier, Weight=1)
        world.change(zone_id, create(routed))
    world.change(zone_id, create(rrset(name, "TXT", '"t"')), create(rrset(name, "AAAA", "::1")))
    below = world.listing(zone_id, StartRecordName=name)
    assert [(s["Type"], s.get("SetIdentifier")) for s in below] == [
        ("A", "one"),
        ("A", "two"),
        ("AAAA", None),
        ("TXT", None),
    ]


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("*.Example.COM", "\\052.example.com."),
        ("\\052.example.com.", "\\052.example.com."),
        ("_sip._tcp.example.com", "_sip._tcp.example.com."),
        ("a\\056b.example.com", "a\\056b.example.com."),
        ("a/b.example.com", "a\\057b.example.com."),
        ("\\344.example.com", "\\344.example.com."),
        ("\\101.example.com", "a.example.com."),
        ("x@y.example.com", "x\\100y.example.com."),
    ],
)
def test_names_come_back_escaped_and_lower_cased(world: World, given: str, shown: str) -> None:
    zone_id = world.zone()
    addresses(world, zone_id, given)
    assert world.names(zone_id) == [(shown, "A")]


def test_dot_inside_a_label_is_another_name(world: World) -> None:
    zone_id = world.zone()
    addresses(world, zone_id, "b.a.example.com", "a\\056b.example.com")
    found = world.client.list_resource_record_sets(
        HostedZoneId=zone_id, StartRecordName="a\\056b.example.com", MaxItems="1"
    )
    assert len(world.names(zone_id)) == 2
    assert found["ResourceRecordSets"][0]["Name"] == "a\\056b.example.com."


def test_page_holds_three_hundred_at_most(world: World) -> None:
    zone_id = world.zone()
    addresses(world, zone_id, *(f"n{number:04d}.example.com" for number in range(601)))
    page = world.client.list_resource_record_sets(HostedZoneId=zone_id, MaxItems="1000")
    assert (len(page["ResourceRecordSets"]), page["MaxItems"]) == (300, "300")
    assert (page["IsTruncated"], page["NextRecordName"], page["NextRecordType"]) == (
        True,
        "n0298.example.com.",
        "A",
    )
    assert "NextRecordIdentifier" not in page
    assert len(world.listing(zone_id)) == 603


def test_every_page_size_gives_the_same_listing(world: World) -> None:
    zone_id = world.zone()
    addresses(world, zone_id, *(f"n{number}.example.com" for number in range(7)))
    for identifier in "abcde":
        routed = rrset("r.example.com", "A", "192.0.2.1", SetIdentifier=identifier, Weight=1)
        world.change(zone_id, create(routed))
    whole = world.listing(zone_id)
    for size in (1, 2, 3, 5, 14):
        assert world.listing(zone_id, PaginationConfig={"PageSize": size}) == whole


def test_start_name_need_not_exist(world: World) -> None:
    zone_id = world.zone()
    addresses(world, zone_id, "a.example.com", "c.example.com")
    found = world.listing(zone_id, StartRecordName="b.example.com")
    assert [s["Name"] for s in found] == ["c.example.com."]
    assert world.listing(zone_id, StartRecordName="a.example.net") == []


def test_start_type_and_identifier_are_the_first_returned(world: World) -> None:
    zone_id, name = world.zone(), "www.example.com"
    for identifier in "abc":
        world.change(
            zone_id, create(rrset(name, "A", "192.0.2.1", SetIdentifier=identifier, Weight=1))
        )
    world.change(zone_id, create(rrset(name, "TXT", '"t"')))

    def start(**more: Any) -> list[tuple[str, str | None]]:
        found = world.listing(zone_id, StartRecordName=name, **more)
        return [(s["Type"], s.get("SetIdentifier")) for s in found]

    assert start(StartRecordType="AAAA") == [("TXT", None)]
    assert start(StartRecordType="A", StartRecordIdentifier="b") == [
        ("A", "b"),
        ("A", "c"),
        ("TXT", None),
    ]


def test_start_type_without_a_name_is_refused(world: World) -> None:
    zone_id = world.zone()
    with refused("InvalidInput", "record name"):
        world.client.list_resource_record_sets(HostedZoneId=zone_id, StartRecordType="A")
    with refused("InvalidInput", "name and type"):
        world.client.list_resource_record_sets(
            HostedZoneId=zone_id, StartRecordName="a.example.com", StartRecordIdentifier="x"
        )


@pytest.mark.parametrize("size", ["0", "-1", "many"])
def test_page_size_must_be_positive(world: World, size: str) -> None:
    with refused("InvalidInput", "MaxItems"):
        world.client.list_resource_record_sets(HostedZoneId=world.zone(), MaxItems=size)


def test_pending_change_is_listed(world: World) -> None:
    zone_id = world.zone()
    info = world.change(zone_id, create(rrset("www.example.com", "A", "192.0.2.1")))
    assert world.client.get_change(Id=info["Id"])["ChangeInfo"]["Status"] == "PENDING"
    assert world.names(zone_id) == [("www.example.com.", "A")]


def test_page_reads_no_more_of_the_index_than_it_returns() -> None:
    world = World(Route53Settings(max_records_per_zone=None))
    zone_id = world.zone()
    addresses(world, zone_id, *(f"n{number:05d}.example.com" for number in range(11_000)))
    index = world.route53._accounts[world.account].zones[zone_id].records
    read: list[Any] = []

    class Counting(type(index._sets)):  # type: ignore[misc]
        def __getitem__(self, key: Any) -> Any:
            read.append(key)
            return super().__getitem__(key)

    index._sets = Counting(index._sets)
    world.client.list_resource_record_sets(
        HostedZoneId=zone_id, StartRecordName="n05500.example.com"
    )
    assert len(read) == 301

"""CIDR collections of the strict Route 53, and the records that name their locations."""

from __future__ import annotations

from typing import Any

import pytest

from local.route53 import Route53Settings
from tests.local.route53_world import World, create, delete, refused, rrset

WWW = "www.example.com"
NOWHERE = "01234567-89ab-cdef-0123-456789abcdef"


@pytest.fixture
def world() -> World:
    return World()


def new(world: World, name: str = "offices", reference: str = "1") -> dict[str, Any]:
    created = world.client.create_cidr_collection(Name=name, CallerReference=reference)
    return dict(created["Collection"])


def put(location: str, *blocks: str) -> dict[str, Any]:
    return {"LocationName": location, "Action": "PUT", "CidrList": list(blocks)}


def drop(location: str, *blocks: str) -> dict[str, Any]:
    return {"LocationName": location, "Action": "DELETE_IF_EXISTS", "CidrList": list(blocks)}


def change(world: World, collection_id: str, *changes: dict[str, Any], **more: Any) -> Any:
    return world.client.change_cidr_collection(Id=collection_id, Changes=list(changes), **more)


def blocks(world: World, collection_id: str, **more: Any) -> list[tuple[str, str]]:
    listed = world.client.list_cidr_blocks(CollectionId=collection_id, **more)["CidrBlocks"]
    return [(block["LocationName"], block["CidrBlock"]) for block in listed]


def locations(world: World, collection_id: str) -> list[str]:
    listed = world.client.list_cidr_locations(CollectionId=collection_id)["CidrLocations"]
    return [item["LocationName"] for item in listed]


def named(collection_id: str, location: str, identifier: str = "one") -> dict[str, Any]:
    cidr = {"CollectionId": collection_id, "LocationName": location}
    return rrset(WWW, "A", "192.0.2.1", SetIdentifier=identifier, CidrRoutingConfig=cidr)


def test_new_collection_is_empty_and_listed(world: World) -> None:
    created = new(world)
    assert created["Version"] == 1
    assert created["Arn"].endswith(f"cidrcollection/{created['Id']}")
    assert world.client.list_cidr_collections()["CidrCollections"] == [created]
    assert locations(world, created["Id"]) == []


def test_creation_is_repeated_by_its_reference(world: World) -> None:
    created = new(world)
    assert new(world) == created
    with refused("CidrCollectionAlreadyExistsException", "offices"):
        new(world, reference="2")
    assert new(world, "others", "2")["Id"] != created["Id"]


def test_account_has_at_most_its_quota_of_collections() -> None:
    world = World(Route53Settings(max_cidr_collections=1))
    new(world)
    with refused("LimitsExceeded", "1 CIDR collections"):
        new(world, "others", "2")


def test_change_raises_the_version_and_is_a_change(world: World) -> None:
    collection_id = new(world)["Id"]
    changed = change(world, collection_id, put("office", "192.0.2.0/24", "2001:db8::/48"))
    world.clock.now += 5
    assert world.client.get_change(Id=changed["Id"])["ChangeInfo"]["Status"] == "INSYNC"
    (listed,) = world.client.list_cidr_collections()["CidrCollections"]
    assert listed["Version"] == 2
    assert blocks(world, collection_id) == [
        ("office", "192.0.2.0/24"),
        ("office", "2001:db8::/48"),
    ]


def test_change_of_an_old_version_is_refused(world: World) -> None:
    collection_id = new(world)["Id"]
    change(world, collection_id, put("office", "192.0.2.0/24"), CollectionVersion=1)
    with refused("CidrCollectionVersionMismatchException", "version 2, not 1"):
        change(world, collection_id, put("office", "198.51.100.0/24"), CollectionVersion=1)
    assert blocks(world, collection_id) == [("office", "192.0.2.0/24")]


def test_block_moves_in_one_change_and_is_never_in_two_locations(world: World) -> None:
    collection_id = new(world)["Id"]
    change(world, collection_id, put("office", "192.0.2.0/24", "198.51.100.0/24"))
    with refused("CidrBlockInUseException", "192.0.2.0/24 is in location office"):
        change(world, collection_id, put("home", "203.0.113.0/24", "192.0.2.0/24"))
    change(world, collection_id, drop("office", "192.0.2.0/24"), put("home", "192.0.2.0/24"))
    assert blocks(world, collection_id, LocationName="home") == [("home", "192.0.2.0/24")]
    assert locations(world, collection_id) == ["home", "office"]


def test_deletion_of_a_block_that_is_not_there_is_no_error(world: World) -> None:
    collection_id = new(world)["Id"]
    change(world, collection_id, put("office", "192.0.2.0/24"))
    change(world, collection_id, drop("office", "203.0.113.0/24"), drop("home", "192.0.2.0/24"))
    assert blocks(world, collection_id) == [("office", "192.0.2.0/24")]


@pytest.mark.parametrize(
    ("block", "part"),
    [
        ("192.0.2.0/25", "1 to 24 bits"),
        ("0.0.0.0/0", "1 to 24 bits"),
        ("2001:db8::/49", "1 to 48 bits"),
        ("192.0.2.1/24", "has host bits set"),
        ("office", "Invalid CIDR block"),
    ],
)
def test_block_that_cannot_be_routed_is_refused(world: World, block: str, part: str) -> None:
    with refused("InvalidInput", part):
        change(world, new(world)["Id"], put("office", block))


@pytest.mark.parametrize("location", ["*", "an office", "x" * 17])
def test_location_with_another_name_is_refused(world: World, location: str) -> None:
    with refused("InvalidInput", "locationName"):
        change(world, new(world)["Id"], put(location, "192.0.2.0/24"))


def test_collection_has_at_most_its_quota_of_blocks() -> None:
    world = World(Route53Settings(max_blocks_per_collection=2))
    collection_id = new(world)["Id"]
    with refused("LimitsExceeded", "at most 2"):
        change(world, collection_id, put("a", "10.0.0.0/24", "10.0.1.0/24", "10.0.2.0/24"))
    assert blocks(world, collection_id) == []


def test_unknown_collection_and_location_are_told(world: World) -> None:
    collection_id = new(world)["Id"]
    with refused("NoSuchCidrCollectionException"):
        change(world, NOWHERE, put("office", "192.0.2.0/24"))
    with refused("NoSuchCidrCollectionException"):
        locations(world, NOWHERE)
    with refused("NoSuchCidrCollectionException"):
        world.client.delete_cidr_collection(Id=NOWHERE)
    with refused("NoSuchCidrLocationException"):
        blocks(world, collection_id, LocationName="office")


def test_blocks_are_listed_in_pages(world: World) -> None:
    collection_id = new(world)["Id"]
    change(world, collection_id, put("office", *(f"10.0.{i}.0/24" for i in range(5))))
    pages = world.client.get_paginator("list_cidr_blocks").paginate(
        CollectionId=collection_id, PaginationConfig={"PageSize": 2}
    )
    sizes = [len(page["CidrBlocks"]) for page in pages]
    assert sizes == [2, 2, 1]


def test_record_names_a_location_that_there_is(world: World) -> None:
    zone_id, collection_id = world.zone(), new(world)["Id"]
    change(world, collection_id, put("office", "192.0.2.0/24"))
    with refused("InvalidChangeBatch", f"the CIDR collection {NOWHERE} does not exist"):
        world.change(zone_id, create(named(NOWHERE, "*")))
    with refused("InvalidChangeBatch", "has no location home"):
        world.change(zone_id, create(named(collection_id, "home")))
    office, default = named(collection_id, "office"), named(collection_id, "*", "two")
    world.change(zone_id, create(office), create(default))
    assert [s["CidrRoutingConfig"]["LocationName"] for s in world.listing(zone_id)[-2:]] == [
        "office",
        "*",
    ]


def test_collection_in_use_is_not_deleted(world: World) -> None:
    zone_id, collection_id = world.zone(), new(world)["Id"]
    change(world, collection_id, put("office", "192.0.2.0/24"))
    record = named(collection_id, "office")
    world.change(zone_id, create(record))
    with refused("CidrBlockInUseException", "office"):
        change(world, collection_id, drop("office", "192.0.2.0/24"))
    with refused("CidrCollectionInUseException"):
        world.client.delete_cidr_collection(Id=collection_id)
    world.change(zone_id, delete(record))
    with refused("CidrCollectionInUseException", "isn't empty"):
        world.client.delete_cidr_collection(Id=collection_id)
    change(world, collection_id, drop("office", "192.0.2.0/24"))
    world.client.delete_cidr_collection(Id=collection_id)
    assert world.client.list_cidr_collections()["CidrCollections"] == []


def test_collections_survive_dump_and_load(world: World) -> None:
    collection_id = new(world)["Id"]
    change(world, collection_id, put("office", "192.0.2.0/24"))
    dumped = world.route53.dump()
    other = World()
    other.route53.load(dumped)
    assert blocks(other, collection_id) == [("office", "192.0.2.0/24")]


def test_changes_are_recorded_as_writes(world: World) -> None:
    collection_id = new(world)["Id"]
    change(world, collection_id, put("office", "192.0.2.0/24"))
    assert [call.event_name for call in world.calls] == [
        "CreateCidrCollection",
        "ChangeCidrCollection",
    ]
    assert world.calls[-1].request_parameters is not None
    assert world.calls[-1].request_parameters["changes"][0]["locationName"] == "office"

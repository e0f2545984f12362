"""Hosted zones that come, go, and come again while the mesh runs."""

from collections.abc import Callable

import pytest
import yaml

from local.world import World
from tests.e2e.conftest import MESH
from tests.e2e.faults import faults
from tests.e2e.hosted_zone import Zone, await_answers, await_true
from tests.e2e.records import rrset
from zonemesh.approve import approve
from zonemesh.aws.mesh_table import DynamoRegister
from zonemesh.aws.snapshots import DynamoSnapshotStore
from zonemesh.ports import Member

BY_NAME = {"discover": "*.example", "integration": "main"}
BY_TAG = {"discover": "*", "integration": "main", "tags": {"zonemesh": "y*"}}


@pytest.fixture(scope="module")
def world(start_world: Callable[..., World]) -> World:
    """Two hubs that serve all of `example`, and what else is tagged."""
    document = yaml.safe_load(MESH) | {"zones": [BY_NAME, BY_TAG]}
    return start_world(mesh=yaml.safe_dump(document))


def member(zone: Zone) -> Member | None:
    members = DynamoRegister(zone.world.table()).members()
    return next((m for m in members if m.zone == zone.key), None)


def state(zone: Zone) -> str | None:
    found = member(zone)
    return found.state if found else None


def serials(zone: Zone) -> set[int | None]:
    return {zone.serial(hub) for hub in zone.world.hubs.values()}


def test_one_made_while_the_mesh_runs_is_served_with_nothing_touched(world: World) -> None:
    zone = Zone(world, "newcomer.example.")
    zone.put(rrset("www.newcomer.example.", "A", "192.0.2.1"))
    zone.await_served()
    await_answers(world, "www.newcomer.example.", "A", "192.0.2.1")
    assert state(zone) == "active"


def test_one_is_taken_in_by_its_tag_and_served_on_without_it(world: World) -> None:
    zone = Zone(world, "tagged.test.")
    zone.put(rrset("www.tagged.test.", "A", "192.0.2.1"))
    Zone(world, "before-tagged.example.").await_served()
    world.sweep()
    assert state(zone) is None

    tagged = {"ResourceType": "hostedzone", "ResourceId": zone.id}
    tag = {"Key": "zonemesh", "Value": "yes"}
    zone.route53.change_tags_for_resource(**tagged, AddTags=[tag])
    serial = zone.await_served()
    await_answers(world, "www.tagged.test.", "A", "192.0.2.1")

    zone.route53.change_tags_for_resource(**tagged, RemoveTagKeys=["zonemesh"])
    await_true("it has lost its tag", lambda: state(zone) == "gone")
    assert "no longer has the tags" in (member(zone) or pytest.fail("it left")).note
    world.sweep()
    assert serials(zone) == {serial}


def test_a_deleted_one_is_served_on_and_made_again_goes_on_counting(world: World) -> None:
    zone = Zone(world, "phoenix.example.")
    zone.put(rrset("www.phoenix.example.", "A", "192.0.2.1"))
    before = zone.await_served()
    zone.delete()
    await_true("it is known to be gone", lambda: state(zone) == "gone")
    world.sweep()
    assert serials(zone) == {before}
    await_answers(world, "www.phoenix.example.", "A", "192.0.2.1")

    again = Zone(world, "phoenix.example.")
    again.put(rrset("www.phoenix.example.", "A", "192.0.2.2"))
    again.put(rrset("mail.phoenix.example.", "A", "192.0.2.3"))
    # It has other name servers, which nobody knows whether they were meant.
    await_true("it waits for somebody", lambda: is_held(again))
    assert all((zone.serial(hub) or 0) >= before for hub in world.hubs.values())
    store = DynamoSnapshotStore(world.table())
    approve(store, again.key, store.head(again.key).held)
    after = again.await_served()
    assert again.id != zone.id
    assert after > before
    assert state(again) == "active"
    assert [snapshot.serial for snapshot in again.history()][-1] <= before


def is_held(zone: Zone) -> bool:
    """Tell whether all that the hosted zone has waits for an approval."""
    store = DynamoSnapshotStore(zone.world.table())
    head = store.head(zone.key)
    if head is None or head.held is None:
        return False
    source = store.snapshot(zone.key, head.held).source
    return source is not None and source.count == len(zone.listing())


def test_a_private_one_is_not_served(world: World) -> None:
    private = Zone(world, "private.example.", private=True)
    private.put(rrset("secret.private.example.", "A", "192.0.2.1"))
    public = Zone(world, "after-private.example.")
    public.await_served()
    world.sweep()
    assert state(private) is None
    assert private.snapshot() is None
    assert serials(private) == {None}


def test_a_second_one_of_a_served_name_changes_nothing(world: World) -> None:
    first = Zone(world, "twice.example.")
    first.put(rrset("www.twice.example.", "A", "192.0.2.1"))
    serial = first.await_served()
    second = Zone(world, "twice.example.")
    second.put(rrset("www.twice.example.", "A", "192.0.2.66"))
    await_true(
        "the mesh names the second one",
        lambda: second.id in (m.note if (m := member(first)) else ""),
    )
    world.sweep()
    found = member(first)
    assert found and (found.hosted_zone_id, found.state) == (first.id, "active")
    assert serials(first) == {serial}
    first.put(rrset("www.twice.example.", "A", "192.0.2.2"))
    assert first.await_served() > serial


def test_two_of_one_name_at_once_are_a_conflict_until_one_goes(world: World) -> None:
    with faults(world, events={"loss": 1.0}):
        zones = [Zone(world, "both.example.") for _ in range(2)]
        for zone in zones:
            zone.put(rrset(f"{zone.id}.both.example.", "A", "192.0.2.1"))
        world.sweep()
    assert state(zones[0]) == "conflict"
    assert serials(zones[0]) == {None}
    zones[1].delete()
    zones[0].await_served()
    assert state(zones[0]) == "active"


def test_one_inside_another_is_served_only_once_it_is_delegated(world: World) -> None:
    parent = Zone(world, "family.example.")
    parent.await_served()
    child = Zone(world, "child.family.example.")
    child.put(rrset("www.child.family.example.", "A", "192.0.2.1"))
    await_true("it is an overlap", lambda: state(child) == "overlap")
    assert serials(child) == {None}
    (apex_ns,) = (
        each
        for each in child.listing()
        if each["Type"] == "NS" and each["Name"] == "child.family.example."
    )
    parent.put(apex_ns)
    parent.await_served()
    world.sweep()
    child.await_served()
    assert state(child) == "active"

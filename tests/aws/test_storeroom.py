"""What a Storeroom promises, held against memory and DynamoDB alike."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.aws.test_snapshot_store import FIRST, FIRST_HEAD, SECOND, ZONE, nodes
from tests.fakes.garbage import DatedSnapshotStore, MemoryStoreroom
from zonemesh.aws.garbage import DynamoStoreroom
from zonemesh.aws.nodes import PART_BYTES, node_key
from zonemesh.aws.snapshots import DynamoSnapshotStore
from zonemesh.aws.table import Table
from zonemesh.errors import ChunkDamaged, SnapshotMissing
from zonemesh.ports import SnapshotStore
from zonemesh.storeroom import Progress, StoredNode, Storeroom


@dataclass
class Place:
    """A store with its storeroom; `now` is the time at which it is written."""

    now: int = 1000
    store: Any = None
    room: Any = None

    def unused(self, since: int) -> list[StoredNode]:
        return [node for page in self.room.look_through(since, None) for node in page.unused]


@pytest.fixture(params=["memory", "dynamodb"])
def place(request: pytest.FixtureRequest) -> Place:
    place = Place()
    if request.param == "memory":
        place.store = DatedSnapshotStore(lambda: place.now)
        place.room = MemoryStoreroom(place.store)
    else:
        table = request.getfixturevalue("table")
        place.store = DynamoSnapshotStore(table, clock=lambda: place.now)
        place.room = DynamoStoreroom(table)
    store: SnapshotStore = place.store
    room: Storeroom = place.room
    assert store and room
    return place


def test_zones_are_found_by_their_heads_and_nodes_by_when_they_were_touched(place: Place) -> None:
    odd = "route53:main/inside:a#b.example.com."
    old, new = nodes("a 1\n"), nodes("b 1\n")
    place.store.write(odd, old)
    place.now = 2000
    place.store.write(odd, new)
    place.store.commit(FIRST, None)
    (page,) = place.room.look_through(2000, None)
    assert page.zones == (ZONE,)
    assert page.unused == (StoredNode(odd, *old, "-"),)
    assert page.following is None


def test_only_what_is_still_unused_is_dropped(place: Place) -> None:
    written = nodes("a 1\n", "b 1\n", "c 1\n")
    place.store.write(ZONE, written)
    unused = place.unused(1001)
    assert len(unused) == 3
    place.now = 5000
    place.store.write(ZONE, nodes("b 1\n"))  # a recorder returns to it
    assert place.room.drop_nodes(unused, 1001) == 2
    assert place.room.drop_nodes(unused, 1001) == 0
    assert place.store.load(ZONE, nodes("b 1\n")) == nodes("b 1\n")
    with pytest.raises(ChunkDamaged):
        place.store.load(ZONE, nodes("a 1\n"))


def test_dropped_snapshot_is_missing_and_its_neighbours_and_head_are_not(place: Place) -> None:
    place.store.commit(FIRST, None)
    place.store.commit(SECOND, FIRST_HEAD)
    place.room.drop_snapshot(ZONE, FIRST.serial)
    place.room.drop_snapshot(ZONE, FIRST.serial)
    assert place.store.snapshots(ZONE) == [SECOND]
    assert place.store.head(ZONE).serial == SECOND.serial
    with pytest.raises(SnapshotMissing):
        place.store.snapshot(ZONE, FIRST.serial)


def test_progress_is_kept(place: Place) -> None:
    assert place.room.progress() is None
    for progress in (
        Progress(1, 2, '["pk", "-"]', "route53:main:example.com.", clean=False),
        Progress(3, 3, ended=True),
    ):
        place.room.save_progress(progress)
        assert place.room.progress() == progress


def test_all_parts_of_a_node_are_dropped(table: Table) -> None:
    store, room = DynamoSnapshotStore(table, clock=lambda: 1000), DynamoStoreroom(table)
    large = nodes(random.Random(3).randbytes(2 * PART_BYTES).hex())
    store.write(ZONE, large)
    (page,) = room.look_through(1001, None)
    assert len(page.unused) > 2
    assert room.drop_nodes(page.unused, 1001) == len(page.unused)
    (digest,) = large
    for part in range(len(page.unused)):
        assert table.get(node_key(ZONE, digest, part)) is None


class SmallPages:
    """A client whose scans see three items at a time, as a large table's see 1 MB."""

    def __init__(self, client: Any) -> None:
        self._client = client

    def scan(self, **request: Any) -> Any:
        assert request["Select"] == "SPECIFIC_ATTRIBUTES"
        return self._client.scan(Limit=3, **request)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return getattr(self._client, name)


def test_a_look_goes_on_from_any_page(table: Table) -> None:
    store = DynamoSnapshotStore(table, clock=lambda: 1000)
    written = nodes(*(f"{n} 1\n" for n in range(20)))
    store.write(ZONE, written)
    store.commit(FIRST, None)
    room = DynamoStoreroom(Table(SmallPages(table._client), table.name))
    found: list[str] = []
    zones: list[str] = []
    start: str | None = None
    for _ in range(100):
        page = next(room.look_through(1001, start))
        assert len(page.unused) + len(page.zones) <= 3
        found += [node.digest for node in page.unused]
        zones += page.zones
        start = page.following
        if start is None:
            break
    assert (sorted(found), zones) == (sorted(written), [ZONE])

"""The collector of garbage as its schedule runs it, and what it measures."""

from collections.abc import Callable

from functions import ports as wired
from functions.collect_garbage import lambda_handler
from tests.fakes.garbage import DatedSnapshotStore, MemoryStoreroom
from tests.fakes.plane import Plane
from tests.functions.conftest import Context
from zonemesh.enrol import enrol

Metrics = Callable[[], dict[str, list[float]]]
DAY = 86_400


def with_storeroom(plane: Plane) -> MemoryStoreroom:
    store = DatedSnapshotStore(lambda: plane.now)
    room = MemoryStoreroom(store)
    wired.ports.__dict__.update(store=store, storeroom=room)
    plane.ports.store = store
    plane.create("Z1", "example.com.")
    plane.now -= 3 * DAY
    enrol(plane.control)
    plane.list_ordered()
    return room


def test_what_was_collected_is_measured(plane: Plane, metrics: Metrics) -> None:
    room = with_storeroom(plane)
    room.store.write("route53:main:example.com.", {"ab" * 32: "unused\n"})
    metrics()
    lambda_handler({}, Context(remaining_ms=900_000))
    measured = metrics()
    assert measured["GarbageNodes"] == [1]
    assert measured["GarbageSnapshots"] == measured["GarbageProblems"] == [0]
    assert measured["KeptSnapshots"] == [1]
    assert measured["GarbageUncleanFor"] == [0]
    lambda_handler({}, Context(remaining_ms=900_000))  # an hour later there is nothing to begin
    measured = metrics()
    assert measured["GarbageNodes"] == [0]
    assert "KeptSnapshots" not in measured


def test_a_zone_that_cannot_be_read_is_counted(plane: Plane, metrics: Metrics) -> None:
    room = with_storeroom(plane)
    room.store.roots.clear()
    metrics()
    lambda_handler({}, Context(remaining_ms=900_000))
    assert metrics()["GarbageProblems"] == [1]


def test_a_run_without_time_begins_nothing(plane: Plane, metrics: Metrics) -> None:
    room = with_storeroom(plane)
    metrics()
    lambda_handler({}, Context(remaining_ms=1_000))
    assert room.saved is None

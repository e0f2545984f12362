"""What a hub with a real NSD notes of its syncs."""

import threading
from pathlib import Path

import pytest

from hub_container.hub import Hub
from hub_container.publishing import pushes
from local.servers.client import wait_until
from tests.hub.test_publishing import PublishingWorld
from tests.hub.world import HUB, HubWorld, address_lines, key_of
from zonemesh.errors import StoreUnavailable
from zonemesh.snapshot import Snapshot
from zonemesh.syncs.sync import Kind, Sync, SyncOutcome
from zonemesh.targets.ports import HeldBack, Order, TargetFailed

APEX = "example.com."
SERVED, FAILED, PUBLISHED = SyncOutcome.SERVED, SyncOutcome.FAILED, SyncOutcome.PUBLISHED


@pytest.fixture
def publishing(tmp_path: Path) -> PublishingWorld:
    world = PublishingWorld(tmp_path / "hub", catch_up_every=1.0)
    world.declare_target()
    return world


def last(world: HubWorld, kind: Kind) -> Sync:
    found = world.syncs.syncs(HUB, since=0, most=1000)
    return next(sync for sync in found if sync.kind is kind)


def test_each_edit_is_a_sync_with_its_serial_and_duration(world: HubWorld) -> None:
    world.join(APEX)
    world.publish(APEX, 7, address_lines(APEX, 3))
    with world.running():
        for serial in (7, 8):
            world.wait_for(APEX, serial)
            world.publish(APEX, serial + 1, address_lines(APEX, serial))
        wait_until(
            "all are noted",
            lambda: world.syncs.of(HUB, Kind.SERVE) == [(SERVED, 7), (SERVED, 8), (SERVED, 9)],
        )
    for sync in world.syncs.syncs(HUB, since=0, most=10):
        assert sync.zone == key_of(APEX)
        assert sync.seconds is not None and 0 < sync.seconds < 120


def test_a_start_that_serves_from_disk_is_no_sync(world: HubWorld) -> None:
    world.join(APEX)
    world.publish(APEX, 7, address_lines(APEX, 3))
    with world.running():
        wait_until("it is noted", lambda: world.syncs.of(HUB, Kind.SERVE) == [(SERVED, 7)])
    with world.running() as hub:
        world.wait_for(APEX, 7)
        wait_until("the hub has caught up", lambda: hub.board.caught_up and hub.ready)
        world.publish(APEX, 8, address_lines(APEX, 3))
        wait_until("the edit is noted", lambda: len(world.syncs.of(HUB, Kind.SERVE)) == 2)
    assert world.syncs.of(HUB, Kind.SERVE) == [(SERVED, 7), (SERVED, 8)]


def test_what_cannot_be_loaded_is_one_failure_however_often_it_is_tried(world: HubWorld) -> None:
    broken = threading.Event()

    def on_step(step: str) -> None:
        if step == "load" and broken.is_set():
            raise StoreUnavailable("out of order")

    world.store.on_step = on_step
    world.join(APEX)
    world.publish(APEX, 7, address_lines(APEX, 3))
    with world.running() as hub:
        wait_until("it is noted", lambda: world.syncs.of(HUB, Kind.SERVE) == [(SERVED, 7)])
        broken.set()
        world.publish(APEX, 8, address_lines(APEX, 300))
        wait_until("it failed more than once", lambda: ended(hub, FAILED) >= 3, 60)
        broken.clear()
        world.wait_for(APEX, 8, 60)
        wait_until("it is noted", lambda: last(world, Kind.SERVE).outcome is SERVED)
    assert world.syncs.of(HUB, Kind.SERVE) == [(SERVED, 7), (FAILED, 8), (SERVED, 8)]
    failure = world.syncs.syncs(HUB, since=0, most=3)[1]
    assert failure.error == "StoreUnavailable: out of order"
    assert failure.count >= 3
    assert failure.last_at > failure.ended_at


def ended(hub: Hub, outcome: SyncOutcome) -> float:
    """Give how many syncs ended so, as the hub's metrics count them."""
    return sum(
        sample.value
        for metric in hub.sync_counts.metrics()
        for sample in metric.samples
        if sample.labels.get("outcome") == outcome
    )


def test_a_target_that_fails_and_one_that_is_well_again_are_noted(
    publishing: PublishingWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pushes, "LONGEST_BACKOFF", 0.5)
    world = publishing
    broken = threading.Event()

    def before(snapshot: Snapshot, order: Order) -> None:
        if broken.is_set() and snapshot.serial == 8:
            raise TargetFailed("out of order")

    def noted() -> list[tuple[SyncOutcome, int | None]]:
        return world.syncs.of(HUB, Kind.PUBLISH, "copy")

    world.target.before = before
    world.join(APEX)
    world.publish(APEX, 7, address_lines(APEX, 3))
    with world.running() as hub:
        wait_until("it is noted", lambda: noted() == [(PUBLISHED, 7)])
        broken.set()
        world.publish(APEX, 8, address_lines(APEX, 4))
        wait_until("it failed more than once", lambda: ended(hub, FAILED) >= 3, 60)
        world.wait_for(APEX, 8)
        broken.clear()
        wait_until("it is well again", lambda: noted()[-1:] == [(PUBLISHED, 8)], 60)
        wait_until("it was looked at since", lambda: world.target.listings > 4, 60)
    assert noted() == [(PUBLISHED, 7), (FAILED, 8), (PUBLISHED, 8)]
    (failure,) = (sync for sync in published(world) if sync.outcome is FAILED)
    assert (failure.error, failure.target) == ("TargetFailed: out of order", "copy")
    assert failure.count >= 3
    first, _, well = published(world)
    assert first.changes == well.changes == 1
    assert first.seconds is not None and 0 <= first.seconds < 60
    assert world.syncs.of(HUB, Kind.SERVE) == [(SERVED, 7), (SERVED, 8)]


def published(world: HubWorld) -> list[Sync]:
    """Give the syncs of the target, the first first."""
    found = world.syncs.syncs(HUB, since=0, most=1000)
    return [sync for sync in found[::-1] if sync.kind is Kind.PUBLISH]


def test_a_publication_that_is_held_is_noted_once_and_says_why(publishing: PublishingWorld) -> None:
    world = publishing
    held = HeldBack(("20 of 22 rrsets would be deleted",), 1, 2, 20)
    world.target.holds = lambda snapshot: held
    world.join(APEX)
    world.publish(APEX, 7, address_lines(APEX, 3))
    with world.running():
        wait_until("it is noted", lambda: world.syncs.of(HUB, Kind.PUBLISH, "copy"))
        wait_until("it was held again", lambda: world.target.listings > 3, 60)
    (sync,) = published(world)
    assert (sync.outcome, sync.serial, sync.changes) == (SyncOutcome.HELD, 7, 23)
    assert sync.error == held.reasons[0]


def test_a_table_that_takes_no_syncs_delays_no_edit(world: HubWorld) -> None:
    def away() -> None:
        raise StoreUnavailable("no route")

    world.syncs.before = away
    world.join(APEX)
    world.publish(APEX, 7, address_lines(APEX, 3))
    with world.running() as hub:
        for serial in range(7, 10):
            world.wait_for(APEX, serial)
            world.publish(APEX, serial + 1, address_lines(APEX, serial))
        world.wait_for(APEX, 10)
        wait_until("they wait", lambda: hub.syncs.waiting >= 3)
        wait_until("the hub is ready", lambda: hub.ready)
    assert world.syncs.kept == {}

"""Rings that come twice while what they told of is being loaded or put in place."""

import time

import pytest

from hub_container.hub import Hub
from hub_container.zonefiles import Prepared, ZoneFiles
from local.servers.client import wait_until
from tests.fakes.memory import MemorySnapshotStore
from tests.hub.test_serving import lines_of, without_soa
from tests.hub.world import HubWorld, address_lines, key_of, publish
from zonemesh.snapshot import Announcement

APEX = "example.com."
NAMES = 10_000  # enough for several loads


def accept(apex: str, path: object) -> None:
    """Check nothing."""


class SlowInstalls:
    """Puts files in place slowly, and counts how often it did."""

    def __init__(self, hub: Hub, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
        self.began: list[int] = []
        self._install, self._seconds = hub.files.install, seconds
        monkeypatch.setattr(hub.files, "install", self)

    def __call__(self, prepared: Prepared) -> None:
        self.began.append(prepared.serial)
        time.sleep(self._seconds)
        self._install(prepared)


def test_a_ring_doubled_while_a_zone_is_put_in_place_changes_nothing(
    world: HubWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.join(APEX)
    world.publish(APEX, 1, address_lines(APEX, NAMES))
    with world.running() as hub:
        world.wait_for(APEX, 1)
        wait_until("the hub is at rest", lambda: hub.workers.idle and hub.reloads.idle)
        installs = SlowInstalls(hub, monkeypatch, 0.5)
        world.store.on_step = lambda step: time.sleep(0.2 if step == "load" else 0)
        changed = {
            key: text.replace(" 300 ", " 301 ") for key, text in address_lines(APEX, NAMES).items()
        }
        world.publish(APEX, 2, changed)
        wait_until("it is being put in place", lambda: installs.began, within=60)
        for _ in range(10):
            hub.heard(Announcement(key_of(APEX), 2))
            time.sleep(0.1)
        world.wait_for(APEX, 2)
        wait_until("the hub is at rest", lambda: hub.workers.idle and hub.reloads.idle)
        assert without_soa(world.axfr(APEX)) == lines_of(changed)
        assert installs.began == [2]
        assert hub.board.zone(key_of(APEX)).error is None
        assert not list(hub.files.directory.glob("*.new"))


def test_the_same_serial_prepared_twice_is_put_in_place_once(
    world: HubWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.join(APEX)
    world.publish(APEX, 1, address_lines(APEX, 10))
    with world.running() as hub:
        world.wait_for(APEX, 1)
        wait_until("the hub is at rest", lambda: hub.workers.idle and hub.reloads.idle)
        installs = SlowInstalls(hub, monkeypatch, 0.0)
        snapshot = world.store.snapshot(key_of(APEX), 1)
        again = hub.files.prepare(snapshot, world.store, 0.0)
        hub.reloads.add(again)
        wait_until("it is dropped", lambda: hub.reloads.idle and not again.temp.exists())
        assert installs.began == []
        hub.reloads.add(hub.files.prepare(snapshot, world.store, 0.0, anew=True))
        wait_until("the one that is asked for anew is not", lambda: installs.began == [1])
        wait_until("the hub is at rest", lambda: hub.reloads.idle)
        assert len(world.axfr(APEX)) == 14


def test_a_serial_prepared_twice_is_two_files(world: HubWorld) -> None:
    store = MemorySnapshotStore()
    publish(store, APEX, 1, address_lines(APEX, 10))
    files = ZoneFiles(world.directory / "zones", accept)
    files.open()
    snapshot = store.snapshot(key_of(APEX), 1)
    first, second = (files.prepare(snapshot, store, 0.0) for _ in range(2))
    files.discard(first)
    files.install(second)
    assert files.serial(key_of(APEX)) == 1

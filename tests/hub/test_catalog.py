"""BIND and Knot follow a catalog zone: zones come and go on them, and none is ever lost."""

from functools import partial
from pathlib import Path

import pytest

from local.servers.bind import BindSecondary, bind_is_missing
from local.servers.client import wait_until
from local.servers.knot import KnotSecondary, knot_is_missing
from tests.hub.catalog_world import KEY, NAME, PATIENCE, CatalogWorld
from tests.hub.world import key_of
from zonemesh.approve import approve

BOTH = [BindSecondary, KnotSecondary]


@pytest.fixture(autouse=True)
def _needs_consumers() -> None:
    if missing := bind_is_missing() or knot_is_missing():
        pytest.fail(missing)


def test_zones_come_and_go_with_no_configuration_touched(tmp_path: Path) -> None:
    world = CatalogWorld(tmp_path, ["one"], BOTH)
    with world.running():
        world.add("first.example.", "second.example.")
        world.await_named("first.example.", "second.example.")
        for apex in ("first.example.", "second.example."):
            world.await_followed(apex, 1)
        world.edit("first.example.", 2)
        world.await_followed("first.example.", 2)

        world.add("third.example.", serial=7)
        world.await_named("first.example.", "second.example.", "third.example.")
        world.await_followed("third.example.", 7)

        world.leave("first.example.")
        world.await_named("second.example.", "third.example.")
        world.await_followed("first.example.", None)
        hub = world.hubs["one"]
        wait_until("the hub drops it", lambda: hub.serial("first.example.") is None)
        assert [each.serial("second.example.") for each in world.consumers] == [1, 1]
        assert [each.serial("third.example.") for each in world.consumers] == [7, 7]
        wait_until("the hub says so", lambda: _left(world))

        # Of what was served before nothing follows for today: it enters once it is served again.
        world.add("first.example.", serial=3)
        world.await_named("first.example.", "second.example.", "third.example.")
        assert hub.serial("first.example.") == 3
        world.await_followed("first.example.", 3)


def _left(world: CatalogWorld) -> bool:
    return world.plane.reports.reports("one").zones[key_of("first.example.")]["state"] == "left"


def test_zones_whose_removal_is_held_are_served_until_it_is_approved(tmp_path: Path) -> None:
    world = CatalogWorld(tmp_path, ["one"], BOTH)
    zones = ("a.example.", "b.example.", "c.example.")
    with world.running() as hubs:
        world.add(*zones)
        world.await_named(*zones)
        for apex in zones:
            world.await_followed(apex, 1)
        world.leave("a.example.", "b.example.")
        kept = world.keep()
        assert kept.recorded is not None and kept.recorded.held
        hubs["one"].catch_up()
        hubs["one"].catch_up()  # what is kept is kept the second time, too
        assert all(world.hubs["one"].serial(apex) == 1 for apex in zones)
        assert set(hubs["one"].configuration.zones) == {KEY, *map(key_of, zones)}

        head = world.plane.store.head(KEY)
        assert head is not None and head.held is not None
        approve(world.plane.store, KEY, head.held)
        world.ring()
        for apex in ("a.example.", "b.example."):
            world.await_followed(apex, None)
            wait_until("the hub drops it", partial(_is_dropped, world, apex))
        world.await_followed("c.example.", 1)


def test_a_hub_of_yesterday_takes_no_zone_off_anybody(tmp_path: Path) -> None:
    world = CatalogWorld(tmp_path, ["east", "west"], BOTH)
    with world.running() as hubs:
        world.add("old.example.")
        world.await_named("old.example.")
        world.await_followed("old.example.", 1)
        wait_until("west has it", lambda: hubs["west"].files.serial(KEY) is not None)
    yesterday = world.hubs["west"].serial(KEY)
    assert yesterday is None  # it is stopped

    with world.running("east"):
        world.plane.reports.heartbeats["west"]["at"] = 0  # it has been silent for long
        world.add("new.example.")
        world.await_named("old.example.", "new.example.")
        world.await_followed("new.example.", 1)
        # West comes back as it was, cut off from the table, and tells what it has.
        west = world.hubs["west"]
        west.store = Unreachable()  # type: ignore[assignment]
        west.mesh = Unreachable()  # type: ignore[assignment]
        west.register = Unreachable()  # type: ignore[assignment]
        with west.running() as hub:

            def seen_ahead() -> bool:
                seen = [hub.board.secondary(KEY, each.program) for each in world.consumers]
                return all(each and each.answered and each.answered.rcode for each in seen)

            wait_until("west has asked its secondaries", seen_ahead, PATIENCE)
            assert west.serial(NAME) < world.hubs["east"].serial(NAME)
            assert west.serial("new.example.") is None
            for apex in ("old.example.", "new.example."):
                world.await_followed(apex, 1)
    for consumer in world.consumers:
        log = consumer.server.log()
        assert "new.example" in log
        assert not [line for line in log.splitlines() if _takes_off(line)]


def _is_dropped(world: CatalogWorld, apex: str) -> bool:
    return world.hubs["one"].serial(apex) is None


class Unreachable:
    """A port of the table for a hub that is cut off from it."""

    def __getattr__(self, name: str) -> object:
        raise ConnectionError("cut off")


def _takes_off(line: str) -> bool:
    return "zone purged" in line or "zone removed" in line or "deleting zone" in line


def test_an_epoch_makes_them_take_a_zone_anew(tmp_path: Path) -> None:
    world = CatalogWorld(tmp_path, ["one"], BOTH)
    with world.running():
        world.add("kept.example.", "reset.example.")
        world.await_named("kept.example.", "reset.example.")
        for apex in ("kept.example.", "reset.example."):
            world.await_followed(apex, 1)
        before = {each.program: len(each.transfers("reset.example.")) for each in world.consumers}
        world.plane.epochs.advance(KEY, "reset.example.")
        world.keep()
        for each in world.consumers:

            def transferred(at=each) -> bool:
                return len(at.transfers("reset.example.")) > before[at.program]

            wait_until(f"{each.program} takes it anew", transferred, PATIENCE)
        for apex in ("kept.example.", "reset.example."):
            world.await_followed(apex, 1)
        assert [len(each.transfers("kept.example.")) for each in world.consumers] == [1, 1]

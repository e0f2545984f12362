"""A table that was emptied, or put back to an earlier time: what is served is served on."""

from pathlib import Path

import pytest

from hub_container.configuration import Configuration
from hub_container.hub import Hub
from hub_container.mesh_view import MeshView
from local.servers.client import wait_until
from tests.hub.world import HUB, HubWorld, address_lines, key_of

APEX = "example.com."
OTHER = "other.example."
ZONELESS = "hubs:\n  one: {}\n"


@pytest.fixture
def served(world: HubWorld) -> HubWorld:
    """Two zones at serial 1, and a mesh whose second version is applied."""
    world.declare({"client": {"transfer_from": ["127.0.0.1"], "tsig_key": "transfer.example"}})
    for apex in (APEX, OTHER):
        world.join(apex)
        world.publish(apex, 1, address_lines(apex, 3))
    return world


def problem(hub: Hub) -> str:
    return " ".join(hub.heartbeat()["problems"])


def test_an_emptied_table_takes_no_zone_off_the_hub(served: HubWorld) -> None:
    with served.running() as hub:
        served.wait_for(APEX, 1)
        served.wait_for(OTHER, 1)
        served.mesh.kept.clear()
        served.register.entered.clear()
        served.store.current.clear()
        hub.catch_up_soon()
        wait_until("it is told", lambda: "no mesh definition any more" in problem(hub))
        assert len(hub.configuration.secondaries) == 1
        assert len(served.axfr(APEX)) == 7
        assert len(served.axfr(OTHER)) == 7
    with served.running() as hub:  # from disk
        served.wait_for(APEX, 1)
        served.wait_for(OTHER, 1)


def test_a_hub_reports_its_serials_anew_to_a_table_that_lost_them(served: HubWorld) -> None:
    with served.running() as hub:
        served.wait_for(APEX, 1)
        statuses = served.reports.statuses
        wait_until("it is reported", lambda: (HUB, key_of(APEX)) in statuses)
        for lost in (served.mesh.kept, served.register.entered, served.store.current, statuses):
            lost.clear()
        hub.catch_up_soon()
        wait_until(
            "it is reported anew", lambda: statuses.get((HUB, key_of(APEX)), {}).get("serial") == 1
        )


def test_a_head_put_back_to_an_older_serial_is_not_followed(served: HubWorld) -> None:
    with served.running() as hub:
        served.wait_for(APEX, 1)
        older = dict(served.store.current)
        served.publish(APEX, 2, address_lines(APEX, 5))
        hub.catch_up_soon()
        served.wait_for(APEX, 2)
        served.reports.statuses.clear()
        served.store.current.update(older)
        hub.catch_up()
        statuses, key = served.reports.statuses, (HUB, key_of(APEX))
        wait_until("it is told", lambda: statuses.get(key, {}).get("error"))
        status = statuses[key]
        assert (status["serial"], "older than 2" in status["error"]) == (2, True)
        assert len(served.axfr(APEX)) == 9
        assert served.serial(APEX) == 2


def test_members_that_are_lost_stay_served_until_they_are_back(served: HubWorld) -> None:
    with served.running() as hub:
        served.wait_for(APEX, 1)
        entered = dict(served.register.entered)
        served.register.entered.clear()
        hub.catch_up_soon()
        wait_until("it is told", lambda: "has no members" in problem(hub))
        assert len(served.axfr(APEX)) == 7
        served.register.entered.update(entered)
        del served.register.entered[key_of(OTHER)]
        hub.catch_up_soon()
        wait_until("nothing is left to tell", lambda: not problem(hub))
        wait_until("a zone that left is gone", lambda: served.serial(OTHER) is None)
        assert served.serial(APEX) == 1


def test_a_mesh_without_zones_takes_the_last_one_off(served: HubWorld) -> None:
    with served.running() as hub:
        served.wait_for(APEX, 1)
        served.mesh.apply(ZONELESS)
        served.register.entered.clear()
        hub.catch_up_soon()
        wait_until("it is gone", lambda: served.serial(APEX) is None)
        wait_until("nothing is left to tell", lambda: not problem(hub))


def test_a_table_put_back_adds_zones_and_drops_none(served: HubWorld) -> None:
    with served.running() as hub:
        served.wait_for(APEX, 1)
        served.wait_for(OTHER, 1)
        newest = served.mesh.kept.pop()
        served.register.remove(key_of(OTHER))
        served.join(OTHER, zone="route53:other:" + OTHER)  # the name is taken
        served.join("new.example.")
        served.publish("new.example.", 1, address_lines("new.example.", 3))
        hub.catch_up_soon()
        wait_until("it is told", lambda: "mesh version 1 is older than 2" in problem(hub))
        served.wait_for("new.example.", 1)
        for _ in range(2):  # the second reading knows it still
            hub.catch_up()
            assert set(hub.configuration.zones) == {
                key_of(apex) for apex in (APEX, OTHER, "new.example.")
            }
        assert served.serial(OTHER) == 1
        served.mesh.kept.append(newest)
        hub.catch_up_soon()
        wait_until("the newest is believed", lambda: key_of(OTHER) not in hub.configuration.zones)


def test_a_first_reading_without_a_mesh_is_told(world: HubWorld) -> None:
    world.mesh.kept.clear()
    view = MeshView(HUB, world.ports(), Path)
    assert view.read(Configuration(), secrets=True) == Configuration()
    assert view.problems == ["no mesh definition was applied yet"]

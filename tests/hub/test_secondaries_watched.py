"""That the hub keeps an eye on its secondaries: on its schedule, in its metrics and status."""

import json
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from hub_container.hub import Hub
from local.servers.client import wait_until
from local.servers.ports import free_port
from tests.hub.played import Played
from tests.hub.test_secondaries import SecondariesWorld
from tests.hub.world import ADDRESS, address_lines, key_of

APEX = "example.com."
ZONE = key_of(APEX)
OURS = 2  # what a played secondary takes up when it is told


@pytest.fixture
def world(tmp_path: Path) -> SecondariesWorld:
    world = SecondariesWorld(tmp_path / "hub")
    world.join(APEX)
    world.publish(APEX, OURS, address_lines(APEX, 5))
    return world


@contextmanager
def watching(world: SecondariesWorld, *played: Played) -> Iterator[Hub]:
    """Run the hub with played secondaries, which use no key, and one where nobody is."""
    with ExitStack() as stack:
        declared = {
            secondary.name: {
                "address": secondary.address,
                "port": secondary.port,
                "tsig_key": "none",
            }
            for secondary in (stack.enter_context(each.playing()) for each in played)
        }
        nobody = {"address": ADDRESS, "port": free_port(), "tsig_key": "none"}
        world.declare(declared | {"nobody": nobody})
        yield stack.enter_context(world.running())


def test_one_that_falls_back_is_found_on_the_schedule_and_told_again(
    world: SecondariesWorld,
) -> None:
    played = Played()
    with watching(world, played) as hub:
        world.wait_for_state("played", "current")
        told = played.notified[APEX]
        played.takes_it_up_at = told + 1  # as one that was put back from a backup
        hub.catch_up_soon()
        wait_until("it is told again", lambda: played.notified[APEX] == told + 1)
        world.wait_for_state("played", "current")


def test_one_that_dies_is_found_on_the_schedule(world: SecondariesWorld) -> None:
    played = Played()
    with watching(world, played) as hub:
        world.wait_for_state("played", "current")
        played.silent = True
        hub.catch_up_soon()
        report = world.wait_for_state("played", "unreachable")
        assert (report["follows"], report["lacks"]) == (OURS, 0)
        assert report["since"] > 0
        played.silent = False
        hub.catch_up_soon()
        world.wait_for_state("played", "current")


def test_metrics_tell_how_each_secondary_does(world: SecondariesWorld) -> None:
    current, behind = Played(name="current"), Played(name="behind", serial=1)
    with watching(world, current, behind):
        for name, state in (
            ("current", "current"),
            ("behind", "behind"),
            ("nobody", "unreachable"),
        ):
            world.wait_for_state(name, state)
        samples = metrics(world)
    names = ["behind", "current", "nobody"]

    def values(metric: str, **labels: str) -> list[float | None]:
        family = f"zonemesh_hub_{metric}"
        return [samples.get((family, place(labels, name))) for name in names]

    assert values("secondary_current", zone=ZONE) == [0, 1, 0]
    assert values("secondary_serial", zone=ZONE) == [1, OURS, None]
    assert values("secondary_lacks_serials", zone=ZONE) == [1, 0, 1]
    assert values("notify_acknowledged", zone=ZONE) == [1, 1, 0]
    since = values("secondary_behind_since_timestamp_seconds", zone=ZONE)
    assert [value is None for value in since] == [False, True, False]
    assert values("secondary_zones", state="behind") == [1, 0, 0]
    assert values("secondary_zones", state="current") == [0, 1, 0]
    assert values("secondary_zones", state="unreachable") == [0, 0, 1]
    assert values("secondary_catch_up_seconds_count") == [None, 1, None]


def test_status_and_heartbeat_count_zones_by_their_state(world: SecondariesWorld) -> None:
    with watching(world, Played()) as hub:
        world.wait_for_state("played", "current")
        world.wait_for_state("nobody", "unreachable")
        status = json.loads(get(world, "/status"))
        counts = hub.heartbeat()["secondaries"]
    assert counts["played"]["current"] == counts["nobody"]["unreachable"] == 1
    assert {each["name"]: each["zones"] for each in status["secondaries"]} == counts
    zone = status["zones"][ZONE]["secondaries"]
    assert (zone["played"]["state"], zone["nobody"]["state"]) == ("current", "unreachable")
    json.dumps(counts)


def place(labels: dict[str, str], secondary: str) -> frozenset[tuple[str, str]]:
    return frozenset((labels | {"secondary": secondary}).items())


def metrics(world: SecondariesWorld) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(get(world, "/metrics"))
        for sample in family.samples
    }


def get(world: SecondariesWorld, path: str) -> str:
    url = f"http://{ADDRESS}:{world.http_port}{path}"
    with urllib.request.urlopen(url, timeout=10) as found:
        return str(found.read().decode())

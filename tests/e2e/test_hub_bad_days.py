"""A hub, its NSD, or its way to AWS dies; what was served is served on, and the hub converges."""

import itertools
import os
import signal
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.hubs import HubProcess
from local.world import World
from tests.e2e.faults import Cable, attributes, paused
from tests.e2e.hosted_zone import Zone, await_true, deployed
from tests.e2e.records import rrset
from tests.e2e.watch import served_throughout
from zonemesh import deployment


def mark(zone: Zone, value: int) -> None:
    zone.put(rrset(f"www.{zone.apex}", "A", f"192.0.2.{value}"))


def nsd_processes(hub: HubProcess) -> list[int]:
    """Give the NSD processes that work in a hub's zones directory."""
    found = []
    for entry in filter(lambda entry: entry.name.isdecimal(), Path("/proc").iterdir()):
        try:
            inside = os.readlink(entry / "cwd").startswith(str(hub.folder))
            if inside and os.readlink(entry / "exe").endswith("/nsd"):
                found.append(int(entry.name))
        except OSError:
            continue
    return found


@pytest.fixture
def cable(world: World) -> Iterator[Cable]:
    """The cable between hub west and AWS, which only this test may cut."""
    hub, endpoint = world.hubs["west"], world.aws.endpoint
    with Cable(world.aws.port) as cable:
        restart(hub, cable.endpoint)
        await_true("the hub reaches AWS", lambda: hub.status().get("aws", {}).get("last_contact"))
        yield cable
        restart(hub, endpoint)
        hub.await_ready()


def restart(hub: HubProcess, endpoint: str) -> None:
    hub.stop()
    hub.endpoint = endpoint
    hub.start()


def test_a_hub_killed_among_edits_and_started_again_converges(world: World, zone: Zone) -> None:
    east, west = world.hubs["east"], world.hubs["west"]
    done = threading.Event()

    def edit() -> None:
        for value in itertools.cycle(range(200)):  # as long as it takes to start a hub
            if done.wait(0.02):
                return
            mark(zone, value)

    with served_throughout(zone.apex, west):
        editor = threading.Thread(target=edit)
        editor.start()
        try:
            for _ in range(2):
                before = zone.serial(east)
                await_true("an edit is served", lambda before=before: zone.serial(east) != before)
                east.kill()
                await_true("its NSD has gone as well", lambda: not nsd_processes(east))
                east.start()
                east.await_ready()
        finally:
            done.set()
            editor.join(30)
        zone.await_served()


def test_a_killed_nsd_is_started_again_and_serves_what_it_served(world: World, zone: Zone) -> None:
    hub = world.hubs["east"]
    serial, starts = zone.serial(hub), hub.status()["nsd"]["starts"]
    with served_throughout(zone.apex, world.hubs["west"]):
        for pid in nsd_processes(hub):
            os.kill(pid, signal.SIGKILL)
        await_true("NSD was started again", lambda: hub.status()["nsd"]["starts"] > starts)
        await_true("it answers", lambda: zone.serial(hub) == serial)
        mark(zone, 1)
        zone.await_served()


def test_a_hub_cut_off_serves_on_and_converges_once_it_is_back(
    world: World, zone: Zone, cable: Cable
) -> None:
    east, west = world.hubs["east"], world.hubs["west"]
    with served_throughout(zone.apex, east, west):
        before = zone.serial(west)
        cable.cut()
        mark(zone, 1)
        newer = zone.await_served(east)
        await_true("the hub says that AWS is out of reach", lambda: west.status()["aws"]["error"])
        assert zone.serial(west) == before
        assert newer != before
        queue = west.output.environment[deployment.HUB_QUEUE_URL]
        world.client("sqs").purge_queue(QueueUrl=queue)  # a ring that waits too long expires
        cable.mend()
        assert zone.await_served() == newer
        await_true("the hub says that all is well", lambda: not west.status()["aws"]["error"])


def test_a_hub_started_while_aws_is_unreachable_serves_its_last_state(
    world: World, zone: Zone, cable: Cable
) -> None:
    east, west = world.hubs["east"], world.hubs["west"]
    before = zone.serial(west)
    cable.cut()
    mark(zone, 1)
    newer = zone.await_served(east)
    restart(west, cable.endpoint)
    west.await_ready()
    assert zone.serial(west) == before
    assert zone.served(west.dns_port).soa.serial == before
    cable.mend()
    assert zone.await_served() == newer


def test_all_of_aws_away_and_back_loses_nothing(world: World, zone: Zone) -> None:
    hubs = world.hubs.values()
    changes = deployed(world, "ChangesQueueUrl")
    with (
        served_throughout(zone.apex, *hubs),
        attributes(world, changes, VisibilityTimeout="2"),  # of a message half done with
    ):
        mark(zone, 1)  # whether or not its event is through when AWS goes
        world.aws.stop()
        await_true("the hubs say so", lambda: all(hub.status()["aws"]["error"] for hub in hubs))
        world.aws.start()
        zone.await_served()
        mark(zone, 2)
        zone.await_served()


def test_an_aws_that_hangs_holds_up_no_answer(world: World, zone: Zone) -> None:
    with served_throughout(zone.apex, *world.hubs.values()):
        mark(zone, 1)
        with paused(world):
            for hub in world.hubs.values():
                assert hub.get("/healthz") is not None
                assert hub.status()["zones"][zone.key]["state"] == "served"
        zone.await_served()

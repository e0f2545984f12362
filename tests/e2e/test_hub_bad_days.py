"""A hub, its NSD, or its way to AWS dies; what was served is served on, and the hub converges."""

import itertools
import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from local.hubs import HubProcess
from local.world import World
from tests.e2e.alarms import Listener
from tests.e2e.conftest import MESH
from tests.e2e.faults import Cable, attributes, paused
from tests.e2e.hosted_zone import Zone, await_true, deployed, said_by_functions
from tests.e2e.records import rrset
from tests.e2e.watch import served_throughout
from zonemesh import deployment
from zonemesh.approve import approve
from zonemesh.aws.alert_log import DynamoAlertLog
from zonemesh.aws.hub_reports import DynamoHubReports
from zonemesh.aws.readiness import DynamoReadinessNotes
from zonemesh.aws.snapshots import DynamoSnapshotStore
from zonemesh.watch.kinds import AlertKind


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


def was_silent_for(world: World, hub: str, seconds: int) -> None:
    """Let a dead hub's last heartbeat be as old as it would be after a wait."""
    reports = DynamoHubReports(world.table())
    heartbeat = dict(reports.reports(hub).heartbeat or {})
    reports.heartbeat(hub, heartbeat | {"at": heartbeat["at"] - seconds})


def is_heard(world: World, hub: str) -> bool:
    """Tell whether a hub has reported within the last minute."""
    heartbeat = DynamoHubReports(world.table()).reports(hub).heartbeat or {}
    return bool(heartbeat.get("ready") and time.time() - heartbeat["at"] < 50)


def is_held(world: World, zone: Zone) -> bool:
    head = DynamoSnapshotStore(world.table()).head(zone.key)
    return head is not None and head.held is not None


def test_people_are_told_once_of_a_hub_that_died_and_of_a_change_that_is_held_and_of_their_end(
    world: World, zone: Zone
) -> None:
    alerts = {"hub_offline": 60, "resolve_after": 0}
    world.apply(yaml.safe_dump(yaml.safe_load(MESH) | {"alerts": alerts}))
    people, east = Listener(world), world.hubs["east"]
    people.watch()

    east.kill()
    was_silent_for(world, "east", 600)
    told = people.watch()
    assert told == ["zonemesh: hub east is offline"], said_by_functions(world, "WatchMesh")
    told = people.heard[-1]
    assert "docs/runbook.md#hub-offline" in told["Message"]
    assert told["MessageAttributes"]["hub"]["Value"] == "east"
    assert people.watch() == []

    zone.put(rrset(zone.apex, "NS", "ns1.elsewhere.example."))
    await_true("the change is held", lambda: is_held(world, zone))
    held_subject = f"a change of {zone.apex} is held"
    await_true("somebody was told at once", lambda: f"zonemesh: {held_subject}" in people.told())
    assert people.watch() == []
    store = DynamoSnapshotStore(world.table())
    approve(store, zone.key, store.head(zone.key).held)
    east.start()
    east.await_ready()
    zone.await_served()
    await_true("the hub reports again", lambda: is_heard(world, "east"))
    assert sorted(people.watch()) == [
        f"zonemesh: resolved: {held_subject}",
        "zonemesh: resolved: hub east is offline",
    ]
    assert people.watch() == []
    past = DynamoAlertLog(world.table()).past(10)
    assert {each.alert.kind for each in past} == {AlertKind.HELD, AlertKind.HUB_OFFLINE}
    looked = DynamoReadinessNotes(world.table()).readiness([zone.key])
    assert "no NS set names one" in looked[zone.key].reasons[0]

"""AWS misbehaves; nothing is lost, the last good zone is served throughout, and all converges."""

import json
import time

import pytest

from local.world import World
from tests.e2e.faults import attributes, control, faults, unheard, waiting
from tests.e2e.hosted_zone import Zone, await_true, deployed, said_by_functions
from tests.e2e.records import rrset
from tests.e2e.watch import served_throughout

IN_PAGES = 1300  # rrsets: five pages of a listing
SOON = 2  # seconds; what is received and not done with comes again after the function's 6 x 30 s


def mark(zone: Zone, value: int) -> None:
    zone.put(rrset(f"www.{zone.apex}", "A", f"192.0.2.{value}"))


@pytest.fixture(scope="module")
def changes(world: World) -> str:
    """Give the URL of the queue of changes."""
    return deployed(world, "ChangesQueueUrl")


def test_route53_throttles_every_second_call(world: World, zone: Zone) -> None:
    with (
        served_throughout(zone.apex, *world.hubs.values()),
        faults(world, route53={"throttle_every": 2}),
    ):
        for value in range(10):
            mark(zone, value)
        other = Zone(world, "made-under-throttling.example.")
        mark(other, 1)
        zone.await_served()
        other.await_served()


def test_heads_move_while_sns_fails_and_are_announced_once_it_works(
    world: World, zone: Zone
) -> None:
    refused = control(world, "GET", "status")["calls"]["refused"]
    failing = {"service": "sns", "operation": "Publish", "code": "InternalError", "status": 500}
    with (
        served_throughout(zone.apex, *world.hubs.values()),
        faults(world, calls=[failing | {"count": 7}]),
    ):
        mark(zone, 1)
        zone.await_served()
    assert control(world, "GET", "status")["calls"]["refused"] == refused + 7


def test_a_head_that_moved_and_was_never_announced_is_rung_by_the_sweep(
    world: World, zone: Zone
) -> None:
    before = zone.snapshot()
    assert before
    with unheard(world, ":dynamodb:", "Announce"):
        mark(zone, 1)
        await_true(
            "the head moved", lambda: (now := zone.snapshot()) and now.serial > before.serial
        )
        assert {zone.serial(hub) for hub in world.hubs.values()} == {before.serial}
        world.sweep()
        zone.await_served()
    swept = [line for line in said_by_functions(world, "Sweep") if line["message"] == "swept"]
    assert zone.key in swept[-1]["rung"]


@pytest.mark.parametrize(("operation", "count"), [("TransactWriteItems", 6), (None, 15)])
def test_dynamodb_fails_for_a_while(
    world: World, zone: Zone, changes: str, operation: str | None, count: int
) -> None:
    failing = {
        "service": "dynamodb",
        "operation": operation,
        "code": "InternalServerError",
        "status": 500,
    }
    with (
        served_throughout(zone.apex, *world.hubs.values()),
        attributes(world, changes, VisibilityTimeout=str(SOON)),
        faults(world, calls=[failing | {"count": count}]),
    ):
        mark(zone, 1)
        zone.await_served()


def test_an_edit_does_not_wait_for_the_listing_of_a_big_zone(world: World, zone: Zone) -> None:
    big = Zone(world, "big.example.")
    slow = {"service": "route53", "operation": "ListResourceRecordSets", "delay": 2.0}
    with faults(world, events={"loss": 1.0}):
        big.fill([rrset(f"h{n}.{big.apex}", "A", "192.0.2.1") for n in range(IN_PAGES)], 300)
    with faults(world, calls=[slow]):
        world.sweep()  # finds it and orders its first listing
        before = zone.serial(world.hubs["east"])
        mark(zone, 1)
        await_true("the edit is served", lambda: zone.serial(world.hubs["east"]) != before)
        assert big.snapshot() is None, "the listing was over: it proves nothing"
    zone.await_served()
    big.await_served()


def test_an_edit_of_a_zone_while_that_zone_is_listed_is_not_lost(world: World) -> None:
    zone = Zone(world, "listed-and-edited.example.")
    zone.fill([rrset(f"h{n}.{zone.apex}", "A", "192.0.2.1") for n in range(IN_PAGES)], 300)
    for value in range(4):
        zone.put(rrset(f"a-first.{zone.apex}", "A", f"192.0.2.{value}"))
        zone.put(rrset(f"z-last.{zone.apex}", "A", f"192.0.2.{value}"))
        time.sleep(1)
    zone.await_served()


def test_junk_on_the_changes_queue_is_dead_lettered_and_blocks_nobody(
    world: World, zone: Zone, changes: str
) -> None:
    sqs = world.client("sqs")
    redrive = json.loads(attribute(world, changes, "RedrivePolicy")) | {"maxReceiveCount": "2"}
    dead = sqs.get_queue_url(QueueName=redrive["deadLetterTargetArn"].rpartition(":")[2])[
        "QueueUrl"
    ]
    junk = ["not JSON", "[]", '{"detail": 7}', json.dumps({"detail": {"eventName": ["x"]}})]
    with (
        served_throughout(zone.apex, *world.hubs.values()),
        attributes(world, changes, VisibilityTimeout=str(SOON), RedrivePolicy=json.dumps(redrive)),
    ):
        for body in junk:
            sqs.send_message(QueueUrl=changes, MessageBody=body)
        mark(zone, 1)
        zone.await_served()
        await_true("all junk is dead-lettered", lambda: waiting(world, dead) == len(junk))
        mark(zone, 2)
        zone.await_served()
    found: set[str] = set()

    def all_found() -> bool:  # one call may bring fewer than there are
        answer = sqs.receive_message(QueueUrl=dead, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        found.update(message["Body"] for message in answer.get("Messages", []))
        return found >= set(junk)

    await_true("all junk is read", all_found)
    assert found == set(junk)
    said = [line["message"] for line in said_by_functions(world, "RecordChange")]
    assert said.count("unreadable change event") >= len(junk)


def test_junk_on_a_hubs_queue_is_dropped_and_later_rings_are_heard(
    world: World, zone: Zone
) -> None:
    hub = world.hubs["east"]
    url = hub.output.environment["ZONEMESH_QUEUE_URL"]
    junk = ["not JSON", "[]", '{"zone": 7, "serial": "x"}', '{"zone": "no such zone", "serial": 1}']
    for body in junk:
        world.client("sqs").send_message(QueueUrl=url, MessageBody=body)
    await_true("the hub took all of it", lambda: waiting(world, url) == 0)
    mark(zone, 1)
    zone.await_served()


def attribute(world: World, url: str, name: str) -> str:
    answer = world.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=[name])
    return str(answer["Attributes"][name])

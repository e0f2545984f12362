"""Changes that no event told of, or that events told of late, twice or in disorder."""

import time

from local.world import World
from tests.e2e.conftest import LOST, Account
from tests.e2e.faults import control, faults, set_schedule, unheard, waiting
from tests.e2e.hosted_zone import Zone, await_true, deployed, said_by_functions
from tests.e2e.records import rrset
from tests.e2e.watch import served_throughout
from zonemesh.lookup import GRACE


def mark(zone: Zone, value: int) -> None:
    zone.put(rrset(f"www.{zone.apex}", "A", f"192.0.2.{value}"))


def test_late_doubled_and_disordered_events_end_in_what_route53_holds(
    world: World,
) -> None:
    zone = Zone(world, "disorder.example.")
    mark(zone, 0)
    zone.await_served()
    hubs = world.hubs.values()
    with (
        served_throughout(zone.apex, *hubs),
        faults(
            world,
            events={"duplication": 0.5, "reordering": 0.5, "delay": 0.2, "jitter": 1.0},
        ),
    ):
        for value in range(1, 21):
            mark(zone, value)
            zone.put(rrset(f"only-{value}.{zone.apex}", "A", "192.0.2.1"))
            if value % 2:
                zone.change(("DELETE", rrset(f"only-{value}.{zone.apex}", "A", "192.0.2.1")))
        zone.await_served()
        await_true(
            "all events are through",
            lambda: control(world, "GET", "status")["events"]["pending"] == 0,
        )
        counts = control(world, "GET", "status")["events"]
        assert counts["duplicated"] > 0
        assert counts["reordered"] > 0
    serial = zone.await_served()
    serials = [snapshot.serial for snapshot in zone.history()]
    assert serials == sorted(serials, reverse=True)
    time.sleep(1)  # whatever still comes must not change anything
    assert zone.await_served() == serial


def test_a_lost_event_is_found_in_the_event_history_and_counted_as_missed(
    world: World, account: Account
) -> None:
    zone = Zone.existing(world, LOST)
    # An event that is younger may still come the usual way.
    time.sleep(max(0.0, account.lost_at + GRACE + 2 - time.monotonic()))
    before = zone.snapshot()
    with unheard(world, "Listings"):  # a listing would find it as well, and might be faster
        world.sweep()
        zone.await_served()
    after = zone.snapshot()
    assert before and after
    said = said_by_functions(world, "Sweep")
    assert after.parent == before.serial
    assert after.reason.found_by == "lookup", said
    assert [change.operation for change in after.reason.changes] == ["ChangeResourceRecordSets"]
    swept = [line for line in said if line["message"] == "swept"]
    assert swept[-1]["missed"] == [zone.key]


def test_one_that_the_history_does_not_know_either_is_found_by_listing(world: World) -> None:
    zone = Zone(world, "unseen.example.")
    mark(zone, 1)
    zone.await_served()
    listings = deployed(world, "ListingsQueueUrl")
    await_true("no listing of it is still to come", lambda: waiting(world, listings) == 0)
    with faults(world, events={"loss": 1.0, "lookup_delay": 3600.0}):
        mark(zone, 2)
        world.sweep()
        zone.await_served()
    snapshot = zone.snapshot()
    assert snapshot and snapshot.reason.found_by == "listing"
    listed = [
        line
        for line in said_by_functions(world, "ListZone")
        if line["message"] == "listed" and line["zone"] == zone.key
    ]
    assert listed[-1]["missed"] is True


def test_the_schedule_itself_finds_new_vanished_and_changed_zones(world: World) -> None:
    changed, vanished = Zone(world, "changed.example."), Zone(world, "vanished.example.")
    for zone in (changed, vanished):
        mark(zone, 1)
        zone.await_served()
    with faults(world, events={"loss": 1.0}):
        mark(changed, 2)
        vanished.delete()
        new = Zone(world, "new.example.")
        mark(new, 1)
        set_schedule(world, State="ENABLED", ScheduleExpression="rate(1 minutes)")
        changed.await_served()
        new.await_served()
    set_schedule(world, State="DISABLED")
    for hub in world.hubs.values():
        assert vanished.serial(hub) is not None

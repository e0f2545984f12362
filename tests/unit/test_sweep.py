"""The nets of a sweep: missed events, differing counts, rolling listings, heads unannounced."""

from dataclasses import replace

import pytest

from tests.fakes.plane import START, Plane, rrset
from zonemesh.enrol import enrol
from zonemesh.errors import (
    MessagingFailed,
    SnapshotMissing,
    SourceRefused,
    SourceThrottled,
    StoreUnavailable,
)
from zonemesh.lookup import FARTHEST_LOOK, GRACE, LOOK_FOR, OVERLAP, WALK_MOST
from zonemesh.observe import observe, passes
from zonemesh.ports import HistoryPage
from zonemesh.sweep import Swept, sweep

EVERY = 600
WWW = "www.example.com."


class World(Plane):
    """A mesh with one zone of one integration, swept once and listed."""

    def __init__(self, *more, mesh=None) -> None:
        super().__init__(*([mesh] if mesh else []))
        self.zone = self.create("Z1", "example.com.", rrset(WWW), *more)
        self.sweep()
        self.list_ordered()
        self.later()

    def later(self) -> None:
        """Let time pass, so that what has happened is in the event history."""
        self.now += EVERY

    def sweep(self) -> Swept:
        return sweep(self.control, EVERY)

    def deliver(self, event) -> None:
        for work in passes([event]):
            observe(self.control, work)

    @property
    def memory(self):
        return self.ports.sweep_state.saved


def test_the_first_sweep_takes_in_what_is_there() -> None:
    plane = Plane()
    zone = plane.create("Z1", "example.com.")
    swept = sweep(plane.control, EVERY)
    assert swept.zones == 1
    assert (swept.oldest_verified, swept.never_verified) == (None, 1)
    assert {order.found_by for order in plane.ports.listings.sent} == {"first"}
    plane.list_ordered()
    plane.now += 60
    swept = sweep(plane.control, EVERY)
    assert (swept.zones, swept.oldest_verified, swept.problems) == (1, 60, [])
    assert swept.never_verified == 0
    assert zone in plane.ports.store.current


def test_a_zone_that_was_never_verified_hides_no_age_of_another() -> None:
    world = World()
    world.later()
    world.create("Z2", "example.net.", account="dev")
    swept = world.sweep()
    assert (swept.oldest_verified, swept.never_verified) == (2 * EVERY, 1)


def test_an_event_that_never_came_is_found_and_counted_once() -> None:
    world = World()
    world.put("Z1", rrset(WWW, "A", "192.0.2.2"))
    event = world.event("Z1", WWW)
    world.later()
    swept = world.sweep()
    assert swept.missed == [world.zone]
    snapshot = world.ports.store.snapshot(world.zone, world.serial(world.zone))
    assert snapshot.reason.found_by == "lookup"
    assert snapshot.reason.changes == (event.change,)
    assert not any(listed.missed for listed in world.list_ordered())
    for _ in range(3):
        world.now += 60
        assert world.sweep().missed == []


def test_an_event_that_was_handled_is_not_missed_and_not_looked_at_again() -> None:
    world = World()
    world.put("Z1", rrset(WWW, "A", "192.0.2.2"))
    world.deliver(world.event("Z1", WWW))
    world.later()
    calls = world.ports.sources["Z1"].calls
    assert world.sweep().missed == []
    assert world.ports.sources["Z1"].calls == calls


def test_an_event_that_changed_nothing_is_not_missed() -> None:
    world = World()
    world.deliver(world.event("Z1", WWW))
    world.later()
    assert world.sweep().missed == []


def test_a_change_that_a_listing_found_first_is_not_read_again() -> None:
    world = World()
    world.put("Z1", rrset(WWW, "A", "192.0.2.2"))
    world.event("Z1", WWW)
    world.now += 10
    world.ports.listings.sent.clear()
    world.control.order_listing(world.member(world.zone), "listing")
    (listed,) = world.list_ordered()
    assert listed.missed
    world.later()
    calls = world.ports.sources["Z1"].calls
    assert world.sweep().missed == []
    assert world.ports.sources["Z1"].calls == calls


def test_a_missed_event_of_the_whole_zone_is_counted_by_its_listing() -> None:
    world = World()
    world.put("Z1", rrset(WWW, "A", "192.0.2.2"))
    world.event("Z1", operation="UpdateHostedZoneComment")
    world.later()
    swept = world.sweep()
    assert swept.missed == []
    assert world.zone in swept.ordered
    assert sum(listed.missed for listed in world.list_ordered()) == 1


def test_an_event_that_names_no_zone_orders_each_zone_not_verified_since() -> None:
    world = World()
    world.event(None, WWW)
    world.now += 10
    world.control.order_listing(world.member(world.zone), "event")
    world.list_ordered()
    other = world.create("Z2", "example.net.", account="dev")
    world.later()
    world.sweep()
    lookups = [order.zone for order in world.orders() if order.found_by == "lookup"]
    assert lookups == [other]


def test_events_of_zones_outside_the_mesh_are_not_looked_at() -> None:
    world = World()
    world.event("Z404", "www.example.org.")
    world.later()
    swept = world.sweep()
    assert (swept.missed, swept.problems) == ([], [])


def test_an_event_is_left_to_eventbridge_for_a_while() -> None:
    world = World()
    world.put("Z1", rrset(WWW, "A", "192.0.2.2"))
    world.event("Z1", WWW)
    world.now += GRACE - 1
    assert world.sweep().missed == []
    world.orders()
    world.now += 2
    assert world.sweep().missed == [world.zone]


def test_looks_overlap_as_events_come_late_into_the_history() -> None:
    world = World()
    world.put("Z1", rrset(WWW, "A", "192.0.2.2"))
    detail = world.detail("Z1", WWW)
    world.history().details.clear()
    world.later()
    world.sweep()
    world.orders()
    world.history().details.append(detail)
    world.later()
    assert world.sweep().missed == [world.zone]
    before, after = world.history().asked[-2:]
    assert after[0] == before[1] - OVERLAP


def test_a_history_that_cannot_be_read_is_read_from_there_next_time() -> None:
    world = World()
    world.put("Z1", rrset(WWW, "A", "192.0.2.2"))
    world.event("Z1", WWW)
    world.later()
    read_to = world.memory.looked_until
    world.history("main").problem = SourceThrottled("Rate exceeded")
    for _ in range(3):
        swept = world.sweep()
        assert any("Rate exceeded" in problem for problem in swept.problems)
        assert world.memory.behind == {"main": read_to}
        world.later()
    world.orders()
    world.history("main").problem = None
    assert world.sweep().missed == [world.zone]
    assert world.history("main").asked[-1][0] == read_to - OVERLAP
    assert world.memory.behind == {}


def test_one_account_s_history_does_not_hold_back_another_s() -> None:
    world = World()
    world.history("dev").problem = SourceRefused("not allowed")
    world.later()
    world.sweep()
    world.later()
    world.sweep()
    assert world.history("main").asked[-1][0] == world.now - EVERY - GRACE - OVERLAP
    assert world.history("dev").asked[-1][0] < world.history("main").asked[-1][0]


def test_after_a_long_failure_the_look_back_has_an_end() -> None:
    world = World()
    world.history("main").problem = SourceRefused("not allowed")
    world.sweep()
    world.now += 30 * 86_400
    world.sweep()
    assert world.history("main").asked[-1][0] == world.now - FARTHEST_LOOK


def test_a_history_too_long_to_read_is_left_and_the_rest_goes_on() -> None:
    world = World()
    world.put("Z1", rrset(WWW, "A", "192.0.2.2"))
    for _ in range(LOOK_FOR):
        world.event("Z1", WWW)
    world.later()

    def slow():
        world.now += 10

    world.history().on_event = slow
    swept = world.sweep()
    assert any("too long" in problem for problem in swept.problems)
    assert "main" in world.memory.behind
    assert world.zone in swept.ordered  # there was no time to read its names
    assert sum(listed.missed for listed in world.list_ordered()) == 1


def test_a_history_longer_than_a_look_is_read_on_from_where_the_last_look_stopped() -> None:
    world = World()
    world.sweep()
    world.history("main").problem = SourceRefused("not allowed")
    for octet in range(2, 40):  # three hours of changes, of which no event came
        world.put("Z1", rrset(WWW, "A", f"192.0.2.{octet}"))
        world.event("Z1", WWW)
        world.now += 300
    world.history("main").problem = None

    def slow():
        world.now += 20

    world.history().on_event = slow  # a look has time for seven pages, the overlap is three
    looks = 0
    while not looks or world.memory.behind:
        world.sweep()
        looks += 1
        assert looks < 20
    assert looks > 2
    starts = [since for since, _ in world.history().asked[-looks:]]
    assert starts == sorted(starts)
    assert {detail["eventID"] for detail in world.history().details} <= set(world.memory.seen)


def test_pages_without_a_change_take_time_too() -> None:
    world = World()
    read: list[int] = []

    class Reads:
        def lookup_events(self, since, until):
            for second in range(since, until):
                read.append(second)
                world.now += 1
                yield HistoryPage((), second)

    world.ports.histories["main"] = Reads()
    swept = world.sweep()
    assert len(read) == LOOK_FOR + 1
    assert any("too long" in problem for problem in swept.problems)
    assert world.zone in swept.ordered  # ordered before the history was looked at
    world.sweep()
    assert read[LOOK_FOR + 1] == read[LOOK_FOR]


def test_a_queue_that_takes_no_order_does_not_stop_the_other_nets() -> None:
    world = World()
    world.put("Z1", rrset(WWW, "A", "192.0.2.2"))
    world.event("Z1", WWW)
    world.later()

    class Down:
        def send(self, order):
            raise MessagingFailed("no queue")

    world.ports.listings = Down()
    swept = world.sweep()
    assert swept.missed == [world.zone]
    assert swept.problems == ["example.com.: no queue"]


def test_names_that_cannot_be_read_are_listed_later_and_hold_nothing_back() -> None:
    world = World()
    world.put("Z1", rrset(WWW, "A", "192.0.2.2"))
    world.event("Z1", WWW)
    world.later()
    world.ports.sources["Z1"].problems.append(SourceThrottled("Rate exceeded"))
    swept = world.sweep()
    assert any("Rate exceeded" in problem for problem in swept.problems)
    assert "lookup" in {order.found_by for order in world.ports.listings.sent}
    assert world.memory.behind == {}
    assert sum(listed.missed for listed in world.list_ordered()) == 1
    assert world.served(world.zone) == [f"{WWW} 300 IN A 192.0.2.2"]


def test_what_could_neither_be_read_nor_ordered_is_met_again() -> None:
    world = World()
    world.put("Z1", rrset(WWW, "A", "192.0.2.2"))
    world.event("Z1", WWW)
    world.later()
    world.ports.sources["Z1"].problems.append(SourceThrottled("Rate exceeded"))
    send = world.ports.listings.send

    def refuse_lookups(order):
        if order.found_by == "lookup":
            raise MessagingFailed("no queue")
        send(order)

    world.ports.listings.send = refuse_lookups
    world.sweep()
    assert world.memory.behind.keys() == {"main"}
    world.orders()
    world.ports.listings.send = send
    world.now += EVERY
    assert world.sweep().missed == [world.zone]


def test_a_record_that_cannot_be_read_is_a_problem_and_the_others_count() -> None:
    world = World()
    world.put("Z1", rrset(WWW, "A", "192.0.2.2"))
    world.detail("Z1", WWW)
    broken = world.detail("Z1", WWW)
    broken["eventSource"] = "s3.amazonaws.com"
    world.later()
    swept = world.sweep()
    assert swept.missed == [world.zone]
    assert any("s3.amazonaws.com" in problem for problem in swept.problems)


def test_history_thrown_away_does_not_stop_the_sweep() -> None:
    world = World()
    for octet in (2, 3):
        world.put("Z1", rrset(WWW, "A", f"192.0.2.{octet}"))
        world.deliver(world.event("Z1", WWW))
    parent = world.ports.store.snapshot(world.zone, world.serial(world.zone)).parent
    del world.ports.store.roots[world.zone, parent]
    world.later()
    with pytest.raises(SnapshotMissing):
        world.ports.store.snapshot(world.zone, parent)
    assert world.sweep().problems == []


def test_a_busy_zone_s_history_is_walked_a_bounded_way() -> None:
    world = World()
    for count in range(WALK_MOST + 30):
        world.put("Z1", rrset(WWW, "A", f"192.0.2.{count % 2 + 1}"))
        world.deliver(world.event("Z1", WWW))
    world.later()
    reads = []
    world.ports.store.on_step = lambda step: reads.append(step) if step == "snapshot" else None
    assert world.sweep().missed == []
    assert len(reads) < WALK_MOST + 10


# Listings.


def test_a_small_mesh_is_verified_whole_every_time() -> None:
    world = World()
    other = world.create("Z2", "example.net.", account="dev")
    for _ in range(3):
        assert {world.zone, other} <= set(world.sweep().ordered)
        world.list_ordered()
        world.later()
        assert world.sweep().oldest_verified == EVERY
        world.list_ordered()


def test_a_change_that_no_event_tells_is_found_by_a_listing_and_counted() -> None:
    world = World()
    world.put("Z1", rrset(WWW, "A", "192.0.2.2"))
    world.sweep()
    assert sum(listed.missed for listed in world.list_ordered()) == 1
    world.later()
    world.sweep()
    assert sum(listed.missed for listed in world.list_ordered()) == 0


def test_a_zone_whose_count_differs_comes_first() -> None:
    world = World()
    zones = [world.create(f"Z{n}", f"z{n}.net.") for n in range(2, 6)]
    world.sweep()
    world.list_ordered()
    world.later()
    world.put("Z4", rrset("new.z4.net."))
    world.ports.ledger.verifications[zones[2]] = world.now - 1
    assert world.sweep().ordered[0] == zones[2]


LARGE = """
integrations: {main: {requests_per_second: 0.03}}
zones: [{discover: "*", integration: main}]
hubs: {eu: }
"""


class Large(World):
    """A mesh whose budget is 18 calls a sweep: a zone of 18 pages, and 20 of one page.

    One call more a zone tells whether it is signed.
    """

    def __init__(self) -> None:
        super().__init__(*(rrset(f"h{n}.example.com.") for n in range(5_100)), mesh=LARGE)
        self.zones = [self.create(f"S{n}", f"s{n:02}.net.") for n in range(20)]
        for _ in range(4):
            self.sweep()
            self.list_ordered()
            self.later()
        self.ports.ledger.verifications = {
            zone: START + number for number, zone in enumerate([*self.zones, self.zone])
        }


def test_the_longest_unverified_are_listed_within_the_budget() -> None:
    world = Large()
    assert world.sweep().ordered == world.zones[:9]
    assert world.sweep().oldest_verified == world.now - START


def test_a_zone_larger_than_the_whole_budget_has_its_turn() -> None:
    world = Large()
    listed: list[str] = []
    for _ in range(4):
        listed += world.sweep().ordered
        world.list_ordered()
        world.later()
    assert world.zone in listed
    assert set(world.zones) <= set(listed)


def test_a_large_zone_whose_count_always_differs_does_not_starve_the_others() -> None:
    world = Large()
    account = world.ports.accounts["main"]
    account.zones = [
        replace(zone, rrset_count=zone.rrset_count + 1) if zone.id == "Z1" else zone
        for zone in account.zones
    ]
    listed: list[str] = []
    for _ in range(5):
        ordered = world.sweep().ordered
        assert ordered[0] == world.zone
        listed += ordered
        world.list_ordered()
        world.later()
    assert set(world.zones) <= set(listed)


def test_an_account_that_cannot_be_listed_leaves_members_alone_and_is_reported() -> None:
    world = World()
    world.create("Z2", "example.net.", account="dev")
    world.sweep()
    world.list_ordered()
    world.ports.accounts["main"].problems.append(SourceRefused("not allowed"))
    swept = world.sweep()
    assert swept.problems == ["main: not allowed"]
    assert world.member(world.zone).state == "active"
    assert swept.ordered == ["route53:dev:example.net."]  # the other's listings would fail, too


def test_missed_events_of_an_account_whose_zones_cannot_be_listed_are_handled() -> None:
    world = World()
    world.put("Z1", rrset(WWW, "A", "192.0.2.2"))
    world.event("Z1", WWW)
    world.later()
    world.ports.accounts["main"].problems.append(SourceThrottled("Rate exceeded"))
    assert world.sweep().missed == [world.zone]


def test_a_vanished_zone_is_not_listed_and_a_new_one_is() -> None:
    world = World()
    world.delete("Z1")
    other = world.create("Z2", "example.net.")
    swept = world.sweep()
    assert world.member(world.zone).state == "gone"
    assert swept.zones == 2
    assert set(swept.ordered) == {other}


def test_a_zone_made_again_unheard_of_is_a_missed_change() -> None:
    world = World()
    world.delete("Z1")
    world.create("Z9", "example.com.", rrset("new.example.com."))
    world.sweep()
    assert sum(listed.missed for listed in world.list_ordered()) == 1
    assert world.served(world.zone) == ["new.example.com. 300 IN A 192.0.2.1"]


# The bell.


def test_heads_that_were_not_announced_are_rung_once() -> None:
    world = World()
    swept = world.sweep()
    assert swept.rung == [world.zone]
    assert [ring.serial for ring, _ in world.ports.announcer.said] == [world.serial(world.zone)]
    assert world.sweep().rung == []


def test_a_bell_that_fails_does_not_stop_the_other_nets() -> None:
    world = World()
    world.put("Z1", rrset(WWW, "A", "192.0.2.2"))
    world.event("Z1", WWW)
    world.later()

    def fail(step):
        raise MessagingFailed("no topic")

    world.ports.announcer.on_step = fail
    swept = world.sweep()
    assert swept.problems == ["announcing: no topic"]
    assert swept.missed == [world.zone]
    assert world.zone in swept.ordered
    world.ports.announcer.on_step = lambda step: None
    assert world.sweep().rung == [world.zone]


def test_a_lost_memory_of_the_history_does_not_stop_the_other_nets() -> None:
    world = World()

    def fail():
        raise StoreUnavailable("no table")

    world.ports.sweep_state.load = fail
    swept = world.sweep()
    assert swept.problems == ["event history: no table"]
    assert world.zone in swept.ordered


def test_a_zone_that_a_hub_cannot_serve_as_it_is_now_is_told_with_the_reason():
    plane = Plane()
    zone = plane.create("Z1", "example.com.")
    enrol(plane.control)
    plane.list_ordered()
    refused = {"state": "failing", "serial": 7, "error": "nsd-checkzone: line 3: unknown"}
    plane.ports.reports.zone_status("eu", zone, refused)
    plane.ports.reports.zone_status("us", zone, {"state": "served", "serial": 7, "error": None})
    assert sweep(plane.control, 600).failing == [f"{zone} on eu: nsd-checkzone: line 3: unknown"]

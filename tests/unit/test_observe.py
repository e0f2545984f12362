"""Change events of hosted zones: which names are read again, and what is listed whole instead."""

import pytest

from tests.fakes.plane import MESH, Plane, rrset
from zonemesh.enrol import enrol
from zonemesh.errors import HeadMoved, MessagingFailed, SourceRefused, SourceThrottled
from zonemesh.observe import CHANGES_MOST, Observed, observe, passes
from zonemesh.record import DERIVED_MOST
from zonemesh.route53.events import ChangeEvent, change_event

WWW = "www.example.com."


class World(Plane):
    """A mesh with one zone, listed already."""

    def __init__(self, *more, mesh=None) -> None:
        super().__init__(*([mesh] if mesh else []))
        self.zone = self.create("Z1", "example.com.", rrset(WWW), *more)
        enrol(self.control)
        self.list_ordered()
        self.now += 60

    def observe(self, *events: ChangeEvent) -> list[Observed]:
        return [outcome for work in passes(events) for outcome in observe(self.control, work)]


def test_an_edit_is_recorded_with_who_and_when() -> None:
    world = World()
    world.put("Z1", rrset(WWW, "A", "192.0.2.2"))
    event = world.event("Z1", WWW)
    (outcome,) = world.observe(event)
    assert outcome.recorded and outcome.recorded.changed
    assert outcome.recorded.snapshot.reason.found_by == "event"
    assert outcome.recorded.snapshot.reason.changes == (event.change,)
    assert world.served(world.zone) == [f"{WWW} 300 IN A 192.0.2.2"]
    assert world.orders() == []


def test_what_an_alias_points_at_is_asked_once_however_often_a_race_is_lost() -> None:
    world = World()
    alias = {"HostedZoneId": "ZELB", "DNSName": "lb.example.net.", "EvaluateTargetHealth": False}
    world.put("Z1", {"Name": "lb.example.com.", "Type": "A", "AliasTarget": alias})
    lost = iter(["commit"] * 3)

    def lose(step: str) -> None:
        if step == next(lost, ""):
            raise HeadMoved("the head is another one")

    world.ports.store.on_step = lambda step: lose(step) if step == "commit" else None
    (outcome,) = world.observe(world.event("Z1", "lb.example.com."))
    assert outcome.recorded and outcome.recorded.changed
    assert next(lost, None) is None
    resolver = world.ports.resolver("main", world.control.mesh)
    assert resolver.asked == [{("lb.example.net.", "A")}]


def test_an_event_of_an_unknown_zone_does_nothing() -> None:
    world = World()
    before = world.serial(world.zone)
    assert world.observe(world.event("Z404", "www.example.org.")) == []
    assert world.orders() == []
    assert world.serial(world.zone) == before


def test_names_outside_the_zone_are_not_read() -> None:
    world = World()
    world.observe(world.event("Z1", WWW, "www.example.org.", "badexample.com."))
    assert world.ports.sources["Z1"].asked == [frozenset({WWW})]


def test_all_events_of_a_zone_are_one_pass() -> None:
    world = World()
    world.put("Z1", rrset("a.example.com."), rrset("b.example.com."))
    events = [world.event("Z1", name) for name in ("a.example.com.", "b.example.com.", WWW)]
    (outcome,) = world.observe(*events, events[0])
    assert outcome.recorded
    assert len(outcome.recorded.snapshot.reason.changes) == 4
    assert world.ports.sources["Z1"].asked == [frozenset({"a.example.com.", "b.example.com.", WWW})]


def test_of_a_flood_of_events_some_are_kept() -> None:
    world = World()
    world.put("Z1", rrset(WWW, "A", "192.0.2.2"))
    (outcome,) = world.observe(*(world.event("Z1", WWW) for _ in range(30)))
    assert outcome.recorded
    assert len(outcome.recorded.snapshot.reason.changes) == CHANGES_MOST


def test_an_event_of_the_whole_zone_orders_a_listing() -> None:
    world = World()
    event = world.event("Z1")
    assert world.observe(world.event("Z1", WWW), event) == [Observed(world.zone, ordered=True)]
    (order,) = world.orders()
    assert (order.zone, order.integration, order.found_by) == (world.zone, "main", "event")
    assert event.change in order.changes
    assert order.asked_at == world.now


def test_many_names_of_a_large_zone_order_a_listing() -> None:
    names = [f"h{n}.example.com." for n in range(15_100)]
    world = World(*map(rrset, names))
    (outcome,) = world.observe(world.event("Z1", *names[:51]))
    assert outcome.ordered
    assert world.ports.sources["Z1"].asked == []
    (outcome,) = world.observe(world.event("Z1", *names[:50]))
    assert outcome.recorded


def test_many_names_of_a_small_zone_are_read_at_once_not_behind_other_listings() -> None:
    names = [f"h{n}.example.com." for n in range(200)]
    world = World(*map(rrset, names))
    (outcome,) = world.observe(world.event("Z1", *names))
    assert outcome.recorded
    assert world.orders() == []


@pytest.mark.parametrize(("more", "ordered"), [(0, False), (1, True)])
def test_an_edit_after_a_new_policy_leaves_a_large_zone_to_a_listing(
    more: int, ordered: bool
) -> None:
    count = DERIVED_MOST - 3 + more  # with its SOA, NS and www
    world = World(*(rrset(f"h{n}.example.com.") for n in range(count)))
    listed_zone = 'zones: [{discover: "*", integration: main, policy: {soa: {refresh: 60}}}, '
    world.ports.mesh_store.apply(
        MESH.replace('zones: [{discover: "*", integration: main}, ', listed_zone)
    )
    world.put("Z1", rrset(WWW, "A", "192.0.2.2"))
    (outcome,) = world.observe(world.event("Z1", WWW))
    assert outcome.ordered is ordered
    assert [order.found_by for order in world.ports.listings.sent] == ["event"] * ordered
    world.list_ordered()
    assert f"{WWW} 300 IN A 192.0.2.2" in world.served(world.zone)
    snapshot = world.ports.store.snapshot(world.zone, world.serial(world.zone))
    assert " 60 300 2419200 86400" in snapshot.soa
    world.put("Z1", rrset(WWW, "A", "192.0.2.3"))
    (outcome,) = world.observe(world.event("Z1", WWW))
    assert outcome.recorded and outcome.recorded.changed


def test_many_escaped_names_cost_a_call_each() -> None:
    names = [rf"h{n}\100.example.com." for n in range(51)]
    world = World(*map(rrset, names))
    assert world.observe(world.event("Z1", *names)) == [Observed(world.zone, ordered=True)]


def test_many_names_of_a_zone_without_a_snapshot_order_its_first_listing() -> None:
    world = World()
    world.create("Z2", "example.net.")
    enrol(world.control)
    world.orders()
    (outcome,) = world.observe(world.event("Z2", *(f"h{n}.example.net." for n in range(99))))
    assert outcome.ordered


def test_the_first_snapshot_is_a_listing() -> None:
    world = World()
    zone = world.create("Z2", "example.net.")
    enrol(world.control)
    world.orders()  # lost
    world.put("Z2", rrset("www.example.net."))
    assert world.observe(world.event("Z2", "www.example.net.")) == [Observed(zone, ordered=True)]
    (order,) = world.ports.listings.sent
    assert order.found_by == "first"
    world.list_ordered()
    assert world.served(zone) == ["www.example.net. 300 IN A 192.0.2.1"]


def test_an_event_without_its_zone_orders_every_zone() -> None:
    world = World()
    other = world.create("Z2", "example.net.", account="dev")
    enrol(world.control)
    world.list_ordered()
    outcomes = world.observe(world.event(None, WWW))
    assert {outcome.zone for outcome in outcomes} == {world.zone, other}
    assert {order.integration for order in world.orders()} == {"main", "dev"}


def test_a_zone_that_is_made_is_taken_in_and_listed() -> None:
    world = World()
    zone = world.create("Z2", "example.net.", rrset("www.example.net."))
    event = world.event("Z2", operation="CreateHostedZone")
    assert world.observe(event) == []
    (order,) = world.ports.listings.sent
    assert (order.zone, order.found_by, order.changes) == (zone, "first", (event.change,))
    world.list_ordered()
    assert world.served(zone) == ["www.example.net. 300 IN A 192.0.2.1"]


def test_zones_are_enrolled_before_the_edits_of_the_same_batch_and_once() -> None:
    world = World()
    account = world.ports.accounts["main"]
    zone = world.create("Z2", "example.net.")
    world.create("Z3", "example.org.")
    world.put("Z2", rrset("www.example.net."))
    events = [
        world.event("Z2", "www.example.net."),
        world.event("Z2", operation="CreateHostedZone"),
        world.event("Z3", operation="CreateHostedZone"),
    ]
    calls = account.calls
    assert world.observe(*events) == [Observed(zone, ordered=True)]
    assert account.calls == calls + 1
    world.list_ordered()
    assert world.served(zone) == ["www.example.net. 300 IN A 192.0.2.1"]


def test_a_zone_that_vanishes_between_event_and_reading_is_gone_and_its_head_stays() -> None:
    world = World()
    before = world.serial(world.zone)
    world.delete("Z1")
    assert world.observe(world.event("Z1", WWW)) == []
    assert world.member(world.zone).state == "gone"
    assert world.serial(world.zone) == before
    assert world.served(world.zone) == [f"{WWW} 300 IN A 192.0.2.1"]
    assert world.orders() == []


def test_a_deleted_zone_is_gone_and_stays_so_when_told_again() -> None:
    world = World()
    world.delete("Z1")
    event = world.event("Z1", operation="DeleteHostedZone")
    for _ in range(2):
        assert world.observe(event) == []
        assert world.member(world.zone).state == "gone"
    assert world.observe(world.event("Z1", WWW)) == []
    assert world.served(world.zone) == [f"{WWW} 300 IN A 192.0.2.1"]


@pytest.mark.parametrize("told", [["delete", "create"], ["create", "delete"], ["create"]])
def test_a_zone_made_again_goes_on_with_its_lineage(told: list[str]) -> None:
    world = World()
    before = world.serial(world.zone)
    world.delete("Z1")
    world.create("Z9", "example.com.", rrset("new.example.com."))
    events = {
        "delete": world.event("Z1", operation="DeleteHostedZone"),
        "create": world.event("Z9", operation="CreateHostedZone"),
    }
    world.observe(*(events[each] for each in told))
    assert world.member(world.zone).hosted_zone_id == "Z9"
    world.list_ordered()
    assert world.serial(world.zone) > before
    assert world.served(world.zone) == ["new.example.com. 300 IN A 192.0.2.1"]
    world.put("Z9", rrset("new.example.com.", "A", "192.0.2.9"))
    world.observe(world.event("Z9", "new.example.com."))
    assert world.served(world.zone) == ["new.example.com. 300 IN A 192.0.2.9"]


def test_every_member_of_a_hosted_zone_hears_of_it() -> None:
    mesh = """
integrations: {dev: , main: }
hubs: {eu: , us: }
zones:
  - {discover: "*", integration: dev, hubs: [eu]}
  - {discover: "*", integration: main, hubs: [us]}
"""
    world = World(mesh=mesh)
    both = world.ports.accounts  # two integrations with the same account
    both["dev"] = both["main"]
    enrol(world.control)
    world.list_ordered()
    world.put("Z1", rrset(WWW, "A", "192.0.2.2"))
    world.observe(world.event("Z1", WWW))
    assert world.served("route53:dev:example.com.") == [f"{WWW} 300 IN A 192.0.2.2"]
    assert world.served("route53:main:example.com.") == [f"{WWW} 300 IN A 192.0.2.2"]


def test_a_member_in_conflict_does_not_hide_the_one_that_is_served() -> None:
    world = World()
    world.ports.accounts["dev"] = world.ports.accounts["main"]
    enrol(world.control)
    states = {member.zone: member.state for member in world.ports.register.members()}
    assert states == {"route53:dev:example.com.": "conflict", world.zone: "active"}
    entered = world.ports.register.entered
    world.ports.register.entered = dict(sorted(entered.items()))  # the conflict comes first
    world.put("Z1", rrset(WWW, "A", "192.0.2.2"))
    world.observe(world.event("Z1", WWW))
    assert world.served(world.zone) == [f"{WWW} 300 IN A 192.0.2.2"]


def test_a_late_and_a_doubled_event_bring_nothing_old_back() -> None:
    world = World()
    first = world.event("Z1", WWW)
    world.put("Z1", rrset(WWW, "A", "192.0.2.2"))
    second = world.event("Z1", WWW)
    for event in (second, first, second, first):
        world.observe(event)
    assert world.served(world.zone) == [f"{WWW} 300 IN A 192.0.2.2"]
    assert world.ports.store.roots.keys() == {
        (world.zone, world.serial(world.zone)),
        (world.zone, world.now - 60),
    }


def test_throttling_is_raised_and_the_same_again_records() -> None:
    world = World()
    world.put("Z1", rrset(WWW, "A", "192.0.2.2"))
    event = world.event("Z1", WWW)
    world.ports.sources["Z1"].problems.append(SourceThrottled("Rate exceeded"))
    with pytest.raises(SourceThrottled):
        world.observe(event)
    world.observe(event)
    assert world.served(world.zone) == [f"{WWW} 300 IN A 192.0.2.2"]


def test_a_new_zone_whose_account_is_throttled_is_taken_in_when_told_again() -> None:
    world = World()
    zone = world.create("Z2", "example.net.")
    other = world.create("Z3", "example.org.", account="dev")
    event = world.event("Z2", operation="CreateHostedZone")
    world.ports.accounts["main"].problems.append(SourceThrottled("Rate exceeded"))
    with pytest.raises(SourceThrottled):
        world.observe(event)
    assert [order.zone for order in world.orders()] == [other]  # the rest was done
    world.observe(event)
    assert [order.zone for order in world.orders()] == [zone]


def test_an_account_that_refuses_does_not_hold_the_events_of_another() -> None:
    world = World()
    zone = world.create("Z2", "example.net.")
    world.ports.hosted_zones("dev", world.control.mesh).problems.append(SourceRefused("not now"))
    assert world.observe(world.event("Z2", operation="CreateHostedZone")) == []
    assert [order.zone for order in world.orders()] == [zone]


def test_a_vanished_zone_whose_account_is_throttled_is_told_again() -> None:
    world = World()
    world.delete("Z1")
    event = world.event("Z1", WWW)
    world.ports.accounts["main"].problems.append(SourceThrottled("Rate exceeded"))
    with pytest.raises(SourceThrottled):
        world.observe(event)
    assert world.observe(event) == []
    assert world.member(world.zone).state == "gone"


def test_an_order_that_could_not_be_sent_is_raised() -> None:
    world = World()
    event = world.event("Z1")

    class Down:
        def send(self, order):
            raise MessagingFailed("no queue")

    queue, world.ports.listings = world.ports.listings, Down()
    with pytest.raises(MessagingFailed):
        world.observe(event)
    world.ports.listings = queue
    assert world.observe(event) == [Observed(world.zone, ordered=True)]


def test_tags_of_something_else_concern_no_zone() -> None:
    world = World()
    detail = world.detail("Z1", operation="ChangeTagsForResource")
    detail["requestParameters"] = {"resourceType": "healthcheck", "resourceId": "h"}
    event = change_event(detail)
    assert event is not None
    assert passes([event]) == []

"""Orders to list a zone: when they are skipped, what they find, and how a long one goes on."""

from dataclasses import replace

import pytest

from tests.fakes.plane import MESH, UNGUARDED, Plane, rrset
from zonemesh.control import CLOCKS_APART
from zonemesh.enrol import enrol
from zonemesh.errors import MessagingFailed, SourceThrottled
from zonemesh.list_whole import Listed, list_whole
from zonemesh.observe import observe, passes
from zonemesh.ports import ListingOrder
from zonemesh.record import SLICE

WWW = "www.example.com."


class World(Plane):
    """A mesh with one zone, listed already, some time ago; it may change as a whole."""

    def __init__(self, *more) -> None:
        super().__init__(UNGUARDED)
        self.zone = self.create("Z1", "example.com.", rrset(WWW), *more)
        enrol(self.control)
        self.list_ordered()
        self.now += 600
        self.source = self.ports.sources["Z1"]

    def order(self, found_by="listing", asked_at=None) -> ListingOrder:
        return ListingOrder(self.zone, "main", asked_at or self.now, found_by)

    def list(self, order=None, **more) -> Listed:
        return list_whole(self.control, order or self.order(), **more)


def test_the_first_snapshot_starts_above_what_servers_hold() -> None:
    plane = Plane()
    zone = plane.create("Z1", "example.com.")
    enrol(plane.control)
    (order,) = plane.orders()
    listed = list_whole(plane.control, order, lambda member: [2026112203])
    assert plane.serial(zone) == 2026112204
    assert not listed.missed


def test_a_later_snapshot_asks_no_server() -> None:
    world = World()
    world.put("Z1", rrset(WWW, "A", "192.0.2.2"))

    def never(member):
        raise AssertionError("asked")

    assert world.list(floor=never).recorded


def test_a_listing_marks_when_it_began() -> None:
    world = World()

    def later(step):
        world.now += 50

    world.source.on_step = later
    began = world.now
    world.list()
    assert world.ports.ledger.verifications[world.zone] == began


@pytest.mark.parametrize(
    ("seconds", "skipped"),
    [(CLOCKS_APART + 1, True), (CLOCKS_APART, False), (0, False), (-1, False)],
)
def test_an_order_is_skipped_only_when_a_listing_began_surely_later(
    seconds: int, skipped: bool
) -> None:
    world = World()
    asked_at = world.now
    world.now += seconds
    world.list()
    world.put("Z1", rrset(WWW, "A", "192.0.2.2"))
    calls = world.source.calls
    listed = world.list(world.order(asked_at=asked_at))
    assert (listed.recorded is None) is skipped
    assert (world.source.calls == calls) is skipped


def test_an_edit_just_after_a_listing_is_not_lost_with_its_order() -> None:
    world = World()
    world.list()
    world.put("Z1", rrset(WWW, "A", "192.0.2.2"))  # in the same second
    world.list(world.order("event"))
    assert world.served(world.zone) == [f"{WWW} 300 IN A 192.0.2.2"]


def test_a_hosted_zone_that_took_the_place_of_another_is_listed_although_the_other_just_was() -> (
    None
):
    world = World()
    register = world.ports.register
    members = register.members

    def replaced_meanwhile():
        """The listing has read the member when another hosted zone takes its place."""
        found = members()
        register.members = members
        world.now += 10
        world.delete("Z1")
        world.ports.sources["Z1"].gone = False  # it answers a little longer
        world.create("Z9", "example.com.", rrset("new.example.com."))
        enrol(world.control)
        world.now += 10
        return found

    register.members = replaced_meanwhile
    world.list()
    world.list_ordered()
    assert world.served(world.zone) == ["new.example.com. 300 IN A 192.0.2.1"]


@pytest.mark.parametrize(
    ("found_by", "missed"),
    [("listing", True), ("lookup", True), ("event", False), ("first", False)],
)
def test_what_a_net_finds_was_missed(found_by: str, missed: bool) -> None:
    world = World()
    world.put("Z1", rrset(WWW, "A", "192.0.2.2"))
    listed = world.list(world.order(found_by))
    assert listed.recorded and listed.recorded.changed
    assert listed.missed is missed
    world.now += 600
    assert not world.list(world.order(found_by)).missed


def test_a_new_policy_is_no_missed_change() -> None:
    world = World()
    listed_zone = 'zones: [{discover: "*", integration: main, policy: {soa: {refresh: 60}}}, '
    world.ports.mesh_store.apply(
        MESH.replace('zones: [{discover: "*", integration: main}, ', listed_zone)
    )
    listed = world.list()
    assert listed.recorded and listed.recorded.changed
    assert not listed.missed


def test_a_zone_that_is_no_member_or_gone_is_not_listed() -> None:
    world = World()
    assert world.list(replace(world.order(), zone="route53:main:example.net.")) == Listed(None)
    world.delete("Z1")
    enrol(world.control)
    calls = world.source.calls
    assert world.list() == Listed(None)
    assert world.source.calls == calls


def test_a_hosted_zone_that_vanishes_before_its_listing_is_gone_and_its_head_stays() -> None:
    world = World()
    before = world.serial(world.zone)
    world.delete("Z1")
    assert world.list() == Listed(None)
    assert world.member(world.zone).state == "gone"
    assert world.serial(world.zone) == before
    assert world.orders() == []


def test_throttling_on_the_first_page_is_raised_and_nothing_is_parked() -> None:
    world = World()
    world.source.problems.append(SourceThrottled("Rate exceeded"))
    with pytest.raises(SourceThrottled):
        world.list()
    assert world.ports.parked.waiting == {}
    assert world.zone in world.ports.ledger.verifications


# Listings that take longer than a function may run.


class LongZone(World):
    """A zone of eleven pages, and a function that has time for three of them."""

    def __init__(self) -> None:
        super().__init__(*(rrset(f"h{n:02}.example.com.") for n in range(30)))
        self.source.page_size = 3
        self.pages = 0

    def run(self, order: ListingOrder) -> Listed:
        """Run the function once; a page takes a minute."""
        begun = self.source.calls

        def minute(step):
            self.now += 60

        self.source.on_step = minute
        listed = self.list(order, in_time=lambda: self.source.calls - begun < 3)
        assert self.source.calls - begun <= 4  # the names that differ are read in one call
        return listed

    def finish(self) -> list[Listed]:
        """Run the function for each order that waits."""
        done = []
        for _ in range(30):
            if not self.ports.listings.sent:
                return done
            done.append(self.run(self.ports.listings.sent.pop(0)))
        raise AssertionError("the listing never ends")


def test_a_long_listing_goes_on_from_its_last_page() -> None:
    world = LongZone()
    world.put("Z1", rrset("h02.example.com.", "A", "192.0.2.2"))
    world.drop("Z1", "h29.example.com.")
    began = world.now
    world.ports.listings.send(world.order())
    runs = world.finish()
    assert [run.ordered for run in runs] == [True, True, True, False]
    assert runs[-1].missed
    lines = world.served(world.zone)
    assert "h02.example.com. 300 IN A 192.0.2.2" in lines
    assert not any(line.startswith("h29") for line in lines)
    assert len(lines) == 30
    assert world.ports.ledger.verifications[world.zone] == began
    assert world.ports.parked.waiting == {}


def test_a_first_snapshot_is_never_a_part_of_the_zone() -> None:
    plane = LongZone()
    zone = plane.create("Z2", "example.net.", *(rrset(f"h{n}.example.net.") for n in range(10)))
    enrol(plane.control)
    plane.zone, plane.source = zone, plane.ports.sources["Z2"]
    plane.source.page_size = 3
    (order,) = plane.ports.listings.sent
    while order := plane.ports.listings.sent and plane.ports.listings.sent.pop(0):
        listed = plane.run(order)
        assert (zone in plane.ports.store.current) is not listed.ordered
    assert len(plane.served(zone)) == 10


def test_edits_of_names_already_listed_are_recorded_as_they_are_now() -> None:
    world = LongZone()
    world.ports.listings.send(world.order())
    world.run(world.ports.listings.sent.pop(0))
    world.put("Z1", rrset("h00.example.com.", "A", "192.0.2.2"))  # has been listed
    world.put("Z1", rrset("h29.example.com.", "A", "192.0.2.2"))  # will be
    world.finish()
    assert "h29.example.com. 300 IN A 192.0.2.2" in world.served(world.zone)
    world.now += 600
    world.ports.listings.send(world.order())
    world.finish()
    assert "h00.example.com. 300 IN A 192.0.2.2" in world.served(world.zone)


def test_names_that_differ_are_read_in_slices_and_what_was_recorded_stays() -> None:
    names = [f"h{n:03}.example.com." for n in range(100)]
    world = World(*map(rrset, names))
    for name in names:
        world.put("Z1", rrset(name, "A", "192.0.2.3"))
    world.source.page_size = 2
    listed = world.list(in_time=lambda: not world.source.asked)
    assert listed.ordered and not listed.recorded
    assert world.ports.parked.waiting == {}
    now = [line for line in world.served(world.zone) if line.endswith(".3")]
    assert len(now) == 2 * SLICE
    world.list_ordered()
    assert len([line for line in world.served(world.zone) if line.endswith(".3")]) == 100
    assert len(world.source.asked) == 3  # none was read twice


def test_a_zone_edited_all_the_time_is_listed_in_smaller_slices() -> None:
    names = [f"h{n:03}.example.com." for n in range(50)]
    world = World(*map(rrset, names))
    for name in names:
        world.put("Z1", rrset(name, "A", "192.0.2.2"))
    world.source.page_size = 2
    edits = []

    def busy(step):
        """Another recorder wins whenever more than four names are read at once."""
        if step != "commit" or not world.source.asked or len(world.source.asked[-1]) <= 4:
            return
        world.ports.store.on_step = lambda step: None
        world.put("Z1", rrset(WWW, "A", f"192.0.2.{len(edits) + 10}"))
        edits.append(observe(world.control, *passes([world.event("Z1", WWW)])))
        world.ports.store.on_step = busy

    world.ports.store.on_step = busy
    listed = world.list()
    world.ports.store.on_step = lambda step: None
    assert listed.recorded and listed.missed
    assert len(edits) == 3
    lines = world.served(world.zone)
    assert len([line for line in lines if line.endswith("192.0.2.2")]) == len(names)


def test_an_order_for_something_newer_than_what_is_parked_lists_once_more() -> None:
    world = LongZone()
    world.ports.listings.send(world.order())
    world.run(world.ports.listings.sent.pop(0))
    world.put("Z1", rrset("h00.example.com.", "A", "192.0.2.2"))
    (rest,) = world.orders()
    world.ports.listings.send(world.order("event"))  # comes before the rest of the first
    world.ports.listings.send(rest)
    world.finish()
    assert "h00.example.com. 300 IN A 192.0.2.2" in world.served(world.zone)
    assert world.ports.parked.waiting == {}


def test_the_rest_of_a_listing_that_another_order_finished_is_not_listed_again() -> None:
    world = LongZone()
    first = world.order()
    world.ports.listings.send(first)
    world.run(world.ports.listings.sent.pop(0))
    (rest,) = world.orders()
    world.run(first)  # delivered twice
    while again := world.orders():
        for order in again:
            world.run(order)
    calls = world.source.calls
    assert world.run(rest) == Listed(None)
    assert world.source.calls == calls


def test_what_is_parked_of_another_hosted_zone_is_no_part_of_a_first_snapshot() -> None:
    world = LongZone()
    old = (rrset(f"old{n}.example.net.") for n in range(10))
    zone = world.create("Z2", "example.net.", *old)
    enrol(world.control)
    world.source = world.ports.sources["Z2"]
    world.source.page_size = 3
    world.run(world.ports.listings.sent.pop(0))
    assert zone in world.ports.parked.waiting
    world.delete("Z2")
    world.create("Z9", "example.net.", rrset("new.example.net."))
    enrol(world.control)
    world.source = world.ports.sources["Z9"]
    world.finish()
    assert world.served(zone) == ["new.example.net. 300 IN A 192.0.2.1"]
    assert [key for key, _ in world.ports.store.roots].count(zone) == 1


def test_a_throttle_in_the_middle_keeps_the_pages_before_it() -> None:
    world = LongZone()
    world.source.problems.extend([None, None, SourceThrottled("Rate exceeded")])
    listed = world.list()
    assert listed.ordered
    calls = world.source.calls
    world.list_ordered()
    assert world.source.calls - calls == 9


def test_a_page_is_listed_even_without_time() -> None:
    world = LongZone()
    world.ports.listings.send(world.order())
    for _ in range(40):
        if not world.ports.listings.sent:
            break
        world.list(world.ports.listings.sent.pop(0), in_time=lambda: False)
    assert world.ports.listings.sent == []
    assert world.ports.ledger.verifications[world.zone] == world.now


def test_a_rest_that_could_not_be_ordered_is_raised_and_goes_on_when_tried_again() -> None:
    world = LongZone()
    order = world.order()
    world.now += 10

    class Down:
        def send(self, order):
            raise MessagingFailed("no queue")

    queue, world.ports.listings = world.ports.listings, Down()
    with pytest.raises(MessagingFailed):
        world.run(order)
    world.ports.listings = queue
    calls = world.source.calls
    world.run(order)
    world.finish()
    assert world.source.calls - calls == 8

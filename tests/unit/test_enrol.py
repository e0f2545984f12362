"""Hosted zones come and go; members follow, and each is listed when it begins to be read."""

from collections.abc import Callable

import pytest

from tests.fakes.plane import MESH, Plane, rrset
from zonemesh.enrol import READ_FOR, enrol
from zonemesh.errors import MessagingFailed, SourceRefused, SourceThrottled
from zonemesh.mesh.definition import parse_mesh


def test_new_zones_are_members_and_their_first_listings_are_ordered_once() -> None:
    plane = Plane()
    zones = {plane.create("Z1", "example.com."), plane.create("Z2", "example.net.", account="dev")}
    enrolled = enrol(plane.control)
    assert {member.zone for member in enrolled.members} == zones
    assert enrolled.hosted_zones.keys() == {"Z1", "Z2"}
    assert [order.found_by for order in plane.ports.listings.sent] == ["first", "first"]
    plane.orders()
    assert enrol(plane.control).changed == ()
    assert plane.orders() == []


def test_a_mesh_that_was_never_applied_has_no_members() -> None:
    plane = Plane()
    plane.create("Z1", "example.com.")
    plane.ports.mesh_store.kept.clear()
    assert enrol(plane.control).members == ()


def test_an_integration_that_cannot_be_listed_leaves_its_members_alone_and_is_reported() -> None:
    plane = Plane()
    zone = plane.create("Z1", "example.com.")
    enrol(plane.control)
    other = plane.create("Z2", "example.net.", account="dev")
    plane.ports.accounts["main"].problems.append(SourceRefused("not allowed"))
    enrolled = enrol(plane.control)
    assert {name: str(why) for name, why in enrolled.unread.items()} == {"main": "not allowed"}
    assert {member.zone: member.state for member in enrolled.members} == {
        zone: "active",
        other: "active",
    }
    assert "Z1" not in enrolled.hosted_zones


def test_a_vanished_zone_is_gone_and_is_listed_when_it_is_back() -> None:
    plane = Plane()
    zone = plane.create("Z1", "example.com.")
    enrol(plane.control)
    plane.list_ordered()
    zones = plane.ports.accounts["main"].zones
    plane.ports.accounts["main"].zones = []
    (gone,) = enrol(plane.control).changed
    assert (gone.zone, gone.state) == (zone, "gone")
    assert plane.orders() == []
    plane.ports.accounts["main"].zones = zones
    plane.put("Z1", rrset("www.example.com."))  # its event found a zone that was gone
    enrol(plane.control)
    plane.list_ordered()
    assert plane.served(zone) == ["www.example.com. 300 IN A 192.0.2.1"]


def test_an_order_that_fails_leaves_the_member_as_it_was_so_that_the_next_try_orders() -> None:
    plane = Plane()
    zone = plane.create("Z1", "example.com.")
    enrol(plane.control)
    plane.list_ordered()
    before = plane.member(zone)
    plane.delete("Z1")
    plane.create("Z9", "example.com.")
    plane.create("Z2", "example.net.")

    class Down:
        def send(self, order):
            raise MessagingFailed("no queue")

    queue, plane.ports.listings = plane.ports.listings, Down()
    for _ in range(2):
        with pytest.raises(MessagingFailed):
            enrol(plane.control)
        assert plane.ports.register.entered == {zone: before}
    plane.ports.listings = queue
    enrol(plane.control)
    assert {order.zone for order in plane.orders()} == {zone, "route53:main:example.net."}


def test_an_enrolment_on_older_listings_does_not_undo_a_newer_one() -> None:
    plane = Plane()
    enrol(plane.control)
    account = plane.ports.accounts["main"]
    older = list(account.zones)

    class Slow:
        """Lists, and answers only after another enrolment has found a new zone."""

        def list(self):
            plane.ports.accounts["main"] = account
            plane.create("Z1", "example.com.")
            enrol(plane.control)
            return older

    plane.ports.accounts["main"] = Slow()
    enrol(plane.control)
    assert plane.member("route53:main:example.com.").state == "active"


def inside(name_servers: Callable[[Plane], None]) -> Plane:
    """A zone inside another one, whose delegation a test makes."""
    plane = Plane()
    plane.create("Z1", "example.com.")
    enrol(plane.control)
    plane.create("Z2", "dev.example.com.", account="dev")
    name_servers(plane)
    enrol(plane.control)
    return plane


def state(plane: Plane) -> str:
    return plane.member("route53:dev:dev.example.com.").state


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("ns-1.awsdns-00.org.", "active"),
        ("NS-1.awsdns-00.org", "active"),
        ("ns.elsewhere.net.", "overlap"),
        (r"bad..name", "overlap"),
    ],
)
def test_a_zone_inside_another_is_a_member_where_it_is_delegated_to(
    value: str, expected: str
) -> None:
    plane = inside(lambda plane: plane.put("Z1", rrset("dev.example.com.", "NS", value)))
    assert state(plane) == expected


CHILD = "route53:dev:dev.example.com."


@pytest.mark.parametrize("throttled", ["Z1", "Z2"])
def test_a_zone_whose_delegation_is_throttled_is_left_out_until_it_can_be_read(
    throttled: str,
) -> None:
    plane = Plane()
    plane.create("Z1", "example.com.", rrset("dev.example.com.", "NS", "ns-1.awsdns-00.org."))
    enrol(plane.control)
    plane.create("Z2", "dev.example.com.", account="dev")
    plane.ports.sources[throttled].problems.append(SourceThrottled("Rate exceeded"))
    enrolled = enrol(plane.control)
    assert CHILD not in plane.ports.register.entered
    assert enrolled.unread.keys() == {"delegation of dev.example.com."}
    with pytest.raises(SourceThrottled):
        enrolled.raise_throttled()
    plane.orders()
    assert enrol(plane.control).unread == {}
    assert state(plane) == "active"
    assert [order.zone for order in plane.orders()] == [CHILD]


def test_an_overlap_stays_one_while_its_delegation_cannot_be_read() -> None:
    plane = inside(lambda plane: None)
    before = plane.member(CHILD)
    plane.ports.sources["Z1"].problems.append(SourceThrottled("Rate exceeded"))
    assert enrol(plane.control).changed == ()
    assert plane.member(CHILD) == before


def test_the_delegations_of_one_parent_are_read_at_once() -> None:
    plane = Plane()
    names = [f"d{n}.example.com." for n in range(30)]
    plane.create("Z1", "example.com.", *(rrset(n, "NS", "ns-1.awsdns-00.org.") for n in names))
    enrol(plane.control)
    for number, name in enumerate(names):
        plane.create(f"D{number}", name, account="dev")
    enrol(plane.control)
    assert {m.state for m in plane.ports.register.members()} == {"active"}
    assert plane.ports.sources["Z1"].asked == [frozenset(names)]


def test_many_new_zones_come_in_over_some_rounds_and_each_is_read_once() -> None:
    plane = Plane()
    names = [f"d{n}.example.com." for n in range(30)]
    plane.create("Z1", "example.com.", *(rrset(n, "NS", "ns-1.awsdns-00.org.") for n in names))
    enrol(plane.control)

    def second(step: str) -> None:
        plane.now += 1

    for number, name in enumerate(names):
        plane.create(f"D{number}", name, account="dev")
        plane.ports.sources[f"D{number}"].on_step = second
    rounds = 0
    while enrol(plane.control).unread:
        rounds += 1
        assert rounds < 5
        assert len(plane.ports.register.entered) == 1 + READ_FOR * rounds
    assert len(plane.ports.register.entered) == 31
    assert all(len(plane.ports.sources[f"D{n}"].asked) == 1 for n in range(30))


def test_a_delegation_that_is_refused_counts_as_none_until_it_is_not() -> None:
    def fail(plane: Plane) -> None:
        plane.put("Z1", rrset("dev.example.com.", "NS", "ns-1.awsdns-00.org."))
        plane.ports.sources["Z1"].problems.append(SourceRefused("not allowed"))

    plane = inside(fail)
    assert state(plane) == "overlap"
    assert [order.zone for order in plane.orders()] == ["route53:main:example.com."]
    enrol(plane.control)
    assert state(plane) == "active"
    assert [order.zone for order in plane.orders()] == ["route53:dev:dev.example.com."]


def test_a_zone_that_left_the_mesh_is_no_member_and_keeps_its_snapshots() -> None:
    plane = Plane()
    zone = plane.create("Z1", "example.com.")
    enrol(plane.control)
    plane.list_ordered()
    plane.ports.mesh_store.apply(
        MESH.replace('"*", integration: main', '"*.net", integration: main')
    )
    assert parse_mesh(plane.ports.mesh_store.kept[-1].text)
    (left,) = enrol(plane.control).changed
    assert left.zone == zone
    assert plane.ports.register.members() == []
    assert zone in plane.ports.store.current


def test_a_zone_s_copy_in_another_account_is_no_source_of_its_own() -> None:
    plane = Plane(
        MESH.replace("integration: main}", "integration: main, targets: [copy]}")
        + "targets: {copy: {type: route53, hub: eu, integration: dev}}"
    )
    plane.create("Z2", "example.com.", account="dev")
    zone = plane.create("Z1", "example.com.")
    other = plane.create("Z3", "example.net.", account="dev")
    enrolled = enrol(plane.control)
    assert {member.zone for member in enrolled.members} == {zone, other}
    assert enrolled.hosted_zones.keys() == {"Z1", "Z2", "Z3"}

"""A name is handed over to another hosted zone, and secondaries see but the next version of it."""

import pytest

from tests.fakes.plane import START, Plane, rrset
from zonemesh.adopt import Offer, adopt, check, choose, offers
from zonemesh.bump import bump
from zonemesh.enrol import enrol
from zonemesh.errors import AdoptionRefused
from zonemesh.observe import observe, passes
from zonemesh.ports import HostedZone
from zonemesh.serial import SerialStrategy, is_newer
from zonemesh.sweep import sweep

APEX, WWW = "example.com.", "www.example.com."
OLD, NEW = "192.0.2.1", "203.0.113.9"
BOTH = """
integrations: {main: {requests_per_second: 1}, dev: {requests_per_second: 1}}
zones: [%s]
hubs: {eu: , us: }
"""
DISCOVERED = (
    '{discover: "*", integration: main, hubs: [%s]}, {discover: "*", integration: dev, hubs: [%s]}'
)


class World(Plane):
    """A mesh with one zone, served from Z1 in the account `main`."""

    def __init__(self, *mesh: str) -> None:
        super().__init__(*mesh)
        self.zone = self.create("Z1", APEX, rrset(WWW, "A", OLD))
        self.settle()

    def settle(self) -> None:
        """Sweep, list, and let some time pass."""
        sweep(self.control, 600)
        self.list_ordered()
        self.now += 600

    def second(self, account: str = "main", hosted_zone: str = "Z2") -> str:
        zone = self.create(hosted_zone, APEX, rrset(WWW, "A", NEW), account=account)
        self.settle()
        return zone

    def adopt(self, text: str) -> Offer:
        offer = choose(text, self.ports.register.members())
        check(offer, self.control.mesh)
        adopt(self.ports.register, offer)
        return offer

    def states(self) -> dict[str, str]:
        return {zone: member.state for zone, member in self.ports.register.entered.items()}

    def address(self, zone: str) -> str:
        (line,) = self.served(zone)
        return line.split()[-1]


# Another hosted zone of the account, under the same key.


def test_a_zone_turns_to_the_one_that_was_chosen_and_goes_on_counting() -> None:
    world = World()
    world.delete("Z1")
    world.create("Z2", APEX)
    world.second(hosted_zone="Z3")
    member = world.member(world.zone)
    assert (member.state, member.hosted_zone_id) == ("gone", "Z1")
    assert member.successors == ("Z2", "Z3")
    before = world.serial(world.zone)
    assert world.adopt("Z3").within
    world.settle()
    member = world.member(world.zone)
    assert (member.state, member.hosted_zone_id, member.successors) == ("active", "Z3", ("Z2",))
    assert world.address(world.zone) == NEW
    assert is_newer(world.serial(world.zone), before)
    world.settle()
    assert world.member(world.zone) == member


def test_of_several_zones_of_a_new_name_one_is_chosen() -> None:
    world = Plane()
    zone = world.create("Z1", APEX)
    world.create("Z2", APEX, rrset(WWW, "A", NEW))
    enrol(world.control)
    assert (world.member(zone).state, world.member(zone).hosted_zone_id) == ("conflict", "")
    with pytest.raises(AdoptionRefused, match=r"several; name one by its id: Z1 for .*, Z2 for "):
        choose(APEX, world.ports.register.members())
    adopt(world.ports.register, choose("Z2", world.ports.register.members()))
    sweep(world.control, 600)
    world.list_ordered()
    assert (world.member(zone).state, world.member(zone).hosted_zone_id) == ("active", "Z2")
    assert world.served(zone) == [f"{WWW} 300 IN A {NEW}"]


def test_a_second_zone_of_the_account_takes_over_from_one_that_is_there() -> None:
    world = World()
    world.second()
    assert world.address(world.zone) == OLD
    world.adopt("example.com")
    world.settle()
    assert world.address(world.zone) == NEW
    assert world.member(world.zone).successors == ("Z1",)


def test_a_private_zone_made_again_is_adopted_by_name() -> None:
    zones = "{name: a.corp, integration: main, private: true, hubs: [eu]}"
    plane = Plane(BOTH % zones)
    zone = plane.create("Z1", "a.corp.")

    def private(hosted_zone: str) -> None:
        plane.ports.accounts["main"].zones = [HostedZone(hosted_zone, "a.corp.", True, 2)]

    private("Z1")
    sweep(plane.control, 600)
    plane.list_ordered()
    plane.delete("Z1")
    plane.create("Z2", "a.corp.", rrset("x.a.corp."))
    private("Z2")
    enrol(plane.control)
    assert plane.member(zone).state == "gone"
    plane.now += 600
    adopt(plane.ports.register, choose("a.corp", plane.ports.register.members()))
    sweep(plane.control, 600)
    plane.list_ordered()
    assert plane.served(zone) == ["x.a.corp. 300 IN A 192.0.2.1"]
    assert plane.serial(zone) == START + 600


def test_an_id_that_the_mesh_pins_is_changed_in_the_mesh() -> None:
    world = World(BOTH % "{name: example.com, integration: main, hosted_zone_id: Z1}")
    world.delete("Z1")
    world.second()
    offer = choose("Z2", world.ports.register.members())
    with pytest.raises(AdoptionRefused, match="`hosted_zone_id: Z1`; write Z2 there"):
        check(offer, world.control.mesh)


# Another zone of the mesh.


def test_the_holder_is_served_until_the_taker_is_listed_and_then_counted_on() -> None:
    world = World()
    taker = world.second("dev")
    assert world.states() == {world.zone: "active", taker: "conflict"}
    assert taker not in world.ports.store.current
    assert world.adopt("Z2").holder == world.member(world.zone)
    bump(world.ports.store, world.zone, SerialStrategy.EPOCH, lambda: START, above=2026112203)
    world.put("Z1", rrset(WWW, "A", OLD, ttl=301))
    for work in passes([world.event("Z1", WWW)]):
        observe(world.control, work)
    last = world.serial(world.zone)
    assert last > 2026112203
    sweep(world.control, 600)
    assert world.states() == {world.zone: "active", taker: "conflict"}
    assert world.member(taker).note.endswith(f"over from {world.zone} once it is listed")
    world.list_ordered()
    assert world.states() == {world.zone: "conflict", taker: "active"}
    assert is_newer(world.serial(taker), last)
    assert world.address(taker) == NEW
    decided = dict(world.ports.register.entered)
    world.settle()
    assert world.ports.register.entered == decided


def test_what_is_handed_over_can_be_handed_back_above_it() -> None:
    world = World()
    taker = world.second("dev")
    world.adopt(taker)
    world.settle()
    there = world.serial(taker)
    assert world.adopt(world.zone).holder.zone == taker
    world.settle()
    assert world.states() == {world.zone: "active", taker: "conflict"}
    assert is_newer(world.serial(world.zone), there)
    world.settle()
    assert world.states() == {world.zone: "active", taker: "conflict"}


def test_a_zone_that_vanished_leaves_once_its_name_is_taken_over() -> None:
    world = World()
    world.delete("Z1")
    taker = world.second("dev")
    assert world.states() == {world.zone: "gone", taker: "conflict"}
    last = world.serial(world.zone)
    world.adopt(APEX)
    world.settle()
    assert world.states() == {taker: "active"}
    assert is_newer(world.serial(taker), last)
    world.settle()
    assert world.states() == {taker: "active"}


def test_an_enrolment_that_knows_the_old_state_does_not_undo_it() -> None:
    world = World()
    taker = world.second("dev")
    world.adopt(taker)
    holder = world.member(world.zone)
    world.settle()
    world.ports.register.put(holder)  # as it was read before
    enrol(world.control)
    assert world.states() == {world.zone: "conflict", taker: "active"}


def test_edits_of_the_taker_are_followed_and_those_of_the_holder_are_not() -> None:
    world = World()
    taker = world.second("dev")
    world.adopt(taker)
    world.settle()
    before = world.serial(world.zone)
    for hosted_zone in ("Z1", "Z2"):
        world.put(hosted_zone, rrset(WWW, "A", "198.51.100.7"))
        account = "dev" if hosted_zone == "Z2" else "main"
        for work in passes([world.event(hosted_zone, WWW, account=account)]):
            observe(world.control, work)
    assert world.address(taker) == "198.51.100.7"
    assert world.serial(world.zone) == before


def test_a_hub_that_would_be_left_without_the_name_is_in_the_way() -> None:
    world = World(BOTH % DISCOVERED % ("eu, us", "us"))
    world.second("dev")
    offer = choose("Z2", world.ports.register.members())
    with pytest.raises(AdoptionRefused, match="served by hub `eu`, which route53:dev:"):
        check(offer, world.control.mesh)


def test_a_listed_zone_gives_its_name_up_in_the_mesh_only() -> None:
    listed = '{name: example.com, integration: main}, {discover: "*", integration: dev}'
    world = World(BOTH % listed)
    world.second("dev")
    offer = choose("Z2", world.ports.register.members())
    with pytest.raises(AdoptionRefused, match="is listed in the mesh"):
        check(offer, world.control.mesh)


def test_what_comes_in_the_way_before_the_listing_leaves_all_as_it_was() -> None:
    world = World(BOTH % DISCOVERED % ("eu, us", "eu, us"))
    taker = world.second("dev")
    world.adopt(taker)
    world.ports.mesh_store.apply(BOTH % DISCOVERED % ("eu, us", "us"))
    world.settle()
    assert world.states() == {world.zone: "active", taker: "conflict"}
    assert world.member(taker).adopts == ""
    assert "nobody would serve example.com. there" in world.member(taker).note
    assert world.ports.listings.sent == []


def test_a_holder_that_leaves_meanwhile_leaves_the_name_free() -> None:
    world = World(BOTH % DISCOVERED % ("eu", "eu"))
    taker = world.second("dev")
    world.adopt(taker)
    world.ports.mesh_store.apply(BOTH % '{discover: "*", integration: dev, hubs: [eu]}')
    world.settle()
    assert world.states() == {taker: "active"}
    assert world.member(taker).adopts == ""


def test_zones_of_a_name_on_different_hubs_are_no_offer_for_each_other() -> None:
    world = World(BOTH % DISCOVERED % ("eu", "us"))
    taker = world.second("dev")
    assert world.states() == {world.zone: "active", taker: "active"}
    assert offers(world.ports.register.members()) == []
    assert (world.address(world.zone), world.address(taker)) == (OLD, NEW)
    with pytest.raises(AdoptionRefused, match="there is nothing to adopt now"):
        choose("Z2", world.ports.register.members())


def test_what_is_not_on_offer_is_answered_with_what_is() -> None:
    world = World()
    taker = world.second("dev")
    with pytest.raises(AdoptionRefused) as refused:
        choose("Z9", world.ports.register.members())
    assert f"on offer: Z2 for {taker} (in place of {world.zone})" in str(refused.value)


def test_who_adopts_again_and_again_changes_nothing_more() -> None:
    world = World()
    taker = world.second("dev")
    world.adopt(taker)
    entered = dict(world.ports.register.entered)
    world.adopt(taker)
    assert world.ports.register.entered == entered


# Without an adoption: the mesh, or the other one's leaving, decides.


def test_a_zone_that_the_mesh_puts_in_another_s_place_begins_above_it() -> None:
    world = World()
    bump(world.ports.store, world.zone, SerialStrategy.EPOCH, lambda: START, above=2026112203)
    taker = world.second("dev")
    listed = '{name: example.com, integration: dev}, {discover: "*", integration: main}'
    world.ports.mesh_store.apply(BOTH % listed)
    world.settle()
    assert world.states() == {world.zone: "conflict", taker: "active"}
    assert world.serial(taker) == 2026112205


def test_a_zone_that_comes_back_into_its_place_goes_on_above_the_other_one() -> None:
    world = World()
    taker = world.second("dev")
    world.adopt(taker)
    world.settle()
    bump(world.ports.store, taker, SerialStrategy.EPOCH, lambda: START, above=2026112203)
    world.ports.mesh_store.apply(BOTH % '{discover: "*", integration: main}')
    world.settle()
    assert world.states() == {world.zone: "active"}  # and its other key has left the mesh
    assert world.address(world.zone) == OLD
    assert world.serial(world.zone) == 2026112205


def test_a_zone_on_another_hub_does_not_drive_the_serials_of_its_namesake() -> None:
    world = World(BOTH % DISCOVERED % ("eu", "us"))
    bump(world.ports.store, world.zone, SerialStrategy.EPOCH, lambda: START, above=2026112203)
    taker = world.second("dev")
    assert world.serial(taker) == START + 600

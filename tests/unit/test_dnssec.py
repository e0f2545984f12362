"""Zones that Route 53 signs: what is known of them, who serves them, and who is told."""

import pytest

from tests.fakes.plane import MESH, Plane, rrset
from zonemesh.dnssec import is_withdrawn, signed_state, signing_note, withdrawn
from zonemesh.enrol import enrol
from zonemesh.errors import SourceRefused, SourceThrottled
from zonemesh.list_whole import list_whole
from zonemesh.mesh.definition import parse_mesh
from zonemesh.observe import observe, passes
from zonemesh.policy import Policy
from zonemesh.ports import HostedZone, Member
from zonemesh.sweep import Swept, sweep
from zonemesh.translation.question import Outcome, Response

APEX = "example.com."
DS = (APEX, "DS")
KEY_TAG = "12345 13 2 " + "AB" * 32
FOUND, NONE, FAILED = (Response(outcome) for outcome in Outcome)
UNSIGNED_OK = MESH.replace(
    'discover: "*", integration: main}', 'discover: "*", integration: main, policy: {dnssec: %s}}'
)


class World(Plane):
    """A mesh with one zone, listed once, of which nobody has said that it is signed."""

    def __init__(self, mesh: str = MESH) -> None:
        super().__init__(mesh)
        self.zone = self.create("Z1", APEX, rrset("www.example.com."))
        self.resolver = self.ports.resolver("main", self.control.mesh)
        self.sweep()
        self.list_ordered()

    @property
    def source(self):
        return self.ports.sources["Z1"]

    @property
    def signed(self) -> str:
        return self.member(self.zone).signed

    def sweep(self) -> Swept:
        return sweep(self.control, 600)

    def list_again(self) -> tuple[str, ...]:
        """List the zone whole; gives the problems."""
        self.now += 600
        self.ports.listings.sent.clear()
        self.control.order_listing(self.member(self.zone), "listing")
        (listed,) = self.list_ordered()
        assert listed.recorded is not None
        return listed.problems

    def deliver(self, operation: str) -> None:
        for work in passes([self.event("Z1", operation=operation)]):
            observe(self.control, work)

    def chain(self) -> None:
        """Sign the zone, publish its DS and have both found."""
        self.source.signs = True
        self.resolver.told[DS] = [KEY_TAG]
        self.list_again()


@pytest.mark.parametrize(
    ("signing", "known", "parent", "state"),
    [
        (False, "", None, ""),
        (False, "chained", FOUND, ""),  # bogus at Route 53 itself: a copy makes it no worse
        (True, "", NONE, "signed"),
        (True, "", FOUND, "chained"),
        (True, "signed", FOUND, "chained"),
        (True, "chained", NONE, "signed"),
        (True, "", FAILED, "signed"),  # so that the next sweep looks again
        (True, "chained", FAILED, "chained"),
        (True, "signed", None, "signed"),
    ],
)
def test_the_source_and_the_parent_decide_and_silence_changes_nothing(
    signing, known, parent, state
) -> None:
    assert signed_state(signing, known, parent) == state


@pytest.mark.parametrize(
    ("signed", "word", "away"),
    [
        ("", "withdraw", False),
        ("signed", "withdraw", False),
        ("chained", "withdraw", True),
        ("chained", "unsigned-ok", False),
    ],
)
def test_a_chained_zone_is_withdrawn_unless_its_policy_says_otherwise(signed, word, away) -> None:
    member = Member("k", APEX, "main", "Z1", "listed", ("*",), signed=signed)
    policy = Policy.model_validate({"dnssec": word})
    assert is_withdrawn(member, policy) is away
    assert ("no hub serves it" in signing_note(member, policy)) is away
    assert bool(signing_note(member, policy)) is bool(signed)


def test_a_zone_that_is_not_signed_costs_its_parent_no_question() -> None:
    world = World()
    world.list_again()
    swept = world.sweep()
    assert (world.signed, swept.signed, swept.withdrawn) == ("", [], [])
    assert world.resolver.asked == []


def test_a_listing_finds_out_that_a_zone_is_signed_and_updates_go_on() -> None:
    world = World()
    world.source.signs = True
    world.resolver.told[DS] = []
    world.put("Z1", rrset("new.example.com."))
    assert world.list_again() == ()
    assert world.signed == "signed"
    assert "new.example.com. 300 IN A 192.0.2.1" in world.served(world.zone)
    swept = world.sweep()
    assert (swept.signed, swept.withdrawn, swept.problems) == ([world.zone], [], [])


@pytest.mark.parametrize("operation", ["EnableHostedZoneDNSSEC", "DisableHostedZoneDNSSEC"])
def test_the_event_of_signing_is_looked_into_before_the_listing_has_its_turn(operation) -> None:
    world = World()
    enabled = operation == "EnableHostedZoneDNSSEC"
    if not enabled:
        world.chain()
    world.source.signs = enabled
    world.resolver.told[DS] = [KEY_TAG]
    world.deliver(operation)
    assert world.signed == ("chained" if enabled else "")


def test_a_ds_comes_and_goes_without_an_event_and_the_sweep_sees_it() -> None:
    world = World()
    world.source.signs = True
    world.resolver.told[DS] = []
    world.list_again()
    world.resolver.told[DS] = [KEY_TAG]
    swept = world.sweep()
    assert (swept.signed, swept.withdrawn, world.signed) == ([], [world.zone], "chained")
    world.resolver.told[DS] = []
    swept = world.sweep()
    assert (swept.signed, swept.withdrawn, world.signed) == ([world.zone], [], "signed")


def test_a_zone_that_is_signed_no_more_is_served_again() -> None:
    world = World()
    world.chain()
    assert withdrawn([world.member(world.zone)], world.control.mesh) == {world.zone}
    world.source.signs = False
    world.list_again()
    assert (world.signed, world.sweep().withdrawn) == ("", [])


def test_a_withdrawn_zone_is_recorded_on() -> None:
    world = World()
    world.chain()
    world.put("Z1", rrset("new.example.com."))
    for work in passes([world.event("Z1", "new.example.com.")]):
        observe(world.control, work)
    assert "new.example.com. 300 IN A 192.0.2.1" in world.served(world.zone)


def test_unsigned_ok_withdraws_nothing_and_is_no_alert() -> None:
    world = World(UNSIGNED_OK % "unsigned-ok")
    world.chain()
    swept = world.sweep()
    assert (world.signed, swept.signed, swept.withdrawn) == ("chained", [], [])


@pytest.mark.parametrize("found", [[], [KEY_TAG]])
def test_a_lookup_that_fails_leaves_what_was_known_and_is_a_problem(found) -> None:
    world = World()
    world.source.signs = True
    world.resolver.told[DS] = found
    world.list_again()
    known = world.signed
    del world.resolver.told[DS]
    swept = world.sweep()
    assert world.signed == known == ("chained" if found else "signed")
    assert swept.problems == ["example.com.: its DS cannot be looked up: timeout"]
    assert (swept.withdrawn == [world.zone]) is bool(found)
    assert world.list_again() == ("example.com.: its DS cannot be looked up: timeout",)


def test_a_source_that_does_not_say_leaves_what_was_known_and_the_zone_is_listed() -> None:
    world = World()
    world.chain()
    world.source.signs = SourceRefused("allow route53:GetDNSSEC to the integration's role")
    (problem,) = world.list_again()
    assert problem.startswith("example.com.: whether it is signed is not known: allow route53:Get")
    assert world.signed == "chained"


def test_a_throttled_question_costs_no_page() -> None:
    world = World()
    world.source.signs = SourceThrottled("slow down")
    world.now += 600
    world.control.order_listing(world.member(world.zone), "listing")
    calls = world.source.calls
    with pytest.raises(SourceThrottled):
        list_whole(world.control, world.ports.listings.sent[0])
    assert world.source.calls == calls


def test_a_zone_deleted_while_it_is_chained_is_served_once_the_ds_is_gone() -> None:
    world = World()
    world.chain()
    world.delete("Z1")
    swept = world.sweep()
    assert (world.member(world.zone).state, swept.withdrawn) == ("gone", [world.zone])
    world.resolver.told[DS] = []
    assert world.sweep().withdrawn == []


def test_enrolments_keep_what_is_known_even_what_is_noted_while_they_list() -> None:
    world = World()
    world.chain()
    enrol(world.control)
    assert world.signed == "chained"
    accounts = world.ports.hosted_zones("main", world.control.mesh)
    listing = accounts.list

    def noted_meanwhile() -> list[HostedZone]:
        world.ports.register.note_signing(world.zone, "signed")
        return listing()

    accounts.list = noted_meanwhile  # type: ignore[method-assign]
    world.delete("Z1")  # so that the enrolment enters the member anew
    enrol(world.control)
    assert (world.member(world.zone).state, world.signed) == ("gone", "signed")


def test_a_private_zone_is_never_asked() -> None:
    mesh = """
integrations: {main: {requests_per_second: 1}}
zones: [{name: a.corp, integration: main, private: true, hubs: [eu]}]
hubs: {eu: }
"""
    plane = Plane(mesh)
    plane.create("Z1", "a.corp.")
    account = plane.ports.accounts["main"]
    account.zones = [HostedZone("Z1", "a.corp.", True, 2)]
    plane.ports.sources["Z1"].signs = AssertionError("GetDNSSEC answers InvalidArgument")
    sweep(plane.control, 600)
    (listed,) = plane.list_ordered()
    assert listed.recorded is not None


def test_the_words_of_the_policy() -> None:
    def mesh(word: str):
        return parse_mesh(UNSIGNED_OK % word)

    member = Member("route53:main:example.com.", APEX, "main", "Z1", "discovered", ("*",))
    assert mesh("unsigned-ok").zone_policy(member).dnssec == "unsigned-ok"
    with pytest.raises(ValueError, match="withdraw"):
        mesh("ignore")

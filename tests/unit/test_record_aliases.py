"""An edit is an edit of every name that copies it, in the same serial; answers are content too."""

import itertools
from dataclasses import replace

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from tests.unit.test_record import APEX, KEY, World, alias, rrset
from zonemesh.mesh_zone import MeshZone
from zonemesh.nodes import Nodes
from zonemesh.policy import Policy, Serial
from zonemesh.record import Recorder
from zonemesh.snapshot import Reason
from zonemesh.translation.question import Answer, Outcome, Question, Response, answers_codec
from zonemesh.tree import entries
from zonemesh.views import Derivation

ELB = "dualstack.lb-1.us-east-1.elb.amazonaws.com."


def external(name, target=ELB, rdtype="A", **more):
    return {
        "Name": name,
        "Type": rdtype,
        "AliasTarget": {"HostedZoneId": "ZELB", "DNSName": target, "EvaluateTargetHealth": False},
        **more,
    }


class AliasWorld(World):
    """A world whose resolver answers from `told` (target → addresses), and notes what it is asked.

    A target that is not told does not answer.
    """

    def __init__(self, *rrsets, policy=None):
        super().__init__(*rrsets, policy=policy)
        self.told = {}
        self.questions = []
        self.zone = MeshZone(KEY, APEX, policy or Policy(), "Z1")
        self.recorder = Recorder(self.store, lambda: self.now, self.ask)

    def ask(self, questions):
        self.questions.append(set(questions))
        return {
            question: Response(Outcome.FOUND, tuple(sorted(values)), 60)
            if (values := self.told.get(question.target))
            else Response(Outcome.FAILED, why="timeout")
            for question in questions
        }

    def snapshot(self):
        return self.store.snapshot(KEY, self.store.head(KEY).serial)

    def addresses(self, owner):
        lines = (line.split(" ") for line in self.served())
        return sorted(line[4] for line in lines if line[0] == owner and line[3] == "A")

    def from_scratch(self):
        """The views that a whole derivation of the source makes, with the answers of the head."""
        nodes = Nodes(self.store, KEY)
        seen = self.snapshot()
        made = Derivation(self.zone, nodes, self.ask).whole(seen.source, seen.answers)
        return made.tops, made.soa, dict(made.losses), made.refused

    def assert_as_from_scratch(self):
        seen = self.snapshot()
        assert (seen.tops, seen.soa, dict(seen.losses), seen.refused) == self.from_scratch()


def test_the_target_of_a_chain_is_edited_with_all_its_links_in_one_serial():
    world = AliasWorld(
        rrset("end.example.com.", "A", "192.0.2.1"),
        alias("c.example.com.", "end.example.com."),
        alias("b.example.com.", "c.example.com."),
        alias("a.example.com.", "b.example.com."),
    )
    first = world.listing().snapshot.serial
    assert [world.addresses(f"{n}.example.com.") for n in "abc"] == [["192.0.2.1"]] * 3
    world.source.put(rrset("end.example.com.", "A", "192.0.2.2", "192.0.2.3"))
    recorded = world.owners("end.example.com.")
    assert recorded.snapshot.parent == first
    for owner in ("a", "b", "c", "end"):
        assert world.addresses(f"{owner}.example.com.") == ["192.0.2.2", "192.0.2.3"]
    assert world.source.asked == [frozenset({"end.example.com."})]
    world.assert_as_from_scratch()


def test_the_target_of_five_hundred_aliases_is_edited_with_them_all_in_one_serial():
    aliases = [alias(f"a{n:03}.example.com.", "hub.example.com.") for n in range(500)]
    world = AliasWorld(rrset("hub.example.com.", "A", "192.0.2.1"), *aliases)
    first = world.listing().snapshot.serial
    world.source.put(rrset("hub.example.com.", "A", "192.0.2.2"))
    recorded = world.owners("hub.example.com.")
    assert (recorded.changed, recorded.snapshot.parent) == (True, first)
    assert sum(line.endswith(" A 192.0.2.2") for line in world.served()) == 501
    assert not any("192.0.2.1" in line for line in world.served())
    assert world.source.calls == 3  # two pages of the listing, and the edit
    world.assert_as_from_scratch()


def test_the_target_of_an_alias_may_be_what_a_wildcard_makes():
    world = AliasWorld(
        rrset("\\052.example.com.", "A", "192.0.2.1"),
        alias("www.example.com.", "any.example.com."),
    )
    world.listing()
    assert world.addresses("www.example.com.") == ["192.0.2.1"]
    world.source.put(rrset("\\052.example.com.", "A", "192.0.2.2"))
    world.owners("*.example.com.")
    assert world.addresses("www.example.com.") == ["192.0.2.2"]
    world.source.put(rrset("any.example.com.", "A", "192.0.2.3"))  # an exact name goes before it
    world.owners("any.example.com.")
    assert world.addresses("www.example.com.") == ["192.0.2.3"]
    world.source.drop("any.example.com.", "A")
    world.owners("any.example.com.")
    assert world.addresses("www.example.com.") == ["192.0.2.2"]
    world.source.put(rrset("x.any.example.com.", "A", "192.0.2.4"))  # makes it an empty one
    world.owners("x.any.example.com.")
    assert world.addresses("www.example.com.") == []
    world.assert_as_from_scratch()


def test_the_target_of_an_alias_may_be_a_routed_set():
    members = [
        rrset("pool.example.com.", "A", f"192.0.2.{n}", SetIdentifier=f"m{n}", Weight=10)
        for n in (1, 2)
    ]
    world = AliasWorld(*members, alias("www.example.com.", "pool.example.com."))
    world.listing()
    assert world.addresses("www.example.com.") == ["192.0.2.1", "192.0.2.2"]
    world.source.put(members[0] | {"Weight": 0})
    world.owners("pool.example.com.")
    assert world.addresses("www.example.com.") == ["192.0.2.2"]
    world.assert_as_from_scratch()


def test_a_loop_that_an_edit_closes_and_opens_again():
    world = AliasWorld(
        rrset("end.example.com.", "A", "192.0.2.1"),
        alias("b.example.com.", "end.example.com."),
        alias("a.example.com.", "b.example.com."),
    )
    world.listing()
    world.source.put(alias("b.example.com.", "a.example.com."))
    world.owners("b.example.com.")
    assert (world.addresses("a.example.com."), world.addresses("b.example.com.")) == ([], [])
    world.assert_as_from_scratch()
    world.source.put(alias("b.example.com.", "end.example.com."))
    world.owners("b.example.com.")
    assert world.addresses("a.example.com.") == ["192.0.2.1"]
    world.assert_as_from_scratch()


def test_a_new_alias_to_a_service_is_asked_for_once_and_kept_until_it_changes():
    world = AliasWorld()
    world.listing()
    world.told[ELB] = ["192.0.2.7", "192.0.2.8"]
    world.source.put(external("www.example.com."))
    world.owners("www.example.com.")
    assert world.addresses("www.example.com.") == ["192.0.2.7", "192.0.2.8"]
    world.told[ELB] = ["192.0.2.9"]
    world.source.put(rrset("www.example.com.", "TXT", '"beside it"'))
    world.owners("www.example.com.")
    assert world.addresses("www.example.com.") == ["192.0.2.7", "192.0.2.8"]
    other = ELB.replace("lb-1", "lb-2")
    world.told[other] = ["192.0.2.10"]
    world.source.put(external("www.example.com.", other))
    world.owners("www.example.com.")
    assert world.addresses("www.example.com.") == ["192.0.2.10"]
    assert [len(asked) for asked in world.questions] == [1, 1]
    world.assert_as_from_scratch()


def test_what_an_alias_resolved_to_stays_when_somebody_else_is_to_be_asked():
    world = AliasWorld(external("www.example.com."))
    world.told[ELB] = ["192.0.2.7"]
    world.listing()
    world.told.clear()
    world.zone = replace(world.zone, asks_itself=False)  # another resolver, and it does not answer
    world.owners("other.example.com.")
    assert world.addresses("www.example.com.") == ["192.0.2.7"]
    (answer,) = entries(world.snapshot().answers, Nodes(world.store, KEY).load, answers_codec)
    assert Answer.from_entry(answer.text).question == Question(ELB, "A", "", ELB)
    assert len(world.questions) == 1
    world.assert_as_from_scratch()


def test_an_alias_without_an_answer_is_withheld_until_there_is_one():
    world = AliasWorld(external("www.example.com."), alias("a.example.com.", "www.example.com."))
    world.listing()
    assert world.addresses("www.example.com.") == []
    assert any(line.startswith("_zonemesh.www.example.com.") for line in world.served())
    recorded = answer(world, "192.0.2.7")
    assert recorded.snapshot.reason == Reason("answers")
    assert world.addresses("www.example.com.") == ["192.0.2.7"]
    assert world.addresses("a.example.com.") == ["192.0.2.7"]
    assert not any("_zonemesh" in line for line in world.served())
    world.assert_as_from_scratch()
    assert not answer(world, "192.0.2.7").changed


def test_a_name_below_a_placeholder_comes_and_goes_and_the_placeholder_stays():
    world = AliasWorld(external("www.example.com."))
    world.listing()
    withheld = world.served()
    below = "_zonemesh._zonemesh.www.example.com."
    world.source.put(rrset(below, "TXT", '"odd"'))
    world.owners(below)
    world.assert_as_from_scratch()
    world.source.drop(below, "TXT")
    world.owners(below)
    assert world.served()[1:] == withheld[1:]
    world.assert_as_from_scratch()


def test_what_was_answered_stays_where_the_same_target_is_asked_for_in_another_way():
    world = AliasWorld(external("www.example.com."))
    world.told[ELB] = ["192.0.2.7"]
    world.listing()
    world.told.clear()
    world.zone = replace(world.zone, asks_itself=False)
    world.owners()
    assert world.addresses("www.example.com.") == ["192.0.2.7"]
    assert [each.question.authority for each in answers(world)] == [""]
    world.source.put(external("www.example.com.", ELB.replace("lb-1", "lb-2")))
    world.owners("www.example.com.")
    assert world.addresses("www.example.com.") == []
    world.assert_as_from_scratch()


def test_an_answer_to_what_is_no_longer_asked_changes_nothing():
    world = AliasWorld(external("www.example.com."))
    world.listing()
    old = answers(world)
    world.source.put(external("www.example.com.", ELB.replace("lb-1", "lb-2")))
    world.owners("www.example.com.")
    late = [replace(old[0], values=("192.0.2.7",), ttl=60)]
    assert not world.recorder.record_answers(world.zone, late, Reason("answers")).changed
    world.source.drop("www.example.com.", "A")
    world.owners("www.example.com.")
    assert answers(world) == []
    assert not world.recorder.record_answers(world.zone, late, Reason("answers")).changed


def answers(world):
    """The answers that the head's snapshot has."""
    found = entries(world.snapshot().answers, world.load, answers_codec)
    return [Answer.from_entry(entry.text) for entry in found]


def answer(world, *values):
    """Record that every question is answered by these values."""
    settled = [replace(a, values=tuple(values), ttl=60) for a in answers(world)]
    return world.recorder.record_answers(world.zone, settled, Reason("answers"))


REFUSING = Policy.model_validate({"aliases": {"external": "refuse"}})


def test_a_refused_record_holds_the_zone_until_it_is_gone():
    world = AliasWorld(rrset("www.example.com.", "A", "192.0.2.1"), policy=REFUSING)
    world.listing()
    before = world.served()
    world.source.put(external("lb.example.com."))
    held = world.owners("lb.example.com.")
    assert (held.held, held.changed) == (True, True)
    assert world.store.head(KEY).held == held.snapshot.serial
    assert world.served() == before
    world.source.put(rrset("www.example.com.", "A", "192.0.2.2"))
    assert world.owners("www.example.com.").held
    assert world.served() == before
    again = world.owners("www.example.com.")
    assert (again.held, again.changed) == (True, False)
    world.source.drop("lb.example.com.", "A")
    released = world.owners("lb.example.com.")
    assert (released.held, released.changed) == (False, True)
    assert world.store.head(KEY).held is None
    assert world.addresses("www.example.com.") == ["192.0.2.2"]
    assert released.snapshot.serial > again.snapshot.serial > held.snapshot.serial
    world.assert_as_from_scratch()


def test_a_held_zone_whose_source_returns_to_what_is_served_is_held_no_more():
    world = AliasWorld(rrset("www.example.com.", "A", "192.0.2.1"), policy=REFUSING)
    first = world.listing()
    world.source.put(external("lb.example.com."))
    world.owners("lb.example.com.")
    world.source.drop("lb.example.com.", "A")
    back = world.owners("lb.example.com.")
    assert (back.snapshot, back.changed, back.held) == (first.snapshot, False, False)
    assert world.store.head(KEY).held is None


def test_a_refusing_policy_that_is_taken_back_leaves_nothing_held():
    world = AliasWorld(external("www.example.com."))
    world.told[ELB] = ["192.0.2.7"]
    first, before = world.listing(), world.zone
    world.zone = MeshZone(KEY, APEX, REFUSING, "Z1")
    assert world.owners().held
    world.zone = before
    back = world.owners()
    assert (back.snapshot, back.held) == (first.snapshot, False)
    assert world.store.head(KEY).held is None


def test_a_serial_that_was_held_is_not_given_again():
    policy = Policy.model_validate(
        {"aliases": {"external": "refuse"}, "serial": {"strategy": "increment"}}
    )
    world = AliasWorld(rrset("www.example.com.", "A", "192.0.2.1"), policy=policy)
    world.listing()
    world.source.put(external("lb.example.com."))
    held = world.owners("lb.example.com.").snapshot.serial
    world.source.drop("lb.example.com.", "A")
    world.owners("lb.example.com.")
    world.source.put(rrset("www.example.com.", "A", "192.0.2.2"))
    assert world.owners("www.example.com.").snapshot.serial == held + 1
    assert world.addresses("www.example.com.") == ["192.0.2.2"]


def test_a_raised_floor_makes_one_held_snapshot_and_one_when_it_is_released():
    world = AliasWorld(rrset("www.example.com.", "A", "192.0.2.1"), policy=REFUSING)
    world.listing()
    world.source.put(external("lb.example.com."))
    world.owners("lb.example.com.")
    policy = REFUSING.model_copy(update={"serial": Serial(floor=2_000_000_000)})
    world.zone = MeshZone(KEY, APEX, policy, "Z1")
    assert [world.owners().changed for _ in range(3)] == [True, False, False]
    world.source.drop("lb.example.com.", "A")
    assert world.owners("lb.example.com.").snapshot.serial == 2_000_000_002
    assert not world.owners().changed


def test_a_zone_that_is_refused_from_the_start_has_no_snapshot():
    world = AliasWorld(external("lb.example.com."), policy=REFUSING)
    first = world.listing()
    assert (first.held, first.changed) == (True, False)
    assert world.store.head(KEY) is None
    world.source.drop("lb.example.com.", "A")
    assert world.listing().changed


def test_decisions_that_change_no_record_change_no_serial_and_are_made_once():
    world = AliasWorld(rrset("www.example.com.", "A", "192.0.2.1"))
    first = world.listing()
    policy = Policy.model_validate({"routing": {"max_values": 7}})
    world.zone = MeshZone(KEY, APEX, policy, "Z1")
    again = world.owners()
    assert (again.snapshot, again.changed) == (first.snapshot, False)
    assert world.store.head(KEY).decisions == world.zone.decisions()


@pytest.mark.parametrize("external_as", ["cname", "omit"])
def test_a_change_of_policy_alone_is_a_new_serial_where_bytes_change(external_as):
    world = AliasWorld(external("www.example.com."))
    world.told[ELB] = ["192.0.2.7"]
    first = world.listing().snapshot.serial
    policy = Policy.model_validate({"aliases": {"external": external_as}})
    world.zone = MeshZone(KEY, APEX, policy, "Z1")
    assert world.owners().snapshot.serial > first
    world.assert_as_from_scratch()


NAMES = ("a", "b", "c", "x.a", "y.a", "*", "*.a", "b.c")


@st.composite
def edits(draw):
    name = draw(st.sampled_from(NAMES))
    owner = f"{name.replace('*', chr(92) + '052')}.example.com."
    target = draw(st.sampled_from(NAMES)).replace("*", "\\052")
    what = draw(st.sampled_from(["plain", "alias", "external", "weighted", "gone"]))
    if what == "plain":
        return owner, [rrset(owner, "A", f"192.0.2.{draw(st.integers(1, 4))}")]
    if what == "alias":
        return owner, [alias(owner, f"{target}.example.com.")]
    if what == "external":
        lb = draw(st.sampled_from([ELB, ELB.replace("lb-1", "lb-2")]))
        return owner, [external(owner, lb)]
    if what == "weighted":
        return owner, [
            rrset(owner, "A", "192.0.2.9", SetIdentifier="one", Weight=draw(st.integers(0, 9))),
            alias(owner, f"{target}.example.com.", SetIdentifier="two", Weight=3),
        ]
    return owner, []


@settings(max_examples=150, deadline=None)
@given(st.lists(edits(), min_size=1, max_size=12))
def test_edits_one_by_one_make_what_a_whole_derivation_makes(changes):
    world = AliasWorld()
    world.told[ELB] = ["198.51.100.1", "198.51.100.2"]
    world.listing()
    for owner, rrsets in changes:
        for key in [key for key in world.source.rrsets if key[0] == owner]:
            del world.source.rrsets[key]
        world.source.put(*rrsets)
        world.owners(owner.replace("\\052", "*"))
        world.assert_as_from_scratch()


def test_serials_rise_with_content_and_never_otherwise():
    world = AliasWorld(rrset("www.example.com.", "A", "192.0.2.1"))
    serials = [world.listing().snapshot.serial]
    for address in itertools.chain(["192.0.2.2"] * 3, ["192.0.2.1"] * 2):
        world.source.put(rrset("www.example.com.", "A", address))
        serials.append(world.owners("www.example.com.").snapshot.serial)
    first = serials[0]
    assert serials == [first, first + 1, first + 1, first + 1, first + 2, first + 2]

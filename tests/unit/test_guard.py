"""A change that is more likely a mistake than meant waits; the last good zone is served on."""

import json
from dataclasses import replace

import hypothesis.strategies as st
import pytest
from hypothesis import given, settings

from tests.unit.test_record import APEX, KEY, REASON, rrset
from tests.unit.test_record_aliases import ELB, AliasWorld, answer, external
from zonemesh.approve import approve, reject
from zonemesh.errors import ApprovalRefused, HeadMoved
from zonemesh.mesh_zone import MeshZone
from zonemesh.policy import Policy

HOSTS = 20  # rrsets beside Route 53's own two


def name(number):
    return f"h{number:02}.example.com."


class Guarded(AliasWorld):
    """A zone of twenty hosts; owners are recorded as events would."""

    def __init__(self, hosts=HOSTS, **guard):
        policy = Policy.model_validate({"guard": guard})
        super().__init__(*(rrset(name(n), "A", "192.0.2.1") for n in range(hosts)), policy=policy)
        self.listing()

    def with_guard(self, **guard):
        policy = Policy.model_validate({"guard": guard})
        self.zone = MeshZone(KEY, APEX, policy, "Z1")

    def drop(self, *numbers):
        for number in numbers:
            self.source.drop(name(number), "A")
        return self.owners(*map(name, numbers))

    def change(self, *numbers, to="192.0.2.2"):
        for number in numbers:
            self.source.put(rrset(name(number), "A", to))
        return self.owners(*map(name, numbers))

    @property
    def head(self):
        return self.store.head(KEY)

    def held(self):
        return self.store.snapshot(KEY, self.head.held)

    def hosts(self):
        return sum(line.startswith("h") for line in self.served())


def test_thirty_percent_may_go_and_one_more_waits():
    world = Guarded(hosts=28)  # of thirty rrsets with SOA and NS
    assert not world.drop(*range(9)).held
    waiting = world.drop(9)
    assert (waiting.held, waiting.alert) == (True, True)
    assert world.hosts() == 19
    (why,) = world.held().concerns
    assert why == (
        f"10 of 30 rrsets (33 %) removed since serial {world.now} (`guard.removed`: 30 %)"
    )


def test_half_may_change_and_one_more_waits():
    world = Guarded(hosts=18)
    assert not world.change(*range(10)).held
    assert world.change(10).held
    assert "11 of 20 rrsets (55 %) removed or changed" in world.held().concerns[0]


def test_small_steps_within_an_hour_are_judged_together():
    world = Guarded()
    steps = [world.drop(number).held for number in range(8)]
    assert steps == [False] * 6 + [True] * 2  # six of 22 are 27 %
    assert world.hosts() == 14


def test_an_hour_later_the_count_begins_anew():
    world = Guarded()
    world.drop(*range(6))
    world.now += 3600
    assert not world.drop(6, 7, 8, 9).held
    assert world.hosts() == 10


def test_what_comes_and_goes_again_and_again_is_no_loss():
    world = Guarded()
    for _ in range(30):
        world.source.put(rrset("_acme-challenge.example.com.", "TXT", '"x"'))
        assert not world.owners("_acme-challenge.example.com.").held
        world.source.drop("_acme-challenge.example.com.", "TXT")
        assert not world.owners("_acme-challenge.example.com.").held
        assert not world.change(0, to="192.0.2.2").held
        assert not world.change(0, to="192.0.2.1").held
    assert world.hosts() == HOSTS


def test_a_small_zone_may_change_as_it_likes_but_not_become_empty():
    world = Guarded(hosts=4)
    assert not world.drop(0, 1, 2).held
    assert world.drop(3).held
    assert "the source is empty: all 4 rrsets are gone" in world.held().concerns[0]
    assert world.hosts() == 1


def test_a_listing_that_comes_up_empty_is_held_as_a_whole_and_in_slices():
    world = Guarded(hosts=700)
    world.source.page_size = 10  # so that the names are read again in slices
    for number in range(700):
        world.source.drop(name(number), "A")
    assert world.listing().held
    assert world.hosts() == 700
    assert world.held().source.count == 2


def test_a_listing_that_lost_too_much_is_held_from_its_first_slice():
    world = Guarded(hosts=700)
    world.source.page_size = 10
    for number in range(350):
        world.source.drop(name(number), "A")
    assert world.listing().held
    assert world.hosts() == 700
    assert "350 of 702 rrsets (49 %) removed" in world.held().concerns[0]


def test_the_name_servers_at_the_apex_do_not_change_unnoticed():
    servers = rrset(APEX, "NS", "ns1.evil.example.", ttl=172800)
    world = Guarded()
    world.source.put(servers)
    assert world.owners(APEX).held
    assert world.held().concerns == (
        f"the name servers at the apex changed since serial {world.now} (`guard.apex_ns`)",
    )
    world = Guarded(apex_ns=False)
    world.source.put(servers)
    assert not world.owners(APEX).held


def test_aliases_that_all_resolve_to_nothing_are_held():
    world = Guarded()
    world.told = {ELB: ["192.0.2.7"]}
    names = [f"a{n}.example.com." for n in range(4)]
    world.source.put(*map(external, names))
    world.owners(*names)
    assert answer(world).held
    assert world.addresses("a0.example.com.") == ["192.0.2.7"]
    assert world.held().concerns == (
        "4 of 4 aliases (100 %) resolve to nothing (`guard.unresolved`: 50 %)",
    )


def test_edits_while_something_waits_wait_with_it_and_alarm_nobody_again():
    world = Guarded()
    world.drop(*range(10))
    later = world.change(15)
    assert (later.held, later.changed, later.alert) == (True, True, False)
    again = world.owners(name(15))
    assert (again.held, again.changed) == (True, False)
    assert world.hosts() == HOSTS


def test_a_source_that_comes_back_to_sense_needs_nobody():
    world = Guarded()
    serial = world.head.serial
    world.drop(*range(10))
    world.source.put(*(rrset(name(n), "A", "192.0.2.1") for n in range(10)))
    back = world.owners(*map(name, range(10)))
    assert (back.held, back.changed) == (False, False)
    assert (world.head.serial, world.head.held) == (serial, None)
    # And with something new it is served as that.
    world.drop(*range(10))
    world.source.put(*(rrset(name(n), "A", "192.0.2.1") for n in range(9)))
    assert not world.owners(*map(name, range(9))).held
    assert world.hosts() == HOSTS - 1
    assert world.head.serial > serial


def test_what_waits_keeps_its_baseline_for_as_long_as_it_waits():
    world = Guarded()
    world.drop(*range(10))
    world.now += 100_000
    assert world.change(15).held


def test_an_approved_zone_is_served_and_judged_from_there():
    world = Guarded()
    waiting = world.drop(*range(12)).snapshot
    assert approve(world.store, KEY, waiting.serial) == waiting
    assert (world.head.serial, world.head.held) == (waiting.serial, None)
    assert world.hosts() == 8
    assert not world.change(12, 13).held
    assert world.drop(14, 15, 16, 17).held  # four of ten


@pytest.mark.parametrize("decide", [approve, reject])
def test_only_what_waits_is_approved_or_rejected(decide):
    world = Guarded()
    with pytest.raises(ApprovalRefused, match="nothing is held"):
        decide(world.store, KEY, world.head.serial)
    waiting = world.drop(*range(10)).snapshot.serial
    newer = world.change(15).snapshot.serial
    with pytest.raises(ApprovalRefused, match=f"{waiting} does not wait; {newer} does"):
        decide(world.store, KEY, waiting)
    with pytest.raises(ApprovalRefused, match="no snapshot yet"):
        decide(world.store, "route53:main:example.net.", 7)


def test_an_approval_that_races_with_an_edit_says_so():
    world = Guarded()
    waiting = world.drop(*range(10)).snapshot.serial

    def beaten(head):
        raise HeadMoved("somebody else")

    world.store.accept = beaten
    with pytest.raises(ApprovalRefused, match="changed again"):
        approve(world.store, KEY, waiting)


def test_a_refusal_by_policy_is_not_approved():
    world = Guarded()
    policy = Policy.model_validate({"aliases": {"external": "refuse"}})
    world.zone = MeshZone(KEY, APEX, policy, "Z1")
    world.source.put(external("lb.example.com."))
    waiting = world.owners("lb.example.com.").snapshot.serial
    with pytest.raises(ApprovalRefused, match="the policy refuses 1 rrsets"):
        approve(world.store, KEY, waiting)


def test_what_was_rejected_waits_until_the_next_change_and_then_alarms_again():
    world = Guarded()
    waiting = world.drop(*range(10)).snapshot.serial
    reject(world.store, KEY, waiting)
    assert (world.head.held, world.head.rejected) == (waiting, True)
    same = world.owners(name(0))
    assert (same.held, same.changed, same.alert) == (True, False, False)
    assert world.head.rejected
    other = world.change(15)
    assert (other.held, other.alert) == (True, True)
    assert not world.head.rejected
    assert world.hosts() == HOSTS


def test_a_guard_that_is_loosened_lets_go_of_what_waits():
    world = Guarded()
    world.drop(*range(12))
    world.with_guard(removed=60, changed=60)
    assert not world.owners().held
    assert world.hosts() == 8


def test_a_snapshot_tells_why_it_waits_when_it_is_read_again():
    world = Guarded()
    made = world.drop(*range(12)).snapshot
    assert json.loads(made.to_json())["concerns"] == list(made.concerns)
    assert world.store.snapshot(KEY, made.serial) == made
    assert replace(made, concerns=()).is_withheld is False


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sets(st.integers(0, HOSTS - 1), min_size=1, max_size=6),
            st.sampled_from(["drop", "put"]),
        ),
        max_size=12,
    )
)
def test_within_an_hour_no_more_than_the_guard_lets_pass_is_ever_lost(steps):
    world = Guarded()
    before = set(world.served()[1:])
    for numbers, what in steps:
        for number in numbers:
            if what == "drop":
                world.source.rrsets.pop((name(number), "A", ""), None)
            else:
                world.source.put(rrset(name(number), "A", "192.0.2.1"))
        world.now += 60
        recorded = world.recorder.record_owners(
            world.zone, world.source, list(map(name, numbers)), REASON
        )
        assert recorded.held == (world.head.held is not None)
        lost = len(before - set(world.served()[1:]))
        assert 100 * lost <= 30 * (HOSTS + 2)
        if recorded.held:  # and it is held for that reason only
            gone = HOSTS + 2 - len(world.source.rrsets)
            assert 100 * gone > 30 * (HOSTS + 2)

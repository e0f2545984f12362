"""A serial raised without a change: for secondaries that hold a higher one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.fakes.memory import MemorySnapshotStore
from tests.fakes.plane import START, Plane, rrset
from zonemesh.bump import Bumped, bump
from zonemesh.control import Control
from zonemesh.errors import HeadMoved, NothingRecorded, SerialTooFar, TooManyRetries
from zonemesh.policy import Policy
from zonemesh.serial import MODULUS, MOST_AHEAD, SerialStrategy, is_newer
from zonemesh.snapshot import Reason, Snapshot
from zonemesh.sweep import sweep

APEX, WWW = "example.com.", "www.example.com."
REFUSING = """
integrations: {main: {requests_per_second: 1}}
zones: [{discover: "*", integration: main, policy: {routing: {weighted: refuse}}}]
hubs: {eu: }
"""


class World(Plane):
    """A mesh with one zone, listed once at START."""

    def __init__(self, *mesh: str) -> None:
        super().__init__(*mesh)
        self.zone = self.create("Z1", APEX, rrset(WWW))
        sweep(self.control, 600)
        self.list_ordered()
        self.store = self.ports.store

    def bump(self, above: int | None = None) -> Bumped:
        return bump(self.store, self.zone, SerialStrategy.EPOCH, lambda: self.now, above)

    def edit(self, *rrsets) -> None:
        """Write at the source and record it, as an event would have it."""
        self.put("Z1", *rrsets)
        control: Control = self.control
        member = self.member(self.zone)
        names = {each["Name"] for each in rrsets}
        control.recorder(member).record_owners(
            control.zone(member), control.source(member), names, Reason("event")
        )


def test_a_bump_raises_the_serial_and_nothing_else() -> None:
    world = World()
    before = world.store.snapshot(world.zone, world.serial(world.zone))
    assert world.bump() == Bumped(START, START + 1)
    after = world.store.snapshot(world.zone, START + 1)
    assert after.same_content(before)
    assert (after.parent, after.reason, after.recorded_at) == (START, Reason("bump"), START)
    assert after.soa_line().split()[6] == str(START + 1)
    world.now += 60
    assert world.bump() == Bumped(START + 1, START + 60)


def test_a_serial_above_what_a_secondary_holds() -> None:
    world = World()
    assert world.bump(above=2026112203) == Bumped(START, 2026112204)
    assert world.bump(above=2026112203) == Bumped(2026112204, 2026112204)
    world.edit(rrset(WWW, "A", "192.0.2.9"))
    assert world.serial(world.zone) == 2026112205  # the lineage goes on from there


def test_a_bumped_zone_is_not_changed_for_those_who_record_it() -> None:
    world = World()
    world.bump(above=2026112203)
    world.edit(rrset(WWW))
    assert world.serial(world.zone) == 2026112204


def test_an_edit_that_wins_the_race_is_kept_and_bumped() -> None:
    world = World()

    def edited_before_the_commit(step: str) -> None:
        if step == "commit":
            world.store.on_step = lambda _: None
            world.edit(rrset(WWW, "A", "192.0.2.9"))

    world.store.on_step = edited_before_the_commit
    assert world.bump() == Bumped(START + 1, START + 2)
    assert f"{WWW} 300 IN A 192.0.2.9" in world.served(world.zone)


def test_a_race_that_is_always_lost_ends() -> None:
    world = World()

    def lost(step: str) -> None:
        if step == "commit":
            raise HeadMoved("another recorder was faster")

    world.store.on_step = lost
    with pytest.raises(TooManyRetries):
        world.bump()


def test_a_zone_without_a_snapshot_says_so() -> None:
    with pytest.raises(NothingRecorded, match="has no snapshot yet"):
        bump(World().store, "route53:main:other.", SerialStrategy.EPOCH, lambda: START)


@pytest.mark.parametrize("above", [START + MOST_AHEAD + 1, MODULUS - 1])
def test_a_serial_out_of_reach_is_reached_in_the_two_steps_that_are_named(above: int) -> None:
    world = World()
    with pytest.raises(SerialTooFar) as refused:
        world.bump(above)
    first = START + MOST_AHEAD
    message = str(refused.value)
    assert f"first `--above {first - 1}`" in message
    assert f"answers {first}, `--above {above}`" in message
    assert world.bump(first - 1).after == first
    after = world.bump(above).after
    assert is_newer(after, above)
    assert after == ((above + 1) % MODULUS or 1)


@settings(deadline=None)
@given(st.integers(1, MODULUS - 1), st.integers(0, MODULUS - 1))
def test_every_secondary_takes_what_comes_of_a_bump(serial: int, held: int) -> None:
    store = MemorySnapshotStore()
    soa = f"{APEX} 900 IN SOA ns. host. 0 900 300 2419200 900"
    reason = Reason("first")
    store.commit(
        Snapshot("z", APEX, serial, None, 0, reason, soa, None, None, None, None, None, ""), None
    )
    try:
        bumped = bump(store, "z", SerialStrategy.EPOCH, lambda: START, held)
    except SerialTooFar:
        # Who holds it takes the zone's serial for newer, or nobody can tell (RFC 1982 3.2).
        assert is_newer(serial, held) or (serial - held) % MODULUS == MOST_AHEAD + 1
    else:
        assert is_newer(bumped.after, held)
        assert bumped.after == serial or is_newer(bumped.after, serial)


def weighted(identifier: str, address: str):
    return rrset(WWW, "A", address) | {"SetIdentifier": identifier, "Weight": 1}


def test_what_waits_for_its_policy_goes_on_waiting() -> None:
    world = World(REFUSING)
    world.drop("Z1", WWW)
    world.edit(weighted("a", "192.0.2.1"), weighted("b", "192.0.2.2"))
    held = world.store.current[world.zone].held
    assert held is not None
    bumped = world.bump()
    head = world.store.current[world.zone]
    assert head.serial == bumped.after
    assert is_newer(bumped.after, held)
    assert head.held is not None
    waiting = world.store.snapshot(world.zone, head.held)
    assert (waiting.parent, is_newer(head.held, head.serial)) == (head.serial, True)
    assert waiting.same_content(world.store.snapshot(world.zone, held))
    assert f"{WWW} 300 IN A 192.0.2.1" in world.served(world.zone)


def test_the_policy_of_the_zone_says_how_serials_count() -> None:
    world = World()
    serial = bump(world.store, world.zone, SerialStrategy.DATE, lambda: START).after
    assert serial == 2026092100
    assert Policy().serial.strategy is SerialStrategy.EPOCH

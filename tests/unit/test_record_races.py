"""Two recorders and an editor in every order of their steps: none ends stale."""

from dataclasses import replace
from functools import partial

import pytest

from tests.fakes.interleave import every_order
from tests.unit.test_record import REASON, World, alias, rrset
from tests.unit.test_record_aliases import ELB, REFUSING, AliasWorld, answers, external
from zonemesh.record import Recorder
from zonemesh.snapshot import Reason

# The rest touches only what never changes.
STEPS = {"head", "read", "listing", "commit", "hold", "confirm"}


class Race(World):
    """A zone already recorded, then edited; recorders share its store and its source."""

    def __init__(self):
        super().__init__(rrset("www.example.com.", "A", "192.0.2.1"))
        self.listing()
        self.edit("192.0.2.2")

    def edit(self, address):
        self.source.put(rrset("www.example.com.", "A", address))

    def recorder_with(self, step):
        """A recorder whose calls on the shared store and source are steps."""
        return (
            Recorder(_Stepping(self.store, step), lambda: self.now),
            _Stepping(self.source, step),
        )

    def by_owner(self, step):
        recorder, source = self.recorder_with(step)
        recorder.record_owners(self.zone, source, ["www.example.com."], REASON)

    def by_listing(self, step):
        recorder, source = self.recorder_with(step)
        recorder.record_listing(self.zone, source, REASON)

    def edit_then_by_owner(self, step):
        step("edit")
        self.edit("192.0.2.3")
        self.by_owner(step)

    def edit_back_then_by_owner(self, step):
        step("edit")
        self.edit("192.0.2.1")
        self.by_owner(step)


class _Stepping:
    """A port that lets the scheduler decide before each call that matters."""

    def __init__(self, port, step):
        self._port, self._step = port, step

    def __getattr__(self, name):
        method = getattr(self._port, name)
        if name not in STEPS:
            return method

        def stepped(*args, **options):
            self._step(name)
            result = method(*args, **options)
            return list(result) if name == "listing" else result

        return stepped


@pytest.mark.parametrize("first", ["by_owner", "by_listing"])
@pytest.mark.parametrize("second", ["edit_then_by_owner", "edit_back_then_by_owner"])
def test_no_order_of_two_recorders_ends_stale(first, second):
    worlds = []

    def world():
        race = Race()
        worlds.append(race)
        return [getattr(race, first), getattr(race, second)]

    address = "192.0.2.3" if second == "edit_then_by_owner" else "192.0.2.1"
    orders = 0
    for order in every_order(world):
        orders += 1
        race = worlds.pop()
        assert race.served()[-1] == f"www.example.com. 300 IN A {address}", order
        serials = sorted(serial for _, serial in race.store.roots)
        assert [race.store.snapshot(race.zone.key, s).parent for s in serials] == [
            None,
            *serials[:-1],
        ], order
    assert orders > 20


def test_three_recorders_of_two_edits_end_with_the_last():
    worlds = []

    def world():
        race = Race()
        worlds.append(race)
        return [race.by_owner, race.edit_then_by_owner]

    for order in every_order(world):
        race = worlds.pop()
        race.edit("192.0.2.4")
        race.by_listing(lambda _: None)
        assert race.served()[-1].endswith("192.0.2.4"), order


def test_a_recorder_that_keeps_its_unchanged_to_itself_does_end_stale():
    """Content that returns: without the confirmed head, an older reading wins in some order."""
    stale = 0
    worlds = []

    def world():
        race = Race()
        race.store.confirm = lambda head, **_: None
        worlds.append(race)
        return [race.by_owner, race.edit_back_then_by_owner]

    for _ in every_order(world):
        stale += not worlds.pop().served()[-1].endswith("192.0.2.1")
    assert stale > 0


def test_a_recorder_that_reads_the_head_after_the_source_does_end_stale():
    """The scheduler finds the mistake that the recorder avoids: the test above can fail."""
    stale = 0
    worlds = []

    def head_last(race):
        def actor(step):
            recorder, source = race.recorder_with(step)
            seen = source.read(["www.example.com."])
            recorder.record_owners(race.zone, _Remembered(seen), ["www.example.com."], REASON)

        return actor

    def world():
        race = Race()
        worlds.append(race)
        return [head_last(race), race.edit_then_by_owner]

    for _ in every_order(world):
        stale += not worlds.pop().served()[-1].endswith("192.0.2.3")
    assert stale > 0


class _Remembered:
    """A source that answers what it saw before."""

    def __init__(self, seen):
        self._seen = seen

    def read(self, owners):
        return self._seen


class HeldRace(AliasWorld):
    """A zone into which an alias comes that its policy refuses, while others are edited."""

    def __init__(self):
        super().__init__(rrset("www.example.com.", "A", "192.0.2.1"), policy=REFUSING)
        self.listing()
        self.source.put(external("lb.example.com."))

    def by(self, *owners, before=None):
        def actor(step):
            if before:
                step("edit")
                before()
            recorder = Recorder(_Stepping(self.store, step), lambda: self.now, self.ask)
            recorder.record_owners(self.zone, _Stepping(self.source, step), owners, REASON)

        return actor


def test_no_order_of_recorders_serves_what_is_refused_or_forgets_it():
    worlds = []

    def world():
        race = HeldRace()
        worlds.append(race)
        edit = partial(race.source.put, rrset("www.example.com.", "A", "192.0.2.2"))
        return [race.by("lb.example.com."), race.by("www.example.com.", before=edit)]

    for order in every_order(world):
        race = worlds.pop()
        head = race.store.head(race.zone.key)
        assert head.held is not None, order
        assert not any("lb.example.com." in line for line in race.served()), order
        race.source.drop("lb.example.com.", "A")
        race.owners("lb.example.com.")
        assert race.addresses("www.example.com.") == ["192.0.2.2"], order
        assert race.store.head(race.zone.key).held is None, order


def test_no_order_of_a_refusal_and_its_end_leaves_the_zone_held():
    worlds = []

    def world():
        race = HeldRace()
        worlds.append(race)
        end = partial(race.source.drop, "lb.example.com.", "A")
        return [race.by("lb.example.com."), race.by("lb.example.com.", before=end)]

    for order in every_order(world):
        race = worlds.pop()
        assert race.store.head(race.zone.key).held is None, order
        assert race.addresses("www.example.com.") == ["192.0.2.1"], order


class AnsweredRace(AliasWorld):
    """An alias whose target's address changes while the alias itself is edited."""

    OTHER = ELB.replace("lb-1", "lb-2")

    def __init__(self):
        super().__init__(external("www.example.com."), alias("a.example.com.", "www.example.com."))
        self.told = {ELB: ["192.0.2.1"], self.OTHER: ["192.0.2.9"]}
        self.listing()
        self.settled = [replace(each, values=("192.0.2.2",)) for each in answers(self)]

    def _recorder(self, step):
        return Recorder(_Stepping(self.store, step), lambda: self.now, self.ask)

    def by_answers(self, step):
        self._recorder(step).record_answers(self.zone, self.settled, Reason("answers"))

    def edit_then_by_owner(self, step):
        step("edit")
        self.source.put(external("www.example.com.", self.OTHER))
        source = _Stepping(self.source, step)
        self._recorder(step).record_owners(self.zone, source, ["www.example.com."], REASON)


def test_no_order_of_new_answers_and_an_edit_gives_a_name_the_answers_of_its_old_target():
    worlds = []

    def world():
        race = AnsweredRace()
        worlds.append(race)
        return [race.by_answers, race.edit_then_by_owner]

    for order in every_order(world):
        race = worlds.pop()
        for owner in ("www.example.com.", "a.example.com."):
            assert race.addresses(owner) == ["192.0.2.9"], order
        race.assert_as_from_scratch()

"""The serial of a zone rises with every content change and never otherwise, whatever happens."""

from collections import deque
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.fakes.memory import MemorySnapshotStore, MemorySource
from tests.fakes.plane import START, apex_rrsets, rrset
from zonemesh.bump import bump
from zonemesh.mesh_zone import MeshZone
from zonemesh.policy import Policy
from zonemesh.record import Recorder
from zonemesh.route53.rrsets import source_codec
from zonemesh.serial import MODULUS, MOST_AHEAD, SerialStrategy, is_newer
from zonemesh.snapshot import Reason, Snapshot
from zonemesh.tree import entries

APEX, KEY = "example.com.", "route53:main:example.com."
NAMES = [f"{label}.{APEX}" for label in "abc"]
NEAR_THE_WRAP = [MODULUS - 3, MOST_AHEAD - 1, START - 5, 2026112203, 1]


class Lineage(RuleBasedStateMachine):
    """A hosted zone that is edited, deleted and made again, whose events arrive in any order."""

    @initialize(strategy=st.sampled_from(SerialStrategy), floor=st.sampled_from(NEAR_THE_WRAP))
    def begin(self, strategy: SerialStrategy, floor: int) -> None:
        self.now = START
        self.store = MemorySnapshotStore()
        self.strategy = strategy
        self.zone = self._zone("Z1", 300)
        self.source = MemorySource(APEX, apex_rrsets(APEX))
        self.events: deque[str] = deque()
        self.known: Snapshot | None = None
        self.recorder = Recorder(self.store, lambda: self.now)
        self.recorder.record_listing(self.zone, self.source, Reason("first"), lambda: [floor])
        self._look(must_rise=True)
        assert is_newer(self.newest.serial, floor)

    def _zone(self, hosted_zone: str, retry: int) -> MeshZone:
        policy = {"serial": {"strategy": self.strategy}, "soa": {"retry": retry}}
        return MeshZone(KEY, APEX, Policy.model_validate(policy), hosted_zone)

    @property
    def newest(self) -> Snapshot:
        return self.store.snapshot(KEY, self.store.current[KEY].serial)

    def _look(self, must_rise: bool = False) -> None:
        """Compare the head with what it was: a rise goes with other content, and only with it."""
        newest, known = self.newest, self.known
        if known is not None:
            changed = not newest.same_content(known) or must_rise
            assert (newest.serial != known.serial) is changed
            assert not changed or is_newer(newest.serial, known.serial)
        self.known = newest

    @rule(name=st.sampled_from(NAMES), last=st.integers(1, 3))
    def write(self, name: str, last: int) -> None:
        self.source.put(rrset(name, "A", f"192.0.2.{last}"))
        self.events.append(name)

    @rule(name=st.sampled_from(NAMES))
    def drop(self, name: str) -> None:
        if (name, "A", "") in self.source.rrsets:
            self.source.drop(name, "A")
            self.events.append(name)

    @rule(place=st.integers(0, 5), again=st.booleans(), lost=st.booleans())
    def deliver(self, place: int, again: bool, lost: bool) -> None:
        """Hear of a change: not the oldest one, perhaps, or twice, or never."""
        if not self.events:
            return
        self.events.rotate(-place)
        name = self.events[0] if again else self.events.popleft()
        if not lost:
            self.recorder.record_owners(self.zone, self.source, [name], Reason("event"))
            self._look()

    @rule()
    def list_whole(self) -> None:
        self.recorder.record_listing(self.zone, self.source, Reason("listing"))
        self._look()
        stored = entries(
            self.newest.source, lambda wanted: self.store.load(KEY, wanted), source_codec
        )
        assert sum(1 for _ in stored) == len(self.source.rrsets)

    @rule(seconds=st.sampled_from([0, 1, 90_000, -90_000]))
    def time_passes_or_a_clock_is_set(self, seconds: int) -> None:
        self.now += seconds

    @rule(hosted_zone=st.sampled_from(["Z1", "Z2", "Z3"]))
    def made_again(self, hosted_zone: str) -> None:
        """Delete the hosted zone and make another of its name, with what was in it or without."""
        self.zone = self._zone(hosted_zone, self.zone.policy.soa.retry)  # type: ignore[union-attr]
        self.source = MemorySource(APEX, apex_rrsets(APEX))
        self.events.clear()

    @rule(retry=st.sampled_from([300, 400]))
    def policy_changes(self, retry: int) -> None:
        self.zone = self._zone(self.zone.hosted_zone_id, retry)

    @rule()
    def raise_it(self) -> None:
        bump(self.store, KEY, self.strategy, lambda: self.now)
        self._look(must_rise=True)

    @rule(ahead=st.integers(1, MOST_AHEAD - 1))
    def raise_it_far(self, ahead: int) -> None:
        held = (self.newest.serial + ahead) % MODULUS
        if held > self.newest.serial:  # or it would be past the wrap, and above by its number
            bump(self.store, KEY, self.strategy, lambda: self.now, held)
            assert is_newer(self.newest.serial, held)
            self._look(must_rise=True)

    @invariant()
    def zero_is_never_served(self) -> None:
        assert self.newest.serial != 0


Lineage.TestCase.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
TestLineage = Lineage.TestCase


@given(st.sampled_from(NEAR_THE_WRAP), st.sampled_from(SerialStrategy), st.integers(2, 12))
def test_changes_around_the_wrap_are_each_newer(
    floor: int, strategy: SerialStrategy, changes: int
) -> None:
    store = MemorySnapshotStore()
    zone = MeshZone(KEY, APEX, Policy.model_validate({"serial": {"strategy": strategy}}))
    source = MemorySource(APEX, apex_rrsets(APEX))
    recorder = Recorder(store, lambda: START)
    serials = [
        recorder.record_listing(zone, source, Reason("first"), lambda: [floor]).snapshot.serial
    ]
    for number in range(changes):
        source.put(rrset(NAMES[0], "A", f"192.0.2.{number}"))
        recorded = recorder.record_owners(zone, source, [NAMES[0]], Reason("event"))
        assert recorded is not None
        serials.append(recorded.snapshot.serial)
    assert all(is_newer(after, before) for before, after in pairwise(serials))

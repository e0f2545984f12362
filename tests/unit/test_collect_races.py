"""Recorders, a collector, an approval and the bell in all orders of their steps.

Before every step, whoever makes it, the store is looked through: what a head names is whole, so is
every snapshot that is left, and serials have risen.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fakes.garbage import DatedSnapshotStore, MemoryStoreroom
from tests.fakes.interleave import Actor, every_order, one_order
from tests.fakes.memory import MemorySource
from tests.fakes.plane import MESH, Plane, rrset
from zonemesh.announce import announce
from zonemesh.approve import approve
from zonemesh.collect import collect
from zonemesh.control import Control
from zonemesh.enrol import enrol
from zonemesh.errors import ApprovalRefused
from zonemesh.garbage import DAY
from zonemesh.mesh.definition import parse_mesh
from zonemesh.record import Recorded
from zonemesh.serial import is_newer
from zonemesh.snapshot import Head, Reason, Snapshot
from zonemesh.storeroom import StoredNode
from zonemesh.tree import digest_of, digests

Step = Callable[[str], None]

WWW, MAIL, API = "www.example.com.", "mail.example.com.", "api.example.com."
# The rest touches only what never changes.
STEPS = {"head", "snapshots", "read", "write", "commit", "hold", "confirm", "accept"}
KEEP_LITTLE = MESH + "\nhistory: {keep_all_days: 2, keep_daily_days: 0}\n"
MESH_OF_ALL = parse_mesh(KEEP_LITTLE)
ZONE = "route53:main:example.com."


class Stepping:
    """A port that lets the scheduler decide before each call that matters."""

    def __init__(self, port: Any, step: Step) -> None:
        self._port, self._step = port, step

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._port, name)
        if name not in STEPS:
            return method

        def stepped(*args: Any, **options: Any) -> Any:
            self._step(name)
            return method(*args, **options)

        return stepped


class OutboxStore(DatedSnapshotStore):
    """A store whose heads, when they move, come out of a stream, as the table's do."""

    def __init__(self, clock: Callable[[], int]) -> None:
        super().__init__(clock)
        self.outbox: list[Head] = []
        self.unannounced: list[int] = []

    def _noted(self, zone: str, before: Head | None) -> None:
        now = self.current.get(zone)
        if now is not None and now != before:
            self.outbox.append(now)
            if before is None or now.serial != before.serial:
                self.unannounced.append(now.serial)

    def _move(self, snapshot: Snapshot, to: Head, onto: Head | None) -> None:
        before = self.current.get(snapshot.zone)
        super()._move(snapshot, to, onto)
        self._noted(snapshot.zone, before)

    def _replace(self, head: Head, by: Head) -> Head:
        before = self.current.get(head.zone)
        made = super()._replace(head, by)
        self._noted(head.zone, before)
        return made


class NoTouch(OutboxStore):
    """The mistake that a recorder makes who does not touch what it finds stored."""

    def write(self, zone: str, nodes: Any) -> None:
        fresh = {digest: text for digest, text in nodes.items() if (zone, digest) not in self.nodes}
        super().write(zone, fresh)


class NoCondition(MemoryStoreroom):
    """The mistake that a collector makes who deletes without a condition."""

    def is_droppable(self, key: tuple[str, str], unused_since: int) -> bool:
        return key in self.store.nodes


class LooksNoncommittally(NoCondition):
    """One that also takes every node for unused: it relies on what is reachable alone."""

    def look_through(self, unused_since: int, start: str | None) -> Any:
        for page in super().look_through(unused_since, start):
            nodes = tuple(StoredNode(zone, digest, "-") for zone, digest in self.store.nodes)
            yield replace(page, unused=nodes)


class Race:
    """A zone that was A, then B for years; the collector has dropped the snapshot of A.

    What A was made of is still there, unused.
    """

    def __init__(
        self,
        store_type: type[OutboxStore] = OutboxStore,
        room_type: type[MemoryStoreroom] = MemoryStoreroom,
    ) -> None:
        """Begin where the past of its kind, made once, has ended."""
        past = past_of(type(self))
        self.plane = Plane(KEEP_LITTLE)
        self.plane.now = past.plane.now
        ports = self.plane.ports
        self.store = ports.store = store_type(lambda: self.plane.now)
        for name in ("current", "roots", "nodes", "touched", "used_at"):
            setattr(self.store, name, dict(getattr(past.store, name)))
        ports.register.entered = dict(past.plane.ports.register.entered)
        ports.ledger.announcements = dict(past.plane.ports.ledger.announcements)
        self.source = MemorySource("example.com.", past.source.rrsets.values())
        ports.sources["Z1"] = self.source
        self.room_type, self.progress = room_type, past.room.saved
        self.serials = [self.head().serial]
        self.said: list[int] = []
        self.found: list[str] = []

    @classmethod
    def live(cls, past: "Past") -> None:
        """Live through what comes before the race."""
        for address in ("192.0.2.2", "192.0.2.3"):
            past.days(3)
            past.source.put(rrset(WWW, "A", address))
            past.record([WWW])
        past.days(900)
        past.collect()
        past.days(2)

    # What happens in the race.

    def put(self, name: str, address: str) -> None:
        self.source.put(rrset(name, "A", address))

    def control(self, step: Step) -> Control:
        ports = replace(self.plane.ports, store=Stepping(self.store, step))
        return Control(ports, MESH_OF_ALL, lambda: self.plane.now)

    def recorder(self, name: str, *puts: str) -> Actor:
        """Edit a name's address, and have it recorded by an event."""

        def actor(step: Step) -> None:
            for address in puts:
                step("edit")
                self.put(name, address)
            step = self.watched(step)
            control = self.control(step)
            member = self.plane.member(ZONE)
            control.recorder(member).record_owners(
                control.zone(member), Stepping(self.source, step), [name], Reason("event")
            )

        return actor

    def collector(self, step: Step) -> None:
        watched = self.watched(step)
        room = self.room_type(self.store, on_step=watched)
        room.saved = self.progress
        collected = collect(self.control(watched), room, lambda: 600.0, newest=1)
        assert collected.ended and not collected.problems
        self.progress, self.dropped = room.saved, len(room.dropped)

    def approver(self, serial: int) -> Actor:
        def actor(step: Step) -> None:
            try:
                approve(Stepping(self.store, self.watched(step)), ZONE, serial)
            except ApprovalRefused:
                self.found.append("refused")

        return actor

    def bell(self, step: Step) -> None:
        """Read the stream from time to time."""
        for _ in range(3):
            step("stream")
            self.ring()

    def ring(self) -> None:
        ports = self.plane.ports
        heads, self.store.outbox = self.store.outbox, []
        bell = ports.ledger, ports.register, ports.announcer
        announced = announce(heads, *bell, MESH_OF_ALL)
        said = [announcement.serial for announcement in announced]
        self.said += said
        if said:
            due = [serial for serial in self.store.unannounced if is_newer(serial, said[-1])]
            self.store.unannounced = due

    # What must be the case.

    def head(self) -> Head:
        return self.store.current[ZONE]

    def watched(self, step: Step) -> Step:
        def stepped(name: str) -> None:
            step(name)
            self.look()

        return stepped

    def look(self) -> None:
        """Note what is wrong with the store now."""
        head = self.head()
        if head.serial != self.serials[-1]:
            if not is_newer(head.serial, self.serials[-1]):
                self.found.append(f"serial {head.serial} after {self.serials[-1]}")
            self.serials.append(head.serial)
        for serial in {head.serial, head.held or head.serial}:
            if (ZONE, serial) not in self.store.roots:
                self.found.append(f"no snapshot {serial}, which the head names")
        for text in list(self.store.roots.values()):
            self.found += self.holes(Snapshot.from_json(text))

    def holes(self, snapshot: Snapshot) -> list[str]:
        def load(wanted: Any) -> dict[str, str]:
            texts = {digest: self.store.nodes.get((ZONE, digest)) for digest in wanted}
            return {digest: text for digest, text in texts.items() if text is not None}

        try:
            used = {digest for top in snapshot.tops for digest in digests(top, load)}
        except KeyError as problem:
            return [f"{snapshot.serial}: no page {problem}"]
        return [
            f"{snapshot.serial}: no node {digest}"
            for digest in used
            if digest_of(self.store.nodes.get((ZONE, digest), "")) != digest
        ]

    def end(self) -> "Race":
        """Let the stream be read to its end, and look for the last time."""
        self.look()
        self.ring()
        if due := self.store.unannounced:
            self.found.append(f"never announced: {due}")
        return self

    def address(self, name: str) -> str:
        (line,) = [line for line in self.plane.served(ZONE) if line.startswith(name)]
        return line.rpartition(" ")[2]


class Past:
    """What comes before a race, with nobody in between."""

    def __init__(self) -> None:
        self.plane = Plane(KEEP_LITTLE)
        self.store = self.plane.ports.store = OutboxStore(lambda: self.plane.now)
        self.room = MemoryStoreroom(self.store)
        names = [rrset(f"h{n}.example.com.") for n in range(12)]
        zone = self.plane.create("Z1", "example.com.", *names, rrset(WWW, "A", "192.0.2.1"))
        assert zone == ZONE
        self.source = self.plane.ports.sources["Z1"]
        enrol(self.plane.control)
        self.plane.list_ordered()

    def days(self, days: int) -> None:
        self.plane.now += days * DAY

    def record(self, owners: list[str] | None) -> Recorded:
        """Record some names, or by listing all of them."""
        control, member = self.plane.control, self.plane.member(ZONE)
        recorder, zone = control.recorder(member), control.zone(member)
        if owners is None:
            return recorder.record_listing(zone, self.source, Reason("listing"))
        made = recorder.record_owners(zone, self.source, owners, Reason("event"))
        assert made is not None
        return made

    def collect(self) -> None:
        assert not collect(self.plane.control, self.room, lambda: 600.0, newest=1).problems
        ports = self.plane.ports
        bell = ports.ledger, ports.register, ports.announcer
        announce(list(self.store.current.values()), *bell, MESH_OF_ALL)


@cache
def past_of(kind: type[Race]) -> Past:
    past = Past()
    kind.live(past)
    return past


def every(make: Callable[[], Race], actors: Callable[[Race], list[Actor]]) -> list[Race]:
    """Run a race in every order; gives how each ended."""
    races: list[Race] = []

    def world() -> list[Actor]:
        races.append(make())
        return actors(races[-1])

    for order in every_order(world):
        found = races[-1].end().found
        races[-1].found = [f"{order}: {problem}" for problem in found]
    return races


def returning(race: Race) -> list[Actor]:
    """Content returns to A while its chunks are collected."""
    return [race.recorder(WWW, "192.0.2.1"), race.collector]


def test_content_that_returns_is_never_taken_by_the_collector() -> None:
    races = every(Race, returning)
    assert len(races) > 100
    assert [problem for race in races for problem in race.found] == []
    assert {race.address(WWW) for race in races} == {"192.0.2.1"}
    # The collector had something to take, and in some orders it came first.
    assert {race.dropped for race in races} == {0, 1, 2}


@pytest.mark.parametrize(
    "mistaken",
    [
        lambda: Race(store_type=NoTouch),
        lambda: Race(room_type=NoCondition),
        lambda: Race(room_type=LooksNoncommittally),
    ],
    ids=["untouched", "unconditional", "by reachability alone"],
)
def test_without_the_touch_or_the_condition_a_chunk_is_lost_in_some_order(
    mistaken: Callable[[], Race],
) -> None:
    races = every(mistaken, returning)
    lost = [race for race in races if any("no node" in problem for problem in race.found)]
    assert 0 < len(lost) < len(races)


def test_a_recorder_that_loses_its_race_leaves_no_hole_and_what_it_wrote_goes_later() -> None:
    def two(race: Race) -> list[Actor]:
        return [race.recorder(WWW, "192.0.2.1"), race.recorder(WWW, "192.0.2.4")]

    for race in every(Race, two):
        assert race.found == []
        for _ in range(2):
            race.plane.now += 3 * DAY
            race.collector(lambda _: None)
        race.look()
        assert race.found == []
        used = {
            digest
            for text in race.store.roots.values()
            for top in Snapshot.from_json(text).tops
            for digest in digests(top, partial(race.store.load, ZONE))
        }
        assert {digest for _, digest in race.store.nodes} == used


class HeldRace(Race):
    """The guard has held the removal of most names, years ago; nobody has looked."""

    @property
    def held(self) -> int:
        return next(iter(past_of(type(self)).store.current.values())).held or 0

    @classmethod
    def live(cls, past: Past) -> None:
        super().live(past)
        for number in range(10):
            past.source.drop(f"h{number}.example.com.", "A")
        assert past.record(None).held
        past.days(900)


def test_what_is_held_for_years_is_whole_when_it_is_approved() -> None:
    races = every(HeldRace, lambda race: [race.approver(race.held), race.collector])
    assert [problem for race in races for problem in race.found] == []
    for race in races:
        assert race.head().serial == race.held
        assert len(race.plane.served(ZONE)) == 3


def test_an_edit_of_what_is_held_takes_it_over_whole() -> None:
    def edit(race: Race) -> list[Actor]:
        return [race.recorder(MAIL, "192.0.2.5"), race.collector]

    races = every(HeldRace, edit)
    assert [problem for race in races for problem in race.found] == []
    for race in races:
        assert race.head().held not in (None, race.held)


FEW = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
ORDERS = st.lists(st.integers(0, 11), min_size=10, max_size=40)


@FEW
@given(ORDERS)
def test_recorders_a_collector_and_the_bell_in_many_orders(order: list[int]) -> None:
    race = Race()
    actors = [
        race.recorder(WWW, "192.0.2.1"),
        race.recorder(WWW, "192.0.2.2"),
        race.recorder(API, "192.0.2.6"),
        race.collector,
        race.bell,
    ]
    one_order(actors, order)
    assert race.end().found == []
    assert race.address(API) == "192.0.2.6"
    assert race.said[-1] == race.head().serial


@FEW
@given(ORDERS)
def test_an_approval_a_new_event_and_a_collector_in_many_orders(order: list[int]) -> None:
    race = HeldRace()
    actors = [race.approver(race.held), race.recorder(WWW, "192.0.2.1"), race.collector, race.bell]
    one_order(actors, order)
    assert [problem for problem in race.end().found if problem != "refused"] == []
    head = race.head()
    if "refused" in race.found:  # the event was first: what waits now has its edit, too
        assert head.held is not None and head.held != race.held
    else:
        assert race.address(WWW) == "192.0.2.1"


def test_a_bell_that_forgets_what_comes_while_it_rings_is_found_out() -> None:
    class Forgetful(Race):
        def bell(self, step: Step) -> None:
            step("stream")
            self.ring()
            step("stream")
            self.store.outbox = []

    races = every(Forgetful, lambda race: [race.recorder(WWW, "192.0.2.1"), race.bell])
    silent = [race for race in races if any("never announced" in each for each in race.found)]
    assert 0 < len(silent) < len(races)

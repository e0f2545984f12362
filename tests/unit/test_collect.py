"""Old snapshots and unused chunks go, and nothing that anybody needs."""

import itertools
from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.fakes.garbage import DatedSnapshotStore, MemoryStoreroom
from tests.fakes.plane import MESH, Plane, rrset
from zonemesh import collect as collecting
from zonemesh.collect import Collected, collect
from zonemesh.enrol import enrol
from zonemesh.errors import ChunkDamaged
from zonemesh.garbage import DAY
from zonemesh.snapshot import Reason
from zonemesh.tree import digests

WWW = "www.example.com."
KEEP_LITTLE = MESH + "\nhistory: {keep_all_days: 2, keep_daily_days: 0}\n"


class Years(Plane):
    """A mesh whose days go by, with a collector."""

    def __init__(self, mesh: str = KEEP_LITTLE) -> None:
        super().__init__(mesh)
        self.store = DatedSnapshotStore(lambda: self.now)
        self.ports.store = self.store
        self.room = MemoryStoreroom(self.store)
        self.zone = self.add("Z1", "example.com.")

    def add(self, hosted_zone: str, apex: str) -> str:
        zone = self.create(hosted_zone, apex, *(rrset(f"h{n}.{apex}") for n in range(200)))
        enrol(self.control)
        self.list_ordered()
        return zone

    def edit(self, address: str, hosted_zone: str = "Z1", zone: str | None = None) -> int:
        """Set one name's address and record it; gives the serial."""
        zone = zone or self.zone
        member = self.member(zone)
        name = f"www.{member.apex}"
        self.put(hosted_zone, rrset(name, "A", address))
        recorder = self.control.recorder(member)
        control = self.control
        made = recorder.record_owners(
            control.zone(member), control.source(member), [name], Reason("event")
        )
        assert made is not None
        return made.snapshot.serial

    def collect(self, newest: int = 1, left: Callable[[], float] = lambda: 600.0) -> Collected:
        return collect(self.control, self.room, left, newest)

    def a_day_later(self, newest: int = 1) -> Collected:
        self.now += DAY + 60
        return self.collect(newest)

    def serials(self, zone: str | None = None) -> list[int]:
        return sorted(serial for owner, serial in self.store.roots if owner == (zone or self.zone))

    def assert_whole(self) -> None:
        """Every snapshot there is can be read to its last chunk."""
        for zone, serial in list(self.store.roots):
            snapshot = self.store.snapshot(zone, serial)
            for top in snapshot.tops:
                load = lambda wanted, zone=zone: self.store.load(zone, wanted)  # noqa: E731
                load(digests(top, load))


@pytest.fixture
def years() -> Years:
    return Years()


def test_what_only_an_old_snapshot_was_made_of_goes_a_collection_after_it(years: Years) -> None:
    compared_with = years.edit("192.0.2.1")
    years.now += 3 * DAY
    served = years.edit("192.0.2.2")
    everything = set(years.store.nodes)
    collected = years.collect()
    assert (collected.snapshots, collected.nodes, collected.ended) == (1, 0, True)
    assert years.serials() == [compared_with, served]
    assert set(years.store.nodes) == everything  # who has just read a root reads on
    collected = years.a_day_later()
    assert (collected.snapshots, collected.kept) == (0, 2)
    assert collected.nodes == len(everything) - len(years.store.nodes) > 0
    years.assert_whole()
    assert years.served(years.zone)[-1] == f"{WWW} 300 IN A 192.0.2.2"
    assert years.a_day_later().nodes == 0  # nothing is left to be found


def test_a_collection_begins_once_a_day(years: Years) -> None:
    assert years.collect().zones == 1
    years.now += DAY - 1
    assert years.collect().zones == 0
    years.now += 1
    assert years.collect().zones == 1


def test_what_was_touched_lately_stays_though_nothing_reaches_it(years: Years) -> None:
    years.store.write(years.zone, {"ab" * 32: "an orphan of a lost race\n"})
    years.now += DAY
    assert years.collect().nodes == 0
    assert years.a_day_later().nodes == 1
    years.assert_whole()


def test_content_that_is_held_is_used(years: Years) -> None:
    head = years.store.head(years.zone)
    assert head is not None
    years.edit("192.0.2.1")
    snapshot = years.store.snapshot(years.zone, years.serial(years.zone))
    years.store.current[years.zone] = replace(head, held=snapshot.serial, revision=9)
    years.now += 900 * DAY
    years.collect()
    years.a_day_later()
    assert years.serials() == [head.serial, snapshot.serial]
    years.assert_whole()


def test_the_newest_hundred_of_a_quiet_zone_stay(years: Years) -> None:
    for octet in range(1, 120):
        years.now += 60
        years.edit(f"192.0.2.{octet}")
    years.now += 900 * DAY
    assert years.collect(newest=100).snapshots == 20
    assert len(years.serials()) == 100
    years.a_day_later(newest=100)
    years.assert_whole()


def test_two_years_of_days_are_kept_by_default() -> None:
    years = Years(MESH)
    serials = {}
    for hour in range(48):
        years.now += 3600
        serials[years.now // DAY] = years.edit(f"192.0.2.{hour + 1}")
    years.now += 100 * DAY
    years.collect()
    head = years.store.snapshot(years.zone, years.serial(years.zone))
    assert head.window is not None
    assert set(years.serials()) == {*serials.values(), head.window.baseline}
    years.a_day_later()
    years.assert_whole()


def test_a_zone_that_cannot_be_read_keeps_everything_and_others_are_collected(
    years: Years,
) -> None:
    other = years.add("Z2", "example.net.")
    years.edit("192.0.2.1")
    years.edit("192.0.2.1", "Z2", other)
    years.now += 3 * DAY
    years.edit("192.0.2.2")
    years.edit("192.0.2.2", "Z2", other)
    years.collect()
    head = years.store.snapshot(years.zone, years.serial(years.zone))
    assert head.source is not None and head.source.level > 0
    years.store.nodes[years.zone, head.source.digest] = "edited\n"
    before = {key for key in years.store.nodes if key[0] == years.zone}
    collected = years.a_day_later()
    assert before == {key for key in years.store.nodes if key[0] == years.zone}
    assert collected.nodes > 0
    (problem,) = collected.problems
    assert years.zone in problem and head.source.digest in problem
    assert collected.unclean_for == DAY + 60
    assert years.a_day_later().unclean_for == 2 * (DAY + 60)
    with pytest.raises(ChunkDamaged):
        years.assert_whole()


def test_a_root_that_a_head_names_and_is_gone_is_named(years: Years) -> None:
    serial = years.serial(years.zone)
    text = years.store.roots.pop((years.zone, serial))
    years.now += 3 * DAY
    (problem,) = years.collect().problems
    assert f"no snapshot {serial}" in problem
    years.store.roots[years.zone, serial] = text
    del years.store.current[years.zone]
    years.store.write("other", {"cd" * 32: "x\n"})  # a look finds the zone by its chunks
    (problem,) = years.a_day_later().problems
    assert "no head" in problem
    assert len([key for key in years.store.nodes if key[0] == years.zone]) > 3


def test_what_a_zone_s_first_recording_left_goes(years: Years) -> None:
    years.store.write("route53:main:never.example.", {"cd" * 32: "x\n"})
    years.now += 2 * DAY
    assert years.collect().nodes == 1


def test_without_a_mesh_nothing_is_dropped(years: Years) -> None:
    years.edit("192.0.2.1")
    years.now += 900 * DAY
    years.edit("192.0.2.2")
    years.ports.mesh_store.kept.clear()
    assert years.collect().snapshots == 0
    assert len(years.serials()) == 3


@pytest.mark.parametrize("page_size", [1, 7, 1000])
@pytest.mark.parametrize("patience", [3, 10, 40])
def test_a_collection_cut_short_goes_on_where_it_stopped(
    page_size: int, patience: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "GATHERED_MOST", 5)
    monkeypatch.setattr(collecting, "DROPPED_AT_ONCE", 1)
    years = Years()
    zones = {years.zone: "Z1"}
    zones |= {years.add(f"Z{n}", f"example{n}.net."): f"Z{n}" for n in range(2, 5)}
    for address in ("192.0.2.1", "192.0.2.2"):
        for zone, hosted_zone in zones.items():
            years.edit(address, hosted_zone, zone)
        years.now += 3 * DAY
    for zone, hosted_zone in zones.items():
        years.edit("192.0.2.3", hosted_zone, zone)
    reference = _collected_at_once(years)
    years.room.page_size = page_size
    for _ in range(2):  # the roots, then what they were made of
        years.now += DAY + 60
        for _ in range(200):
            years.now += 1
            steps = itertools.count(patience, -1)
            if years.collect(left=lambda steps=steps: float(next(steps))).ended:
                break
        else:
            raise AssertionError("it never ends")
    assert set(years.store.nodes) == reference
    assert [len(years.serials(zone)) for zone in zones] == [2] * 4
    years.assert_whole()


def _collected_at_once(years: Years) -> set[tuple[str, str]]:
    """What a collector that is never cut short leaves of the same store."""
    store = DatedSnapshotStore(lambda: years.now)
    store.current, store.roots = dict(years.store.current), dict(years.store.roots)
    store.nodes, store.used_at = dict(years.store.nodes), dict(years.store.used_at)
    before, now = years.ports.store, years.now
    years.ports.store = store
    for _ in range(2):
        years.now += DAY + 60
        room = MemoryStoreroom(store)
        assert collect(years.control, room, lambda: 600.0, 1).ended
    years.ports.store, years.now = before, now
    assert len(store.nodes) < len(before.nodes)
    return set(store.nodes)

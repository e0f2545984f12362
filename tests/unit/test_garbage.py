"""Which snapshots are kept, and what they are made of."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonemesh.chunking import build
from zonemesh.errors import ChunkDamaged
from zonemesh.garbage import DAY, kept, reachable
from zonemesh.mesh.sections import History
from zonemesh.names import order_of
from zonemesh.snapshot import Head, Reason, Snapshot, Window
from zonemesh.tree import Entry, View, digests
from zonemesh.zone import RRsetKey

NOW = 20_000 * DAY + 7
SETTINGS = History(keep_all_days=10, keep_daily_days=100)
FIRST = Snapshot("z", "example.com.", 1, None, 0, Reason("event"), "", None, None, None)


def history(*ages_in_days: float) -> list[Snapshot]:
    """Snapshots of some ages, serials rising in that order from 1."""
    return [
        replace(FIRST, serial=number, parent=number - 1, recorded_at=int(NOW - age * DAY))
        for number, age in enumerate(ages_in_days, 1)
    ]


def stay(snapshots: list[Snapshot], head: Head | None = None, newest: int = 1) -> list[int]:
    head = head or Head("z", snapshots[-1].serial)
    return sorted(kept(snapshots, head, SETTINGS, NOW, newest))


def test_all_young_ones_are_kept_then_one_a_day_then_none() -> None:
    assert stay(history(300, 101, 50.3, 50.2, 50.1, 11, 10.5, 9.9, 9.8, 1)) == [5, 7, 8, 9, 10]


def test_the_last_of_a_day_is_kept_however_the_pages_came() -> None:
    snapshots = history(50.3, 50.2, 50.1, 1)
    assert stay(snapshots[::-1], Head("z", 4)) == stay(snapshots) == [3, 4]


def test_a_quiet_zone_keeps_its_newest_whatever_their_age() -> None:
    assert stay(history(900, 800, 700, 600), newest=3) == [2, 3, 4]
    assert stay(history(900), newest=3) == [1]


def test_the_served_and_the_held_one_are_kept_with_what_they_are_judged_by() -> None:
    snapshots = history(900, 800, 700, 600, 500, 400, 300)
    snapshots[4] = replace(snapshots[4], refused=2, window=Window(2, 0, 10))
    assert stay(snapshots, Head("z", 4, held=5)) == [2, 4, 5, 7]


def test_the_last_that_was_served_stands_for_its_day() -> None:
    snapshots = history(50.3, 50.2, 50.1, 40, 1)
    snapshots[2] = replace(snapshots[2], refused=1)
    assert stay(snapshots) == [3, 4, 5]  # it was approved, as the fourth was built on it
    snapshots[3] = replace(snapshots[3], parent=2)
    assert stay(snapshots) == [2, 4, 5]


def test_serials_that_went_round_are_in_their_order() -> None:
    serials = [2**32 - 2, 2**32 - 1, 1, 2]
    snapshots = [
        replace(each, serial=serial)
        for each, serial in zip(history(900, 800, 700, 600), serials, strict=True)
    ]
    assert stay(snapshots, Head("z", 2), newest=2) == [1, 2]


@given(
    st.lists(st.floats(0, 400), min_size=1, max_size=30),
    st.integers(1, 20),
    st.data(),
)
def test_what_is_dropped_is_old_and_not_named(
    ages: list[float], newest: int, data: st.DataObject
) -> None:
    snapshots = history(*sorted(ages, reverse=True))
    head = Head("z", data.draw(st.sampled_from(snapshots)).serial)
    stays = kept(snapshots, head, SETTINGS, NOW, newest)
    assert head.serial in stays
    assert {each.serial for each in snapshots[-newest:]} <= stays
    days = {each.recorded_at // DAY for each in snapshots if each.serial in stays}
    for each in snapshots:
        age = NOW - each.recorded_at
        assert each.serial in stays or age >= 10 * DAY
        assert age >= 100 * DAY or each.recorded_at // DAY in days


def tree(names: range, written: dict[str, str]) -> View | None:
    entries = [
        Entry(RRsetKey(order_of(f"host{name:06}.example.com."), 1), f"host{name} 1\n")
        for name in names
    ]
    return build(entries, written)


def test_reachable_is_what_the_trees_name_and_each_page_is_read_once() -> None:
    written: dict[str, str] = {}
    tops = [tree(range(20_000), written), tree(range(1, 20_000), written), None]
    asked: list[str] = []

    def load(wanted: list[str]) -> dict[str, str]:
        asked.extend(wanted)
        return {digest: written[digest] for digest in wanted}

    found = reachable(tops, load)
    assert len(asked) == len(set(asked)) > 6
    assert found == set(written)
    assert found == digests(tops[0], load) | digests(tops[1], load)
    assert reachable([], load) == set()


def test_a_page_that_is_missing_ends_the_search() -> None:
    written: dict[str, str] = {}
    top = tree(range(20_000), written)
    assert top is not None

    def load(wanted: list[str]) -> dict[str, str]:
        raise ChunkDamaged("gone")

    with pytest.raises(ChunkDamaged):
        reachable([top], load)

"""The tree is a function of its entries alone, and an edit touches little of it."""

from collections.abc import Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zonemesh.chunking import build, edit
from zonemesh.names import order_of, text_of
from zonemesh.tree import Entry, Seeker, View, diff, digests, entries, same_owner, within
from zonemesh.zone import RRsetKey


def codec(text: str) -> list[Entry]:
    """Entries whose text is `name type set-identifier payload`."""
    found = []
    for line in text.splitlines(keepends=True):
        name, rdtype, identifier, _ = line.split(" ")
        found.append(Entry(RRsetKey(order_of(name), int(rdtype), identifier), line))
    return found


def entry(number: int, payload: object = 0, rdtype: int = 1) -> Entry:
    name = f"host{number:06d}.example.com."
    return Entry(RRsetKey(order_of(name), rdtype), f"{name} {rdtype}  {payload}\n")


class Nodes:
    """Every node ever written, and a count of what was loaded."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.loaded = 0

    def load(self, wanted: Iterable[str]) -> dict[str, str]:
        found = {digest: self.texts[digest] for digest in wanted}
        self.loaded += len(found)
        return found

    def build(self, wanted: Iterable[Entry]) -> View | None:
        return build(sorted(wanted), self.texts)

    def edit(self, view: View | None, changes: dict[RRsetKey, str | None]) -> tuple:
        written: dict[str, str] = {}
        after = edit(view, changes, self.load, codec, written)
        self.texts.update(written)
        return after, written


numbers = st.integers(0, 3000)


@settings(max_examples=60, deadline=None)
@given(
    st.sets(numbers, max_size=2500),
    st.lists(
        st.dictionaries(numbers, st.one_of(st.none(), st.integers(0, 9)), max_size=40), max_size=3
    ),
    st.integers(0, 3000),
)
def test_any_edits_make_the_tree_that_a_listing_would(first, rounds, cleared):
    nodes = Nodes()
    model = {number: entry(number) for number in first}
    view = nodes.build(model.values())
    whole = {number: None for number in range(cleared)}
    for changes in [*rounds, whole]:
        view, _ = nodes.edit(
            view,
            {
                entry(number).key: None if payload is None else entry(number, payload).text
                for number, payload in changes.items()
            },
        )
        for number, payload in changes.items():
            model.pop(number, None)
            if payload is not None:
                model[number] = entry(number, payload)
        assert view == nodes.build(model.values())
        assert list(entries(view, nodes.load, codec)) == sorted(model.values())


@pytest.mark.parametrize("size", [100, 10_000, 100_000])
def test_changing_one_value_writes_one_chunk_and_one_page_a_level(size):
    nodes = Nodes()
    view = nodes.build(entry(number) for number in range(size))
    nodes.loaded = 0
    changed = entry(size // 2, "changed")
    after, written = nodes.edit(view, {changed.key: changed.text})
    assert after.count == view.count
    assert len(written) == view.level + 1
    assert nodes.loaded <= 4 * (view.level + 1)


@settings(max_examples=40, deadline=None)
@given(st.dictionaries(numbers, st.integers(0, 2)), st.dictionaries(numbers, st.integers(0, 2)))
def test_the_difference_of_two_trees_is_that_of_their_entries(old, new):
    nodes = Nodes()
    before = {entry(n).key: entry(n, payload).text for n, payload in old.items()}
    after = {entry(n).key: entry(n, payload).text for n, payload in new.items()}
    found = diff(
        nodes.build(map(Entry._make, before.items())),
        nodes.build(map(Entry._make, after.items())),
        nodes.load,
        codec,
    )
    assert found == {
        key: (before.get(key), after.get(key))
        for key in before.keys() | after.keys()
        if before.get(key) != after.get(key)
    }


def test_a_difference_loads_only_what_differs():
    nodes = Nodes()
    view = nodes.build(entry(number) for number in range(50_000))
    changed = entry(777, "changed")
    after, _ = nodes.edit(view, {changed.key: changed.text})
    nodes.loaded = 0
    assert list(diff(view, after, nodes.load, codec)) == [changed.key]
    assert nodes.loaded == 2 * (view.level + 1)


def test_an_owner_is_found_with_all_its_types_wherever_a_chunk_ends():
    nodes = Nodes()
    every = [entry(number, 0, rdtype) for number in range(400) for rdtype in (1, 16, 28)]
    view = nodes.build(every)
    for number in range(400):
        wanted = order_of(f"host{number:06d}.example.com.")
        found = same_owner(view, [wanted], nodes.load, codec)
        assert found == [e for e in every if e.key.order == wanted]
    assert same_owner(view, [order_of("nobody.example.com.")], nodes.load, codec) == []


def test_a_name_before_all_of_a_tall_tree_is_not_found():
    nodes = Nodes()
    view = nodes.build(map(entry, range(9000)))
    assert view is not None
    assert view.level > 1
    before = order_of("a.example.com.")
    assert same_owner(view, [before], nodes.load, codec) == []
    assert within(view, [before], nodes.load, codec) == []


def test_no_chunk_outgrows_the_byte_limit_and_none_is_lost():
    nodes = Nodes()
    view = nodes.build(entry(number, "x" * 5000) for number in range(300))
    assert max(len(text) for text in nodes.texts.values()) <= 160_000
    assert sum(1 for _ in entries(view, nodes.load, codec)) == 300
    assert digests(view, nodes.load) == set(nodes.texts)


@settings(max_examples=40, deadline=None)
@given(st.sets(st.integers(0, 400), max_size=400), st.lists(st.integers(0, 400), max_size=5))
def test_names_below_a_name_and_the_first_from_one_are_those_of_the_sorted_entries(held, asked):
    nodes = Nodes()
    names = [f"host{n:03d}.sub{n % 7}.example.com." for n in held]
    every = sorted(
        Entry(RRsetKey(order_of(name), rdtype), f"{name} {rdtype}  0\n")
        for name in names
        for rdtype in (1, 16)
    )
    view = nodes.build(every)
    subtrees = [f"sub{n % 7}.example.com." for n in asked] + [f"host{n:03d}.sub1.x." for n in asked]
    below = [e for e in every if any(text_of(e.key.order).endswith(f".{s}") for s in subtrees)]
    assert within(view, map(order_of, subtrees), nodes.load, codec) == below
    seeker = Seeker(view, nodes.load, codec)
    for number in asked:
        order = order_of(f"host{number:03d}.sub{number % 7}.example.com.")
        expected = next((e for e in every if e.key.order >= order), None)
        assert seeker.first_from(order) == expected

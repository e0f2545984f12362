"""What differs between two snapshots, as lines for a page."""

from dataclasses import dataclass
from itertools import islice

from zonemesh.diffing import (
    ADDED,
    SnapshotDiff,
    served_diff,
    source_diff,
    view_counts,
)
from zonemesh.errors import NothingRecorded
from zonemesh.history import NEWEST, PARENT, Past, snapshot_called
from zonemesh.history_words import in_words
from zonemesh.nodes import Nodes
from zonemesh.ports import SnapshotStore
from zonemesh.snapshot import Head, Snapshot
from zonemesh.tree import View

SERVED, SOURCE = "served", "source"
LINES_MOST = 2_000  # what a browser shows without ado


@dataclass(frozen=True, slots=True)
class DiffLine:
    """A line that came, or went."""

    added: bool
    text: str


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two snapshots; `recorded_at` in epoch seconds."""

    serial: int
    recorded_at: int


@dataclass(frozen=True, slots=True)
class DiffView:
    """What differs; `before` is None where there was nothing.

    `summary` says how much. `cut` where there are more `lines`, `too_much` where so much differs
    that nothing is read.
    """

    before: Side | None
    after: Side
    view: str
    summary: str
    lines: tuple[DiffLine, ...]
    cut: bool = False
    too_much: bool = False


def read_diff(
    store: SnapshotStore, head: Head, before: str, after: str, view: str, most: int = LINES_MOST
) -> DiffView:
    """Compare two snapshots of a zone: serials, `newest` or `held`, `before` also `parent`.

    Raises NothingRecorded where there is no such snapshot, and the errors of the store.
    """
    newer = snapshot_called(store, head, after or NEWEST)
    past = Past(store, head.zone)
    older = past.before(newer) if before in ("", PARENT) else snapshot_called(store, head, before)
    load = Nodes(store, head.zone).load
    old_view = _of(older, view) if older else None
    counts = view_counts(old_view, _of(newer, view), load, source=view == SOURCE)
    sides = _side(older), Side(newer.serial, newer.recorded_at)
    if counts.about:
        return DiffView(*sides, view, in_words(counts), (), too_much=True)
    compare = source_diff if view == SOURCE else served_diff
    return _shown(compare(older, newer, load), sides, view, most)


def _shown(diff: SnapshotDiff, sides: tuple[Side | None, Side], view: str, most: int) -> DiffView:
    lines = [DiffLine(sign == ADDED, text) for sign, text in islice(diff.lines(), most + 1)]
    summary = in_words(diff.counts) + (", and the SOA" if diff.soa and sides[0] else "")
    return DiffView(*sides, view, summary, tuple(lines[:most]), cut=len(lines) > most)


def _of(snapshot: Snapshot, view: str) -> View | None:
    return snapshot.source if view == SOURCE else snapshot.served


def _side(snapshot: Snapshot | None) -> Side | None:
    return Side(snapshot.serial, snapshot.recorded_at) if snapshot else None


def checked_view(view: str) -> str:
    """Give the view that is asked for; raises NothingRecorded for one that there is not."""
    if view not in (SERVED, SOURCE):
        raise NothingRecorded(f"there is no view {view!r}; there are `{SERVED}` and `{SOURCE}`")
    return view

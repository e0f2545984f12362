"""What of a zone's history is kept, and what the kept snapshots are made of."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from zonemesh.mesh.sections import History
from zonemesh.serial import MODULUS
from zonemesh.snapshot import Head, Snapshot
from zonemesh.tree import Load, View, child_digests

NEWEST = 100  # snapshots of a zone that are kept whatever their age: a quiet zone has a history too
DAY = 86_400  # seconds
_AT_ONCE = 500  # pages; what is loaded at a time stays at some megabytes


def kept(
    snapshots: Sequence[Snapshot], head: Head, history: History, now: int, newest: int = NEWEST
) -> set[int]:
    """Give the serials of the snapshots that stay; `now` is in epoch seconds.

    What the head names stays, and what the guard compares that with; so do the newest by serial and
    all young ones. Of each later day (UTC) the last that was served stays, or the last one at all.
    """
    protected = _named(snapshots, head)
    around = sorted((_ahead(each.serial, head.serial) for each in snapshots), reverse=True)
    nth_newest = around[:newest][-1] if around else 0
    parents = {each.parent for each in snapshots}
    last_of_day: dict[int, Snapshot] = {}
    for each in snapshots:
        age = now - each.recorded_at
        if age < history.keep_all_days * DAY or _ahead(each.serial, head.serial) >= nth_newest:
            protected.add(each.serial)
        if age < history.keep_daily_days * DAY:
            day = each.recorded_at // DAY
            last_of_day[day] = max(
                last_of_day.get(day, each), each, key=lambda one: _rank(one, head, parents)
            )
    return protected | {each.serial for each in last_of_day.values()}


def _named(snapshots: Iterable[Snapshot], head: Head) -> set[int]:
    """Give the served one, the held one, and what the guard counts the next changes from."""
    named = {head.serial} | ({head.held} if head.held is not None else set())
    baselines = {each.window.baseline for each in snapshots if each.window and each.serial in named}
    return named | baselines


def _rank(snapshot: Snapshot, head: Head, parents: Collection[int | None]) -> tuple[bool, int]:
    served = not snapshot.is_withheld or snapshot.serial in parents
    return served, _ahead(snapshot.serial, head.serial)


def _ahead(serial: int, of: int) -> int:
    """Give how far a serial is ahead of another, negative where it is behind (RFC 1982)."""
    steps = (serial - of) % MODULUS
    return steps if steps < MODULUS // 2 else steps - MODULUS


def reachable(tops: Iterable[View | None], load: Load) -> set[str]:
    """Give the digests of all pages and chunks under some tops; only pages are loaded, each once.

    Raises as `load` does where a page is missing: what is under it cannot be known.
    """
    by_level: dict[int, set[str]] = {}
    for top in tops:
        if top is not None:
            by_level.setdefault(top.level, set()).add(top.digest)
    found: set[str] = set()
    for level in range(max(by_level, default=0), -1, -1):
        nodes = by_level.get(level, set()) - found
        found |= nodes
        if level:
            below = by_level.setdefault(level - 1, set())
            for batch in _batches(sorted(nodes)):
                for text in load(batch).values():
                    below.update(child_digests(text))
    return found


def _batches(digests: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(digests), _AT_ONCE):
        yield digests[start : start + _AT_ONCE]

"""What differs between two snapshots of a zone, read from the chunks that differ."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from zonemesh.route53.rrsets import source_codec
from zonemesh.snapshot import Snapshot
from zonemesh.tree import Codec, Load, View, diff, differing
from zonemesh.zone import RRsetKey
from zonemesh.zonefile import served_codec

COUNTED_MOST = 1_000  # chunks: a hundred thousand rrsets, which are seconds of reading
REMOVED, ADDED = "-", "+"


@dataclass(frozen=True, slots=True)
class Counts:
    """How many rrsets came, went, and are other than they were.

    With `about` it is too many to be read: all rrsets of the chunks that differ are counted.
    """

    added: int = 0
    removed: int = 0
    changed: int = 0
    about: bool = False

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


@dataclass(frozen=True, slots=True)
class RRsetChange:
    """An rrset's texts before and after, None where there is none; each line ends in a newline."""

    key: RRsetKey
    before: str | None
    after: str | None

    def lines(self) -> Iterator[tuple[str, str]]:
        """Give the lines that went and those that came, each with its sign, without newlines."""
        old, new = _lines(self.before), _lines(self.after)
        yield from ((REMOVED, line) for line in old if line not in set(new))
        yield from ((ADDED, line) for line in new if line not in set(old))


def _lines(text: str | None) -> list[str]:
    return text.split("\n")[:-1] if text else []


@dataclass(frozen=True, slots=True)
class SnapshotDiff:
    """What leads from one snapshot to another; `before` is None for a zone that was not there.

    `changes` are those of one view, in canonical order. `soa` holds the two SOA lines where they
    differ in more than the serial, which differs between any two snapshots.
    """

    before: Snapshot | None
    after: Snapshot
    changes: tuple[RRsetChange, ...]
    soa: tuple[str | None, str] | None = None

    @property
    def counts(self) -> Counts:
        """Count the rrsets that differ, without the SOA."""
        return count(self.changes)

    def lines(self) -> Iterator[tuple[str, str]]:
        """Give what differs line by line, each with its sign."""
        if self.soa:
            before, after = self.soa
            yield from [(REMOVED, before)] if before else []
            yield ADDED, after
        for change in self.changes:
            yield from change.lines()


def count(changes: Collection[RRsetChange]) -> Counts:
    """Count changes by what they are."""
    added = sum(change.before is None for change in changes)
    removed = sum(change.after is None for change in changes)
    return Counts(added, removed, len(changes) - added - removed)


def served_diff(before: Snapshot | None, after: Snapshot, load: Load) -> SnapshotDiff:
    """Compare the master-file lines that two snapshots serve; chunks that they share stay unread.

    Raises the errors of `load`.
    """
    old = before.served if before else None
    soa = None
    if before is None or before.soa != after.soa:
        soa = (before.soa_line() if before else None, after.soa_line())
    return SnapshotDiff(before, after, _changes(old, after.served, load, served_codec), soa)


def source_diff(before: Snapshot | None, after: Snapshot, load: Load) -> SnapshotDiff:
    """Compare the source's rrsets of two snapshots, a line of JSON each."""
    old = before.source if before else None
    return SnapshotDiff(before, after, _changes(old, after.source, load, source_codec))


def owner_changes(
    before: Snapshot | None, after: Snapshot, order: bytes, load: Load
) -> tuple[tuple[RRsetChange, ...], tuple[RRsetChange, ...]]:
    """Give what differs at one owner name (`names.order_of`): in the source, and as it is served.

    Of the trees only the ways to that name are read, as far as they differ.
    """
    old_source, old_served = (before.source, before.served) if before else (None, None)
    return (
        _changes(old_source, after.source, load, source_codec, [order]),
        _changes(old_served, after.served, load, served_codec, [order]),
    )


def view_counts(old: View | None, new: View | None, load: Load, *, source: bool) -> Counts:
    """Count how many rrsets differ between two source views, or two served ones.

    A view that came or went whole is counted by its top, and nothing of it is read. Where more than
    `COUNTED_MOST` chunks differ they are not read either.
    """
    if old is None or new is None:
        return Counts(new.count if new else 0, old.count if old else 0)
    chunks = differing(old, new, load)
    if sum(map(len, chunks)) > COUNTED_MOST:
        before, after = (sum(node.count for node in nodes) for nodes in chunks)
        more = after - before
        return Counts(max(more, 0), max(-more, 0), min(before, after), about=True)
    return count(_changes(old, new, load, source_codec if source else served_codec))


def _changes(
    old: View | None,
    new: View | None,
    load: Load,
    codec: Codec,
    orders: Iterable[bytes] | None = None,
) -> tuple[RRsetChange, ...]:
    differing = diff(old, new, load, codec, orders)
    return tuple(RRsetChange(key, *texts) for key, texts in differing.items())

"""A zone's history: its snapshots with their reasons, and what people did with the mesh's commands.

Snapshots that were accepted form a line, each on its parent. One that was held stands beside the
line, on the snapshot that was served meanwhile, unless somebody approved it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from zonemesh.audit import APPROVE, Audit, AuditEntry
from zonemesh.diffing import Counts, view_counts
from zonemesh.errors import ChunkDamaged, NothingRecorded, SnapshotMissing
from zonemesh.nodes import Nodes
from zonemesh.ports import SnapshotStore
from zonemesh.snapshot import Head, Snapshot

FIRST_PAGE, PAGE = 10, 100  # snapshots that are read at once: what is sought is mostly young

NEWEST, HELD, PARENT = "newest", "held", "parent"


class Standing(StrEnum):
    """What became of a snapshot."""

    SERVED = "served"  # the newest that was accepted
    ACCEPTED = "accepted"
    HELD = "held"  # waits for somebody's decision, or for the source
    REJECTED = "rejected"  # waits for the next change
    NEVER = "never served"  # was held until another one took its place


@dataclass(frozen=True, slots=True)
class Recording:
    """A snapshot as the history shows it.

    `against` is what it is counted against: its parent, or, where that is no longer kept, the
    newest accepted one before it; None where there is none. `served` and `source` count how many
    rrsets of each view differ; None where a snapshot that is not the zone's first has nothing
    before it any more, or where what `damaged` says keeps it from being counted.
    """

    snapshot: Snapshot
    standing: Standing
    against: Snapshot | None
    served: Counts | None
    source: Counts | None
    damaged: str = ""

    @property
    def time(self) -> int:
        """When it was recorded, in epoch seconds."""
        return self.snapshot.recorded_at

    @property
    def skips(self) -> bool:
        """Whether snapshots between it and what it is counted against are no longer kept."""
        return self.against is not None and self.against.serial != self.snapshot.parent

    @property
    def same_source(self) -> bool:
        """Whether what differs is not in the source."""
        return self.against is not None and self.source is not None and not self.source

    @property
    def decided_anew(self) -> bool:
        """Whether the zone's policy, or the translator, was another one before."""
        return self.against is not None and self.against.decisions != self.snapshot.decisions


@dataclass(frozen=True, slots=True)
class History:
    """A zone's last events, the newest first; `more` where there are older ones."""

    head: Head
    events: tuple[Recording | AuditEntry, ...]
    more: bool


class Past:
    """The snapshots of a zone, read in pages while somebody walks back."""

    def __init__(self, store: SnapshotStore, zone: str) -> None:
        self._store, self._zone = store, zone
        self._known: dict[int, Snapshot] = {}
        self._page = FIRST_PAGE

    def newest(self, most: int) -> list[Snapshot]:
        """Give the last snapshots, accepted and held, the highest serial first."""
        found = self._store.snapshots(self._zone, most=most)
        self._known.update({snapshot.serial: snapshot for snapshot in found})
        return found

    def before(self, snapshot: Snapshot) -> Snapshot | None:
        """Give the snapshot's parent.

        Where it is no longer kept, that is the newest kept one before it that was not held; None
        where there is none.
        """
        if snapshot.parent is None:
            return None
        if snapshot.parent not in self._known:
            self._known = {s.serial: s for s in self._older(snapshot)}
        if parent := self._known.get(snapshot.parent):
            return parent
        try:
            return self._store.snapshot(self._zone, snapshot.parent)
        except SnapshotMissing:
            return next((s for s in self._accepted_below(snapshot)), None)

    def _older(self, snapshot: Snapshot) -> list[Snapshot]:
        page, self._page = self._page, min(2 * self._page, PAGE)
        return self._store.snapshots(self._zone, below=snapshot.serial, most=page)

    def _accepted_below(self, snapshot: Snapshot) -> Iterator[Snapshot]:
        while older := self._older(snapshot):
            yield from (each for each in older if not each.is_withheld)
            snapshot = older[-1]

    def line(self, newest: Snapshot) -> Iterator[tuple[Snapshot, Snapshot | None]]:
        """Walk back from a snapshot: each with the one before it, None at the end."""
        snapshot: Snapshot | None = newest
        while snapshot is not None:
            before = self.before(snapshot)
            yield snapshot, before
            snapshot = before


def head_of(store: SnapshotStore, zone: str) -> Head:
    """Read a zone's head; raises NothingRecorded where it has none."""
    head = store.head(zone)
    if head is None:
        raise NothingRecorded(f"{zone} has no snapshot yet; its first listing makes one")
    return head


def snapshot_called(store: SnapshotStore, head: Head, which: str) -> Snapshot:
    """Read the snapshot of a serial, the `newest` accepted or the `held` one.

    Raises NothingRecorded where there is none.
    """
    if which == HELD and head.held is None:
        raise NothingRecorded(f"{head.zone}: nothing is held; serial {head.serial} is served")
    known = {NEWEST: head.serial, HELD: head.held}
    serial = known.get(which)
    if serial is None and not (which.isascii() and which.isdigit()):
        raise NothingRecorded(f"`{which}` is no serial; write one, or `{NEWEST}`, or `{HELD}`")
    wanted = int(which) if serial is None else serial
    try:
        return store.snapshot(head.zone, wanted)
    except SnapshotMissing as problem:
        if wanted in (head.serial, head.held):
            raise
        raise NothingRecorded(
            f"{head.zone} has no snapshot {wanted}, or keeps it no longer; the newest is "
            f"{head.serial}, `zonemesh history` lists them"
        ) from problem


def compared(store: SnapshotStore, head: Head, a: str, b: str) -> tuple[Snapshot | None, Snapshot]:
    """Read the snapshots of two serials, each as `snapshot_called`; `a` may be the `parent` of b.

    The first is None where it is the parent of the zone's first snapshot. Raises NothingRecorded.
    """
    after = snapshot_called(store, head, b)
    if a != PARENT:
        return snapshot_called(store, head, a), after
    if after.parent is None:
        return None, after
    return snapshot_called(store, head, str(after.parent)), after


def read_history(store: SnapshotStore, audit: Audit, zone: str, limit: int) -> History:
    """Read a zone's last events, `limit` at most: recordings, actions, and the mesh's own actions.

    Of the views only what differs is read. Raises NothingRecorded and the errors of the store.
    """
    head = head_of(store, zone)
    past = Past(store, zone)
    snapshots = past.newest(limit + 1)
    actions = [*audit.entries(zone, limit + 1), *audit.entries(None, limit + 1)]
    approved = {entry.serial for entry in actions if entry.action == APPROVE}
    shown = _newest_first(snapshots, actions)
    standings = _standings(head, snapshots, approved)
    nodes = Nodes(store, zone)
    events = tuple(
        _recording(event, standings[event.serial], past.before(event), nodes)
        if isinstance(event, Snapshot)
        else event
        for event in shown[:limit]
    )
    return History(head, events, more=len(shown) > limit)


def read_recording(store: SnapshotStore, audit: Audit, head: Head, snapshot: Snapshot) -> Recording:
    """Read one snapshot as the history shows it."""
    past = Past(store, head.zone)
    newer = _child(store, snapshot, head)
    approved = {e.serial for e in audit.entries(head.zone, PAGE) if e.action == APPROVE}
    standing = _standings(head, [*newer, snapshot], approved)[snapshot.serial]
    return _recording(snapshot, standing, past.before(snapshot), Nodes(store, head.zone))


def _child(store: SnapshotStore, snapshot: Snapshot, head: Head) -> list[Snapshot]:
    """Give the snapshots made on one that was withheld, which tell that it was accepted."""
    if not snapshot.is_withheld or snapshot.serial == head.serial:
        return []
    below: int | None = None
    while page := store.snapshots(head.zone, below=below, most=PAGE):
        newer = [each for each in page if each.serial > snapshot.serial]
        if found := [each for each in newer if each.parent == snapshot.serial]:
            return found
        if len(newer) < len(page):
            break
        below = page[-1].serial
    return []


def _newest_first(
    snapshots: Sequence[Snapshot], actions: Sequence[AuditEntry]
) -> list[Snapshot | AuditEntry]:
    """Merge by time; an action of the second of a snapshot came after it."""
    dated: list[tuple[int, int, Snapshot | AuditEntry]] = [
        *((snapshot.recorded_at, 0, snapshot) for snapshot in snapshots),
        *((entry.time, 1, entry) for entry in actions),
    ]
    return [event for *_, event in sorted(dated, key=lambda each: each[:2], reverse=True)]


def _standings(
    head: Head, snapshots: Sequence[Snapshot], approved: set[int | None]
) -> dict[int, Standing]:
    """Tell what became of each; what another one was made on was accepted."""
    accepted = {snapshot.parent for snapshot in snapshots} | approved

    def standing(snapshot: Snapshot) -> Standing:
        if snapshot.serial == head.serial:
            return Standing.SERVED
        if snapshot.serial == head.held:
            return Standing.REJECTED if head.rejected else Standing.HELD
        if snapshot.serial in accepted or not snapshot.is_withheld:
            return Standing.ACCEPTED
        return Standing.NEVER

    return {snapshot.serial: standing(snapshot) for snapshot in snapshots}


def _recording(
    snapshot: Snapshot, standing: Standing, against: Snapshot | None, nodes: Nodes
) -> Recording:
    if against is None and snapshot.parent is not None:
        return Recording(snapshot, standing, None, None, None)
    old_served, old_source = (against.served, against.source) if against else (None, None)
    try:
        served = view_counts(old_served, snapshot.served, nodes.load, source=False)
        source = view_counts(old_source, snapshot.source, nodes.load, source=True)
    except ChunkDamaged as problem:  # what happened and who it was is to be seen all the same
        return Recording(snapshot, standing, against, None, None, str(problem))
    return Recording(snapshot, standing, against, served, source)

"""The use case: old snapshots dropped, and the chunks and pages that nothing reaches any more.

A snapshot's root goes first, and what only it was made of a collection later: nobody finds a root
whose content is gone, and who has just read one has a day to read on. What is dropped is found by
looking through the table, so a crash in between, a recorder that lost its race and one that was cut
off leave nothing behind for good.

It is safe beside recorders. One that commits after the head was read here builds on that head or on
a later one: what it takes over is reachable from what is kept, and all else of its content it has
touched, less than `UNUSED_FOR` ago. So content that returns to what it once was is not deleted.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from zonemesh.control import Control
from zonemesh.errors import SnapshotMissing, ZonemeshError
from zonemesh.garbage import DAY, NEWEST, kept, reachable
from zonemesh.snapshot import Head, Snapshot
from zonemesh.storeroom import Progress, StoredNode, Storeroom

EVERY = DAY  # seconds between two beginnings
UNUSED_FOR = DAY  # seconds since a node was last touched; far above any recorder's run
GATHERED_MOST = 500_000  # unused nodes judged at a time: bounds the memory
DROPPED_AT_ONCE = 1_000  # between looks at the time
_PAGE = 1_000  # snapshots read at a time


@dataclass(slots=True)
class Collected:
    """What a run did.

    `snapshots` and `nodes` were dropped (a node in parts counts each), `kept` snapshots stay in
    `zones` zones; `problems` name the zones that could not be gone through, of which nothing was
    dropped but roots. `unclean_for` is how long ago the last collection ended, in seconds, that had
    no problem.
    """

    zones: int = 0
    snapshots: int = 0
    nodes: int = 0
    kept: int = 0
    problems: list[str] = field(default_factory=list)
    ended: bool = False
    unclean_for: int = 0


@dataclass(slots=True)
class _Gathered:
    """A part of the table: its zones, the unused nodes of each, and where the next part starts."""

    nodes: dict[str, list[StoredNode]] = field(default_factory=dict)
    following: str | None = None


def collect(
    control: Control, room: Storeroom, left: Callable[[], float], newest: int = NEWEST
) -> Collected:
    """Begin a collection where the last one began a day ago, or go on with one that has not ended.

    `left` gives the seconds that the run still has, the time to end well not counted. Where no mesh
    is applied nobody has said how long to keep what, so nothing is dropped. Raises what the store
    raises where the table cannot be looked through.
    """
    now, collected = control.now(), Collected()
    if control.ports.mesh_store.newest() is None:
        return collected
    progress = room.progress() or Progress(begun=now, clean_at=now)
    if progress.ended:
        collected.unclean_for = now - progress.clean_at
        if now - progress.begun < EVERY:
            collected.ended = True
            return collected
        progress = Progress(begun=now, clean_at=progress.clean_at)
    while not progress.ended and left() > 0:
        gathered = _gather(room, progress.start, now - UNUSED_FOR, left)
        progress = _go_through(control, room, gathered, progress, left, newest, collected)
        room.save_progress(progress)
        if progress.zone:
            break  # time was up among the zones
    collected.ended = progress.ended
    collected.unclean_for = now - progress.clean_at
    return collected


def _gather(
    room: Storeroom, start: str | None, cutoff: int, left: Callable[[], float]
) -> _Gathered:
    """Look through the table for half of the time, as far as what is found can be held."""
    gathered, count, enough = _Gathered(), 0, left() / 2
    for page in room.look_through(cutoff, start):
        for zone in page.zones:
            gathered.nodes.setdefault(zone, [])
        for node in page.unused:
            gathered.nodes.setdefault(node.zone, []).append(node)
        count += len(page.unused)
        gathered.following = page.following
        if count >= GATHERED_MOST or left() < enough:
            break
    return gathered


def _go_through(
    control: Control,
    room: Storeroom,
    gathered: _Gathered,
    progress: Progress,
    left: Callable[[], float],
    newest: int,
    collected: Collected,
) -> Progress:
    """Collect zone after zone, one at least, from where the last run had no more time."""
    clean, first = progress.clean, not collected.zones
    for zone in sorted(zone for zone in gathered.nodes if zone > progress.zone):
        if left() <= 0 and not first:
            return replace(progress, clean=clean)
        first = False
        try:
            work = _Zone(control, room, zone, left, newest)
            if not work.collect(gathered.nodes[zone], collected):
                return replace(progress, clean=clean)
        except ZonemeshError as problem:
            collected.problems.append(f"{zone}: {problem}")
            clean = False
        progress = replace(progress, zone=zone)
    ended = gathered.following is None
    return replace(
        progress,
        start=gathered.following,
        zone="",
        clean=clean,
        ended=ended,
        clean_at=control.now() if ended and clean else progress.clean_at,
    )


@dataclass(frozen=True, slots=True)
class _Zone:
    """One zone's turn."""

    control: Control
    room: Storeroom
    zone: str
    left: Callable[[], float]
    newest: int

    def collect(self, unused: list[StoredNode], collected: Collected) -> bool:
        """Drop what is not kept any more; False where time was up before the end."""
        store = self.control.ports.store
        now = self.control.now()  # before the head is read: who touches later is seen to
        head = store.head(self.zone)
        snapshots = list(self._snapshots())
        _refuse_gaps(self.zone, head, snapshots)
        stays = self._stays(head, snapshots, now)
        for snapshot in snapshots:
            if snapshot.serial not in stays:
                self.room.drop_snapshot(self.zone, snapshot.serial)
                collected.snapshots += 1
        collected.zones += 1
        collected.kept += sum(snapshot.serial in stays for snapshot in snapshots)
        return self._drop_unreachable(snapshots, unused, now - UNUSED_FOR, collected)

    def _snapshots(self) -> Iterator[Snapshot]:
        below: int | None = None
        while page := self.control.ports.store.snapshots(self.zone, below=below, most=_PAGE):
            yield from page
            below = page[-1].serial

    def _stays(self, head: Head | None, snapshots: list[Snapshot], now: int) -> set[int]:
        if head is None:
            return set()
        return kept(snapshots, head, self.control.mesh.history, now, self.newest)

    def _drop_unreachable(
        self,
        snapshots: list[Snapshot],
        unused: list[StoredNode],
        cutoff: int,
        collected: Collected,
    ) -> bool:
        if not unused:
            return True
        store = self.control.ports.store
        tops = (top for snapshot in snapshots for top in snapshot.tops)
        used = reachable(tops, lambda digests: store.load(self.zone, digests))
        garbage = [node for node in unused if node.digest not in used]
        for start in range(0, len(garbage), DROPPED_AT_ONCE):
            if start and self.left() <= 0:
                return False
            batch = garbage[start : start + DROPPED_AT_ONCE]
            collected.nodes += self.room.drop_nodes(batch, cutoff)
        return True


def _refuse_gaps(zone: str, head: Head | None, snapshots: list[Snapshot]) -> None:
    """Drop nothing of a zone of which it cannot be known what is in use."""
    if head is None:
        if snapshots:
            raise SnapshotMissing(f"{zone} has snapshots and no head: nobody knows what is served")
        return
    lost = {head.serial, head.held or head.serial} - {snapshot.serial for snapshot in snapshots}
    if lost:
        raise SnapshotMissing(f"{zone}: no snapshot {min(lost)}, which its head names; list it")

"""What a new snapshot needs to know where the newest one cannot be read to its end."""

from collections.abc import Collection

from zonemesh.derived import Views
from zonemesh.errors import ChunkDamaged, SnapshotMissing
from zonemesh.guard import OWN, Sides, concerns
from zonemesh.nodes import Nodes
from zonemesh.policy import Guard
from zonemesh.ports import SnapshotStore
from zonemesh.snapshot import Head, Snapshot
from zonemesh.translation.question import answers_codec
from zonemesh.tree import View, digests, entries

_AT_ONCE = 500  # chunks read at a time; what they hold is not kept


def check_whole(store: SnapshotStore, zone: str, snapshots: Collection[Snapshot]) -> None:
    """Read every chunk and page of some snapshots once; raises ChunkDamaged.

    Equal trees are equal by their digests, whether or not all of them is there, so that comparing
    alone would not find what is lost.
    """
    nodes = Nodes(store, zone)
    wanted = {
        digest for each in snapshots for top in each.tops for digest in digests(top, nodes.load)
    }
    ordered = sorted(wanted)
    for start in range(0, len(ordered), _AT_ONCE):
        store.load(zone, ordered[start : start + _AT_ONCE])


def last_served(store: SnapshotStore, head: Head) -> Snapshot | None:
    """Give the newest snapshot that was served and whose root can be read, if there is one."""
    try:
        return store.snapshot(head.zone, head.serial)
    except SnapshotMissing:
        pass
    try:
        past = store.snapshots(head.zone, below=head.serial)
    except SnapshotMissing:
        return None
    return next((snapshot for snapshot in past if not snapshot.is_withheld), None)


def is_held_already(store: SnapshotStore, head: Head, made: Snapshot) -> bool:
    """Tell whether what waits holds the same, so that nobody is to be told again."""
    try:
        return head.held is not None and made.same_content(store.snapshot(head.zone, head.held))
    except SnapshotMissing:
        return False


def settled(before: Snapshot | None, nodes: Nodes) -> View | None:
    """Give the answers of a snapshot where they can be read; others are asked again."""
    try:
        for _ in entries(before.answers if before else None, nodes.load, answers_codec):
            pass
    except ChunkDamaged:
        return None
    return before.answers if before else None


def judged(
    guard: Guard, apex: str, before: Snapshot | None, views: Views, nodes: Nodes
) -> tuple[str, ...]:
    """Say what the guard has against new views; where the old ones are lost, by their number."""
    if before is None:
        return ()
    try:
        return concerns(
            guard, apex, Sides(before, views.source, views.answers, views.signatures), nodes.load
        )
    except ChunkDamaged:
        return _by_number(guard, before, views.source)


def _by_number(guard: Guard, before: Snapshot, source: View | None) -> tuple[str, ...]:
    count, left = (view.count if view else 0 for view in (before.source, source))
    if (left <= OWN < count - 1) or (
        count >= guard.from_rrsets and 100 * (count - left) > guard.removed * count
    ):
        return (
            f"{left} rrsets are left of {count} in serial {before.serial}, which cannot be read "
            f"any more to compare them (`guard.removed`: {guard.removed} %)",
        )
    return ()

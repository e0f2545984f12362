"""What a recorder starts from, and what comes of it."""

from dataclasses import dataclass

from zonemesh.guard import judged_count
from zonemesh.mesh_zone import MeshZone
from zonemesh.policy import Guard
from zonemesh.snapshot import Head, Snapshot, Window


@dataclass(frozen=True, slots=True)
class Recorded:
    """What came of it: the newest snapshot of the source, and whether this call made it.

    `held` is true where its content is refused by the zone's policy, or more than the guard lets
    pass: an older one is served on, or none where there is no head yet. `alert` is true where that
    is news. `repaired` says what of the newest snapshot could not be read, where a listing replaced
    it whole.
    """

    snapshot: Snapshot
    changed: bool
    held: bool = False
    alert: bool = False
    repaired: str = ""


@dataclass(frozen=True, slots=True)
class Parent:
    """The head as it was read before the source, its snapshot, and what the source was last seen
    to be: the snapshot that is held, or else the head's.
    """

    head: Head
    snapshot: Snapshot
    seen: Snapshot


def window_of(parent: Parent, guard: Guard, now: int) -> Window:
    """Give what the next changes are judged together with.

    A snapshot that was approved begins anew, and what is held waits for as long as it takes.
    """
    known, head = parent.seen.window, parent.snapshot
    if known and parent.head.held is not None:
        return known
    if known is None or head.concerns or now - known.since >= guard.within:
        return Window(head.serial, now, judged_count(head))
    return known


def is_current(parent: Parent, zone: MeshZone) -> bool:
    """Tell whether a snapshot follows from the decisions of today."""
    return parent.head.decisions == zone.decisions()

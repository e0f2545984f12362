"""The use case: what the guard holds is served after all, or waits for the next change."""

from collections.abc import Callable

from zonemesh.errors import ApprovalRefused, HeadMoved
from zonemesh.ports import SnapshotStore
from zonemesh.snapshot import Head, Snapshot


def approve(store: SnapshotStore, zone: str, serial: int) -> Snapshot:
    """Serve a held snapshot; later changes are judged by what they change of it.

    Raises ApprovalRefused where that serial is not what waits, or the zone's policy refuses it:
    that is a decision, which is changed in the policy.
    """
    head = _holding(store, zone, serial)
    snapshot = store.snapshot(zone, serial)
    if snapshot.refused:
        raise ApprovalRefused(
            f"{zone}: the policy refuses {snapshot.refused} rrsets of serial {serial}; "
            f"`zonemesh report {zone} --held` names them and the setting that decided"
        )
    _settle(store.accept, head)
    return snapshot


def reject(store: SnapshotStore, zone: str, serial: int) -> Snapshot:
    """Leave a held snapshot waiting without further alarm, until the next change.

    Raises ApprovalRefused where that serial is not what waits.
    """
    head = _holding(store, zone, serial)
    _settle(store.reject, head)
    return store.snapshot(zone, serial)


def _holding(store: SnapshotStore, zone: str, serial: int) -> Head:
    head = store.head(zone)
    if head is None:
        raise ApprovalRefused(f"{zone} has no snapshot yet")
    if head.held is None:
        raise ApprovalRefused(f"{zone}: nothing is held; serial {head.serial} is served")
    if head.held != serial:
        raise ApprovalRefused(
            f"{zone}: serial {serial} does not wait; {head.held} does. "
            f"Look: `zonemesh show {zone} {head.held}`"
        )
    return head


def _settle(move: Callable[[Head], Head], head: Head) -> None:
    try:
        move(head)
    except HeadMoved as problem:
        raise ApprovalRefused(
            f"{head.zone}: the source has just changed again; look at what is held now"
        ) from problem

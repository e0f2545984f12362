"""The use case: a zone's serial raised without a change of content.

A secondary that holds a higher serial than the hubs takes nothing from them until theirs is newer.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from zonemesh.errors import CommandRefused, HeadMoved, NothingRecorded, SerialTooFar, TooManyRetries
from zonemesh.ports import SnapshotStore
from zonemesh.record import ATTEMPTS
from zonemesh.serial import MODULUS, MOST_AHEAD, SerialStrategy, is_newer, newest, next_serial
from zonemesh.snapshot import Head, Reason, Snapshot

BUMP = "bump"  # the reason of a snapshot that differs from its parent by the serial alone


@dataclass(frozen=True, slots=True)
class Bumped:
    """The serial of a zone before and after; the same where it was above the wanted one already."""

    before: int
    after: int


def bump(
    store: SnapshotStore,
    zone: str,
    strategy: SerialStrategy,
    now: Callable[[], int],
    above: int | None = None,
) -> Bumped:
    """Commit the head's content once more, under a newer serial.

    With `above` the serial becomes newer than that one, and stays where it is newer already: doing
    it again changes nothing. `zone` is the zone's key, `now` gives epoch seconds. Whoever announces
    heads announces this one. Raises NothingRecorded, SerialTooFar, CommandRefused for a zone that
    comes signed, TooManyRetries and the errors of the store.
    """
    for _ in range(ATTEMPTS):
        head = store.head(zone)
        if head is None:
            raise NothingRecorded(f"{zone} has no snapshot yet; its first listing makes one")
        if above is not None and _is_above(zone, head.serial, above):
            return Bumped(head.serial, head.serial)
        try:
            return Bumped(head.serial, _commit(store, head, strategy, now(), above))
        except HeadMoved:
            continue
    raise TooManyRetries(f"{zone}: {ATTEMPTS} commits in a row lost; try again")


def _is_above(zone: str, serial: int, above: int) -> bool:
    """Tell whether a serial is newer than the wanted one; raises SerialTooFar."""
    if is_newer(serial, above) and serial > above:
        return True
    if serial != above and not is_newer(above, serial):
        raise SerialTooFar(_two_steps(zone, serial, above))
    return False


def _two_steps(zone: str, serial: int, above: int) -> str:
    # RFC 1982 7: the farthest that one step can go, taken by all before the second one.
    farthest = (serial + MOST_AHEAD) % MODULUS
    return (
        f"{zone}: {above} is not newer than {serial}, since it is more than {MOST_AHEAD} ahead "
        f"(RFC 1982 3.2: a secondary that holds {above} takes {serial} for newer already, save "
        "where they are exactly 2^31 apart). To pass it by number go in two steps: first "
        f"`--above {(farthest - 1) % MODULUS}`, then, once every secondary answers {farthest}, "
        f"`--above {above}`"
    )


def _commit(
    store: SnapshotStore, head: Head, strategy: SerialStrategy, now: int, above: int | None
) -> int:
    parent = store.snapshot(head.zone, head.serial)
    if parent.signatures is not None:
        raise CommandRefused(
            f"{head.zone} comes signed, and its SOA's signature covers the serial: raise it at the "
            "primary, which signs it anew"
        )
    serial = next_serial(newest(head.taken), now=now, floor=above, strategy=strategy)
    raised = replace(
        parent,
        serial=serial,
        parent=head.serial,
        recorded_at=now,
        reason=Reason(BUMP),
        # What is held may follow from newer decisions than what is served.
        decisions=head.decisions if head.held is None else parent.decisions,
    )
    store.commit(raised, head)
    if head.held is not None:
        _hold_again(store, store.snapshot(head.zone, head.held), raised)
    return serial


def _hold_again(store: SnapshotStore, held: Snapshot, raised: Snapshot) -> None:
    """Let what waits on the old head wait on the new one; who recorded meanwhile knows better."""
    head = store.head(raised.zone)
    if head is None or head.serial != raised.serial:
        return
    serial = next_serial(raised.serial, now=0, strategy=SerialStrategy.INCREMENT)
    try:
        store.hold(replace(held, serial=serial, parent=raised.serial), head)
    except HeadMoved:
        return

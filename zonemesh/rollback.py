"""The use case: a zone's source is put back to what a snapshot holds of it."""

from dataclasses import dataclass

from zonemesh.errors import NothingRecorded, RollbackRefused, SnapshotMissing, ZoneGone
from zonemesh.ports import Member, SnapshotStore, SourceRRset, ZoneSource
from zonemesh.route53.plan import Place, Plan
from zonemesh.route53.rrsets import source_codec, source_rrset
from zonemesh.snapshot import Snapshot
from zonemesh.source_writing import (
    OnBatch,
    SourceAccount,
    Written,
    ZoneWriter,
    carry_out,
    plan_for,
)
from zonemesh.tree import entries


@dataclass(frozen=True, slots=True)
class Rollback:
    """What a rollback would do: the plan leads from the live source to the snapshot's."""

    member: Member
    snapshot: Snapshot
    wanted: tuple[SourceRRset, ...]
    plan: Plan

    @property
    def comment(self) -> str:
        """The mark that our own change batches carry."""
        return f"zonemesh rollback {self.member.apex} to {self.snapshot.serial}"


def source_rrsets(store: SnapshotStore, snapshot: Snapshot) -> list[SourceRRset]:
    """Read a snapshot's source view; raises the errors of the store."""
    found = entries(snapshot.source, lambda wanted: store.load(snapshot.zone, wanted), source_codec)
    return [source_rrset(entry.text) for entry in found]


def snapshot_at(store: SnapshotStore, zone: str, serial: int | None) -> Snapshot:
    """Read a zone's snapshot, by default the newest accepted one; raises NothingRecorded."""
    head = store.head(zone)
    if head is None:
        raise NothingRecorded(f"{zone} has no snapshot: there is nothing to go back to")
    try:
        return store.snapshot(zone, head.serial if serial is None else serial)
    except SnapshotMissing as problem:
        raise NothingRecorded(
            f"{zone} has no snapshot {serial}; `zonemesh history {zone}` lists those there are"
        ) from problem


def check_is_hosted(member: Member) -> None:
    """Raise RollbackRefused where a zone's source is not Route 53's, which alone is written."""
    if member.integration:
        return
    if member.pulled_by:
        raise RollbackRefused(
            f"{member.zone} comes from primaries, which zonemesh does not write: put it back there "
            f"and raise the serial; `zonemesh export {member.zone} SERIAL` gives the zone file"
        )
    raise RollbackRefused(f"{member.zone} is written by the mesh itself: there is no other source")


def plan_rollback(
    store: SnapshotStore,
    source: ZoneSource,
    account: SourceAccount,
    member: Member,
    serial: int,
    *,
    apex_ns: bool = False,
) -> Rollback:
    """List the source and plan what makes a snapshot's state of it; nothing is written.

    `apex_ns` puts the NS records at the apex back as well. Raises RollbackRefused where the source
    is gone, NothingRecorded, and the errors of the store and the source.
    """
    check_is_hosted(member)
    snapshot = snapshot_at(store, member.zone, serial)
    wanted = source_rrsets(store, snapshot)
    place = Place(
        member.hosted_zone_id,
        member.apex,
        own_ids=frozenset({member.hosted_zone_id}),
        apex_ns=apex_ns,
    )
    return Rollback(member, snapshot, tuple(wanted), _planned(source, account, place, wanted))


def _planned(
    source: ZoneSource, account: SourceAccount, place: Place, wanted: list[SourceRRset]
) -> Plan:
    if not place.hosted_zone_id:
        raise RollbackRefused(f"{place.apex}: no hosted zone of the name was found yet")
    try:
        return plan_for(source.listing(), account, place, wanted)
    except ZoneGone as problem:
        raise RollbackRefused(
            f"{problem}; `zonemesh restore` makes a new one with what the snapshot holds"
        ) from problem


def check(rollback: Rollback, *, leave_out: bool = False) -> None:
    """Raise RollbackRefused where a snapshot holds what cannot be written.

    With `leave_out` the rest may be written all the same.
    """
    lost = len(rollback.plan.lost)
    if lost and not leave_out:
        what = "1 rrset" if lost == 1 else f"{lost} rrsets"
        raise RollbackRefused(
            f"{rollback.member.zone}: {what} of serial {rollback.snapshot.serial} cannot be "
            "written as they were; nothing was changed. `--leave-out` puts back the rest"
        )


def roll_back(
    rollback: Rollback,
    source: ZoneSource,
    account: SourceAccount,
    writer: ZoneWriter,
    on_batch: OnBatch = lambda done, all: None,
) -> Written:
    """Carry a planned rollback out.

    Raises BatchRefused, WriteRefused, SourceChanged and the other errors of the source; what was
    written until then stays, and the same rollback again writes the rest.
    """
    place = rollback.plan.place

    def plan_again() -> Plan:
        return plan_for(source.listing(), account, place, rollback.wanted)

    return carry_out(rollback.plan, plan_again, writer, rollback.comment, on_batch)

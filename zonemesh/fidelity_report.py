"""The use case: a snapshot → its fidelity report, and the account of its source rrsets."""

from collections.abc import Iterable
from dataclasses import dataclass

from zonemesh.errors import NothingRecorded, SnapshotMissing
from zonemesh.fidelity import FidelityLine, report_codec, report_lines
from zonemesh.ports import SnapshotStore
from zonemesh.route53.rrsets import source_codec
from zonemesh.snapshot import Head, Snapshot
from zonemesh.tree import entries, same_owner


@dataclass(frozen=True, slots=True)
class FidelityReport:
    """What a snapshot does not carry as its source holds it; `lines` are in canonical order.

    `reported` counts the source rrsets that have a line. A line about a whole set, such as one that
    was cut, stands under no rrset's key and counts in none.
    """

    snapshot: Snapshot
    head: Head
    lines: tuple[FidelityLine, ...]
    reported: int

    @property
    def source_rrsets(self) -> int:
        """How many rrsets the source has."""
        return self.snapshot.source.count if self.snapshot.source else 0

    @property
    def carried(self) -> int:
        """How many of them are served as they are: those without a line."""
        return self.source_rrsets - self.reported

    @property
    def is_held(self) -> bool:
        """Whether the snapshot waits, as the zone's policy refuses it."""
        return self.head.held == self.snapshot.serial

    @property
    def is_newest(self) -> bool:
        """Whether this is what is served now."""
        return self.head.serial == self.snapshot.serial


def read_report(
    store: SnapshotStore, zone: str, *, serial: int | None = None, held: bool = False
) -> FidelityReport:
    """Read the report of a zone's newest snapshot, of the one that is held, or of a serial.

    `zone` is the zone's key. Raises NothingRecorded where there is no such snapshot, and the errors
    of the store.
    """
    head = store.head(zone)
    if head is None:
        raise NothingRecorded(
            f"{zone} has no snapshot yet; its first listing makes one, unless its policy refuses "
            "what the source holds"
        )
    snapshot = _snapshot(store, head, serial, held)
    found = [*entries(snapshot.report, lambda wanted: store.load(zone, wanted), report_codec)]
    keys = {entry.key for entry in found}
    source = same_owner(
        snapshot.source,
        {key.order for key in keys},
        lambda wanted: store.load(zone, wanted),
        source_codec,
    )
    reported = sum(entry.key in keys for entry in source)
    return FidelityReport(snapshot, head, tuple(report_lines(found)), reported)


def _snapshot(store: SnapshotStore, head: Head, serial: int | None, held: bool) -> Snapshot:
    if held and head.held is None:
        raise NothingRecorded(f"{head.zone}: nothing is held; serial {head.serial} is served")
    wanted = head.held if held else serial
    if wanted is None:
        return store.snapshot(head.zone, head.serial)
    try:
        return store.snapshot(head.zone, wanted)
    except SnapshotMissing as problem:
        if wanted in (head.serial, head.held):
            raise
        raise NothingRecorded(
            f"{head.zone} has no snapshot {wanted}; the newest is {head.serial}"
        ) from problem


def of_kinds(lines: Iterable[FidelityLine], kinds: Iterable[str]) -> list[FidelityLine]:
    """Give the lines of some kinds; all of them where none is named."""
    wanted = set(kinds)
    return [line for line in lines if not wanted or line.kind in wanted]

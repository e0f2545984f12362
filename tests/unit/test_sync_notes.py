"""What is a sync of a target or a pulled zone, and what is none."""

import time

import pytest

from hub_container.publishing.lanes import Pair
from hub_container.publishing.syncs import TargetSyncs
from hub_container.pulling.syncs import PulledSyncs
from hub_container.syncs.log import SyncLog
from tests.fakes.syncs import MemorySyncs
from zonemesh.recorded import Recorded
from zonemesh.snapshot import Reason, Snapshot
from zonemesh.syncs.sync import Sync, SyncOutcome
from zonemesh.targets.ports import Outcome, Published

ZONE = "axfr:eu:example.org."
PAIR = Pair(ZONE, "copy")
PUBLISHED, FAILED, RECORDED = SyncOutcome.PUBLISHED, SyncOutcome.FAILED, SyncOutcome.RECORDED


@pytest.fixture
def noted() -> list[Sync]:
    return []


@pytest.fixture
def log(noted: list[Sync]) -> SyncLog:
    return SyncLog("eu", MemorySyncs(), noted.append)


def recorded(serial: int, *, changed: bool = True, held: bool = False) -> Recorded:
    soa = "example.org. 900 IN SOA ns. root. 0 1 1 1 1"
    snapshot = Snapshot(
        ZONE, "example.org.", serial, None, 0, Reason("transfer"), soa, None, None, None
    )
    return Recorded(snapshot, changed, held)


@pytest.mark.parametrize(
    ("base", "changes", "is_sync"),
    [
        (None, 0, True),
        (Published(6, "Z1", "terms"), 0, True),
        (Published(7, "Z1", "terms", clean=False), 0, True),
        (Published(7, "Z1", "terms"), 1, True),
        (Published(7, "Z1", "terms"), 0, False),
    ],
    ids=["first", "serial moved", "was broken off", "drift repaired", "a look"],
)
def test_a_publication_is_a_sync_where_anything_came_of_it(
    log: SyncLog, noted: list[Sync], base: Published | None, changes: int, is_sync: bool
) -> None:
    syncs = TargetSyncs(log)
    syncs.came_out(PAIR, Outcome(7, "Z1", changed=changes), base, time.monotonic())
    assert [(sync.outcome, sync.serial, sync.changes) for sync in noted] == (
        [(PUBLISHED, 7, changes)] if is_sync else []
    )


def test_a_target_that_is_found_well_after_a_failure_is_a_sync(
    log: SyncLog, noted: list[Sync]
) -> None:
    syncs = TargetSyncs(log)
    syncs.is_current(PAIR, 7)
    syncs.failed(PAIR, "no answer", 7, time.monotonic())
    syncs.is_current(Pair(ZONE, "other"), 7)
    for _ in range(2):
        syncs.is_current(PAIR, 7)
    assert [sync.outcome for sync in noted] == [FAILED, PUBLISHED]


def test_a_recording_is_a_sync_where_it_brought_anything(log: SyncLog, noted: list[Sync]) -> None:
    syncs = PulledSyncs(log)
    syncs.recorded(ZONE, recorded(5), "", time.monotonic())
    syncs.recorded(ZONE, recorded(5, changed=False), "", time.monotonic())
    syncs.recorded(ZONE, recorded(6, held=True), "20 of 22 rrsets removed", time.monotonic())
    syncs.recorded(ZONE, recorded(7), "", time.monotonic())
    assert [(sync.outcome, sync.serial) for sync in noted] == [
        (RECORDED, 5),
        (SyncOutcome.HELD, 6),
        (RECORDED, 7),
    ]
    assert noted[1].error == "20 of 22 rrsets removed"


def test_a_primary_that_is_well_again_closes_the_failure(log: SyncLog, noted: list[Sync]) -> None:
    syncs = PulledSyncs(log)
    syncs.is_current(ZONE, 5)
    syncs.failed(ZONE, "main does not answer")
    for _ in range(2):
        syncs.is_current(ZONE, 5)
    assert [(sync.outcome, sync.serial) for sync in noted] == [(FAILED, None), (RECORDED, 5)]


def test_without_a_log_nothing_is_noted() -> None:
    PulledSyncs().failed(ZONE, "main does not answer")
    TargetSyncs().failed(PAIR, "no answer", None, time.monotonic())

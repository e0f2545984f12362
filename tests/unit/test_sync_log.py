"""A hub's syncs are kept beside all else: whatever the table does, nothing waits for it."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from hub_container.syncs import log as sync_log
from hub_container.syncs.log import SyncLog
from local.servers.client import wait_until
from tests.fakes.syncs import MemorySyncs
from zonemesh.errors import StoreUnavailable
from zonemesh.syncs.sync import DAY, Kind, Sync, SyncOutcome

ZONE = "route53:main:example.com."


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync_log, "_FIRST_BACKOFF", 0.01)
    monkeypatch.setattr(sync_log, "_LONGEST_BACKOFF", 0.05)


@contextmanager
def running(log: SyncLog) -> Iterator[SyncLog]:
    log.start()
    try:
        yield log
    finally:
        log.stop()


def serve(log: SyncLog, serial: int, zone: str = ZONE) -> None:
    log.note(zone, Kind.SERVE, SyncOutcome.SERVED, serial=serial, heard=time.monotonic() - 2)


def fail(log: SyncLog, error: str = "no answer") -> None:
    log.note(ZONE, Kind.PUBLISH, SyncOutcome.FAILED, target="copy", serial=7, error=error)


def test_what_is_noted_is_kept_with_its_time_for_as_long_as_the_mesh_says() -> None:
    history = MemorySyncs()
    with running(SyncLog("eu", history, days=3)) as log:
        serve(log, 7)
        wait_until("it is kept", lambda: history.kept)
    ((sync, until),) = history.kept.values()
    assert (sync.hub, sync.zone, sync.place, sync.serial) == ("eu", ZONE, "dns", 7)
    assert sync.seconds is not None and 2 <= sync.seconds < 60
    assert sync.began_at == pytest.approx(sync.ended_at - sync.seconds)
    assert until == int(sync.ended_at) + 3 * DAY


def test_a_table_out_of_reach_delays_nobody_and_gets_everything_later() -> None:
    away = threading.Event()
    away.set()

    def before() -> None:
        if away.is_set():
            raise StoreUnavailable("no route")

    history = MemorySyncs(before=before)
    with running(SyncLog("eu", history)) as log:
        started = time.monotonic()
        for serial in range(100):
            serve(log, serial)
        assert time.monotonic() - started < 5
        wait_until("it was tried several times", lambda: log.failures > 3)
        assert log.waiting > 90
        away.clear()
        wait_until("all are kept", lambda: len(history.kept) == 100)
    assert log.dropped == 0
    assert {sync.serial for sync, _ in history.kept.values()} == set(range(100))


def test_too_many_that_wait_cost_the_oldest_and_are_counted() -> None:
    history = MemorySyncs()
    log = SyncLog("eu", history, most_waiting=10)  # not started: nothing is written
    for serial in range(25):
        serve(log, serial, f"route53:main:z{serial}.")
    assert (log.waiting, log.dropped) == (10, 15)
    with running(log):
        wait_until("those that wait are kept", lambda: len(history.kept) == 10)
    assert {sync.serial for sync, _ in history.kept.values()} == set(range(15, 25))


def test_a_sync_that_the_table_refuses_keeps_no_other_from_it() -> None:
    class Picky(MemorySyncs):
        def keep(self, sync: Sync, days: int) -> None:
            if sync.serial == 13:
                raise ValueError("not this one")
            super().keep(sync, days)

    history = Picky()
    with running(SyncLog("eu", history)) as log:
        for serial in range(20):
            serve(log, serial, f"route53:main:z{serial}.")
        wait_until("all others are kept", lambda: len(history.kept) == 19)
        assert log.waiting <= 1


def test_repeats_are_one_sync_whose_count_is_right_after_a_stop() -> None:
    history = MemorySyncs()
    seen: list[Sync] = []
    with running(SyncLog("eu", history, seen.append)) as log:
        for _ in range(50):
            fail(log)
        assert log.fails(ZONE, Kind.PUBLISH, "copy")
        assert not log.fails(ZONE, Kind.SERVE)
    assert len(seen) == 50
    ((sync, _),) = history.kept.values()
    assert sync.count == 50
    assert history.writes <= 2


def test_a_stop_does_not_wait_for_a_table_that_hangs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sync_log, "_LAST_WORDS", 0.1)
    gate = threading.Event()
    history = MemorySyncs(before=lambda: bool(gate.wait(60)) and None)
    log = SyncLog("eu", history)
    log.start()
    serve(log, 7)
    started = time.monotonic()
    log.stop()
    assert time.monotonic() - started < 10
    gate.set()

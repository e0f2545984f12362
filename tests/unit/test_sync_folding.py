"""Failures that repeat are one sync that is counted, and written seldom."""

from dataclasses import replace

from hub_container.syncs.folding import WRITTEN_EVERY, Folding
from zonemesh.syncs.sync import FOLDED_WITHIN, Kind, Sync, SyncOutcome

START = 1_790_000_000.0
DAY = 86_400


def failure(at: float, error: str = "TargetFailed: no answer", serial: int | None = 7) -> Sync:
    return Sync(
        "eu",
        "route53:main:example.com.",
        Kind.PUBLISH,
        SyncOutcome.FAILED,
        START + at,
        START + at,
        "copy",
        serial,
        error=error,
    )


def success(at: float, serial: int = 7) -> Sync:
    return replace(failure(at, "", serial), outcome=SyncOutcome.PUBLISHED)


def test_each_success_is_written() -> None:
    folding = Folding()
    assert [folding.add(success(at, at)) for at in range(3)] == [[success(n, n)] for n in range(3)]


def test_a_failure_each_minute_for_a_day_is_a_row_an_hour_and_few_writes() -> None:
    folding = Folding()
    writes: list[Sync] = []
    for at in range(0, DAY, 60):
        writes += folding.add(failure(at))
    writes += folding.due(START + DAY, every=0.0)
    rows = {write.key: write for write in writes}
    assert len(rows) == DAY / FOLDED_WITHIN
    assert sum(row.count for row in rows.values()) == DAY / 60
    assert max(row.last_at for row in rows.values()) == START + DAY - 60
    assert len(writes) <= DAY / WRITTEN_EVERY + 2 * len(rows)


def test_a_success_closes_the_failure_with_its_count() -> None:
    folding = Folding()
    folding.add(failure(0))
    assert folding.add(failure(1)) == folding.add(failure(2)) == []
    assert folding.fails(Kind.PUBLISH, "copy", failure(0).zone)
    counted, done = folding.add(success(3))
    assert (counted.key, counted.count, counted.last_at) == (failure(0).key, 3, START + 2)
    assert done == success(3)
    assert not folding.fails(Kind.PUBLISH, "copy", failure(0).zone)
    assert folding.add(failure(4)) == [failure(4)]


def test_another_error_or_serial_is_another_sync_and_both_go_on() -> None:
    folding = Folding()
    refused = "SourceRefused: access denied"
    first = [failure(0), failure(1, refused), failure(2, serial=8)]
    assert [folding.add(each) for each in first] == [[each] for each in first]
    for at in range(3, 60, 3):
        again = [failure(at), failure(at + 1, refused), failure(at + 2, serial=8)]
        assert [folding.add(each) for each in again] == [[], [], []]
    assert [sync.count for sync in folding.due(START + 61, every=0.0)] == [20, 20, 20]


def test_an_error_that_differs_in_ids_and_numbers_only_is_the_same() -> None:
    folding = Folding()
    folding.add(failure(0, "timed out after 3.1 s (request 4f6a0e2c-77b1-4a8e-9d0c-2f1f6a3b9c11)"))
    later = failure(1, "timed out after 5.0 s (request 9b1d2c3e-11a2-4b6f-8c7d-0a9b8c7d6e5f)")
    assert folding.add(later) == []
    (counted,) = folding.due(START + 2, every=0.0)
    assert (counted.count, counted.error) == (2, later.error)


def test_errors_of_many_kinds_take_no_memory_without_end() -> None:
    folding = Folding()
    for number in range(1000):
        word = "".join(chr(ord("a") + int(digit)) for digit in str(number))
        assert folding.add(failure(number, word))[-1] == failure(number, word)
    assert len(folding.due(START + 5000, every=0.0)) == 0
    (failures,) = folding._open.values()
    assert len(failures) <= 8


def test_other_zones_and_places_are_apart() -> None:
    folding = Folding()
    other = replace(failure(0), zone="route53:main:example.net.")
    elsewhere = replace(failure(0), target="", kind=Kind.SERVE)
    for each in (failure(0), other, elsewhere):
        assert folding.add(each) == [each]

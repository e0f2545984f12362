"""What a SyncHistory promises, held against memory and DynamoDB alike."""

from typing import Any

import pytest

from tests.fakes.syncs import MemorySyncs
from zonemesh.aws.hub_reports import DynamoHubReports
from zonemesh.aws.syncs import DynamoSyncs
from zonemesh.aws.table import Put, Table, keyed
from zonemesh.errors import StoreUnavailable
from zonemesh.syncs.sync import DAY, ERROR_MOST, Kind, Sync, SyncHistory, SyncOutcome

ZONE, NOW = "route53:main:example.com.", 1_790_000_000.0
LONGEST = "route53:main:" + ".".join(["x" * 61] * 4) + "."


class Clock:
    """A clock that a test sets."""

    now = NOW

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(params=["memory", "dynamodb"])
def history(request: pytest.FixtureRequest, clock: Clock) -> SyncHistory:
    if request.param == "memory":
        return MemorySyncs(clock)
    return DynamoSyncs(request.getfixturevalue("table"), clock)


def sync(at: float = NOW, **more: Any) -> Sync:
    fields = {"hub": "eu", "zone": ZONE, "kind": Kind.SERVE, "outcome": SyncOutcome.SERVED}
    return Sync(**fields | {"ended_at": at, "last_at": at, "serial": 7, "seconds": 1.25} | more)


def test_syncs_come_back_as_they_were_kept_the_latest_first(history: SyncHistory) -> None:
    kept = [
        sync(NOW - 3),
        sync(NOW - 2.5, kind=Kind.PUBLISH, target="copy", outcome=SyncOutcome.PUBLISHED, changes=3),
        sync(NOW - 2, outcome=SyncOutcome.FAILED, serial=None, seconds=None, error="no: ü # it"),
        sync(NOW - 1, kind=Kind.PULL, outcome=SyncOutcome.HELD, count=4, last_at=NOW - 0.5),
        sync(NOW, zone="route53:main/view:a#b.example."),
    ]
    for each in kept:
        history.keep(each, 30)
    assert history.syncs("eu", since=0, most=10) == kept[::-1]


def test_pages_lead_from_one_to_the_next_and_nothing_is_left_out(history: SyncHistory) -> None:
    kept = [sync(NOW - number // 2, zone=f"route53:main:z{number:02d}.") for number in range(25)]
    for each in kept:
        history.keep(each, 30)
    found: list[Sync] = []
    while page := history.syncs("eu", since=0, most=4, below=found[-1] if found else None):
        assert len(page) <= 4
        found += page
    assert len(found) == 25
    assert set(found) == set(kept)
    times = [each.ended_at for each in found]
    assert times == sorted(times, reverse=True)


def test_a_span_of_time_is_read_and_no_more(history: SyncHistory) -> None:
    for ago in range(10):
        history.keep(sync(NOW - ago), 30)
    assert [each.ended_at for each in history.syncs("eu", since=NOW - 2, most=99)] == [
        NOW,
        NOW - 1,
        NOW - 2,
    ]


def test_a_later_state_of_a_sync_takes_the_place_of_the_earlier(history: SyncHistory) -> None:
    failing = sync(outcome=SyncOutcome.FAILED, error="no")
    history.keep(failing, 30)
    again = failing.again(sync(NOW + 60, outcome=SyncOutcome.FAILED, error="not yet"))
    history.keep(again, 30)
    (found,) = history.syncs("eu", since=0, most=10)
    assert (found.count, found.ended_at, found.last_at) == (2, NOW, NOW + 60)
    assert found.error == "not yet"


def test_each_hub_has_its_own(history: SyncHistory) -> None:
    history.keep(sync(), 30)
    assert history.syncs("us", since=0, most=10) == []
    assert history.syncs("e", since=0, most=10) == []


def test_what_has_outlived_its_days_is_not_shown(history: SyncHistory, clock: Clock) -> None:
    for ago in range(40):
        history.keep(sync(NOW - ago * 3600, zone=f"route53:main:z{ago}."), 2)
    clock.now = NOW + 2 * DAY - 3600 + 1
    assert [each.ended_at for each in history.syncs("eu", since=0, most=3)] == [NOW]
    clock.now = NOW + 3 * DAY
    assert history.syncs("eu", since=0, most=3) == []


def test_a_long_error_is_cut_and_the_longest_sync_is_one_write_unit(table: Table) -> None:
    history = DynamoSyncs(table, lambda: NOW)
    longest = sync(
        hub="h" * 40,
        zone=LONGEST,
        kind=Kind.PUBLISH,
        target="t" * 40,
        outcome=SyncOutcome.PUBLISHED,
        serial=2**32 - 1,
        changes=10**6,
        error="é" * 1000,
        count=10**6,
    )
    history.keep(longest, 30)
    (found,) = history.syncs(longest.hub, since=0, most=1)
    assert found.zone == LONGEST
    assert len(found.error.encode()) == ERROR_MOST
    (item,) = table.query(f"hub#{longest.hub}", "sync#")
    assert sum(len(name) + len(str(value).encode()) for name, value in item.items()) < 1024


def test_a_sync_of_a_newer_version_is_no_riddle(table: Table) -> None:
    key = "hub#eu", "sync#1790000000000#fly:#z."
    table.put(Put(keyed(key, outcome="flown", expires_at=2**33)))
    with pytest.raises(StoreUnavailable, match=r"hub eu .*'fly'.*upgrade"):
        DynamoSyncs(table, lambda: NOW).syncs("eu", since=0, most=1)


def test_syncs_are_beside_what_else_a_hub_says(table: Table) -> None:
    reports, history = DynamoHubReports(table), DynamoSyncs(table, lambda: NOW)
    reports.heartbeat("eu", {"at": NOW})
    reports.zone_status("eu", ZONE, {"serial": 7})
    history.keep(sync(), 30)
    assert reports.reports("eu").zones == {ZONE: {"serial": 7}}
    assert len(history.syncs("eu", since=0, most=10)) == 1

"""Which syncs are read for what somebody wants to see, and what they come to."""

from dataclasses import replace
from typing import Any

import pytest

from tests.fakes.syncs import MemorySyncs
from zonemesh.syncs.reading import Wanted, hubs_fitting, read_syncs, summary
from zonemesh.syncs.sync import FOLDED_WITHIN, Kind, Sync, SyncOutcome

NOW = 1_790_000_000.0


def sync(ago: float = 0, hub: str = "eu", apex: str = "example.com.", **more: Any) -> Sync:
    fields = {"kind": Kind.SERVE, "outcome": SyncOutcome.SERVED, "serial": 7, "seconds": 1.0}
    at = {"ended_at": NOW - ago, "last_at": NOW - ago}
    return Sync(hub, f"route53:main:{apex}", **fields | at | more)


def published(ago: float, target: str, **more: Any) -> Sync:
    told = {"kind": Kind.PUBLISH, "target": target, "outcome": SyncOutcome.PUBLISHED}
    return sync(ago, **told | more)


class CountingSyncs(MemorySyncs):
    """A history that counts the syncs which it gave."""

    given = 0

    def syncs(self, hub: str, *, since: float, most: int, below: Sync | None = None) -> list[Sync]:
        found = super().syncs(hub, since=since, most=most, below=below)
        self.given += len(found)
        return found


def history(*syncs: Sync) -> CountingSyncs:
    kept = CountingSyncs(clock=lambda: NOW)
    for each in syncs:
        kept.keep(each, 30)
    return kept


def test_hubs_are_shown_together_the_latest_first() -> None:
    syncs = [sync(ago, hub) for ago, hub in enumerate(["eu", "us", "us", "eu", "ap"])]
    found = read_syncs(history(*syncs), ["eu", "us", "ap"], Wanted(), 3)
    assert (found.syncs, found.more) == (tuple(syncs[:3]), True)
    found = read_syncs(history(*syncs), ["eu", "ap"], Wanted(), 3)
    assert [each.hub for each in found.syncs] == ["eu", "eu", "ap"]
    assert not found.more and found.looked_back_to is None


@pytest.mark.parametrize(
    ("wanted", "agos"),
    [
        (Wanted(zone="example.com"), [0, 2, 3]),
        (Wanted(zone="*.NET."), [1]),
        (Wanted(zone="route53:main:*.com."), [0, 2, 3]),
        (Wanted(target="copy"), [2]),
        (Wanted(outcomes=frozenset({SyncOutcome.FAILED, SyncOutcome.HELD})), [3]),
        (Wanted(zone="example.com", target="other"), []),
        (Wanted(since=NOW - 1), [0, 1]),
    ],
)
def test_what_is_wanted_is_given_and_nothing_else(wanted: Wanted, agos: list[int]) -> None:
    kept = history(
        sync(0),
        sync(1, apex="example.net."),
        published(2, "copy"),
        sync(3, outcome=SyncOutcome.FAILED),
    )
    assert [NOW - each.ended_at for each in read_syncs(kept, ["eu"], wanted, 9).syncs] == agos


def test_a_failure_that_went_on_until_lately_is_found() -> None:
    began = FOLDED_WITHIN - 60
    failing = replace(sync(began, outcome=SyncOutcome.FAILED), count=9, last_at=NOW - 60)
    assert read_syncs(history(failing), ["eu"], Wanted(since=NOW - 120), 9).syncs == (failing,)
    assert read_syncs(history(failing), ["eu"], Wanted(since=NOW - 30), 9).syncs == ()


def test_no_more_is_read_than_it_takes() -> None:
    kept = history(*(sync(ago) for ago in range(2000)))
    assert len(read_syncs(kept, ["eu"], Wanted(), 20).syncs) == 20
    assert kept.given <= 50


def test_looking_for_what_is_rare_ends_and_says_how_far_it_came() -> None:
    kept = history(*(sync(ago) for ago in range(2000)), sync(3000, apex="rare."))
    found = read_syncs(kept, ["eu"], Wanted(zone="rare"), 9, look_through=500)
    assert found.syncs == ()
    assert found.looked_back_to == NOW - 500
    found = read_syncs(kept, ["eu"], Wanted(zone="rare"), 9)
    assert len(found.syncs) == 1 and found.looked_back_to is None


def test_hubs_are_meant_by_patterns() -> None:
    hubs = ["eu-2", "us", "eu-1"]
    assert hubs_fitting(None, hubs) == ["eu-1", "eu-2", "us"]
    assert hubs_fitting("eu-*", hubs) == ["eu-1", "eu-2"]
    assert hubs_fitting("ap", hubs) == []


def test_a_summary_counts_by_outcome_and_times_what_came_off() -> None:
    syncs = [sync(seconds=1.0), sync(seconds=2.0), sync(seconds=9.0), sync(seconds=None)]
    failing = replace(sync(outcome=SyncOutcome.FAILED, seconds=500.0), count=7)
    found = summary([*syncs, failing])
    assert found.counts == {SyncOutcome.SERVED: 4, SyncOutcome.FAILED: 7}
    assert (found.median, found.longest) == (2.0, 9.0)
    assert summary([]).median is None

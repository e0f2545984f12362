"""Alerts in memory and in the table, held to the same promises."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.fakes.watch import MemoryAlertLog
from zonemesh.aws.alert_log import DynamoAlertLog
from zonemesh.aws.table import Put, Table, keyed
from zonemesh.watch.alert import Alert, AlertLog, PastAlert, Phase
from zonemesh.watch.kinds import AlertKind

ALERT = Alert(
    AlertKind.TARGET,
    "standby",
    since=1_790_000_000,
    noted_at=1_790_000_100,
    text="access denied\nno answer",
    zones=("route53:main:example.com.",),
    count=7,
    hubs=("eu",),
    place="standby",
)


@pytest.fixture(params=["memory", "dynamodb"])
def log(request: pytest.FixtureRequest) -> Iterator[AlertLog]:
    if request.param == "memory":
        yield MemoryAlertLog()
    else:
        yield DynamoAlertLog(request.getfixturevalue("table"))


def test_what_is_put_is_read_as_it_was(log: AlertLog) -> None:
    assert log.alerts() == []
    put = log.put(ALERT, None)
    assert put == replace(ALERT, revision=put.revision if put else 0)
    assert log.alerts() == [put]
    assert log.alert(ALERT.kind, ALERT.subject) == put
    assert log.alert(AlertKind.DRIFT, ALERT.subject) is None


def test_of_two_that_begin_it_one_wins(log: AlertLog) -> None:
    assert log.put(ALERT, None)
    assert log.put(replace(ALERT, text="other"), None) is None
    assert [each.text for each in log.alerts()] == [ALERT.text]


def test_of_two_that_change_it_one_wins(log: AlertLog) -> None:
    read = log.put(ALERT, None)
    assert read
    assert log.put(read.claimed(1), read)
    assert log.put(read.claimed(2), read) is None
    (found,) = log.alerts()
    assert (found.claimed_at, found.claims) == (1, 1)


def test_one_that_changed_since_it_was_read_is_not_forgotten(log: AlertLog) -> None:
    read = log.put(ALERT, None)
    assert read
    changed = log.put(read.told(5), read)
    assert not log.forget(read)
    assert changed and changed.phase is Phase.OPEN
    assert log.forget(changed)
    assert not log.forget(changed)
    assert log.alerts() == []


def test_one_that_was_forgotten_is_not_changed(log: AlertLog) -> None:
    read = log.put(ALERT, None)
    assert read and log.forget(read)
    assert log.put(read.claimed(1), read) is None
    again = log.put(replace(ALERT, noted_at=ALERT.noted_at + 60), None)
    assert again and not log.forget(read)


def test_what_ended_is_given_the_newest_first_and_once(log: AlertLog) -> None:
    for at in (100, 300, 200, 300):
        log.keep(PastAlert(ALERT, 1_790_000_000 + at))
    assert [each.ended_at - 1_790_000_000 for each in log.past(2)] == [300, 200]
    assert len(log.past(10)) == 3
    assert log.past(1)[0].alert == ALERT
    assert log.alerts() == []


def test_what_another_version_wrote_is_passed_over(table: Table) -> None:
    log = DynamoAlertLog(table)
    log.put(ALERT, None)
    for alert in ('{"kind": "unheard-of", "phase": "open", "zones": [], "hubs": []}', "{}"):
        table.put(Put(keyed(("watch", f"alert#x#{len(alert)}"), revision=1, alert=alert)))
    assert [each.subject for each in log.alerts()] == ["standby"]


def test_what_ended_expires(table: Table, clients: Any) -> None:
    DynamoAlertLog(table).keep(PastAlert(ALERT, 1_790_000_000))
    (item,) = table.query("watch", "past#")
    assert item["expires_at"] == 1_790_000_000 + 90 * 24 * 3600

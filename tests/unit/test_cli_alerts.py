"""`zonemesh alerts` as it is typed, against a table of the emulated AWS."""

import json
import time

import boto3
from typer.testing import CliRunner, Result

from zonemesh.aws.alert_log import DynamoAlertLog
from zonemesh.aws.table import Table
from zonemesh.cli.main import app
from zonemesh.watch.alert import Alert, PastAlert, Phase
from zonemesh.watch.kinds import AlertKind


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["alerts", "--table", "mesh-table", *arguments])


def log(table: str) -> DynamoAlertLog:
    return DynamoAlertLog(Table(boto3.client("dynamodb"), table))


def alert(kind: AlertKind, subject: str, since: int, phase: Phase = Phase.OPEN) -> Alert:
    return Alert(kind, subject, since, since, phase, told_at=since)


def test_open_alerts_are_shown_the_gravest_first(table: str) -> None:
    now = int(time.time())
    log(table).put(alert(AlertKind.TARGET, "standby", now - 900), None)
    log(table).put(alert(AlertKind.HUB_OFFLINE, "hq", now - 60), None)
    log(table).put(alert(AlertKind.DRIFT, "x", now, Phase.PENDING), None)
    lines = run().stdout.splitlines()
    assert lines[0].startswith("hub hq is offline, since ")
    assert [line for line in lines if line.startswith("publishing to target standby fails")]
    assert lines[-1] == "2 alerts open; 1 more thing amiss for too short a time."
    documents = json.loads(run("--json").stdout)
    assert [each["subject"] for each in documents] == ["hq", "standby", "x"]


def test_nothing_open_is_said(table: str) -> None:
    result = run()
    assert (result.exit_code, result.stdout) == (0, "No alert is open.\n")
    assert run("--history").stdout == "No alert has ended.\n"


def test_the_history_has_those_that_are_over(table: str) -> None:
    for ended in (1_790_000_300, 1_790_000_700):
        past = PastAlert(alert(AlertKind.HUB_OFFLINE, "hq", 1_790_000_000), ended)
        log(table).keep(past)
    lines = run("--history").stdout.splitlines()
    assert [line.partition(" UTC, for ")[2] for line in lines] == [
        "11 min: hub hq is offline",
        "5 min: hub hq is offline",
    ]
    (newest,) = json.loads(run("--history", "--limit", "1", "--json").stdout)
    assert (newest["phase"], newest["ended_at"]) == ("ended", 1_790_000_700)

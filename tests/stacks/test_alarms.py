"""Alarms on the functions' own metrics: on what is emitted, as it is emitted."""

import json
import re
from pathlib import Path

import pytest
from aws_lambda_powertools import Metrics
from aws_lambda_powertools.metrics import MetricUnit

from tests.stacks.template import Resource, Template

FUNCTIONS = Path(__file__).resolve().parents[2] / "functions"


def on_metrics(template: Template) -> dict[str, Resource]:
    """The alarms on metrics of ours, by the metric's name."""
    return {
        alarm["MetricName"]: alarm
        for alarm in template.all("CloudWatch::Alarm")
        if alarm.get("Namespace") == "zonemesh"
    }


def service_of(alarm: Resource) -> str:
    (dimension,) = alarm["Dimensions"]
    assert dimension["Name"] == "service"
    return str(dimension["Value"])


def test_what_no_queue_tells_rings(template):
    assert set(on_metrics(template)) == {
        "AlertsLost",
        "AliasZonesFailing",
        "GarbageUncleanFor",
        "NeverVerified",
        "NotListed",
        "NotRecorded",
        "OldestFailingAnswer",
        "SigningUnknown",
        "SweepProblems",
        "UnreadableEvents",
        "Watched",
    }


def test_the_documents_name_each_alarm_on_a_metric(template):
    document = (FUNCTIONS.parent / "docs" / "aws.md").read_text()
    paragraph = document.partition("Alarms ring too")[2].partition("A hub has")[0]
    assert set(re.findall(r"`(\w+)`", paragraph)) == set(on_metrics(template))


def test_each_alarm_watches_what_its_function_emits_under_its_name(template):
    for name, alarm in on_metrics(template).items():
        service = service_of(alarm)
        variables = template.function(service)["Environment"]["Variables"]
        assert variables["POWERTOOLS_SERVICE_NAME"] == service
        emitted = re.findall(r'add_metric\(\s*"(\w+)"', (FUNCTIONS / f"{service}.py").read_text())
        assert name in emitted


def test_the_service_is_the_one_dimension_of_a_metric(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "sweep")
    metrics = Metrics(namespace="zonemesh-alarms")
    metrics.clear_metrics()
    metrics.add_metric("Zones", MetricUnit.Count, 1)
    metrics.flush_metrics()
    written = json.loads(capsys.readouterr().out)
    (directive,) = written["_aws"]["CloudWatchMetrics"]
    assert directive["Dimensions"] == [["service"]]
    assert written["service"] == "sweep"


@pytest.mark.parametrize("minutes", ["1", "10", "45", "1440"])
def test_cloudwatch_takes_the_periods_of_any_sweep_interval(synthesize, minutes: str) -> None:
    """At most a day, or a week of periods of an hour and more (PutMetricAlarm, API reference)."""
    for alarm in on_metrics(synthesize(sweepMinutes=minutes)).values():
        assert alarm["Period"] % 60 == 0
        most = 7 * 86_400 if alarm["Period"] >= 3600 else 86_400
        assert alarm["Period"] * alarm["EvaluationPeriods"] <= most
        assert 1 <= alarm["DatapointsToAlarm"] <= alarm["EvaluationPeriods"]


def test_a_single_sweep_with_a_problem_does_not_ring(template):
    assert on_metrics(template)["SweepProblems"]["DatapointsToAlarm"] > 1


@pytest.mark.parametrize("minutes", ["10", "60"])
def test_what_one_listing_of_a_sweep_tells_can_ring_at_any_interval(synthesize, minutes: str):
    """Listings are ordered by sweeps: in shorter periods most would have nothing to tell."""
    alarm = on_metrics(synthesize(sweepMinutes=minutes))["SigningUnknown"]
    assert alarm["Period"] == int(minutes) * 60


def test_an_alias_may_go_without_an_answer_for_a_day(template):
    alarm = on_metrics(template)["OldestFailingAnswer"]
    assert (alarm["Threshold"], alarm["Statistic"]) == (86_400, "Maximum")

"""The watch in the template: what it may do, who hears when it is silent, and the one page."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.stacks.template import Resource, Template, listed
from tests.stacks.test_least_privilege import may

RUNBOOK = Path(__file__).resolve().parents[2] / "docs" / "runbook.md"
RECORDERS = ("record_change", "list_zone", "sweep", "refresh_aliases")


def test_the_watch_reads_everything_and_writes_its_own_partition_only(template: Template) -> None:
    role = template.role_of("watch_mesh")
    for partition in ("zone#z", "chunk#z#1", "hub#fargate", "mesh", "members", "watch"):
        for action in ("GetItem", "BatchGetItem", "Query"):
            assert may(template, role, f"dynamodb:{action}", [partition]), partition
    for partition in ("zone#z", "chunk#z#1", "hub#fargate", "mesh", "members", "sweep"):
        for action in ("PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"):
            assert not may(template, role, f"dynamodb:{action}", [partition]), partition
    for action in ("PutItem", "UpdateItem", "DeleteItem"):
        assert may(template, role, f"dynamodb:{action}", ["watch"])
        assert not may(template, role, f"dynamodb:{action}", ["watch", "zone#z"])
    services = {action.partition(":")[0] for action in template.allowed(role)}
    assert services == {"dynamodb", "kms", "logs", "sns", "sqs"}


def test_who_holds_a_change_notes_that_it_was_told_and_deletes_no_note(template: Template) -> None:
    for name in RECORDERS:
        role = template.role_of(name)
        assert may(template, role, "dynamodb:PutItem", ["watch"]), name
        assert not may(template, role, "dynamodb:DeleteItem", ["watch"]), name
    for role in (template.role_of("announce"), template.hub_role("on-prem")):
        assert not may(template, role, "dynamodb:PutItem", ["watch"])


def test_a_watch_that_is_silent_rings_as_no_data_does(template: Template) -> None:
    (alarm,) = [
        each for each in template.all("CloudWatch::Alarm") if each.get("MetricName") == "Watched"
    ]
    assert alarm["TreatMissingData"] == "breaching"
    assert (alarm["ComparisonOperator"], alarm["Threshold"]) == ("LessThanThreshold", 1)
    assert alarm["DatapointsToAlarm"] == alarm["EvaluationPeriods"]


@pytest.mark.parametrize("minutes", [1, 2, 5, 15])
def test_a_watch_that_looks_is_never_taken_for_silent(synthesize: Any, minutes: int) -> None:
    template = synthesize(watchMinutes=str(minutes))
    (alarm,) = [
        each for each in template.all("CloudWatch::Alarm") if each.get("MetricName") == "Watched"
    ]
    assert alarm["Period"] >= 2 * 60 * minutes  # a look at least, however they fall
    schedule = template.schedule_of("watch_mesh")["ScheduleExpression"]
    assert schedule == f"rate({minutes} minute{'' if minutes == 1 else 's'})"


def test_every_alarm_tells_when_it_begins_and_when_it_is_over(template: Template) -> None:
    for alarm in template.all("CloudWatch::Alarm"):
        (told,) = {template.named(each) for each in alarm["AlarmActions"]}
        assert told.kind == "AWS::SNS::Topic"
        assert alarm["OKActions"] == alarm["AlarmActions"], alarm.id


def test_every_alarm_leads_to_a_section_of_the_runbook(template: Template) -> None:
    headings = re.findall(r"^## (.*)$", RUNBOOK.read_text(), re.MULTILINE)
    anchors = {re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings}
    for alarm in template.all("CloudWatch::Alarm"):
        found = re.search(r"docs/runbook\.md#([\w-]+)$", alarm["AlarmDescription"])
        assert found and found[1] in anchors, alarm["AlarmDescription"]
        if alarm.get("Namespace") == "zonemesh":
            assert f"`{alarm['MetricName']}`" in section(found[1]), alarm["MetricName"]


def section(anchor: str) -> str:
    """The text of a section of the runbook."""
    for part in RUNBOOK.read_text().split("\n## ")[1:]:
        heading, _, text = part.partition("\n")
        if re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") == anchor:
            return text
    raise AssertionError(anchor)


def page(template: Template) -> list[dict[str, Any]]:
    """The widgets of the dashboard, with what CloudFormation fills in as `<id>`."""
    (dashboard,) = template.all("CloudWatch::Dashboard")
    body = dashboard["DashboardBody"]
    parts = body["Fn::Join"][1] if isinstance(body, dict) else [body]
    text = "".join(each if isinstance(each, str) else _filled_in(each) for each in parts)
    found: list[dict[str, Any]] = json.loads(text)["widgets"]
    return found


def _filled_in(reference: dict[str, Any]) -> str:
    if "Ref" in reference:
        return f"<{reference['Ref']}>"
    return f"<{'.'.join(reference['Fn::GetAtt'])}>"


def shown(template: Template) -> str:
    return json.dumps([widget["properties"] for widget in page(template)])


def test_the_page_shows_every_function_queue_and_alarm_there_is(template: Template) -> None:
    text = shown(template)
    for kind in ("Lambda::Function", "SQS::Queue", "CloudWatch::Alarm"):
        for resource in template.all(kind):
            assert f"<{resource.id}" in text, resource.id


@pytest.mark.parametrize(
    "metric",
    [
        "Recorded", "EventAnnouncementDelay", "MissedChanges", "OfflineHubs", "SlowestPropagation",
        "OpenAlerts", "ApproximateAgeOfOldestMessage", "Errors", "Duration", "Throttles",
        "ReadThrottleEvents", "WriteThrottleEvents", "ConsumedReadCapacityUnits",
    ],
)  # fmt: skip
def test_the_page_shows_what_an_operator_asks_for(template: Template, metric: str) -> None:
    assert metric in shown(template)


def test_dead_letters_are_apart_from_messages_that_are_worked_off(template: Template) -> None:
    dead = {
        template.named(dimension["Value"])
        for alarm in template.all("CloudWatch::Alarm")
        if alarm.get("MetricName") == "ApproximateNumberOfMessagesVisible"
        for dimension in alarm["Dimensions"]
    }
    (graph,) = [each for each in page(template) if each["properties"]["title"] == "Dead letters"]
    assert _queues(template, graph) == dead


def _queues(template: Template, graph: dict[str, Any]) -> set[Resource]:
    ids = re.findall(r"<(\w+)\.QueueName>", json.dumps(graph))
    return {template.resources[id] for id in ids}


def test_what_is_on_the_page_of_ours_is_emitted_under_that_name(template: Template) -> None:
    functions = Path(__file__).resolve().parents[2] / "functions"
    for widget in page(template):
        for metric in widget["properties"].get("metrics", []):
            if metric[0] != "zonemesh":
                continue
            _, name, dimension, service, *_ = metric
            code = (functions / f"{service}.py").read_text()
            shared = (functions / "recorded.py").read_text()
            assert dimension == "service"
            assert f'"{name}"' in code + shared, (service, name)


def test_the_table_shown_is_the_one_that_is_used(synthesize: Any) -> None:
    stream = "arn:aws:dynamodb:us-east-1:111122223333:table/restored/stream/2026-11-30"
    text = shown(synthesize(tableStream=stream))
    assert "restored" in text


def test_nobody_but_functions_and_cloudwatch_publishes_alarms(template: Template) -> None:
    topic = template.one("SNS::Topic", "Alarms")
    (policy,) = [
        each
        for each in template.all("SNS::TopicPolicy")
        if topic in [template.named(one) for one in each["Topics"]]
    ]
    allowed = [
        statement
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow" and "sns:Publish" in listed(statement["Action"])
    ]
    assert [each["Principal"] for each in allowed] == [{"Service": "cloudwatch.amazonaws.com"}]

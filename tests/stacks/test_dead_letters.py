"""Whatever can fail has a dead-letter queue, and somebody hears of the letters in it."""

import pytest

from functions import list_zone
from functions.batch import LONGEST_WAIT, wait
from stacks.functions.recording import LIST_RECEIVES, RECORD_RECEIVES
from tests.stacks.template import Resource, Template

MINUTES = 60


def has_alarm(template: Template, queue: Resource) -> bool:
    return rings_at(template, queue) is not None


def rings_at(template: Template, queue: Resource) -> int | None:
    """How many messages in a queue somebody hears of; None where nobody ever does."""
    for alarm in template.all("CloudWatch::Alarm"):
        if alarm.get("MetricName") != "ApproximateNumberOfMessagesVisible":
            continue
        (dimension,) = alarm["Dimensions"]
        if template.named(dimension["Value"]) != queue:
            continue
        (topic,) = [template.named(each) for each in alarm["AlarmActions"]]
        assert topic.kind == "AWS::SNS::Topic"
        assert alarm["ComparisonOperator"] == "GreaterThanOrEqualToThreshold"
        return int(alarm["Threshold"])
    return None


def dead_letter_queues(template: Template) -> dict[str, Resource]:
    """What can fail → where its messages end; KeyError where one has no place."""
    found: dict[str, Resource] = {}
    for rule in template.all("Events::Rule"):
        for target in rule["Targets"]:
            found[f"target of {rule.id}"] = template.named(target["DeadLetterConfig"]["Arn"])
    for schedule in template.all("Scheduler::Schedule"):
        found[schedule.id] = template.named(schedule["Target"]["DeadLetterConfig"]["Arn"])
    for subscription in template.all("SNS::Subscription"):
        if subscription["Protocol"] == "sqs":
            redrive = subscription["RedrivePolicy"]["deadLetterTargetArn"]
            found[subscription.id] = template.named(redrive)
    for invoked in template.all("Lambda::EventInvokeConfig"):
        destination = invoked["DestinationConfig"]["OnFailure"]["Destination"]
        found[invoked.id] = template.named(destination)
    for mapping in template.all("Lambda::EventSourceMapping"):
        if "StreamArn" in str(mapping["EventSourceArn"]):
            destination = mapping["DestinationConfig"]["OnFailure"]["Destination"]
            found[mapping.id] = template.named(destination)
        else:  # a queue: its messages come back until they are moved
            queue = template.named(mapping["EventSourceArn"])
            found[queue.id] = template.named(queue["RedrivePolicy"]["deadLetterTargetArn"])
    return found


def test_everything_that_can_fail_has_a_dead_letter_queue_with_an_alarm(template):
    queues = dead_letter_queues(template)
    assert len(queues) >= 8
    assert {queue.kind for queue in queues.values()} == {"AWS::SQS::Queue"}
    silent = [what for what, queue in queues.items() if not has_alarm(template, queue)]
    assert silent == []


def test_no_two_share_a_dead_letter_queue(template):
    queues = dead_letter_queues(template)
    assert len(set(queues.values())) == len(queues)


def test_every_queue_is_worked_off_or_watched(template):
    """No queue fills in silence: a function or hub reads it, or an alarm rings."""
    hubs = {
        template.named(each["Endpoint"])
        for each in template.all("SNS::Subscription")
        if each["Protocol"] == "sqs"
    }
    sources = {
        template.named(each["EventSourceArn"])
        for each in template.all("Lambda::EventSourceMapping")
    }
    for queue in template.all("SQS::Queue"):
        assert queue in hubs | sources or has_alarm(template, queue), queue.id


def test_dead_letters_of_a_fifo_queue_go_to_a_fifo_queue(template):
    for queue in template.all("SQS::Queue"):
        if redrive := queue.get("RedrivePolicy"):
            dead_letters = template.named(redrive["deadLetterTargetArn"])
            assert queue.get("FifoQueue") == dead_letters.get("FifoQueue"), queue.id
    assert template.queue("Listings184").get("FifoQueue") is True


def test_a_message_is_received_as_often_as_the_waits_of_the_functions_are_made_for(template):
    receives = {
        name: template.named(template.source_of(name)["EventSourceArn"])["RedrivePolicy"][
            "maxReceiveCount"
        ]
        for name in ("record_change", "list_zone")
    }
    assert receives == {"record_change": RECORD_RECEIVES, "list_zone": LIST_RECEIVES}


def lasts(receives: int, longest: int) -> tuple[int, int]:
    """The least and most seconds from the first receive to the last one."""
    waits = [wait(number, longest) for number in range(1, receives)]
    return sum(least for least, _ in waits), sum(most for _, most in waits)


def test_a_change_that_is_always_throttled_is_tried_for_an_hour() -> None:
    least, most = lasts(RECORD_RECEIVES, LONGEST_WAIT)
    assert least >= 60 * MINUTES
    assert most <= 4 * 60 * MINUTES


def test_a_listing_that_always_fails_blocks_the_others_for_less_than_an_hour() -> None:
    least, most = lasts(LIST_RECEIVES, list_zone.LONGEST_WAIT)
    assert least >= 25 * MINUTES
    assert most <= 60 * MINUTES


def test_both_work_queues_have_an_alarm_on_the_age_of_their_messages(template):
    watched = {
        template.named(dimension["Value"]): alarm["Threshold"]
        for alarm in template.all("CloudWatch::Alarm")
        if alarm.get("MetricName") == "ApproximateAgeOfOldestMessage"
        for dimension in alarm["Dimensions"]
    }
    changes, listings = (
        template.named(template.source_of(name)["EventSourceArn"])
        for name in ("record_change", "list_zone")
    )
    assert watched == {changes: 15 * 60, listings: 2 * 3600}


def test_the_first_dead_letter_rings_and_is_kept_as_long_as_sqs_can(template):
    """But one lost run of many in an hour is made up for by the next, and to be forgotten."""
    often = lost_runs(template, "refresh_aliases") | lost_runs(template, "watch_mesh")
    assert len(often) == 4
    for queue in set(dead_letter_queues(template).values()) - often:
        assert (rings_at(template, queue), queue["MessageRetentionPeriod"]) == (1, 14 * 24 * 3600)
    for queue in often:
        assert (rings_at(template, queue), queue["MessageRetentionPeriod"]) == (6, 3600)


def lost_runs(template: Template, name: str) -> set[Resource]:
    queues, function = dead_letter_queues(template), template.function(name)
    (invoked,) = [
        each
        for each in template.all("Lambda::EventInvokeConfig")
        if template.named(each["FunctionName"]) == function
    ]
    return {queues[invoked.id], queues[template.schedule_of(name).id]}


@pytest.mark.parametrize(
    ("name", "rate", "given_up_after"),
    [
        ("sweep", "rate(10 minutes)", 300),
        ("refresh_aliases", "rate(1 minute)", 60),
        ("watch_mesh", "rate(2 minutes)", 60),
    ],
)
def test_a_run_that_cannot_start_is_given_up_when_the_next_is_due(
    template: Template, name: str, rate: str, given_up_after: int
):
    schedule = template.schedule_of(name)
    assert schedule["ScheduleExpression"] == rate
    assert schedule["Target"]["RetryPolicy"] == {
        "MaximumEventAgeInSeconds": given_up_after,
        "MaximumRetryAttempts": 1,
    }
    (invoked,) = [
        each
        for each in template.all("Lambda::EventInvokeConfig")
        if template.named(each["FunctionName"]) == template.function(name)
    ]
    assert invoked["MaximumEventAgeInSeconds"] == given_up_after
    assert invoked["MaximumRetryAttempts"] == 1


def test_every_function_has_alarms_for_errors_and_throttles(template):
    watched = {
        (alarm["MetricName"], template.named(dimension["Value"]))
        for alarm in template.all("CloudWatch::Alarm")
        for dimension in alarm["Dimensions"]
        if dimension["Name"] == "FunctionName"
    }
    functions = template.all("Lambda::Function")
    assert watched == {(name, each) for name in ("Errors", "Throttles") for each in functions}


def test_alarms_are_mailed_to_the_address_in_the_context(synthesize):
    mailed = [
        each
        for each in synthesize(alarmEmail="dns@example.com").all("SNS::Subscription")
        if each["Protocol"] == "email"
    ]
    assert [each["Endpoint"] for each in mailed] == ["dns@example.com"]

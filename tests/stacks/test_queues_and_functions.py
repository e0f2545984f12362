"""How events reach the functions, and what the functions run with."""

import json

import pytest
from botocore.loaders import Loader

from tests.stacks.template import Template
from zonemesh import deployment
from zonemesh.route53.operations import ZONE_WRITES

FUNCTIONS = (
    "record_change", "list_zone", "sweep", "refresh_aliases", "announce", "pass_on_orders",
)  # fmt: skip


def hidden_for(template: Template, function: str) -> int:
    """How long the queue of a function hides a message, in seconds."""
    return template.named(template.source_of(function)["EventSourceArn"])["VisibilityTimeout"]


def test_changes_are_hidden_six_times_as_long_as_their_function_may_take(template):
    assert (
        hidden_for(template, "record_change") == 6 * template.function("record_change")["Timeout"]
    )


def test_a_listing_is_hidden_until_no_run_can_be_left_of_it_and_hardly_longer(template):
    """A crash hands nothing back, and all of an account's listings wait behind the message."""
    timeout = template.function("list_zone")["Timeout"]
    assert timeout < hidden_for(template, "list_zone") <= timeout + 120


def test_no_event_source_waits_for_a_batch_to_fill(template):
    for mapping in template.all("Lambda::EventSourceMapping"):
        assert not mapping.get("MaximumBatchingWindowInSeconds"), mapping.id


def test_changes_come_in_tens_and_fail_one_by_one_within_the_route53_limit(template):
    source = template.source_of("record_change")
    assert source["BatchSize"] == 10
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert source["ScalingConfig"] == {"MaximumConcurrency": 2}
    assert template.function("record_change")["Timeout"] == 30


def test_concurrency_is_a_setting(synthesize):
    source = synthesize(recordConcurrency="7").source_of("record_change")
    assert source["ScalingConfig"] == {"MaximumConcurrency": 7}


def test_listings_come_one_by_one_with_explicit_deduplication(template):
    source = template.source_of("list_zone")
    queue = template.named(source["EventSourceArn"])
    assert source["BatchSize"] == 1
    assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
    assert queue["FifoQueue"] is True
    assert not queue.get("ContentBasedDeduplication")
    assert template.function("list_zone")["Timeout"] == 900


def test_the_rule_takes_every_successful_write_that_alters_a_zone_and_no_zone_by_name(template):
    (rule,) = template.all("Events::Rule")
    detail = rule["EventPattern"]["detail"]
    assert rule["EventPattern"]["source"] == ["aws.route53"]
    assert rule["EventPattern"]["detail-type"] == ["AWS API Call via CloudTrail"]
    assert detail["eventSource"] == ["route53.amazonaws.com"]
    assert set(detail["eventName"]) == ZONE_WRITES
    assert detail["errorCode"] == [{"exists": False}]
    assert "requestParameters" not in detail
    assert [template.named(each["Arn"]) for each in rule["Targets"]] == [template.queue("Changes5")]


def test_only_the_rule_may_put_events_on_the_changes_queue(template):
    (rule,) = template.all("Events::Rule")
    allowed = [
        statement
        for policy in template.all("SQS::QueuePolicy")
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
        and statement["Principal"] == {"Service": "events.amazonaws.com"}
    ]
    assert len(allowed) == 2  # the queue, and where undelivered events go
    for statement in allowed:
        source = statement["Condition"]["ArnEquals"]["aws:SourceArn"]
        assert template.named(source) == rule


def test_route53_has_every_operation_that_the_rule_names():
    operations = Loader().load_service_model("route53", "service-2")["operations"]
    assert set(operations) >= ZONE_WRITES
    assert not [each for each in ZONE_WRITES if each.startswith(("Get", "List", "Test"))]


def test_only_moved_heads_reach_the_announcing_function(template):
    source = template.source_of("announce")
    (only,) = source["FilterCriteria"]["Filters"]
    assert json.loads(only["Pattern"]) == {
        "eventName": ["INSERT", "MODIFY"],
        "dynamodb": {"Keys": {"pk": {"S": [{"prefix": "zone#"}]}, "sk": {"S": ["head"]}}},
    }
    assert source["StartingPosition"] == "TRIM_HORIZON"
    assert source["BisectBatchOnFunctionError"] is True
    assert 0 < source["MaximumRetryAttempts"] < 100
    assert 0 < source["MaximumRecordAgeInSeconds"] <= 24 * 3600


def test_only_new_orders_and_new_meshes_reach_the_function_that_passes_them_on(template):
    source = template.source_of("pass_on_orders")
    patterns = [json.loads(each["Pattern"]) for each in source["FilterCriteria"]["Filters"]]
    passed = [
        (pattern["eventName"], pattern["dynamodb"]["Keys"]["pk"], pattern["dynamodb"]["Keys"]["sk"])
        for pattern in patterns
    ]
    assert passed == [
        (["INSERT"], {"S": [{"prefix": "orders#"}]}, {"S": [{"prefix": "order#"}]}),
        (["INSERT"], {"S": ["orders"]}, {"S": [{"prefix": "sync#"}]}),
        (["INSERT", "MODIFY"], {"S": ["mesh"]}, {"S": ["head"]}),
    ]
    assert source["StartingPosition"] == "TRIM_HORIZON"
    assert source["BisectBatchOnFunctionError"] is True
    assert 0 < source["MaximumRetryAttempts"] < 100
    assert source["MaximumRecordAgeInSeconds"] == 600  # as long as hubs carry it out


def test_the_tables_stream_has_no_more_readers_than_dynamodb_wants(template):
    readers = [
        each
        for each in template.all("Lambda::EventSourceMapping")
        if "StreamArn" in str(each["EventSourceArn"])
    ]
    assert len(readers) == 2


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_runs_on_arm_and_says_who_calls(template: Template, name: str):
    function = template.function(name)
    environment = function["Environment"]["Variables"]
    assert (function["Runtime"], function["Architectures"]) == ("python3.13", ["arm64"])
    assert environment["AWS_SDK_UA_APP_ID"] == f"zonemesh-{name}"
    assert len(environment["AWS_SDK_UA_APP_ID"]) <= 50  # longer ones are refused by the SDKs
    assert environment["POWERTOOLS_SERVICE_NAME"] == name
    assert environment[deployment.SWEEP_EVERY] == "600"
    assert template.named(environment[deployment.TABLE]).kind == "AWS::DynamoDB::Table"
    assert template.named(environment[deployment.TOPIC_ARN]).kind == "AWS::SNS::Topic"
    changes = environment[deployment.CHANGES_QUEUE_URL]
    assert template.named(changes) == template.queue("Changes5")
    assert template.named(environment[deployment.LISTINGS_QUEUE_URL])["FifoQueue"] is True


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_logs_to_a_group_of_its_own_that_forgets(template: Template, name: str):
    log = template.named(template.function(name)["LoggingConfig"]["LogGroup"])
    assert log["RetentionInDays"] == 30
    others = [template.function(other) for other in FUNCTIONS if other != name]
    assert log not in [template.named(other["LoggingConfig"]["LogGroup"]) for other in others]


def test_the_sweep_interval_is_one_setting_for_schedule_and_function(synthesize):
    template = synthesize(sweepMinutes="1")
    schedule = template.schedule_of("sweep")
    variables = template.function("sweep")["Environment"]["Variables"]
    assert schedule["ScheduleExpression"] == "rate(1 minute)"
    assert variables[deployment.SWEEP_EVERY] == "60"


def test_aliases_are_refreshed_every_minute_within_that_minute(template):
    assert template.schedule_of("refresh_aliases")["ScheduleExpression"] == "rate(1 minute)"
    assert template.function("refresh_aliases")["Timeout"] == 60
    # Reserved concurrency would be taken from everybody, and a new account has none to give.
    assert template.function("refresh_aliases").get("ReservedConcurrentExecutions") is None


def test_the_refresh_interval_is_a_setting(synthesize):
    template = synthesize(aliasMinutes="5")
    assert template.schedule_of("refresh_aliases")["ScheduleExpression"] == "rate(5 minutes)"
    assert template.schedule_of("sweep")["ScheduleExpression"] == "rate(10 minutes)"

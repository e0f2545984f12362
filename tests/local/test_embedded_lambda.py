"""Functions run in a bare interpreter, under their own role, fed as AWS feeds them."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from local.embedded import EmbeddedAws
from tests.local.embedded_cloud import Cloud, make_role
from tests.local.embedded_functions import PROBE, PROBE_NEEDS, answers, deploy, deploy_probe, zipped

LOOK_AROUND = """
import importlib, os, site, sys, tempfile

def found(name):
    try:
        importlib.import_module(name)
    except ImportError:
        return False
    return True

def handler(event, context):
    return {
        "path": sys.path,
        "environment": dict(os.environ),
        "importable": [name for name in ("ministack", "boto3", "pip", "local", "json", "asset")
                       if found(name)],
        "packages": [  # Debian's Python names places that its virtual environments lack
            entry
            for place in filter(os.path.isdir, site.getsitepackages())
            for entry in os.listdir(place)
        ],
        "tmp": tempfile.gettempdir(),
        "cwd": os.getcwd(),
    }
"""


def invoke(cloud: Cloud, name: str, event: Any = None) -> Any:
    answer = cloud.client("lambda").invoke(FunctionName=name, Payload=json.dumps(event or {}))
    result = json.load(answer["Payload"])
    assert "FunctionError" not in answer, result
    return result


@pytest.fixture(scope="module")
def surroundings(embedded_aws: EmbeddedAws) -> Any:
    """What a function sees of the world it runs in."""
    cloud = Cloud(embedded_aws)
    role = make_role(cloud, "looker", [])
    deploy(
        cloud,
        "looker",
        zipped(LOOK_AROUND),
        role,
        Environment={"Variables": {"TABLE": "mesh", "LOG_LEVEL": "INFO"}},
    )
    return invoke(cloud, "looker")


def test_worker_imports_the_standard_library_and_its_asset_alone(surroundings: Any) -> None:
    assert surroundings["importable"] == ["json"]
    assert surroundings["packages"] == []
    assert Path(surroundings["path"][0]).name == "code"
    assert not any("/.venv/" in place for place in surroundings["path"])


def test_worker_sees_lambdas_environment_and_none_of_its_parents(surroundings: Any) -> None:
    environment = surroundings["environment"]
    for name in ("AUTH", "GATEWAY_PORT", "BIND_HOST", "PYTHONPATH", "STATE_DIR", "S3_DATA_DIR"):
        assert name not in environment
    assert environment["TABLE"] == "mesh"
    assert environment["LOG_LEVEL"] == "INFO"  # the function's own, though the server's is equal
    assert environment["AWS_REGION"] == "us-east-1"
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == "looker"
    assert environment["AWS_ACCESS_KEY_ID"].startswith("ASIA")
    assert environment["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")


def test_worker_keeps_to_the_worlds_own_temporary_directory(surroundings: Any) -> None:
    assert "zonemesh-aws-" in surroundings["tmp"]
    assert surroundings["path"][0].startswith(surroundings["tmp"])
    assert Path(surroundings["cwd"]).is_relative_to(Path(surroundings["tmp"]).parent)
    assert surroundings["environment"]["HOME"] == surroundings["tmp"]


def test_function_may_do_what_its_role_grants_and_nothing_else(cloud: Cloud) -> None:
    source = """
import boto3
from botocore.exceptions import ClientError

def handler(event, context):
    try:
        boto3.client("sqs").list_queues()
        listed = "ok"
    except ClientError as error:
        listed = error.response["Error"]["Code"]
    try:
        boto3.client("dynamodb").list_tables()
        tables = "ok"
    except ClientError as error:
        tables = error.response["Error"]["Code"]
    return {"queues": listed, "tables": tables,
            "caller": boto3.client("sts").get_caller_identity()["Arn"]}
"""
    grant = {"Effect": "Allow", "Action": "sqs:ListQueues", "Resource": "*"}
    deploy(cloud, "own-role", zipped(source, with_sdk=True), make_role(cloud, "own", [grant]))
    seen = invoke(cloud, "own-role")
    assert seen["queues"] == "ok"
    assert seen["tables"] == "AccessDeniedException"
    assert seen["caller"] == "arn:aws:sts::000000000000:assumed-role/own/own-role"


@pytest.fixture(scope="module")
def probe(embedded_aws: EmbeddedAws) -> str:
    """A function that reports its events; its name."""
    deploy_probe(Cloud(embedded_aws), "probe")
    return "probe"


@pytest.fixture
def source(cloud: Cloud, probe: str) -> Iterator[Any]:
    """Makes queues that feed the probe: name, queue and mapping settings → URL."""
    sqs, functions = cloud.client("sqs"), cloud.client("lambda")
    made: list[tuple[str, str]] = []

    def make(name: str, attributes: dict[str, str], **mapping: Any) -> str:
        url = sqs.create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        created = functions.create_event_source_mapping(
            FunctionName=probe,
            EventSourceArn=f"arn:aws:sqs:us-east-1:000000000000:{name}",
            FunctionResponseTypes=["ReportBatchItemFailures"],
            **mapping,
        )
        made.append((url, created["UUID"]))
        return str(url)

    yield make
    for url, mapping_id in made:
        functions.delete_event_source_mapping(UUID=mapping_id)
        sqs.delete_queue(QueueUrl=url)


def send(cloud: Cloud, url: str, orders: list[dict[str, Any]]) -> None:
    """Send one batch of messages, to the first group if the queue is FIFO."""
    entries = [{"Id": str(n), "MessageBody": json.dumps(order)} for n, order in enumerate(orders)]
    if url.endswith(".fifo"):
        entries = [
            {**entry, "MessageGroupId": "g", "MessageDeduplicationId": f"{time.time_ns()}-{n}"}
            for n, entry in enumerate(entries)
        ]
    cloud.client("sqs").send_message_batch(QueueUrl=url, Entries=entries)


def bodies(reports: list[dict[str, Any]]) -> list[Any]:
    return [
        json.loads(record["body"])["id"]
        for report in reports
        for record in report["event"]["Records"]
    ]


def delivered(cloud: Cloud, about: str, expected: int) -> list[dict[str, Any]]:
    """Reports, as they came, until they hold so many messages: a batch may leave before it is full.

    Raises AssertionError where one more report does not come in time.
    """
    reports: list[dict[str, Any]] = []
    while len(bodies(reports)) < expected:
        more = answers(cloud, about, 1)
        assert more, f"{about}: {len(bodies(reports))} of {expected} messages: {bodies(reports)}"
        reports += more
    return reports


def depth(cloud: Cloud, url: str) -> int:
    """Messages in the queue, visible or not."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    answer = cloud.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)
    return sum(int(value) for value in answer["Attributes"].values())


def drained(cloud: Cloud, url: str, within: float = 10) -> bool:
    """Whether the queue is empty within some seconds: a report comes before the deletion."""
    deadline = time.monotonic() + within
    while depth(cloud, url) and time.monotonic() < deadline:
        time.sleep(0.05)
    return depth(cloud, url) == 0


def test_only_the_failed_messages_of_a_batch_come_again(cloud: Cloud, source: Any) -> None:
    url = source("partial", {"VisibilityTimeout": "10"}, BatchSize=10)
    send(cloud, url, [{"id": "good"}, {"id": "bad", "fail": 1, "hand_back": 1}])
    reports = delivered(cloud, "partial", 3)
    assert drained(cloud, url, within=30)  # what else came again has reported by then
    reports += answers(cloud, "partial", 1, within=1)
    assert sorted(bodies(reports)) == ["bad", "bad", "good"]
    assert sum(report["failed"] for report in reports) == 1


def test_handed_back_message_comes_at_its_new_visibility(cloud: Cloud, source: Any) -> None:
    """ChangeMessageVisibility by the function beats the queue's ten minutes."""
    url = source("handed-back", {"VisibilityTimeout": "600"})
    send(cloud, url, [{"id": "throttled", "fail": 1, "hand_back": 1}])
    first, second = answers(cloud, "handed-back", 2)
    assert second["started"] - first["ended"] < 30
    assert drained(cloud, url)


def test_failed_message_ends_in_the_dead_letter_queue(cloud: Cloud, source: Any) -> None:
    sqs = cloud.client("sqs")
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    redrive = {
        "deadLetterTargetArn": "arn:aws:sqs:us-east-1:000000000000:dead",
        "maxReceiveCount": 2,
    }
    attributes = {"VisibilityTimeout": "2", "RedrivePolicy": json.dumps(redrive)}
    url = source("doomed", attributes)
    send(cloud, url, [{"id": "poison", "fail": 99}])
    assert len(answers(cloud, "doomed", 2)) == 2
    got = sqs.receive_message(QueueUrl=dead, WaitTimeSeconds=20)
    assert json.loads(got["Messages"][0]["Body"])["id"] == "poison"
    assert drained(cloud, url)


@pytest.mark.parametrize(
    ("queue", "answer"),
    [
        ("misspelt", {"batchItemFailures": [{"itemIdentifer": "typo"}]}),
        ("empty", {"batchItemFailures": [{"itemIdentifier": ""}]}),
        ("foreign", {"batchItemFailures": [{"itemIdentifier": "of another batch"}]}),
        ("unreadable", "not JSON"),
    ],
)
def test_malformed_answer_fails_the_whole_batch(
    cloud: Cloud, source: Any, queue: str, answer: Any
) -> None:
    url = source(queue, {"VisibilityTimeout": "2"})
    send(cloud, url, [{"id": "kept", "answer": answer}])
    assert len(answers(cloud, queue, 2)) == 2
    assert depth(cloud, url) == 1


def test_no_more_batches_run_at_once_than_the_mapping_allows(cloud: Cloud, source: Any) -> None:
    url = source("narrow", {}, BatchSize=1, ScalingConfig={"MaximumConcurrency": 2})
    send(cloud, url, [{"id": n, "sleep": 0.7} for n in range(6)])
    reports = answers(cloud, "narrow", 6)
    assert len(reports) == 6
    assert peak(reports) == 2


def test_fifo_group_is_delivered_in_order_one_batch_at_a_time(cloud: Cloud, source: Any) -> None:
    url = source("ordered.fifo", {"FifoQueue": "true"}, BatchSize=2)
    send(cloud, url, [{"id": n, "sleep": 0.1} for n in range(6)])
    reports = delivered(cloud, "ordered.fifo", 6)
    reports.sort(key=lambda report: report["started"])
    assert bodies(reports) == list(range(6))
    assert peak(reports) == 1


def peak(reports: list[dict[str, Any]]) -> int:
    """The most reports whose times overlap."""
    return max(
        sum(other["started"] <= one["started"] < other["ended"] for other in reports)
        for one in reports
    )


@pytest.fixture
def streamed(cloud: Cloud) -> Iterator[Any]:
    """Makes a table's stream feed a function; puts items into the table."""
    dynamodb, functions = cloud.client("dynamodb"), cloud.client("lambda")
    keys = (("pk", "HASH"), ("sk", "RANGE"))
    table = dynamodb.create_table(
        TableName="streamed",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name, _ in keys],
        KeySchema=[{"AttributeName": name, "KeyType": kind} for name, kind in keys],
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )["TableDescription"]
    made: list[str] = []

    def feed(function: str, **mapping: Any) -> None:
        created = functions.create_event_source_mapping(
            FunctionName=function,
            EventSourceArn=table["LatestStreamArn"],
            StartingPosition="TRIM_HORIZON",
            BatchSize=10,
            **mapping,
        )
        made.append(created["UUID"])

    yield feed
    for mapping_id in made:
        functions.delete_event_source_mapping(UUID=mapping_id)
    dynamodb.delete_table(TableName="streamed")


def put(cloud: Cloud, *sort_keys: str) -> None:
    for sk in sort_keys:
        item = {"pk": {"S": "zone#example.com"}, "sk": {"S": sk}}
        cloud.client("dynamodb").put_item(TableName="streamed", Item=item)


def test_stream_brings_head_items_alone(cloud: Cloud, probe: str, streamed: Any) -> None:
    heads = {"eventName": ["INSERT", "MODIFY"], "dynamodb": {"Keys": {"sk": {"S": ["head"]}}}}
    streamed(probe, FilterCriteria={"Filters": [{"Pattern": json.dumps(heads)}]})
    put(cloud, "snap#1", "head", "snap#2")
    (report,) = answers(cloud, "streamed", 1)
    (record,) = report["event"]["Records"]
    assert record["dynamodb"]["Keys"]["sk"] == {"S": "head"}
    assert record["dynamodb"]["NewImage"]["pk"] == {"S": "zone#example.com"}


def test_slow_function_behind_a_stream_delays_no_queue(
    cloud: Cloud, probe: str, streamed: Any, source: Any
) -> None:
    role = make_role(cloud, "slow", [PROBE_NEEDS])
    deploy(cloud, "slow", zipped("import time; time.sleep(3)\n" + PROBE, with_sdk=True), role)
    streamed("slow")
    put(cloud, "head")
    send(cloud, source("quick", {}), [{"id": "edit"}])
    (quick,) = answers(cloud, "quick", 1)
    (slow,) = answers(cloud, "slow", 1)
    assert quick["ended"] < slow["started"]


def test_schedule_fires_with_its_input(cloud: Cloud, probe: str) -> None:
    role = make_role(cloud, "scheduled", [PROBE_NEEDS])
    arn = deploy(cloud, "scheduled", zipped(PROBE, with_sdk=True), role)
    soon = datetime.now(UTC) + timedelta(seconds=1)
    cloud.client("scheduler").create_schedule(
        Name="once",
        ScheduleExpression=f"at({soon:%Y-%m-%dT%H:%M:%S})",
        FlexibleTimeWindow={"Mode": "OFF"},
        ActionAfterCompletion="DELETE",
        Target={"Arn": arn, "RoleArn": role, "Input": json.dumps({"sweep": "all"})},
    )
    (report,) = answers(cloud, "scheduled", 1)
    assert report["event"] == {"sweep": "all"}


def test_ring_reaches_the_hubs_that_its_attribute_names(cloud: Cloud) -> None:
    sns, sqs = cloud.client("sns"), cloud.client("sqs")
    topic = sns.create_topic(Name="rings")["TopicArn"]
    queues = {}
    for hub in ("tokyo", "paris"):
        name = f"ring-{hub}"
        arn = f"arn:aws:sqs:us-east-1:000000000000:{name}"
        allow = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
        queues[hub] = sqs.create_queue(QueueName=name, Attributes={"Policy": policy})["QueueUrl"]
        sns.subscribe(
            TopicArn=topic,
            Protocol="sqs",
            Endpoint=arn,
            Attributes={
                "RawMessageDelivery": "true",
                "FilterPolicy": json.dumps({"hubs": [hub, "*"]}),
            },
        )

    def ring(serial: int, hubs: list[str]) -> None:
        named = {"DataType": "String.Array", "StringValue": json.dumps(hubs)}
        sns.publish(TopicArn=topic, Message=str(serial), MessageAttributes={"hubs": named})

    ring(1, ["tokyo"])
    ring(2, ["*"])
    ring(3, ["osaka"])
    ring(4, ["paris", "osaka"])
    heard = {hub: sorted(rung(sqs, url, 2)) for hub, url in queues.items()}
    assert heard == {"tokyo": ["1", "2"], "paris": ["2", "4"]}


def rung(sqs: Any, url: str, expected: int, within: float = 30) -> list[str]:
    """What a queue holds once it has given so many messages and no more come."""
    heard: list[str] = []
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        heard += [message["Body"] for message in got.get("Messages", [])]
        if len(heard) >= expected and not got.get("Messages"):
            break
    return heard

"""The functions on real adapters: from a hosted zone to the bell, and an edit on top of it."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import pytest
from moto import mock_aws

from functions import ports as wired
from functions.announce import lambda_handler as announce
from functions.list_zone import lambda_handler as list_zone
from functions.record_change import lambda_handler as record_change
from functions.sweep import lambda_handler as sweep
from tests.fakes.plane import MemoryHistory
from tests.functions.conftest import Context, eventbridge, failed
from zonemesh.deployment import (
    CHANGES_QUEUE_URL,
    LISTINGS_QUEUE_URL,
    PARTITION_KEY,
    SORT_KEY,
    SWEEP_EVERY,
    TABLE,
    TOPIC_ARN,
)

FIFO = {"FifoQueue": "true", "VisibilityTimeout": "0"}
ZONE = "route53:main:example.com."
MESH = """
integrations: {main: }
zones: [{discover: "*", integration: main}]
hubs: {eu: }
"""


class Aws:
    """An account with the stack's queues, table and topic, and a hub's queue on the topic."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.clients = {
            name: boto3.client(name, region_name="us-east-1")
            for name in ("dynamodb", "sqs", "sns", "route53")
        }
        keys = {PARTITION_KEY: "HASH", SORT_KEY: "RANGE"}
        self.clients["dynamodb"].create_table(
            TableName="zonemesh",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": k, "AttributeType": "S"} for k in keys],
            KeySchema=[{"AttributeName": k, "KeyType": kind} for k, kind in keys.items()],
        )
        self.changes, self.hub = self._queue("changes"), self._queue("hub")
        self.listings = self._queue("listings.fifo", **FIFO)
        topic = self.clients["sns"].create_topic(Name="bell")["TopicArn"]
        self.clients["sns"].subscribe(
            TopicArn=topic,
            Protocol="sqs",
            Endpoint="arn:aws:sqs:us-east-1:123456789012:hub",
            Attributes={"RawMessageDelivery": "true"},
        )
        settings = {
            TABLE: "zonemesh",
            CHANGES_QUEUE_URL: self.changes,
            LISTINGS_QUEUE_URL: self.listings,
            TOPIC_ARN: topic,
            SWEEP_EVERY: "600",
        }
        for name, value in settings.items():
            monkeypatch.setenv(name, value)
        self.zone = self.clients["route53"].create_hosted_zone(
            Name="example.com", CallerReference="1"
        )["HostedZone"]["Id"]
        # What the service makes for a new zone, in place of moto's text that is no SOA.
        soa = "ns-1.awsdns-00.org. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"
        self.upsert("example.com", "SOA", soa)

    def _queue(self, name: str, **attributes: str) -> str:
        url: str = self.clients["sqs"].create_queue(QueueName=name, Attributes=attributes)[
            "QueueUrl"
        ]
        return url

    def upsert(self, name: str, rdtype: str, value: str) -> None:
        rrset = {
            "Name": name,
            "Type": rdtype,
            "TTL": 60,
            "ResourceRecords": [{"Value": value}],
        }
        self.clients["route53"].change_resource_record_sets(
            HostedZoneId=self.zone,
            ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": rrset}]},
        )

    def received(self, url: str) -> dict[str, Any]:
        """Receive as Lambda's poller does; gives the event for the function."""
        answer = self.clients["sqs"].receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=10,
            WaitTimeSeconds=0,
            MessageSystemAttributeNames=["ApproximateReceiveCount"],
        )
        return {
            "Records": [
                {
                    "messageId": message["MessageId"],
                    "receiptHandle": message["ReceiptHandle"],
                    "body": message["Body"],
                    "attributes": message["Attributes"],
                }
                for message in answer.get("Messages", [])
            ]
        }

    def stream(self) -> dict[str, Any]:
        """The table's heads as its stream gives them."""
        items = self.clients["dynamodb"].scan(TableName="zonemesh")["Items"]
        heads = [item for item in items if item[SORT_KEY]["S"] == "head"]
        return {
            "Records": [
                {
                    "dynamodb": {
                        "Keys": {key: item[key] for key in (PARTITION_KEY, SORT_KEY)},
                        "NewImage": item,
                    }
                }
                for item in heads
            ]
        }


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    inside = wired.ports.__dict__
    before = dict(inside)
    with mock_aws():
        inside.clear()
        inside.update(type(wired.ports)().__dict__)
        inside["history"] = lambda integration, mesh: MemoryHistory()  # moto has none
        yield Aws(monkeypatch)
    inside.clear()
    inside.update(before)


def test_a_zone_is_found_listed_announced_edited_and_announced_again(
    aws: Aws, context: Context
) -> None:
    context.remaining_ms = 900_000
    wired.ports.mesh_store.apply(MESH)
    sweep({}, context)
    orders = aws.received(aws.listings)
    assert len(orders["Records"]) == 1
    assert failed(list_zone(orders, context)) == []
    announce(aws.stream(), context)
    aws.upsert("www.example.com", "A", "192.0.2.1")
    detail = {
        "eventSource": "route53.amazonaws.com",
        "eventName": "ChangeResourceRecordSets",
        "eventID": "e-1",
        "eventTime": datetime.fromtimestamp(time.time(), UTC).isoformat(),
        "requestParameters": {
            "hostedZoneId": aws.zone.removeprefix("/hostedzone/"),
            "changeBatch": {"changes": [{"resourceRecordSet": {"name": "www.example.com"}}]},
        },
    }
    wired.ports.changes.send(eventbridge(detail))
    batch = aws.received(aws.changes)
    assert failed(record_change(batch, context)) == []
    assert failed(record_change(batch, context)) == []  # delivered twice
    announce(aws.stream(), context)
    rings = [json.loads(record["body"]) for record in aws.received(aws.hub)["Records"]]
    assert [ring["zone"] for ring in rings] == [ZONE, ZONE]
    head = wired.ports.store.head(ZONE)
    assert head is not None
    assert rings[0]["serial"] < rings[1]["serial"] == head.serial
    assert wired.ports.store.snapshot(ZONE, head.serial).reason.changes[0].event_id == "e-1"


def test_an_unreadable_message_is_received_again_until_it_is_a_dead_letter(
    aws: Aws, context: Context
) -> None:
    sqs = aws.clients["sqs"]
    dead = sqs.create_queue(QueueName="dead")["QueueUrl"]
    redrive = {
        "deadLetterTargetArn": "arn:aws:sqs:us-east-1:123456789012:dead",
        "maxReceiveCount": "3",
    }
    sqs.set_queue_attributes(
        QueueUrl=aws.changes,
        Attributes={"RedrivePolicy": json.dumps(redrive), "VisibilityTimeout": "0"},
    )
    wired.ports.changes.send("not JSON")
    for _ in range(3):
        batch = aws.received(aws.changes)
        assert failed(record_change(batch, context)) == [batch["Records"][0]["messageId"]]
    assert aws.received(aws.changes)["Records"] == []
    assert [record["body"] for record in aws.received(dead)["Records"]] == ["not JSON"]

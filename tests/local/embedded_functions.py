"""Small functions to deploy into an embedded AWS."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import botocore
import dateutil
import jmespath
import s3transfer
import six
import urllib3

from tests.local.embedded_cloud import Cloud, make_role

_SDK = (boto3, botocore, s3transfer, jmespath, dateutil, urllib3)
_SERVICES = {"dynamodb", "sqs", "sts", "sso", "sso-oidc", "signin"}  # of botocore's 400 models

ANSWERS = "answers"  # the queue to which `PROBE` reports

PROBE = """
import json, os, time, boto3
sqs = boto3.client("sqs")
answers = sqs.get_queue_url(QueueName="answers")["QueueUrl"]

def obey(record):
    # A message body says what to do with it: sleep, fail so many times, hand back, answer.
    order = json.loads(record["body"])
    time.sleep(order.get("sleep", 0))
    receives = int(record["attributes"]["ApproximateReceiveCount"])
    if receives > order.get("fail", 0):
        return True
    if "hand_back" in order:
        queue = sqs.get_queue_url(QueueName=record["eventSourceARN"].rpartition(":")[2])
        sqs.change_message_visibility(
            QueueUrl=queue["QueueUrl"],
            ReceiptHandle=record["receiptHandle"],
            VisibilityTimeout=order["hand_back"],
        )
    return False

def handler(event, context):
    started = time.time()
    records = event.get("Records", [])
    failed = [
        {"itemIdentifier": record["messageId"]}
        for record in records
        if record["eventSource"] == "aws:sqs" and not obey(record)
    ]
    report = {"function": context.function_name, "event": event, "pid": os.getpid(),
              "started": started, "ended": time.time(), "failed": len(failed)}
    sqs.send_message(QueueUrl=answers, MessageBody=json.dumps(report))
    told = [json.loads(record["body"]) for record in records if "body" in record]
    return told[0]["answer"] if told and "answer" in told[0] else {"batchItemFailures": failed}
"""


def zipped(source: str, with_sdk: bool = False) -> bytes:
    """A deployment package: index.py, and boto3 cut down to a few services if asked for."""
    buffer = io.BytesIO(_sdk() if with_sdk else b"")
    with zipfile.ZipFile(buffer, "a") as package:
        package.writestr("index.py", source)
    return buffer.getvalue()


@cache
def _sdk() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
        package.write(six.__file__, "six.py")
        for module in _SDK:
            root = Path(next(iter(module.__path__)))
            for path in _wanted(root):
                package.write(path, Path(module.__name__) / path.relative_to(root))
    return buffer.getvalue()


def _wanted(root: Path) -> Iterator[Path]:
    for path in root.rglob("*"):
        parts = path.relative_to(root).parts
        model_of_another = parts[0] == "data" and len(parts) > 2 and parts[1] not in _SERVICES
        if path.is_file() and path.suffix != ".pyc" and not model_of_another:
            yield path


def deploy(cloud: Cloud, name: str, package: bytes, role: str, **settings: Any) -> str:
    """Create a Python function; returns its ARN."""
    made = cloud.client("lambda").create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="index.handler",
        Role=role,
        Code={"ZipFile": package},
        Timeout=30,
        **settings,
    )
    return str(made["FunctionArn"])


PROBE_NEEDS = {
    "Effect": "Allow",
    "Action": ["sqs:GetQueueUrl", "sqs:SendMessage", "sqs:ChangeMessageVisibility"],
    "Resource": "*",
}


def deploy_probe(cloud: Cloud, name: str) -> str:
    """A function, warm, that reports each event to the queue `answers`; returns its ARN."""
    cloud.client("sqs").create_queue(QueueName=ANSWERS)
    role = make_role(cloud, name, [PROBE_NEEDS])
    arn = deploy(cloud, name, zipped(PROBE, with_sdk=True), role)
    cloud.client("lambda").invoke(FunctionName=name, Payload=b"{}")
    answers(cloud, name, 1)
    return arn


_unread: dict[str, list[dict[str, Any]]] = {}  # reports not asked for yet, by endpoint


def answers(cloud: Cloud, about: str, expected: int, within: float = 30) -> list[dict[str, Any]]:
    """Reports by the probe of that name, or about that queue or table; `expected` at most."""
    sqs = cloud.client("sqs")
    url = sqs.get_queue_url(QueueName=ANSWERS)["QueueUrl"]
    unread = _unread.setdefault(cloud.aws.endpoint, [])
    found: list[dict[str, Any]] = []
    deadline = time.monotonic() + within
    while True:
        for report in list(unread):
            if about in _subjects(report) and len(found) < expected:
                unread.remove(report)
                found.append(report)
        if len(found) == expected or time.monotonic() > deadline:
            return found
        got = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for message in got.get("Messages", []):
            unread.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])


def _subjects(report: dict[str, Any]) -> set[str]:
    """The function that reports, and the queues or tables that it was fed from."""
    arns = [record["eventSourceARN"] for record in report["event"].get("Records", [])]
    return {report["function"]}.union(*(arn.replace("/", ":").split(":") for arn in arns))

"""AWS in this process: moto behind every client that a test makes."""

from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from zonemesh.aws.sessions import Clients
from zonemesh.aws.table import Table
from zonemesh.deployment import PARTITION_KEY, SORT_KEY

TABLE_NAME = "zonemesh"


@pytest.fixture
def clients(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clients]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.setenv(name, "testing")
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SDK_UA_APP_ID"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with mock_aws():
        yield Clients(boto3.Session())


@pytest.fixture
def table(clients: Clients) -> Table:
    keys = {PARTITION_KEY: "HASH", SORT_KEY: "RANGE"}
    clients.client("dynamodb").create_table(
        TableName=TABLE_NAME,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": k, "AttributeType": "S"} for k in keys],
        KeySchema=[{"AttributeName": k, "KeyType": kind} for k, kind in keys.items()],
    )
    return Table(clients.client("dynamodb"), TABLE_NAME, sleep=lambda _: None)

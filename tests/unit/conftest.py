"""What several of these suites use."""

import os
from collections.abc import Iterator

import boto3
import pytest
from moto import mock_aws

from zonemesh.deployment import PARTITION_KEY, SORT_KEY


@pytest.fixture
def table() -> Iterator[str]:
    """A table by this name, and an environment that is put back afterwards."""
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ |= {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
    os.environ["AWS_DEFAULT_REGION"] = "us-east-1"
    with mock_aws():
        keys = {PARTITION_KEY: "HASH", SORT_KEY: "RANGE"}
        boto3.client("dynamodb").create_table(
            TableName="mesh-table",
            BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in keys.items()],
        )
        yield "mesh-table"
    os.environ.clear()
    os.environ.update(before)

"""A mesh's table in an account that moto plays, with an environment that leads nowhere else."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import boto3
from moto import mock_aws

from zonemesh.deployment import PARTITION_KEY, SORT_KEY

NAME = "mesh-table"


@contextmanager
def mesh_table() -> Iterator[str]:
    """Give the name of an empty table; the environment is put back afterwards."""
    before = dict(os.environ)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ |= {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}
    os.environ["AWS_DEFAULT_REGION"] = "us-east-1"
    try:
        with mock_aws():
            keys = {PARTITION_KEY: "HASH", SORT_KEY: "RANGE"}
            boto3.client("dynamodb").create_table(
                TableName=NAME,
                BillingMode="PAY_PER_REQUEST",
                AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
                KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in keys.items()],
            )
            yield NAME
    finally:
        os.environ.clear()
        os.environ.update(before)

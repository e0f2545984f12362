"""Clients of an embedded AWS."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from functools import cache
from typing import Any

import boto3
from botocore.config import Config

from local.embedded import EmbeddedAws

ONCE = Config(retries={"total_max_attempts": 1})


@cache
def _client(keys: tuple[str, str, str | None], region: str, service: str, endpoint: str) -> Any:
    session = boto3.Session(*keys, region_name=region)
    return session.client(service, endpoint_url=endpoint, config=ONCE)


@dataclass(frozen=True, slots=True)
class Cloud:
    """Clients of an embedded AWS, each call made once only, and its control endpoint."""

    aws: EmbeddedAws
    access_key: str = "test"
    secret_key: str = "test"
    token: str | None = None
    region: str = "us-east-1"

    def client(self, service: str) -> Any:
        keys = (self.access_key, self.secret_key, self.token)
        return _client(keys, self.region, service, self.aws.endpoint)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            f"{self.aws.endpoint}/_zonemesh/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            with error:
                return json.load(error) | {"status": error.code}


def make_role(cloud: Cloud, name: str, statements: list[dict[str, Any]]) -> str:
    """Create a role that its account and Lambda may assume; returns its ARN."""
    account = cloud.client("sts").get_caller_identity()["Account"]
    trust = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"AWS": f"arn:aws:iam::{account}:root", "Service": "lambda.amazonaws.com"},
    }
    iam = cloud.client("iam")
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy([trust]))
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy(statements))
    return str(role["Role"]["Arn"])


def policy(statements: list[dict[str, Any]]) -> str:
    """The policy document of these statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def assumed(cloud: Cloud, name: str, statements: list[dict[str, Any]]) -> Cloud:
    """Clients that have assumed a new role with these policy statements."""
    arn = make_role(cloud, name, statements)
    given = cloud.client("sts").assume_role(RoleArn=arn, RoleSessionName="test")["Credentials"]
    return Cloud(cloud.aws, given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])

"""Sessions and clients: whose credentials, which Region, how long to wait, how often to try."""

import os
import threading
from collections.abc import Mapping
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.credentials import DeferredRefreshableCredentials
from botocore.exceptions import NoCredentialsError

from zonemesh.deployment import EVENT_REGION

APP_ID = "zonemesh"  # in the user agent, so that CloudTrail names who called
APP_ID_VARIABLE = "AWS_SDK_UA_APP_ID"
SESSION_NAME = "zonemesh"

# Route 53 is global and answers there; its events are in the history of that Region alone.
REGIONS = {"route53": EVENT_REGION, "cloudtrail": EVENT_REGION}

CONNECT_SECONDS = 5  # a control plane that takes longer to accept is not there
_STANDARD = {"mode": "standard"}
SETTINGS: dict[str, dict[str, Any]] = {
    # One more try for a lost connection; a throttle goes to the queue, which can wait for longer.
    "route53": {"read_timeout": 15, "retries": {**_STANDARD, "total_max_attempts": 2}},
    "cloudtrail": {"read_timeout": 15, "retries": {**_STANDARD, "total_max_attempts": 2}},
    # Longer than the longest poll (20 s).
    "sqs": {"read_timeout": 30, "retries": {**_STANDARD, "total_max_attempts": 3}},
    # Answers in milliseconds or not at all; 16 connections for the batches of two zones at once.
    "dynamodb": {
        "read_timeout": 10,
        "max_pool_connections": 16,
        "retries": {**_STANDARD, "total_max_attempts": 4},
    },
}
OTHERWISE: dict[str, Any] = {
    "read_timeout": 10,
    "retries": {**_STANDARD, "total_max_attempts": 3},
}


def client_config(service: str, environment: Mapping[str, str] = os.environ) -> Config:
    """Give a service's timeouts, retries and app id; the environment's app id comes first."""
    return Config(
        connect_timeout=CONNECT_SECONDS,
        user_agent_appid=environment.get(APP_ID_VARIABLE, APP_ID),
        **SETTINGS.get(service, OTHERWISE),
    )


class Clients:
    """Clients under one set of credentials, each made once.

    Without a session the process's own credentials are looked for, again at each need until there
    are some: botocore would remember for good that there were none, or end the process's start,
    while a container's credentials come from an endpoint that may be late.
    """

    def __init__(self, session: boto3.Session | None = None) -> None:
        self._session = session
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()  # sessions are not safe to use from several threads

    def late(self, service: str) -> Any:
        """Give the client of a service that is made when it is first called."""
        return _LateClient(self, service)

    def client(self, service: str) -> Any:
        """Give the client of a service; it may be used from any thread.

        Raises botocore's errors where there are no credentials.
        """
        with self._lock:
            if service not in self._clients:
                session = self._session or boto3.Session()
                if session.get_credentials() is None:
                    raise NoCredentialsError
                self._session = session
                region = REGIONS.get(service) or session.region_name or EVENT_REGION
                self._clients[service] = session.client(
                    service, region_name=region, config=client_config(service)
                )
            return self._clients[service]


class _LateClient:
    def __init__(self, clients: Clients, service: str) -> None:
        self._clients, self._service = clients, service

    def __getattr__(self, name: str) -> Any:
        return getattr(self._clients.client(self._service), name)


def assumed(ambient: Clients, role_arn: str, external_id: str | None) -> Clients:
    """Give clients under a role that `ambient` may assume.

    STS is asked before the first call, and again before the credentials end. The
    external id keeps the role from being assumed for somebody else
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html).
    """
    request = {"RoleArn": role_arn, "RoleSessionName": SESSION_NAME}
    if external_id is not None:
        request["ExternalId"] = external_id

    def fetch() -> dict[str, str]:
        credentials = ambient.client("sts").assume_role(**request)["Credentials"]
        return {
            "access_key": credentials["AccessKeyId"],
            "secret_key": credentials["SecretAccessKey"],
            "token": credentials["SessionToken"],
            "expiry_time": credentials["Expiration"].isoformat(),
        }

    session = botocore.session.get_session()
    session._credentials = DeferredRefreshableCredentials(fetch, method="assume-role")
    return Clients(boto3.Session(botocore_session=session))

"""The services that a hub calls, each found in DNS and asked something small."""

import socket
import time
from collections.abc import Callable, Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError

from zonemesh.aws.sessions import Clients
from zonemesh.deployment import HUB_PREFIX, PARTITION_KEY, SORT_KEY
from zonemesh.errors import ServiceUnreachable
from zonemesh.services import ServiceAnswer

_HTTPS = 443


class HubServices:
    """Services of a hub: those whose calls its role allows it in any case."""

    def __init__(
        self,
        clients: Clients,
        hub: str,
        table: str,
        queue_url: str,
        find: Callable[..., Sequence[Any]] = socket.getaddrinfo,
    ) -> None:
        self._clients, self._find = clients, find
        key = {PARTITION_KEY: {"S": f"{HUB_PREFIX}{hub}"}, SORT_KEY: {"S": "heartbeat"}}
        self._calls: Mapping[str, tuple[str, str, Mapping[str, Any]]] = {
            "DynamoDB": ("dynamodb", "get_item", {"TableName": table, "Key": key}),
            "SQS": ("sqs", "get_queue_attributes", {"QueueUrl": queue_url}),
            "STS": ("sts", "get_caller_identity", {}),
        }

    def names(self) -> list[str]:
        return [*self._calls]

    def ask(self, name: str) -> ServiceAnswer:
        service, operation, parameters = self._calls[name]
        try:
            client = self._clients.client(service)
        except BotoCoreError as problem:
            raise ServiceUnreachable(f"no credentials: {problem}") from problem
        endpoint = str(client.meta.endpoint_url)
        addresses = self._addresses(endpoint)
        answer = _answer(endpoint, lambda: getattr(client, operation)(**parameters))
        return ServiceAnswer(endpoint, addresses, _time(answer))

    def _addresses(self, endpoint: str) -> int:
        """Count the addresses of an endpoint."""
        place = urlsplit(endpoint)
        try:
            found = self._find(place.hostname, place.port or _HTTPS, type=socket.SOCK_STREAM)
        except OSError as problem:
            why = problem.strerror or problem
            raise ServiceUnreachable(
                f"{place.hostname} is not found in DNS: {why}. See to the hub's resolver"
            ) from problem
        return len({sockaddr[0] for *_, sockaddr in found})


def _answer(endpoint: str, call: Callable[[], Any]) -> Mapping[str, Any]:
    began = time.monotonic()
    try:
        answer: Mapping[str, Any] = call()
        return answer
    except ClientError as problem:
        raise ServiceUnreachable(f"{endpoint} answers, and refuses: {problem}") from problem
    except BotoCoreError as problem:
        seconds = time.monotonic() - began
        raise ServiceUnreachable(f"{problem} (after {seconds:.1f} s)") from problem


def _time(answer: Mapping[str, Any]) -> float | None:
    """Read the answer's Date (RFC 9110 6.6.1)."""
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    try:
        return parsedate_to_datetime(headers["date"]).timestamp()
    except (KeyError, TypeError, ValueError):
        return None

"""A strict Route 53 reached through a real boto3 client, without a network."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import parse_qs, urlsplit

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.config import Config
from botocore.exceptions import ClientError

from local.route53 import ApiCall, Route53Settings, StrictRoute53

SESSION = boto3.Session("AKIAEXAMPLE", "secret", region_name="us-east-1")
START = 1_578_336_643.0  # Jan 6, 2020 6:50:43 PM


@dataclass
class Clock:
    """A clock that moves when it is told to."""

    now: float = START

    def __call__(self) -> float:
        return self.now


@dataclass
class World:
    """The strict Route 53, its clock, what it recorded, and clients of its accounts."""

    settings: Route53Settings = field(default_factory=Route53Settings)
    clock: Clock = field(default_factory=Clock)
    calls: list[ApiCall] = field(default_factory=list)
    account: str = "111122223333"

    def __post_init__(self) -> None:
        self.route53 = StrictRoute53(
            clock=self.clock,
            settings=self.settings,
            on_write=self.calls.append,
            account_id=lambda: self.account,
            source_ip=lambda: "192.0.2.92",
            random=Random(53),
        )
        self.client = self.new_client()

    def new_client(self) -> Any:
        """A boto3 client, each call made once only, parameters checked by the server alone."""
        once = Config(retries={"total_max_attempts": 1}, parameter_validation=False)
        client = SESSION.client("route53", config=once)
        client.meta.events.register("before-send.route53", self._send)
        return client

    def _send(self, request: Any, **_: Any) -> AWSResponse:
        url = urlsplit(request.url)
        headers = {
            name: value.decode() if isinstance(value, bytes) else value
            for name, value in request.headers.items()
        }
        body = request.body or b""
        status, answer_headers, answer = self.raw(
            request.method,
            url.path,
            headers,
            body.encode() if isinstance(body, str) else body,
            parse_qs(url.query, keep_blank_values=True),
        )
        return AWSResponse(request.url, status, answer_headers, Raw(answer))

    def raw(
        self, method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]
    ) -> tuple[int, dict[str, str], bytes]:
        """One HTTP request, straight into the handler."""
        return asyncio.run(self.route53.handle(method, path, headers, body, query))

    def zone(self, name: str = "example.com", **more: Any) -> str:
        """A new zone's id."""
        reference = f"reference {name} {len(self.calls)}"
        created = self.client.create_hosted_zone(Name=name, CallerReference=reference, **more)
        return str(created["HostedZone"]["Id"]).rsplit("/", 1)[-1]

    def change(self, zone_id: str, *changes: dict[str, Any]) -> dict[str, Any]:
        """Send one batch."""
        batch = {"Changes": list(changes)}
        answer = self.client.change_resource_record_sets(HostedZoneId=zone_id, ChangeBatch=batch)
        return dict(answer["ChangeInfo"])

    def listing(self, zone_id: str, **start: Any) -> list[dict[str, Any]]:
        """All rrsets of a zone in the order of the pages."""
        pages = self.client.get_paginator("list_resource_record_sets").paginate(
            HostedZoneId=zone_id, **start
        )
        return [record_set for page in pages for record_set in page["ResourceRecordSets"]]

    def names(self, zone_id: str) -> list[tuple[str, str]]:
        """(name, type) of everything below the apex."""
        below = [(s["Name"], s["Type"]) for s in self.listing(zone_id)]
        return [pair for pair in below if pair[1] not in ("NS", "SOA")]


class Raw:
    """An HTTP body as botocore reads it."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        yield self._body


def rrset(name: str, rdtype: str, *values: str, ttl: int = 300, **more: Any) -> dict[str, Any]:
    """A ResourceRecordSet of the API."""
    records = [{"Value": value} for value in values]
    return {"Name": name, "Type": rdtype, "TTL": ttl, "ResourceRecords": records, **more}


def alias(name: str, rdtype: str, zone_id: str, target: str, **more: Any) -> dict[str, Any]:
    """A ResourceRecordSet of the API that is an alias."""
    aliased = {"HostedZoneId": zone_id, "DNSName": target, "EvaluateTargetHealth": False}
    return {"Name": name, "Type": rdtype, "AliasTarget": aliased, **more}


def change(action: str, record_set: dict[str, Any]) -> dict[str, Any]:
    """A Change of the API."""
    return {"Action": action, "ResourceRecordSet": record_set}


def create(record_set: dict[str, Any]) -> dict[str, Any]:
    return change("CREATE", record_set)


def delete(record_set: dict[str, Any]) -> dict[str, Any]:
    return change("DELETE", record_set)


def upsert(record_set: dict[str, Any]) -> dict[str, Any]:
    return change("UPSERT", record_set)


class Refused:
    """`with refused("InvalidInput", "part of the message"):` around one call."""

    def __init__(self, code: str, *parts: str) -> None:
        self._raises = pytest.raises(ClientError)
        self._code, self._parts = code, parts

    def __enter__(self) -> None:
        self._caught = self._raises.__enter__()

    def __exit__(self, *raised: Any) -> bool:
        stopped = bool(self._raises.__exit__(*raised))
        if stopped:
            error = self._caught.value.response["Error"]
            assert error["Code"] == self._code, error
            for part in self._parts:
                assert part in error["Message"], error
        return stopped


refused = Refused

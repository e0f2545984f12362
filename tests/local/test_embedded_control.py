"""The control endpoint: knobs turned while everything runs."""

from __future__ import annotations

import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.embedded_cloud import Cloud


def code_of(call: Any, **arguments: Any) -> str:
    try:
        call(**arguments)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "ok"


def test_knobs_turn_one_by_one_and_go_back(cloud: Cloud) -> None:
    before = cloud.control("GET", "faults")
    cloud.control("POST", "faults", {"events": {"loss": 0.25}})
    after = cloud.control("POST", "faults", {"route53": {"throttle_every": 2}})
    assert after["events"] == before["events"] | {"loss": 0.25}
    assert after["route53"] == before["route53"] | {"throttle_every": 2}
    assert cloud.control("DELETE", "faults") == before


@pytest.mark.parametrize(
    ("knobs", "says"),
    [
        ({"events": {"los": 1}}, "events has no los; there are delay"),
        ({"events": {"loss": 2}}, "events.loss is a fraction"),
        ({"events": {"delay": "long"}}, "events.delay is float, not 'long'"),
        ({"route53": {"burst": None}}, "route53.burst is int, not None"),
        ({"route53": {"throttle_every": 0}}, "throttle_every is 0"),
        ({"route53": {"speed": 1}}, "route53 has no speed"),
        ({"calls": [{"operation": "PutItem"}]}, "needs a service"),
        ({"weather": {}}, "no knobs named weather"),
        ([], "the body is a JSON object"),
    ],
)
def test_wrong_knob_is_named_and_none_is_turned(cloud: Cloud, knobs: Any, says: str) -> None:
    before = cloud.control("GET", "faults")
    if isinstance(knobs, dict):
        knobs = {"events": {"lose_next": 1}} | knobs
    answer = cloud.control("POST", "faults", knobs)
    assert answer["status"] == 400
    assert says in answer["error"]
    assert cloud.control("GET", "faults") == before


def test_unknown_path_says_what_there_is(cloud: Cloud) -> None:
    answer = cloud.control("GET", "fault")
    assert answer["status"] == 404
    assert "/_zonemesh/health, status and faults" in answer["error"]


def test_every_second_route53_call_is_throttled(cloud: Cloud) -> None:
    cloud.control("POST", "faults", {"route53": {"throttle_every": 2}})
    route53 = cloud.client("route53")
    codes = [code_of(route53.list_hosted_zones) for _ in range(4)]
    assert sorted(codes) == ["Throttling", "Throttling", "ok", "ok"]


def test_so_many_calls_of_one_operation_fail(cloud: Cloud) -> None:
    fault = {"service": "dynamodb", "operation": "ListTables", "code": "InternalServerError"}
    cloud.control("POST", "faults", {"calls": [{**fault, "status": 500, "count": 2}]})
    dynamodb = cloud.client("dynamodb")
    codes = [code_of(dynamodb.list_tables) for _ in range(3)]
    assert codes == ["InternalServerError", "InternalServerError", "ok"]
    assert cloud.control("GET", "faults")["calls"] == []


@pytest.mark.parametrize("service", ["sns", "sqs", "route53"])
def test_failure_is_understood_by_the_client_of_each_protocol(cloud: Cloud, service: str) -> None:
    fault = {"service": service, "code": "Throttling", "message": "Rate <exceeded>"}
    cloud.control("POST", "faults", {"calls": [fault]})
    client = cloud.client(service)
    listing = {"sns": "list_topics", "sqs": "list_queues", "route53": "list_hosted_zones"}
    assert code_of(getattr(client, listing[service])) == "Throttling"


def test_listing_can_be_slow_while_edits_are_not(cloud: Cloud) -> None:
    slow = {"service": "route53", "operation": "ListHostedZones", "delay": 0.8}
    cloud.control("POST", "faults", {"calls": [slow]})
    route53 = cloud.client("route53")
    started = time.monotonic()
    route53.list_hosted_zones_by_name()
    assert time.monotonic() - started < 0.8
    started = time.monotonic()
    route53.list_hosted_zones()
    assert time.monotonic() - started >= 0.8

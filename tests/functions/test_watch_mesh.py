"""The watch as its schedule runs it, and what it measures."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from functions.watch_mesh import lambda_handler
from tests.fakes.plane import Plane
from tests.functions.conftest import Context
from zonemesh.enrol import enrol
from zonemesh.failover import Readiness
from zonemesh.watch.kinds import AlertKind

ZONE = "route53:main:example.com."
Metrics = Callable[[], dict[str, list[float]]]


@pytest.fixture
def zone(plane: Plane) -> Plane:
    plane.create("Z1", "example.com.")
    enrol(plane.control)
    plane.list_ordered()
    return plane


@pytest.fixture
def context() -> Context:
    return Context(remaining_ms=110_000)


def heard(plane: Plane, hub: str, ago: int) -> None:
    at = plane.now + 60 - ago  # the function's own clock is the real one
    plane.ports.reports.heartbeat(hub, {"at": at, "ready": True, "started_at": at - 3600})


def test_what_the_watch_found_is_measured(zone: Plane, context: Context, metrics: Metrics) -> None:
    heard(zone, "eu", 1000)
    heard(zone, "us", 1)
    zone.ports.reports.zone_status("us", ZONE, {"state": "served", "serial": zone.serial(ZONE)})
    lambda_handler({}, context)
    measured = metrics()
    assert measured["Watched"] == [1]
    assert measured["OfflineHubs"] == [1]
    for name in ("HeldZones", "FailingTargets", "SecondariesBehind", "SlowestPropagation"):
        assert measured[name] == [0], name
    assert measured["AlertsLost"] == [0]
    assert sum(measured["OpenAlerts"]) == 1
    assert len(measured["OpenAlerts"]) == len(AlertKind)
    assert zone.ports.alerts.subjects == ["zonemesh: hub eu is offline"]


def test_open_alerts_are_measured_by_kind_alone(
    zone: Plane, context: Context, capsys: pytest.CaptureFixture[str]
) -> None:
    lambda_handler({}, context)
    documents = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    of_alerts = [each for each in documents if "OpenAlerts" in each]
    for each in of_alerts:
        (directive,) = each["_aws"]["CloudWatchMetrics"]
        assert directive["Dimensions"] == [["kind"]]
    assert {each["kind"] for each in of_alerts} == set(AlertKind)


def test_what_nobody_could_be_told_is_measured_and_told_by_the_next_look(
    zone: Plane, context: Context, metrics: Metrics
) -> None:
    heard(zone, "eu", 1000)
    zone.ports.alerts.broken = True
    lambda_handler({}, context)
    assert metrics()["AlertsLost"] == [1]
    zone.ports.alerts.broken = False
    lambda_handler({}, context)
    assert metrics()["AlertsLost"] == [0]
    assert zone.ports.alerts.subjects == ["zonemesh: hub eu is offline"]


def test_readiness_is_looked_at_as_long_as_there_is_time(
    zone: Plane, context: Context, metrics: Metrics, caplog: Any
) -> None:
    lambda_handler({}, Context(remaining_ms=40_000))
    assert metrics()["ReadinessLooks"] == [0]
    assert zone.ports.readiness_notes.found == {}
    lambda_handler({}, context)
    assert metrics()["ReadinessLooks"] == [1]
    assert zone.ports.readiness_notes.found[ZONE].readiness is Readiness.NOT_READY

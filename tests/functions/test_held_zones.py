"""A change that is held rings once, with what is wrong and what to do; its zone is served on."""

from typing import Any

import pytest

from functions.record_change import lambda_handler
from functions.watch_mesh import lambda_handler as watch_mesh
from tests.fakes.plane import Plane, rrset
from tests.fakes.watch import Ringer
from tests.functions.conftest import Context, HandedBack, eventbridge, failed, sqs_event
from zonemesh.enrol import enrol

ZONE = "route53:main:example.com."
HOSTS = [f"h{number}.example.com." for number in range(20)]


@pytest.fixture
def alerts(plane: Plane) -> Ringer:
    return plane.ports.alerts


@pytest.fixture
def zone(plane: Plane, changes: HandedBack) -> Plane:
    plane.create("Z1", "example.com.", *map(rrset, HOSTS))
    enrol(plane.control)
    plane.list_ordered()
    plane.now += 30
    return plane


def drop(plane: Plane, *hosts: str) -> str:
    """Delete hosts; gives the message that tells of it."""
    for host in hosts:
        plane.drop("Z1", host)
    return eventbridge(plane.detail("Z1", *hosts))


def test_what_is_held_rings_once_and_says_what_to_do(
    zone: Plane, alerts: Ringer, context: Context, metrics: Any
) -> None:
    serial = zone.serial(ZONE)
    event = drop(zone, *HOSTS[:10])
    for _ in range(2):  # a doubled event is no news
        assert failed(lambda_handler(sqs_event(event), context)) == []
    assert failed(lambda_handler(sqs_event(drop(zone, HOSTS[10])), context)) == []
    assert len(zone.served(ZONE)) == len(HOSTS)
    (said,) = alerts.said
    assert said.subject == "zonemesh: a change of example.com. is held"
    held = zone.ports.store.current[ZONE].held
    assert held is not None
    assert f"10 of 22 rrsets (45 %) removed since serial {serial}" in said.text
    for command in ("diff", "approve", "reject", f"rollback {ZONE} {serial}"):
        assert command in said.text
    found = metrics()
    assert found["Held"] == [1, 1, 1]
    assert found["Recorded"] == [0, 0, 0]


def test_that_nobody_can_be_told_keeps_nothing_from_being_held(
    zone: Plane, alerts: Ringer, context: Context, metrics: Any
) -> None:
    alerts.broken = True
    assert failed(lambda_handler(sqs_event(drop(zone, *HOSTS[:10])), context)) == []
    assert zone.ports.store.current[ZONE].held is not None
    assert metrics()["AlertsLost"] == [1]


def test_what_was_held_is_resolved_by_the_watch_and_what_nobody_was_told_is_told_by_it(
    zone: Plane, alerts: Ringer, context: Context
) -> None:
    alerts.broken = True
    lambda_handler(sqs_event(drop(zone, *HOSTS[:10])), context)
    alerts.broken = False
    watch_mesh({}, context)
    watch_mesh({}, context)
    head = zone.ports.store.current[ZONE]
    zone.ports.store.accept(head)
    watch_mesh({}, context)
    told = "a change of example.com. is held"
    assert alerts.subjects == [f"zonemesh: {told}", f"zonemesh: resolved: {told}"]

"""The refreshing of aliases as its schedule runs it, and what it measures."""

from collections.abc import Callable, Iterator

import pytest

from functions import ports as wired
from functions.refresh_aliases import ENOUGH_MS, lambda_handler
from tests.fakes.answers import MemoryAnswers
from tests.fakes.plane import Plane
from tests.functions.conftest import Context
from zonemesh.sweep import sweep

Metrics = Callable[[], dict[str, list[float]]]

ELB = "dualstack.lb-1.us-east-1.elb.amazonaws.com."
WWW = "www.example.com."


@pytest.fixture
def answers(plane: Plane) -> Iterator[MemoryAnswers]:
    """A zone with an alias that resolves, and what is remembered of it."""
    answers = MemoryAnswers()
    wired.ports.__dict__.update(answers=answers, resolver=plane.ports.resolver)
    tell(plane, "192.0.2.1")
    target = {"HostedZoneId": "ZELB", "DNSName": ELB, "EvaluateTargetHealth": False}
    plane.now -= 3600
    plane.create("Z1", "example.com.", {"Name": WWW, "Type": "A", "AliasTarget": target})
    sweep(plane.control, 600)
    plane.list_ordered()
    plane.now += 3600
    yield answers


def tell(plane: Plane, *values: str) -> None:
    told = plane.ports.resolver("main", plane.control.mesh).told
    told.clear()
    if values:
        told.update({(name, "A"): list(values) for name in (WWW, ELB)})


@pytest.fixture
def context() -> Context:
    return Context(remaining_ms=60_000)


def test_what_changed_is_recorded_and_measured(
    plane: Plane, answers: MemoryAnswers, context: Context, metrics: Metrics
) -> None:
    zone = "route53:main:example.com."
    first = plane.serial(zone)
    tell(plane, "192.0.2.1", "192.0.2.2")
    lambda_handler({}, context)
    measured = metrics()
    assert plane.serial(zone) > first
    assert [line.split(" ")[4] for line in plane.served(zone)] == ["192.0.2.1", "192.0.2.2"]
    assert measured["AliasChanges"] == [1]
    assert measured["AliasQuestions"] == [1]
    assert measured["AliasAnswersFailing"] == measured["OldestFailingAnswer"] == [0]
    assert answers.saves == [zone]
    lambda_handler({}, context)
    assert metrics()["AliasChanges"] == [0]


def test_answers_that_fail_are_measured_with_their_age(
    plane: Plane, answers: MemoryAnswers, context: Context, metrics: Metrics,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    now = plane.now
    monkeypatch.setattr("functions.ports.now", lambda: now)
    tell(plane)
    lambda_handler({}, context)
    assert metrics()["OldestFailingAnswer"] == [0]
    now += 86_400
    lambda_handler({}, context)
    measured = metrics()
    assert measured["OldestFailingAnswer"] == [86_400]
    assert measured["AliasAnswersFailing"] == [1]
    assert measured["AliasZonesFailing"] == [0]


def test_a_zone_that_cannot_be_refreshed_is_measured(
    plane: Plane, answers: MemoryAnswers, context: Context, metrics: Metrics
) -> None:
    plane.ports.store.nodes.clear()
    lambda_handler({}, context)
    assert metrics()["AliasZonesFailing"] == [1]


def test_without_time_nothing_is_begun(
    plane: Plane, answers: MemoryAnswers, context: Context, metrics: Metrics
) -> None:
    context.remaining_ms = ENOUGH_MS
    lambda_handler({}, context)
    measured = metrics()
    assert measured["AliasZonesUnreached"] == [1]
    assert measured["AliasQuestions"] == [0]
    assert answers.cursor() == "route53:main:example.com."

"""The sweep as its schedule runs it, and what it measures."""

from collections.abc import Callable

import pytest

from functions.sweep import lambda_handler
from tests.fakes.plane import Plane, rrset
from tests.functions.conftest import Context
from zonemesh.errors import SourceRefused

Metrics = Callable[[], dict[str, list[float]]]


@pytest.fixture(autouse=True)
def schedule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZONEMESH_SWEEP_EVERY", "600")


def test_what_a_sweep_found_is_measured(plane: Plane, context: Context, metrics: Metrics) -> None:
    plane.now -= 120
    plane.create("Z1", "example.com.")
    lambda_handler({}, context)
    measured = metrics()
    assert "OldestVerified" not in measured  # never: no age says that
    assert measured["NeverVerified"] == [1]
    plane.list_ordered()
    plane.now += 10
    plane.put("Z1", rrset("www.example.com."))
    plane.event("Z1", "www.example.com.")
    lambda_handler({}, context)
    measured = metrics()
    assert measured["Zones"] == [1]
    assert measured["MissedChanges"] == [1]
    assert measured["RungAgain"] == [1]
    assert measured["SweepProblems"] == [0]
    assert measured["NeverVerified"] == [0]
    assert measured["OldestVerified"][0] >= 120


def test_a_zone_that_waits_for_its_first_listing_leaves_the_others_measured(
    plane: Plane, context: Context, metrics: Metrics
) -> None:
    plane.now -= 120
    plane.create("Z1", "example.com.")
    lambda_handler({}, context)
    plane.list_ordered()
    plane.now += 60
    plane.create("Z2", "example.net.")
    metrics()
    lambda_handler({}, context)
    measured = metrics()
    assert measured["NeverVerified"] == [1]
    assert measured["OldestVerified"][0] >= 60


def test_problems_are_counted(plane: Plane, context: Context, metrics: Metrics) -> None:
    plane.create("Z1", "example.com.")
    plane.ports.accounts["main"].problems.append(SourceRefused("not allowed"))
    lambda_handler({}, context)
    assert metrics()["SweepProblems"] == [1]

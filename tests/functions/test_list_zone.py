"""Orders to list a zone, as the function carries them out."""

from collections.abc import Callable

import pytest

from functions.batch import LATEST, SOONEST
from functions.list_zone import ENOUGH_MS, LONGEST_WAIT, lambda_handler
from tests.fakes.plane import Plane, rrset
from tests.functions.conftest import Context, HandedBack, failed, sqs_event
from zonemesh.enrol import enrol
from zonemesh.errors import SourceRefused, SourceThrottled

Metrics = Callable[[], dict[str, list[float]]]


@pytest.fixture
def context() -> Context:
    return Context(remaining_ms=900_000)


@pytest.fixture
def order(plane: Plane) -> str:
    """The body of an order to list a new zone."""
    plane.create("Z1", "example.com.", *(rrset(f"h{n}.example.com.") for n in range(9)))
    enrol(plane.control)
    (order,) = plane.orders()
    return order.to_json()


ZONE = "route53:main:example.com."


def test_a_zone_is_listed(
    plane: Plane, order: str, listings: HandedBack, context: Context, metrics: Metrics
) -> None:
    assert failed(lambda_handler(sqs_event(order), context)) == []
    assert len(plane.served(ZONE)) == 9
    assert listings.calls == []
    found = metrics()
    assert found.pop("Recorded") == [1]
    assert not any(value for values in found.values() for value in values)


def test_a_missed_change_is_counted(
    plane: Plane, order: str, listings: HandedBack, context: Context, metrics: Metrics
) -> None:
    lambda_handler(sqs_event(order), context)
    plane.put("Z1", rrset("new.example.com."))
    plane.now += 3600
    plane.control.order_listing(plane.member(ZONE), "listing")
    metrics()
    lambda_handler(sqs_event(plane.orders()[0].to_json()), context)
    assert metrics()["MissedChanges"] == [1]


@pytest.mark.parametrize(
    "problem", [SourceThrottled("Rate exceeded"), SourceRefused("not allowed"), KeyError("TTL")]
)
def test_an_order_that_fails_is_handed_back_soon_as_others_wait_behind_it(
    plane: Plane,
    order: str,
    listings: HandedBack,
    context: Context,
    metrics: Metrics,
    problem: Exception,
) -> None:
    plane.ports.sources["Z1"].problems.append(problem)
    assert failed(lambda_handler(sqs_event(order), context)) == ["m0"]
    assert listings.handles == ["r0"]
    assert all(SOONEST <= seconds <= LATEST for _, seconds in listings.calls)
    assert metrics()["NotListed"] == [1]
    assert failed(lambda_handler(sqs_event(order), context)) == []
    assert len(plane.served(ZONE)) == 9


def test_an_order_that_goes_on_failing_waits_for_two_minutes_at_most(
    order: str, plane: Plane, listings: HandedBack, context: Context
) -> None:
    plane.ports.sources["Z1"].problems.append(SourceThrottled("Rate exceeded"))
    lambda_handler(sqs_event(order, receives=15), context)
    ((_, seconds),) = listings.calls
    assert 80 <= seconds <= LONGEST_WAIT == 120


@pytest.mark.parametrize("body", ["not JSON", "[]", "{}", '{"zone": "z", "changes": [1]}'])
def test_what_is_no_order_becomes_a_dead_letter_quickly(
    plane: Plane, listings: HandedBack, context: Context, body: str
) -> None:
    assert failed(lambda_handler(sqs_event(body), context)) == ["m0"]
    assert listings.handles == ["r0"]


def test_a_long_listing_goes_on_in_the_next_run(
    plane: Plane, order: str, listings: HandedBack, context: Context, metrics: Metrics
) -> None:
    source = plane.ports.sources["Z1"]
    source.page_size = 4

    def minutes(step: str) -> None:
        context.remaining_ms -= 400_000

    source.on_step = minutes
    assert failed(lambda_handler(sqs_event(order), context)) == []
    assert ZONE not in plane.ports.store.current
    assert context.remaining_ms < ENOUGH_MS
    (rest,) = plane.orders()
    context.remaining_ms = 900_000
    lambda_handler(sqs_event(rest.to_json()), context)
    assert len(plane.served(ZONE)) == 9
    assert source.calls == 3

"""Batches of change events: what is recorded, what fails, what is handed back, what is measured."""

from typing import Any

import pytest

from functions.batch import LATEST, SOONEST
from functions.record_change import ENOUGH_MS, lambda_handler
from tests.fakes.plane import Plane, rrset
from tests.functions.conftest import Context, HandedBack, eventbridge, failed, sqs_event
from zonemesh.enrol import enrol
from zonemesh.errors import SourceRefused, SourceThrottled, StoreUnavailable

ZONES = {"Z1": "example.com.", "Z2": "example.net.", "Z3": "example.org."}


class Edited:
    """Three zones, listed already, whose names a test edits."""

    def __init__(self, plane: Plane) -> None:
        self.plane = plane
        self.keys = {hosted: plane.create(hosted, apex) for hosted, apex in ZONES.items()}
        enrol(plane.control)
        plane.list_ordered()
        plane.now += 30

    def edit(self, hosted: str, label: str = "www") -> str:
        """Edit a name; gives the body of the message that tells of it."""
        name = f"{label}.{ZONES[hosted]}"
        self.plane.put(hosted, rrset(name))
        return eventbridge(self.plane.detail(hosted, name))

    def served(self, hosted: str) -> list[str]:
        return [line.split(" ")[0] for line in self.plane.served(self.keys[hosted])]


@pytest.fixture
def edited(plane: Plane) -> Edited:
    return Edited(plane)


def test_a_batch_fails_and_hands_back_exactly_what_it_must(
    edited: Edited, changes: HandedBack, context: Context, metrics: Any
) -> None:
    good, throttled = edited.edit("Z1"), edited.edit("Z2")
    refused = edited.plane.detail("Z3", "www.example.org.")
    refused["errorCode"] = "InvalidChangeBatch"
    edited.plane.ports.sources["Z2"].problems.append(SourceThrottled("Rate exceeded"))
    bodies = [
        good,
        throttled,
        good,
        "not JSON",
        eventbridge(refused),
        "{}",
        edited.edit("Z2", "api"),
        eventbridge({"eventSource": "route53.amazonaws.com"}),
        edited.edit("Z3"),
        eventbridge(edited.plane.detail("Z404", "www.example.edu.")),
    ]
    response = lambda_handler(sqs_event(*bodies), context)
    assert failed(response) == ["m1", "m3", "m5", "m6", "m7"]
    assert changes.handles == ["r1", "r6"]
    assert all(SOONEST <= seconds <= LATEST for _, seconds in changes.calls)
    assert edited.served("Z1") == ["www.example.com."]
    assert edited.served("Z2") == []
    assert edited.served("Z3") == ["www.example.org."]
    measured = metrics()
    assert measured["UnreadableEvents"] == [3]
    assert measured["HandedBack"] == [2]
    assert len(measured["EventReceiptDelay"]) == 6
    assert all(30 <= delay < 300 for delay in measured["EventReceiptDelay"])


@pytest.mark.parametrize(
    "problem", [SourceThrottled("Rate exceeded"), StoreUnavailable("in conflict")]
)
def test_what_was_handed_back_is_recorded_when_it_comes_again(
    edited: Edited, changes: HandedBack, context: Context, problem: Exception
) -> None:
    body = edited.edit("Z2")
    edited.plane.ports.sources["Z2"].problems.append(problem)
    assert failed(lambda_handler(sqs_event(body), context)) == ["m0"]
    assert changes.handles == ["r0"]
    assert failed(lambda_handler(sqs_event(body), context)) == []
    assert edited.served("Z2") == ["www.example.net."]


def test_throttling_on_every_second_call_loses_nothing(
    edited: Edited, changes: HandedBack, context: Context
) -> None:
    for hosted in ZONES:
        edited.plane.ports.sources[hosted].problems.extend(
            [SourceThrottled("Rate exceeded"), None] * 20
        )
    waiting = [edited.edit(hosted, f"h{n}") for n in range(4) for hosted in ZONES]
    for _ in range(10):
        ids = {int(id_[1:]) for id_ in failed(lambda_handler(sqs_event(*waiting), context))}
        waiting = [body for number, body in enumerate(waiting) if number in ids]
        if not waiting:
            break
    assert waiting == []
    for hosted in ZONES:
        assert len(edited.served(hosted)) == 4


def test_a_batch_is_one_pass_a_zone(edited: Edited, changes: HandedBack, context: Context) -> None:
    sources = edited.plane.ports.sources
    before = {hosted: sources[hosted].calls for hosted in ZONES}
    heads = []
    edited.plane.ports.store.on_step = lambda step: heads.append(step) if step == "commit" else None
    bodies = [edited.edit(("Z1", "Z2")[n % 2], f"h{n}") for n in range(10)]
    assert failed(lambda_handler(sqs_event(*bodies), context)) == []
    calls = {hosted: sources[hosted].calls - before[hosted] for hosted in ZONES}
    assert calls == {"Z1": 1, "Z2": 1, "Z3": 0}
    assert len(heads) == 2
    assert len(edited.served("Z1")) == len(edited.served("Z2")) == 5


@pytest.mark.parametrize("problem", [SourceRefused("no"), KeyError("TTL"), ValueError()])
def test_one_zone_s_failure_of_any_kind_fails_its_own_messages_only(
    edited: Edited,
    changes: HandedBack,
    context: Context,
    metrics: Any,
    problem: Exception,
) -> None:
    bodies = [edited.edit("Z1"), edited.edit("Z2"), edited.edit("Z3"), edited.edit("Z2", "api")]
    edited.plane.ports.sources["Z2"].problems.append(problem)
    assert failed(lambda_handler(sqs_event(*bodies), context)) == ["m1", "m3"]
    assert changes.calls == []
    assert edited.served("Z1") and edited.served("Z3")
    assert metrics()["NotRecorded"] == [2]


def test_a_queue_that_takes_nothing_back_costs_time_only(
    edited: Edited, changes: HandedBack, context: Context
) -> None:
    changes.broken = True
    bodies = [edited.edit("Z2"), edited.edit("Z1")]
    edited.plane.ports.sources["Z2"].problems.append(SourceThrottled("Rate exceeded"))
    assert failed(lambda_handler(sqs_event(*bodies), context)) == ["m0"]
    assert edited.served("Z1") == ["www.example.com."]


def test_without_time_left_messages_wait_for_the_next_run(
    edited: Edited, changes: HandedBack, context: Context
) -> None:
    bodies = [edited.edit("Z1"), edited.edit("Z2")]

    def slow(step: str) -> None:
        context.remaining_ms = ENOUGH_MS - 1

    edited.plane.ports.sources["Z1"].on_step = slow
    assert failed(lambda_handler(sqs_event(*bodies), context)) == ["m1"]
    assert changes.handles == ["r1"]
    assert edited.served("Z1") and not edited.served("Z2")


def test_an_event_that_names_no_zone_orders_every_zone(
    edited: Edited, changes: HandedBack, context: Context
) -> None:
    detail = edited.plane.detail(None, "www.example.com.")
    detail["requestParameters"] = {"omitted": True, "originalSize": 120_000}
    assert failed(lambda_handler(sqs_event(eventbridge(detail)), context)) == []
    assert {order.zone for order in edited.plane.orders()} == set(edited.keys.values())


def test_a_hosted_zone_that_is_made_is_ordered_to_be_listed(
    edited: Edited, changes: HandedBack, context: Context
) -> None:
    zone = edited.plane.create("Z9", "example.info.")
    detail = edited.plane.detail("Z9", operation="CreateHostedZone")
    assert failed(lambda_handler(sqs_event(eventbridge(detail)), context)) == []
    (order,) = edited.plane.orders()
    assert (order.zone, order.found_by) == (zone, "first")


@pytest.mark.parametrize("body", ["", "null", "[]", '"text"', "[" * 100_000, '{"detail": null}'])
def test_what_is_no_event_fails_until_it_is_a_dead_letter(
    edited: Edited, changes: HandedBack, context: Context, body: str
) -> None:
    response = lambda_handler(sqs_event(body, edited.edit("Z1")), context)
    assert failed(response) == ["m0"]
    assert changes.calls == []  # its receives are counted at the queue's own pace
    assert edited.served("Z1") == ["www.example.com."]


def test_a_hubs_own_write_is_counted_and_ends(
    edited: Edited, changes: HandedBack, context: Context, metrics: Any
) -> None:
    detail = edited.plane.detail("ZCOPY", "www.example.com.")
    detail["requestParameters"]["changeBatch"]["comment"] = "zonemesh publish example.com. 7"
    assert failed(lambda_handler(sqs_event(eventbridge(detail)), context)) == []
    assert metrics()["OwnWrites"] == [1]

"""The table's stream as the outbox of orders."""

from typing import Any

import pytest

from functions.pass_on_orders import lambda_handler
from tests.fakes.plane import Plane
from tests.functions.conftest import Context
from zonemesh.deployment import ORDERS_PARTITION
from zonemesh.enrol import enrol
from zonemesh.errors import MessagingFailed
from zonemesh.orders.order import ZoneOrder, new_id

ZONE = "route53:main:example.com."


def change(partition: str, sort: str, **image: dict[str, str]) -> dict[str, Any]:
    keys = {"pk": {"S": partition}, "sk": {"S": sort}}
    return {"dynamodb": {"Keys": keys, "NewImage": {**keys, **image}}}


def stream(*changes: dict[str, Any]) -> dict[str, Any]:
    return {"Records": list(changes)}


def zone_order(plane: Plane, *zones: str) -> tuple[ZoneOrder, dict[str, Any]]:
    """An order as it was placed, and as the stream has it."""
    order = ZoneOrder(new_id(plane.now), zones, plane.now)
    plane.ports.zone_orders.ask(order)
    return order, change(ORDERS_PARTITION, f"sync#{order.id}", text={"S": order.to_json()})


@pytest.fixture
def enrolled(plane: Plane) -> Plane:
    """A zone whose first listing is ordered and made."""
    plane.create("Z1", "example.com.")
    enrol(plane.control)
    plane.list_ordered()
    plane.now += 60
    return plane


def test_an_order_rings_the_hub_that_it_is_for(plane: Plane, context: Context) -> None:
    lambda_handler(stream(change("orders#hq", "order#17-ab", text={"S": "{}"})), context)
    assert plane.ports.announcer.rung == [("hq", "17-ab")]


def test_a_new_mesh_rings_every_hub(plane: Plane, context: Context) -> None:
    lambda_handler(stream(change("mesh", "head", version={"N": "7"})), context)
    assert plane.ports.announcer.rung == [7]


def test_a_zone_is_listed_and_when_it_was_passed_on_is_noted(
    enrolled: Plane, context: Context
) -> None:
    order, item = zone_order(enrolled, ZONE)
    lambda_handler(stream(item), context)
    sent = enrolled.ports.listings.sent[-1]
    assert (sent.zone, sent.found_by) == (ZONE, "order")
    passed_on = enrolled.ports.zone_orders.passed_on(order.id)
    assert passed_on is not None and passed_on <= sent.asked_at


def test_an_order_without_zones_starts_a_sweep(plane: Plane, context: Context) -> None:
    _, item = zone_order(plane)
    lambda_handler(stream(item), context)
    assert plane.ports.sweeps.started == 1
    assert plane.ports.listings.sent == []


def test_zones_that_route53_does_not_have_are_told_and_keep_no_other_from_being_listed(
    enrolled: Plane, context: Context, caplog: pytest.LogCaptureFixture
) -> None:
    order, item = zone_order(enrolled, "route53:main:nowhere.example.", "axfr:hq:x.example.", ZONE)
    before = len(enrolled.ports.listings.sent)
    lambda_handler(stream(item), context)
    assert [sent.zone for sent in enrolled.ports.listings.sent[before:]] == [ZONE]
    assert enrolled.ports.zone_orders.passed_on(order.id) is not None
    problems = [getattr(record, "problem", "") for record in caplog.records]
    assert "route53:main:nowhere.example.: not listed, as it is no zone of the mesh" in problems


def test_what_is_no_order_is_passed_over(plane: Plane, context: Context) -> None:
    lambda_handler(
        stream(
            change("orders#hq", "audit#1790000000#x"),
            change("orders", "audit#1790000000#x"),
            change("hub#hq", "order#17-ab"),
            change("mesh", "v#00000001", version={"N": "1"}),
        ),
        context,
    )
    assert plane.ports.announcer.rung == []
    assert plane.ports.listings.sent == []


def test_an_order_that_cannot_be_read_stops_no_other(
    plane: Plane, context: Context, caplog: pytest.LogCaptureFixture
) -> None:
    broken = change(ORDERS_PARTITION, "sync#1-a", text={"S": "{"})
    lambda_handler(stream(broken, change("orders#hq", "order#2-b")), context)
    assert plane.ports.announcer.rung == [("hq", "2-b")]
    assert "unreadable order" in caplog.messages


def test_a_mesh_that_cannot_be_read_silences_no_hub(plane: Plane, context: Context) -> None:
    plane.ports.mesh_store.apply("zones: [{shape: unheard of}]")
    _, item = zone_order(plane, ZONE)
    lambda_handler(stream(item, change("mesh", "head", version={"N": "2"})), context)
    assert plane.ports.announcer.rung == [2]


def test_a_topic_that_fails_has_the_stream_deliver_again(plane: Plane, context: Context) -> None:
    def fail(step: str) -> None:
        raise MessagingFailed("no topic")

    event = stream(change("orders#hq", "order#17-ab"))
    plane.ports.announcer.on_step = fail
    with pytest.raises(MessagingFailed):
        lambda_handler(event, context)
    plane.ports.announcer.on_step = lambda step: None
    lambda_handler(event, context)
    assert plane.ports.announcer.rung == [("hq", "17-ab")]

"""The table's stream as the outbox of announcements."""

from collections.abc import Callable
from typing import Any

import pytest

from functions.announce import lambda_handler
from tests.fakes.plane import Plane, rrset
from tests.functions.conftest import Context
from zonemesh.enrol import enrol
from zonemesh.errors import MessagingFailed
from zonemesh.observe import observe, passes
from zonemesh.snapshot import Announcement

Metrics = Callable[[], dict[str, list[float]]]
ZONE = "route53:main:example.com."


def stream(*images: tuple[str, str, int | None]) -> dict[str, Any]:
    """A stream batch of (partition, sort key, serial), where None is an item deleted."""
    return {"Records": [{"dynamodb": _change(*image)} for image in images]}


def _change(partition: str, sort: str, serial: int | None) -> dict[str, Any]:
    keys = {"pk": {"S": partition}, "sk": {"S": sort}}
    image = {"NewImage": {**keys, "serial": {"N": str(serial)}}} if serial is not None else {}
    return {"Keys": keys, **image}


@pytest.fixture
def recorded(plane: Plane) -> Plane:
    """A zone that an event has changed half a minute ago."""
    plane.create("Z1", "example.com.")
    enrol(plane.control)
    plane.list_ordered()
    plane.now += 30
    plane.put("Z1", rrset("www.example.com."))
    for work in passes([plane.event("Z1", "www.example.com.")]):
        observe(plane.control, work)
    return plane


def test_a_moved_head_is_announced_and_the_way_from_the_event_is_measured(
    recorded: Plane, context: Context, metrics: Metrics
) -> None:
    serial = recorded.serial(ZONE)
    lambda_handler(stream((f"zone#{ZONE}", "head", serial)), context)
    assert recorded.ports.announcer.said == [(Announcement(ZONE, serial), ("*",))]
    measured = metrics()
    assert measured["MovedHeads"] == [1]
    (delay,) = measured["EventAnnouncementDelay"]
    assert 30 <= delay < 300


def test_a_listing_s_snapshot_is_announced_and_not_measured(
    plane: Plane, context: Context, metrics: Metrics
) -> None:
    plane.create("Z1", "example.com.")
    enrol(plane.control)
    plane.list_ordered()
    lambda_handler(stream((f"zone#{ZONE}", "head", plane.serial(ZONE))), context)
    assert metrics() == {"MovedHeads": [1]}


def test_the_same_change_twice_rings_once(
    recorded: Plane, context: Context, metrics: Metrics
) -> None:
    event = stream((f"zone#{ZONE}", "head", recorded.serial(ZONE)))
    lambda_handler(event, context)
    lambda_handler(event, context)
    assert len(recorded.ports.announcer.said) == 1
    measured = metrics()
    assert measured["MovedHeads"] == [1, 1]
    assert len(measured["EventAnnouncementDelay"]) == 1


def test_what_is_no_head_is_passed_over(recorded: Plane, context: Context) -> None:
    lambda_handler(
        stream(
            (f"zone#{ZONE}", "head", None),
            (f"zone#{ZONE}", "snap#1790000000", 7),
            ("mesh", "head", 7),
            ("hub#eu", "head", 7),
        ),
        context,
    )
    assert recorded.ports.announcer.said == []


def test_a_topic_that_fails_has_the_stream_deliver_again(recorded: Plane, context: Context) -> None:
    def fail(step: str) -> None:
        raise MessagingFailed("no topic")

    event = stream((f"zone#{ZONE}", "head", recorded.serial(ZONE)))
    recorded.ports.announcer.on_step = fail
    with pytest.raises(MessagingFailed):
        lambda_handler(event, context)
    recorded.ports.announcer.on_step = lambda step: None
    lambda_handler(event, context)
    assert len(recorded.ports.announcer.said) == 1


def test_a_definition_of_a_newer_version_silences_nobody(recorded: Plane, context: Context) -> None:
    recorded.ports.mesh_store.apply("zones: [{shape: unheard of}]")
    lambda_handler(stream((f"zone#{ZONE}", "head", recorded.serial(ZONE))), context)
    assert len(recorded.ports.announcer.said) == 1

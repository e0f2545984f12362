"""Brings CloudTrail events to EventBridge: late, lost, twice or out of order when asked to."""

from __future__ import annotations

import asyncio
import json
import logging
import random
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import eventbridge

from local.embedded.cloudtrail import Event
from local.embedded.faults import EventFaults
from local.embedded.settings import REGION

logger = logging.getLogger("zonemesh.delivery")

HELD_BACK_AT_MOST = 5.0  # seconds an event waits for a later one to overtake it

_event_time: ContextVar[float | None] = ContextVar("zonemesh_event_time", default=None)


@dataclass(slots=True)
class Deliveries:
    """Counts since the start."""

    recorded: int = 0
    delivered: int = 0
    lost: int = 0
    duplicated: int = 0
    reordered: int = 0
    oversized: int = 0


class EventDelivery:
    """Puts events on the default bus of their account; lives on the server's event loop."""

    def __init__(self, faults: EventFaults, draw: random.Random) -> None:
        self.faults = faults
        self.counts = Deliveries()
        self._draw = draw
        self._under_way: dict[asyncio.TimerHandle, Event] = {}
        self._held: Event | None = None

    @property
    def pending(self) -> int:
        """Events that are delayed or held back now."""
        return len(self._under_way) + (self._held is not None)

    def offer(self, event: Event) -> None:
        """Take one event; whether and when it arrives is up to the faults."""
        self.counts.recorded += 1
        if not event.fits_eventbridge:
            self.counts.oversized += 1
        elif self._loses():
            self.counts.lost += 1
        else:
            self._send_later(event)
            if self._draw.random() < self.faults.duplication:
                self.counts.duplicated += 1
                self._send_later(event)

    def flush(self) -> None:
        """Deliver at once all that is under way."""
        waiting = list(self._under_way.items())
        self._under_way.clear()
        for timer, event in waiting:
            timer.cancel()
            self._arrive(event)
        self._release()

    def _loses(self) -> bool:
        if self.faults.lose_next > 0:
            self.faults = replace(self.faults, lose_next=self.faults.lose_next - 1)
            return True
        return self._draw.random() < self.faults.loss

    def _send_later(self, event: Event) -> None:
        wait = self.faults.delay + self._draw.random() * self.faults.jitter
        if wait <= 0:
            self._arrive(event)
        else:
            self._after(wait, event, self._arrive)

    def _after(self, wait: float, event: Event, act: Callable[[Event], None]) -> None:
        def due() -> None:
            del self._under_way[timer]
            act(event)

        timer = asyncio.get_running_loop().call_later(wait, due)
        self._under_way[timer] = event

    def _arrive(self, event: Event) -> None:
        """Put the event on the bus, or hold it until the next one has arrived."""
        if self._held is None and self._draw.random() < self.faults.reordering:
            self.counts.reordered += 1
            self._held = event
            asyncio.get_running_loop().call_later(HELD_BACK_AT_MOST, self._release_if, event)
            return
        self._put(event)
        self._release()

    def _release_if(self, event: Event) -> None:
        if self._held is event:
            self._release()

    def _release(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            self._put(held)

    def _put(self, event: Event) -> None:
        put_on_bus(event)
        self.counts.delivered += 1


def put_on_bus(event: Event) -> None:
    """Put one event on its account's default bus, as AWS itself does.

    The event's `time` is the call's, not the delivery's.
    """
    entry = {
        "Source": "aws.route53",
        "DetailType": "AWS API Call via CloudTrail",
        "Detail": json.dumps(event.record),
    }
    token = _event_time.set(event.time)
    try:
        with request_scope(event.account, REGION):
            answer: tuple[int, dict[str, str], Any] = eventbridge._put_events(
                {"Entries": [entry]}, allow_aws_source=True
            )
    finally:
        _event_time.reset(token)
    if answer[0] != 200 or json.loads(answer[2])["FailedEntryCount"]:
        logger.error("event %s did not reach the bus: %s", event.event_id, answer[2])


def install() -> None:
    """Let the events that `put_on_bus` emits keep the time of their call."""
    now = eventbridge._now_ts
    eventbridge._now_ts = lambda: _event_time.get() or now()

"""From an answered Route 53 write to its CloudTrail event, in the history and on the bus."""

from __future__ import annotations

from local.embedded.caller import user_identity
from local.embedded.cloudtrail import event_of
from local.embedded.delivery import EventDelivery
from local.embedded.history import EventHistory
from local.route53 import ApiCall


class Trail:
    """Takes every write call, on the event loop and in its request's context."""

    def __init__(self, delivery: EventDelivery, history: EventHistory) -> None:
        self._delivery = delivery
        self._history = history

    def record(self, call: ApiCall) -> None:
        """Make the event of a call."""
        event = event_of(call, user_identity())
        self._history.add(event)
        self._delivery.offer(event)

"""The local control endpoint, beside AWS on the same port.

    GET    /_zonemesh/health    {"status": "ok"}
    GET    /_zonemesh/status    counts of events and refused calls, and what is pending
    GET    /_zonemesh/faults    the knobs as they stand
    POST   /_zonemesh/faults    turn the knobs that the JSON body names, the others stay
    DELETE /_zonemesh/faults    back to the knobs of the start

The body has up to three members: `events` (see EventFaults), `route53` (see
Route53Settings) and `calls` (a list of CallFault, replacing the list before):

    {"events": {"delay": 2, "jitter": 1, "loss": 0.1, "lose_next": 1, "duplication": 0.5,
                "reordering": 0.5, "lookup_rate": 2, "lookup_delay": 0},
     "route53": {"throttle_every": 2},
     "calls": [{"service": "route53", "operation": "ListResourceRecordSets", "delay": 3},
               {"service": "dynamodb", "operation": "PutItem", "count": 2,
                "code": "InternalServerError", "status": 500}]}

Answers are JSON; 400 with `error` when a knob is wrong, and then none was turned.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from local.embedded.asgi import Receive, Scope, Send
from local.embedded.call_faults import CallFaults
from local.embedded.delivery import EventDelivery
from local.embedded.faults import CallFault, EventFaults, KnobInvalid
from local.embedded.history import EventHistory
from local.embedded.route53 import Route53


class Control:
    """The ASGI application under `/_zonemesh/`."""

    def __init__(
        self,
        delivery: EventDelivery,
        history: EventHistory,
        calls: CallFaults,
        route53: Route53,
    ) -> None:
        self._delivery = delivery
        self._history = history
        self._calls = calls
        self._route53 = route53
        self._at_start = self.knobs()

    def knobs(self) -> dict[str, Any]:
        """All knobs as they stand."""
        return {
            "events": asdict(self._delivery.faults),
            "route53": asdict(self._route53.settings),
            "calls": [fault.to_json() for fault in self._calls.ordered()],
        }

    def turn(self, values: Mapping[str, Any]) -> None:
        """Turn the knobs that are named, all or none; raises KnobInvalid."""
        unknown = sorted(set(values) - {"events", "route53", "calls"})
        if unknown:
            raise KnobInvalid(
                f"no knobs named {', '.join(unknown)}; there are events, route53 and calls"
            )
        events = self._delivery.faults.changed(_object(values, "events"))
        route53 = self._route53.checked(_object(values, "route53"))
        ordered = values.get("calls", [])
        if not isinstance(ordered, list) or not all(isinstance(each, dict) for each in ordered):
            raise KnobInvalid("calls is a list of objects")
        calls = [CallFault.from_json(each) for each in ordered]
        self._apply(events)
        self._route53.settings = route53
        if "calls" in values:
            self._calls.order(calls)

    def _apply(self, events: EventFaults) -> None:
        self._delivery.faults = events
        self._history.lookup_rate = events.lookup_rate
        self._history.lookup_delay = events.lookup_delay

    def status(self) -> dict[str, Any]:
        """What has happened since the start."""
        counts = asdict(self._delivery.counts)
        return {
            "events": {**counts, "pending": self._delivery.pending},
            "calls": {"refused": self._calls.refused, "delayed": self._calls.delayed},
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await _read(receive)
        try:
            status, document = self._respond(scope["method"], scope["path"], body)
        except (KnobInvalid, ValueError, TypeError) as error:
            status, document = 400, {"error": str(error)}
        await _send(send, status, document)

    def _respond(self, method: str, path: str, body: bytes) -> tuple[int, dict[str, Any]]:
        match method, path.removeprefix("/_zonemesh/"):
            case "GET", "health":
                return 200, {"status": "ok"}
            case "GET", "status":
                return 200, self.status()
            case "GET", "faults":
                return 200, self.knobs()
            case "POST", "faults":
                self.turn(_document(body))
                return 200, self.knobs()
            case "DELETE", "faults":
                self.turn(self._at_start)
                return 200, self.knobs()
        return 404, {"error": f"no {method} {path}; see /_zonemesh/health, status and faults"}


def _document(body: bytes) -> dict[str, Any]:
    document = json.loads(body)
    if not isinstance(document, dict):
        raise KnobInvalid("the body is a JSON object")
    return document


def _object(values: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    given = values.get(name, {})
    if not isinstance(given, dict):
        raise KnobInvalid(f"{name} is an object")
    return given


async def _read(receive: Receive) -> bytes:
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return bytes(body)
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)


async def _send(send: Send, status: int, document: Mapping[str, Any]) -> None:
    body = json.dumps(document).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})

"""LookupEvents: CloudTrail's event history, which knows also what EventBridge lost."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import time
import zlib
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from ministack.core.responses import get_account_id, get_region

from local.embedded.call_faults import Handler, Response
from local.embedded.cloudtrail import Event
from local.embedded.settings import REGION

STATE_VERSION = 1
KEPT_EVENTS = 50_000  # an account; AWS keeps 90 days
PAGE = 50  # AWS's largest MaxResults, and its default
LOOKUP_BURST = 2  # calls; AWS names a rate of two a second and no burst

_ATTRIBUTES = frozenset(
    {
        "EventId",
        "EventName",
        "ReadOnly",
        "Username",
        "ResourceType",
        "ResourceName",
        "EventSource",
        "AccessKeyId",
    }
)


class LookupRefused(Exception):
    """LookupEvents refuses the call; `code` is CloudTrail's error code."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(slots=True)
class _Account:
    events: deque[Event] = field(default_factory=lambda: deque(maxlen=KEPT_EVENTS))
    tokens: float = LOOKUP_BURST
    filled_at: float = 0.0


class EventHistory:
    """Every write call of every account, newest first when asked."""

    def __init__(self, lookup_rate: float, lookup_delay: float) -> None:
        self.lookup_rate = lookup_rate  # calls a second an account; 0 is unlimited
        self.lookup_delay = lookup_delay  # seconds until a call is shown
        self._accounts: dict[str, _Account] = {}

    def add(self, event: Event) -> None:
        """Remember one event."""
        self._of(event.account).events.append(event)

    def around(self, handler: Handler) -> Handler:
        """MiniStack's CloudTrail handler with LookupEvents answered from here."""

        async def handle(
            method: str,
            path: str,
            headers: dict[str, str],
            body: bytes,
            query_params: dict[str, list[str]],
        ) -> Response:
            if headers.get("x-amz-target", "").rpartition(".")[2] != "LookupEvents":
                return await handler(method, path, headers, body, query_params)
            try:
                return _answer(200, self.lookup(json.loads(body or b"{}"), time.time()))
            except LookupRefused as error:
                return _answer(400, {"__type": error.code, "message": str(error)})

        return handle

    def lookup(self, asked: Mapping[str, Any], now: float) -> dict[str, Any]:
        """One LookupEvents call of the current account; raises LookupRefused."""
        account = self._of(get_account_id())
        self._throttle(account, now)
        size, skipped = _page_of(asked)
        events: list[dict[str, Any]] = []
        if get_region() != REGION:  # the history is regional, Route 53's is in us-east-1
            return {"Events": events}
        for event in _matching(account.events, asked, now - self.lookup_delay):
            if skipped is not None:
                skipped = None if event.event_id == skipped else skipped
            elif len(events) == size:
                token = _token(asked, str(events[-1]["EventId"]))
                return {"Events": events, "NextToken": token}
            else:
                events.append(_listed(event))
        if skipped is not None:
            raise LookupRefused("InvalidNextTokenException", "The event it points at is gone.")
        return {"Events": events}

    def dump(self) -> bytes:
        """All events, for `load`."""
        events = [asdict(event) for account in self._accounts.values() for event in account.events]
        return zlib.compress(json.dumps({"version": STATE_VERSION, "events": events}).encode())

    def load(self, dumped: bytes) -> None:
        """Replace all events by what `dump` returned; ValueError for anything else."""
        try:
            state = json.loads(zlib.decompress(dumped))
        except zlib.error as error:
            raise ValueError(f"not an event history: {error}") from None
        if state.get("version") != STATE_VERSION:
            raise ValueError(
                f"event history of version {state.get('version')}, this code reads {STATE_VERSION}"
            )
        self._accounts = {}
        for each in state["events"]:
            resources = tuple((kind, name) for kind, name in each["resources"])
            self.add(Event(**{**each, "resources": resources}))

    def _of(self, account: str) -> _Account:
        return self._accounts.setdefault(account, _Account())

    def _throttle(self, account: _Account, now: float) -> None:
        if not self.lookup_rate:
            return
        gained = (now - account.filled_at) * self.lookup_rate
        account.tokens, account.filled_at = min(LOOKUP_BURST, account.tokens + gained), now
        if account.tokens < 1:
            raise LookupRefused("ThrottlingException", "Rate exceeded")
        account.tokens -= 1


def _matching(events: deque[Event], asked: Mapping[str, Any], until: float) -> Iterator[Event]:
    wanted = _wanted(asked)
    start, end = asked.get("StartTime"), asked.get("EndTime")
    if start is not None and end is not None and float(start) > float(end):
        raise LookupRefused("InvalidTimeRangeException", "StartTime is after EndTime.")
    if end is not None:
        until = min(until, float(end))
    for event in reversed(events):
        if event.time > until or not _meets(event, wanted):
            continue
        if start is not None and event.time < int(float(start)):  # the history has whole seconds
            continue
        yield event


def _wanted(asked: Mapping[str, Any]) -> tuple[str, str] | None:
    attributes = asked.get("LookupAttributes") or []
    if not attributes:
        return None
    if len(attributes) > 1:
        raise LookupRefused("InvalidLookupAttributesException", "Give one attribute only.")
    key, value = attributes[0].get("AttributeKey"), attributes[0].get("AttributeValue")
    if key not in _ATTRIBUTES or not value:
        raise LookupRefused("InvalidLookupAttributesException", f"No such attribute: {key}")
    return key, value


def _meets(event: Event, wanted: tuple[str, str] | None) -> bool:
    if wanted is None:
        return True
    key, value = wanted
    if key == "ResourceType":
        return any(kind == value for kind, _ in event.resources)
    if key == "ResourceName":
        return any(name == value for _, name in event.resources)
    return bool(_listed(event).get(key) == value)


def _listed(event: Event) -> dict[str, Any]:
    record = event.record
    return {
        "EventId": event.event_id,
        "EventName": record["eventName"],
        "ReadOnly": "false",
        "EventTime": int(event.time),
        "EventSource": record["eventSource"],
        "Username": event.user_name,
        "Resources": [
            {"ResourceType": kind, "ResourceName": name} for kind, name in event.resources
        ],
        "CloudTrailEvent": json.dumps(record),
    }


def _page_of(asked: Mapping[str, Any]) -> tuple[int, str | None]:
    """The page size, and the id of the event that the page before ended with."""
    size = asked.get("MaxResults", PAGE)
    if not isinstance(size, int) or not 1 <= size <= PAGE:
        raise LookupRefused("InvalidMaxResultsException", f"MaxResults is from 1 to {PAGE}.")
    token = asked.get("NextToken")
    if token is None:
        return size, None
    try:
        question, last = json.loads(base64.urlsafe_b64decode(token))
    except (ValueError, binascii.Error) as error:
        raise LookupRefused("InvalidNextTokenException", "The token cannot be read.") from error
    if question != _question(asked):
        raise LookupRefused("InvalidNextTokenException", "The token is of another question.")
    return size, str(last)


def _token(asked: Mapping[str, Any], last: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([_question(asked), last]).encode()).decode()


def _question(asked: Mapping[str, Any]) -> str:
    same = {key: asked.get(key) for key in ("LookupAttributes", "StartTime", "EndTime")}
    return hashlib.sha256(json.dumps(same, sort_keys=True).encode()).hexdigest()


def _answer(status: int, document: Mapping[str, Any]) -> Response:
    headers = {"Content-Type": "application/x-amz-json-1.1"}
    if status != 200:
        headers["x-amzn-errortype"] = str(document["__type"])
    return status, headers, json.dumps(document).encode()

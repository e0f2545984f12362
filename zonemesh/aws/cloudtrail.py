"""CloudTrail's event history: the changes that EventBridge may have lost.

It needs no trail and keeps 90 days of one Region; Route 53's events are in us-east-1
(https://docs.aws.amazon.com/awscloudtrail/latest/userguide/view-cloudtrail-events.html).
"""

import json
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from zonemesh.aws.backoff import Pace, Sleep, attempts
from zonemesh.aws.failures import source_calls
from zonemesh.errors import SourceThrottled
from zonemesh.ports import HistoryPage

LOOKUPS_PER_SECOND = 2  # API reference, LookupEvents: two a second for an account in a Region
PAGE_ATTEMPTS = 5
# Seconds read at a time. The API gives the newest first, so a span is kept only when read to its
# end: at Route 53's five calls a second, reads included, this one has 60 pages, half a minute.
WINDOW = 600
EVENT_SOURCE = "route53.amazonaws.com"


class CloudTrailHistory:
    """A ChangeHistory over the account that a client speaks for."""

    def __init__(
        self,
        client: Any,
        what: str = "event history",
        *,
        pace: Pace | None = None,
        sleep: Sleep = time.sleep,
    ) -> None:
        self._client, self._what = client, what
        self._pace = pace or Pace(LOOKUPS_PER_SECOND)
        self._sleep = sleep

    def lookup_events(self, since: int, until: int) -> Iterator[HistoryPage]:
        while True:
            end = min(since + WINDOW, until)
            for details, last in self._window(since, end):
                yield HistoryPage(details, end if last else since)
            if end >= until:
                return
            since = end  # both ends count, so nothing falls between two windows

    def _window(
        self, since: int, until: int
    ) -> Iterator[tuple[tuple[Mapping[str, Any], ...], bool]]:
        """Give the changes of each page of a span, and whether it is the last one."""
        # Only one attribute can be asked for: reads come along and are skipped.
        request: dict[str, Any] = {
            "LookupAttributes": [{"AttributeKey": "EventSource", "AttributeValue": EVENT_SOURCE}],
            "StartTime": datetime.fromtimestamp(since, UTC),
            "EndTime": datetime.fromtimestamp(until, UTC),
            "MaxResults": 50,
        }
        while True:
            answer = self._page(request)
            details = tuple(
                json.loads(event["CloudTrailEvent"])
                for event in answer.get("Events", [])
                if event.get("ReadOnly") != "true" and "CloudTrailEvent" in event
            )
            token = answer.get("NextToken")
            yield details, not token
            if not token:
                return
            request["NextToken"] = token

    def _page(self, request: Mapping[str, Any]) -> Mapping[str, Any]:
        for attempt in attempts(self._sleep, most=PAGE_ATTEMPTS, first=1.0, longest=8.0):
            self._pace.wait()
            try:
                with source_calls(self._what):
                    answer: Mapping[str, Any] = self._client.lookup_events(**request)
                return answer
            except SourceThrottled:
                if attempt == PAGE_ATTEMPTS:
                    raise
        raise AssertionError("unreachable: the last attempt returns or raises")

"""Route 53 write calls as the events CloudTrail makes of them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from local.embedded.caller import user_name
from local.embedded.settings import REGION
from local.route53 import ApiCall

EVENT_SOURCE = "route53.amazonaws.com"
MAX_PARAMETERS = 100 * 1024  # bytes of requestParameters or responseElements
MAX_EVENT = 256 * 1024  # bytes; a larger event does not reach EventBridge
_NOTE = {"Note": "Do not use to reconstruct hosted zone"}  # on each ChangeResourceRecordSets


@dataclass(frozen=True, slots=True)
class Event:
    """One CloudTrail event: its record and what LookupEvents lists beside it."""

    account: str
    time: float  # epoch seconds
    record: dict[str, Any]
    user_name: str
    resources: tuple[tuple[str, str], ...]  # (type, name)

    @property
    def event_id(self) -> str:
        """The event's own id, the same in each delivery of it."""
        return str(self.record["eventID"])

    @property
    def fits_eventbridge(self) -> bool:
        """Whether the record is small enough to be sent to the bus."""
        return len(json.dumps(self.record).encode()) <= MAX_EVENT


def event_of(call: ApiCall, identity: dict[str, Any]) -> Event:
    """The event of one call; `identity` is its userIdentity element.

    Layout: docs.aws.amazon.com/awscloudtrail/latest/userguide/
    cloudtrail-event-reference-record-contents.html
    """
    failed = call.error_code is not None
    record: dict[str, Any] = {
        "eventVersion": "1.09",
        "userIdentity": identity,
        "eventTime": datetime.fromtimestamp(call.event_time, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": EVENT_SOURCE,
        "eventName": call.event_name,
        "awsRegion": REGION,
        "sourceIPAddress": call.source_ip,
        "userAgent": call.user_agent,
        "requestParameters": _within_limit(call.request_parameters),
        "responseElements": None if failed else _within_limit(call.response_elements),
        "requestID": call.request_id,
        "eventID": str(uuid.uuid4()),
        "readOnly": False,
        "eventType": "AwsApiCall",
        "apiVersion": "2013-04-01",
        "managementEvent": True,
        "recipientAccountId": call.account_id,
        "eventCategory": "Management",
    }
    if call.event_name == "ChangeResourceRecordSets":
        record["additionalEventData"] = _NOTE
    if failed:
        record |= {"errorCode": call.error_code, "errorMessage": call.error_message or ""}
    return Event(call.account_id, call.event_time, record, user_name(identity), _resources(call))


def _within_limit(members: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if members is None:
        return None
    if len(json.dumps(members).encode()) > MAX_PARAMETERS:
        return {"omitted": True}
    return dict(members)


def _resources(call: ApiCall) -> tuple[tuple[str, str], ...]:
    """The hosted zone that the call was about, so far as it names one."""
    given = call.request_parameters or {}
    answered = call.response_elements or {}
    made = answered.get("hostedZone") or {}
    named = given.get("hostedZoneId") or given.get("id") or made.get("id")
    if not isinstance(named, str) or not named:
        return ()
    return (("AWS::Route53::HostedZone", named.rpartition("/")[2]),)

"""CloudTrail's record of a Route 53 API call → what changed, parsed once.

https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from zonemesh.errors import InvalidName, UnreadableEvent
from zonemesh.names import canonical_text, parse_route53_name
from zonemesh.route53.operations import ZONE_WRITES, hosted_zones_written
from zonemesh.snapshot import Change

OWN_WRITES = "zonemesh publish "  # the comments of what hubs write to targets begin with it

# These change which hosted zones there are, or which the mesh takes in.
_MEMBERSHIP = frozenset(
    {
        "CreateHostedZone",
        "DeleteHostedZone",
        "ChangeTagsForResource",
        "AssociateVPCWithHostedZone",
        "DisassociateVPCFromHostedZone",
    }
)


@dataclass(frozen=True, slots=True)
class ChangeEvent:
    """A Route 53 write that succeeded: a hint where to look.

    `hosted_zones` None means every zone, as the record does not say which. `owners` (canonical
    text) None means the whole zone. `changes_membership` is true where hosted zones come and go.
    `published` is what a hub's own write says of itself (zone and serial), empty for all others;
    as anybody can write a comment, it decides nothing by itself.
    """

    change: Change
    hosted_zones: frozenset[str] | None
    owners: frozenset[str] | None
    changes_membership: bool
    published: str = ""


def change_event(detail: object) -> ChangeEvent | None:
    """Parse a CloudTrail record; None for a call that failed or that alters no zone.

    Raises UnreadableEvent for what is no CloudTrail record of a Route 53 call.
    """
    if not isinstance(detail, Mapping):
        raise UnreadableEvent(f"a CloudTrail record is an object, not {type(detail).__name__}")
    if detail.get("eventSource") != "route53.amazonaws.com":
        raise UnreadableEvent(f"eventSource is {detail.get('eventSource')!r}, not Route 53's")
    operation = detail.get("eventName")
    if not isinstance(operation, str):
        raise UnreadableEvent("the CloudTrail record has no eventName")
    if detail.get("errorCode") or operation not in ZONE_WRITES:
        return None
    return ChangeEvent(
        change=_change(detail, operation),
        hosted_zones=hosted_zones_written(detail),
        owners=_owners(detail, operation),
        changes_membership=operation in _MEMBERSHIP,
        published=_published(detail),
    )


def _change(detail: Mapping[str, Any], operation: str) -> Change:
    identity = detail.get("userIdentity")
    identity = identity if isinstance(identity, Mapping) else {}
    return Change(
        event_id=_text(detail.get("eventID")),
        operation=operation,
        time=_epoch(detail.get("eventTime")),
        principal=_text(identity.get("arn")) or _text(identity.get("invokedBy")),
        source_address=_text(detail.get("sourceIPAddress")),
        user_agent=_text(detail.get("userAgent")),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _epoch(value: object) -> int:
    """Read an ISO 8601 time; CloudTrail's are UTC."""
    try:
        when = datetime.fromisoformat(_text(value))
    except ValueError as problem:
        raise UnreadableEvent(f"eventTime {value!r} is not an ISO 8601 time") from problem
    return int((when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp())


def _owners(detail: Mapping[str, Any], operation: str) -> frozenset[str] | None:
    """Give the owner names that a batch wrote; None where any of them cannot be told."""
    if operation != "ChangeResourceRecordSets":
        return None
    try:
        parameters = detail["requestParameters"]
        changes = parameters["changeBatch"]["changes"]
        names = [change["resourceRecordSet"]["name"] for change in changes]
        if not names or _omits(parameters):
            return None
        return frozenset(canonical_text(parse_route53_name(name)) for name in names)
    except (KeyError, TypeError, AttributeError, InvalidName):
        return None


def _published(detail: Mapping[str, Any]) -> str:
    """Give which zone and serial a batch says that it publishes."""
    try:
        comment = detail["requestParameters"]["changeBatch"]["comment"]
    except (KeyError, TypeError):
        return ""
    own = isinstance(comment, str) and comment.startswith(OWN_WRITES)
    return comment.removeprefix(OWN_WRITES) if own else ""


def _omits(value: object) -> bool:
    """Tell whether CloudTrail cut a field away: it leaves `omitted: true` in its place."""
    waiting = [value]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, Mapping):
            if inner.get("omitted") is True:
                return True
            waiting += inner.values()
        elif isinstance(inner, list):
            waiting += inner
    return False

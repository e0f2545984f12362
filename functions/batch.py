"""An SQS batch as the functions see it: messages parsed, failures reported by message."""

import json
import random
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from zonemesh.errors import MessagingFailed, UnreadableEvent
from zonemesh.route53.events import ChangeEvent, change_event

# Seconds until a message that was handed back comes again. Most throttling is over within a minute;
# what lasts is met with waits that double, so that the receives of a queue last for an hour.
SOONEST, LATEST = 5, 30
QUICK_RECEIVES = 4
LONGEST_WAIT = 900

Response = dict[str, list[dict[str, str]]]


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a batch: its id, what hands it back, its text, how often it has come."""

    id: str
    receipt_handle: str
    body: str
    receives: int


def messages(event: Mapping[str, Any]) -> list[Message]:
    """Read the records of an SQS event."""
    return [
        Message(
            record["messageId"],
            record["receiptHandle"],
            record["body"],
            int(record["attributes"]["ApproximateReceiveCount"]),
        )
        for record in event["Records"]
    ]


def read_change(message: Message) -> ChangeEvent | None:
    """Read an EventBridge event as a change; None where it changes nothing.

    Raises UnreadableEvent.
    """
    try:
        envelope = json.loads(message.body)
    except (ValueError, RecursionError) as problem:
        raise UnreadableEvent(f"not JSON: {problem}: {message.body[:200]!r}") from problem
    if not isinstance(envelope, dict) or "detail" not in envelope:
        raise UnreadableEvent(f"not an EventBridge event: {message.body[:200]!r}")
    return change_event(envelope["detail"])


def hand_back(
    held: Iterable[Message], give: Callable[[str, int], None], longest: int = LONGEST_WAIT
) -> list[str]:
    """Let messages come again soon, not after the queue's whole visibility timeout.

    `longest` is the longest wait, in seconds. Gives what went wrong: such a message comes again all
    the same, only later.
    """
    problems = []
    for message in held:
        try:
            give(message.receipt_handle, random.randint(*wait(message.receives, longest)))
        except MessagingFailed as problem:
            problems.append(str(problem))
    return problems


def wait(receives: int, longest: int) -> tuple[int, int]:
    """Give the least and the most seconds that a message waits which came `receives` times."""
    if receives <= QUICK_RECEIVES:
        return SOONEST, LATEST
    most = min(longest, LATEST * 2 ** (receives - QUICK_RECEIVES))
    return most * 2 // 3, most


def failures(ids: Collection[str]) -> Response:
    """Report the messages that stay on the queue (ReportBatchItemFailures)."""
    return {"batchItemFailures": [{"itemIdentifier": id_} for id_ in sorted(ids)]}

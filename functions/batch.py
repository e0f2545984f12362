"""An SQS batch as the functions see it: messages parsed, failures reported by message."""

import json
import random
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from zonemesh.errors import MessagingFailed, UnreadableEvent
from zonemesh.route53.events import ChangeEvent, change_event

SOONEST, LATEST = 5, 30  # seconds until what was throttled is received again, jittered

Response = dict[str, list[dict[str, str]]]


@dataclass(frozen=True, slots=True)
class Message:
    """A message of a batch: its id, what hands it back, its text."""

    id: str
    receipt_handle: str
    body: str


def messages(event: Mapping[str, Any]) -> list[Message]:
    """Read the records of an SQS event."""
    return [
        Message(record["messageId"], record["receiptHandle"], record["body"])
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


def hand_back(held: Iterable[Message], give: Callable[[str, int], None]) -> list[str]:
    """Let messages come again soon, not after the queue's whole visibility timeout.

    Gives what went wrong: such a message comes again all the same, only later.
    """
    problems = []
    for message in held:
        try:
            give(message.receipt_handle, random.randint(SOONEST, LATEST))
        except MessagingFailed as problem:
            problems.append(str(problem))
    return problems


def failures(ids: Collection[str]) -> Response:
    """Report the messages that stay on the queue (ReportBatchItemFailures)."""
    return {"batchItemFailures": [{"itemIdentifier": id_} for id_ in sorted(ids)]}

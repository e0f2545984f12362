"""Queues: a hub's inbox, the changes that wait, the listings that wait their turn."""

import hashlib
from collections.abc import Collection
from typing import Any

from zonemesh.aws.failures import messaging_calls
from zonemesh.errors import MessagingFailed
from zonemesh.ports import ListingOrder, Ring

BATCH_MOST = 10  # messages a call, both ways
LONGEST_HIDE = 43_200  # seconds (12 h), SQS's own limit


class SqsInbox:
    """An Inbox on an SQS queue."""

    def __init__(self, client: Any, queue_url: str) -> None:
        self._client, self._queue_url = client, queue_url

    def receive(self, wait_seconds: int) -> list[Ring]:
        with messaging_calls(f"receiving from {self._queue_url}"):
            answer = self._client.receive_message(
                QueueUrl=self._queue_url,
                MaxNumberOfMessages=BATCH_MOST,
                WaitTimeSeconds=wait_seconds,
            )
        return [Ring(m["Body"], m["ReceiptHandle"]) for m in answer.get("Messages", [])]

    def done(self, rings: Collection[Ring]) -> None:
        handles = [ring.handle for ring in rings]
        for start in range(0, len(handles), BATCH_MOST):
            self._delete(handles[start : start + BATCH_MOST])

    def _delete(self, handles: list[str]) -> None:
        entries = [{"Id": str(n), "ReceiptHandle": handle} for n, handle in enumerate(handles)]
        with messaging_calls(f"acknowledging on {self._queue_url}"):
            answer = self._client.delete_message_batch(QueueUrl=self._queue_url, Entries=entries)
        if failed := answer.get("Failed", []):
            raise MessagingFailed(f"{self._queue_url}: {len(failed)} not deleted: {failed[0]}")


class WorkQueue:
    """A queue that feeds a function, which may hand back what has to wait."""

    def __init__(self, client: Any, queue_url: str) -> None:
        self._client, self._queue_url = client, queue_url

    def hand_back(self, receipt_handle: str, seconds: int) -> None:
        """Let a message be received again after some seconds, in place of its whole timeout."""
        with messaging_calls(f"handing back to {self._queue_url}"):
            self._client.change_message_visibility(
                QueueUrl=self._queue_url,
                ReceiptHandle=receipt_handle,
                VisibilityTimeout=min(max(seconds, 0), LONGEST_HIDE),
            )


class ChangesQueue(WorkQueue):
    """The queue of change events."""

    def send(self, body: str) -> None:
        """Put an event on the queue, in the form in which EventBridge delivers it."""
        with messaging_calls(f"sending to {self._queue_url}"):
            self._client.send_message(QueueUrl=self._queue_url, MessageBody=body)


class SqsListingQueue(WorkQueue):
    """A ListingQueue on an SQS FIFO queue.

    The integration is the group, so an account is listed once at a time. FIFO queues drop what
    comes again under one deduplication id within five minutes *of the first*, even when that was
    received and deleted since: with the zone alone as the id, a need that arises just after a
    listing has passed would be dropped. So the id is made of the whole order, its time included.
    """

    def send(self, order: ListingOrder) -> None:
        body = order.to_json()
        with messaging_calls(f"ordering a listing of {order.zone} from {self._queue_url}"):
            self._client.send_message(
                QueueUrl=self._queue_url,
                MessageBody=body,
                MessageGroupId=order.integration,
                MessageDeduplicationId=hashlib.sha256(body.encode()).hexdigest(),
            )

"""The pollers that bring messages and stream records to functions."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

_resting = threading.Event()


_batch: ContextVar[frozenset[str] | None] = ContextVar("zonemesh_batch", default=None)


def install() -> None:
    """Poll as AWS does; call once."""
    _poll_streams_apart()
    _read_batch_answers_strictly()


def _poll_streams_apart() -> None:
    """Poll table streams in a thread of their own.

    MiniStack invokes a stream's function in the thread that polls everything, so that a
    cold start of one would hold up the messages of every queue.
    """
    poll: Callable[[], bool] = lambda_svc._poll_dynamodb_streams
    due = threading.Event()

    def poll_when_due() -> None:
        while True:
            due.wait()
            due.clear()
            while not _resting.is_set() and _logged(poll):
                pass

    def wake() -> bool:
        due.set()
        return False

    threading.Thread(target=poll_when_due, daemon=True, name="zonemesh-streams").start()
    lambda_svc._poll_dynamodb_streams = wake


def _logged(poll: Callable[[], bool]) -> bool:
    try:
        return poll()
    except Exception:
        lambda_svc.logger.exception("polling table streams failed")
        return False


def _read_batch_answers_strictly() -> None:
    """Fail the whole batch for a malformed answer, where MiniStack deletes all messages.

    docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html
    """
    run, execute = lambda_svc._run_sqs_batch, lambda_svc._execute_function

    def run_sqs_batch(esm: dict[str, Any], func: Any, event: Any, *rest: Any) -> None:
        partial = "ReportBatchItemFailures" in esm.get("FunctionResponseTypes", ())
        ids = frozenset(record["messageId"] for record in event["Records"])
        token = _batch.set(ids if partial else None)
        try:
            run(esm, func, event, *rest)
        finally:
            _batch.reset(token)

    def execute_function(*args: Any, **kwargs: Any) -> dict[str, Any]:
        result: dict[str, Any] = execute(*args, **kwargs)
        ids = _batch.get()
        if ids is None or result.get("error") or names_messages(result.get("body"), ids):
            return result
        problem = {"errorType": "InvalidBatchAnswer", "errorMessage": repr(result.get("body"))}
        return {**result, "error": True, "body": problem}

    lambda_svc._run_sqs_batch = run_sqs_batch
    lambda_svc._execute_function = execute_function


def names_messages(answer: Any, ids: frozenset[str]) -> bool:
    """Whether a function's answer to a batch names failed messages of that batch, or none."""
    if isinstance(answer, str):
        try:
            answer = json.loads(answer or "null")
        except ValueError:
            return False
    failures = answer.get("batchItemFailures") if isinstance(answer, dict) else None
    if failures is None:
        return answer is None or isinstance(answer, dict)
    return isinstance(failures, list) and all(
        isinstance(each, dict) and each.get("itemIdentifier") in ids for each in failures
    )


def rest() -> None:
    """Take no more events from queues and tables, and end all workers."""
    _resting.set()
    lambda_svc._poll_sqs = lambda: False
    lambda_svc._poll_dynamodb_streams = lambda: False
    lambda_svc._poll_kinesis = lambda: False
    lambda_runtime.reset()

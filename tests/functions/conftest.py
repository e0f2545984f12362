"""The functions as Lambda runs them, over ports in memory."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from functions import ports as wired
from tests.fakes.plane import Plane
from zonemesh.errors import MessagingFailed
from zonemesh.watch.looks import Dns


@dataclass
class Context:
    """What Lambda tells a function of its run; `remaining_ms` is the time that it has left."""

    function_name: str = "function"
    memory_limit_in_mb: int = 1024
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:function"
    aws_request_id: str = "request-1"
    remaining_ms: int = 30_000

    def get_remaining_time_in_millis(self) -> int:
        return self.remaining_ms


@dataclass
class HandedBack:
    """The calls of ChangeMessageVisibility: (receipt handle, seconds)."""

    calls: list[tuple[str, int]] = field(default_factory=list)
    broken: bool = False

    def hand_back(self, receipt_handle: str, seconds: int) -> None:
        if self.broken:
            raise MessagingFailed("no queue")
        self.calls.append((receipt_handle, seconds))

    @property
    def handles(self) -> list[str]:
        return [handle for handle, _ in self.calls]


class Silent:
    """An Asker whom nobody answers."""

    def ask(self, questions: Any, answered: Any, *, signatures: bool = False) -> Any:
        return {server: dict.fromkeys(each, "no answer") for server, each in questions.items()}


@pytest.fixture
def context() -> Context:
    return Context()


@pytest.fixture
def plane() -> Iterator[Plane]:
    """A control plane whose ports the functions use; its clock starts at the real time."""
    plane = Plane()
    plane.now = int(time.time()) - 60
    names = [name for name in vars(plane.ports) if name not in ("sources", "accounts")]
    methods = ["source", "hosted_zones", "history"]
    inside: dict[str, Any] = wired.ports.__dict__
    before = dict(inside)
    inside.update({name: getattr(plane.ports, name) for name in [*names, *methods]})
    inside["dns"] = lambda mesh: Dns(Silent(), lambda name: plane.ports.resolver(name, mesh))
    yield plane
    inside.clear()
    inside.update(before)


@pytest.fixture
def changes(plane: Plane) -> HandedBack:
    """What is handed back to the changes queue."""
    queue = HandedBack()
    wired.ports.__dict__["changes"] = queue
    return queue


@pytest.fixture
def listings(plane: Plane) -> HandedBack:
    """What is handed back to the listings queue."""
    queue = HandedBack()
    plane.ports.listings.hand_back = queue.hand_back  # type: ignore[attr-defined]
    return queue


def sqs_event(*bodies: str, receives: int = 1) -> dict[str, Any]:
    """A batch of messages m0, m1, …, with receipt handles r0, r1, …"""
    return {
        "Records": [
            {
                "messageId": f"m{number}",
                "receiptHandle": f"r{number}",
                "body": body,
                "attributes": {"ApproximateReceiveCount": str(receives)},
            }
            for number, body in enumerate(bodies)
        ]
    }


def eventbridge(detail: Any) -> str:
    """An event as the rule puts it on the queue."""
    return json.dumps(
        {
            "version": "0",
            "source": "aws.route53",
            "detail-type": "AWS API Call via CloudTrail",
            "detail": detail,
        }
    )


def failed(response: dict[str, Any]) -> list[str]:
    return [item["itemIdentifier"] for item in response["batchItemFailures"]]


@pytest.fixture
def metrics(capsys: pytest.CaptureFixture[str]) -> Callable[[], dict[str, list[float]]]:
    """Read the metrics that were written to standard output since the last look, by name."""

    def read() -> dict[str, list[float]]:
        found: dict[str, list[float]] = {}
        for line in capsys.readouterr().out.splitlines():
            document = json.loads(line)
            for directive in document.get("_aws", {}).get("CloudWatchMetrics", []):
                assert directive["Namespace"] == "zonemesh"
                for metric in directive["Metrics"]:
                    found.setdefault(metric["Name"], []).extend(document[metric["Name"]])
        return found

    return read

"""The bad days of a world: knobs of its embedded AWS, and a cable that can be cut."""

import contextlib
import json
import os
import selectors
import signal
import socket
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from local.servers.ports import free_port
from local.world import SWEEP, World


def control(world: World, method: str, path: str, body: Any = None) -> Any:
    """Call the control endpoint of the world's embedded AWS."""
    request = urllib.request.Request(
        f"{world.aws.endpoint}/_zonemesh/{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)


@contextmanager
def faults(world: World, **knobs: Any) -> Iterator[None]:
    """Turn knobs for as long as the block runs, then put all back."""
    control(world, "POST", "faults", knobs)
    try:
        yield
    finally:
        control(world, "DELETE", "faults")


@contextmanager
def paused(world: World) -> Iterator[None]:
    """Let the embedded AWS and its functions stand still: calls hang, none is refused."""
    assert world.aws.pid is not None
    os.killpg(world.aws.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(world.aws.pid, signal.SIGCONT)


@contextmanager
def attributes(world: World, url: str, **changed: str) -> Iterator[None]:
    """Change attributes of a queue for as long as the block runs."""
    sqs = world.client("sqs")
    before = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=list(changed))["Attributes"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes=changed)
    try:
        yield
    finally:
        sqs.set_queue_attributes(QueueUrl=url, Attributes=before)


def set_schedule(world: World, of: str = SWEEP, **changes: str) -> None:
    """Change the deployed schedule of a function (part of its name); its target stays as it is."""
    scheduler = world.client("scheduler")
    kept = ("Name", "ScheduleExpression", "FlexibleTimeWindow", "Target", "State")
    for listed in scheduler.list_schedules()["Schedules"]:
        if of in listed["Target"]["Arn"]:
            schedule = scheduler.get_schedule(Name=listed["Name"])
            scheduler.update_schedule(**{name: schedule[name] for name in kept} | changes)


def waiting(world: World, url: str) -> int:
    """Give the number of messages on a queue, those under way included."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    answer = world.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)
    return sum(int(value) for value in answer["Attributes"].values())


@contextmanager
def unheard(world: World, source: str, function: str = "") -> Iterator[None]:
    """Stop the event source mapping whose source has this in its ARN: its function is not called.

    Where several read one source, `function` is a part of the one's name. What arrives meanwhile
    waits.
    """
    lambdas = world.client("lambda")
    mappings = lambdas.list_event_source_mappings()["EventSourceMappings"]
    (mapping,) = (
        each
        for each in mappings
        if source in each["EventSourceArn"] and function in each["FunctionArn"]
    )
    lambdas.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    try:
        yield
    finally:
        lambdas.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)


class Cable:
    """A TCP connection to the embedded AWS that can be cut and mended; a context manager."""

    def __init__(self, port: int) -> None:
        self.port = free_port()
        self._target = port
        self._selector = selectors.DefaultSelector()
        self._pairs: dict[socket.socket, socket.socket] = {}
        self._lock = threading.Lock()
        self._whole = True
        self._end = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", self.port))
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Drop every connection and refuse new ones."""
        with self._lock:
            self._whole = False
            for end in list(self._pairs):
                self._drop(end)

    def mend(self) -> None:
        """Let connections through again."""
        with self._lock:
            self._whole = True

    def __enter__(self) -> "Cable":
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join(10)
        self.cut()
        self._listener.close()
        self._selector.close()

    def _run(self) -> None:
        while not self._end.is_set():
            for key, _ in self._selector.select(0.1):
                with self._lock:
                    if key.fileobj is self._listener:
                        self._accept()
                    elif key.fileobj in self._pairs:
                        self._pass_on(key.fileobj)

    def _accept(self) -> None:
        near, _ = self._listener.accept()
        if not self._whole:
            near.close()
            return
        try:
            far = socket.create_connection(("127.0.0.1", self._target), timeout=5)
        except OSError:
            near.close()
            return
        for end, other in ((near, far), (far, near)):
            self._pairs[end] = other
            self._selector.register(end, selectors.EVENT_READ)

    def _pass_on(self, end: socket.socket) -> None:
        try:
            data = end.recv(65536)
            self._pairs[end].sendall(data)
        except OSError:
            data = b""
        if not data:
            self._drop(end)

    def _drop(self, end: socket.socket) -> None:
        for each in (end, self._pairs.get(end)):
            if each is not None and self._pairs.pop(each, None) is not None:
                self._selector.unregister(each)
                with contextlib.suppress(OSError):
                    each.close()

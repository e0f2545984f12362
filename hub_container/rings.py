"""The messages on a hub's queue, and the thread that waits for them."""

import json
import logging
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

from zonemesh.errors import ZonemeshError
from zonemesh.ports import Inbox
from zonemesh.snapshot import Announcement

_LONG_POLL = 20  # seconds, SQS's longest
_EMPTY_AT_ONCE = 0.05  # seconds; a queue that does not wait must not be asked in a tight loop
_FIRST_BACKOFF, _LONGEST_BACKOFF = 1.0, 20.0  # seconds; a failed poll costs no more than a long one
_SHOWN_MAX = 200  # characters of a message that go into the log

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class MeshApplied:
    """A new version of the mesh definition is there."""

    number: int


@dataclass(frozen=True, slots=True)
class OrderPlaced:
    """There is an order for this hub."""

    id: str


HubRing = Announcement | MeshApplied | OrderPlaced


class UnreadableRing(ZonemeshError, ValueError):
    """The message is no ring.

    It must be {"zone": KEY, "serial": N}, {"mesh": N} or {"order": ID}.
    """


def read_ring(body: str) -> HubRing:
    """Read a message's body; raises UnreadableRing."""
    try:
        fields = json.loads(body)
    except ValueError as problem:
        raise UnreadableRing(f"not JSON ({problem})") from problem
    match fields:
        case {"zone": str(zone), "serial": int(serial)}:
            return Announcement(zone, serial)
        case {"mesh": int(number)}:
            return MeshApplied(number)
        case {"order": str(id)}:
            return OrderPlaced(id)
    raise UnreadableRing('none of {"zone": KEY, "serial": N}, {"mesh": N} and {"order": ID}')


class Listener:
    """Long-polls the inbox.

    `on_ring` must not block; `on_contact` hears of each answer of the queue, with the error if
    there was one. A message that cannot be read is logged and taken off: it would never get better.
    """

    def __init__(
        self,
        inbox: Inbox,
        on_ring: Callable[[HubRing], None],
        on_contact: Callable[[str | None], None],
    ) -> None:
        self._inbox, self._on_ring, self._on_contact = inbox, on_ring, on_contact
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="listener", daemon=True)
        self.unreadable = self.errors = 0
        self.heard_at: float | None = None  # epoch seconds, when the queue last answered

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Listen no more; does not wait for a poll that is under way."""
        self._stop.set()

    def _run(self) -> None:
        backoff = _FIRST_BACKOFF
        while not self._stop.is_set():
            started = time.monotonic()
            try:
                heard = self._listen_once()
            except Exception as problem:
                self.errors += 1
                logger.warning("the queue cannot be read", extra={"error": str(problem)})
                self._on_contact(str(problem))
                self._stop.wait(backoff * random.uniform(0.8, 1.2))
                backoff = min(backoff * 2, _LONGEST_BACKOFF)
                continue
            self.heard_at = time.time()
            self._on_contact(None)
            backoff = _FIRST_BACKOFF
            if not heard and time.monotonic() - started < _EMPTY_AT_ONCE:
                self._stop.wait(_EMPTY_AT_ONCE)

    def _listen_once(self) -> int:
        rings = self._inbox.receive(_LONG_POLL)
        for ring in rings:
            try:
                self._on_ring(read_ring(ring.body))
            except UnreadableRing as problem:
                self.unreadable += 1
                logger.error(
                    "a message on the hub's queue is dropped",
                    extra={"error": str(problem), "body": ring.body[:_SHOWN_MAX]},
                )
        if rings:
            self._inbox.done(rings)
        return len(rings)

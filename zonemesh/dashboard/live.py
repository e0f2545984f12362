"""The one reader of the table, for all pages that are open.

It reads every two seconds while somebody watches, else once a minute. Each reading rings a bell;
its `mark` differs from the last one's where there is something else to be seen, and pages then
fetch themselves anew.
"""

import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from zonemesh.dashboard.bell import Bell
from zonemesh.errors import ZonemeshError
from zonemesh.status.mesh_status import MeshStatus
from zonemesh.status.needs import needs

WATCHED_EVERY = 2.0  # seconds; a look costs about a call of DynamoDB for each hub and 100 zones
UNWATCHED_EVERY = 60.0  # seconds: nobody looks, and the first page that opens is not empty
LONGEST_BACKOFF = 15.0  # seconds between looks while AWS is away
FRESH = 5.0  # seconds that a page takes a reading for good
PATIENCE = 20.0  # seconds that a page waits for a reading; AWS's own timeouts end before


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read last.

    `status` is None before the first time, `read_at` when it was (epoch seconds). `trouble` says
    why the last look failed, empty where it did not.
    """

    mark: str
    status: MeshStatus | None = None
    read_at: float | None = None
    trouble: str = ""


class Reader:
    """Reads from a thread of its own.

    `explain` gives the sentence about what went wrong. `beside` reads what pages show besides the
    status, and gives what differs when that changes.
    """

    def __init__(
        self,
        read: Callable[[float], MeshStatus],
        explain: Callable[[Exception], str] = str,
        beside: Callable[[], object] = lambda: None,
        every: float = WATCHED_EVERY,
    ) -> None:
        self.bell = Bell()
        self.ended = False
        self._read, self._explain, self._beside, self._every = read, explain, beside, every
        self._run_id, self._count = secrets.token_hex(4), 0
        self._reading = Reading(f"{self._run_id}.0")
        self._seen: Any = None
        self._seen_beside: object = None
        self._begun = self._done = 0  # looks
        self._failures, self.watchers = 0, 0
        self._wanted = False
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="dashboard reader", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Read no more, and let all who listen go."""
        with self._changed:
            self.ended = True
            self._changed.notify_all()
        self.bell.ring()

    @property
    def reading(self) -> Reading:
        """What was read last, however old."""
        with self._changed:
            return self._reading

    def fresh(self) -> Reading:
        """Give a reading that is hardly old, or the last one where AWS does not answer in time."""
        with self._changed:
            at = self._reading.read_at
            if at is not None and time.time() - at < FRESH:
                return self._reading
        return self.anew()

    def anew(self) -> Reading:
        """Read now, and give that: after something was done."""
        with self._changed:
            # A look that is under way may have begun too early to see what was done.
            wanted = self._begun + 1
            self._wanted = True
            self._changed.notify_all()
            self._changed.wait_for(lambda: self.ended or self._done >= wanted, PATIENCE)
            return self._reading

    @contextmanager
    def watched(self) -> Iterator[None]:
        """Have it read often for as long as this lasts."""
        with self._changed:
            self.watchers += 1
            self._changed.notify_all()
        try:
            yield
        finally:
            with self._changed:
                self.watchers -= 1

    def _run(self) -> None:
        while not self.ended:
            self._look()
            began = time.monotonic()
            with self._changed:
                while not self._is_due(began):
                    self._changed.wait(max(0.0, began + self._pause() - time.monotonic()))
                self._wanted = False

    def _is_due(self, began: float) -> bool:
        return self.ended or self._wanted or time.monotonic() - began >= self._pause()

    def _pause(self) -> float:
        if not self.watchers:
            return UNWATCHED_EVERY
        return min(self._every * 2.0**self._failures, max(LONGEST_BACKOFF, self._every))

    def _look(self) -> None:
        with self._changed:
            self._begun += 1
            look = self._begun
        now = time.time()
        status, trouble = None, ""
        try:
            self._seen_beside = self._beside()
            status = self._read(now)
        except ZonemeshError as problem:
            trouble = self._explain(problem)
        except Exception as problem:  # the page says it; the next look may do better
            trouble = f"{type(problem).__name__}: {problem}"
        with self._changed:
            self._keep(status, now, trouble)
            self._done = look
            self._changed.notify_all()
        self.bell.ring()

    def _keep(self, status: MeshStatus | None, now: float, trouble: str) -> None:
        before = self._reading
        seen = (_to_be_seen(status or before.status), self._seen_beside, trouble)
        if seen != self._seen:
            self._seen, self._count = seen, self._count + 1
        mark = f"{self._run_id}.{self._count}"
        if status is None:
            self._failures = min(self._failures + 1, 4)
            self._reading = Reading(mark, before.status, before.read_at, trouble)
        else:
            self._failures = 0
            self._reading = Reading(mark, status, now)


def _to_be_seen(status: MeshStatus | None) -> Any:
    """Give all of a status but the time, which alone changes nothing until somebody is needed."""
    if status is None:
        return None
    states = [hub.state(status.now) for hub in status.hubs]
    # Their texts count seconds: "tried again in 40 s" is other at each look.
    needed = [(need.kind, need.subject, need.zone, need.hub, need.place) for need in needs(status)]
    return status.version, status.zones, status.hubs, states, needed

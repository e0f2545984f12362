"""Threads that work for zones, one at a time for each zone, any zone beside any other."""

import heapq
import logging
import random
import threading
import time
from collections import deque
from collections.abc import Callable

_FIRST_BACKOFF, _LONGEST_BACKOFF = 1.0, 300.0  # seconds

logger = logging.getLogger(__name__)


class ZoneWorkers:
    """Calls `work(zone, heard)` for each zone asked for.

    `heard` is when it was first asked for, in monotonic seconds. Asked for while it is worked on, a
    zone comes up once more afterwards. Work that raises is done again after a growing pause, and
    `on_failure` is told; a zone that fails holds up no other.
    """

    def __init__(
        self,
        work: Callable[[str, float], None],
        on_failure: Callable[[str, Exception], None],
        threads: int = 4,
    ) -> None:
        self._work, self._on_failure = work, on_failure
        self._changed = threading.Condition()
        self._asked: dict[str, float] = {}
        self._queue: deque[str] = deque()
        self._busy: set[str] = set()
        self._due: dict[str, float] = {}  # when a zone that failed is tried again
        self._later: list[tuple[float, str]] = []  # these times in order, and overtaken ones
        self._failures: dict[str, int] = {}
        self._stopping = False
        self._threads = [
            threading.Thread(target=self._run, name=f"zones-{number}", daemon=True)
            for number in range(threads)
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Let the threads end after what they are at; does not wait for them."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()

    def ask(self, zone: str) -> None:
        """Ask for a zone; one that waits for another try is tried at once."""
        with self._changed:
            self._due.pop(zone, None)
            self._ask(zone, time.monotonic())

    @property
    def idle(self) -> bool:
        """True where nothing is asked for or under way; what waits for another try is not."""
        with self._changed:
            return not self._queue and not self._busy

    def is_at(self, zone: str) -> bool:
        """Tell whether a zone is asked for or worked on."""
        with self._changed:
            return zone in self._asked or zone in self._busy

    def _ask(self, zone: str, heard: float) -> None:
        if zone not in self._asked:
            self._asked[zone] = heard
            if zone not in self._busy:
                self._queue.append(zone)
                self._changed.notify()

    def _run(self) -> None:
        while (taken := self._take()) is not None:
            zone, heard = taken
            try:
                self._work(zone, heard)
            except Exception as problem:
                self._failed(zone, problem)
            else:
                self._succeeded(zone)
            self._release(zone)

    def _take(self) -> tuple[str, float] | None:
        with self._changed:
            while not self._stopping:
                now = time.monotonic()
                while self._later and self._later[0][0] <= now:
                    when, zone = heapq.heappop(self._later)
                    if self._due.get(zone) == when:
                        del self._due[zone]
                        self._ask(zone, now)
                if self._queue:
                    zone = self._queue.popleft()
                    self._busy.add(zone)
                    return zone, self._asked.pop(zone)
                self._changed.wait(self._later[0][0] - now if self._later else None)
            return None

    def _release(self, zone: str) -> None:
        with self._changed:
            self._busy.discard(zone)
            if zone in self._asked:
                self._queue.append(zone)
                self._changed.notify()

    def _succeeded(self, zone: str) -> None:
        with self._changed:
            self._failures.pop(zone, None)
            self._due.pop(zone, None)

    def _failed(self, zone: str, problem: Exception) -> None:
        failures = self._failures[zone] = self._failures.get(zone, 0) + 1
        pause = min(_FIRST_BACKOFF * 2 ** (failures - 1), _LONGEST_BACKOFF)
        pause *= random.uniform(0.8, 1.2)
        with self._changed:
            due = self._due[zone] = time.monotonic() + pause
            heapq.heappush(self._later, (due, zone))
            self._changed.notify()
        self._on_failure(zone, problem)

"""Keeps a hub's syncs from a thread of its own: a table out of reach delays nothing.

note ──► folded ──► waiting, MOST_WAITING at most ──► the table
            ▲             │ more than that: the oldest are dropped, counted and said
            └── clock     └── a write that fails is tried again, after growing pauses
"""

import logging
import random
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Collection
from typing import Protocol

from hub_container.syncs.folding import Folding
from zonemesh.syncs.sync import Kind, Sync, SyncHistory, SyncOutcome, short_error

MOST_WAITING = 10_000  # syncs, some 10 MB of memory; ten for each zone of a large hub
_LOOK_EVERY = 60.0  # seconds between looks for what was counted on
_FIRST_BACKOFF, _LONGEST_BACKOFF = 1.0, 60.0  # seconds
_LAST_WORDS = 2.0  # seconds that a stop waits for what is still to be written

logger = logging.getLogger(__name__)

_Key = tuple[int, str, str, str]


class NoteSync(Protocol):
    """Notes a sync; it does not block.

    `heard` is when its cause was heard of, in monotonic seconds, None where nobody knows. What
    else it takes is a Sync's.
    """

    def __call__(
        self,
        zone: str,
        kind: Kind,
        outcome: SyncOutcome,
        *,
        target: str = "",
        serial: int | None = None,
        heard: float | None = None,
        changes: int | None = None,
        error: str = "",
    ) -> None: ...


class SyncLog:
    """The syncs of one hub, safe for all threads. `seen` is told of each, before it is folded.

    `days` is how long they are kept. `dropped` counts those that were not, as too many waited.
    """

    def __init__(
        self,
        hub: str,
        history: SyncHistory,
        seen: Callable[[Sync], None] = lambda _: None,
        *,
        most_waiting: int = MOST_WAITING,
        days: int = 30,
    ) -> None:
        self._hub, self._history, self._seen = hub, history, seen
        self._most = most_waiting
        self.days = days
        self.dropped = self.failures = 0
        self._changed = threading.Condition()
        self._folding = Folding()
        self._waiting: OrderedDict[_Key, Sync] = OrderedDict()
        self._last = 0.0
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="syncs", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Write what waits, if that goes at once."""
        with self._changed:
            self._put(self._folding.due(time.time(), every=0.0))
            self._stopping = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(_LAST_WORDS)

    def note(
        self,
        zone: str,
        kind: Kind,
        outcome: SyncOutcome,
        *,
        target: str = "",
        serial: int | None = None,
        heard: float | None = None,
        changes: int | None = None,
        error: str = "",
    ) -> None:
        """Note a sync, as `NoteSync` says."""
        seconds = None if heard is None else round(time.monotonic() - heard, 3)
        error = short_error(error)
        with self._changed:
            now = self._now()
            sync = Sync(
                self._hub, zone, kind, outcome, now, now, target, serial, seconds, changes, error
            )
            self._seen(sync)
            self._put(self._folding.add(sync))
            self._changed.notify()

    def fails(self, zone: str, kind: Kind, target: str = "") -> bool:
        """Tell whether the last sync of a zone at a place did not come off."""
        with self._changed:
            return self._folding.fails(kind, target, zone)

    @property
    def waiting(self) -> int:
        """How many syncs are still to be written."""
        with self._changed:
            return len(self._waiting)

    def _now(self) -> float:
        """Give the time in epoch seconds, and each millisecond once: it tells syncs apart."""
        now = round(time.time(), 3)
        if 0 <= self._last - now < 1.0:
            now = round(self._last + 0.001, 3)
        self._last = now
        return now

    def _put(self, syncs: Collection[Sync]) -> None:
        for sync in syncs:
            self._waiting[sync.key] = sync
        while len(self._waiting) > self._most:
            _, lost = self._waiting.popitem(last=False)
            self.dropped += 1
            if self.dropped == 1 or self.dropped % 1000 == 0:
                said = {"dropped": self.dropped, "zone": lost.zone}
                logger.error("syncs are missing from the history: too many wait", extra=said)

    def _run(self) -> None:
        backoff = _FIRST_BACKOFF
        while (sync := self._take()) is not None:
            try:
                self._history.keep(sync, self.days)
            except Exception as problem:
                self.failures += 1
                logger.warning("the history of syncs waits", extra={"error": str(problem)})
                if not self._wait_after_failure(sync, backoff):
                    return
                backoff = min(backoff * 2, _LONGEST_BACKOFF)
            else:
                backoff = _FIRST_BACKOFF

    def _take(self) -> Sync | None:
        """Wait for the next one to be written; None at the end."""
        with self._changed:
            while not self._waiting:
                if self._stopping:
                    return None
                self._changed.wait(_LOOK_EVERY)
                self._put(self._folding.due(time.time()))
            return self._waiting.popitem(last=False)[1]

    def _wait_after_failure(self, sync: Sync, backoff: float) -> bool:
        """Put it back, behind the others; tells whether there is to be another try."""
        with self._changed:
            self._waiting.setdefault(sync.key, sync)
            self._put(())
            self._changed.wait_for(lambda: self._stopping, backoff * random.uniform(0.8, 1.2))
            return not self._stopping

"""When each zone is pushed to each target: one push of a pair at a time, any pair beside any other.

Every target has a lane of its own, with threads that are there while it has work: one that hangs
takes none from another. In a lane a push goes before a look for drift, and only few look at once,
so that a schedule's worth of looks holds up no change.

       ask ──► waiting ──► at work ──► done
                  ▲            │ wants another try
                  └── later ◄──┘
"""

import heapq
import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import NamedTuple

THREADS = 16  # of a target; who waits for its name servers alone makes room for others, see `hurry`
LOOKS = 2  # of them at once for drift: listings take an account's API rate from pushes

logger = logging.getLogger(__name__)


class Pair(NamedTuple):
    """A zone's key and the name of a target that it is published to."""

    zone: str
    target: str


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of a pair.

    `heard` is when it was first asked for, in monotonic seconds, `again` whether it is another try.
    `look` has the target listed. `hurry` tells whether the pair was asked for once more meanwhile,
    others wait for its thread, or the end has come.
    """

    heard: float
    look: bool
    again: bool
    hurry: Callable[[], bool]


@dataclass(slots=True)
class _Asked:
    heard: float
    again: bool = False


@dataclass(slots=True)
class _Lane:
    pushes: deque[Pair] = field(default_factory=deque)
    looks: deque[Pair] = field(default_factory=deque)
    threads: int = 0
    looking: int = 0


class Lanes:
    """Calls `work(pair, turn)` for what is asked for.

    What it gives is after how many seconds the pair is to have another turn, None where it is done.
    Asked for while it has its turn, a pair comes up once more; one that waits for another try is
    tried at once. What `work` raises is logged.
    """

    def __init__(
        self,
        work: Callable[[Pair, Turn], float | None],
        *,
        threads: int = THREADS,
        looks: int = LOOKS,
    ) -> None:
        self._work, self._threads, self._looks = work, threads, looks
        self._changed = threading.Condition()
        self._lanes: dict[str, _Lane] = {}
        self._asked: dict[Pair, _Asked] = {}
        self._to_look: dict[Pair, float] = {}
        self._busy: set[Pair] = set()
        self._leaving: set[Pair] = set()  # of the busy ones: this turn is their last
        self._due: dict[Pair, float] = {}  # when a pair has another turn
        self._later: list[tuple[float, Pair]] = []  # these times in order, and overtaken ones
        self._started = self._stopping = False
        self._timer = threading.Thread(target=self._keep_time, name="targets", daemon=True)

    def start(self) -> None:
        with self._changed:
            self._started = True
            for target in self._lanes:
                self._man(target)
        self._timer.start()

    def stop(self) -> None:
        """Give no more turns; does not wait for those that are under way."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()

    def ask(self, pair: Pair) -> None:
        """Ask for a push."""
        with self._changed:
            self._due.pop(pair, None)
            self._ask(pair, again=False)

    def look(self, pair: Pair) -> None:
        """Ask for a look for drift, when its time comes."""
        with self._changed:
            if pair not in self._to_look:
                self._to_look[pair] = time.monotonic()
                if pair not in self._busy:
                    self._lane(pair).looks.append(pair)
                    self._man(pair.target)

    def looked(self, pair: Pair) -> None:
        """Take a look as done, by the turn that is under way."""
        with self._changed:
            if self._to_look.pop(pair, None) is not None and pair in self._lane(pair).looks:
                self._lane(pair).looks.remove(pair)

    def keep_only(self, pairs: Collection[Pair]) -> None:
        """Forget all others; a turn that is under way is its last."""
        with self._changed:
            self._leaving = self._busy - set(pairs)
            for known in (self._asked, self._to_look, self._due):
                for pair in known.keys() - pairs:
                    del known[pair]
            for lane in self._lanes.values():
                lane.pushes = deque(pair for pair in lane.pushes if pair in pairs)
                lane.looks = deque(pair for pair in lane.looks if pair in pairs)

    def is_at(self, pair: Pair) -> bool:
        """Tell whether a pair is asked for or has its turn; one that waits for another try not."""
        with self._changed:
            return pair in self._asked or pair in self._to_look or pair in self._busy

    @property
    def idle(self) -> bool:
        """True where nothing is asked for or under way; what waits for another try is not."""
        with self._changed:
            waiting = any(lane.pushes or lane.looks for lane in self._lanes.values())
            return not waiting and not self._busy

    def _ask(self, pair: Pair, *, again: bool) -> None:
        if pair in self._asked:
            self._asked[pair].again &= again
            return
        self._asked[pair] = _Asked(time.monotonic(), again)
        if pair not in self._busy:
            self._lane(pair).pushes.append(pair)
            self._man(pair.target)

    def _lane(self, pair: Pair) -> _Lane:
        return self._lanes.setdefault(pair.target, _Lane())

    def _man(self, target: str) -> None:
        """Start a thread for a lane that has work for one more."""
        lane = self._lanes[target]
        if not self._started or self._stopping or lane.threads >= self._threads:
            return
        if lane.pushes or (lane.looks and lane.looking < self._looks):
            lane.threads += 1
            name = f"target-{target}"
            threading.Thread(target=self._run, args=(target,), name=name, daemon=True).start()

    def _run(self, target: str) -> None:
        while (taken := self._take(target)) is not None:
            pair, turn = taken
            pause: float | None = None
            try:
                pause = self._work(pair, turn)
            except Exception:
                logger.exception("a push ended unforeseen", extra={"pair": list(pair)})
            self._release(pair, turn, pause)

    def _take(self, target: str) -> tuple[Pair, Turn] | None:
        with self._changed:
            lane = self._lanes[target]
            if not self._stopping and lane.pushes:
                pair = lane.pushes.popleft()
                asked = self._asked.pop(pair)
                return self._begin(pair, asked.heard, look=False, again=asked.again)
            if not self._stopping and lane.looks and lane.looking < self._looks:
                pair = lane.looks.popleft()
                lane.looking += 1
                return self._begin(pair, self._to_look.pop(pair), look=True, again=False)
            lane.threads -= 1
            return None

    def _begin(self, pair: Pair, heard: float, *, look: bool, again: bool) -> tuple[Pair, Turn]:
        """Take a pair out of the other queue as well, for as long as it has its turn."""
        lane = self._lanes[pair.target]
        self._busy.add(pair)
        for queue in (lane.pushes, lane.looks):
            if pair in queue:
                queue.remove(pair)
        self._man(pair.target)  # for who waits behind it
        return pair, Turn(heard, look, again, lambda: self._hurry(pair))

    def _hurry(self, pair: Pair) -> bool:
        with self._changed:
            lane = self._lanes[pair.target]
            crowded = bool(lane.pushes) and lane.threads >= self._threads
            return self._stopping or pair in self._asked or crowded

    def _release(self, pair: Pair, turn: Turn, pause: float | None) -> None:
        with self._changed:
            lane = self._lanes[pair.target]
            self._busy.discard(pair)
            lane.looking -= turn.look
            if pair in self._asked:
                lane.pushes.append(pair)
            elif pause is not None and pair not in self._leaving:
                due = self._due[pair] = time.monotonic() + pause
                heapq.heappush(self._later, (due, pair))
                self._changed.notify()
            if pair in self._to_look:
                lane.looks.append(pair)
            self._leaving.discard(pair)
            self._man(pair.target)

    def _keep_time(self) -> None:
        with self._changed:
            while not self._stopping:
                now = time.monotonic()
                while self._later and self._later[0][0] <= now:
                    when, pair = heapq.heappop(self._later)
                    if self._due.get(pair) == when:
                        del self._due[pair]
                        self._ask(pair, again=True)
                self._changed.wait(self._later[0][0] - now if self._later else None)

"""Pauses: between attempts, with jitter, and between calls that share a rate."""

import random
import threading
import time
from collections.abc import Callable, Iterator

Sleep = Callable[[float], None]

FIRST_PAUSE = 0.05  # seconds: DynamoDB's throttled batches are mostly through after this
LONGEST_PAUSE = 2.0  # seconds
ATTEMPTS = 10  # with the pauses above: some 10 seconds, within any of our functions' timeouts


def attempts(
    sleep: Sleep = time.sleep,
    *,
    most: int = ATTEMPTS,
    first: float = FIRST_PAUSE,
    longest: float = LONGEST_PAUSE,
) -> Iterator[int]:
    """Count attempts from 1 to `most`, with a pause before each but the first.

    The pauses double up to `longest` seconds; each is taken at random between nothing and that
    (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/, full jitter).
    """
    for attempt in range(1, most + 1):
        if attempt > 1:
            sleep(random.uniform(0, min(longest, first * 2 ** (attempt - 2))))
        yield attempt


class Pace:
    """Spreads calls, from any thread, so that no more than `per_second` begin in a second."""

    def __init__(
        self,
        per_second: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Sleep = time.sleep,
    ) -> None:
        self._gap = 1 / per_second
        self._clock, self._sleep = clock, sleep
        self._free_at = clock()
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Return when the next call may begin."""
        with self._lock:
            begin = max(self._free_at, self._clock())
            self._free_at = begin + self._gap
        if (pause := begin - self._clock()) > 0:
            self._sleep(pause)

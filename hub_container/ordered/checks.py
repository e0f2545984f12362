"""What is looked at by a test of the services: each check by itself, all at once, none for long."""

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import TypeVar

from hub_container.ordered.progress import Progress, StepFailed, in_words
from zonemesh.orders import StepOutcome

_Result = TypeVar("_Result")

AT_ONCE = 16
PATIENCE = 20.0  # seconds for one


@dataclass(frozen=True, slots=True)
class Check:
    """A thing to look at.

    `look` gives what is to be said where it is as it should be; whatever it raises says what is
    not. With `why_not` it is not looked at, for that reason.
    """

    name: str
    look: Callable[[], str] = str
    why_not: str = ""


def run(checks: Sequence[Check], progress: Progress) -> None:
    """Look at everything, several at once; each is a step when it ends."""
    waiting = list(reversed(checks))
    lock = threading.Lock()

    def work() -> None:
        while True:
            with lock:
                if not waiting:
                    return
                check = waiting.pop()
            _look(check, progress)

    threads = [
        threading.Thread(target=work, name="checks", daemon=True)
        for _ in range(min(AT_ONCE, len(checks)))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _look(check: Check, progress: Progress) -> None:
    if check.why_not:
        progress.ended(check.name, StepOutcome.SKIPPED, 0.0, check.why_not)
        return
    began = time.monotonic()
    try:
        outcome, detail = StepOutcome.OK, within(PATIENCE, check.look)
    except Exception as problem:
        outcome, detail = StepOutcome.FAILED, in_words(problem)
    progress.ended(check.name, outcome, time.monotonic() - began, detail)


def within(seconds: float, do: Callable[[], _Result]) -> _Result:
    """Do something in a thread of its own; raises StepFailed where it takes longer.

    What takes too long goes on to its end, and nobody hears of it.
    """
    future: Future[_Result] = Future()

    def work() -> None:
        try:
            future.set_result(do())
        except BaseException as problem:
            future.set_exception(problem)

    threading.Thread(target=work, name="bounded", daemon=True).start()
    try:
        return future.result(seconds)
    except TimeoutError:
        if future.done():
            raise
        raise StepFailed(f"it did not end within {seconds:.0f} s") from None

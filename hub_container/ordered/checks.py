"""What is looked at by a test of the services: each check by itself, all at once, none for long."""

import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from typing import TypeVar

from hub_container.ordered.progress import Progress, StepFailed, in_words, step
from zonemesh.orders.order import Step, StepOutcome

_Result = TypeVar("_Result")

AT_ONCE = 16
PATIENCE = 20.0  # seconds for one
GATHER = 0.3  # seconds; each telling is a write to the table


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
    """Look at everything, several at once; each is a step soon after it ended.

    What ends at about the same time is told together, in the order of the checks.
    """
    to_do: queue.SimpleQueue[int] = queue.SimpleQueue()
    ended: queue.SimpleQueue[tuple[int, Step]] = queue.SimpleQueue()
    for number in range(len(checks)):
        to_do.put(number)

    def work() -> None:
        with suppress(queue.Empty):
            while True:
                number = to_do.get_nowait()
                ended.put((number, _looked(checks[number])))

    for _ in range(min(AT_ONCE, len(checks))):
        threading.Thread(target=work, name="checks", daemon=True).start()
    told = 0
    while told < len(checks):
        first = ended.get()
        time.sleep(GATHER)
        together = sorted([first, *_all_of(ended)])
        progress.note([step for _, step in together])
        told += len(together)


def _all_of(ended: "queue.SimpleQueue[tuple[int, Step]]") -> Iterator[tuple[int, Step]]:
    with suppress(queue.Empty):
        while True:
            yield ended.get_nowait()


def _looked(check: Check) -> Step:
    if check.why_not:
        return step(check.name, StepOutcome.SKIPPED, 0.0, check.why_not)
    began = time.monotonic()
    try:
        outcome, detail = StepOutcome.OK, within(PATIENCE, check.look)
    except Exception as problem:
        outcome, detail = StepOutcome.FAILED, in_words(problem)
    return step(check.name, outcome, time.monotonic() - began, detail)


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

"""What came of an order so far, written as its steps end."""

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace

from zonemesh.errors import ZonemeshError
from zonemesh.orders.order import LINES_MOST, HubOrders, OrderResult, Step, StepOutcome

# An item of the table has room for 400 KB.
STEPS_MOST, DETAIL_MOST = 200, 1_000
LINE_MOST = 400  # characters; a TXT record may have thousands
_LAST_TRIES, _PAUSE = 5, 2.0  # the end of an order is to be known: tries, seconds between them

logger = logging.getLogger(__name__)


class StepFailed(ZonemeshError):
    """What the step is about is not as it should be; the message says what is."""


@dataclass(slots=True)
class Note:
    """What is to be said of a step when it ends well."""

    detail: str = ""


class Progress:
    """The result of one order, used from any thread.

    A result that cannot be written keeps nothing from being done; the next one says it all.
    """

    def __init__(self, hub: str, orders: HubOrders, begun: OrderResult) -> None:
        self._hub, self._orders = hub, orders
        self._lock = threading.Lock()
        self.result = begun

    @contextmanager
    def step(self, name: str) -> Iterator[Note]:
        """Do something as a step; what it raises is how the step failed, and is raised on."""
        began, note = time.monotonic(), Note()
        self._write(doing=name)
        try:
            yield note
        except Exception as problem:
            self.ended(name, StepOutcome.FAILED, time.monotonic() - began, in_words(problem))
            raise
        self.ended(name, StepOutcome.OK, time.monotonic() - began, note.detail)

    def tried(self, name: str, do: Callable[[], str]) -> None:
        """Do something as a step that keeps no other from being done; it gives what is said."""
        with suppress(Exception), self.step(name) as note:
            note.detail = do()

    def ended(self, name: str, outcome: StepOutcome, seconds: float, detail: str = "") -> None:
        """Note a step that ended."""
        self.note([step(name, outcome, seconds, detail)])

    def note(self, steps: Sequence[Step]) -> None:
        """Note steps that ended."""
        with self._lock:
            self._change(steps=(*self.result.steps, *steps)[:STEPS_MOST], doing="")

    def say(self, lines: Sequence[str]) -> None:
        """Give the lines that are the result, or as many as there is room for."""
        shown = [line[:LINE_MOST] for line in lines[:LINES_MOST]]
        if len(lines) > LINES_MOST:
            shown.append(f"… and {len(lines) - LINES_MOST} more lines")
        self._write(lines=tuple(shown))

    def done(self) -> None:
        """Write that it is done."""
        for _ in range(_LAST_TRIES):
            with self._lock:
                if self._change(done=True, doing=""):
                    return
            time.sleep(_PAUSE)

    def _write(self, **fields: object) -> None:
        with self._lock:
            self._change(**fields)

    def _change(self, **fields: object) -> bool:
        self.result = replace(self.result, at=time.time(), **fields)  # type: ignore[arg-type]
        try:
            self._orders.keep(self._hub, self.result)
        except Exception as problem:
            logger.warning("an order's result cannot be written", extra={"error": str(problem)})
            return False
        return True


def step(name: str, outcome: StepOutcome, seconds: float, detail: str = "") -> Step:
    """Make a step that there is room for in a result."""
    return Step(name, outcome, round(seconds, 3), detail[:DETAIL_MOST])


def in_words(problem: Exception) -> str:
    """Say what went wrong: our own errors are sentences, others need their name."""
    if isinstance(problem, ZonemeshError):
        return str(problem)
    return f"{type(problem).__name__}: {problem}"

"""Orders followed until they are done, with each step told as it comes."""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from rich.console import Console
from rich.status import Status
from rich.text import Text

from zonemesh.cli.app import PROBLEMS, UNAVAILABLE
from zonemesh.cli.cells import BAD, FAINT, GOOD
from zonemesh.cli.display import console
from zonemesh.cli.paragraph import put
from zonemesh.orders.order import HubOrder, Step, StepOutcome
from zonemesh.orders.ordering import OrderingPorts, Standing, standings, why_not_done

LOOK_EVERY = 0.5  # seconds; a look is two reads of the table for each hub

_STYLES = {StepOutcome.OK: GOOD, StepOutcome.FAILED: BAD, StepOutcome.SKIPPED: FAINT}


@dataclass
class Follower:
    """Tells of orders to several hubs; each step is told once.

    `width` is that of the longest hub's name.
    """

    width: int
    told: dict[str, int] = field(default_factory=dict)

    def news(self, found: Sequence[Standing]) -> list[Text]:
        """Give a line for each step that is new."""
        lines = []
        for standing in found:
            steps = standing.result.steps if standing.result else ()
            new = steps[self.told.get(standing.order.id, 0) :]
            lines += [self._line(standing.order.hub, step) for step in new]
            self.told[standing.order.id] = len(steps)
        return lines

    def _line(self, hub: str, step: Step) -> Text:
        detail = f": {step.detail}" if step.detail else ""
        return Text.assemble(
            (f"{hub:<{self.width}}  ", "bold"),
            (f"{step.outcome:<7}", _STYLES[step.outcome]),
            f" {step.name}{detail}",
            (f"  ({step.seconds:.1f} s)", FAINT),
        )


def follow(
    ports: OrderingPorts,
    orders: Sequence[HubOrder],
    seconds: float,
    news: Callable[[Sequence[Standing]], list[Text]] = lambda found: [],
) -> list[Standing]:
    """Look until all orders are done, or for so many seconds; gives how they stand then.

    What `news` gives of each look is printed.
    """
    until = time.monotonic() + seconds
    with sign() as shown:
        while True:
            found = standings(ports, orders)
            shown.put(news(found))
            if all(each.done for each in found) or time.monotonic() >= until:
                return found
            shown.waiting_for(_awaited(found))
            time.sleep(LOOK_EVERY)


class Sign:
    """On a terminal a last line that says what is waited for, below what is put out."""

    def __init__(self, status: Status | None = None) -> None:
        self._out, self._status = console(), status

    def put(self, lines: Sequence[Text]) -> None:
        """Print lines on standard output, above the sign."""
        if lines and self._status:
            self._status.stop()
        for line in lines:
            put(self._out, line)
        if lines and self._status:
            self._status.start()

    def waiting_for(self, what: str) -> None:
        """Say what is waited for, in a line."""
        if self._status:
            text = Text(f"waiting for {what}", no_wrap=True, overflow="ellipsis")
            text.truncate(max(20, self._out.width - 4), overflow="ellipsis")
            self._status.update(text)


@contextmanager
def sign() -> Iterator[Sign]:
    """Have a sign for a while; where standard error is no terminal it says nothing."""
    out = console(stderr=True)
    if not out.is_terminal:
        yield Sign()
        return
    with Status("", console=out, spinner="line") as status:
        yield Sign(status)


def _awaited(found: Sequence[Standing]) -> str:
    names = [
        f"{each.order.hub} ({each.result.doing})"
        if each.result and each.result.doing
        else each.order.hub
        for each in found
        if not each.done
    ]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return f"hub {', '.join(names[:3])}{more}"


def show_end(out: Console, found: Sequence[Standing], now: float) -> None:
    """Say of each hub how it came out, and of those that did not answer why that may be."""
    for standing in found:
        hub = standing.order.hub
        if standing.done:
            put(out, Text.assemble((hub, "bold"), f": {_counted(standing)}"))
        else:
            why = why_not_done(standing, now)
            put(out, Text.assemble((hub, "bold"), (": no answer", BAD), f"; {why}"))


def _counted(standing: Standing) -> str:
    steps = standing.result.steps if standing.result else ()
    counts = {outcome: sum(step.outcome is outcome for step in steps) for outcome in StepOutcome}
    return ", ".join(f"{count} {outcome}" for outcome, count in counts.items() if count)


def documents(found: Sequence[Standing], now: float) -> list[dict[str, Any]]:
    """Give orders and what came of them as JSON-able data; times in epoch seconds."""
    return [
        {
            "hub": each.order.hub,
            "order": each.order.id,
            "kind": str(each.order.kind),
            "asked_at": each.order.asked_at,
            "who": each.order.who,
            "answered": each.result is not None,
            "done": each.done,
            "ok": each.ok,
            "steps": [asdict(step) for step in (each.result.steps if each.result else ())],
            "lines": list(each.result.lines) if each.result else [],
            "why": "" if each.done else why_not_done(each, now),
        }
        for each in found
    ]


def exit_code(found: Sequence[Standing]) -> int:
    """Give 0 where all is well, 3 where a hub did not answer in time, 1 where something failed."""
    if not all(each.done for each in found):
        return UNAVAILABLE
    return 0 if all(each.ok for each in found) else PROBLEMS

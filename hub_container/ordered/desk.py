"""Takes a hub's orders, and carries each out once, beside what the hub does all the time.

rung, or found open ──► read ──► claimed ──► carried out, step by step ──► done
                          │         └─ somebody else has it: left alone, or said to be broken off
                          └─ too old: said to be so
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping

from hub_container.ordered.progress import Progress, in_words
from zonemesh.orders.order import (
    CARRIED_OUT_FOR,
    HubOrder,
    HubOrders,
    OrderKind,
    OrderResult,
    Step,
    StepOutcome,
)

Act = Callable[[HubOrder, Progress], None]
"""Carries out an order; what it raises ends it, as failed."""

_LOOK = ""  # in place of an order's id: look which are open
_TRIES, _PAUSE = 3, 1.0  # of reading an order: tries, seconds between them

logger = logging.getLogger(__name__)


class Desk:
    """Carries out orders, one at a time, save that plans, which may take minutes, hold up no other.

    `ring` and `look` return at once.
    """

    def __init__(self, hub: str, orders: HubOrders, acts: Mapping[OrderKind, Act]) -> None:
        self._hub, self._orders, self._acts = hub, orders, acts
        self._heard: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._plans = Lane("plans", self._carry_out)
        self._rest = Lane("orders", self._carry_out)
        self._thread = threading.Thread(target=self._run, name="desk", daemon=True)

    def start(self) -> None:
        """Take orders from now on, beginning with those that are open."""
        self._plans.start()
        self._rest.start()
        self._thread.start()
        self.look()

    def stop(self) -> None:
        """Take no more; does not wait for what is under way."""
        for each in (self._plans, self._rest):
            each.stop()
        self._heard.put(None)

    def ring(self, id: str) -> None:
        """Take up an order."""
        self._heard.put(id)

    def look(self) -> None:
        """Take up the orders that are open: their rings may be lost."""
        self._heard.put(_LOOK)

    def _run(self) -> None:
        while (id := self._heard.get()) is not None:
            try:
                if id == _LOOK:
                    self._look()
                else:
                    self._take(id)
            except Exception as problem:  # the hub looks again when it compares everything
                logger.warning("orders cannot be read", extra={"error": in_words(problem)})

    def _look(self) -> None:
        for id in self._orders.since(self._hub, time.time() - CARRIED_OUT_FOR):
            result = self._orders.result(self._hub, id)
            if result is None or not result.done:
                self._take(id)

    def _take(self, id: str) -> None:
        order = self._read(id)
        if order is None:
            logger.error("there is no such order", extra={"order": id})
            return
        (self._plans if order.kind is OrderKind.PLAN else self._rest).put(order)

    def _read(self, id: str) -> HubOrder | None:
        for _ in range(_TRIES - 1):
            try:
                return self._orders.order(self._hub, id)
            except Exception as problem:
                logger.warning("an order is read again", extra={"error": in_words(problem)})
                time.sleep(_PAUSE)
        return self._orders.order(self._hub, id)

    def _carry_out(self, order: HubOrder) -> None:
        now = time.time()
        begun = OrderResult(order.id, now, now)
        if now - order.asked_at > CARRIED_OUT_FOR:
            self._orders.begin(self._hub, begun.ended(_too_old(now - order.asked_at), now))
            return
        if not self._orders.begin(self._hub, begun):
            self._see_whether_broken_off(order, now)
            return
        said = {"order": order.id, "kind": str(order.kind), "who": order.who}
        logger.info("an order is carried out", extra=said)
        progress = Progress(self._hub, self._orders, begun)
        try:
            self._acts[order.kind](order, progress)
        except Exception as problem:
            if not progress.result.failures:
                progress.ended(str(order.kind), StepOutcome.FAILED, 0.0, in_words(problem))
        progress.done()
        logger.info("an order is done", extra=said | {"ok": progress.result.ok})

    def _see_whether_broken_off(self, order: HubOrder, now: float) -> None:
        result = self._orders.result(self._hub, order.id)
        if result is not None and result.is_broken_off(now):
            self._orders.keep(self._hub, result.ended(_broken_off(result), now))


class Lane:
    """A thread that does one thing after the other."""

    def __init__(self, name: str, work: Callable[[HubOrder], None]) -> None:
        self._work = work
        self._waiting: queue.SimpleQueue[HubOrder | None] = queue.SimpleQueue()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Begin nothing more; does not wait for what is under way."""
        self._stopping = True
        self._waiting.put(None)

    def put(self, order: HubOrder) -> None:
        self._waiting.put(order)

    def _run(self) -> None:
        while (order := self._waiting.get()) is not None and not self._stopping:
            try:
                self._work(order)
            except Exception as problem:
                logger.warning(
                    "an order is not begun, the hub looks for it again",
                    extra={"order": order.id, "error": in_words(problem)},
                )


def _too_old(seconds: float) -> Step:
    return Step(
        "order",
        StepOutcome.FAILED,
        0.0,
        f"not carried out: it was given {seconds / 60:.0f} minutes ago, by the clock of who gave "
        f"it, and {CARRIED_OUT_FOR / 60:.0f} are the most. Give it again, if it is still wanted",
    )


def _broken_off(result: OrderResult) -> Step:
    at = f" at {result.doing}" if result.doing else ""
    return Step(
        "order",
        StepOutcome.FAILED,
        max(0.0, result.at - result.began_at),
        f"broken off{at}: the hub ended in the middle of it. It is not done again by itself",
    )

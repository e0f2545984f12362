"""Orders: what an operator has a hub, or the control plane, do now; and what comes of it.

placed ──► rung ──► begun ──► a step, and another ──► done
             │
             └─ too old, or begun by a hub that died of it: done as well, and it says so

An order is an item of the table and never changes; the table's stream rings whom it is for. A hub
carries it out once, and writes its result as it goes.
"""

import json
import secrets
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from typing import Any, Protocol, Self

from zonemesh.errors import UnreadableOrder

# A ring that comes later, as to a hub that was away, is for something that nobody waits for now.
CARRIED_OUT_FOR = 600.0  # seconds
# A step takes less, so what was not heard of for so long was broken off.
BROKEN_OFF_AFTER = 180.0  # seconds
KEPT_FOR = 7 * 24 * 3600  # seconds, orders and their results
ZONES_MOST = 100  # zones of one order: the function that passes it on has a minute for them
LINES_MOST = 500  # lines of a plan


class OrderKind(StrEnum):
    """What a hub may be told to do."""

    SYNC = "sync"  # compare everything now, or some zones
    REFRESH = "refresh"  # read the mesh and its secrets again
    RESTART = "restart"  # restart NSD
    TEST = "test"  # look whether everything that the hub needs is there
    PLAN = "plan"  # say what publishing a zone to a target would change


# The steps of a hub's sync, by which others know what was done.
MESH_READ = "mesh and heads"
PRIMARIES_ASKED = "primaries"
ZONES_SERVED = "zones served"
SECONDARIES_TOLD = "secondaries"
TARGETS_LISTED = "targets"


class StepOutcome(StrEnum):
    """How a step ended."""

    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class HubOrder:
    """An order to a hub.

    `id` sorts by time. `zones` are keys, none for all of them; `target` is a plan's. `asked_at` is
    in epoch seconds by the clock of who asked, `who` the ARN of the caller, empty where nobody
    told.
    """

    id: str
    hub: str
    kind: OrderKind
    asked_at: float
    who: str = ""
    zones: tuple[str, ...] = ()
    target: str = ""

    def to_json(self) -> str:
        return _to_json(self)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote; raises UnreadableOrder."""
        fields = _read(text)
        try:
            return cls(**_with_tuples(fields, "zones") | {"kind": OrderKind(fields["kind"])})
        except (TypeError, KeyError, ValueError) as problem:
            raise UnreadableOrder(f"not an order to a hub: {problem}: {text[:200]!r}") from problem


@dataclass(frozen=True, slots=True)
class ZoneOrder:
    """An order to read some zones (keys) whole at Route 53 now; otherwise as a HubOrder.

    Without zones it is to look for those that came or went: a sweep now.
    """

    id: str
    zones: tuple[str, ...]
    asked_at: float
    who: str = ""

    def to_json(self) -> str:
        return _to_json(self)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote; raises UnreadableOrder."""
        try:
            return cls(**_with_tuples(_read(text), "zones"))
        except TypeError as problem:
            raise UnreadableOrder(f"not an order of zones: {problem}: {text[:200]!r}") from problem


@dataclass(frozen=True, slots=True)
class Step:
    """A step that ended: what it was, how long it took, and what is to be said of it."""

    name: str
    outcome: StepOutcome
    seconds: float
    detail: str = ""


@dataclass(frozen=True, slots=True)
class OrderResult:
    """What came of an order so far; times are in epoch seconds.

    `at` is when something was last written of it. `doing` is what the hub is at, empty between
    steps. `lines` are what a plan says.
    """

    order: str
    began_at: float
    at: float
    steps: tuple[Step, ...] = ()
    doing: str = ""
    done: bool = False
    lines: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """True where it is done and no step has failed."""
        return self.done and not self.failures

    @property
    def failures(self) -> tuple[Step, ...]:
        return tuple(step for step in self.steps if step.outcome is StepOutcome.FAILED)

    def is_broken_off(self, now: float) -> bool:
        """Tell whether the hub that began it is not at it any more."""
        return not self.done and now - self.at > BROKEN_OFF_AFTER

    def ended(self, step: Step, now: float) -> Self:
        """Give the result with a last step."""
        return replace(self, steps=(*self.steps, step), doing="", done=True, at=now)

    def to_json(self) -> str:
        return _to_json(self)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote; raises UnreadableOrder."""
        fields = _with_tuples(_read(text), "lines")
        try:
            steps = tuple(
                Step(**step | {"outcome": StepOutcome(step["outcome"])}) for step in fields["steps"]
            )
            return cls(**fields | {"steps": steps})
        except (TypeError, KeyError, ValueError) as problem:
            raise UnreadableOrder(f"not a result: {problem}: {text[:200]!r}") from problem


class HubOrders(Protocol):
    """Where orders to hubs wait, and their results. Every call may raise StoreUnavailable."""

    def place(self, order: HubOrder) -> None:
        """Leave an order, which rings its hub; the same order again changes nothing."""

    def order(self, hub: str, id: str) -> HubOrder | None:
        """Give an order, None where there is none (any more)."""

    def since(self, hub: str, earliest: float) -> list[str]:
        """Give the ids of orders that were placed from a time on (epoch seconds), oldest first."""

    def begin(self, hub: str, result: OrderResult) -> bool:
        """Write the first result of an order; False where there is one: another has begun it."""

    def keep(self, hub: str, result: OrderResult) -> None:
        """Write a result in place of the earlier one."""

    def result(self, hub: str, id: str) -> OrderResult | None:
        """Give the result so far, None before the hub has begun."""


class ZoneOrders(Protocol):
    """Where orders to read zones wait. Every call may raise StoreUnavailable."""

    def ask(self, order: ZoneOrder) -> None:
        """Leave an order, which has the zones listed; the same order again changes nothing."""

    def passed_on(self, id: str) -> int | None:
        """Give when an order was passed on (epoch seconds, by the control plane's clock)."""

    def note_passed_on(self, id: str, time: int) -> None:
        """Note that it was passed on; of an order that is no longer there nothing."""


class Sweeps(Protocol):
    """What looks at everything by the clock, and may be had look now."""

    def start(self) -> None:
        """Have a sweep begin, not waiting for it; raises MessagingFailed."""


class OrderBell(Protocol):
    """Rings hubs for what is in the table. Every call may raise MessagingFailed."""

    def order_placed(self, hub: str, id: str) -> None:
        """Tell a hub that there is an order for it."""

    def mesh_applied(self, number: int) -> None:
        """Tell every hub that there is a new version of the mesh definition."""


def new_id(now: float) -> str:
    """Give a new order's id; ids sort as the times (epoch seconds) that they were made at."""
    return f"{_sortable(now)}-{secrets.token_hex(4)}"


def first_id(time: float) -> str:
    """Give what is not above any id that was made at a time (epoch seconds)."""
    return _sortable(time)


def _sortable(time: float) -> str:
    return f"{max(0, int(time * 1000)):013d}"


def _to_json(value: Any) -> str:
    return json.dumps(asdict(value), separators=(",", ":"))


def _read(text: str) -> dict[str, Any]:
    try:
        fields = json.loads(text)
    except ValueError as problem:
        raise UnreadableOrder(f"not JSON ({problem}): {text[:200]!r}") from problem
    if not isinstance(fields, dict):
        raise UnreadableOrder(f"no JSON object: {text[:200]!r}")
    return fields


def _with_tuples(fields: dict[str, Any], *names: str) -> dict[str, Any]:
    return fields | {name: tuple(fields.get(name) or ()) for name in names}

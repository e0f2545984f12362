"""The use case: somebody orders something of hubs, and reads what comes of it."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from zonemesh.audit import ORDER, AuditEntry
from zonemesh.duration import duration
from zonemesh.noting import AuditPorts, Say, caller, keep
from zonemesh.orders.order import HubOrder, HubOrders, OrderKind, OrderResult, new_id
from zonemesh.ports import HubReports
from zonemesh.status.hubs import HubState, HubStatus

# Nothing is changed by them, and the order itself says for a week who wanted to know.
_NOT_NOTED = frozenset({OrderKind.PLAN})


class OrderingPorts(AuditPorts, Protocol):
    """What orders to hubs are given with."""

    @property
    def hub_orders(self) -> HubOrders: ...
    @property
    def reports(self) -> HubReports: ...


@dataclass(frozen=True, slots=True)
class Standing:
    """An order, what came of it so far, and how its hub is; `result` is None before it began."""

    order: HubOrder
    result: OrderResult | None
    hub: HubStatus

    @property
    def done(self) -> bool:
        return self.result is not None and self.result.done

    @property
    def ok(self) -> bool:
        return self.result is not None and self.result.ok


def give(
    ports: OrderingPorts,
    kind: OrderKind,
    hubs: Collection[str],
    clock: Callable[[], float],
    say: Say,
    *,
    zones: Sequence[str] = (),
    target: str = "",
) -> list[HubOrder]:
    """Place an order for each hub, and note it in the audit.

    `zones` are keys, none for all of them; `say` is told what went wrong with the audit. Raises
    StoreUnavailable where an order cannot be placed; those before it are.
    """
    who = caller(ports, say)
    placed = []
    for hub in hubs:
        asked_at = clock()
        order = HubOrder(new_id(asked_at), hub, kind, asked_at, who, tuple(zones), target)
        ports.hub_orders.place(order)
        placed.append(order)
        if kind not in _NOT_NOTED:
            detail = f"{kind}{_of(zones)} ({order.id})"
            keep(ports, AuditEntry(int(asked_at), ORDER, None, None, who, detail, hub=hub), say)
    return placed


def _of(zones: Sequence[str]) -> str:
    if not zones:
        return ""
    return f" of {zones[0]}" if len(zones) == 1 else f" of {len(zones)} zones"


def standings(ports: OrderingPorts, orders: Sequence[HubOrder]) -> list[Standing]:
    """Read how it goes with orders; raises StoreUnavailable."""
    return [
        Standing(
            order,
            ports.hub_orders.result(order.hub, order.id),
            HubStatus(order.hub, ports.reports.zone_reports(order.hub, ()).heartbeat),
        )
        for order in orders
    ]


def why_not_done(standing: Standing, now: float) -> str:
    """Say why an order is not done, as far as can be known; `now` is in epoch seconds."""
    if (result := standing.result) is not None:
        at = f" at {result.doing}" if result.doing else ""
        silent = duration(max(0.0, now - result.at))
        return f"it began and is not done: it is{at}, and has said nothing for {silent}"
    heard = standing.hub.heard_at
    if heard is None:
        return "it was never heard of: does it run, with its own name, table and credentials?"
    ago = duration(max(0.0, now - heard))
    if standing.hub.state(now) is HubState.OFFLINE:
        return (
            f"it was not heard of for {ago}: it does not run, or has no way to AWS. When it is "
            "back within ten minutes it carries the order out"
        )
    return (
        f"it was heard of {ago} ago and has not taken the order up: it may be at another one, or "
        "its queue does not reach it; it looks for orders itself when it next compares everything"
    )

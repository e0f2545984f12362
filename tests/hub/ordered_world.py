"""Orders to the hub of a world, and what comes of them."""

import time

from local.servers.client import wait_until
from tests.hub.world import HUB, HubWorld
from zonemesh.orders.order import HubOrder, OrderKind, OrderResult, StepOutcome, new_id

PATIENCE = 90.0  # seconds


def place(
    world: HubWorld,
    kind: OrderKind,
    *,
    zones: tuple[str, ...] = (),
    target: str = "",
    rung: bool = True,
) -> HubOrder:
    """Order something of the hub; its ring may be lost."""
    order = HubOrder(new_id(time.time()), HUB, kind, time.time(), "carol", zones, target)
    world.orders.place(order)
    if rung:
        world.inbox.put(f'{{"order": "{order.id}"}}')
    return order


def await_done(world: HubWorld, order: HubOrder) -> OrderResult:
    def is_done() -> bool:
        result = world.orders.result(HUB, order.id)
        return result is not None and result.done

    wait_until(f"{order.kind} is done", is_done, PATIENCE)
    result = world.orders.result(HUB, order.id)
    assert result is not None
    return result


def outcomes(result: OrderResult) -> dict[str, StepOutcome]:
    return {step.name: step.outcome for step in result.steps}

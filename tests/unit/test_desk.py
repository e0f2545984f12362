"""Orders are carried out once each, told step by step, and none holds up what it need not."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

import pytest

from hub_container.ordered.desk import Act, Desk
from hub_container.ordered.progress import Progress, StepFailed
from local.servers.client import wait_until
from tests.fakes.memory import MemoryHubOrders
from zonemesh.errors import StoreUnavailable
from zonemesh.orders.order import HubOrder, OrderKind, OrderResult, StepOutcome, new_id

HUB = "hq"


@dataclass
class World:
    """A desk whose acts a test gives; `done` has the orders that were carried out."""

    orders: MemoryHubOrders = field(default_factory=MemoryHubOrders)
    acts: dict[OrderKind, Act] = field(default_factory=dict)
    done: list[HubOrder] = field(default_factory=list)
    desks: list[Desk] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.acts.update(dict.fromkeys(OrderKind, self.noting))

    def noting(self, order: HubOrder, progress: Progress) -> None:
        self.done.append(order)

    def desk(self) -> Desk:
        self.desks.append(Desk(HUB, self.orders, self.acts))
        self.desks[-1].start()
        return self.desks[-1]

    def place(self, kind: OrderKind = OrderKind.TEST, age: float = 0.0) -> HubOrder:
        asked_at = time.time() - age
        order = HubOrder(new_id(asked_at), HUB, kind, asked_at, "carol")
        self.orders.place(order)
        return order

    def await_result(self, order: HubOrder, holds: Callable[[OrderResult], bool]) -> OrderResult:
        def is_so() -> bool:
            result = self.orders.result(HUB, order.id)
            return result is not None and holds(result)

        wait_until("the order's result is as expected", is_so, 30)
        result = self.orders.result(HUB, order.id)
        assert result is not None
        return result

    def await_done(self, order: HubOrder) -> OrderResult:
        return self.await_result(order, lambda result: result.done)


@pytest.fixture
def world() -> Iterator[World]:
    world = World()
    yield world
    for desk in world.desks:
        desk.stop()


def test_steps_are_told_as_they_come(world: World) -> None:
    go_on = threading.Event()

    def act(order: HubOrder, progress: Progress) -> None:
        with progress.step("first") as note:
            note.detail = "all well"
        with progress.step("second"):
            assert go_on.wait(30)

    world.acts[OrderKind.TEST] = act
    order = world.place()
    world.desk().ring(order.id)
    so_far = world.await_result(order, lambda result: result.doing == "second")
    (first,) = so_far.steps
    assert (first.name, first.outcome, first.detail) == ("first", StepOutcome.OK, "all well")
    assert not so_far.done and not so_far.ok
    go_on.set()
    result = world.await_done(order)
    assert [step.name for step in result.steps] == ["first", "second"]
    assert result.ok and result.doing == ""


def test_a_step_that_fails_says_why_and_ends_the_order(world: World) -> None:
    def act(order: HubOrder, progress: Progress) -> None:
        with progress.step("mesh"):
            raise StepFailed("the table is away")
        world.done.append(order)

    world.acts[OrderKind.REFRESH] = act
    order = world.place(OrderKind.REFRESH)
    world.desk().ring(order.id)
    result = world.await_done(order)
    assert not result.ok
    assert [(step.outcome, step.detail) for step in result.steps] == [
        (StepOutcome.FAILED, "the table is away")
    ]
    assert world.done == []


def test_what_nobody_foresaw_is_in_the_result(world: World) -> None:
    def act(order: HubOrder, progress: Progress) -> None:
        raise ZeroDivisionError("by zero")

    world.acts[OrderKind.RESTART] = act
    order = world.place(OrderKind.RESTART)
    world.desk().ring(order.id)
    (step,) = world.await_done(order).failures
    assert step.detail == "ZeroDivisionError: by zero"


def test_a_lost_ring_and_a_doubled_one_come_to_the_same(world: World) -> None:
    lost, doubled = world.place(), world.place()
    desk = world.desk()  # looks when it starts
    desk.ring(doubled.id)
    desk.ring(doubled.id)
    desk.look()
    world.await_done(lost)
    world.await_done(doubled)
    last = world.place()
    desk.ring(last.id)
    world.await_done(last)
    done = sorted(order.id for order in world.done)
    assert done == sorted([lost.id, doubled.id, last.id])


def test_what_was_carried_out_is_not_done_again_by_the_hub_s_next_run(world: World) -> None:
    order = world.place(OrderKind.RESTART)
    world.desk()
    world.await_done(order)
    world.desks.pop().stop()
    again = world.desk()
    again.ring(order.id)
    last = world.place()
    again.ring(last.id)
    world.await_done(last)
    assert [each.kind for each in world.done] == [OrderKind.RESTART, OrderKind.TEST]


def test_two_desks_of_one_hub_do_not_both_carry_it_out(world: World) -> None:
    desks = [world.desk(), world.desk()]
    orders = [world.place() for _ in range(20)]
    for order in orders:
        for desk in desks:
            desk.ring(order.id)
    for order in orders:
        world.await_done(order)
    assert sorted(each.id for each in world.done) == sorted(each.id for each in orders)


def test_an_order_that_nobody_waits_for_any_more_is_not_carried_out(world: World) -> None:
    order = world.place(OrderKind.RESTART, age=3600)
    world.desk().ring(order.id)
    (step,) = world.await_done(order).failures
    assert "given 60 minutes ago" in step.detail
    assert world.done == []


def test_what_was_broken_off_is_said_to_be_so_and_not_done_again(world: World) -> None:
    order = world.place(OrderKind.RESTART, age=300)
    began = time.time() - 290
    world.orders.begin(HUB, OrderResult(order.id, began, began + 1, doing="NSD"))
    world.desk().look()
    (step,) = world.await_done(order).failures
    assert step.detail.startswith("broken off at NSD")
    assert world.done == []


def test_what_another_is_at_is_left_to_it(world: World) -> None:
    order = world.place()
    at_work = OrderResult(order.id, time.time(), time.time(), doing="NSD")
    world.orders.begin(HUB, at_work)
    desk = world.desk()
    desk.ring(order.id)
    last = world.place()
    desk.ring(last.id)
    world.await_done(last)
    assert world.orders.result(HUB, order.id) == at_work


def test_a_plan_that_takes_long_holds_up_no_other_order(world: World) -> None:
    go_on = threading.Event()

    def plan(order: HubOrder, progress: Progress) -> None:
        assert go_on.wait(30)
        progress.say(["+ www.example.com. 60 IN A 192.0.2.1", *["+ x"] * 600])

    world.acts[OrderKind.PLAN] = plan
    planned, order = world.place(OrderKind.PLAN), world.place()
    world.desk()
    world.await_done(order)
    go_on.set()
    lines = world.await_done(planned).lines
    assert lines[0] == "+ www.example.com. 60 IN A 192.0.2.1"
    assert (len(lines), lines[-1]) == (501, "… and 101 more lines")


def test_a_table_that_is_away_for_a_moment_costs_no_order(world: World) -> None:
    class Flaky(MemoryHubOrders):
        left = 2

        def order(self, hub: str, id: str) -> HubOrder | None:
            self.left -= 1
            if self.left >= 0:
                raise StoreUnavailable("away")
            return super().order(hub, id)

    world.orders = Flaky()
    order = world.place()
    world.desk()
    assert world.await_done(order).ok


def test_orders_and_results_are_read_as_they_were_written() -> None:
    order = replace(World().place(OrderKind.PLAN), zones=("a", "b"), target="copy")
    assert HubOrder.from_json(order.to_json()) == order

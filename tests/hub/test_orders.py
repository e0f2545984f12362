"""Orders that NSD did not hear are kept and given again, and no oftener than they should."""

import time
from pathlib import Path

import pytest

from hub_container.hub import Hub
from hub_container.nsd_control import NsdControl, NsdMissing, NsdRefused
from hub_container.orders import Orders
from local.servers.client import wait_until
from tests.hub.world import HubWorld, address_lines

APEX, OTHER = "example.com.", "other.example."
PROBLEMS = [NsdRefused("no"), NsdMissing("no nsd-control"), OSError("no memory")]


class RecordingControl(NsdControl):
    """Hears nothing while it has a problem; `orders` are all that were given, heard or not."""

    __slots__ = ("orders", "problem")

    def __init__(self) -> None:
        super().__init__(Path("nsd.conf"))
        object.__setattr__(self, "orders", [])
        self.fails_with(None)

    def fails_with(self, problem: Exception | None) -> None:
        object.__setattr__(self, "problem", problem)

    def _command(self, *command: str) -> None:
        self.orders.append(" ".join(command))
        if self.problem:
            raise self.problem

    def taken(self) -> list[str]:
        """The orders since the last call."""
        taken = list(self.orders)
        self.orders.clear()
        return taken


@pytest.fixture
def control() -> RecordingControl:
    return RecordingControl()


@pytest.mark.parametrize("problem", PROBLEMS, ids=lambda problem: type(problem).__name__)
def test_all_that_was_not_heard_is_repeated_in_order_until_it_is(
    control: RecordingControl, problem: Exception
) -> None:
    changes = iter([True])
    orders = Orders(control, lambda: next(changes, False))
    control.fails_with(problem)
    everything = ["reconfig", f"reload {APEX}"]
    orders.give([APEX], True)
    assert control.taken() == everything
    assert not orders.repeat([APEX])
    assert control.taken() == everything
    assert orders.again_at is not None
    control.fails_with(None)
    assert orders.repeat([APEX])
    assert control.taken() == everything
    assert orders.again_at is None
    assert not orders.repeat([APEX])
    assert control.taken() == []


def test_a_configuration_that_could_not_be_written_is_written_again(
    control: RecordingControl,
) -> None:
    outcomes = iter([OSError("disk full"), True, False])

    def configure() -> bool:
        if isinstance(outcome := next(outcomes), OSError):
            raise outcome
        return outcome

    orders = Orders(control, configure)
    orders.give([], True)
    assert control.taken() == []
    assert orders.repeat([])
    assert control.taken() == ["reconfig"]
    orders.give([], True)
    assert control.taken() == []  # it has not changed


def test_orders_that_are_heard_do_not_put_off_the_others(control: RecordingControl) -> None:
    orders = Orders(control, lambda: False)
    control.fails_with(PROBLEMS[0])
    orders.give([APEX], False)
    due = orders.again_at
    control.fails_with(None)
    orders.give([OTHER], False)
    assert orders.again_at == due is not None
    control.taken()
    assert orders.repeat([APEX, OTHER])
    assert control.taken() == [f"reload {APEX}"]


def test_a_zone_that_left_is_not_ordered_again(control: RecordingControl) -> None:
    orders = Orders(control, lambda: False)
    control.fails_with(PROBLEMS[0])
    orders.give([APEX, OTHER], False)
    control.taken()
    orders.repeat([OTHER])
    assert control.taken() == [f"reload {OTHER}"]
    orders.repeat([])
    assert control.taken() == []
    assert orders.again_at is None


def test_many_zones_are_one_order(control: RecordingControl) -> None:
    apexes = [f"z{number}.example." for number in range(20)]
    orders = Orders(control, lambda: False)
    control.fails_with(PROBLEMS[0])
    orders.give([APEX], False)
    orders.give(apexes, False)
    orders.repeat([APEX, *apexes])
    assert control.taken() == [f"reload {APEX}", "reload", "reload"]
    control.fails_with(None)
    orders.give(apexes, False)  # NSD looks at all files, those that it was named before too
    assert orders.again_at is None


def test_a_deaf_nsd_is_told_again_at_a_bounded_rate(
    world: HubWorld, control: RecordingControl, monkeypatch: pytest.MonkeyPatch
) -> None:
    pause = 0.3
    monkeypatch.setattr("hub_container.orders._TELL_AGAIN", pause)
    monkeypatch.setattr("hub_container.hub.NsdControl", lambda _: control)
    world.join(APEX)
    world.publish(APEX, 1, address_lines(APEX, 3))
    control.fails_with(PROBLEMS[0])

    def asked(hub: Hub) -> int:
        return control.orders.count("reconfig")

    with world.running() as hub:
        wait_until("the zone is ordered", lambda: f"reload {APEX}" in control.orders)
        wait_until("NSD runs", lambda: hub.nsd.state == "running")
        wait_until("the hub is at rest", lambda: hub.workers.idle and hub.reloads.idle)
        before, began = asked(hub), time.monotonic()
        wait_until("it is told again", lambda: asked(hub) >= before + 5)
        assert asked(hub) - before <= (time.monotonic() - began) / pause + 2

"""Orders are given to hubs by name, noted with who gave them, and explained when nobody answers."""

from dataclasses import dataclass, field

import pytest

from tests.fakes.memory import MemoryAudit, MemoryHubOrders, MemoryHubReports
from zonemesh.audit import ORDER
from zonemesh.chosen_hubs import hubs_chosen
from zonemesh.errors import StoreUnavailable, UnknownHub
from zonemesh.orders.order import OrderKind, OrderResult, Step, StepOutcome
from zonemesh.orders.ordering import give, standings, why_not_done

NOW = 1_790_000_000.0
CAROL = "arn:aws:iam::123456789012:user/carol"


class Carol:
    """An identity; with `silent` nobody tells it."""

    silent = False

    def arn(self) -> str:
        if self.silent:
            raise StoreUnavailable("STS is away")
        return CAROL


@dataclass
class Ports:
    hub_orders: MemoryHubOrders = field(default_factory=MemoryHubOrders)
    reports: MemoryHubReports = field(default_factory=MemoryHubReports)
    audit: MemoryAudit = field(default_factory=MemoryAudit)
    identity: Carol = field(default_factory=Carol)
    said: list[str] = field(default_factory=list)

    def give(self, kind: OrderKind, *hubs: str, **more):
        return give(self, kind, hubs, lambda: NOW, self.said.append, **more)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (["hq"], ["hq"]),
        (["*"], ["branch-1", "branch-2", "hq"]),
        (["branch-*", "branch-1"], ["branch-1", "branch-2"]),
        (["branch-?"], ["branch-1", "branch-2"]),
    ],
)
def test_hubs_are_meant_by_name_or_pattern(wanted, found):
    assert hubs_chosen(wanted, ["hq", "branch-2", "branch-1"]) == found


@pytest.mark.parametrize("wanted", ["hub", "h?x", "hq*x"])
def test_what_is_no_hub_is_told_with_those_there_are(wanted):
    with pytest.raises(UnknownHub, match="known: branch, hq"):
        hubs_chosen([wanted], ["hq", "branch"])


def test_each_hub_gets_an_order_and_the_audit_tells_who_gave_it():
    ports = Ports()
    orders = ports.give(OrderKind.RESTART, "branch", "hq")
    assert [(order.hub, order.kind, order.who) for order in orders] == [
        ("branch", OrderKind.RESTART, CAROL),
        ("hq", OrderKind.RESTART, CAROL),
    ]
    assert all(ports.hub_orders.order(order.hub, order.id) == order for order in orders)
    (entry,) = ports.audit.order_entries("hq", 10)
    assert (entry.action, entry.who, entry.zone) == (ORDER, CAROL, None)
    assert entry.detail == f"restart ({orders[1].id})"
    assert ports.said == []


def test_a_plan_changes_nothing_and_is_not_noted():
    ports = Ports()
    ports.give(OrderKind.PLAN, "hq", zones=("z",), target="copy")
    assert ports.audit.noted == []


def test_that_nobody_tells_who_it_was_is_said_and_hinders_nothing():
    ports = Ports()
    ports.identity.silent = True
    (order,) = ports.give(OrderKind.TEST, "hq")
    assert order.who == ""
    assert "STS is away" in ports.said[0]


def heard(ports: Ports, ago: float, **more) -> None:
    ports.reports.heartbeat("hq", {"at": NOW - ago, "ready": True, **more})


def why(ports: Ports) -> str:
    orders = ports.give(OrderKind.TEST, "hq")
    (standing,) = standings(ports, orders)
    assert not standing.done and not standing.ok
    return why_not_done(standing, NOW)


def test_a_hub_that_was_never_heard_of():
    assert "never heard of" in why(Ports())


def test_a_hub_that_is_silent():
    ports = Ports()
    heard(ports, 600)
    assert "not heard of for 10 min" in why(ports)


def test_a_hub_that_reports_and_does_not_take_it_up():
    ports = Ports()
    heard(ports, 5)
    assert "heard of 5 s ago and has not taken the order up" in why(ports)


def test_a_hub_that_began_and_stopped_telling():
    ports = Ports()
    (order,) = ports.give(OrderKind.RESTART, "hq")
    ports.hub_orders.begin("hq", OrderResult(order.id, NOW - 40, NOW - 30, doing="NSD"))
    (standing,) = standings(ports, [order])
    assert "it is at NSD, and has said nothing for 30 s" in why_not_done(standing, NOW)


def test_an_order_that_is_done():
    ports = Ports()
    (order,) = ports.give(OrderKind.TEST, "hq")
    begun = OrderResult(order.id, NOW, NOW)
    ports.hub_orders.keep("hq", begun.ended(Step("DNS", StepOutcome.OK, 0.1), NOW))
    (standing,) = standings(ports, [order])
    assert standing.done and standing.ok

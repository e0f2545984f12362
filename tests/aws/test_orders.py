"""What HubOrders and ZoneOrders promise, held against memory and DynamoDB alike."""

import pytest

from tests.fakes.memory import MemoryHubOrders, MemoryZoneOrders
from zonemesh.audit import ORDER, AuditEntry
from zonemesh.aws.audit import DynamoAudit
from zonemesh.aws.hub_reports import DynamoHubReports
from zonemesh.aws.orders import DynamoHubOrders, DynamoZoneOrders, hub_orders_partition
from zonemesh.aws.table import Table
from zonemesh.deployment import EXPIRES_AT, ORDERS_PARTITION
from zonemesh.orders.order import (
    KEPT_FOR,
    HubOrder,
    HubOrders,
    OrderKind,
    OrderResult,
    Step,
    StepOutcome,
    ZoneOrder,
    ZoneOrders,
    new_id,
)
from zonemesh.ports import HubReport

NOW = 1_790_000_000.25
CAROL = "arn:aws:iam::123456789012:user/carol"


@pytest.fixture(params=["memory", "dynamodb"])
def orders(request: pytest.FixtureRequest) -> HubOrders:
    if request.param == "memory":
        return MemoryHubOrders()
    return DynamoHubOrders(request.getfixturevalue("table"))


@pytest.fixture(params=["memory", "dynamodb"])
def zone_orders(request: pytest.FixtureRequest) -> ZoneOrders:
    if request.param == "memory":
        return MemoryZoneOrders()
    return DynamoZoneOrders(request.getfixturevalue("table"))


def order(time: float = NOW, hub: str = "hq", kind: OrderKind = OrderKind.TEST) -> HubOrder:
    return HubOrder(new_id(time), hub, kind, time, CAROL, ("route53:main:ü.example.",), "copy")


def test_an_order_comes_back_as_it_was_placed(orders: HubOrders) -> None:
    placed = order()
    orders.place(placed)
    orders.place(placed)
    assert orders.order("hq", placed.id) == placed
    assert orders.order("other", placed.id) is None


def test_a_hubs_orders_since_a_time_are_given_in_the_order_of_their_times(
    orders: HubOrders,
) -> None:
    placed = [order(NOW + seconds) for seconds in (0, 700, 300, 1300)]
    for each in (*placed, order(NOW + 900, hub="h"), order(NOW + 900, hub="hq2")):
        orders.place(each)
    assert orders.since("hq", NOW + 300) == [placed[2].id, placed[1].id, placed[3].id]
    assert orders.since("hq", NOW + 1301) == []


def test_a_result_is_begun_by_one_and_grows(orders: HubOrders) -> None:
    begun = OrderResult("17-a", NOW, NOW, doing="the serving NSD")
    assert orders.result("hq", "17-a") is None
    assert orders.begin("hq", begun)
    assert not orders.begin("hq", OrderResult("17-a", NOW + 1, NOW + 1))
    assert orders.result("hq", "17-a") == begun
    ended = begun.ended(Step("ü", StepOutcome.FAILED, 0.5, "why"), NOW + 2)
    orders.keep("hq", ended)
    assert orders.result("hq", "17-a") == ended
    assert ended.done and not ended.ok
    assert orders.result("other", "17-a") is None


def test_an_order_of_zones_is_noted_as_passed_on(zone_orders: ZoneOrders) -> None:
    placed = ZoneOrder(new_id(NOW), ("route53:main:example.com.",), NOW, CAROL)
    zone_orders.ask(placed)
    assert zone_orders.passed_on(placed.id) is None
    zone_orders.note_passed_on(placed.id, 1_790_000_001)
    assert zone_orders.passed_on(placed.id) == 1_790_000_001


def test_an_order_that_is_gone_is_not_made_anew_by_a_note(zone_orders: ZoneOrders) -> None:
    zone_orders.note_passed_on("17-a", 1_790_000_001)
    assert zone_orders.passed_on("17-a") is None


def test_a_hubs_reports_of_some_zones_are_read_with_its_heartbeat(table: Table) -> None:
    reports = DynamoHubReports(table)
    assert reports.zone_reports("hq", ["a"]) == HubReport(None, {})
    reports.heartbeat("hq", {"at": 1})
    for zone in ("a", "b"):
        reports.zone_status("hq", zone, {"serial": 7})
    assert reports.zone_reports("hq", ["a", "c"]) == HubReport({"at": 1}, {"a": {"serial": 7}})
    assert reports.zone_reports("hq", ()) == HubReport({"at": 1}, {})


def test_orders_and_results_expire_and_audit_and_heartbeats_do_not(table: Table) -> None:
    orders, placed = DynamoHubOrders(table), order()
    orders.place(placed)
    orders.begin("hq", OrderResult(placed.id, NOW, NOW))
    DynamoZoneOrders(table).ask(ZoneOrder(new_id(NOW), (), NOW))
    DynamoAudit(table).note(AuditEntry(int(NOW), ORDER, None, None, CAROL, "test", hub="hq"))
    DynamoHubReports(table).heartbeat("hq", {})
    items = [
        item
        for partition, sort in (
            (hub_orders_partition("hq"), "order"),
            (hub_orders_partition("hq"), "audit"),
            ("hub#hq", "heartbeat"),
            ("hub#hq", "result"),
            (ORDERS_PARTITION, "sync"),
        )
        for item in table.query(partition, sort)
    ]
    expiring = {item["sk"].partition("#")[0]: item.get(EXPIRES_AT) for item in items}
    kept_until = int(NOW) + KEPT_FOR
    assert expiring == {"audit": None, "heartbeat": None} | dict.fromkeys(
        ("order", "result", "sync"), kept_until
    )
    assert orders.since("hq", 0) == [placed.id]

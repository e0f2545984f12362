"""Orders in the table: an item an order, which its stream passes on, and results under the hub's.

An order is in a partition that hubs only read, its result in the one that its hub alone writes: a
role's policy tells partitions apart, no more.
"""

from zonemesh.aws.table import ABSENT, Item, Key, Put, Table, keyed
from zonemesh.deployment import (
    EXPIRES_AT,
    HUB_PREFIX,
    ORDER_SORT,
    ORDERS_PARTITION,
    SORT_KEY,
    SYNC_SORT,
)
from zonemesh.orders.order import KEPT_FOR, HubOrder, OrderResult, ZoneOrder, first_id

_RESULT = "result#"
_MOST = 100  # orders that are looked through; nobody gives a hub so many in ten minutes
_AFTER_ALL = f"{ORDER_SORT.removesuffix('#')}$"  # the character after `#`


def hub_orders_partition(hub: str) -> str:
    """Give the partition of the orders to a hub."""
    return f"{ORDERS_PARTITION}#{hub}"


class DynamoHubOrders:
    """HubOrders in the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def place(self, order: HubOrder) -> None:
        item = _kept(_order_key(order.hub, order.id), order.to_json(), order.asked_at)
        self._table.put(Put(item, ABSENT))

    def order(self, hub: str, id: str) -> HubOrder | None:
        item = self._table.get(_order_key(hub, id))
        return HubOrder.from_json(item["text"]) if item else None

    def since(self, hub: str, earliest: float) -> list[str]:
        items = self._table.query_back(
            hub_orders_partition(hub),
            f"{ORDER_SORT}{first_id(earliest)}",
            below=_AFTER_ALL,
            most=_MOST,
        )
        return [item[SORT_KEY].removeprefix(ORDER_SORT) for item in reversed(items)]

    def begin(self, hub: str, result: OrderResult) -> bool:
        return self._table.put(Put(_result_item(hub, result), ABSENT))

    def keep(self, hub: str, result: OrderResult) -> None:
        self._table.put(Put(_result_item(hub, result)))

    def result(self, hub: str, id: str) -> OrderResult | None:
        item = self._table.get(_result_key(hub, id))
        return OrderResult.from_json(item["text"]) if item else None


class DynamoZoneOrders:
    """ZoneOrders in the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def ask(self, order: ZoneOrder) -> None:
        item = _kept(_sync_key(order.id), order.to_json(), order.asked_at)
        self._table.put(Put(item, ABSENT))

    def passed_on(self, id: str) -> int | None:
        item = self._table.get(_sync_key(id)) or {}
        return item.get("passed_on")

    def note_passed_on(self, id: str, time: int) -> None:
        change, values = "SET passed_on = :time", {":time": time}
        self._table.update(_sync_key(id), change, f"NOT {ABSENT}", values)


def _order_key(hub: str, id: str) -> Key:
    return hub_orders_partition(hub), f"{ORDER_SORT}{id}"


def _sync_key(id: str) -> Key:
    return ORDERS_PARTITION, f"{SYNC_SORT}{id}"


def _result_key(hub: str, id: str) -> Key:
    return f"{HUB_PREFIX}{hub}", f"{_RESULT}{id}"


def _result_item(hub: str, result: OrderResult) -> Item:
    return _kept(_result_key(hub, result.order), result.to_json(), result.began_at)


def _kept(key: Key, text: str, time: float) -> Item:
    return keyed(key, text=text, **{EXPIRES_AT: int(time) + KEPT_FOR})

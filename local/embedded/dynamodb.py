"""DynamoDB's limits and read units where MiniStack is more generous than AWS.

Items are `{name: {type: value}}` as on the wire; sizes are bytes as DynamoDB counts them.
Sources: the BatchGetItem and TransactWriteItems API references; for units
docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from typing import Any

from ministack.services import dynamodb

Answer = tuple[int, dict[str, str], bytes]
Operation = Callable[[dict[str, Any]], Answer]

BATCH_PARTITION_LIMIT = 1024 * 1024  # bytes that BatchGetItem reads of one partition
BATCH_LIMIT = 16 * 1024 * 1024  # bytes that one BatchGetItem answers
TRANSACTION_LIMIT = 4 * 1024 * 1024  # bytes of all items of one transaction
_MOST_ACTIONS = 100  # of a transaction; more is MiniStack's to refuse
_READ_UNIT = 4096  # bytes that one strongly consistent unit reads
_UNLIMITED = 1 << 60

_page_size: ContextVar[int] = ContextVar("zonemesh_page_size", default=0)


def install() -> None:
    """Put the limits and the read units in force; call once."""
    dynamodb._DDB_TXN_MAX_BYTES = _UNLIMITED  # it counts base64 in JSON, a third too much
    dynamodb._transact_write_items = _limited_transaction(dynamodb._transact_write_items)
    dynamodb._transact_get_items = _with_transaction_units(dynamodb._transact_get_items)
    dynamodb._batch_get_item = _limited_batch(dynamodb._batch_get_item)
    dynamodb._paginate_evaluated_items = _noting_size(dynamodb._paginate_evaluated_items)
    dynamodb._add_consumed_capacity = _with_read_units(dynamodb._add_consumed_capacity)


def read_units(size: int, consistent: bool) -> float:
    """Units of reading `size` bytes at once; an absent item costs as much as a small one."""
    whole = max(1, math.ceil(size / _READ_UNIT))
    return float(whole) if consistent else whole / 2


def _size(item: Mapping[str, Any] | None) -> int:
    return int(dynamodb._item_size_bytes(item)) if item else 0


def _stored(table: str, key: Any) -> dict[str, Any] | None:
    found = dynamodb._tables.get(dynamodb._normalize_table_name(table))
    if not found or not isinstance(key, dict):
        return None
    item: dict[str, Any] | None = dynamodb._get_item_by_key(found, key)
    return item


# Query, Scan and GetItem


def _noting_size(paginate: Callable[..., tuple[list[Any], bool]]) -> Callable[..., Any]:
    """Remember how much a page read, before filter and projection: that is what is paid."""

    def paginate_evaluated_items(
        items: list[Any], limit: Any, table: Any, index_name: Any = None
    ) -> tuple[list[Any], bool]:
        page, more = paginate(items, limit, table, index_name)
        project = dynamodb._apply_index_projection
        entries = [project(item, table, index_name) for item in page] if index_name else page
        _page_size.set(sum(_size(entry) for entry in entries))
        return page, more

    return paginate_evaluated_items


def _with_read_units(add: Callable[..., None]) -> Callable[..., None]:
    """MiniStack says one unit for every read; the size decides."""

    def add_consumed_capacity(
        result: dict[str, Any], data: dict[str, Any], table_name: str, **kwargs: Any
    ) -> None:
        add(result, data, table_name, **kwargs)
        if kwargs.get("write") or "ConsumedCapacity" not in result:
            return
        read = _size(_stored(table_name, data["Key"])) if "Key" in data else _page_size.get()
        units = read_units(read, bool(data.get("ConsistentRead")))
        _replace_units(result["ConsumedCapacity"], units)

    return add_consumed_capacity


def _replace_units(capacity: dict[str, Any], units: float) -> None:
    """Put `units` wherever MiniStack put its own figure for the read."""
    capacity["CapacityUnits"] = units
    for part in ("Table", "GlobalSecondaryIndexes", "LocalSecondaryIndexes"):
        entries = [capacity[part]] if part == "Table" and part in capacity else []
        if part != "Table":
            entries = list(capacity.get(part, {}).values())
        for entry in entries:
            if entry["CapacityUnits"]:
                entry["CapacityUnits"] = units


# BatchGetItem


def _limited_batch(batch_get: Operation) -> Operation:
    def batch_get_item(data: dict[str, Any]) -> Answer:
        answer = batch_get(data)  # with all keys first: it says what is wrong with them
        if answer[0] != 200:
            return answer
        taken, left = _split(data["RequestItems"])
        if left:
            answer = batch_get({**data, "RequestItems": taken}) if taken else answer
        wants_units = data.get("ReturnConsumedCapacity", "NONE") != "NONE"
        if not left and not wants_units:
            return answer
        document = json.loads(answer[2])
        document["UnprocessedKeys"] = left
        if wants_units:
            document["ConsumedCapacity"] = _batch_units(taken)
        answered: Answer = dynamodb.json_response(document)
        return answered

    return batch_get_item


def _split(asked: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The requests that one answer has room for, and those left to another call."""
    total = 0
    read: dict[tuple[str, str], int] = {}
    taken: dict[str, Any] = {}
    left: dict[str, Any] = {}
    for table, request in asked.items():
        partition_key = dynamodb._tables[dynamodb._normalize_table_name(table)]["pk_name"]
        for key in request.get("Keys", ()):
            size = _size(_stored(table, key))
            partition = (table, json.dumps(key.get(partition_key)))
            before = read.get(partition, 0)
            full = before and before + size > BATCH_PARTITION_LIMIT
            room = not full and total + size <= BATCH_LIMIT
            if room:
                read[partition] = before + size
                total += size
            half = taken if room else left
            half.setdefault(table, {**request, "Keys": []})["Keys"].append(key)
    return taken, left


def _batch_units(asked: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each item is rounded up by itself."""
    consumed = []
    for table, request in asked.items():
        consistent = bool(request.get("ConsistentRead"))
        keys = request.get("Keys", ())
        units = sum(read_units(_size(_stored(table, key)), consistent) for key in keys)
        consumed.append(
            {"TableName": table, "CapacityUnits": units, "Table": {"CapacityUnits": units}}
        )
    return consumed


# Transactions


def _limited_transaction(transact: Operation) -> Operation:
    def transact_write_items(data: dict[str, Any]) -> Answer:
        items = data.get("TransactItems")
        if isinstance(items, list) and len(items) <= _MOST_ACTIONS:
            size = sum(_action_size(action) for action in items)
            if size > TRANSACTION_LIMIT:
                refused: Answer = dynamodb.error_response_json(
                    "ValidationException",
                    f"Transaction request of {size} bytes exceeds the limit of "
                    f"{TRANSACTION_LIMIT} bytes",
                    400,
                )
                return refused
        return transact(data)

    return transact_write_items


def _action_size(action: Any) -> int:
    """Bytes of the item an action is about, as it is or as the action brings it."""
    if not isinstance(action, dict):
        return 0
    size = 0
    for detail in action.values():
        if not isinstance(detail, dict):
            continue
        key = detail.get("Key")
        brought = _size(detail.get("Item")) or _size(key)
        brought += _size(detail.get("ExpressionAttributeValues"))
        size += max(brought, _size(_stored(str(detail.get("TableName")), key)))
    return size


def _with_transaction_units(transact: Operation) -> Operation:
    """A transactional read costs double, each item by its own size."""

    def transact_get_items(data: dict[str, Any]) -> Answer:
        answer = transact(data)
        if answer[0] != 200 or data.get("ReturnConsumedCapacity", "NONE") == "NONE":
            return answer
        units: dict[str, float] = {}
        for action in data["TransactItems"]:
            table, key = action["Get"]["TableName"], action["Get"]["Key"]
            cost = 2 * read_units(_size(_stored(table, key)), consistent=True)
            units[table] = units.get(table, 0.0) + cost
        document = json.loads(answer[2])
        for entry in document["ConsumedCapacity"]:
            cost = units[entry["TableName"]]
            for shown in (entry, entry.get("Table", {})):
                shown |= {"CapacityUnits": cost, "ReadCapacityUnits": cost}
        answered: Answer = dynamodb.json_response(document)
        return answered

    return transact_get_items

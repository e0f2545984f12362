"""The one table: items as plain values, batches that are finished, transactions that are settled.

An item is a dict of strings, integers, bytes and lists of strings. Every failure to be served is
a StoreUnavailable.
"""

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from zonemesh.aws.backoff import Sleep, attempts
from zonemesh.aws.failures import error_code, is_passing, store_calls
from zonemesh.deployment import PARTITION_KEY, SORT_KEY
from zonemesh.errors import StoreUnavailable

Key = tuple[str, str]  # partition, sort
Item = dict[str, Any]

# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
GET_MOST = 100  # keys a BatchGetItem
WRITE_MOST = 25  # puts a BatchWriteItem; of items under 400 KB they stay under its 16 MB
AT_ONCE = 8  # batches in flight: keeps one zone's first snapshot from taking minutes

_Batch = TypeVar("_Batch")
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Put:
    """An item to be put where the condition holds.

    `values` are the condition's, by `:name`. Its attributes stand as they are called, so none may
    be called by a reserved word (such as `number` or `at`).
    """

    item: Item
    condition: str | None = None
    values: Mapping[str, Any] = field(default_factory=dict)

    def request(self) -> dict[str, Any]:
        request: dict[str, Any] = {"Item": _typed_item(self.item)}
        if self.condition:
            request["ConditionExpression"] = self.condition
        if self.values:
            request["ExpressionAttributeValues"] = _typed_item(self.values)
        return request


ABSENT = f"attribute_not_exists({PARTITION_KEY})"


class Table:
    """A table of two string keys, reached through a DynamoDB client."""

    def __init__(self, client: Any, name: str, sleep: Sleep = time.sleep) -> None:
        self.name = name
        self._client, self._sleep = client, sleep

    def get(self, key: Key) -> Item | None:
        """Read one item, strongly consistent."""
        with store_calls(f"reading {key} from table {self.name}"):
            answer = self._client.get_item(
                TableName=self.name, Key=_typed_key(key), ConsistentRead=True
            )
        return _plain_item(answer["Item"]) if "Item" in answer else None

    def get_many(self, keys: Collection[Key], *, consistent: bool) -> dict[Key, Item]:
        """Read items by key; those that are not there are left out."""
        batches = _batches(list(dict.fromkeys(keys)), GET_MOST)
        found: dict[Key, Item] = {}
        for items in _each(lambda batch: self._get_batch(batch, consistent), batches):
            found.update({key_of(item): item for item in items})
        return found

    def _get_batch(self, keys: Sequence[Key], consistent: bool) -> list[Item]:
        """Read up to 100 items, asking again for what DynamoDB left unprocessed."""
        wanted: Any = [_typed_key(key) for key in keys]
        items: list[Item] = []
        while wanted:
            for _ in attempts(self._sleep):
                with store_calls(f"reading {len(wanted)} items from table {self.name}"):
                    request = {self.name: {"Keys": wanted, "ConsistentRead": consistent}}
                    answer = self._client.batch_get_item(RequestItems=request)
                read = answer["Responses"].get(self.name, [])
                items += map(_plain_item, read)
                wanted = answer.get("UnprocessedKeys", {}).get(self.name, {}).get("Keys", [])
                if read or not wanted:
                    break  # past 1 MB a partition or 16 MB in all the rest is for a further call
            else:
                raise StoreUnavailable(f"table {self.name}: reads throttled; try again later")
        return items

    def put(self, put: Put) -> bool:
        """Put one item; False where its condition does not hold."""
        what = f"writing {key_of(put.item)} to table {self.name}"
        request = put.request()
        return self._once(what, lambda: self._client.put_item(TableName=self.name, **request))

    def update(self, key: Key, change: str, condition: str, values: Mapping[str, Any]) -> bool:
        """Change one item's attributes; False where the condition does not hold."""
        request = {
            "Key": _typed_key(key),
            "UpdateExpression": change,
            "ConditionExpression": condition,
            "ExpressionAttributeValues": _typed_item(values),
        }
        what = f"changing {key} in table {self.name}"
        return self._once(what, lambda: self._client.update_item(TableName=self.name, **request))

    def _once(self, what: str, write: Callable[[], object]) -> bool:
        """Write one item, again while a transaction holds it; False where a condition fails."""
        for _ in attempts(self._sleep):
            with store_calls(what):
                try:
                    write()
                    return True
                except ClientError as problem:
                    if error_code(problem) == "ConditionalCheckFailedException":
                        return False
                    if not _in_progress(problem):  # other passing ones botocore has tried again
                        raise
        raise StoreUnavailable(f"{what}: in conflict with other writers; try again later")

    def put_many(self, items: Iterable[Item]) -> None:
        """Put items with different keys, in no order and not as a whole."""
        for _ in _each(self._put_batch, _batches(list(items), WRITE_MOST)):
            pass

    def _put_batch(self, items: Sequence[Item]) -> None:
        left: Any = [{"PutRequest": {"Item": _typed_item(item)}} for item in items]
        for _ in attempts(self._sleep):
            with store_calls(f"writing {len(left)} items to table {self.name}"):
                answer = self._client.batch_write_item(RequestItems={self.name: left})
            left = answer.get("UnprocessedItems", {}).get(self.name, [])
            if not left:
                return
        raise StoreUnavailable(f"table {self.name}: writes throttled; try again later")

    def put_all_or_none(self, puts: Sequence[Put], token: str) -> bool:
        """Put items in one transaction; False where a condition does not hold.

        Repeating a transaction under its token within 10 minutes changes nothing, so a lost answer
        is asked for again (API reference, TransactWriteItems, ClientRequestToken).
        """
        writes = [{"Put": {"TableName": self.name, **put.request()}} for put in puts]
        what = f"writing {[key_of(put.item) for put in puts]} to table {self.name}"
        for _ in attempts(self._sleep):
            with store_calls(what):
                try:
                    self._client.transact_write_items(
                        TransactItems=writes, ClientRequestToken=token
                    )
                    return True
                except ClientError as problem:
                    reasons = _cancellation_reasons(problem)
                    if "ConditionalCheckFailed" in reasons:
                        return False
                    if not (reasons & _PASSING or _in_progress(problem) or is_passing(problem)):
                        raise
        raise StoreUnavailable(f"{what}: in conflict with other writers; try again later")

    def query(self, partition: str, prefix: str) -> Iterator[Item]:
        """Give a partition's items whose sort key begins with `prefix`, in order, consistent."""
        return self._query(
            f"reading {partition}/{prefix}* from table {self.name}",
            KeyConditionExpression=f"{PARTITION_KEY} = :pk AND begins_with({SORT_KEY}, :sk)",
            ExpressionAttributeValues=_typed_item({":pk": partition, ":sk": prefix}),
        )

    def query_back(self, partition: str, first: str, *, below: str, most: int) -> list[Item]:
        """Give a partition's last items, at most `most`, the highest sort key first, consistent.

        Of the sort keys from `first` on, those below `below`; no more is read than is given.
        """
        items = self._query(
            f"reading {partition}/{first}* from table {self.name}",
            KeyConditionExpression=f"{PARTITION_KEY} = :pk AND {SORT_KEY} BETWEEN :first AND :last",
            ExpressionAttributeValues=_typed_item(
                {":pk": partition, ":first": first, ":last": below}
            ),
            ScanIndexForward=False,
            Limit=most + 1,  # BETWEEN has both ends, and nothing goes between a key and the next
        )
        return list(islice((item for item in items if item[SORT_KEY] < below), most))

    def _query(self, what: str, **request: Any) -> Iterator[Item]:
        """Give the items of a query, page after page, as long as somebody takes them."""
        request |= {"TableName": self.name, "ConsistentRead": True}
        while True:
            with store_calls(what):
                answer = self._client.query(**request)
            yield from map(_plain_item, answer["Items"])
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def scan(
        self, attributes: Sequence[str], wanted: str, values: Mapping[str, Any], start: Key | None
    ) -> Iterator[tuple[list[Item], Key | None]]:
        """Look through the whole table, page after page, each with the key that the next is after.

        Of the items that meet the condition `wanted` it gives some attributes. It is billed for all
        that it passes by.
        """
        request: dict[str, Any] = {
            "TableName": self.name,
            # Said although the projection says it: a role's policy can insist on it.
            "Select": "SPECIFIC_ATTRIBUTES",
            "ProjectionExpression": ", ".join(attributes),
            "FilterExpression": wanted,
            "ExpressionAttributeValues": _typed_item(values),
        }
        last = start
        while True:
            if last is not None:
                request["ExclusiveStartKey"] = _typed_key(last)
            with store_calls(f"looking through table {self.name}"):
                answer = self._client.scan(**request)
            following = answer.get("LastEvaluatedKey")
            last = key_of(_plain_item(following)) if following else None
            yield [_plain_item(item) for item in answer["Items"]], last
            if last is None:
                return

    def delete_each(self, keys: Collection[Key], condition: str, values: Mapping[str, Any]) -> int:
        """Delete the items that meet a condition, several at once; gives how many did."""

        def delete(key: Key) -> bool:
            what = f"deleting {key} from table {self.name}"
            request = {
                "TableName": self.name,
                "Key": _typed_key(key),
                "ConditionExpression": condition,
                "ExpressionAttributeValues": _typed_item(values),
            }
            return self._once(what, lambda: self._client.delete_item(**request))

        return sum(_each(delete, list(dict.fromkeys(keys))))

    def delete(self, key: Key) -> None:
        """Delete one item, whether or not it is there."""
        with store_calls(f"deleting {key} from table {self.name}"):
            self._client.delete_item(TableName=self.name, Key=_typed_key(key))


# Why a transaction was cancelled although its conditions hold (API reference, TransactWriteItems).
_PASSING = frozenset({"TransactionConflict", "ProvisionedThroughputExceeded", "ThrottlingError"})


def _cancellation_reasons(problem: ClientError) -> set[str]:
    return {reason.get("Code", "") for reason in problem.response.get("CancellationReasons", [])}


def _in_progress(problem: ClientError) -> bool:
    return error_code(problem) in {"TransactionInProgressException", "TransactionConflictException"}


def key_of(item: Item) -> Key:
    """Give an item's keys."""
    return item[PARTITION_KEY], item[SORT_KEY]


def keyed(key: Key, **attributes: Any) -> Item:
    """Make an item of its keys and attributes."""
    return {PARTITION_KEY: key[0], SORT_KEY: key[1], **attributes}


def _batches(items: list[_Batch], most: int) -> list[list[_Batch]]:
    return [items[start : start + most] for start in range(0, len(items), most)]


def _each(call: Callable[[_Batch], _Result], batches: list[_Batch]) -> Iterator[_Result]:
    """Call for every batch, several at once; the first failure ends it."""
    if len(batches) < 2:
        yield from map(call, batches)
        return
    with ThreadPoolExecutor(min(AT_ONCE, len(batches))) as pool:
        try:
            yield from pool.map(call, batches)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _typed_key(key: Key) -> dict[str, Any]:
    return {PARTITION_KEY: {"S": key[0]}, SORT_KEY: {"S": key[1]}}


def _typed_item(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _typed(value) for name, value in item.items()}


def _typed(value: str | int | bytes | Sequence[str]) -> dict[str, Any]:
    match value:
        case str():
            return {"S": value}
        case int():
            return {"N": str(value)}
        case bytes():
            return {"B": value}
        case _:
            return {"L": [{"S": text} for text in value]}


def _plain_item(item: Mapping[str, Any]) -> Item:
    return {name: _plain(value) for name, value in item.items()}


def _plain(value: Mapping[str, Any]) -> Any:
    ((kind, content),) = value.items()
    match kind:
        case "N":
            return int(content)
        case "B":
            return bytes(content)
        case "L":
            return [_plain(inner) for inner in content]
        case _:
            return content

"""`dynamodb:LeadingKeys`, `Attributes` and `Select` for MiniStack's policy evaluator.

Without the key in the request's context a condition with ForAllValues is true for
every request, so a policy that scopes a role to its own partitions, or to some
attributes, scopes nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from ministack.core import iam_actions, iam_evaluator
from ministack.services import dynamodb

LEADING_KEYS = "dynamodb:LeadingKeys"
ATTRIBUTES = "dynamodb:Attributes"
SELECT = "dynamodb:Select"
_WORDS_OF_EXPRESSIONS = frozenset({
    "AND", "OR", "NOT", "BETWEEN", "IN", "begins_with", "contains", "size",
    "attribute_exists", "attribute_not_exists", "attribute_type",
})  # fmt: skip


class _ItemArn(str):
    """The table ARN of one member of a transaction, with that member's leading keys."""

    leading_keys: list[str]


def install() -> None:
    """Give the evaluator the leading keys; call once, before the first request."""
    _install_context()
    _install_transactions()
    _install_batches()


def _install_context() -> None:
    without_keys = iam_actions.dynamodb_service_context

    def dynamodb_service_context(body: bytes) -> dict[str, Any]:
        context: dict[str, Any] = without_keys(body)
        request = _document(body)
        keys = sorted(set(leading_keys(request)))
        if keys:
            context[LEADING_KEYS] = keys
        if attributes := sorted(named_attributes(request)):
            context[ATTRIBUTES] = attributes
        if isinstance(request.get("Select"), str):
            context[SELECT] = request["Select"]
        return context

    iam_actions.dynamodb_service_context = dynamodb_service_context


def _install_transactions() -> None:
    """Each member of a transaction is authorized as the single call that it stands for."""
    without_keys = iam_actions.dynamodb_transaction_checks
    enforce = iam_evaluator.enforce

    def dynamodb_transaction_checks(
        iam_action: str, body: bytes, region: str, account_id: str
    ) -> list[tuple[str, str]]:
        checks: list[tuple[str, str]] = without_keys(iam_action, body, region, account_id)
        if not checks:
            return checks
        members = list(_members(_document(body)))
        keyed: list[tuple[str, str]] = []
        for (action, arn), member in zip(checks, members, strict=True):
            item_arn = _ItemArn(arn)
            item_arn.leading_keys = list(_keys_of_member(member))
            keyed.append((action, item_arn))
        return keyed

    def enforce_member(*args: Any, **kwargs: Any) -> Any:
        arn = kwargs.get("resource_arn")
        if isinstance(arn, _ItemArn):
            own = {**(kwargs.get("service_context") or {}), LEADING_KEYS: arn.leading_keys}
            kwargs = {**kwargs, "resource_arn": str(arn), "service_context": own}
        return enforce(*args, **kwargs)

    iam_actions.dynamodb_transaction_checks = dynamodb_transaction_checks
    iam_evaluator.enforce = enforce_member


# A batch call is permitted by its single call's permission (Service Authorization Reference,
# "Actions defined by Amazon SQS"): no action of the batch's own name exists.
_SINGLE_OF_BATCH = {
    "sqs:ChangeMessageVisibilityBatch": "sqs:ChangeMessageVisibility",
    "sqs:DeleteMessageBatch": "sqs:DeleteMessage",
    "sqs:SendMessageBatch": "sqs:SendMessage",
    "sns:PublishBatch": "sns:Publish",
}


def _install_batches() -> None:
    extract = iam_actions.extract_iam_action

    def extract_iam_action(*args: Any, **kwargs: Any) -> str | None:
        action: str | None = extract(*args, **kwargs)
        return _SINGLE_OF_BATCH.get(action or "", action)

    iam_actions.extract_iam_action = extract_iam_action


def leading_keys(request: Mapping[str, Any]) -> Iterator[str]:
    """The partition keys that a DynamoDB request names, in the request's account and region.

    docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
    """
    yield from _keys_of_member(request)
    for table, asked in _mapping(request.get("RequestItems")).items():
        for key in _keys_of_batch(asked):
            yield from _partition(table, key)
    for member in _members(request):
        yield from _keys_of_member(member)


def named_attributes(request: Mapping[str, Any]) -> set[str]:
    """The attributes that a request's projection and filter name."""
    aliases = _mapping(request.get("ExpressionAttributeNames"))
    texts = [request.get(name) for name in ("ProjectionExpression", "FilterExpression")]
    words = {
        word
        for text in texts
        if isinstance(text, str)
        for word in re.findall(r"(?<![:\w])#?[A-Za-z_]\w*", text)
    }
    return {aliases.get(word, word) for word in words - _WORDS_OF_EXPRESSIONS}


def _keys_of_member(request: Mapping[str, Any]) -> Iterator[str]:
    table = request.get("TableName")
    if not isinstance(table, str):
        return
    for name in ("Key", "Item"):
        yield from _partition(table, _mapping(request.get(name)))
    yield from _queried(table, request)


def _keys_of_batch(asked: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(asked, dict):  # BatchGetItem
        yield from (_mapping(key) for key in asked.get("Keys") or ())
        return
    for write in asked or ():  # BatchWriteItem
        yield _mapping(_mapping(write.get("PutRequest")).get("Item"))
        yield _mapping(_mapping(write.get("DeleteRequest")).get("Key"))


def _members(request: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The actions of a transaction, in the order in which MiniStack checks them."""
    items = request.get("TransactItems")
    for item in items if isinstance(items, list) else ():
        for kind in iam_actions._DYNAMODB_TRANSACT_ITEM_ACTIONS:
            detail = _mapping(_mapping(item).get(kind))
            if isinstance(detail.get("TableName"), str) and detail["TableName"]:
                yield detail


def _queried(table: str, request: Mapping[str, Any]) -> Iterator[str]:
    """The partition of a Query, from either form of its key condition."""
    name = _partition_key(table, request.get("IndexName"))
    if name is None:
        return
    conditions = _mapping(_mapping(request.get("KeyConditions")).get(name))
    yield from (_text(value) for value in conditions.get("AttributeValueList") or ())
    expression = request.get("KeyConditionExpression")
    if not isinstance(expression, str):
        return
    values = _mapping(request.get("ExpressionAttributeValues"))
    aliases = _mapping(request.get("ExpressionAttributeNames"))
    for operand, value in _equalities(expression):
        if aliases.get(operand, operand) == name and value in values:
            yield _text(values[value])


def _equalities(expression: str) -> Iterator[tuple[str, str]]:
    """(name, :value) for each `name = :value` or `:value = name`."""
    for left, right in re.findall(r"([#:\w.-]+)\s*=\s*([#:\w.-]+)", expression):
        yield (right, left) if left.startswith(":") else (left, right)


def _partition(table: str, attributes: Mapping[str, Any]) -> Iterator[str]:
    name = _partition_key(table, None)
    if name is not None and name in attributes:
        yield _text(attributes[name])


def _partition_key(table: str, index: Any) -> str | None:
    found = dynamodb._tables.get(dynamodb._normalize_table_name(table))
    if not found:
        return None
    name: str | None = dynamodb._resolve_index_keys(found, index)[0]
    return name


def _text(value: Any) -> str:
    """A key's value as policies see it; a binary one stays in base64."""
    return str(next(iter(value.values()))) if isinstance(value, dict) and value else str(value)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _document(body: bytes) -> Mapping[str, Any]:
    with suppress(ValueError, TypeError):
        return _mapping(json.loads(body or b"{}"))
    return {}

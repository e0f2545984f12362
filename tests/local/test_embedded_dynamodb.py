"""DynamoDB's limits and the capacity units that it reports."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.embedded import EmbeddedAws
from tests.local.embedded_cloud import Cloud

KIB = 1024


@pytest.fixture(scope="module")
def dynamodb(embedded_aws: EmbeddedAws) -> Iterator[Any]:
    client = Cloud(embedded_aws).client("dynamodb")
    client.create_table(
        TableName="limits",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
    )
    yield client
    client.delete_table(TableName="limits")


def key(pk: str, sk: str = "-") -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def item(size: int, pk: str, sk: str = "-") -> dict[str, Any]:
    """An item of exactly `size` bytes: names and values, binary by its bytes."""
    rest = size - len("pk" + pk + "sk" + sk + "body")
    return {**key(pk, sk), "body": {"B": b"x" * rest}}


def put(dynamodb: Any, size: int, pk: str, sk: str = "-") -> float:
    """Store an item; returns the units."""
    answer = dynamodb.put_item(
        TableName="limits", Item=item(size, pk, sk), ReturnConsumedCapacity="TOTAL"
    )
    return float(answer["ConsumedCapacity"]["CapacityUnits"])


@pytest.mark.parametrize(("size", "units"), [(100, 1), (1024, 1), (1025, 2), (4000, 4)])
def test_write_costs_a_unit_for_each_started_kilobyte(
    dynamodb: Any, size: int, units: float
) -> None:
    assert put(dynamodb, size, f"w{size}") == units


def test_smaller_item_costs_what_it_replaces(dynamodb: Any) -> None:
    put(dynamodb, 5 * KIB, "shrinks")
    assert put(dynamodb, 100, "shrinks") == 5


def test_update_costs_the_larger_of_before_and_after(dynamodb: Any) -> None:
    put(dynamodb, 3 * KIB, "updated")
    answer = dynamodb.update_item(
        TableName="limits",
        Key=key("updated"),
        UpdateExpression="SET used_at = :t",
        ExpressionAttributeValues={":t": {"N": "1"}},
        ReturnConsumedCapacity="TOTAL",
    )
    assert answer["ConsumedCapacity"]["CapacityUnits"] == 4


@pytest.mark.parametrize(
    ("size", "consistent", "units"),
    [(100, True, 1), (100, False, 0.5), (4097, True, 2), (4097, False, 1), (350 * KIB, True, 88)],
)
def test_read_costs_a_unit_for_each_started_four_kilobytes(
    dynamodb: Any, size: int, consistent: bool, units: float
) -> None:
    put(dynamodb, size, f"r{size}")
    answer = dynamodb.get_item(
        TableName="limits",
        Key=key(f"r{size}"),
        ConsistentRead=consistent,
        ProjectionExpression="sk",
        ReturnConsumedCapacity="TOTAL",
    )
    assert answer["ConsumedCapacity"]["CapacityUnits"] == units


def test_absent_item_costs_the_smallest_read(dynamodb: Any) -> None:
    answer = dynamodb.get_item(
        TableName="limits", Key=key("absent"), ReturnConsumedCapacity="TOTAL", ConsistentRead=True
    )
    assert answer["ConsumedCapacity"]["CapacityUnits"] == 1


def test_query_pays_for_the_page_as_a_whole_whatever_the_filter_leaves(dynamodb: Any) -> None:
    for number in range(10):
        put(dynamodb, 1000, "page", str(number))
    answer = dynamodb.query(
        TableName="limits",
        KeyConditionExpression="pk = :p",
        FilterExpression="attribute_exists(nothing)",
        ExpressionAttributeValues={":p": {"S": "page"}},
        ReturnConsumedCapacity="INDEXES",
    )
    assert answer["Count"] == 0
    assert answer["ConsumedCapacity"]["CapacityUnits"] == 1.5
    assert answer["ConsumedCapacity"]["Table"]["CapacityUnits"] == 1.5


def test_transaction_costs_double_each_item_rounded_by_itself(dynamodb: Any) -> None:
    put(dynamodb, 100, "checked")
    check = {
        "TableName": "limits",
        "Key": key("checked"),
        "ConditionExpression": "attribute_exists(pk)",
    }
    answer = dynamodb.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": "limits", "Item": item(1025, "t1")}},
            {"Put": {"TableName": "limits", "Item": item(100, "t2")}},
            {"ConditionCheck": check},
        ],
        ReturnConsumedCapacity="TOTAL",
    )
    assert answer["ConsumedCapacity"][0]["CapacityUnits"] == 2 * (2 + 1 + 1)
    answer = dynamodb.transact_get_items(
        TransactItems=[{"Get": {"TableName": "limits", "Key": key(pk)}} for pk in ("t1", "none")],
        ReturnConsumedCapacity="TOTAL",
    )
    assert answer["ConsumedCapacity"][0]["CapacityUnits"] == 4


def test_batch_read_costs_each_item_rounded_by_itself(dynamodb: Any) -> None:
    put(dynamodb, 5000, "b1")
    put(dynamodb, 100, "b2")
    answer = dynamodb.batch_get_item(
        RequestItems={
            "limits": {"Keys": [key("b1"), key("b2"), key("b3")], "ConsistentRead": True}
        },
        ReturnConsumedCapacity="TOTAL",
    )
    assert len(answer["Responses"]["limits"]) == 2
    assert answer["ConsumedCapacity"][0]["CapacityUnits"] == 2 + 1 + 1


def test_batch_read_leaves_what_is_beyond_a_megabyte_of_one_partition(dynamodb: Any) -> None:
    for number in range(4):
        put(dynamodb, 300 * KIB, "wide", str(number))
        put(dynamodb, 300 * KIB, f"narrow{number}")
    wide = [key("wide", str(number)) for number in range(4)]
    narrow = [key(f"narrow{number}") for number in range(4)]
    asked = {"limits": {"Keys": [*wide, *narrow], "ConsistentRead": True}}
    answer = dynamodb.batch_get_item(RequestItems=asked)
    assert len(answer["Responses"]["limits"]) == 7
    left = answer["UnprocessedKeys"]
    assert left == {"limits": {"Keys": [wide[3]], "ConsistentRead": True}}
    again = dynamodb.batch_get_item(RequestItems=left)
    assert len(again["Responses"]["limits"]) == 1
    assert again["UnprocessedKeys"] == {}


def test_batch_read_leaves_what_is_beyond_sixteen_megabytes(dynamodb: Any) -> None:
    for number in range(42):
        put(dynamodb, 399 * KIB, f"big{number}")
    asked = {"limits": {"Keys": [key(f"big{number}") for number in range(42)]}}
    answer = dynamodb.batch_get_item(RequestItems=asked)
    assert len(answer["Responses"]["limits"]) == 41
    assert answer["UnprocessedKeys"]["limits"]["Keys"] == [key("big41")]


def transact(dynamodb: Any, sizes: list[int]) -> None:
    dynamodb.transact_write_items(
        TransactItems=[
            {"Put": {"TableName": "limits", "Item": item(size, f"x{number}")}}
            for number, size in enumerate(sizes)
        ]
    )


def test_transaction_holds_four_megabytes_of_binary_and_no_more(dynamodb: Any) -> None:
    """Counted in the items' own bytes, not in base64."""
    transact(dynamodb, [390 * KIB] * 10)
    assert refusal(transact, dynamodb, [399 * KIB] * 11) == "ValidationException"


def test_limits_on_counts_and_sizes(dynamodb: Any) -> None:
    assert refusal(transact, dynamodb, [100] * 101) == "ValidationException"
    assert refusal(put, dynamodb, 400 * KIB + 1, "huge") == "ValidationException"
    writes = [{"PutRequest": {"Item": key(f"w{number}")}} for number in range(26)]
    assert (
        refusal(dynamodb.batch_write_item, RequestItems={"limits": writes}) == "ValidationException"
    )
    keys = [key(f"k{number}") for number in range(101)]
    assert (
        refusal(dynamodb.batch_get_item, RequestItems={"limits": {"Keys": keys}})
        == "ValidationException"
    )


def test_failed_condition_shows_the_item_and_writes_nothing(dynamodb: Any) -> None:
    put(dynamodb, 100, "head")
    with pytest.raises(ClientError) as caught:
        dynamodb.transact_write_items(
            TransactItems=[
                {"Put": {"TableName": "limits", "Item": key("root")}},
                {
                    "Update": {
                        "TableName": "limits",
                        "Key": key("head"),
                        "UpdateExpression": "SET serial = :new",
                        "ConditionExpression": "serial = :previous",
                        "ExpressionAttributeValues": {":new": {"N": "8"}, ":previous": {"N": "7"}},
                    }
                },
            ]
        )
    reasons = [reason["Code"] for reason in caught.value.response["CancellationReasons"]]
    assert reasons == ["None", "ConditionalCheckFailed"]
    assert "Item" not in dynamodb.get_item(TableName="limits", Key=key("root"))


def refusal(call: Callable[..., Any], *arguments: Any, **named: Any) -> str:
    """The error code with which the call is refused."""
    with pytest.raises(ClientError) as caught:
        call(*arguments, **named)
    return str(caught.value.response["Error"]["Code"])

"""The table under throttling, conflicts and lost answers."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

from tests.aws.test_snapshot_store import FIRST, FIRST_HEAD, SECOND, SECOND_HEAD, ZONE, nodes
from zonemesh.aws.backoff import ATTEMPTS
from zonemesh.aws.snapshots import DynamoSnapshotStore
from zonemesh.aws.table import Put, Table, keyed
from zonemesh.errors import HeadMoved, StoreUnavailable


class Faulty:
    """A DynamoDB client whose calls of one operation first pass through `fault`.

    `fault` is given the real call and its arguments, and answers in its place.
    """

    def __init__(self, client: Any, operation: str, fault: Callable[..., Any]) -> None:
        self._client, self._operation, self._fault = client, operation, fault

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._client, name)
        if name != self._operation:
            return call
        return lambda **request: self._fault(call, **request)


class Pauses(list[float]):
    """A sleep that only notes how long."""

    def __call__(self, seconds: float) -> None:
        self.append(seconds)


def faulty(table: Table, operation: str, fault: Callable[..., Any], sleep: Pauses) -> Table:
    return Table(Faulty(table._client, operation, fault), table.name, sleep)


ITEMS = [keyed((f"p{number}", "-"), text=str(number)) for number in range(250)]
KEYS = [(item["pk"], item["sk"]) for item in ITEMS]


def test_unprocessed_keys_are_asked_for_again(table: Table) -> None:
    def seven_at_a_time(call: Any, RequestItems: Any) -> Any:
        wanted = RequestItems[table.name]
        now, later = wanted["Keys"][:7], wanted["Keys"][7:]
        answer = call(RequestItems={table.name: {**wanted, "Keys": now}})
        return answer | {"UnprocessedKeys": {table.name: {"Keys": later}} if later else {}}

    table.put_many(ITEMS)
    pauses = Pauses()
    under_test = faulty(table, "batch_get_item", seven_at_a_time, pauses)
    found = under_test.get_many(KEYS, consistent=True)
    assert found == dict(zip(KEYS, ITEMS, strict=True))
    assert pauses == []  # what a batch cannot hold is no throttle


def test_reads_that_stay_throttled_are_given_up_after_pauses(table: Table) -> None:
    def nothing(_: Any, RequestItems: Any) -> Any:
        return {"Responses": {}, "UnprocessedKeys": RequestItems}

    pauses = Pauses()
    with pytest.raises(StoreUnavailable, match="throttled"):
        faulty(table, "batch_get_item", nothing, pauses).get_many(KEYS[:3], consistent=True)
    assert len(pauses) == ATTEMPTS - 1


def test_unprocessed_items_are_written_again(table: Table) -> None:
    def three_at_a_time(call: Any, RequestItems: Any) -> Any:
        writes = RequestItems[table.name]
        call(RequestItems={table.name: writes[:3]})
        return {"UnprocessedItems": {table.name: writes[3:]} if writes[3:] else {}}

    pauses = Pauses()
    faulty(table, "batch_write_item", three_at_a_time, pauses).put_many(ITEMS)
    assert table.get_many(KEYS, consistent=True) == dict(zip(KEYS, ITEMS, strict=True))
    assert pauses


def test_writes_that_stay_throttled_are_given_up(table: Table) -> None:
    def nothing(_: Any, RequestItems: Any) -> Any:
        return {"UnprocessedItems": RequestItems}

    pauses = Pauses()
    with pytest.raises(StoreUnavailable, match="throttled"):
        faulty(table, "batch_write_item", nothing, pauses).put_many(ITEMS[:60])
    assert pauses


@pytest.mark.parametrize(
    "problem",
    [
        EndpointConnectionError(endpoint_url="https://dynamodb.us-east-1.amazonaws.com"),
        ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "GetItem"),
    ],
)
def test_table_out_of_reach_is_named(table: Table, problem: Exception) -> None:
    def out_of_reach(_: Any, **request: Any) -> Any:
        raise problem

    under_test = DynamoSnapshotStore(faulty(table, "get_item", out_of_reach, Pauses()))
    with pytest.raises(StoreUnavailable, match=table.name):
        under_test.head(ZONE)


def cancelled(*codes: str) -> ClientError:
    answer: Any = {
        "Error": {"Code": "TransactionCanceledException", "Message": "…"},
        "CancellationReasons": [{"Code": code} for code in codes],
    }
    return ClientError(answer, "TransactWriteItems")


def first_raising(*problems: Exception) -> Callable[..., Any]:
    left = list(problems)

    def fault(call: Any, **request: Any) -> Any:
        if left:
            raise left.pop(0)
        return call(**request)

    return fault


def test_conflicting_commit_is_repeated_under_its_token(table: Table) -> None:
    tokens = []
    problems = [
        cancelled("None", "TransactionConflict"),
        ClientError({"Error": {"Code": "TransactionInProgressException"}}, "TransactWriteItems"),
        cancelled("ThrottlingError", "None"),
    ]

    def fault(call: Any, **request: Any) -> Any:
        tokens.append(request["ClientRequestToken"])
        if problems:
            raise problems.pop(0)
        return call(**request)

    under_test = DynamoSnapshotStore(faulty(table, "transact_write_items", fault, Pauses()))
    under_test.commit(FIRST, None)
    assert under_test.head(ZONE) == FIRST_HEAD
    assert len(tokens) == 4
    assert len({*tokens}) == 1
    assert len(tokens[0]) <= 36


def test_commit_whose_answer_was_lost_has_not_moved_the_head_for_another(table: Table) -> None:
    """The first attempt succeeded unheard, so its repetition meets its own head."""

    def lost_once(call: Any, **request: Any) -> Any:
        call(**request)
        raise cancelled("ConditionalCheckFailed", "ConditionalCheckFailed")

    DynamoSnapshotStore(table).commit(FIRST, None)
    under_test = DynamoSnapshotStore(faulty(table, "transact_write_items", lost_once, Pauses()))
    under_test.commit(SECOND, FIRST_HEAD)
    assert under_test.head(ZONE) == SECOND_HEAD


def test_commit_without_an_answer_is_told_from_one_that_lost(table: Table) -> None:
    def lost(call: Any, **request: Any) -> Any:
        call(**request)
        raise ReadTimeoutError(endpoint_url="https://dynamodb")

    under_test = DynamoSnapshotStore(faulty(table, "transact_write_items", lost, Pauses()))
    with pytest.raises(StoreUnavailable):
        under_test.commit(FIRST, None)
    DynamoSnapshotStore(table).commit(FIRST, None)  # whoever tries again finds it done
    assert DynamoSnapshotStore(table).head(ZONE) == FIRST_HEAD


def test_commit_beaten_during_a_conflict_loses(table: Table) -> None:
    under_test = DynamoSnapshotStore(
        faulty(
            table,
            "transact_write_items",
            first_raising(cancelled("TransactionConflict", "None")),
            Pauses(),
        )
    )
    DynamoSnapshotStore(table).commit(FIRST, None)
    with pytest.raises(HeadMoved):
        under_test.commit(SECOND, None)


def test_commit_in_endless_conflict_is_given_up(table: Table) -> None:
    endless = first_raising(*[cancelled("TransactionConflict")] * ATTEMPTS)
    under_test = DynamoSnapshotStore(faulty(table, "transact_write_items", endless, Pauses()))
    with pytest.raises(StoreUnavailable, match="conflict"):
        under_test.commit(FIRST, None)


IN_CONFLICT = ClientError({"Error": {"Code": "TransactionConflictException"}}, "UpdateItem")


def test_head_that_a_transaction_holds_is_confirmed_after_it(table: Table) -> None:
    DynamoSnapshotStore(table).commit(FIRST, None)
    pauses = Pauses()
    held = first_raising(IN_CONFLICT, IN_CONFLICT)
    DynamoSnapshotStore(faulty(table, "update_item", held, pauses)).confirm(
        FIRST_HEAD, decisions="", held=None
    )
    after = DynamoSnapshotStore(table).head(ZONE)
    assert after is not None and after.revision == FIRST_HEAD.revision + 1
    assert len(pauses) == 2


def test_head_that_the_transaction_moved_is_not_confirmed(table: Table) -> None:
    def beaten(call: Any, **request: Any) -> Any:
        if DynamoSnapshotStore(table).head(ZONE) == FIRST_HEAD:
            DynamoSnapshotStore(table).commit(SECOND, FIRST_HEAD)
            raise IN_CONFLICT
        return call(**request)

    DynamoSnapshotStore(table).commit(FIRST, None)
    with pytest.raises(HeadMoved):
        DynamoSnapshotStore(faulty(table, "update_item", beaten, Pauses())).confirm(
            FIRST_HEAD, decisions="", held=None
        )


def test_item_in_endless_conflict_is_given_up_and_one_after_it_is_put(table: Table) -> None:
    item = keyed(("p", "-"), text="a")
    endless = first_raising(*[IN_CONFLICT] * ATTEMPTS, IN_CONFLICT)
    under_test = faulty(table, "put_item", endless, Pauses())
    with pytest.raises(StoreUnavailable, match="conflict"):
        under_test.put(Put(item))
    assert under_test.put(Put(item))
    assert table.get(("p", "-")) == item


def test_chunk_that_a_lagging_replica_lacks_is_read_again_consistently(table: Table) -> None:
    asked = []

    def lagging(call: Any, RequestItems: Any) -> Any:
        asked.append(RequestItems[table.name]["ConsistentRead"])
        if not asked[-1]:
            return {"Responses": {table.name: []}, "UnprocessedKeys": {}}
        return call(RequestItems=RequestItems)

    written = nodes("a 1\n", "b 1\n")
    DynamoSnapshotStore(table).write(ZONE, written)
    under_test = DynamoSnapshotStore(faulty(table, "batch_get_item", lagging, Pauses()))
    assert under_test.load(ZONE, written) == written
    assert asked == [False, True]

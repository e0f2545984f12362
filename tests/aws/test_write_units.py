"""An edit of one name costs the table the same in a zone of any size."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from tests.fakes.memory import MemorySnapshotStore, MemorySource
from zonemesh.aws.snapshots import DynamoSnapshotStore
from zonemesh.aws.table import Table
from zonemesh.policy import Policy
from zonemesh.record import MeshZone, Recorder
from zonemesh.snapshot import Change, Head, Reason, Snapshot

APEX = "example.com."
ZONE = MeshZone("Z0123456789EXAMPLE", APEX, Policy())
LIMIT = 30  # write units
EDIT = Change(
    event_id="7c9f0b0e-53a4-4d4d-9a3a-0d6f2f2d8f11",
    operation="ChangeResourceRecordSets",
    time=1_790_000_000,
    principal="arn:aws:sts::123456789012:assumed-role/deploy/session-0123456789",
    source_address="203.0.113.7",
    user_agent="aws-cli/2.31.0 md/awscrt#0.27.6 ua/2.1 os/linux#6.8 lang/python#3.13",
)


class Meter:
    """A DynamoDB client that takes every write and counts its units.

    A unit is a write of up to 1 KB, two in a transaction
    (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html).
    """

    def __init__(self) -> None:
        self.units = 0
        self.items = 0

    def _count(self, item: Mapping[str, Any], times: int) -> None:
        size = sum(len(name.encode()) + _size(value) for name, value in item.items())
        self.units += times * math.ceil(size / 1024)
        self.items += 1

    def batch_write_item(self, RequestItems: Any) -> Any:
        for write in RequestItems["zonemesh"]:
            self._count(write["PutRequest"]["Item"], 1)
        return {}

    def transact_write_items(self, TransactItems: Any, ClientRequestToken: str) -> Any:
        for write in TransactItems:
            self._count(write["Put"]["Item"], 2)
        return {}


def _size(value: Mapping[str, Any]) -> int:
    ((kind, content),) = value.items()
    if kind == "N":
        return len(content) // 2 + 2
    return len(content) if kind == "B" else len(content.encode())


class MeteredStore(MemorySnapshotStore):
    """A store in memory whose writes are also made to a metered table."""

    def __init__(self) -> None:
        super().__init__()
        self.meter = Meter()
        self._metered = DynamoSnapshotStore(Table(self.meter, "zonemesh"))

    def write(self, zone: str, nodes: Mapping[str, str]) -> None:
        super().write(zone, nodes)
        self._metered.write(zone, nodes)

    def commit(self, snapshot: Snapshot, onto: Head | None) -> None:
        super().commit(snapshot, onto)
        self._metered.commit(snapshot, onto)


def address(number: int, value: str) -> dict[str, Any]:
    name = f"host-{number * 2654435761 % 2**32:08x}.example.com."  # spread over the order
    return {"Name": name, "Type": "A", "TTL": 300, "ResourceRecords": [{"Value": value}]}


def hosted_zone(names: int) -> Iterator[dict[str, Any]]:
    soa = "ns-1.awsdns-00.org. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"
    for rdtype, value in (("SOA", soa), ("NS", "ns-1.awsdns-00.org.")):
        records = [{"Value": value}]
        yield {"Name": APEX, "Type": rdtype, "TTL": 900, "ResourceRecords": records}
    for number in range(names):
        yield address(number, f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}")


@pytest.mark.parametrize("names", [100, 10_000, 100_000])
def test_edit_of_one_name_costs_few_units_at_any_size(names: int) -> None:
    source = MemorySource(APEX, hosted_zone(names), page_size=2 * names)
    store = MeteredStore()
    recorder = Recorder(store, lambda: 1_790_000_001)
    recorder.record_listing(ZONE, source, Reason("first"))
    costs = []
    for number in range(0, names, names // 20):
        edited = address(number, f"192.0.2.{number % 250}")
        source.put(edited)
        store.meter.units = store.meter.items = 0
        recorded = recorder.record_owners(ZONE, source, [edited["Name"]], Reason("event", (EDIT,)))
        assert recorded
        assert recorded.changed
        costs.append((store.meter.units, store.meter.items))
    print(f"{names} names: (units, items) an edit, sorted: {sorted(costs)}")
    assert max(units for units, _ in costs) <= LIMIT

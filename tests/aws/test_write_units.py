"""An edit of one name costs the table the same in a zone of any size."""

import math
from collections.abc import Mapping
from typing import Any

import dns.rdatatype
import pytest

from tests.fakes.memory import MemorySnapshotStore, MemorySource
from zonemesh.aws.snapshots import DynamoSnapshotStore
from zonemesh.aws.table import Table
from zonemesh.chunking import build
from zonemesh.mesh_zone import MeshZone
from zonemesh.names import order_of
from zonemesh.policy import Policy
from zonemesh.record import Recorder
from zonemesh.route53.rrsets import rrset_from_route53, source_entry
from zonemesh.snapshot import Change, Head, Reason, Snapshot
from zonemesh.translation.soa import translate_soa
from zonemesh.tree import Entry, Written
from zonemesh.zone import RRsetKey
from zonemesh.zonefile import served_entry

APEX = "example.com."
ZONE = MeshZone("Z0123456789EXAMPLE", APEX, Policy())
LIMIT = 30  # write units
NOW = 1_790_000_000
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


def name_of(number: int) -> str:
    return f"host-{number * 2654435761 % 2**32:08x}.example.com."  # spread over the order


def address(number: int, value: str) -> dict[str, Any]:
    records = [{"Value": value}]
    return {"Name": name_of(number), "Type": "A", "TTL": 300, "ResourceRecords": records}


def first_address(number: int) -> str:
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def apex() -> list[dict[str, Any]]:
    soa = "ns-1.awsdns-00.org. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"
    return [
        {"Name": APEX, "Type": rdtype, "TTL": 900, "ResourceRecords": [{"Value": value}]}
        for rdtype, value in (("NS", "ns-1.awsdns-00.org."), ("SOA", soa))
    ]


def seed(store: MemorySnapshotStore, names: int) -> Snapshot:
    """Put the snapshot of a zone's first listing into the store, a million names in seconds."""
    written: Written = {}
    order = sorted(range(names), key=name_of)
    addresses = (address(number, first_address(number)) for number in order)
    source = build(map(source_entry, (*apex(), *addresses)), written)
    name_servers = served_entry(rrset_from_route53(apex()[0]))
    served = build(
        (
            name_servers,
            *(
                Entry(
                    RRsetKey(order_of(name_of(number)), dns.rdatatype.A),
                    f"{name_of(number)} 300 IN A {first_address(number)}\n",
                )
                for number in order
            ),
        ),
        written,
    )
    snapshot = Snapshot(
        zone=ZONE.key,
        apex=APEX,
        serial=NOW,
        parent=None,
        recorded_at=NOW,
        reason=Reason("first"),
        soa=translate_soa(apex(), apex=APEX, policy=ZONE.policy),
        source=source,
        served=served,
        report=None,
        decisions=ZONE.decisions(),
    )
    MemorySnapshotStore.write(store, ZONE.key, written)
    MemorySnapshotStore.commit(store, snapshot, None)
    return snapshot


def test_the_seeded_zone_is_what_a_listing_records() -> None:
    addresses = [address(number, first_address(number)) for number in range(1000)]
    source = MemorySource(APEX, [*apex(), *addresses])
    listed = Recorder(MemorySnapshotStore(), lambda: NOW).record_listing(
        ZONE, source, Reason("first")
    )
    assert seed(MemorySnapshotStore(), 1000) == listed.snapshot


@pytest.mark.parametrize("names", [100, 10_000, 100_000, 1_000_000])
def test_edit_of_one_name_costs_few_units_at_any_size(names: int) -> None:
    store = MeteredStore()
    seed(store, names)
    source = MemorySource(APEX)
    recorder = Recorder(store, lambda: NOW + 1)
    costs: dict[str, list[tuple[int, int]]] = {"change": [], "create": [], "delete": []}
    for number in range(0, names, names // 20):
        for kind, edited in (
            ("change", address(number, f"192.0.2.{number % 250}")),
            ("create", address(names + number, "192.0.2.1")),
            ("delete", address(names + number, "192.0.2.1")),
        ):
            source.rrsets.clear()
            if kind != "delete":
                source.put(edited)
            store.meter.units = store.meter.items = 0
            recorded = recorder.record_owners(
                ZONE, source, [edited["Name"]], Reason("event", (EDIT,))
            )
            assert recorded
            assert recorded.changed
            costs[kind].append((store.meter.units, store.meter.items))
    for kind, found in costs.items():
        print(f"{names} names, {kind}: (units, items) an edit, sorted: {sorted(found)}")
        assert max(units for units, _ in found) <= LIMIT

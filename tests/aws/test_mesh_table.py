"""What the stores beside the snapshots promise, held against memory and DynamoDB alike."""

from dataclasses import replace
from typing import Any

import pytest

from tests.fakes.memory import (
    MemoryHubReports,
    MemoryLedger,
    MemoryMeshStore,
    MemoryRegister,
    MemorySweepState,
)
from zonemesh.aws.hub_reports import DynamoHubReports
from zonemesh.aws.ledger import DynamoLedger
from zonemesh.aws.mesh_table import (
    MESH_BYTES,
    DynamoMeshStore,
    DynamoRegister,
    DynamoSweepState,
)
from zonemesh.aws.snapshots import DynamoSnapshotStore
from zonemesh.aws.table import Table
from zonemesh.errors import InvalidMesh, MeshMoved
from zonemesh.ports import (
    SEEN_EVENTS,
    Applied,
    HubReport,
    HubReports,
    Ledger,
    Member,
    MeshStore,
    MeshVersion,
    Register,
    SweepMemory,
    SweepState,
)
from zonemesh.snapshot import Announcement

KINDS: dict[str, tuple[Any, Any]] = {
    "ledger": (MemoryLedger, DynamoLedger),
    "register": (MemoryRegister, DynamoRegister),
    "mesh_store": (MemoryMeshStore, DynamoMeshStore),
    "reports": (MemoryHubReports, DynamoHubReports),
    "sweep_state": (MemorySweepState, DynamoSweepState),
}


def either(name: str) -> Any:
    @pytest.fixture(params=["memory", "dynamodb"], name=name)
    def port(request: pytest.FixtureRequest) -> Any:
        memory, dynamodb = KINDS[name]
        return memory() if request.param == "memory" else dynamodb(request.getfixturevalue("table"))

    return port


ledger, register, mesh_store = either("ledger"), either("register"), either("mesh_store")
reports, sweep_state = either("reports"), either("sweep_state")


# Ledger


def test_zone_never_announced_is_left_out(ledger: Ledger) -> None:
    assert ledger.announced(["Z1"]) == {}
    assert ledger.verified(["Z1"]) == {}


@pytest.mark.parametrize(
    ("said", "noted"),
    [
        ([7], 7),
        ([7, 8], 8),
        ([8, 7], 8),
        ([8, 8], 8),
        ([2**32 - 1, 1], 1),  # RFC 1982: after the highest comes the lowest
        ([1, 2**32 - 1], 1),
    ],
)
def test_newest_serial_announced_is_noted(ledger: Ledger, said: list[int], noted: int) -> None:
    for serial in said:
        ledger.mark_announced(Announcement("Z1", serial))
    ledger.mark_announced(Announcement("Z2", 5))
    assert ledger.announced(["Z1", "Z2", "Z3"]) == {"Z1": noted, "Z2": 5}


def test_last_verification_is_noted(ledger: Ledger) -> None:
    for when in (1000, 3000, 2000):
        ledger.mark_verified("Z1", when)
    assert ledger.verified(["Z1", "Z2"]) == {"Z1": 3000}


def test_ledger_leaves_the_head_alone(table: Table) -> None:
    under_test = DynamoLedger(table)
    under_test.mark_announced(Announcement("Z1", 7))
    under_test.mark_verified("Z1", 1000)
    assert DynamoSnapshotStore(table).head("Z1") is None


class Racing(Table):
    """A table in which another announcer notes serial 9 just before each put."""

    def put(self, put: Any) -> bool:
        rival = DynamoLedger(Table(self._client, self.name))
        rival.mark_announced(Announcement("Z1", 9))
        return super().put(put)


@pytest.mark.parametrize(("serial", "noted"), [(8, 9), (10, 10)])
def test_two_announcers_at_once_leave_the_newer_serial(
    table: Table, serial: int, noted: int
) -> None:
    DynamoLedger(table).mark_announced(Announcement("Z1", 7))
    DynamoLedger(Racing(table._client, table.name)).mark_announced(Announcement("Z1", serial))
    assert DynamoLedger(table).announced(["Z1"]) == {"Z1": noted}


# Register

WWW = Member("Z1", "example.com.", "main", "Z1", "listed", ("*",))


def test_members_are_entered_replaced_and_removed(register: Register) -> None:
    odd = Member("Z2", "0/26.2.0.192.in-addr.arpa.", "main", "Z2", "discovered", ("a", "b"))
    odd = replace(odd, tags=(("owner", ""), ("zonemesh", "y=e s")))
    register.put(WWW)
    register.put(odd)
    gone = Member("Z1", "example.com.", "main", "Z1", "listed", ("*",), "gone", "not in Route 53")
    register.put(gone)
    assert sorted(register.members(), key=lambda member: member.zone) == [gone, odd]
    register.remove("Z1")
    register.remove("Z1")
    assert register.members() == [odd]


def test_a_thousand_members_are_read(register: Register) -> None:
    note = "x" * 1500  # together more than one page of a query
    members = {
        Member(f"Z{n}", f"zone{n}.example.", "main", f"Z{n}", "discovered", ("*",), "active", note)
        for n in range(1000)
    }
    for member in members:
        register.put(member)
    assert {*register.members()} == members


# Mesh definition


def test_mesh_versions_count_up(mesh_store: MeshStore) -> None:
    assert mesh_store.newest() is None
    assert mesh_store.apply("zones: []\n") == MeshVersion(1, "zones: []\n")
    assert mesh_store.apply("zones: []\n# two\n") == MeshVersion(2, "zones: []\n# two\n")
    assert mesh_store.newest() == MeshVersion(2, "zones: []\n# two\n")


def test_same_mesh_again_is_no_new_version(mesh_store: MeshStore) -> None:
    for _ in range(2):
        assert mesh_store.apply("zones: []\n").number == 1


def test_return_to_an_older_mesh_is_a_new_version(mesh_store: MeshStore) -> None:
    for number, text in enumerate(["a\n", "b\n", "a\n"], start=1):
        assert mesh_store.apply(text) == MeshVersion(number, text)


def test_versions_are_kept_with_who_applied_them(mesh_store: MeshStore) -> None:
    assert (mesh_store.versions(5), mesh_store.version(1)) == ([], None)
    told = Applied(1000, "arn:aws:iam::111122223333:user/ada", "+ hub hq")
    first = mesh_store.apply("a\n", told)
    second = mesh_store.apply("b\n")
    third = mesh_store.apply("c\n", replace(told, time=3000, who=""))
    assert mesh_store.versions(5) == [third, second, first]
    assert mesh_store.versions(2) == [third, second]
    assert mesh_store.version(1) == MeshVersion(1, "a\n", told)
    assert mesh_store.version(4) is None
    assert mesh_store.newest() == third


def test_a_version_goes_onto_the_one_that_it_was_compared_with(mesh_store: MeshStore) -> None:
    assert mesh_store.apply("a\n", onto=0).number == 1
    assert mesh_store.apply("b\n", onto=1).number == 2
    for text in ("b\n", "c\n"):
        with pytest.raises(MeshMoved, match="version 2 "):
            mesh_store.apply(text, onto=1)
    assert mesh_store.newest() == MeshVersion(2, "b\n")


class ApplyingTable(Table):
    """A table in which somebody else applies another mesh just before each transaction."""

    def put_all_or_none(self, puts: Any, token: str) -> bool:
        DynamoMeshStore(Table(self._client, self.name)).apply("theirs\n")
        return super().put_all_or_none(puts, token)


def test_of_two_who_apply_at_once_the_later_one_is_told(table: Table) -> None:
    mine = DynamoMeshStore(ApplyingTable(table._client, table.name))
    with pytest.raises(MeshMoved):
        mine.apply("mine\n", onto=0)
    assert [each.text for each in DynamoMeshStore(table).versions(9)] == ["theirs\n"]


def test_mesh_applied_by_another_is_seen_and_built_upon(table: Table) -> None:
    mine, theirs = DynamoMeshStore(table), DynamoMeshStore(table)
    mine.apply("a\n")
    assert theirs.newest() == MeshVersion(1, "a\n")
    theirs.apply("b\n")
    assert mine.newest() == MeshVersion(2, "b\n")
    assert mine.apply("c\n") == MeshVersion(3, "c\n")


def test_mesh_that_no_item_holds_is_refused_with_numbers(table: Table) -> None:
    with pytest.raises(InvalidMesh, match=r"380,001 bytes, at most 380,000"):
        DynamoMeshStore(table).apply("x" * (MESH_BYTES + 1))


def test_mesh_and_members_do_not_mix(table: Table) -> None:
    DynamoRegister(table).put(WWW)
    DynamoMeshStore(table).apply("a\n")
    DynamoSweepState(table).save(SweepMemory(1, ("e",)))
    assert DynamoRegister(table).members() == [WWW]


# Hubs


def test_hub_reads_back_what_it_reported(reports: HubReports) -> None:
    reports.heartbeat("fra-1", {"at": 1000, "ready": True, "seconds": 0.25})
    reports.zone_status("fra-1", "Z1", {"serial": 7, "error": None})
    reports.zone_status("fra-1", "Z1", {"serial": 8, "error": "ü"})
    reports.zone_status("fra-1", "axfr:fra-1:example.org.", {"serial": 1})
    reports.zone_status("fra-2", "Z1", {"serial": 6})
    assert reports.reports("fra-1") == HubReport(
        {"at": 1000, "ready": True, "seconds": 0.25},
        {"Z1": {"serial": 8, "error": "ü"}, "axfr:fra-1:example.org.": {"serial": 1}},
    )


def test_hub_that_never_reported_has_no_heartbeat(reports: HubReports) -> None:
    assert reports.reports("nobody") == HubReport(None, {})


def test_hub_writes_under_its_own_partition_only(table: Table) -> None:
    under_test = DynamoHubReports(table)
    under_test.heartbeat("fra-1", {})
    under_test.zone_status("fra-1", "Z1", {})
    items = table._client.scan(TableName=table.name)["Items"]
    assert {item["pk"]["S"] for item in items} == {"hub#fra-1"}


# Sweep


def test_sweep_remembers(sweep_state: SweepState) -> None:
    assert sweep_state.load() is None
    sweep_state.save(SweepMemory(1000, ("a",)))
    sweep_state.save(SweepMemory(2000, ("a", "b")))
    assert sweep_state.load() == SweepMemory(2000, ("a", "b"))


def test_sweep_forgets_the_oldest_events(sweep_state: SweepState) -> None:
    seen = tuple(f"{number:08x}-0000-4000-8000-{number * 7919:012x}" for number in range(5000))
    sweep_state.save(SweepMemory(1, seen))
    assert sweep_state.load() == SweepMemory(1, seen[-SEEN_EVENTS:])


def test_entering_a_member_anew_keeps_how_it_is_signed(register: Register) -> None:
    member = Member("z", "example.com.", "main", "Z1", "listed", ("*",))
    register.note_signing("z", "chained")  # of no member
    assert register.members() == []
    register.put(member)
    register.note_signing("z", "chained")
    assert register.members() == [replace(member, signed="chained")]
    register.put(replace(member, state="gone"))
    assert register.members() == [replace(member, state="gone", signed="chained")]
    register.note_signing("z", "")
    register.put(replace(member, signed="signed"))
    assert register.members() == [member]

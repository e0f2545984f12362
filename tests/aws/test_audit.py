"""What an Audit promises, held against memory and DynamoDB alike, and who the caller is."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.fakes.memory import MemoryAudit
from zonemesh.audit import APPLY, APPROVE, DETAIL_MOST, Audit, AuditEntry
from zonemesh.aws.audit import DynamoAudit
from zonemesh.aws.identity import StsIdentity
from zonemesh.aws.mesh_table import DynamoMeshStore
from zonemesh.aws.sessions import Clients
from zonemesh.aws.snapshots import DynamoSnapshotStore
from zonemesh.aws.table import Table
from zonemesh.errors import StoreUnavailable

ZONE, NOW = "route53:main:example.com.", 1_790_000_000
CAROL = "arn:aws:iam::123456789012:user/carol"


@pytest.fixture(params=["memory", "dynamodb"])
def audit(request: pytest.FixtureRequest) -> Audit:
    if request.param == "memory":
        return MemoryAudit()
    return DynamoAudit(request.getfixturevalue("table"))


def entry(time: int = NOW, zone: str | None = ZONE, **more: Any) -> AuditEntry:
    return AuditEntry(**({"time": time, "action": APPROVE, "zone": zone, "serial": 7, "who": CAROL,
                          "detail": "99 rrsets removed"} | more))  # fmt: skip


def test_nothing_was_noted_yet(audit: Audit) -> None:
    assert audit.entries(ZONE, 10) == []
    assert audit.entries(None, 10) == []


def test_entries_come_back_as_they_were_noted(audit: Audit) -> None:
    noted = [
        entry(),
        entry(NOW + 1, serial=None, who="", detail=""),
        entry(NOW + 2, zone=None, action=APPLY, serial=None, detail="version 2: + zone ü"),
    ]
    for each in noted:
        audit.note(each)
    assert audit.entries(ZONE, 10) == [noted[1], noted[0]]
    assert audit.entries(None, 10) == [noted[2]]


def test_the_newest_come_first_and_no_more_than_asked_for(audit: Audit) -> None:
    for time in (5, NOW, 999_999_999, NOW + 60):
        audit.note(entry(time))
    times = [each.time for each in audit.entries(ZONE, 10)]
    assert times == [NOW + 60, NOW, 999_999_999, 5]
    assert [each.time for each in audit.entries(ZONE, 2)] == times[:2]


def test_two_actions_of_a_second_are_both_kept(audit: Audit) -> None:
    audit.note(entry(serial=1))
    audit.note(entry(serial=2))
    assert {each.serial for each in audit.entries(ZONE, 10)} == {1, 2}


def test_zones_have_their_own_entries(audit: Audit) -> None:
    audit.note(entry(zone=f"{ZONE}x"))
    audit.note(entry(zone="mesh"))
    assert audit.entries(ZONE, 10) == [] == audit.entries(None, 10)


def test_what_hubs_are_told_to_do_is_kept_apart(audit: Audit) -> None:
    told = [entry(NOW + n, zone=None, hub=hub) for n, hub in enumerate(("hq", "branch", "*"))]
    for each in told:
        audit.note(each)
    assert audit.entries(None, 10) == []
    for each in told:
        assert audit.order_entries(each.hub, 10) == [each]
    assert audit.order_entries("h", 10) == []


def test_a_long_detail_is_cut(audit: Audit) -> None:
    audit.note(entry(detail="x" * (DETAIL_MOST + 5)))
    (found,) = audit.entries(ZONE, 10)
    assert found.detail == "x" * DETAIL_MOST


def test_entries_are_beside_what_else_the_zone_and_the_mesh_have(table: Table) -> None:
    audit = DynamoAudit(table)
    DynamoMeshStore(table).apply("hubs: {eu: }")
    audit.note(entry())
    audit.note(entry(zone=None))
    assert DynamoSnapshotStore(table).snapshots(ZONE) == []
    newest = DynamoMeshStore(table).newest()
    assert newest is not None and newest.text == "hubs: {eu: }"
    assert len(audit.entries(None, 10)) == 1


class Sts:
    """An STS that refuses for some calls, and counts them."""

    def __init__(self, refusals: int) -> None:
        self.refusals, self.calls = refusals, 0

    def get_caller_identity(self) -> dict[str, str]:
        self.calls += 1
        if self.calls <= self.refusals:
            raise ClientError({"Error": {"Code": "ExpiredToken"}}, "GetCallerIdentity")
        return {"Arn": CAROL}


def test_the_caller_is_asked_for_once() -> None:
    sts = Sts(0)
    identity = StsIdentity(sts)
    assert [identity.arn(), identity.arn()] == [CAROL, CAROL]
    assert sts.calls == 1


def test_a_refusal_is_an_error_and_not_remembered() -> None:
    identity = StsIdentity(Sts(1))
    with pytest.raises(StoreUnavailable, match=r"who is calling.*ExpiredToken"):
        identity.arn()
    assert identity.arn() == CAROL


def test_sts_tells_an_arn(clients: Clients) -> None:
    assert StsIdentity(clients.late("sts")).arn().startswith("arn:aws:sts::")

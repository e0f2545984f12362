"""What is kept of publications, in an emulated DynamoDB."""

from dataclasses import replace

from zonemesh.aws.publications import DynamoApprovals, DynamoPublications
from zonemesh.aws.table import Put, Table, keyed
from zonemesh.targets.ports import Approval, HeldBack, Published

ZONE = "route53:main:example.com."
NOTE = Published(7, "Z1", "terms", lost=("bad.example.com.",))


def test_a_note_is_read_back_by_its_hub_zone_and_target(table: Table) -> None:
    kept = DynamoPublications(table, "hq")
    assert kept.published(ZONE, "copy") is None
    kept.keep(ZONE, "copy", NOTE)
    assert kept.published(ZONE, "copy") == NOTE
    kept.keep(ZONE, "copy", NOTE.begun(8))
    assert kept.published(ZONE, "copy") == NOTE.begun(8)
    assert kept.published(ZONE, "other") is None
    assert DynamoPublications(table, "branch").published(ZONE, "copy") is None


def test_a_note_of_another_version_is_none(table: Table) -> None:
    table.put(Put(keyed(("hub#hq", f"published#copy#{ZONE}"), text='{"version": 9}')))
    assert DynamoPublications(table, "hq").published(ZONE, "copy") is None


def test_what_is_held_is_noted_until_it_is_not(table: Table) -> None:
    kept = DynamoPublications(table, "hq")
    held = HeldBack(("20 of 22 rrsets would be deleted",), 1, 2, 20)
    assert kept.held(ZONE, "copy") is None
    kept.hold(ZONE, "copy", 7, held)
    assert kept.held(ZONE, "copy") == (7, held)
    kept.hold(ZONE, "copy", 8, None)
    assert kept.held(ZONE, "copy") is None


def test_the_last_approval_counts(table: Table) -> None:
    approvals = DynamoApprovals(table)
    assert approvals.approval(ZONE, "copy") is None
    first = Approval(7, 1, 2, "arn:aws:iam::111122223333:user/x", 1790000000)
    for approval in (first, second := replace(first, serial=8)):
        approvals.approve(ZONE, "copy", approval)
    assert approvals.approval(ZONE, "copy") == second
    assert approvals.approval(ZONE, "other") is None

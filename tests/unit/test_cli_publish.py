"""`zonemesh publish` as it is typed, against an emulated AWS."""

import json
import os
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner, Result

from tests.unit.route53_zones import APEX, rrset
from zonemesh.audit import AuditEntry
from zonemesh.aws.wiring import TablePorts
from zonemesh.chunking import build
from zonemesh.cli.main import app
from zonemesh.deployment import TABLE
from zonemesh.mesh.definition import parse_mesh
from zonemesh.ports import Member
from zonemesh.snapshot import Reason, Snapshot
from zonemesh.targets.ports import HeldBack, Published, terms_of
from zonemesh.views import listed_entries

KEY = f"route53:main:{APEX}"
MESH = """
integrations: {{main: , spare: {{role_arn: "arn:aws:iam::444455556666:role/writer"}}}}
zones:
  - {{name: example.com, integration: main, hosted_zone_id: {source}, targets: [copy, other]}}
hubs: {{hq: }}
targets:
  copy: {{type: route53, hub: hq, integration: main, hosted_zone_id: {target}, drift: {drift}}}
  other: {{type: octodns, hub: hq, provider: octodns_bind.Rfc2136Provider}}
"""
WWW, MAIL = rrset(f"www.{APEX}", "A", "192.0.2.1"), rrset(f"mail.{APEX}", "A", "192.0.2.2")
MANY = [rrset(f"h{n}.{APEX}", "A", "192.0.2.1") for n in range(20)]


@dataclass
class Account:
    """An account with a table and two hosted zones of one name: a source and its copy."""

    ports: TablePorts
    route53: Any
    source: str
    copy: str

    def put(self, action: str, *rrsets: dict[str, Any]) -> None:
        changes = [{"Action": action, "ResourceRecordSet": each} for each in rrsets]
        self.route53.change_resource_record_sets(
            HostedZoneId=self.copy, ChangeBatch={"Changes": changes}
        )

    def below(self) -> list[dict[str, Any]]:
        listed = self.route53.list_resource_record_sets(HostedZoneId=self.copy)
        return [each for each in listed["ResourceRecordSets"] if each["Name"] != APEX]

    def audit(self) -> list[AuditEntry]:
        return self.ports.audit.entries(KEY, 10)

    def apply(self, drift: str = "repair") -> None:
        text = MESH.format(source=self.source, target=self.copy, drift=drift)
        self.ports.mesh_store.apply(text)

    def record(self, serial: int, *rrsets: dict[str, Any]) -> None:
        written: dict[str, str] = {}
        listed = self.route53.list_resource_record_sets(HostedZoneId=self.source)
        view = build(listed_entries([*listed["ResourceRecordSets"], *rrsets]), written)
        self.ports.store.write(KEY, written)
        soa = f"{APEX} 900 IN SOA ns. host. 0 900 300 2419200 900"
        head = self.ports.store.head(KEY)
        parent = head.serial if head else None
        self.ports.store.commit(
            Snapshot(KEY, APEX, serial, parent, 0, Reason("first"), soa, view, None, None), head
        )


@pytest.fixture
def account(table: str) -> Account:
    ports, route53 = TablePorts(os.environ | {TABLE: table}), boto3.client("route53")
    ids = []
    for name in ("source", "copy"):
        made = route53.create_hosted_zone(Name=APEX, CallerReference=name)
        ids.append(made["HostedZone"]["Id"].removeprefix("/hostedzone/"))
    account = Account(ports, route53, *ids)
    account.apply()
    ports.register.put(Member(KEY, APEX, "main", account.source, "listed", ("*",)))
    account.record(7, WWW, MAIL)
    return account


def run(*arguments: object) -> Result:
    words = ["publish", *map(str, arguments), "--table", "mesh-table"]
    return CliRunner().invoke(app, words)


def test_the_plan_is_shown_and_carried_out(account: Account) -> None:
    account.put("CREATE", rrset(f"old.{APEX}", "A", "192.0.2.67"))
    result = run(APEX, "copy", "--yes")
    assert result.exit_code == 0, result.stderr
    assert f"- old.{APEX} 300 IN A 192.0.2.67" in result.stdout
    assert f"+ www.{APEX} 300 IN A 192.0.2.1" in result.stdout
    assert "2 to create, 1 to delete" in result.stdout
    assert "Written: 3 rrsets; all of its name servers have it" in result.stdout
    assert account.below() == [MAIL, WWW]
    (entry,) = account.audit()
    assert (entry.action, entry.serial) == ("publish", 7)
    assert "2 to create, 1 to delete at copy" in entry.detail


def test_a_plan_says_the_same_and_changes_nothing(account: Account) -> None:
    account.put("CREATE", rrset(f"old.{APEX}", "A", "192.0.2.67"))
    words = ["plan", APEX, "copy", "--table", "mesh-table"]
    shown = CliRunner().invoke(app, words)
    assert shown.exit_code == 0, shown.stderr
    assert f"- old.{APEX} 300 IN A 192.0.2.67" in shown.stdout.splitlines()
    assert "2 to create, 1 to delete." in shown.stdout
    document = json.loads(CliRunner().invoke(app, [*words, "--json"]).stdout)
    assert document["lines"] == shown.stdout.splitlines()
    assert account.below() == [rrset(f"old.{APEX}", "A", "192.0.2.67")]
    assert account.audit() == []


def test_nothing_is_written_that_nobody_agreed_to(account: Account) -> None:
    planned = run(APEX, "copy", "--plan")
    assert planned.exit_code == 0 and "Nothing was changed (--plan)" in planned.stdout
    asked = run(APEX, "copy")
    assert asked.exit_code == 2 and "add `--yes`" in asked.stderr
    assert account.below() == [] and account.audit() == []


def test_a_target_that_is_as_it_should_be_needs_nothing(account: Account) -> None:
    run(APEX, "copy", "--yes")
    again = run(APEX, "copy", "--yes")
    assert "Nothing to do: the target holds what serial 7 does." in again.stdout


def test_what_a_hub_would_hold_is_said_and_done_all_the_same(account: Account) -> None:
    account.put("CREATE", *MANY)
    result = run(APEX, "copy", "--yes")
    assert result.exit_code == 0, result.stderr
    assert "held by hubs: target copy: 20 of 22 rrsets (90 %) would be deleted" in result.stdout
    assert account.below() == [MAIL, WWW]


def test_drift_is_shown_and_put_right_only_where_that_is_asked_for(account: Account) -> None:
    account.apply(drift="report")
    run(APEX, "copy", "--yes")
    keep_as_published(account)
    account.put("UPSERT", WWW | {"TTL": 60})
    shown = run(APEX, "copy", "--yes")
    assert f"~ www.{APEX} A: was changed at the target" in shown.stdout
    assert account.below() == [MAIL, WWW | {"TTL": 60}]
    repaired = run(APEX, "copy", "--repair", "--yes")
    assert repaired.exit_code == 0, repaired.stderr
    assert account.below() == [MAIL, WWW]


def keep_as_published(account: Account) -> None:
    """Note what a hub would have noted."""
    newest = account.ports.mesh_store.newest()
    assert newest is not None
    target = parse_mesh(newest.text).targets["copy"]
    published = Published(7, account.copy, terms_of(target))
    account.ports.publications("hq").keep(KEY, "copy", published)


def test_what_waits_is_approved_for_the_hub_whatever_the_target_is(account: Account) -> None:
    nothing = run(APEX, "other", "--approve", "--yes")
    assert nothing.exit_code == 2 and "nothing is held" in nothing.stderr
    held = HeldBack(("target other: 9 of 10 rrsets (90 %) would be deleted",), 1, 0, 9)
    account.ports.publications("hq").hold(KEY, "other", 7, held)
    asked = run(APEX, "other", "--approve")
    assert asked.exit_code == 2 and account.ports.approvals.approval(KEY, "other") is None
    result = run(APEX, "other", "--approve", "--yes")
    assert result.exit_code == 0, result.stderr
    assert "9 of 10 rrsets" in result.stdout and "1 to create, 9 to delete" in result.stdout
    approval = account.ports.approvals.approval(KEY, "other")
    assert approval is not None and approval.covers(7, held)
    assert not approval.covers(8, held)
    assert approval.by.startswith("arn:aws:")
    assert account.audit()[0].detail == "approved at other: 1 to create, 9 to delete"


def test_other_kinds_of_target_are_the_hubs_to_publish(account: Account) -> None:
    result = run(APEX, "other", "--yes")
    assert result.exit_code == 2 and "hub hq has what `other` needs" in result.stderr


def test_a_target_that_the_zone_does_not_have_is_wrong_usage(account: Account) -> None:
    result = run(APEX, "elsewhere", "--yes")
    assert result.exit_code == 2
    assert "its targets are copy, other" in result.stderr


def test_what_hubs_do_not_publish_is_refused(account: Account) -> None:
    account.ports.register.note_signing(KEY, "chained")
    result = run(APEX, "copy", "--yes")
    assert result.exit_code == 2 and "is signed with a DS at its parent" in result.stderr
    assert account.below() == []


def test_a_hosted_zone_is_not_published_to_itself(account: Account) -> None:
    account.ports.register.put(Member(KEY, APEX, "main", account.copy, "listed", ("*",)))
    result = run(APEX, "copy", "--yes")
    assert result.exit_code == 3 and "is the source of" in result.stderr
    assert account.below() == []

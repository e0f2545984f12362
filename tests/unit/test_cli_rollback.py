"""`zonemesh rollback` and `zonemesh restore` as they are typed, against an emulated AWS."""

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
from zonemesh.ports import Member
from zonemesh.snapshot import Reason, Snapshot
from zonemesh.views import listed_entries

KEY = f"route53:main:{APEX}"
MESH = """
integrations:
  main:
  other: {role_arn: "arn:aws:iam::444455556666:role/reader", external_id: x}
zones: [{discover: "*", integration: main}]
hubs: {hq: }
"""
WWW, MAIL = rrset(f"www.{APEX}", "A", "192.0.2.1"), rrset(f"mail.{APEX}", "A", "192.0.2.2")
BAD = rrset(f"www.{APEX}", "A", "192.0.2.66")


@dataclass
class Account:
    """An account with a table and one hosted zone, of which serial 7 holds WWW and MAIL."""

    ports: TablePorts
    route53: Any
    id: str

    def put(self, action: str, *rrsets: dict[str, Any]) -> None:
        changes = [{"Action": action, "ResourceRecordSet": each} for each in rrsets]
        self.route53.change_resource_record_sets(
            HostedZoneId=self.id, ChangeBatch={"Changes": changes}
        )

    def below(self, id: str = "") -> list[dict[str, Any]]:
        listed = self.route53.list_resource_record_sets(HostedZoneId=id or self.id)
        return [each for each in listed["ResourceRecordSets"] if each["Name"] != APEX]

    def audit(self) -> list[AuditEntry]:
        return self.ports.audit.entries(KEY, 10)


@pytest.fixture
def account(table: str) -> Account:
    ports, route53 = TablePorts(os.environ | {TABLE: table}), boto3.client("route53")
    made = route53.create_hosted_zone(Name=APEX, CallerReference="first")
    account = Account(ports, route53, made["HostedZone"]["Id"].removeprefix("/hostedzone/"))
    account.put("CREATE", WWW, MAIL)
    ports.mesh_store.apply(MESH)
    ports.register.put(Member(KEY, APEX, "main", account.id, "discovered", ("*",)))
    written: dict[str, str] = {}
    listed = route53.list_resource_record_sets(HostedZoneId=account.id)["ResourceRecordSets"]
    view = build(listed_entries(listed), written)
    ports.store.write(KEY, written)
    soa = f"{APEX} 900 IN SOA ns. host. 0 900 300 2419200 900"
    ports.store.commit(
        Snapshot(KEY, APEX, 7, None, 0, Reason("first"), soa, view, None, None), None
    )
    return account


def run(*arguments: object) -> Result:
    words = [*map(str, arguments), "--table", "mesh-table"]
    return CliRunner().invoke(app, words)


def test_the_plan_is_shown_and_carried_out(account: Account) -> None:
    account.put("UPSERT", BAD)
    account.put("CREATE", rrset(f"new.{APEX}", "A", "192.0.2.67"))
    result = run("rollback", APEX, 7, "--yes")
    assert result.exit_code == 0, result.stderr
    assert result.stdout.splitlines()[:4] == [
        f"- new.{APEX} 300 IN A 192.0.2.67",
        f"- www.{APEX} 300 IN A 192.0.2.66",
        f"+ www.{APEX} 300 IN A 192.0.2.1",
        f"{account.id}: 1 to change, 1 to delete, in 1 batch.",
    ]
    assert "Written: 2 rrsets; all of its name servers have it" in result.stdout
    assert "serial 7, which is served" in result.stdout
    assert account.below() == [MAIL, WWW]
    (entry,) = account.audit()
    assert (entry.action, entry.serial) == ("rollback", 7)
    assert entry.detail == "1 to change, 1 to delete"
    assert entry.who.startswith("arn:aws:")


def test_nothing_is_written_that_nobody_agreed_to(account: Account) -> None:
    account.put("UPSERT", BAD)
    dry = run("rollback", APEX, 7, "--dry-run")
    assert dry.exit_code == 0
    assert f"- www.{APEX} 300 IN A 192.0.2.66" in dry.stdout
    assert "Nothing was changed (--dry-run)" in dry.stdout
    asked = run("rollback", APEX, 7)
    assert asked.exit_code == 2
    assert "add `--yes`" in asked.stderr
    assert account.below() == [MAIL, BAD]
    assert account.audit() == []


def test_a_source_as_it_was_needs_nothing(account: Account) -> None:
    result = run("rollback", APEX, 7, "--yes")
    assert result.stdout == "Nothing to do: the source holds what serial 7 does.\n"
    assert account.audit() == []


def test_a_serial_that_is_not_kept_is_wrong_usage(account: Account) -> None:
    result = run("rollback", APEX, 8, "--yes")
    assert result.exit_code == 2
    assert "has no snapshot 8" in result.stderr


def test_a_hosted_zone_that_is_gone_points_to_restore(account: Account) -> None:
    account.put("DELETE", WWW, MAIL)
    account.route53.delete_hosted_zone(Id=account.id)
    result = run("rollback", APEX, 7, "--yes")
    assert result.exit_code == 2
    assert "`zonemesh restore`" in result.stderr


def test_a_source_profile_that_is_not_there_is_told(account: Account) -> None:
    result = run("rollback", APEX, 7, "--yes", "--source-profile", "writer")
    assert result.exit_code == 3
    assert "profile writer" in result.stderr


def test_a_write_that_is_refused_is_in_the_audit(account: Account) -> None:
    account.put("DELETE", MAIL)
    account.put("CREATE", rrset(f"x.mail.{APEX}", "A", "192.0.2.9"))
    head = account.ports.store.head(KEY)
    assert head is not None
    written: dict[str, str] = {}
    # Nobody but a broken snapshot has values that Route 53 refuses.
    outside = rrset("www.example.net.", "A", "192.0.2.1")
    view = build(listed_entries([outside]), written)
    account.ports.store.write(KEY, written)
    account.ports.store.commit(
        Snapshot(KEY, APEX, 8, 7, 0, Reason("event"), "", view, None, None), head
    )
    result = run("rollback", APEX, 8, "--yes")
    assert result.exit_code == 3
    assert "www.example.net. A" in result.stderr
    (entry,) = account.audit()
    assert entry.detail.startswith("broken off")


def test_a_deleted_hosted_zone_is_made_anew(account: Account) -> None:
    account.put("DELETE", WWW, MAIL)
    account.route53.delete_hosted_zone(Id=account.id)
    asked = run("restore", APEX, "--to-integration", "main")
    assert asked.exit_code == 2
    assert f"+ www.{APEX} 300 IN A 192.0.2.1" in asked.stdout
    assert account.route53.list_hosted_zones()["HostedZones"] == []
    result = run("restore", APEX, "--to-integration", "main", "--yes")
    assert result.exit_code == 0, result.stderr
    (made,) = account.route53.list_hosted_zones()["HostedZones"]
    assert account.below(made["Id"]) == [MAIL, WWW]
    servers = account.route53.get_hosted_zone(Id=made["Id"])["DelegationSet"]["NameServers"]
    assert all(server.rstrip(".") in result.stdout for server in servers)
    assert "At the registrar" in result.stdout
    (entry,) = account.audit()
    assert (entry.action, entry.serial) == ("restore", 7)
    assert made["Id"].removeprefix("/hostedzone/") in entry.detail


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["--to-integration", "nowhere"], 3, "no integration `nowhere`; known: main, other"),
        (["--to-integration", "main"], 2, "has a hosted zone of the name"),
        (["--to-integration", "main", "--vpc", "vpc-1"], 2, "is no VPC"),
        (["--to-integration", "main", "--vpc", "us-east-1:vpc-1"], 2, "is a public zone"),
    ],
)
def test_what_cannot_be_restored_says_why(
    account: Account, arguments: list[str], code: int, words: str
) -> None:
    result = run("restore", APEX, *arguments, "--yes")
    assert result.exit_code == code
    assert words in " ".join(result.stderr.split())
    assert account.below() == [MAIL, WWW]

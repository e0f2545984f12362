"""`zonemesh verify` and `zonemesh nameservers` as they are typed: emulated AWS, real DNS."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner, Result

from local.servers.ports import free_port
from local.servers.responder import Responder, always
from local.servers.zone_server import ZoneServer
from zonemesh.aws.wiring import TablePorts
from zonemesh.chunking import build
from zonemesh.cli.main import app
from zonemesh.deployment import TABLE
from zonemesh.ports import Member
from zonemesh.snapshot import Reason, Snapshot
from zonemesh.verify.answers import ServedZone
from zonemesh.views import listed_entries
from zonemesh.zonefile import served_codec

APEX = "example.com."
KEY = f"route53:main:{APEX}"
SECOND = "ns.second.test."
SOURCE_ADDRESS, HUB_ADDRESS, SECOND_ADDRESS = "127.53.3.1", "127.53.3.2", "127.53.3.3"
SOA = f"{APEX} 900 IN SOA ns.test. admin.test. {{}} 900 300 2419200 60"
WWW = f"www.{APEX} 300 IN A 192.0.2.1\n"


def mesh(policy: str) -> str:
    return f"""
integrations: {{main: }}
zones: [{{name: {APEX}, integration: main, policy: {{{policy}}}}}]
hubs: {{hq: {{secondaries: [second]}}}}
secondaries: {{second: {{transfer_from: [192.0.2.0/24], tsig_key: none}}}}
"""


UNION = f"apex_ns: union, name_servers: [{SECOND}]"


@dataclass
class Internet:
    """A resolver, and servers of the zone, all on a port; their contents may be changed."""

    port: int
    resolver: Responder
    contents: dict[str, str] = field(default_factory=dict)

    def zone(self, address: str) -> ServedZone:
        return ServedZone(APEX, served_codec(self.contents[address]))


@dataclass
class Account:
    """An account with a table and a hosted zone, which the snapshot 7 is of."""

    ports: TablePorts
    route53: Any
    id: str
    own: tuple[str, ...]

    def served(self, serial: int = 7) -> str:
        """Give the zone as the hubs serve it under the policy UNION."""
        servers = "".join(f"{APEX} 172800 IN NS {name}\n" for name in sorted((*self.own, SECOND)))
        return f"{servers}{SOA.format(serial)}\n{WWW}"

    def apex_ns(self) -> dict[str, Any]:
        listed = self.route53.list_resource_record_sets(HostedZoneId=self.id)["ResourceRecordSets"]
        (found,) = (each for each in listed if each["Type"] == "NS")
        return dict(found)


@pytest.fixture(autouse=True)
def _without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("zonemesh.cli.verify.PAUSE", 0.0)


@pytest.fixture
def account(table: str) -> Account:
    ports, route53 = TablePorts(os.environ | {TABLE: table}), boto3.client("route53")
    made = route53.create_hosted_zone(Name=APEX, CallerReference="first")
    id = made["HostedZone"]["Id"].removeprefix("/hostedzone/")
    own = tuple(f"{name}." for name in made["DelegationSet"]["NameServers"])
    account = Account(ports, route53, id, own)
    ports.mesh_store.apply(mesh(UNION))
    ports.register.put(Member(KEY, APEX, "main", id, "listed", ("*",)))
    written: dict[str, str] = {}
    records = [{"Value": name} for name in own]
    plain = {"Name": APEX, "Type": "NS", "TTL": 172800, "ResourceRecords": records}
    source = build(listed_entries([plain]), written)
    lines = [line for line in account.served().splitlines(keepends=True) if " SOA " not in line]
    served = build(served_codec("".join(lines)), written)
    ports.store.write(KEY, written)
    ports.store.commit(
        Snapshot(KEY, APEX, 7, None, 0, Reason("first"), SOA.format(0), source, served, None), None
    )
    return account


@pytest.fixture
def internet(account: Account) -> Iterator[Internet]:
    """The source, the hub and the secondary answer the zone as it is; no parent is found."""
    port, addresses = free_port(), (SOURCE_ADDRESS, HUB_ADDRESS, SECOND_ADDRESS)
    with Responder() as resolver:
        internet = Internet(port, resolver, dict.fromkeys(addresses, account.served()))
        for name in account.own:
            resolver.table[name, "A"] = always(SOURCE_ADDRESS)
        resolver.table[SECOND, "A"] = always(SECOND_ADDRESS)
        servers = [
            ZoneServer(address=each, port=port, zone=lambda each=each: internet.zone(each))
            for each in addresses
        ]
        for server in servers:
            server.start()
        heartbeat = {"dns": [f"{HUB_ADDRESS}@{port}"]}
        account.ports.reports.heartbeat("hq", heartbeat)
        try:
            yield internet
        finally:
            for server in servers:
                server.stop()


def run(*arguments: object) -> Result:
    words = [*map(str, arguments), "--table", "mesh-table"]
    return CliRunner().invoke(app, words)


def verify(internet: Internet, *more: object) -> Result:
    resolver = f"{internet.resolver.address}@{internet.resolver.port}"
    return run("verify", APEX, "--resolver", resolver, "--name-server-port", internet.port, *more)


def test_a_zone_that_all_have_is_told_in_a_line_a_server(internet: Internet) -> None:
    result = verify(internet)
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0].startswith(f"{KEY}, serial 7: ")
    told = [line for line in lines if line.startswith("= ")]
    assert [line.split()[1] for line in told] == ["source"] * 4 + ["hub"]
    assert any(line.startswith("- not asked: secondary second: ") for line in lines)
    assert "Failover: not ready" in lines
    assert lines[-1] == "No difference at 5 servers."


def test_a_record_that_a_hub_has_otherwise_is_told(account: Account, internet: Internet) -> None:
    internet.contents[HUB_ADDRESS] = account.served(6).replace("192.0.2.1", "192.0.2.66")
    result = verify(internet)
    assert result.exit_code == 1
    hub = next(line for line in result.stdout.splitlines() if line.startswith("! hub hq"))
    assert "2 differences" in hub
    assert "behind, at serial 6" in hub
    assert f"www.{APEX} A: 300 A 192.0.2.1; it answers 300 A 192.0.2.66" in result.stdout
    assert "1 server of 5 do not answer as the zone is." in result.stdout


def test_the_document_has_it_all(account: Account, internet: Internet) -> None:
    internet.contents[SECOND_ADDRESS] = account.served().replace(" 300 IN", " 60 IN")
    server = f"second={SECOND_ADDRESS}@{internet.port}"
    result = verify(internet, "--json", "--server", server)
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert (document["zone"], document["serial"], document["good"]) == (KEY, 7, False)
    (second,) = (each for each in document["servers"] if each["role"] == "secondary")
    assert second["serial"] == 7
    (difference,) = second["differences"]
    assert difference == {
        "name": f"www.{APEX}",
        "type": "A",
        "about": "record",
        "wanted": "300 A 192.0.2.1",
        "got": "60 A 192.0.2.1",
    }
    sets = document["failover"]["name_servers"]
    assert sets["source"] == {"names": sorted(account.own), "ttl": 172800, "unknown": ""}
    assert SECOND in sets["served"]["names"]


def test_the_parent_is_asked_where_somebody_names_it(account: Account, internet: Internet) -> None:
    parent = f"com. 900 IN SOA a. b. 1 2 3 4 5\n{APEX} 900 IN NS {SECOND}\n"
    zone = ServedZone("com.", served_codec(parent))
    with ZoneServer(address="127.53.3.9", port=internet.port, zone=lambda: zone):
        result = verify(internet, "--json", "--parent-server", f"127.53.3.9@{internet.port}")
    judged = json.loads(result.stdout)["failover"]
    assert judged["name_servers"]["parent"]["names"] == [SECOND]
    assert judged["readiness"] == "not ready"
    (reason,) = judged["reasons"]
    assert "the source's own NS set does not name it" in reason


def test_name_servers_that_are_not_found_are_a_problem(internet: Internet) -> None:
    internet.resolver.table.clear()
    result = verify(internet)
    assert result.exit_code == 1
    assert "! not asked: source main: no address of " in result.stdout
    assert "No difference, but not everybody could be asked." in result.stdout


def test_a_server_that_is_none_is_wrong_usage(account: Account) -> None:
    result = run("verify", APEX, "--server", "ns.example.com")
    assert result.exit_code == 2
    assert "[NAME=]ADDRESS@PORT" in result.output


def test_name_servers_are_shown_and_written_only_where_that_is_said(account: Account) -> None:
    before = account.apex_ns()
    shown = run("nameservers", APEX)
    assert shown.exit_code == 0, shown.output
    assert f"+ {APEX} 3600 IN NS {SECOND}" in shown.stdout
    assert f"- {APEX} 172800 IN NS {account.own[0].rstrip('.')}" in shown.stdout
    assert "`--apply` writes it" in shown.stdout
    assert account.apex_ns() == before
    asked = run("nameservers", APEX, "--apply")
    assert asked.exit_code == 2
    assert account.apex_ns() == before

    done = run("nameservers", APEX, "--apply", "--yes")
    assert done.exit_code == 0, done.output
    found = account.apex_ns()
    assert found["TTL"] == 3600
    names = {record["Value"] for record in found["ResourceRecords"]}
    assert {name.rstrip(".") for name in names} == {
        name.rstrip(".") for name in (*account.own, SECOND)
    }
    (entry,) = account.ports.audit.entries(KEY, 5)
    assert entry.action == "nameservers"
    assert SECOND in entry.detail
    assert run("nameservers", APEX, "--apply", "--yes").stdout.startswith("Nothing to do")


def test_a_set_that_leaves_out_the_source_s_own_is_warned_of(account: Account) -> None:
    account.ports.mesh_store.apply(mesh(f"apex_ns: replace, name_servers: [{SECOND}]"))
    shown = run("nameservers", APEX)
    assert shown.exit_code == 0, shown.output
    for name in account.own:
        assert f"! {name} is Route 53's own for the zone" in shown.stdout


def test_a_zone_without_declared_servers_is_told_what_to_write(account: Account) -> None:
    account.ports.mesh_store.apply(mesh(""))
    result = run("nameservers", APEX, "--apply", "--yes")
    assert result.exit_code == 2
    assert "`apex_ns: union` and `name_servers: [...]`" in result.stderr

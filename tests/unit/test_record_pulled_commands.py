"""The commands that tell of a zone tell of one that comes from a primary as well."""

import json

import pytest

from tests.fakes.memory import MemoryAudit
from tests.unit.test_cli import run
from tests.unit.test_record_pulled import APEX, HOSTS, KEY, NOW, World
from tests.unit.test_record_pulled_signed import DAY, signed
from zonemesh.aws.wiring import TablePorts
from zonemesh.blame import blame
from zonemesh.deployment import TABLE
from zonemesh.errors import RollbackRefused
from zonemesh.history import Standing, head_of, read_history
from zonemesh.ports import Member
from zonemesh.rollback import check_is_hosted

MEMBER = Member(KEY, APEX, "", "", "listed", ("*",), pulled_by="lon")
MESH = f"""
integrations: {{main: }}
hubs: {{lon: }}
primaries: {{bind: {{address: 192.0.2.53, tsig_key: none}}}}
zones: [{{name: {APEX}, primaries: [bind], pulled_by: lon}}]
"""


@pytest.fixture
def told(table, monkeypatch):
    """A pulled zone in the table that the commands read, signed in its second snapshot."""
    monkeypatch.setenv("ZONEMESH_TABLE", table)
    ports = TablePorts({TABLE: table})
    ports.register.put(MEMBER)
    world = World(5, HOSTS, store=ports.store)
    world.record()
    world.put(6, *signed(HOSTS[1:]), '*.example.com. 60 TXT "a\\228" "b"')
    return world


def lines(*arguments):
    result = run(*arguments)
    assert result.exit_code == 0, result.stderr
    return result.stdout.splitlines()


def test_history_counts_serials_of_the_primary(told):
    text = "\n".join(lines("history", APEX))
    assert text.index("\n5  ") > text.index("6  ")
    assert "transferred from a primary" in text


def test_diff_shows_lines_and_rrsets(told):
    shown = lines("diff", APEX, 5, 6)
    assert "- h0.example.com. 300 IN A 192.0.2.0" in shown
    assert '+ *.example.com. 60 IN TXT "a\\228" "b"' in shown
    assert any(line.startswith("+ h1.example.com. 300 IN RRSIG A ") for line in shown)
    document = json.loads("\n".join(lines("diff", APEX, 5, 6, "--source", "--json")))
    kinds = {(change["type"], change.get("set_identifier")) for change in document["changes"]}
    assert {("RRSIG", "A"), ("RRSIG", "NSEC"), ("DNSKEY", None), ("SOA", None)} <= kinds


def test_export_gives_the_zone_as_it_came(told):
    exported = lines("export", APEX)
    assert exported[2].split(" ")[:7] == [
        APEX, "900", "IN", "SOA", "ns1.example.net.", "admin.example.net.", "6",
    ]  # fmt: skip
    rrsets = [json.loads(line) for line in lines("export", APEX, "--format", "json")]
    wild = next(rrset for rrset in rrsets if rrset["Name"] == "\\052.example.com.")
    assert wild["ResourceRecords"] == [{"Value": '"a\\344" "b"'}]


def test_show_report_and_blame(told):
    assert any("transferred from a primary" in line for line in lines("show", APEX, 6))
    assert run("report", APEX).exit_code == 0
    found = "\n".join(lines("blame", APEX, "h1.example.com."))
    assert "serial 6 (" in found
    assert "300 IN RRSIG A" in found
    assert "h1.example.com. 300 IN A" not in found


def test_history_and_blame_of_what_waits():
    world = World(5, signed(HOSTS))
    world.record()
    world.put(4, *signed(HOSTS[1:], expires=NOW + DAY))
    history = read_history(world.store, MemoryAudit(), KEY, 10)
    assert [event.standing for event in history.events] == [Standing.HELD, Standing.SERVED]
    assert history.events[0].source.removed == 4
    served = world.store.snapshot(KEY, head_of(world.store, KEY).serial)
    assert blame(world.store, served, "h1.example.com.").served.snapshot.serial == 5


def test_bump_raises_an_unsigned_zone_by_one(told):
    assert run("bump", APEX).exit_code != 0  # it is signed
    told.put(7, *HOSTS)
    assert any("serial 7 → 8" in line for line in lines("bump", APEX))
    assert told.put(8, *HOSTS[1:]).snapshot.serial == 9


def test_rollback_says_why_it_cannot(told):
    result = run("rollback", APEX, 5)
    assert result.exit_code != 0
    assert "comes from primaries" in " ".join(result.stderr.split())
    with pytest.raises(RollbackRefused, match="zonemesh export"):
        check_is_hosted(MEMBER)


def test_restore_says_why_it_cannot(told):
    TablePorts({TABLE: told.store._table.name}).mesh_store.apply(MESH)
    result = run("restore", APEX, "--to-integration", "main", "--yes")
    assert result.exit_code != 0
    assert "never was a hosted zone" in " ".join(result.stderr.split())

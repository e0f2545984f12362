"""`zonemesh bump` and `zonemesh adopt` as they are typed, against a table of the emulated AWS."""

import json
import os

import pytest
from typer.testing import CliRunner, Result

from zonemesh.aws.wiring import TablePorts
from zonemesh.cli.main import app
from zonemesh.deployment import TABLE
from zonemesh.ports import Member
from zonemesh.snapshot import Reason, Snapshot

APEX = "example.com."
MAIN, DEV = f"route53:main:{APEX}", f"route53:dev:{APEX}"
MESH = """
integrations: {main: , dev: }
zones: [{discover: "*", integration: main}, {discover: "*", integration: dev}]
hubs: {eu: , us: }
"""


@pytest.fixture
def ports(table: str) -> TablePorts:
    """A mesh with one zone at serial 7, whose name another one bears as well."""
    found = TablePorts(os.environ | {TABLE: table})
    found.mesh_store.apply(MESH)
    found.register.put(Member(MAIN, APEX, "main", "Z1", "discovered", ("*",)))
    found.register.put(Member(DEV, APEX, "dev", "Z2", "discovered", ("*",), "conflict"))
    soa = f"{APEX} 900 IN SOA ns. host. 0 900 300 2419200 900"
    first = Reason("first")
    snapshot = Snapshot(MAIN, APEX, 7, None, 0, first, soa, None, None, None, None, None, "")
    found.store.commit(snapshot, None)
    return found


def run(*arguments: object, stdin: str | None = None) -> Result:
    words = [*map(str, arguments), "--table", "mesh-table"]
    return CliRunner().invoke(app, words, input=stdin)


def serial(ports: TablePorts) -> int:
    head = ports.store.head(MAIN)
    assert head is not None
    return head.serial


def test_a_serial_is_raised_above_what_a_secondary_holds_once(ports: TablePorts) -> None:
    result = run("bump", MAIN, "--above", 2026112203)
    assert result.exit_code == 0
    assert result.stdout == f"{MAIN}: serial 7 → 2026112204; the hubs are rung.\n"
    assert serial(ports) == 2026112204
    again = run("bump", MAIN, "--above", 2026112203)
    assert again.stdout == f"Nothing to do: {MAIN} is at 2026112204, above 2026112203.\n"


def test_several_serials_are_raised_only_when_that_is_agreed_to(ports: TablePorts) -> None:
    ports.register.remove(DEV)
    result = run("bump", "*")
    assert result.exit_code == 2
    assert (result.stdout, "add `--yes`" in result.stderr) == (f"{MAIN}\n", True)
    assert serial(ports) == 7
    told = json.loads(run("bump", "*.com", "--above", 9, "--yes", "--json").stdout)
    assert told == {"bumped": [{"zone": MAIN, "before": 7, "after": serial(ports)}]}
    assert serial(ports) > 9


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["example.net"], "no zone `example.net`; known: example.com."),
        (["example.com"], f"2 zones are called {APEX}; name one by its key"),
        ([DEV], f"{DEV} has no snapshot yet; its first listing makes one"),
        ([MAIN, "--above", 2**32 - 1], "go in two steps: first `--above 2147483653`"),
        ([MAIN, "--above", 2**32], "less than or equal to 4294967295"),
    ],
)
def test_what_cannot_be_bumped_says_why(ports: TablePorts, arguments: list, words: str) -> None:
    result = run("bump", *arguments)
    assert result.exit_code == 2
    assert words in result.stderr
    assert serial(ports) == 7


def test_a_name_is_handed_over_with_the_plan_shown(ports: TablePorts) -> None:
    result = run("adopt", "Z2", "--yes")
    assert result.exit_code == 0
    assert f"  from  {MAIN} (Z1, active, serial 7)\n" in result.stdout
    assert f"  to    {DEV} (Z2, conflict, no serial yet)\n" in result.stdout
    assert "Once it is listed it is served instead, above serial 7 (eu, us).\n" in result.stdout
    adopting = {member.zone: member.adopts for member in ports.register.members()}
    assert adopting == {MAIN: "", DEV: MAIN}


def test_a_zone_turns_to_another_hosted_zone(ports: TablePorts) -> None:
    ports.register.remove(DEV)
    gone = Member(MAIN, APEX, "main", "Z1", "discovered", ("*",), "gone", successors=("Z8", "Z9"))
    ports.register.put(gone)
    result = run("adopt", "Z9", "--yes")
    assert f"  from  {MAIN} (Z1, gone, serial 7)\n" in result.stdout
    assert "  to    hosted zone Z9 in integration main\n" in result.stdout
    (member,) = ports.register.members()
    assert (member.state, member.hosted_zone_id, member.successors) == ("gone", "Z9", ("Z8",))


def test_nobody_to_ask_is_no_consent(ports: TablePorts) -> None:
    before = sorted(ports.register.members(), key=lambda member: member.zone)
    result = run("adopt", "Z2", stdin="y\n")
    assert result.exit_code == 2
    assert "add `--yes`" in result.stderr
    assert sorted(ports.register.members(), key=lambda member: member.zone) == before


def test_what_is_in_the_way_is_told_before_anything_is_asked(ports: TablePorts) -> None:
    ports.mesh_store.apply(MESH.replace("integration: dev}", "integration: dev, hubs: [us]}"))
    taker = Member(DEV, APEX, "dev", "Z2", "discovered", ("us",), "conflict")
    ports.register.put(taker)
    result = run("adopt", "Z2")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "is served by hub `eu`" in result.stderr
    assert run("adopt", "Z7").stderr.startswith("zonemesh: no hosted zone Z7 waits for a name")

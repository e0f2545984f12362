"""`zonemesh approve` and `zonemesh reject` as typed, against a table of the emulated AWS."""

import json
import os
from dataclasses import replace
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from zonemesh.audit import APPROVE, REJECT
from zonemesh.aws.wiring import TablePorts
from zonemesh.cli.main import app
from zonemesh.deployment import TABLE
from zonemesh.ports import Member
from zonemesh.snapshot import Reason, Snapshot

APEX = "example.com."
ZONE = f"route53:main:{APEX}"
WHY = "10 of 22 rrsets (45 %) removed since serial 7 (`guard.removed`: 30 %)"


@pytest.fixture
def ports(table: str) -> TablePorts:
    """A mesh with one zone at serial 7, of which serial 8 waits."""
    found = TablePorts(os.environ | {TABLE: table})
    found.register.put(Member(ZONE, APEX, "main", "Z1", "discovered", ("*",)))
    soa = f"{APEX} 900 IN SOA ns. host. 0 900 300 2419200 900"
    first = Snapshot(ZONE, APEX, 7, None, 0, Reason("first"), soa, None, None, None)
    found.store.commit(first, None)
    head = found.store.head(ZONE)
    assert head
    waiting = replace(first, serial=8, parent=7, reason=Reason("event"), concerns=(WHY,))
    found.store.hold(waiting, head)
    return found


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [*map(str, arguments), "--table", "mesh-table"])


def test_what_waits_is_served_once_it_is_approved(ports: TablePorts) -> None:
    result = run("approve", "example.com", 8)
    assert result.exit_code == 0
    assert result.stdout == f"{ZONE}: serial 8 is served from now on; the hubs are rung.\n"
    head = ports.store.head(ZONE)
    assert head
    assert (head.serial, head.held) == (8, None)
    (entry,) = ports.audit.entries(ZONE, 10)
    assert (entry.action, entry.serial, entry.detail) == (APPROVE, 8, WHY)
    assert entry.who.startswith("arn:aws:")


def test_what_is_rejected_waits_for_the_next_change(ports: TablePorts) -> None:
    result = run("reject", "example.com", 8)
    assert result.exit_code == 0
    assert result.stdout == (
        f"{ZONE}: serial 8 waits for the next change; serial 7 is served on.\n"
    )
    head = ports.store.head(ZONE)
    assert head
    assert (head.serial, head.held, head.rejected) == (7, 8, True)
    assert [entry.action for entry in ports.audit.entries(ZONE, 10)] == [REJECT]


@pytest.mark.parametrize("command", ["approve", "reject"])
@pytest.mark.parametrize(
    ("zone", "serial", "words"),
    [
        ("example.com", 7, f"serial 7 does not wait; 8 does. Look: `zonemesh show {ZONE} 8`"),
        ("example.net", 8, "no zone `example.net`; known: example.com."),
    ],
)  # fmt: skip
def test_what_does_not_wait_is_not_decided(
    ports: TablePorts, command: str, zone: str, serial: int, words: str
) -> None:
    result = run(command, zone, serial)
    assert result.exit_code == 2
    assert words in result.stderr
    assert ports.audit.entries(ZONE, 10) == []


def second(ports: TablePorts, **waiting: Any) -> str:
    """Add another zone at serial 3, of which serial 4 waits."""
    zone, apex = "route53:main:shop.example.com.", "shop.example.com."
    ports.register.put(Member(zone, apex, "main", "Z2", "discovered", ("*",)))
    soa = f"{apex} 900 IN SOA ns. host. 0 900 300 2419200 900"
    first = Snapshot(zone, apex, 3, None, 0, Reason("first"), soa, None, None, None)
    ports.store.commit(first, None)
    head = ports.store.head(zone)
    assert head
    held = {"serial": 4, "parent": 3, "concerns": ("its name servers change",)} | waiting
    ports.store.hold(replace(first, **held), head)
    return zone


def test_what_waits_of_several_zones_is_shown_and_approved_at_once(ports: TablePorts) -> None:
    other = second(ports)
    unasked = run("approve", "*")
    assert unasked.exit_code == 2
    assert "nobody is there to ask; add `--yes`" in unasked.stderr
    assert f"{ZONE}: serial 8 waits: {WHY}" in unasked.stdout
    assert f"{other}: serial 4 waits: its name servers change" in unasked.stdout
    result = run("approve", "*.example.com", "example.*", "--yes", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout) == {
        "approved": [
            {"zone": ZONE, "serial": 8, "concerns": [WHY]},
            {"zone": other, "serial": 4, "concerns": ["its name servers change"]},
        ],
        "failed": [],
    }
    assert {zone: head.serial for zone, head in ports.store.heads([ZONE, other]).items()} == {
        ZONE: 8,
        other: 4,
    }
    assert "Nothing is held there." in run("approve", "*", "--yes").stdout


def test_what_the_policy_refuses_is_left_alone_by_an_approval_of_all(ports: TablePorts) -> None:
    other = second(ports, refused=2)
    result = run("approve", "*", "--yes")
    assert result.exit_code == 0
    assert f"`zonemesh report {other} --held` says what to change" in result.stdout
    heads = ports.store.heads([ZONE, other])
    assert (heads[ZONE].serial, heads[other].serial) == (8, 3)


def test_a_document_asks_nobody_and_a_serial_is_of_one_zone(ports: TablePorts) -> None:
    second(ports)
    for words, said in (
        (("approve", "*", "--json"), "`--json` asks nobody: add `--yes`"),
        (("approve", "example.com", "shop.example.com", 8), "a serial is of one zone"),
    ):
        result = run(*words)
        assert (result.exit_code, result.stdout) == (2, "")
        assert said in result.stderr
    told = json.loads(run("reject", "example.com", 8, "--json").stdout)
    assert told == {
        "rejected": [{"zone": ZONE, "serial": 8, "concerns": [WHY]}],
        "failed": [],
    }

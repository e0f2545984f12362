"""A zone that is gone leaves the mesh when somebody says so, and not otherwise."""

import os
from dataclasses import replace

import pytest
from typer.testing import CliRunner, Result

from tests.fakes.memory import MemoryRegister
from zonemesh.audit import FORGET
from zonemesh.aws.wiring import TablePorts
from zonemesh.cli.main import app
from zonemesh.deployment import TABLE
from zonemesh.errors import ForgettingRefused
from zonemesh.forget import forget
from zonemesh.ports import Member

ZONE = "route53:main:example.com."
NOTE = "integration `main` has no hosted zone Z1; its last content is served on"
LEFT = Member(ZONE, "example.com.", "main", "Z1", "discovered", ("*",), "gone", NOTE)


def test_a_zone_that_is_gone_is_taken_out() -> None:
    register = MemoryRegister(LEFT)
    forget(register, LEFT)
    assert register.members() == []


@pytest.mark.parametrize(
    ("member", "why"),
    [
        (replace(LEFT, origin="listed"), "is listed in the mesh; take it out there"),
        (replace(LEFT, state="active", note=""), "is active, and not gone"),
        (replace(LEFT, state="conflict"), "is conflict, and not gone"),
    ],
)
def test_what_the_next_sweep_would_take_in_again_stays(member: Member, why: str) -> None:
    register = MemoryRegister(member)
    with pytest.raises(ForgettingRefused, match=why):
        forget(register, member)
    assert register.members() == [member]


@pytest.fixture
def ports(table: str, monkeypatch: pytest.MonkeyPatch) -> TablePorts:
    monkeypatch.setenv(TABLE, table)
    found = TablePorts(os.environ | {TABLE: table})
    found.register.put(LEFT)
    return found


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["zones", "forget", *arguments])


def test_the_command_says_what_it_is_about_and_notes_who_did_it(ports: TablePorts) -> None:
    assert run("example.com").exit_code == 2  # nobody is there to ask
    assert ports.register.members() == [LEFT]
    result = run("example.com", "--yes")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith(f"{ZONE}: {NOTE}.\n")
    assert ports.register.members() == []
    (entry,) = ports.audit.entries(ZONE, 9)
    assert (entry.action, entry.detail) == (FORGET, NOTE)
    assert entry.who.startswith("arn:aws:")

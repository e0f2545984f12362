"""docs/history.md: every command is typed, against the story that it tells, and prints that."""

import re
import shlex
from pathlib import Path

import pytest

from tests.unit.story import BOB, START, Story
from tests.unit.test_cli import run
from tests.unit.test_record import APEX, KEY, alias, rrset
from zonemesh.audit import APPLY, AuditEntry
from zonemesh.aws.wiring import TablePorts
from zonemesh.deployment import TABLE
from zonemesh.ports import Member
from zonemesh.reasons import FOUND

DOCUMENT = Path(__file__).resolve().parents[2] / "docs/history.md"
SHOWN = re.compile(r"^```sh\n(.*?)\n```\n\n<!-- (\w+) -->\n```\n(.*?)^```$", re.M | re.S)
EXAMPLES = {
    name: (command, output) for command, name, output in SHOWN.findall(DOCUMENT.read_text())
}
ALICE = "arn:aws:sts::111122223333:assumed-role/Admin/alice"


def story(table: str) -> None:
    """Put the story of the document into the table."""
    ports = TablePorts({TABLE: table})
    ports.register.put(Member(KEY, APEX, "main", "Z1", "discovered", ("*",)))
    www, api, old = f"www.{APEX}", f"api.{APEX}", f"old.{APEX}"
    rrsets = [rrset(www, "A", "192.0.2.1"), alias(api, www), rrset(old, "A", "192.0.2.7")]
    told = Story(*rrsets, store=ports.store, audit=ports.audit)
    told.put(rrset(www, "A", "192.0.2.2"), by=ALICE, events=2, agent="[aws-cli/2.31.5]")
    told.put(
        rrset(f"mail.{APEX}", "A", "192.0.2.25"),
        by=BOB, found_by="lookup", agent="APN/1.0 HashiCorp/1.0 Terraform/1.9.5",
    )  # fmt: skip
    told.audit.note(AuditEntry(told.now + 20, APPLY, None, None, BOB, "version 2: + hub paris"))
    told.source.drop(old, "A")
    told.list()
    assert told.now == START + 180


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_command_prints_what_is_shown(
    name: str, table: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZONEMESH_TABLE", table)
    story(table)
    command, output = EXAMPLES[name]
    program, *words = shlex.split(command)
    assert program == "zonemesh"
    result = run(*words)
    assert result.exit_code == 0, result.stderr
    assert result.stdout == output


def test_every_command_of_the_history_is_shown() -> None:
    shown = {shlex.split(command)[1] for command, _ in EXAMPLES.values()}
    assert shown == {"history", "show", "diff", "export", "blame"}
    assert len(EXAMPLES) == DOCUMENT.read_text().count("```sh\n")


def test_every_way_in_which_a_change_is_found_is_explained() -> None:
    text = " ".join(DOCUMENT.read_text().split())
    for words in filter(None, FOUND.values()):
        assert words.split(":")[0] in text, words

"""`zonemesh apply` as it asks, and `zonemesh mesh ...`, against a table of the emulated AWS."""

import io
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner, Result

from zonemesh.audit import APPLY, ROLLBACK
from zonemesh.aws.wiring import TablePorts
from zonemesh.cli.main import app
from zonemesh.deployment import TABLE

FIRST = """# the first
integrations: {main: }
zones: [{discover: "*", integration: main}]
hubs: {hq: }
"""
SECOND = FIRST.replace("hubs: {hq: }", "hubs: {hq: , branch: }")


class Typist(io.StringIO):
    """Somebody at a terminal, who does something else before the answer."""

    def __init__(self, answer: str, meanwhile: Callable[[], object]) -> None:
        super().__init__(f"{answer}\n")
        self.meanwhile = meanwhile

    def isatty(self) -> bool:
        return True

    def readline(self, size: int | None = -1, /) -> str:
        self.meanwhile()
        return super().readline(-1)


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs a command at a terminal; gives its exit code, output and standard error."""

    def run_at_terminal(
        answer: str, *arguments: object, meanwhile: Callable[[], object] = lambda: None
    ) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", Typist(answer, meanwhile))
        with pytest.raises(SystemExit) as ended:
            app([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return run_at_terminal


@pytest.fixture
def ports(table: str, monkeypatch: pytest.MonkeyPatch) -> TablePorts:
    monkeypatch.setenv(TABLE, table)
    return TablePorts(os.environ | {TABLE: table})


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mesh.yaml"
    path.write_text(FIRST)
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def texts(ports: TablePorts) -> list[str]:
    return [version.text for version in ports.mesh_store.versions(99)]


def test_what_is_agreed_to_is_applied(ports: TablePorts, file: Path, typed: Any) -> None:
    code, said, asked = typed("y", "apply", file)
    assert (code, "Apply this?" in asked) == (0, True)
    assert "+ hub hq" in said.partition("Version 1 is applied")[0]
    assert texts(ports) == [FIRST]


def test_what_is_not_agreed_to_is_not_applied(ports: TablePorts, file: Path, typed: Any) -> None:
    assert typed("n", "apply", file)[0] == 1
    unasked = run("apply", file)
    assert unasked.exit_code == 2
    assert "+ hub hq" in unasked.stdout
    assert "nobody is there to ask; add `--yes`" in unasked.stderr
    assert texts(ports) == []


def test_what_somebody_else_applied_meanwhile_is_not_replaced_unseen(
    ports: TablePorts, file: Path, typed: Any
) -> None:
    ports.mesh_store.apply(SECOND)
    theirs = SECOND.replace("branch", "elsewhere")
    code, _, trouble = typed("y", "apply", file, meanwhile=lambda: ports.mesh_store.apply(theirs))
    assert code == 2
    assert "the mesh is other than shown by now; again?" in trouble
    assert texts(ports) == [theirs, SECOND]
    assert ports.audit.entries(None, 9) == []


def test_scripts_get_a_document(ports: TablePorts, file: Path) -> None:
    assert run("apply", file, "--json").exit_code == 2  # somebody would have to be asked
    planned = json.loads(run("apply", file, "--json", "--dry-run").stdout)
    assert (planned["version"], planned["applied"], texts(ports)) == (0, False, [])
    done = json.loads(run("apply", file, "--json", "--yes").stdout)
    assert (done["version"], done["applied"]) == (1, True)
    assert {"sign": "+", "what": "hub hq", "details": []} in done["changes"]
    assert done["deploy"] == ["integrations", "hubs"]
    again = json.loads(run("apply", file, "--json", "--yes").stdout)
    assert again == {**again, "version": 1, "applied": False, "changes": [], "deploy": []}


def test_a_verdict_is_a_document_too(file: Path) -> None:
    good = run("validate", file, "--json")
    verdict = json.loads(good.stdout)
    assert (good.exit_code, verdict["good"], verdict["problems"]) == (0, True, [])
    assert verdict["counts"]["hubs"] == 1
    file.write_text("hubs: [hq]")
    bad = run("validate", file, "--json")
    verdict = json.loads(bad.stdout)
    assert (bad.exit_code, verdict["good"], bad.stderr) == (1, False, "")
    (problem,) = verdict["problems"]
    assert problem.startswith("hubs: expected a mapping")


@pytest.fixture
def twice(ports: TablePorts, file: Path) -> TablePorts:
    """Two versions, applied by the caller."""
    for text in (FIRST, SECOND):
        file.write_text(text)
        assert run("apply", file, "--yes").exit_code == 0
    return ports


def test_a_version_is_shown_as_it_was_applied(twice: TablePorts) -> None:
    assert run("mesh", "show").stdout == SECOND
    assert run("mesh", "show", 1).stdout == FIRST
    document = json.loads(run("mesh", "show", 1, "--json").stdout)
    assert (document["version"], document["text"]) == (1, FIRST)
    missing = run("mesh", "show", 3)
    assert missing.exit_code == 2
    assert "no version 3; the newest is 2: `zonemesh mesh history`" in missing.stderr


def test_versions_are_listed_with_who_applied_them_and_what_changed(twice: TablePorts) -> None:
    caller = boto3.client("sts").get_caller_identity()["Arn"]
    result = run("mesh", "history")
    newest, change, oldest, beginning = result.stdout.splitlines()
    assert newest.startswith("version 2, ") and newest.endswith(f", by {caller}")
    assert change.strip() == "+ hub branch"
    assert oldest.startswith("version 1, ")
    assert beginning.strip() == "+ integration main, + zones * of main, + hub hq"
    (only,) = json.loads(run("mesh", "history", "--limit", 1, "--json").stdout)
    assert (only["version"], only["who"], only["what"]) == (2, caller, "+ hub branch")


def test_before_the_first_version_there_is_nothing(ports: TablePorts) -> None:
    assert run("mesh", "history").stdout == "No mesh has been applied yet.\n"
    assert run("mesh", "show").exit_code == 2
    assert run("mesh", "rollback", 1, "--yes").exit_code == 2


def test_an_older_version_becomes_the_newest_again(twice: TablePorts, typed: Any) -> None:
    planned = run("mesh", "rollback", 1, "--dry-run")
    assert "- hub branch" in planned.stdout
    assert texts(twice) == [SECOND, FIRST]
    assert typed("n", "mesh", "rollback", 1)[0] == 1
    code, said, asked = typed("y", "mesh", "rollback", 1)
    assert (code, "Go back to version 1?" in asked) == (0, True)
    assert "Version 3 is applied" in said
    assert texts(twice) == [FIRST, SECOND, FIRST]
    actions = {entry.detail: entry.action for entry in twice.audit.entries(None, 9)}
    assert actions["version 3: version 1 again: - hub branch"] == ROLLBACK
    assert sorted(actions.values()) == [APPLY, APPLY, ROLLBACK]
    assert run("mesh", "rollback", 3).stdout == "Nothing to do: version 3 says the same.\n"


def test_a_version_that_cannot_be_applied_any_more_is_refused_with_the_reasons(
    twice: TablePorts,
) -> None:
    twice.mesh_store.apply("hubs: {hq: {speed: 9}}\n")
    twice.mesh_store.apply(SECOND)
    result = run("mesh", "rollback", 3, "--yes")
    assert result.exit_code == 1
    assert "version 3, which this zonemesh cannot apply: 1 problem" in result.stderr
    assert "hubs.hq.speed: unknown key" in result.stderr
    assert len(texts(twice)) == 4


def test_what_is_in_use_goes_only_by_force(twice: TablePorts, file: Path) -> None:
    twice.reports.heartbeat("branch", {"at": time.time(), "ready": True})
    file.write_text(FIRST)
    refused = run("apply", file, "--yes")
    assert refused.exit_code == 2
    assert "! hubs.branch is in use: heard of " in refused.stdout
    assert "Without it it serves on what it has" in refused.stdout
    assert "as what would go is in use; `--force` does it anyway" in refused.stderr
    assert run("mesh", "rollback", 1, "--yes").exit_code == 2
    document = json.loads(run("apply", file, "--json", "--dry-run").stdout)
    assert (document["applied"], document["in_use"][0]["path"]) == (False, "hubs.branch")
    assert texts(twice) == [SECOND, FIRST]

    done = run("mesh", "rollback", 1, "--yes", "--force")
    assert done.exit_code == 0
    assert "hubs.branch is in use" in done.stdout
    assert texts(twice) == [FIRST, SECOND, FIRST]
    (newest, *_) = twice.mesh_store.versions(1)
    assert newest.applied
    assert newest.applied.what.endswith("- hub branch, though hubs.branch was in use")


def test_what_has_no_effect_is_said_and_applied(ports: TablePorts, file: Path) -> None:
    file.write_text(f"{FIRST}tsig_keys: {{paris: {{secret: 'env:PARIS'}}}}\n")
    warning = "tsig_keys.paris: is not used: no secondary and no primary names it (line 5)"
    assert f"! {warning}" in run("validate", file).stdout
    assert json.loads(run("validate", file, "--json").stdout)["warnings"] == [warning]
    applied = run("apply", file, "--yes")
    assert (applied.exit_code, f"! {warning}" in applied.stdout) == (0, True)

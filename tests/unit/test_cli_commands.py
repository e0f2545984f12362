"""What every command has, whoever wrote it: a walk through the whole application."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from zonemesh.cli.app import EXIT_CODES
from zonemesh.cli.main import app

PROJECT = Path(__file__).resolve().parents[2]
ROOT: Any = typer.main.get_command(app)

# Commands without `--json`, each with its reason.
NO_DOCUMENT = {
    "schema": "what it prints is JSON",
    "export": "what it prints is a zone file, or a source rrset's JSON a line",
    "dashboard": "it serves pages until it is ended",
}
# Commands that talk to nobody.
ALONE = {"validate", "schema"}
# Those that know no table, as they need none.
NO_TABLE = ALONE | {"tsig generate"}
COMPLETED = {"ZONE", "ZONE...", "ZONE... [SERIAL]", "[ZONE]...", "HUB", "TARGET", "SECONDARY"}


def walk(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    if hasattr(command, "commands"):
        for name, each in command.commands.items():
            yield from walk(each, (*path, name))
    else:
        yield " ".join(path), command


COMMANDS = dict(walk(ROOT))
GROUPS = ["", *(name for name, each in ROOT.commands.items() if hasattr(each, "commands"))]
every_command = pytest.mark.parametrize("name", COMMANDS)


def options(name: str) -> set[str]:
    return {option for each in COMMANDS[name].params for option in each.opts}


def run(*words: str, width: int = 80) -> Result:
    environment = {"COLUMNS": str(width), "TERMINAL_WIDTH": str(width)}
    return CliRunner().invoke(app, list(words), env=environment)


@every_command
def test_each_answers_programs_or_has_a_reason_not_to(name: str) -> None:
    assert ("--json" in options(name)) != (name in NO_DOCUMENT)


@every_command
def test_each_that_talks_to_aws_has_the_options_of_the_aws_cli(name: str) -> None:
    wanted = set() if name in ALONE else {"--region", "--endpoint-url", "--profile"}
    assert wanted <= options(name)
    if name not in NO_TABLE:
        assert "--stack" in options(name)


@every_command
def test_each_that_changes_something_after_asking_can_be_told_not_to_ask(name: str) -> None:
    code = Path(PROJECT, *COMMANDS[name].callback.__module__.split(".")).with_suffix(".py")
    if re.search(r"\b(ask|agree)\(", code.read_text()) and "--dry-run" in options(name):
        assert "--yes" in options(name)


@every_command
def test_each_help_has_a_sentence_and_an_example_that_is_possible(name: str) -> None:
    sentence, *rest = COMMANDS[name].help.split("\n\n")
    assert sentence.endswith(".")
    examples = [line for each in rest if each.startswith("\b") for line in each.split("\n")[1:]]
    assert examples
    for example in examples:
        words = example.split(" > ")[0].split()
        assert words[: 1 + len(name.split())] == ["zonemesh", *name.split()]
        used = {word for word in words if word.startswith("--")}
        assert used <= options(name)


@every_command
def test_each_help_fits_80_columns(name: str) -> None:
    shown = run(*name.split(), "--help").stdout
    assert max(map(len, shown.splitlines())) <= 80


@pytest.mark.parametrize("name", GROUPS)
def test_each_list_of_commands_fits_80_columns_uncut(name: str) -> None:
    shown = run(*name.split(), "--help").stdout
    assert max(map(len, shown.splitlines())) <= 80
    assert "..." not in shown.split("Commands:")[1]


@every_command
def test_each_name_that_the_mesh_knows_can_be_completed(name: str) -> None:
    for parameter in COMMANDS[name].params:
        if parameter.param_type_name == "argument" and parameter.metavar in COMPLETED:
            assert parameter._custom_shell_complete is not None, parameter.metavar


def test_exit_codes_are_in_the_help_and_the_document() -> None:
    shown = " ".join(run("--help").stdout.split())
    document = (PROJECT / "docs/cli.md").read_text()
    for code, meaning in EXIT_CODES.items():
        assert f"{code} {meaning}" in shown
        assert f"| {code} | {meaning} |" in document
    assert f"| {code} |" in document


def test_the_document_has_each_command_with_its_sentence() -> None:
    document = (PROJECT / "docs/cli.md").read_text()
    listed = dict(re.findall(r"^\| `zonemesh ([a-z -]+)` \| (.*) \|$", document, re.MULTILINE))
    assert listed == {
        name: " ".join(each.help.split("\n\n")[0].split()) for name, each in COMMANDS.items()
    }


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--help",), 0),
        (("validate", "bad.yaml"), 1),
        (("validate", "missing.yaml"), 2),
        (("zones", "list", "--state", "tired"), 2),
        (("status", "--every", "0"), 2),
        (("report", "example.com", "--serial", "1", "--held"), 2),
        (("approve",), 2),
        (("status", "--endpoint-url", "nowhere"), 2),
        (("status", "--table", "t", "--profile", "nobody-of-that-name"), 3),
    ],
)
def test_exit_codes_say_of_which_kind_it_was(
    words: tuple[str, ...], code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    # What a command puts into the environment for the AWS SDK is gone afterwards.
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.setenv(name, "")
    (tmp_path / "bad.yaml").write_text("hubs: [hq]\n")
    result = run(*words)
    assert result.exit_code == code
    assert bool(result.stderr) == (code != 0)
    assert "Traceback" not in result.stderr

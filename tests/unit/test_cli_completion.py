"""What a shell completes: commands in a real bash, and names from the table."""

import os
import shlex
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from zonemesh.aws.wiring import TablePorts
from zonemesh.cli.completion import PATIENCE
from zonemesh.cli.main import app
from zonemesh.deployment import TABLE
from zonemesh.ports import Member

PROJECT = Path(__file__).resolve().parents[2]
NAMES = ("example.com.", "example.net.", "shop.example.org.")
MESH = """
integrations: {main: , copies: }
zones: [{discover: "*", integration: main, targets: [standby]}]
hubs: {east: {secondaries: [ns-paris]}, west: }
targets: {standby: {type: route53, hub: east, integration: copies}}
secondaries: {ns-paris: {address: 192.0.2.53, tsig_key: none}}
"""


@pytest.fixture
def mesh(table: str) -> str:
    """A table with a mesh of three zones, one of whose names two zones bear."""
    ports = TablePorts(os.environ | {TABLE: table})
    ports.mesh_store.apply(MESH)
    for apex in NAMES:
        ports.register.put(Member(f"route53:main:{apex}", apex, "main", "Z1", "discovered", ("*",)))
    inside = Member(
        "route53:main/in:example.net.", "example.net.", "main", "Z2", "listed", ("east",)
    )
    ports.register.put(inside)
    return table


def completed(words: str, **environment: str) -> list[str]:
    """Complete the last word, as bash's function asks the program to."""
    asked = {
        "_ZONEMESH_COMPLETE": "complete_bash",
        "COMP_WORDS": f"zonemesh {words}",
        "COMP_CWORD": str(len(words.split(" "))),
    }
    result = CliRunner().invoke(app, [], env=asked | environment, prog_name="zonemesh")
    assert (result.exit_code, result.stderr) == (0, "")
    return sorted(result.stdout.split())


def test_names_of_zones_hubs_targets_and_secondaries_come_from_the_table(mesh: str) -> None:
    for words, found in (
        (f"zones show --table {mesh} ex", ["example.com"]),
        (f"history --table {mesh} shop", ["shop.example.org"]),
        (f"approve --table {mesh} example.com sh", ["shop.example.org"]),
        (f"hubs show --table {mesh} ", ["east", "west"]),
        (f"targets show --table {mesh} st", ["standby"]),
        (f"secondaries show --table {mesh} n", ["ns-paris"]),
        (f"zones show --table {mesh} route53:main/", ["route53:main/in:example.net."]),
    ):
        assert completed(words) == found, words
    assert completed("hubs show w", ZONEMESH_TABLE=mesh) == ["west"]


def test_without_a_table_nothing_is_completed_and_nothing_said(mesh: str, tmp_path: Path) -> None:
    assert completed("zones show ex", ZONEMESH_TABLE="another") == []
    begun = time.monotonic()
    nowhere = {"AWS_ENDPOINT_URL_CLOUDFORMATION": "http://192.0.2.1:1"}  # nobody answers there
    assert completed("zones show ex", **nowhere) == []
    assert time.monotonic() - begun < PATIENCE + 5


def in_bash(program: Path, *lines: str) -> list[list[str]]:
    """Have a real bash complete each line's last word with the script that is to be installed."""
    script = """
    eval "$(_ZONEMESH_COMPLETE=source_bash zonemesh)"
    complete -p zonemesh >/dev/null || exit 1
    for line in "$@"; do
        IFS=' ' read -ra COMP_WORDS <<<"zonemesh $line"
        [[ $line == *' ' ]] && COMP_WORDS+=("")
        COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _zonemesh_completion zonemesh
        echo "${COMPREPLY[@]}"
    done
    """
    environment = {name: value for name, value in os.environ.items() if "AWS" not in name}
    environment |= {"PATH": f"{program}:/usr/bin:/bin", "AWS_EC2_METADATA_DISABLED": "true"}
    environment |= {"AWS_CONFIG_FILE": "/nowhere", "AWS_SHARED_CREDENTIALS_FILE": "/nowhere"}
    done = subprocess.run(
        ["bash", "--norc", "-c", script, "bash", *lines],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return [sorted(line.split()) for line in done.stdout.split("\n")[: len(lines)]]


def test_a_real_bash_completes_commands_and_options(tmp_path: Path) -> None:
    program = tmp_path / "zonemesh"
    run = f"cd {shlex.quote(str(PROJECT))} && exec {shlex.quote(sys.executable)} -m zonemesh"
    program.write_text(f'#!/bin/sh\n{run} "$@"\n')
    program.chmod(0o755)
    # The last without credentials: at once, and without a word.
    assert in_bash(tmp_path, "app", "catalog ", "status --wa", "zones show ex") == [
        ["apply", "approve"],
        ["reset", "show"],
        ["--watch"],
        [],
    ]

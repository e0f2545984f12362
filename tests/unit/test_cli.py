"""The commands as they are typed, against a table of the emulated AWS."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from zonemesh.cli.main import app

MESH = """
integrations: {main: }
zones: [{discover: "*", integration: main}]
hubs: {hq: }
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "mesh.yaml"
    path.write_text(MESH, encoding="utf-8")
    return path


def run(*arguments: object, stdin: str | None = None) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments], input=stdin)


def test_a_good_mesh_is_summed_up(file: Path):
    result = run("validate", file)
    assert result.exit_code == 0
    assert "is good: 1 integration, 1 discovery pattern, 1 hub." in result.stdout


def test_a_mesh_comes_from_standard_input_as_well():
    result = run("validate", "-", stdin=MESH)
    assert result.exit_code == 0
    assert result.stdout.startswith("standard input is good")


def test_problems_go_to_standard_error_one_a_line(file: Path):
    file.write_text(MESH.replace("integration: main", "integration: prod, hubs: [eu]"))
    result = run("validate", file)
    assert (result.exit_code, result.stdout) == (1, "")
    lines = result.stderr.splitlines()
    assert lines[0].endswith("mesh.yaml: 2 problems")
    assert lines[1] == "  zones[0].integration: no integration `prod`; known: main (line 3)"
    assert lines[2] == "  zones[0].hubs[0]: no hub `eu`; known: hq (line 3)"


def test_a_file_that_is_not_there_is_wrong_usage(tmp_path: Path):
    result = run("validate", tmp_path / "none.yaml")
    assert result.exit_code == 2
    assert "none.yaml: No such file or directory" in result.stderr


def test_a_file_in_another_encoding_is_wrong_usage(file: Path):
    file.write_bytes("# Zürich".encode("latin-1"))
    result = run("validate", file)
    assert result.exit_code == 2
    assert "not UTF-8 at byte 3" in result.stderr


def test_the_schema_is_json():
    result = run("schema")
    assert result.exit_code == 0
    assert set(json.loads(result.stdout)["properties"]) >= {"zones", "hubs", "integrations"}


def test_apply_stores_versions_and_says_what_changes(table: str, file: Path):
    first = run("apply", file, "--yes", "--table", table)
    assert first.exit_code == 0, first.stderr
    assert "+ zones * of main" in first.stdout
    assert "+ hub hq" in first.stdout
    assert "Version 1 is applied" in first.stdout
    assert "Run `cdk deploy` as well: it gives the integrations and hubs their roles." in (
        first.stdout
    )

    again = run("apply", file, "--yes", "--table", table)
    assert again.stdout == "Nothing to do: version 1 says the same.\n"

    file.write_text(MESH + "secondaries: {ns1: {address: 192.0.2.1, tsig_key: none}}\n")
    second = run("apply", file, "--yes", "--table", table)
    assert "+ secondary ns1" in second.stdout
    assert "Version 2 is applied" in second.stdout
    assert "cdk deploy" not in second.stdout


def test_a_dry_run_stores_nothing(table: str, file: Path):
    result = run("apply", file, "--table", table, "--dry-run")
    assert result.exit_code == 0
    assert "+ hub hq" in result.stdout
    assert "Nothing was applied" in result.stdout
    assert "Version 1 is applied" in run("apply", file, "--yes", "--table", table).stdout


def test_comments_alone_make_a_version_but_no_change(table: str, file: Path):
    run("apply", file, "--yes", "--table", table)
    file.write_text("# why\n" + MESH)
    result = run("apply", file, "--yes", "--table", table)
    assert "Comments and layout differ, nothing else." in result.stdout
    assert "Version 2 is applied" in result.stdout


def test_a_mesh_with_problems_is_not_applied(table: str, file: Path):
    file.write_text("hubs: [hq]")
    assert run("apply", file, "--yes", "--table", table).exit_code == 1
    assert "No mesh has been applied yet" in run("status", "--table", table).stdout


def test_status_of_a_fresh_mesh(table: str, file: Path):
    run("apply", file, "--yes", "--table", table)
    result = run("status", "--table", table)
    assert result.exit_code == 0
    assert "No zones yet" in result.stdout
    document = json.loads(run("status", "--table", table, "--json").stdout)
    assert document["zones"] == []
    never = {"state": "provisioning", "heard_at": None, "heard_age": None, "report": None}
    assert document["hubs"] == [{"hub": "hq"} | never]


def test_a_table_that_is_not_there_is_unavailable(table: str):
    result = run("status", "--table", "another")
    assert result.exit_code == 3
    assert result.stderr.startswith("zonemesh: ")
    assert "another" in result.stderr


def test_a_profile_that_is_not_there_is_unavailable(table: str):
    result = run("status", "--table", table, "--profile", "nobody")
    assert result.exit_code == 3
    assert "nobody" in result.stderr


def test_an_endpoint_that_is_no_url_is_wrong_usage(table: str):
    result = run("status", "--table", table, "--endpoint-url", "localhost:4566")
    assert result.exit_code == 2
    assert "is no URL" in result.stderr


def test_the_module_runs_and_needs_no_aws_to_validate(file: Path):
    """As `python -m zonemesh`, in an environment where importing boto3 fails."""
    blocked = "import sys; sys.modules['boto3'] = sys.modules['botocore'] = None; "
    program = blocked + "from zonemesh.cli.main import app; app()"
    done = subprocess.run(
        [sys.executable, "-c", program, "validate", str(file)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert "is good" in done.stdout
    usage = subprocess.run(
        [sys.executable, "-m", "zonemesh", "--help"], capture_output=True, text=True, timeout=60
    )
    assert "Exit codes" in usage.stdout

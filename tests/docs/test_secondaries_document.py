"""The configurations in docs/secondaries.md are what `zonemesh secondary-config` prints."""

import os
import re
import shlex
import time
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from typer.testing import CliRunner

from tests.fakes.mesh_table import mesh_table
from zonemesh.aws.wiring import TablePorts
from zonemesh.cli.main import app
from zonemesh.deployment import TABLE
from zonemesh.ports import Member

TEXT = (Path(__file__).parents[2] / "docs" / "secondaries.md").read_text()
SHOWN = re.findall(
    r"^```sh\n(zonemesh secondary-config [^`]*?)```\n\n```\S+\n(.*?)^```$", TEXT, re.M | re.S
)
SECRET = "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IQ=="
# What the page shows of mesh.yaml is about secondaries alone.
THE_REST = """
integrations: {main: }
zones: [{discover: "*", integration: main, group: customers}]
catalog: {name: catalog.example.com}
"""


@pytest.fixture(scope="module")
def _mesh() -> Iterator[None]:
    """The page's mesh, with a hub in a container and one zone."""
    with mesh_table() as name:
        _fill(TablePorts(os.environ | {TABLE: name}))
        yield


def _fill(ports: TablePorts) -> None:
    stored = boto3.client("secretsmanager").create_secret(Name="paris", SecretString=SECRET)
    shown = re.findall(r"^```yaml\n(.*?)^```", TEXT, re.M | re.S)[0]
    mesh = re.sub(r"secretsmanager:\S+", f"secretsmanager:{stored['ARN']}", shown)
    ports.mesh_store.apply(mesh + THE_REST)
    apex = "example.com."
    member = Member(f"route53:main:{apex}", apex, "main", "Z1", "discovered", ("*",))
    ports.register.put(member)
    ports.reports.heartbeat("hq", {"at": time.time(), "dns": ["0.0.0.0@53", "::@53"]})


@pytest.mark.usefixtures("_mesh")
@pytest.mark.parametrize(("command", "shown"), SHOWN)
def test_the_command_prints_what_is_shown(command: str, shown: str) -> None:
    _, *words = shlex.split(command.replace("\\\n", " "))
    result = CliRunner().invoke(app, [*words, "--table", "mesh-table"])
    assert result.exit_code == 0, result.output
    assert result.stdout == shown


def test_every_server_is_shown_with_a_zone_and_with_the_catalog() -> None:
    kinds = [
        (re.findall(r"--for (\w+)", command)[0], "--catalog" in command) for command, _ in SHOWN
    ]
    servers = ("bind", "knot", "nsd", "powerdns")
    assert sorted(kinds) == sorted((name, both) for name in servers for both in (False, True))

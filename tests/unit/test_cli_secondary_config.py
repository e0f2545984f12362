"""`zonemesh secondary-config` as typed, against a table of the emulated AWS."""

import json
import os
import stat
import time
from pathlib import Path

import boto3
import pytest
from typer.testing import CliRunner, Result

from zonemesh.aws.wiring import TablePorts
from zonemesh.cli.main import app
from zonemesh.deployment import TABLE
from zonemesh.ports import Member

SECRET = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldCE="


@pytest.fixture
def ports(table: str) -> TablePorts:
    """A mesh with one hub, which is heard, one secondary, and two zones."""
    stored = boto3.client("secretsmanager").create_secret(Name="paris", SecretString=SECRET)
    found = TablePorts(os.environ | {TABLE: table})
    found.mesh_store.apply(f"""
integrations: {{main: }}
zones: [{{discover: "*", integration: main}}]
hubs: {{hq: {{secondaries: [paris]}}}}
secondaries: {{paris: {{address: 192.0.2.53, tsig_key: paris}}}}
tsig_keys: {{paris: {{secret: "secretsmanager:{stored["ARN"]}"}}}}
""")
    for apex in ("a.example.", "b.example."):
        key = f"route53:main:{apex}"
        found.register.put(Member(key, apex, "main", "Z1", "discovered", ("*",)))
    found.reports.heartbeat("hq", {"at": time.time(), "dns": ["192.0.2.1@53"]})
    return found


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["secondary-config", *arguments, "--table", "mesh-table"])


def test_without_the_secret_it_says_where_it_belongs(ports: TablePorts) -> None:
    result = run("--all", "--for", "bind")
    assert result.exit_code == 0, result.output
    assert 'secret "SECRET-TO-BE-FILLED-IN"' in result.stdout
    assert SECRET not in result.output
    assert "the secret of the key paris is to be filled in; --with-secret" in result.stderr
    assert result.stdout.count("type secondary;") == 2


def test_with_the_secret_it_goes_to_a_private_file(ports: TablePorts, tmp_path: Path) -> None:
    out = tmp_path / "knot.conf"
    out.write_text("an earlier one")
    result = run("a.example", "--for", "knot", "--with-secret", "--out", str(out))
    assert (result.exit_code, result.output) == (0, "")
    assert f'secret: "{SECRET}"' in out.read_text()
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["knot.conf"]


def test_as_json_it_tells_hubs_zones_and_the_parts(ports: TablePorts) -> None:
    document = json.loads(run("*.example", "--for", "nsd", "--json").stdout)
    assert document["hubs"] == [{"hub": "hq", "places": [{"address": "192.0.2.1", "port": 53}]}]
    assert document["key"] == {"name": "paris", "algorithm": "hmac-sha256"}
    assert [zone["apex"] for zone in document["zones"]] == ["a.example.", "b.example."]
    assert [part["place"] for part in document["sections"]] == [
        "nsd.conf, once",
        "nsd.conf, the zones",
    ]


def test_a_secret_that_cannot_be_read_ends_it_and_nothing_is_written(
    ports: TablePorts, tmp_path: Path
) -> None:
    boto3.client("secretsmanager").put_secret_value(SecretId="paris", SecretString="no base64!")
    out = tmp_path / "named.conf"
    result = run("--all", "--for", "bind", "--with-secret", "--out", str(out))
    assert result.exit_code == 3
    assert "tsig_keys.paris: the secret is not base64" in result.stderr
    assert "no base64!" not in result.output
    assert not out.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--for", "bind"), "name zones, or say `--all`"),
        (("a.example", "--all", "--for", "bind"), "not both"),
        (("--all", "--for", "bind", "--address", "192.0.2.1"), "names no hub"),
        (("--all", "--for", "bind", "--address", "hq=here"), "write HUB=ADDRESS[@PORT]"),
        (("--catalog", "--for", "bind"), "the mesh has no catalog"),
    ],
)
def test_wrong_usage_is_explained(ports: TablePorts, arguments: tuple[str, ...], said: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert said in " ".join(result.output.split())

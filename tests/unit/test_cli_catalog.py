"""`zonemesh catalog` as typed, against a table of the emulated AWS."""

import json
import os
import time

import pytest
from typer.testing import CliRunner, Result

from zonemesh.audit import RESET
from zonemesh.aws.wiring import TablePorts
from zonemesh.catalog import label_of
from zonemesh.catalog_members import catalog_member
from zonemesh.cli.main import app
from zonemesh.deployment import TABLE
from zonemesh.mesh.definition import parse_mesh
from zonemesh.ports import Member
from zonemesh.record_catalog import keep_catalog

MESH = """
integrations: {main: }
zones:
  - {name: gold.example, integration: main, group: gold}
  - {name: east.example, integration: main, hubs: [east]}
  - {discover: "*", integration: main}
hubs: {east: , west: }
catalog: {name: catalog.example}
"""
KEY = "catalog:catalog.example."


def key_of(apex: str) -> str:
    return f"route53:main:{apex}"


def serve(ports: TablePorts, apex: str, *hubs: str) -> None:
    ports.register.put(Member(key_of(apex), apex, "main", "Z", "listed", hubs or ("*",)))
    for hub in hubs or ("east", "west"):
        ports.reports.zone_status(hub, key_of(apex), {"zone": key_of(apex), "serial": 1})


def keep(ports: TablePorts) -> None:
    keep_catalog(ports, parse_mesh(MESH), lambda: int(time.time()))


@pytest.fixture
def ports(table: str) -> TablePorts:
    """A mesh with a catalog of two zones, and others beside it."""
    found = TablePorts(os.environ | {TABLE: table})
    found.mesh_store.apply(MESH)
    catalog = parse_mesh(MESH).catalog
    assert catalog
    found.register.put(catalog_member(catalog))
    for hub in ("east", "west"):
        found.reports.heartbeat(hub, {"at": time.time()})
    serve(found, "gold.example.")
    serve(found, "plain.example.")
    keep(found)
    serve(found, "east.example.", "east")
    member = Member(key_of("new.example."), "new.example.", "main", "Z", "discovered", ("*",))
    found.register.put(member)
    return found


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["catalog", *arguments, "--table", "mesh-table"])


def test_it_is_shown_which_zones_are_named_and_why_others_are_not(ports: TablePorts) -> None:
    result = run("show", "--json")
    assert result.exit_code == 0, result.output
    document = json.loads(result.stdout)
    rows = {row["apex"]: row for row in document["rows"]}
    assert document["zone"] == KEY
    assert {apex: row["standing"] for apex, row in rows.items()} == {
        "east.example.": "left out",
        "gold.example.": "named",
        "new.example.": "waiting",
        "plain.example.": "named",
    }
    assert rows["gold.example."]["group"] == "gold"
    assert rows["plain.example."]["label"] == label_of("plain.example.")
    assert rows["new.example."]["why"] == "not served yet by east, west"
    assert "not on west" in rows["east.example."]["why"]


def test_the_same_for_people(ports: TablePorts) -> None:
    result = run("show")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].startswith(f"{KEY}: serial ")
    (gold,) = (line.split() for line in lines if line.startswith("gold.example."))
    assert gold == ["gold.example.", "named", "gold", label_of("gold.example.")]


def test_what_waits_to_leave_is_shown_with_the_command_that_lets_it(ports: TablePorts) -> None:
    ports.register.remove(key_of("gold.example."))
    ports.register.remove(key_of("plain.example."))
    keep(ports)
    result = run("show")
    head = ports.store.head(KEY)
    assert head and head.held
    assert f"zonemesh approve {KEY} {head.held}" in result.stdout
    assert "2 of 2 zones (100 %)" in result.stdout.replace("\n", " ")
    assert result.stdout.count("leaving") == 2


def test_a_reset_gives_another_label_and_is_noted(ports: TablePorts) -> None:
    before = ports.store.head(KEY)
    result = run("reset", "plain.example", "--yes")
    assert result.exit_code == 0, result.output
    after = ports.store.head(KEY)
    assert before and after and after.serial > before.serial
    assert f"serial {after.serial} has plain.example. anew" in result.stdout
    rows = {row["apex"]: row for row in json.loads(run("show", "--json").stdout)["rows"]}
    assert rows["plain.example."]["label"] == label_of("plain.example.", 1)
    assert rows["gold.example."]["label"] == label_of("gold.example.")
    (entry,) = ports.audit.entries(key_of("plain.example."), 10)
    assert (entry.action, entry.serial) == (RESET, after.serial)
    run("reset", "plain.example.", "--yes")
    assert ports.epochs.epochs(KEY) == {"plain.example.": 2}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("reset", "nowhere.example", "--yes"), "no zone `nowhere.example`"),
        (("reset", "new.example", "--yes"), "does not name new.example."),
        (("reset", "plain.example"), "nobody is there to ask; add `--yes`"),
    ],
)
def test_what_cannot_be_reset(ports: TablePorts, arguments: tuple[str, ...], words: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert words in result.output
    assert ports.epochs.epochs(KEY) == {}


def test_a_mesh_without_a_catalog_says_how_to_have_one(ports: TablePorts) -> None:
    ports.mesh_store.apply(MESH.replace("catalog:", "# catalog:"))
    result = run("show")
    assert result.exit_code == 2
    assert "`catalog:` in mesh.yaml makes one" in result.output

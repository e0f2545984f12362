"""The commands about the mesh's versions: mesh show, mesh history, mesh rollback."""

import json
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from zonemesh.cli.access import table_ports
from zonemesh.cli.app import (
    PROBLEMS,
    USAGE,
    AsJson,
    Endpoint,
    Profile,
    Region,
    TableName,
    Yes,
    app,
    aws_trouble,
    fail,
    mesh,
)
from zonemesh.cli.display import console, show_problems
from zonemesh.cli.mesh_applying import Asked, Force, apply_mesh
from zonemesh.cli.paragraph import INDENT, put
from zonemesh.cli.source_plan import DryRun
from zonemesh.errors import InvalidMesh
from zonemesh.mesh.definition import Mesh, parse_mesh
from zonemesh.ports import MeshStore, MeshVersion
from zonemesh.reasons import moment, plain

app.add_typer(mesh, name="mesh")

Version = Annotated[int, typer.Argument(min=1, metavar="VERSION", help="The version's number.")]
MaybeVersion = Annotated[
    int | None, typer.Argument(min=1, metavar="[VERSION]", help="Its number; else the newest.")
]
Limit = Annotated[int, typer.Option(min=1, help="How many versions at most.")]


@mesh.command("show")
def show(
    table: TableName,
    version: MaybeVersion = None,
    as_json: AsJson = False,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
) -> None:
    """Print a version of the mesh definition as it was applied.

    zonemesh mesh show 3
    """
    with aws_trouble():
        store = table_ports(table, region, endpoint_url, profile).mesh_store
        found = _version(store, version)
    if as_json:
        typer.echo(json.dumps(_document(found) | {"text": found.text}, indent=2))
    else:
        typer.echo(found.text, nl=not found.text.endswith("\n"))


@mesh.command("history")
def history(
    table: TableName,
    limit: Limit = 20,
    as_json: AsJson = False,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
) -> None:
    """List the versions: when, by whom, what changed.

    The newest first.

    zonemesh mesh history
    """
    with aws_trouble():
        found = table_ports(table, region, endpoint_url, profile).mesh_store.versions(limit)
    if as_json:
        typer.echo(json.dumps([_document(each) for each in found], indent=2))
    elif found:
        _show_versions(console(), found)
    else:
        typer.echo("No mesh has been applied yet.")


@mesh.command("rollback")
def rollback(
    version: Version,
    table: TableName,
    yes: Yes = False,
    dry_run: DryRun = False,
    force: Force = False,
    as_json: AsJson = False,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
) -> None:
    """Apply an older version again, as a new one.

    What would change is shown first.

    zonemesh mesh rollback 3 --dry-run
    """
    asked = Asked(dry_run, yes, as_json, force)
    asked.check()
    with aws_trouble():
        ports = table_ports(table, region, endpoint_url, profile)
        older = _version(ports.mesh_store, version)
        apply_mesh(ports, older.text, _parsed(older), asked, restores=version)


def _version(store: MeshStore, number: int | None) -> MeshVersion:
    newest = store.newest()
    if newest is None:
        fail(USAGE, "no mesh has been applied yet: write mesh.yaml, then `zonemesh apply`.")
    if number is None or number == newest.number:
        return newest
    if (found := store.version(number)) is None:
        fail(USAGE, f"no version {number}; the newest is {newest.number}: `zonemesh mesh history`.")
    return found


def _parsed(version: MeshVersion) -> Mesh:
    try:
        return parse_mesh(version.text)
    except InvalidMesh as refused:
        title = f"version {version.number}, which this zonemesh cannot apply"
        show_problems(console(stderr=True), title, refused.problems)
        raise typer.Exit(PROBLEMS) from None


def _show_versions(out: Console, versions: list[MeshVersion]) -> None:
    for version in versions:
        told = version.applied
        title = Text.assemble((f"version {version.number}", "bold"))
        if told is not None:
            title.append(f", {moment(told.time)}, by {plain(told.who) or 'somebody'}")
        put(out, title)
        if told is not None:
            put(out, Text(plain(told.what)), INDENT)


def _document(version: MeshVersion) -> dict[str, object]:
    told = asdict(version.applied) if version.applied else {"time": None, "who": "", "what": ""}
    return {"version": version.number, **told}

"""The commands about the mesh's definition: validate, schema, apply."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from zonemesh.audit import APPLY
from zonemesh.cli.access import table_ports
from zonemesh.cli.app import (
    PROBLEMS,
    USAGE,
    Endpoint,
    Profile,
    Region,
    TableName,
    app,
    aws_trouble,
    fail,
)
from zonemesh.cli.display import console, show_changes, show_problems
from zonemesh.cli.noting import note
from zonemesh.errors import InvalidMesh
from zonemesh.mesh import Mesh, parse_mesh
from zonemesh.mesh_changes import mesh_changes, needs_deployment
from zonemesh.mesh_schema import mesh_schema

if TYPE_CHECKING:
    from zonemesh.aws.wiring import TablePorts

File = Annotated[Path, typer.Argument(help="The mesh definition; `-` reads standard input.")]


@app.command()
def validate(file: File = Path("mesh.yaml")) -> None:
    """Check a mesh definition: all problems at once, with fixes."""
    mesh = _parsed(file, _text_of(file))
    counts = (
        (len(mesh.integrations), "integration", "integrations"),
        (len(mesh.listed), "listed zone", "listed zones"),
        (len(mesh.discovered), "discovery pattern", "discovery patterns"),
        (len(mesh.hubs), "hub", "hubs"),
        (len(mesh.secondaries), "secondary", "secondaries"),
        (len(mesh.tsig_keys), "TSIG key", "TSIG keys"),
    )
    words = [f"{count} {one if count == 1 else many}" for count, one, many in counts if count]
    console().print(f"{_name(file)} is good: {', '.join(words) or 'nothing in it yet'}.")


@app.command()
def schema() -> None:
    """Print the JSON Schema of mesh.yaml, for editors."""
    typer.echo(json.dumps(mesh_schema(), indent=2))


@app.command()
def apply(
    table: TableName,
    file: File = Path("mesh.yaml"),
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
) -> None:
    """Make a mesh definition the current one, and say what changes."""
    text = _text_of(file)
    mesh = _parsed(file, text)
    with aws_trouble():
        _apply(table_ports(table, region, endpoint_url, profile), text, mesh, dry_run)


def _apply(ports: "TablePorts", text: str, mesh: Mesh, dry_run: bool) -> None:
    out, store = console(), ports.mesh_store
    newest = store.newest()
    if newest is not None and newest.text == text:
        out.print(f"Nothing to do: version {newest.number} says the same.")
        return
    old = _known(newest.text) if newest else Mesh()
    if old is None:
        out.print("The current version cannot be read by this zonemesh; it will be replaced.")
    changes = mesh_changes(old or Mesh(), mesh)
    if old is not None and not changes:
        out.print("Comments and layout differ, nothing else.")
    show_changes(out, changes)
    if dry_run:
        out.print("Nothing was applied (--dry-run).")
    else:
        number = store.apply(text).number
        out.print(f"Version {number} is applied; hubs and functions pick it up.")
        # What differs by name and no more: a setting might be anything.
        what = ", ".join(f"{change.sign} {change.what}" for change in changes)
        note(ports, APPLY, None, None, f"version {number}: {what or 'comments and layout'}")
    if deploy := needs_deployment(old or Mesh(), mesh):
        out.print(f"Run `cdk deploy` as well: it gives the {' and '.join(deploy)} their roles.")


def _known(text: str) -> Mesh | None:
    try:
        return parse_mesh(text)
    except InvalidMesh:
        return None


def _name(file: Path) -> str:
    return "standard input" if str(file) == "-" else str(file)


def _text_of(file: Path) -> str:
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except OSError as problem:
        fail(USAGE, f"{file}: {problem.strerror or problem}; name the mesh definition's file.")
    except UnicodeDecodeError as problem:
        fail(USAGE, f"{_name(file)}: not UTF-8 at byte {problem.start}; save it as UTF-8.")


def _parsed(file: Path, text: str) -> Mesh:
    try:
        return parse_mesh(text)
    except InvalidMesh as refused:
        show_problems(console(stderr=True), _name(file), refused.problems)
        raise typer.Exit(PROBLEMS) from None

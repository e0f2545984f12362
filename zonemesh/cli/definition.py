"""The commands about the mesh's definition: validate, schema, apply."""

import json
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

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
)
from zonemesh.cli.display import console, show_problems, show_warnings
from zonemesh.cli.mesh_applying import Asked, Force, apply_mesh
from zonemesh.cli.source_plan import DryRun
from zonemesh.errors import InvalidMesh
from zonemesh.mesh.definition import Mesh, parse_mesh
from zonemesh.mesh.schema import mesh_schema
from zonemesh.mesh.warnings import mesh_warnings

File = Annotated[Path, typer.Argument(help="The mesh definition; `-` reads standard input.")]


@app.command()
def validate(file: File = Path("mesh.yaml"), as_json: AsJson = False) -> None:
    """Check a mesh definition, and tell all problems at once.

    zonemesh validate mesh.yaml
    """
    text = _text_of(file)
    counts = _counts(_parsed(file, text, as_json))
    warnings = mesh_warnings(text)
    if as_json:
        _print_verdict(file, [], warnings, counts)
        return
    words = [f"{count} {one if count == 1 else many}" for one, many, count in counts if count]
    console().print(f"{_name(file)} is good: {', '.join(words) or 'nothing in it yet'}.")
    show_warnings(console(), warnings)


def _counts(mesh: Mesh) -> list[tuple[str, str, int]]:
    return [
        ("integration", "integrations", len(mesh.integrations)),
        ("listed zone", "listed zones", len(mesh.listed)),
        ("discovery pattern", "discovery patterns", len(mesh.discovered)),
        ("pulled zone", "pulled zones", len(mesh.pulled)),
        ("hub", "hubs", len(mesh.hubs)),
        ("primary", "primaries", len(mesh.primaries)),
        ("target", "targets", len(mesh.targets)),
        ("secondary", "secondaries", len(mesh.secondaries)),
        ("TSIG key", "TSIG keys", len(mesh.tsig_keys)),
    ]


def _print_verdict(
    file: Path,
    problems: list[str],
    warnings: list[str],
    counts: Iterable[tuple[str, str, int]] = (),
) -> None:
    verdict = {
        "file": _name(file),
        "good": not problems,
        "problems": problems,
        "warnings": warnings,
        "counts": {many: count for _, many, count in counts},
    }
    typer.echo(json.dumps(verdict, indent=2))


@app.command()
def schema() -> None:
    """Print the JSON Schema of mesh.yaml, for editors.

    zonemesh schema > mesh.schema.json
    """
    typer.echo(json.dumps(mesh_schema(), indent=2))


@app.command()
def apply(
    table: TableName,
    file: File = Path("mesh.yaml"),
    yes: Yes = False,
    dry_run: DryRun = False,
    force: Force = False,
    as_json: AsJson = False,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
) -> None:
    """Make a mesh definition the current one.

    What would change is shown first.

    zonemesh apply mesh.yaml --dry-run
    zonemesh apply
    """
    asked = Asked(dry_run, yes, as_json, force)
    asked.check()
    text = _text_of(file)
    mesh = _parsed(file, text, as_json)
    with aws_trouble():
        apply_mesh(table_ports(table, region, endpoint_url, profile), text, mesh, asked)


def _name(file: Path) -> str:
    return "standard input" if str(file) == "-" else str(file)


def _text_of(file: Path) -> str:
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except OSError as problem:
        fail(USAGE, f"{file}: {problem.strerror or problem}; name the mesh definition's file.")
    except UnicodeDecodeError as problem:
        fail(USAGE, f"{_name(file)}: not UTF-8 at byte {problem.start}; save it as UTF-8.")


def _parsed(file: Path, text: str, as_json: bool) -> Mesh:
    try:
        return parse_mesh(text)
    except InvalidMesh as refused:
        if as_json:
            _print_verdict(file, refused.problems, [])
        else:
            show_problems(console(stderr=True), _name(file), refused.problems)
        raise typer.Exit(PROBLEMS) from None

"""The commands.

Exit codes: 0 done; 1 the mesh definition has problems; 2 wrong usage, a file that cannot be read,
or a zone or snapshot that is not there; 3 AWS does not answer, or refuses.
"""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from zonemesh.adopt import adopt as hand_over
from zonemesh.adopt import check, choose
from zonemesh.bump import bump as raise_serial
from zonemesh.cli.access import table_ports
from zonemesh.cli.display import console, show_changes, show_problems, show_status
from zonemesh.cli.handover import plan
from zonemesh.cli.report import show_report
from zonemesh.cli.status import read_status, status_document
from zonemesh.deployment import TABLE
from zonemesh.errors import CommandRefused, InvalidMesh, StoreError, TooManyRetries
from zonemesh.fidelity import Kind
from zonemesh.fidelity_report import of_kinds, read_report
from zonemesh.mesh import Mesh, mesh_schema, parse_mesh
from zonemesh.mesh_changes import mesh_changes, needs_deployment
from zonemesh.named_zone import member_named
from zonemesh.ports import MeshStore
from zonemesh.serial import MODULUS

PROBLEMS, USAGE, UNAVAILABLE = 1, 2, 3

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Keeps every copy of a DNS zone current.\n\n"
    "Exit codes: 0 done; 1 the mesh definition has problems; 2 wrong usage, a file that cannot be "
    "read, or a zone or snapshot that is not there; 3 AWS does not answer, or refuses.",
)


def _http(url: str | None) -> str | None:
    if url is not None and not url.startswith(("http://", "https://")):
        raise typer.BadParameter(f"{url!r} is no URL; write it like http://127.0.0.1:4566")
    return url


File = Annotated[Path, typer.Argument(help="The mesh definition; `-` reads standard input.")]
Zone = Annotated[str, typer.Argument(help="A zone's name, or its key in the mesh.")]
TableName = Annotated[
    str, typer.Option("--table", envvar=TABLE, help="The stack's table (its output TableName).")
]
Region = Annotated[str | None, typer.Option(help="The table's Region.")]
Endpoint = Annotated[
    str | None, typer.Option(callback=_http, help="Another AWS endpoint, like a local one.")
]
Profile = Annotated[str | None, typer.Option(help="A profile of the AWS configuration.")]


@app.command()
def validate(file: File = Path("mesh.yaml")) -> None:
    """Check a mesh definition; shows all problems at once, each with its fix."""
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
    with _aws_trouble():
        _apply(table_ports(table, region, endpoint_url, profile).mesh_store, text, mesh, dry_run)


def _apply(store: MeshStore, text: str, mesh: Mesh, dry_run: bool) -> None:
    out, newest = console(), store.newest()
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
        out.print(f"Version {store.apply(text).number} is applied; hubs and functions pick it up.")
    if deploy := needs_deployment(old or Mesh(), mesh):
        out.print(f"Run `cdk deploy` as well: it gives the {' and '.join(deploy)} their roles.")


def _known(text: str) -> Mesh | None:
    try:
        return parse_mesh(text)
    except InvalidMesh:
        return None


@app.command()
def status(
    table: TableName,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document instead.")] = False,
) -> None:
    """Show zones and hubs: serials, what was announced, verified and served."""
    with _aws_trouble():
        found = read_status(table_ports(table, region, endpoint_url, profile), time.time())
    if as_json:
        typer.echo(json.dumps(status_document(found), indent=2))
    else:
        show_status(console(), found)


@app.command()
def report(
    zone: Zone,
    table: TableName,
    serial: Annotated[
        int | None, typer.Option(help="The report of that snapshot; the newest by default.")
    ] = None,
    held: Annotated[
        bool, typer.Option("--held", help="The report of the snapshot that is held.")
    ] = False,
    kind: Annotated[
        list[Kind] | None,
        typer.Option(
            metavar="<kind>",
            help=f"Only losses of this kind ({', '.join(Kind)}); may be repeated.",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="A JSON document a line, and nothing else.")
    ] = False,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
) -> None:
    """Show what a zone's copies do not carry as Route 53 holds it, and why."""
    if held and serial is not None:
        raise typer.BadParameter("choose one of `--serial` and `--held`")
    with _aws_trouble():
        ports = table_ports(table, region, endpoint_url, profile)
        member = member_named(zone, ports.register.members())
        found = read_report(ports.store, member.zone, serial=serial, held=held)
    lines = of_kinds(found.lines, kind or [])
    if as_json:
        for line in lines:
            typer.echo(line.entry().text, nl=False)
    else:
        show_report(console(), found, lines)


@app.command()
def bump(
    zone: Zone,
    table: TableName,
    above: Annotated[
        int | None,
        typer.Option(min=0, max=MODULUS - 1, help="Above this one, which a secondary may hold."),
    ] = None,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
) -> None:
    """Raise a zone's serial once, with nothing changed in it."""
    with _aws_trouble():
        ports = table_ports(table, region, endpoint_url, profile)
        member = member_named(zone, ports.register.members())
        strategy = _mesh_in(ports.mesh_store).zone_policy(member).serial.strategy
        done = raise_serial(ports.store, member.zone, strategy, _now, above)
    if done.before == done.after:
        console().print(f"Nothing to do: {member.zone} is at {done.after}, above {above}.")
    else:
        console().print(f"{member.zone}: serial {done.before} → {done.after}; the hubs are rung.")


@app.command()
def adopt(
    new_zone: Annotated[
        str,
        typer.Argument(help="The hosted zone that takes over: its id, its key, or the name."),
    ],
    table: TableName,
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
) -> None:
    """Hand a zone's name over to another hosted zone that bears it."""
    with _aws_trouble():
        ports = table_ports(table, region, endpoint_url, profile)
        offer = choose(new_zone, ports.register.members())
        mesh = _mesh_in(ports.mesh_store)
        check(offer, mesh)
        heads = ports.store.heads({offer.taker.zone, offer.holder.zone})
        for line in plan(offer, mesh, heads):
            console().print(line, soft_wrap=True)
        if not yes:
            _ask("Hand the name over?")
            if choose(new_zone, ports.register.members()) != offer:
                _fail(USAGE, "nothing was changed: the zones are other than shown by now; again?")
        hand_over(ports.register, offer)
    console().print("Entered: the next sweep orders the listing; `zonemesh status` shows the rest.")


def _ask(question: str) -> None:
    if not sys.stdin.isatty():
        _fail(USAGE, "nothing was changed: nobody is there to ask; add `--yes` to do it.")
    typer.confirm(question, abort=True)


def _mesh_in(store: MeshStore) -> Mesh:
    newest = store.newest()
    return parse_mesh(newest.text) if newest else Mesh()


def _now() -> int:
    return int(time.time())


def _name(file: Path) -> str:
    return "standard input" if str(file) == "-" else str(file)


def _text_of(file: Path) -> str:
    try:
        return sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
    except OSError as problem:
        _fail(USAGE, f"{file}: {problem.strerror or problem}; name the mesh definition's file.")
    except UnicodeDecodeError as problem:
        _fail(USAGE, f"{_name(file)}: not UTF-8 at byte {problem.start}; save it as UTF-8.")


def _parsed(file: Path, text: str) -> Mesh:
    try:
        return parse_mesh(text)
    except InvalidMesh as refused:
        show_problems(console(stderr=True), _name(file), refused.problems)
        raise typer.Exit(PROBLEMS) from None


@contextmanager
def _aws_trouble() -> Iterator[None]:
    """End with a sentence instead of a traceback."""
    try:
        yield
    except InvalidMesh as refused:
        show_problems(console(stderr=True), "the mesh in the table", refused.problems)
        raise typer.Exit(PROBLEMS) from None
    except CommandRefused as problem:
        _fail(USAGE, str(problem))
    except (StoreError, TooManyRetries) as problem:
        _fail(UNAVAILABLE, str(problem))


def _fail(code: int, sentence: str) -> NoReturn:
    typer.echo(f"zonemesh: {sentence}", err=True)
    raise typer.Exit(code)

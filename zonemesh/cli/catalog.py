"""The commands about the catalog zone: catalog show, catalog reset."""

import json

import typer
from rich.table import Table
from rich.text import Text

from zonemesh.audit import RESET
from zonemesh.catalog_state import CatalogState, Standing, read_catalog
from zonemesh.catalog_state import reset as begin_epoch
from zonemesh.cli.access import table_ports
from zonemesh.cli.app import (
    AsJson,
    Endpoint,
    Profile,
    Region,
    TableName,
    Yes,
    Zone,
    app,
    ask,
    aws_trouble,
    mesh_in,
    now,
)
from zonemesh.cli.command import Commands
from zonemesh.cli.display import console
from zonemesh.cli.noting import note
from zonemesh.cli.paragraph import fits, put
from zonemesh.cli.telling import Telling
from zonemesh.named_zone import member_named

catalog = Commands(help="Show the catalog zone; have a zone of it taken anew.")
app.add_typer(catalog, name="catalog")

_COLOURS = {
    Standing.NAMED: "green",
    Standing.ENTERING: "yellow",
    Standing.WAITING: "yellow",
    Standing.LEAVING: "yellow",
    Standing.LEFT_OUT: "dim",
}


@catalog.command()
def show(
    table: TableName,
    as_json: AsJson = False,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
) -> None:
    """Show which zones the catalog names.

    And why it does not name others.

    zonemesh catalog show
    """
    with aws_trouble():
        ports = table_ports(table, region, endpoint_url, profile)
        found = read_catalog(ports, mesh_in(ports.mesh_store), now)
    if as_json:
        typer.echo(json.dumps(found.document(), indent=2))
    else:
        _show(found)


@catalog.command()
def reset(
    zone: Zone,
    table: TableName,
    yes: Yes = False,
    as_json: AsJson = False,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
) -> None:
    """Have a zone transferred anew by all who follow the catalog.

    They throw away what they have of it, and answer nothing for it meanwhile.

    zonemesh catalog reset example.com
    """
    telling = Telling(as_json, yes)
    with aws_trouble():
        ports = table_ports(table, region, endpoint_url, profile)
        mesh = mesh_in(ports.mesh_store)
        member = member_named(zone, ports.register.members())
        if not yes:
            ask(
                f"Every secondary that follows the catalog throws {member.apex} away, answers "
                "nothing for it, and transfers it anew. Go on?"
            )
        epoch, kept = begin_epoch(ports, mesh, now, member.apex)
        recorded = kept.recorded
        serial = recorded.snapshot.serial if recorded else None
        note(ports, RESET, member.zone, serial, f"epoch {epoch} in the catalog")
    if recorded is None or kept.problem:
        said = f"Entered, and not recorded yet: {kept.problem or 'the next sweep does'}."
    elif recorded.held:
        said = f"Entered; the catalog's serial {serial} waits for `zonemesh approve`."
    else:
        name = recorded.snapshot.zone
        said = f"{name}: serial {serial} has {member.apex} anew; the hubs are rung."
    telling.out.print(said)
    held = bool(recorded and recorded.held)
    telling.document(zone=member.zone, epoch=epoch, serial=serial, held=held)


def _show(found: CatalogState) -> None:
    out = console()
    serial = "nothing recorded yet" if found.serial is None else f"serial {found.serial}"
    out.print(Text.assemble((found.zone, "bold"), f": {serial}"))
    if found.rows:
        rows = _rows(found)
        out.print(rows if fits(out, rows) else _rows(found, labels=False))
    for concern in found.concerns:
        put(out, Text.assemble(("! ", "yellow"), f"serial {found.held} waits: {concern}"))
    if found.held is not None:
        out.print(f"  serve it: zonemesh approve {found.zone} {found.held}")


def _rows(found: CatalogState, *, labels: bool = True) -> Table:
    """Make the table of zones; without the labels, hashes of the names, where room is scarce."""
    table = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    table.add_column("ZONE", overflow="fold")
    for heading in ("STATE", "GROUP", *(["LABEL"] if labels else [])):
        table.add_column(heading, no_wrap=True)
    table.add_column("", overflow="fold")
    for row in found.rows:
        epoch = f"epoch {row.epoch}" if row.epoch else ""
        state = Text(row.standing.value, style=_COLOURS[row.standing])
        label = [row.label] if labels else []
        table.add_row(row.apex, state, row.group or "", *label, row.why or epoch)
    return table

"""The commands that show how the mesh is: status, report."""

import json
import time
from typing import Annotated

import typer

from zonemesh.cli.access import table_ports, zone_ports
from zonemesh.cli.app import Endpoint, Profile, Region, TableName, Zone, app, aws_trouble
from zonemesh.cli.display import console
from zonemesh.cli.report import show_report
from zonemesh.cli.status_screen import show_status
from zonemesh.fidelity import Kind
from zonemesh.fidelity_report import of_kinds, read_report
from zonemesh.status.mesh_status import read_status, status_document


@app.command()
def status(
    table: TableName,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document instead.")] = False,
) -> None:
    """Show zones, hubs, secondaries and targets, and what is amiss."""
    with aws_trouble():
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
    """Show what of a zone plain DNS cannot hold, and what is served."""
    if held and serial is not None:
        raise typer.BadParameter("choose one of `--serial` and `--held`")
    with aws_trouble():
        ports, member = zone_ports(zone, table, region, endpoint_url, profile)
        found = read_report(ports.store, member.zone, serial=serial, held=held)
    lines = of_kinds(found.lines, kind or [])
    if as_json:
        for line in lines:
            typer.echo(line.entry().text, nl=False)
    else:
        show_report(console(), found, lines)

"""The commands that show how the mesh is: status, report."""

import json
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Annotated

import typer

from zonemesh.chosen_zones import members_chosen
from zonemesh.cli.access import table_ports
from zonemesh.cli.app import (
    PROBLEMS,
    AsJson,
    Endpoint,
    Profile,
    Region,
    TableName,
    Zones,
    app,
    aws_trouble,
)
from zonemesh.cli.completion import zone_names
from zonemesh.cli.display import console
from zonemesh.cli.noting import say
from zonemesh.cli.report import show_report
from zonemesh.cli.status_screen import EVERYTHING, Room, show_status
from zonemesh.cli.waiting import waiting
from zonemesh.cli.watching import Watcher, watch_lines, watch_screen
from zonemesh.errors import CommandRefused
from zonemesh.fidelity import FidelityLine, Kind
from zonemesh.fidelity_report import FidelityReport, of_kinds, read_report
from zonemesh.status.document import whole_document
from zonemesh.status.mesh_status import StatusPorts, read_status
from zonemesh.status.remembered import RememberedPorts
from zonemesh.status.zones import of_zones


@app.command()
def status(
    table: TableName,
    zones: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[ZONE]...",
            autocompletion=zone_names,
            help="Only these zones; patterns in quotes, like '*.example.com'.",
        ),
    ] = None,
    watch: Annotated[
        bool,
        typer.Option("--watch", help="Go on until Ctrl-C; in a pipe, a line a change."),
    ] = False,
    every: Annotated[float, typer.Option(min=0.5, help="Seconds between two looks.")] = 2.0,
    whole: Annotated[
        bool, typer.Option("--all", help="All zones, hubs and needs, however many.")
    ] = False,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Show what needs somebody, and where each zone is served.

    Of many zones those are shown that are not current everywhere.

    zonemesh status
    zonemesh status 'shop-*' --json
    zonemesh status --watch --every 5
    """
    with aws_trouble():
        ports = table_ports(table, region, endpoint_url, profile)
        if watch:
            _watch(RememberedPorts(ports, time.monotonic), zones or [], every, as_json)
            return
        with waiting("reading the table"):
            found = of_zones(read_status(ports, time.time()), zones or [])
    if as_json:
        typer.echo(json.dumps(whole_document(found), indent=2))
    else:
        show_status(console(), found, EVERYTHING if whole else Room())


def _watch(ports: StatusPorts, zones: list[str], every: float, as_json: bool) -> None:
    out = console()
    watcher = Watcher(lambda: of_zones(read_status(ports, time.time()), zones))
    with suppress(KeyboardInterrupt):
        if as_json or not out.is_terminal:
            watch_lines(watcher, every, as_json=as_json)
        else:
            watch_screen(out, watcher, every)


@app.command()
def report(
    zones: Zones,
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
    """Show what of a zone plain DNS cannot hold.

    Each loss with what is served instead, and which setting of the policy decided.

    zonemesh report example.com
    zonemesh report '*' --kind geolocation --json
    """
    if held and serial is not None:
        raise typer.BadParameter("choose one of `--serial` and `--held`")
    with aws_trouble():
        ports = table_ports(table, region, endpoint_url, profile)
        members = members_chosen(zones, ports.register.members())
        left = []
        for number, member in enumerate(members):
            try:
                found = read_report(ports.store, member.zone, serial=serial, held=held)
            except CommandRefused as problem:  # the others have a report all the same
                if len(members) == 1:
                    raise
                left.append(member)
                say(str(problem))
                continue
            _show_report(found, of_kinds(found.lines, kind or []), as_json, first=not number)
    if left:
        raise typer.Exit(PROBLEMS)


def _show_report(
    found: FidelityReport, lines: Sequence[FidelityLine], as_json: bool, *, first: bool
) -> None:
    if as_json:
        for line in lines:
            document = {"zone": found.snapshot.zone} | json.loads(line.entry().text)
            typer.echo(json.dumps(document, ensure_ascii=False))
        return
    if not first:
        console().print()
    show_report(console(), found, lines)

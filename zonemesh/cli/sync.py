"""The command that brings zones up to date everywhere now: sync."""

import json
import time
from typing import TYPE_CHECKING, Annotated

import typer

from zonemesh.chosen_hubs import hubs_chosen
from zonemesh.chosen_zones import members_chosen
from zonemesh.cli.access import table_ports
from zonemesh.cli.app import (
    PROBLEMS,
    UNAVAILABLE,
    AsJson,
    Endpoint,
    Profile,
    Region,
    TableName,
    app,
    aws_trouble,
    mesh_in,
)
from zonemesh.cli.completion import hub_names, zone_names
from zonemesh.cli.display import console
from zonemesh.cli.following import sign
from zonemesh.cli.noting import say
from zonemesh.cli.sync_progress import (
    ProgressLines,
    awaited,
    progress_document,
    show_ordered,
    show_outcome,
)
from zonemesh.orders.sync_now import (
    SyncOrdered,
    SyncProgress,
    order_hub_sync,
    order_sync,
    read_progress,
)

if TYPE_CHECKING:
    from zonemesh.aws.wiring import TablePorts

_FIRST_LOOK, _LONGEST_LOOK = 0.5, 3.0  # seconds between looks: large meshes take reads

Zones = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="ZONE...",
        autocompletion=zone_names,
        help="Names, keys or patterns in quotes, like '*.example.com'; all without any.",
    ),
]
Hub = Annotated[
    list[str] | None,
    typer.Option(
        metavar="HUB",
        autocompletion=hub_names,
        help="Have this hub, or those that fit, compare everything; sources are not read.",
    ),
]
Wait = Annotated[
    float, typer.Option(min=0, max=3600, metavar="SECONDS", help="How long to look on.")
]
NoWait = Annotated[bool, typer.Option("--no-wait", help="Order it, and do not look on.")]


@app.command()
def sync(
    table: TableName,
    zones: Zones = None,
    hub: Hub = None,
    wait: Wait = 120.0,
    no_wait: NoWait = False,
    as_json: AsJson = False,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
) -> None:
    """Bring zones up to date everywhere, now.

    How far that has got is shown. Sources are read whole, hubs compare what they serve, ask and
    notify their secondaries again, and list targets for what others changed there. Without names,
    hosted zones that came or went are looked for as well. Ends with 1 where a place is not as it
    should be, and with 3 where something did not answer in time.

    zonemesh sync example.com
    zonemesh sync --hub 'eu-*'
    """
    if zones and hub:
        raise typer.BadParameter("choose zones, or `--hub`")
    began = time.monotonic()
    with aws_trouble():
        ports = table_ports(table, region, endpoint_url, profile)
        ordered = _ordered(ports, zones or [], hub or [])
        if no_wait:
            _tell_ordered(ordered, as_json)
            return
        progress = _follow(ports, ordered, began + wait, ProgressLines(quiet=as_json))
    if as_json:
        typer.echo(json.dumps(progress_document(progress, time.time()), indent=2))
    else:
        show_outcome(console(), progress, time.time(), time.monotonic() - began)
    if not progress.done:
        raise typer.Exit(UNAVAILABLE)
    if not progress.ok:
        raise typer.Exit(PROBLEMS)


def _ordered(ports: "TablePorts", zones: list[str], hubs: list[str]) -> SyncOrdered:
    mesh, members = mesh_in(ports.mesh_store), ports.register.members()
    if hubs:
        chosen = hubs_chosen(hubs, mesh.hubs)
        return order_hub_sync(ports, mesh, chosen, members, time.time, say)
    wanted = members_chosen(zones, members) if zones else members
    return order_sync(ports, mesh, wanted, time.time, say, everything=not zones)


def _tell_ordered(ordered: SyncOrdered, as_json: bool) -> None:
    if as_json:
        orders = {order.hub: order.id for order in ordered.orders}
        zones = [member.zone for member in ordered.members]
        document = {"zones": zones, "hub_orders": orders, "listings": dict(ordered.listed_by)}
        typer.echo(json.dumps(document, indent=2))
    else:
        show_ordered(console(), ordered)


def _follow(
    ports: "TablePorts", ordered: SyncOrdered, until: float, lines: ProgressLines
) -> SyncProgress:
    """Look until every place is settled, or the time is over."""
    pause = _FIRST_LOOK
    with sign() as shown:
        while True:
            progress = read_progress(ports, ordered)
            shown.put(lines.news(progress))
            if progress.done or time.monotonic() >= until:
                return progress
            shown.waiting_for(awaited(progress))
            time.sleep(pause)
            pause = min(pause * 1.2, _LONGEST_LOOK)

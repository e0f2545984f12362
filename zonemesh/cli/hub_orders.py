"""The commands that order something of hubs: hub test, hub refresh, hub restart."""

import json
import time
from typing import Annotated

import typer

from zonemesh.chosen_hubs import hubs_chosen
from zonemesh.cli.access import table_ports
from zonemesh.cli.app import (
    AsJson,
    Endpoint,
    Profile,
    Region,
    TableName,
    app,
    aws_trouble,
    hub,
    mesh_in,
)
from zonemesh.cli.completion import hub_names
from zonemesh.cli.display import console
from zonemesh.cli.following import Follower, documents, exit_code, follow, show_end
from zonemesh.cli.noting import say
from zonemesh.orders.order import OrderKind
from zonemesh.orders.ordering import give

app.add_typer(hub, name="hub")

_MOST = 600.0  # seconds; what a hub has not taken up by then it carries out no more

Hubs = Annotated[
    list[str],
    typer.Argument(
        metavar="HUB...", autocompletion=hub_names, help="Names, or patterns in quotes: 'eu-*'."
    ),
]
Wait = Annotated[
    float,
    typer.Option(min=0, max=_MOST, metavar="SECONDS", help="How long to wait for the hubs."),
]


@hub.command("test")
def test(
    hubs: Hubs,
    table: TableName,
    wait: Wait = 60.0,
    as_json: AsJson = False,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
) -> None:
    """Look whether all is there that hubs stand on.

    Whether their name servers answer, whether they reach AWS, their primaries, secondaries and
    targets, whether secrets can be read, disk and clock are well. Ends with 1 where something is
    not, and with 3 where a hub does not answer.

    zonemesh hub test hq
    zonemesh hub test '*' --json
    """
    _order(OrderKind.TEST, hubs, table, wait, as_json, region, endpoint_url, profile)


@hub.command("refresh")
def refresh(
    hubs: Hubs,
    table: TableName,
    wait: Wait = 60.0,
    as_json: AsJson = False,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
) -> None:
    """Have hubs read the mesh and its secrets again.

    NSD reads its configuration again, too. As after a change of a secret, which nothing tells hubs
    of. Exit codes as of `hub test`.

    zonemesh hub refresh hq
    """
    _order(OrderKind.REFRESH, hubs, table, wait, as_json, region, endpoint_url, profile)


@hub.command("restart")
def restart(
    hubs: Hubs,
    table: TableName,
    wait: Wait = 120.0,
    as_json: AsJson = False,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
) -> None:
    """Restart NSD on hubs, and wait until it serves again.

    For that moment the hub answers nobody. Exit codes as of `hub test`.

    zonemesh hub restart hq
    """
    _order(OrderKind.RESTART, hubs, table, wait, as_json, region, endpoint_url, profile)


def _order(
    kind: OrderKind,
    hubs: list[str],
    table: str,
    wait: float,
    as_json: bool,
    region: str | None,
    endpoint_url: str | None,
    profile: str | None,
) -> None:
    out = console()
    with aws_trouble():
        ports = table_ports(table, region, endpoint_url, profile)
        chosen = hubs_chosen(hubs, mesh_in(ports.mesh_store).hubs)
        orders = give(ports, kind, chosen, time.time, say)
        follower = Follower(max(map(len, chosen)))
        found = follow(ports, orders, wait, (lambda _: []) if as_json else follower.news)
    if as_json:
        typer.echo(json.dumps(documents(found, time.time()), indent=2))
    else:
        show_end(out, found, time.time())
    if code := exit_code(found):
        raise typer.Exit(code)

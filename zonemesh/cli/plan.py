"""The command that says what publishing a zone to a target would change: plan."""

import json
import time
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from zonemesh.cli.access import zone_ports
from zonemesh.cli.app import (
    PROBLEMS,
    UNAVAILABLE,
    AsJson,
    Endpoint,
    Profile,
    Region,
    TableName,
    TargetName,
    Zone,
    app,
    aws_trouble,
    fail,
    mesh_in,
)
from zonemesh.cli.display import console
from zonemesh.cli.following import follow
from zonemesh.cli.noting import say
from zonemesh.cli.publication import Publication, see_that_it_is_published, target_trouble
from zonemesh.cli.source_plan import open_source, source_trouble
from zonemesh.mesh.places import Route53Target
from zonemesh.orders.order import OrderKind
from zonemesh.orders.ordering import give, why_not_done
from zonemesh.ports import Member
from zonemesh.targets.approving import target_named

if TYPE_CHECKING:
    from zonemesh.aws.wiring import TablePorts

_STYLES = {"-": "red", "+": "green", "=": "dim", "!": "yellow", "~": "cyan"}

ByHub = Annotated[
    bool,
    typer.Option("--by-hub", help="Have the hub list a Route 53 target, with its own credentials."),
]
Wait = Annotated[
    float, typer.Option(min=0, max=600, metavar="SECONDS", help="How long to wait for the hub.")
]
TargetProfile = Annotated[
    str | None, typer.Option(help="A profile of the AWS configuration that may read the target.")
]


@app.command()
def plan(
    zone: Zone,
    target: TargetName,
    table: TableName,
    by_hub: ByHub = False,
    wait: Wait = 180.0,
    as_json: AsJson = False,
    target_profile: TargetProfile = None,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
) -> None:
    """Say what publishing a zone to a target would change.

    Nothing is changed. A Route 53 target is listed with the caller's credentials, any other one by
    its hub, which has what it needs.

    zonemesh plan example.com copy
    """
    with aws_trouble(), source_trouble(), target_trouble():
        ports, member = zone_ports(zone, table, region, endpoint_url, profile)
        mesh = mesh_in(ports.mesh_store)
        definition = target_named(mesh, member, target)
        see_that_it_is_published(mesh, ports.register.members(), member, target)
        if by_hub or not isinstance(definition, Route53Target):
            lines = _by_hub(ports, member, target, definition.hub, wait)
        else:
            access = open_source(ports, mesh, definition.integration, endpoint_url, target_profile)
            lines = Publication(ports, mesh, member, target, definition, access).lines()
    if as_json:
        document = {"zone": member.zone, "target": target, "lines": lines}
        typer.echo(json.dumps(document, indent=2))
    else:
        show_lines(console(), lines)


def _by_hub(ports: "TablePorts", member: Member, target: str, hub: str, wait: float) -> list[str]:
    """Have a hub make the plan, and wait for it."""
    kind, zones = OrderKind.PLAN, (member.zone,)
    orders = give(ports, kind, [hub], time.time, say, zones=zones, target=target)
    (standing,) = follow(ports, orders, wait)
    if not standing.done or standing.result is None:
        fail(UNAVAILABLE, f"hub {hub} gives no plan: {why_not_done(standing, time.time())}")
    if not standing.ok:
        why = "; ".join(step.detail for step in standing.result.failures)
        fail(PROBLEMS, f"hub {hub} cannot plan it: {why}")
    return list(standing.result.lines)


def show_lines(out: Console, lines: list[str]) -> None:
    """Show a plan's lines, coloured by their signs."""
    for line in lines:
        out.print(Text(line, style=_STYLES.get(line[:1], "")), soft_wrap=True)

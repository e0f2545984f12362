"""The command that asks everybody who serves a zone whether they serve it as it is: verify."""

import json
import time
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated

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
    mesh_in,
)
from zonemesh.cli.display import console
from zonemesh.cli.source_plan import SourceProfile, open_source, source_trouble
from zonemesh.cli.verify_text import show_verification, verification_document
from zonemesh.cli.waiting import waiting
from zonemesh.dns_resolver import DnsResolver
from zonemesh.mesh.definition import Mesh
from zonemesh.mesh.places import Route53Target
from zonemesh.ports import Member
from zonemesh.targets.route53_place import hosted_zone_of
from zonemesh.verify.asking import DnsAsker
from zonemesh.verify.places import Written, written_server
from zonemesh.verify.readiness import Network, addresses_by
from zonemesh.verify.servers import Accounts
from zonemesh.verify.whole import Verification, Wish, verify_zone

if TYPE_CHECKING:
    from zonemesh.aws.source_access import SourceAccess

PAUSE = 2.0  # seconds before what differs is asked again


def _server(text: str) -> Written:
    try:
        return written_server(text)
    except ValueError as problem:
        raise typer.BadParameter(f"{problem}; write [NAME=]ADDRESS@PORT") from None


Servers = Annotated[
    list[Written] | None,
    typer.Option(
        "--server",
        parser=_server,
        metavar="[NAME=]ADDRESS@PORT",
        help="Ask this server too; NAME is a hub, secondary or target of which it is one.",
    ),
]
Resolver = Annotated[
    Written | None,
    typer.Option(
        parser=_server,
        metavar="ADDRESS@PORT",
        help="A recursive resolver to find name servers with, not the system's.",
    ),
]
ParentServers = Annotated[
    list[Written] | None,
    typer.Option(
        "--parent-server",
        parser=_server,
        metavar="ADDRESS@PORT",
        help="A server of the parent zone, where the resolver does not lead to it.",
    ),
]


@app.command()
def verify(
    zones: Zones,
    table: TableName,
    sample: Annotated[
        int | None, typer.Option(min=1, help="Ask only so many of the zone's names.")
    ] = None,
    servers: Servers = None,
    resolver: Resolver = None,
    parent_servers: ParentServers = None,
    name_server_port: Annotated[
        int, typer.Option(min=1, max=65535, help="The port of servers known by name.")
    ] = 53,
    as_json: AsJson = False,
    source_profile: SourceProfile = None,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
) -> None:
    """Compare what all who serve a zone answer.

    Ends with 1 where somebody answers otherwise, or not at all.

    zonemesh verify example.com
    zonemesh verify '*.example.com' --sample 50
    """
    parents = [(each.address, each.port) for each in parent_servers or ()]
    wish = Wish(sample, servers or (), parents)
    good = True
    with aws_trouble(), source_trouble():
        ports = table_ports(table, region, endpoint_url, profile)
        members = members_chosen(zones, ports.register.members())
        mesh = mesh_in(ports.mesh_store)

        def access(integration: str) -> "SourceAccess":
            return open_source(ports, mesh, integration, endpoint_url, source_profile)

        for number, member in enumerate(members):
            network = _network(mesh, member, access, resolver, name_server_port)
            with waiting(_which(member, number, len(members))):
                done = verify_zone(ports, mesh, member, network, wish)
            _tell(done, as_json, first=not number)
            good = good and done.good
    if not good:
        raise typer.Exit(PROBLEMS)


def _which(member: Member, number: int, count: int) -> str:
    of = f" ({number + 1} of {count})" if count > 1 else ""
    return f"asking everybody about {member.apex}{of}"


def _tell(done: Verification, as_json: bool, *, first: bool) -> None:
    if as_json:
        typer.echo(json.dumps(verification_document(done), indent=2))
        return
    if not first:
        console().print()
    show_verification(console(), done)


Access = Callable[[str], "SourceAccess"]


def _network(
    mesh: Mesh, member: Member, access: Access, resolver: Written | None, port: int
) -> Network:
    found = DnsResolver((resolver.address, resolver.port) if resolver else None)
    accounts = Accounts(
        partial(_of_source, member, access),
        partial(_of_target, mesh, member, access),
        addresses_by(found),
        port,
    )
    return Network(accounts, DnsAsker(), found, lambda: time.sleep(PAUSE))


def _of_source(member: Member, access: Access) -> tuple[str, ...]:
    opened = access(member.integration)
    return opened.source(member.hosted_zone_id, member.apex).name_servers()


def _of_target(mesh: Mesh, member: Member, access: Access, name: str) -> tuple[str, ...]:
    target = mesh.targets[name]
    assert isinstance(target, Route53Target)
    opened = access(target.integration)

    def why_not(id: str) -> str:
        return "it is the source" if id == member.hosted_zone_id else ""

    id = hosted_zone_of(name, target, member.apex, opened.account, why_not)
    return opened.source(id, member.apex).name_servers()

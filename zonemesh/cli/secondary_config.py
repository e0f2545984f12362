"""The command that writes a secondary's configuration: secondary-config."""

import json
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zonemesh.cli.access import secret_reader, table_ports
from zonemesh.cli.app import (
    UNAVAILABLE,
    AsJson,
    Endpoint,
    Profile,
    Region,
    TableName,
    app,
    aws_trouble,
    fail,
    mesh_in,
)
from zonemesh.cli.completion import hub_names, secondary_names, zone_names
from zonemesh.cli.files import replace_file
from zonemesh.errors import InvalidSecret, SecretUnreadable
from zonemesh.mesh.definition import Mesh
from zonemesh.secondary_config.choosing import Wanted, choose
from zonemesh.secondary_config.following import Following
from zonemesh.secondary_config.software import Software, sections, text
from zonemesh.tsig_secret import read_secret
from zonemesh.verify.places import Written, written_server

if TYPE_CHECKING:
    from zonemesh.aws.wiring import TablePorts


def _address(text: str) -> Written:
    try:
        written = written_server(text)
    except ValueError as problem:
        raise typer.BadParameter(f"{problem}; write HUB=ADDRESS[@PORT]") from None
    if not written.of:
        raise typer.BadParameter(f"{text!r} names no hub; write HUB=ADDRESS[@PORT]")
    return written


Zones = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="[ZONE]...",
        autocompletion=zone_names,
        help="Names, keys, or patterns in quotes, like '*.example.com'.",
    ),
]
All = Annotated[bool, typer.Option("--all", help="All zones that the hubs serve.")]
Catalog = Annotated[
    bool, typer.Option("--catalog", help="Follow the mesh's catalog zone, for zones to come.")
]
For = Annotated[Software, typer.Option("--for", help="The server's program.")]
Hubs = Annotated[
    list[str] | None,
    typer.Option(
        "--hub",
        autocompletion=hub_names,
        help="Transfer from this hub alone; may be repeated. All by default.",
    ),
]
Name = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        autocompletion=secondary_names,
        help="The secondary of mesh.yaml that it is for, if not the only one.",
    ),
]
Addresses = Annotated[
    list[Written] | None,
    typer.Option(
        "--address",
        parser=_address,
        metavar="HUB=ADDRESS[@PORT]",
        help="Where the server reaches a hub, if not where that says it listens; may be repeated.",
    ),
]
WithSecret = Annotated[
    bool, typer.Option("--with-secret", help="Read the key's secret, and print it.")
]
Out = Annotated[
    Path | None, typer.Option(help="Write to this file, private where the secret is inside.")
]


@app.command("secondary-config")
def secondary_config(
    table: TableName,
    software: For,
    zones: Zones = None,
    every: All = False,
    catalog: Catalog = False,
    hubs: Hubs = None,
    secondary: Name = None,
    addresses: Addresses = None,
    with_secret: WithSecret = False,
    out: Out = None,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Write what a secondary needs to follow hubs, to paste.

    For BIND, Knot, NSD or PowerDNS. What has to be filled in is said on standard error; no server
    starts without it.

    zonemesh secondary-config example.com --hub hq --for bind
    """
    wanted = _wanted(zones, every, catalog, hubs, secondary, addresses)
    with aws_trouble():
        ports = table_ports(table, region, endpoint_url, profile)
        mesh = mesh_in(ports.mesh_store)
        listens = {hub: _listens(ports, hub) for hub in mesh.hubs}
        chosen = choose(mesh, ports.register.members(), listens, wanted)
        following = chosen.following
        if with_secret:
            following = _with_secret(ports, mesh, following)
    document = _document(software, following, chosen.notes)
    shown = json.dumps(document, indent=2) + "\n" if as_json else text(following, software)
    for line in [*chosen.notes, *_without_secret(following)]:
        typer.echo(f"zonemesh: {line}", err=True)
    if out is None:
        typer.echo(shown, nl=False)
    else:
        secret = bool(following.key and following.key.secret)
        replace_file(out, shown, private=secret)


def _wanted(
    zones: Sequence[str] | None,
    every: bool,
    catalog: bool,
    hubs: Sequence[str] | None,
    secondary: str | None,
    addresses: Sequence[Written] | None,
) -> Wanted:
    if every and zones:
        raise typer.BadParameter("name zones, or say `--all`, not both")
    if not (every or zones or catalog):
        raise typer.BadParameter("name zones, or say `--all`, or `--catalog`")
    return Wanted(
        tuple(zones or ()), every, catalog, tuple(hubs or ()), secondary, tuple(addresses or ())
    )


def _listens(ports: "TablePorts", hub: str) -> list[str] | None:
    heartbeat = ports.reports.reports(hub).heartbeat
    return list(heartbeat.get("dns") or ()) if heartbeat else None


def _with_secret(ports: "TablePorts", mesh: Mesh, following: Following) -> Following:
    """Read the key's secret from where the mesh says that it is; ends where that is not to be."""
    if following.key is None:
        return following
    name = following.key.name
    try:
        secret = read_secret(name, secret_reader(ports).read(mesh.tsig_keys[name].secret))
    except (InvalidSecret, SecretUnreadable) as problem:
        fail(UNAVAILABLE, f"{problem}; without --with-secret it is left to be filled in.")
    return replace(following, key=replace(following.key, secret=secret))


def _without_secret(following: Following) -> list[str]:
    if following.key is None or following.key.secret is not None:
        return []
    name = following.key.name
    return [f"the secret of the key {name} is to be filled in; --with-secret prints it"]


def _document(software: Software, following: Following, notes: Sequence[str]) -> dict[str, Any]:
    """Give everything as JSON-able data; the secret is in the sections alone, if it was asked."""
    key = following.key
    return {
        "for": software.value,
        "secondary": following.secondary,
        "key": {"name": key.name, "algorithm": key.algorithm} if key else None,
        "hubs": [asdict(hub) for hub in following.hubs],
        "zones": [
            {"apex": zone.apex, "hubs": [hub.hub for hub in zone.hubs]} for zone in following.zones
        ],
        "catalog": following.catalog.apex if following.catalog else None,
        "notes": [*notes, *_without_secret(following)],
        "sections": [asdict(section) for section in sections(following, software)],
    }

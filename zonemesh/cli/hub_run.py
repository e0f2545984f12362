"""The command that writes how a hub is started: hub run-command."""

import ipaddress
import json
import os
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from zonemesh.cli.access import deployed, table_ports
from zonemesh.cli.app import (
    AsJson,
    Endpoint,
    HubName,
    Profile,
    Region,
    StackName,
    aws_trouble,
    hub,
    mesh_in,
)
from zonemesh.deployed import HubDeployment
from zonemesh.deployment import EVENT_REGION, STACK_NAME
from zonemesh.hub_launch.credentials import Credentials, Kind
from zonemesh.hub_launch.forms import Form, arguments, write
from zonemesh.hub_launch.launch import Launch, Listen, Tls, environment, references
from zonemesh.verify.places import written_server

_ENGINES = ("docker", "podman")


def _listen(text: str) -> Listen:
    """Read ADDRESS[@PORT] or @PORT."""
    if text.startswith("@") and text[1:].isdecimal() and 0 < int(text[1:]) <= 65535:
        return Listen("", int(text[1:]))
    try:
        place = written_server(text)
    except ValueError as problem:
        raise typer.BadParameter(f"{problem}; write ADDRESS[@PORT], or @PORT") from None
    return Listen(place.address, place.port)


def _http(text: str) -> str:
    """Read ADDRESS:PORT, or nothing: a port alone would publish the hub's state everywhere."""
    if not text:
        return ""
    address, _, port = text.rpartition(":")
    try:
        ipaddress.ip_address(address.strip("[]"))
    except ValueError:
        address = ""
    if not address or not port.isdecimal() or not 0 < int(port) <= 65535:
        raise typer.BadParameter(f"{text!r} is no ADDRESS:PORT, such as 127.0.0.1:8053")
    return text


def _source(text: str) -> str:
    try:
        return str(ipaddress.ip_address(text))
    except ValueError as problem:
        raise typer.BadParameter(f"{problem}; write an address of the host") from None


def _engine(text: str) -> str:
    if text not in _ENGINES:
        raise typer.BadParameter(f"{text!r} is none of {', '.join(_ENGINES)}")
    return text


def _path(text: str) -> str:
    return os.path.abspath(text)


ListenOption = typer.Option(
    "--listen",
    parser=_listen,
    metavar="ADDRESS[@PORT]",
    help="Answer at this address of the host alone, or @PORT; may be repeated. All, port 53.",
)


@hub.command("run-command")
def run_command(
    name: HubName,
    form: Annotated[Form, typer.Option("--format", help="What it is written for.")] = Form.DOCKER,
    kind: Annotated[
        Kind, typer.Option("--credentials", help="How the hub comes to its role.")
    ] = Kind.ASSUME_ROLE,
    folder: Annotated[
        str | None,
        typer.Option(
            "--credentials-dir",
            parser=_path,
            metavar="PATH",
            help="The folder of the host with their files.",
            show_default="/etc/zonemesh/HUB.aws",
        ),
    ] = None,
    trust_anchor: Annotated[
        str, typer.Option(metavar="ARN", help="The trust anchor of Roles Anywhere.")
    ] = "",
    anywhere_profile: Annotated[
        str,
        typer.Option("--anywhere-profile", metavar="ARN", help="The profile of Roles Anywhere."),
    ] = "",
    image: Annotated[str, typer.Option(help="The hub's image.")] = "zonemesh-hub",
    engine: Annotated[
        str, typer.Option(parser=_engine, metavar="|".join(_ENGINES), help="The container engine.")
    ] = "docker",
    listen: Annotated[list[Listen] | None, ListenOption] = None,
    host_network: Annotated[
        bool,
        typer.Option(
            "--host-network", help="Give the container the host's addresses, as for IPv6."
        ),
    ] = False,
    notify_source: Annotated[
        list[str] | None,
        typer.Option(
            parser=_source,
            metavar="ADDRESS",
            help="Send NOTIFY from this address of the host; an IPv4 and an IPv6 one at most.",
        ),
    ] = None,
    notify_listen: Annotated[
        list[Listen] | None,
        typer.Option(
            parser=_listen, metavar="ADDRESS[@PORT]", help="Take NOTIFY of primaries here."
        ),
    ] = None,
    tls_certificate: Annotated[
        str | None,
        typer.Option(
            parser=_path, metavar="PATH", help="Transfers over TLS: certificate with chain, PEM."
        ),
    ] = None,
    tls_key: Annotated[
        str | None, typer.Option(parser=_path, metavar="PATH", help="Its private key, PEM.")
    ] = None,
    http: Annotated[
        str,
        typer.Option(
            parser=_http, metavar="ADDRESS:PORT", help="Show status and metrics at this address."
        ),
    ] = "",
    stack: StackName = STACK_NAME,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
    as_json: AsJson = False,
) -> None:
    """Write how a hub is started, from what the stack made for it.

    The mesh's secrets are named, never shown: where the mesh refers to variables or files of this
    hub, the host has to have them.

    zonemesh hub run-command hq
    """
    tls = _tls(tls_certificate, tls_key)
    _see_that_ports_differ(listen or [Listen()], notify_listen or [])
    if notify_source and not host_network and form is not Form.ENV:
        raise typer.BadParameter(
            "`--notify-source` needs `--host-network`: a container has no such"
        )
    where = folder or f"/etc/zonemesh/{name}.aws"
    with aws_trouble():
        stacks = deployed(stack, region, endpoint_url, profile)
        found = stacks.hub(name)
        variables, files = _secrets(found, region, endpoint_url, profile)
    credentials = Credentials(
        kind, name, found.role_arn, region or EVENT_REGION, where, trust_anchor, anywhere_profile
    )
    launch = Launch(
        found,
        credentials,
        variables,
        files,
        image,
        engine,
        tuple(listen or (Listen(),)),
        host_network,
        tuple(notify_source or ()),
        tuple(notify_listen or ()),
        tls,
        http,
        endpoint_url,
    )
    if as_json:
        typer.echo(json.dumps(_document(launch, form), indent=2))
    else:
        typer.echo(write(launch, form), nl=False)


def _see_that_ports_differ(listen: Sequence[Listen], notify: Sequence[Listen]) -> None:
    """Refuse NOTIFY where zones are served: two name servers take one place each."""
    served = {each.port for each in listen} | {53}
    if taken := sorted({each.port for each in notify} & served):
        raise typer.BadParameter(
            f"`--notify-listen` wants a port of its own, and at {taken[0]} zones are served; "
            "write for instance @5300"
        )


def _tls(certificate: str | None, key: str | None) -> Tls | None:
    if bool(certificate) != bool(key):
        raise typer.BadParameter("`--tls-certificate` and `--tls-key` belong together")
    return Tls(certificate, key) if certificate and key else None


def _secrets(
    found: HubDeployment, region: str | None, endpoint_url: str | None, profile: str | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Give the variables and files that the mesh refers to for a hub; says where it has no hub."""
    mesh = mesh_in(table_ports(found.table, region, endpoint_url, profile).mesh_store)
    if found.hub not in mesh.hubs:
        typer.echo(
            f"zonemesh: the mesh has no hub {found.hub} yet: it serves nothing before `zonemesh "
            "apply`, and what secrets it needs is not known",
            err=True,
        )
        return (), ()
    return references(mesh.secrets_of(found.hub))


def _document(launch: Launch, form: Form) -> dict[str, Any]:
    inside = form is not Form.ENV or launch.credentials.only_in_containers
    return {
        "hub": launch.hub.hub,
        "format": form.value,
        "role": launch.hub.role_arn,
        "environment": environment(launch, inside=inside),
        "variables_to_be_set": list(launch.variables),
        "mounts": launch.mounts,
        "config": launch.credentials.config(inside=inside) or None,
        "by_hand": launch.credentials.by_hand(),
        "arguments": [word for group in arguments(launch) for word in group],
        "text": write(launch, form),
    }

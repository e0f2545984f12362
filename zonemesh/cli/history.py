"""The commands that read a zone's history: history, show, diff, export, blame."""

import json
import sys
from contextlib import nullcontext
from typing import Annotated

import dns.rdatatype
import typer

from zonemesh.blame import blame as who_touched
from zonemesh.cli.access import zone_ports
from zonemesh.cli.app import Endpoint, Profile, Region, TableName, Zone, app, aws_trouble
from zonemesh.cli.diff_text import blame_document, diff_document, show_blame, show_diff
from zonemesh.cli.display import console
from zonemesh.cli.history_text import (
    event_document,
    recording_document,
    show_history,
    show_recording,
)
from zonemesh.cli.waiting import waiting
from zonemesh.diffing import served_diff, source_diff
from zonemesh.export import Format
from zonemesh.export import export as written
from zonemesh.history import (
    HELD,
    NEWEST,
    PARENT,
    compared,
    head_of,
    read_history,
    read_recording,
    snapshot_called,
)
from zonemesh.nodes import Nodes


def _serial(text: str | None) -> str | None:
    return _checked(text, NEWEST, HELD)


def _serial_or_parent(text: str | None) -> str | None:
    return _checked(text, NEWEST, HELD, PARENT)


def _checked(text: str | None, *words: str) -> str | None:
    if text is None or text in words or (text.isascii() and text.isdigit()):
        return text
    raise typer.BadParameter(f"`{text}` is no serial; write one, or `{'`, or `'.join(words)}`")


def _type(text: str | None) -> str | None:
    try:
        return text and dns.rdatatype.to_text(dns.rdatatype.from_text(text))
    except (dns.rdatatype.UnknownRdatatype, ValueError):
        raise typer.BadParameter(f"{text!r} is no record type; write one like AAAA") from None


Which = Annotated[
    str, typer.Argument(metavar="SERIAL", callback=_serial, help="A serial, `newest` or `held`.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document instead.")]


@app.command()
def history(
    zone: Zone,
    table: TableName,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="So many events.")] = 20,
    as_json: Annotated[
        bool, typer.Option("--json", help="A JSON document a line, and nothing else.")
    ] = False,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
) -> None:
    """Show each change of a zone, and who made it.

    The newest first.

    zonemesh history example.com --limit 50
    """
    with aws_trouble():
        ports, member = zone_ports(zone, table, region, endpoint_url, profile)
        key = member.zone
        found = read_history(ports.store, ports.audit, key, limit)
    if as_json:
        for event in found.events:
            typer.echo(json.dumps(event_document(event)))
    else:
        show_history(console(), found)


@app.command()
def show(
    zone: Zone,
    serial: Which,
    table: TableName,
    as_json: AsJson = False,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
) -> None:
    """Show one snapshot whole: why it was made, what is in it.

    zonemesh show example.com 1795405273
    zonemesh show example.com held
    """
    with aws_trouble():
        ports, member = zone_ports(zone, table, region, endpoint_url, profile)
        key = member.zone
        head = head_of(ports.store, key)
        snapshot = snapshot_called(ports.store, head, serial)
        found = read_recording(ports.store, ports.audit, head, snapshot)
    if as_json:
        typer.echo(json.dumps(recording_document(found), indent=2))
    else:
        show_recording(console(), found)


@app.command()
def diff(
    zone: Zone,
    table: TableName,
    a: Annotated[
        str,
        typer.Argument(
            metavar="[A]",
            callback=_serial_or_parent,
            help="A serial, `newest`, `held`, or `parent`, which is B's.",
        ),
    ] = PARENT,
    b: Annotated[
        str, typer.Argument(metavar="[B]", callback=_serial, help="A serial, `newest` or `held`.")
    ] = NEWEST,
    source: Annotated[
        bool, typer.Option("--source", help="The source's rrsets, a line of JSON each.")
    ] = False,
    as_json: AsJson = False,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
) -> None:
    """Show what differs between two snapshots.

    Record by record, and without serials what the newest changed.

    zonemesh diff example.com newest held
    zonemesh diff example.com 1795405273 1795405274
    """
    with aws_trouble():
        ports, member = zone_ports(zone, table, region, endpoint_url, profile)
        key = member.zone
        pair = compared(ports.store, head_of(ports.store, key), a, b)
        load = Nodes(ports.store, key).load
        found = (source_diff if source else served_diff)(*pair, load)
    if as_json:
        typer.echo(json.dumps(diff_document(found, source=source), indent=2))
    else:
        show_diff(console(), found)


@app.command()
def export(
    zone: Zone,
    table: TableName,
    serial: Annotated[
        str, typer.Option(callback=_serial, help="A serial, `newest` or `held`.")
    ] = NEWEST,
    form: Annotated[
        Format,
        typer.Option("--format", help="What is served, or the source's rrsets, one a line."),
    ] = Format.ZONEFILE,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
) -> None:
    """Write a zone as it is, or was, to standard output.

    zonemesh export example.com > example.com.zone
    """
    with aws_trouble():
        ports, member = zone_ports(zone, table, region, endpoint_url, profile)
        key = member.zone
        snapshot = snapshot_called(ports.store, head_of(ports.store, key), serial)
        with nullcontext() if sys.stdout.isatty() else waiting("writing the zone"):
            for text in written(ports.store, snapshot, form):
                typer.echo(text, nl=False)


@app.command()
def blame(
    zone: Zone,
    name: Annotated[str, typer.Argument(help="A name, whole or relative to the zone; `@`.")],
    table: TableName,
    rdtype: Annotated[
        str | None,
        typer.Argument(metavar="[TYPE]", callback=_type, help="Only records of this type."),
    ] = None,
    as_json: AsJson = False,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
) -> None:
    """Show which change last touched a name, and who made it.

    zonemesh blame example.com www A
    """
    with aws_trouble():
        ports, member = zone_ports(zone, table, region, endpoint_url, profile)
        key = member.zone
        newest = snapshot_called(ports.store, head_of(ports.store, key), NEWEST)
        wanted = dns.rdatatype.from_text(rdtype) if rdtype else None
        found = who_touched(ports.store, newest, name, wanted)
    if as_json:
        typer.echo(json.dumps(blame_document(found), indent=2))
    else:
        show_blame(console(), found)

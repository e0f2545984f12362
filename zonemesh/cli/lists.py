"""The commands that list what the mesh has: zones, hubs, targets, secondaries, integrations."""

import json
import time
from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.table import Table

from zonemesh.chosen_zones import fits, is_pattern
from zonemesh.cli.access import table_ports
from zonemesh.cli.app import (
    AsJson,
    Endpoint,
    Pattern,
    Profile,
    Region,
    TableName,
    app,
    aws_trouble,
    hubs,
    integrations,
    mesh_in,
    secondaries,
    targets,
    zones,
)
from zonemesh.cli.display import console
from zonemesh.cli.hub_table import hub_table, place_table
from zonemesh.cli.integration_text import integration_states, integration_table
from zonemesh.cli.waiting import waiting
from zonemesh.cli.zone_table import zone_table
from zonemesh.mesh.definition import Mesh
from zonemesh.status.document import whole_document
from zonemesh.status.hubs import HubState
from zonemesh.status.mesh_status import MeshStatus, read_status
from zonemesh.status.rollup import (
    PlaceStatus,
    Synced,
    secondary_statuses,
    target_statuses,
    unheard_places,
)
from zonemesh.status.zones import matching

if TYPE_CHECKING:
    from zonemesh.aws.wiring import TablePorts

app.add_typer(zones, name="zones")
app.add_typer(hubs, name="hubs")
app.add_typer(targets, name="targets")
app.add_typer(secondaries, name="secondaries")
app.add_typer(integrations, name="integrations")


class ZoneState(StrEnum):
    """What a list of zones may be narrowed to."""

    ACTIVE = "active"
    GONE = "gone"
    CONFLICT = "conflict"
    OVERLAP = "overlap"
    WITHDRAWN = "withdrawn"
    HELD = "held"
    CURRENT = "current"
    LAGGING = "lagging"
    READY = "ready"
    NOT_READY = "not-ready"


class PlaceState(StrEnum):
    """What a list of targets or secondaries may be narrowed to."""

    SYNCED = "synced"
    PARTIAL = "partial"
    ERROR = "error"
    UNKNOWN = "unknown"


_SYNCED = {
    PlaceState.SYNCED: Synced.FULLY,
    PlaceState.PARTIAL: Synced.PARTIAL,
    PlaceState.ERROR: Synced.ERROR,
    PlaceState.UNKNOWN: Synced.UNKNOWN,
}
_STATE_HELP = "Only those in this state; may be repeated."
ZoneStates = Annotated[
    list[ZoneState] | None, typer.Option("--state", metavar="STATE", help=(
        f"Only zones that are so ({', '.join(ZoneState)}); may be repeated."
    ))
]  # fmt: skip
HubStates = Annotated[list[HubState] | None, typer.Option("--state", help=_STATE_HELP)]
PlaceStates = Annotated[list[PlaceState] | None, typer.Option("--state", help=_STATE_HELP)]


@zones.command("list")
def list_zones(
    table: TableName,
    pattern: Pattern = None,
    state: ZoneStates = None,
    as_json: AsJson = False,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
) -> None:
    """List the zones, and where each is served.

    zonemesh zones list
    zonemesh zones list '*.example.com' --state held --state lagging
    """
    _, found = _read(table, region, endpoint_url, profile)
    words = {each.value for each in state or ()}
    wanted = [
        zone
        for zone in found.zones
        if (pattern is None or _fits(pattern, zone.member.apex) or _fits(pattern, zone.member.zone))
        and (not words or matching(zone, words))
    ]
    keys = {zone.member.zone for zone in wanted}
    out = console()
    _show(
        "zones",
        as_json,
        [entry for entry in whole_document(found)["zones"] if entry["zone"] in keys],
        lambda: zone_table(out, wanted, found.now),
    )


@hubs.command("list")
def list_hubs(
    table: TableName,
    pattern: Pattern = None,
    state: HubStates = None,
    as_json: AsJson = False,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
) -> None:
    """List the hubs, and how each is.

    zonemesh hubs list
    zonemesh hubs list 'eu-*' --state offline
    """
    _, found = _read(table, region, endpoint_url, profile)
    wanted = [
        hub
        for hub in found.hubs
        if _fits(pattern, hub.name) and (not state or hub.state(found.now) in state)
    ]
    names = {hub.name for hub in wanted}
    documents = [entry for entry in whole_document(found)["hubs"] if entry["hub"] in names]
    _show("hubs", as_json, documents, lambda: hub_table(found, wanted))


@targets.command("list")
def list_targets(
    table: TableName,
    pattern: Pattern = None,
    state: PlaceStates = None,
    as_json: AsJson = False,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
) -> None:
    """List the targets, and how much of each is current.

    zonemesh targets list
    zonemesh targets list --state error
    """
    mesh, found = _read(table, region, endpoint_url, profile)
    hub_of = {name: (target.hub,) for name, target in mesh.targets.items()}
    places = unheard_places(target_statuses(found), hub_of)
    _show_places("targets", "TARGET", "BY", _wanted(places, pattern, state), as_json)


@secondaries.command("list")
def list_secondaries(
    table: TableName,
    pattern: Pattern = None,
    state: PlaceStates = None,
    as_json: AsJson = False,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
) -> None:
    """List the secondaries, and whether each is current.

    zonemesh secondaries list
    zonemesh secondaries list 'ns-*' --json
    """
    mesh, found = _read(table, region, endpoint_url, profile)
    places = unheard_places(secondary_statuses(found), secondaries_hubs(mesh))
    _show_places("secondaries", "SECONDARY", "OF", _wanted(places, pattern, state), as_json)


@integrations.command("list")
def list_integrations(
    table: TableName,
    pattern: Pattern = None,
    as_json: AsJson = False,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
) -> None:
    """List the accounts, and whether they can be read.

    zonemesh integrations list
    """
    with aws_trouble(), waiting("reading the table"):
        ports = table_ports(table, region, endpoint_url, profile)
        mesh, members = mesh_in(ports.mesh_store), ports.register.members()
        memory = ports.sweep_state.load()
    found = integration_states(mesh, members, memory)
    wanted = [each for each in found if _fits(pattern, each.name)]
    now = time.time()
    documents = [each.document(now) for each in wanted]
    _show("integrations", as_json, documents, lambda: integration_table(wanted, now))


def secondaries_hubs(mesh: Mesh) -> dict[str, tuple[str, ...]]:
    """Give the hubs of each declared secondary."""
    return {
        name: tuple(hub for hub in mesh.hubs if name in mesh.hubs[hub].secondaries)
        for name in mesh.secondaries
    }


def _read(
    table: str, region: str | None, endpoint_url: str | None, profile: str | None
) -> tuple[Mesh, MeshStatus]:
    with aws_trouble(), waiting("reading the table"):
        ports: TablePorts = table_ports(table, region, endpoint_url, profile)
        return mesh_in(ports.mesh_store), read_status(ports, time.time())


def _fits(pattern: str | None, name: str) -> bool:
    """Tell whether a name fits; what is no pattern is a part of a name."""
    if pattern is None:
        return True
    return fits(pattern if is_pattern(pattern) else f"*{pattern}*", name)


def _wanted(
    places: Iterable[PlaceStatus], pattern: str | None, states: list[PlaceState] | None
) -> list[PlaceStatus]:
    synced = {_SYNCED[state] for state in states or ()}
    return [
        place
        for place in places
        if _fits(pattern, place.name) and (not synced or place.state in synced)
    ]


def _show_places(noun: str, kind: str, by: str, places: list[PlaceStatus], as_json: bool) -> None:
    documents = [place.document() for place in places]
    _show(noun, as_json, documents, lambda: place_table(kind, places, by))


def _show(
    noun: str, as_json: bool, documents: list[dict[str, Any]], table: Callable[[], Table]
) -> None:
    if as_json:
        typer.echo(json.dumps({noun: documents}, indent=2))
    elif documents:
        console().print(table())
    else:
        console().print(f"No {noun}.")

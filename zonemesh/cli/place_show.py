"""The commands that show everything known of one target or secondary."""

import json
import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import typer
from rich.console import Console
from rich.text import Text

from zonemesh.cli.access import table_ports
from zonemesh.cli.app import (
    AsJson,
    Endpoint,
    Profile,
    Region,
    SecondaryName,
    TableName,
    TargetName,
    aws_trouble,
    mesh_in,
    secondaries,
    targets,
)
from zonemesh.cli.cells import filled, or_none, span
from zonemesh.cli.display import console
from zonemesh.cli.facts import (
    listed,
    put_facts,
    put_lines,
    put_table,
    put_title,
    settings_lines,
    the_one,
)
from zonemesh.cli.hub_table import synced
from zonemesh.cli.lists import secondaries_hubs
from zonemesh.cli.places_text import place_state
from zonemesh.cli.waiting import waiting
from zonemesh.mesh.definition import Mesh
from zonemesh.status.mesh_status import MeshStatus, age, read_status
from zonemesh.status.rollup import (
    PlaceStatus,
    secondary_statuses,
    target_statuses,
    unheard_places,
)


@targets.command("show")
def show_target(
    target: TargetName,
    table: TableName,
    as_json: AsJson = False,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
) -> None:
    """Show everything known of one target.

    Its settings, and how each zone is there.

    zonemesh targets show standby
    """
    mesh, found = _read(table, region, endpoint_url, profile)
    declared = the_one("target", target, mesh.targets)
    (place,) = unheard_places(
        [each for each in target_statuses(found) if each.name == target],
        {target: (declared.hub,)},
    )
    settings = declared.model_dump(mode="json")
    if as_json:
        at = {
            zone.member.zone: asdict(zone.targets[target])
            for zone in found.zones
            if target in zone.targets
        }
        _write(place, settings, {"zones_by_key": at})
    else:
        _show_target(console(), found, place, settings)


@secondaries.command("show")
def show_secondary(
    secondary: SecondaryName,
    table: TableName,
    as_json: AsJson = False,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
) -> None:
    """Show everything known of one secondary.

    Its settings, and how each zone is there.

    zonemesh secondaries show ns-paris
    """
    mesh, found = _read(table, region, endpoint_url, profile)
    declared = the_one("secondary", secondary, mesh.secondaries)
    (place,) = unheard_places(
        [each for each in secondary_statuses(found) if each.name == secondary],
        {secondary: secondaries_hubs(mesh)[secondary]},
    )
    settings = declared.model_dump(mode="json")
    if as_json:
        at = {
            zone.member.zone: {
                hub: asdict(on_hub.secondaries[secondary])
                for hub, on_hub in zone.hubs.items()
                if secondary in on_hub.secondaries
            }
            for zone in found.zones
        }
        _write(place, settings, {"zones_by_key": {zone: told for zone, told in at.items() if told}})
    else:
        _show_secondary(console(), found, place, settings)


def _read(
    table: str, region: str | None, endpoint_url: str | None, profile: str | None
) -> tuple[Mesh, MeshStatus]:
    with aws_trouble(), waiting("reading the table"):
        ports = table_ports(table, region, endpoint_url, profile)
        return mesh_in(ports.mesh_store), read_status(ports, time.time())


def _write(place: PlaceStatus, settings: Mapping[str, Any], more: Mapping[str, Any]) -> None:
    document = {**place.document(), "settings": settings, **more}
    typer.echo(json.dumps(document, indent=2))


def _show_target(
    out: Console, found: MeshStatus, place: PlaceStatus, settings: Mapping[str, Any]
) -> None:
    put_title(out, place.name, synced(place))
    put_facts(out, {"published by": listed(place.hubs), "zones": _zones(place)})
    put_lines(out, "Settings", settings_lines(settings))
    rows = [(zone, zone.targets[place.name]) for zone in found.zones if place.name in zone.targets]
    made = filled(
        {
            "ZONE": [zone.member.apex for zone, _ in rows],
            "STATE": [place_state(each, zone.serial) for zone, each in rows],
            "SERIAL": [or_none(each.serial) for _, each in rows],
            "TOOK": [or_none(each.seconds and f"{each.seconds:.1f} s") for _, each in rows],
            "LOST": [or_none(each.lost_count or None) for _, each in rows],
            "": [each.error or listed((*each.reasons, *each.drift)) for _, each in rows],
        },
        folding=("ZONE", ""),
    )
    put_table(out, "Zones", made, rows)


def _show_secondary(
    out: Console, found: MeshStatus, place: PlaceStatus, settings: Mapping[str, Any]
) -> None:
    put_title(out, place.name, synced(place))
    put_facts(out, {"secondary of": listed(place.hubs) or "no hub", "zones": _zones(place)})
    put_lines(out, "Settings", settings_lines(settings))
    rows = [
        (zone, hub, on_hub.secondaries[place.name])
        for zone in found.zones
        for hub, on_hub in zone.hubs.items()
        if place.name in on_hub.secondaries
    ]
    made = filled(
        {
            "ZONE": [zone.member.apex for zone, _, _ in rows],
            "OF": [hub for _, hub, _ in rows],
            "STATE": [Text(each.state) for _, _, each in rows],
            "SERIAL": [or_none(each.serial) for _, _, each in rows],
            "LACKING": [span(age(each.since, found.now)) for _, _, each in rows],
            "": [each.cause for _, _, each in rows],
        },
        folding=("ZONE", ""),
    )
    put_table(out, "Zones", made, rows)


def _zones(place: PlaceStatus) -> str:
    return f"{place.current} of {place.zones} current" if place.zones else "none heard of yet"

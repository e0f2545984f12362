"""The command that shows everything known of one hub: hubs show."""

import json
import time
from typing import Any

import typer
from rich.console import Console
from rich.text import Text

from zonemesh.cli.access import table_ports
from zonemesh.cli.app import (
    AsJson,
    Endpoint,
    HubName,
    Profile,
    Region,
    TableName,
    aws_trouble,
    hubs,
    mesh_in,
)
from zonemesh.cli.cells import filled, or_none, span
from zonemesh.cli.display import console
from zonemesh.cli.facts import listed, moment, put_facts, put_lines, put_table, put_title, the_one
from zonemesh.cli.hub_table import hub_state, secondaries_of, zones_on
from zonemesh.cli.waiting import waiting
from zonemesh.cli.zone_cells import on_hub
from zonemesh.mesh.definition import Mesh
from zonemesh.status.document import whole_document
from zonemesh.status.hubs import HubStatus
from zonemesh.status.mesh_status import MeshStatus, age, read_status
from zonemesh.status.zones import on_hub_is_current


@hubs.command("show")
def show_hub(
    hub: HubName,
    table: TableName,
    as_json: AsJson = False,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
) -> None:
    """Show everything known of one hub.

    Itself, its zones and its secondaries.

    zonemesh hubs show hq
    """
    with aws_trouble(), waiting("reading the table"):
        ports = table_ports(table, region, endpoint_url, profile)
        mesh, found = mesh_in(ports.mesh_store), read_status(ports, time.time())
        one = the_one("hub", hub, {each.name: each for each in found.hubs})
    if as_json:
        typer.echo(json.dumps(_document(found, mesh, one), indent=2))
    else:
        _show(console(), found, mesh, one)


def _document(found: MeshStatus, mesh: Mesh, hub: HubStatus) -> dict[str, Any]:
    whole = whole_document(found)
    entries = {each["hub"]: each for each in whole["hubs"]}
    return {
        **entries[hub.name],
        "secondaries": list(mesh.hubs[hub.name].secondaries),
        "targets": list(mesh.targets_of(hub.name)),
        "needs": [need for need in whole["needs"] if need["hub"] == hub.name],
        "zones": {
            zone["zone"]: zone["hubs"][hub.name]
            for zone in whole["zones"]
            if hub.name in zone["hubs"]
        },
    }


def _show(out: Console, found: MeshStatus, mesh: Mesh, hub: HubStatus) -> None:
    put_title(out, hub.name, hub_state(hub, found.now))
    put_facts(out, _facts(found, mesh, hub))
    put_lines(out, "Problems", (Text(f"! {problem}") for problem in hub.problems))
    _show_zones(out, found, hub)
    _show_secondaries(out, found, hub)


def _facts(found: MeshStatus, mesh: Mesh, hub: HubStatus) -> dict[str, Text | str | None]:
    report, declared = hub.heartbeat or {}, mesh.hubs[hub.name]
    nsd = report.get("nsd") or {}
    started = report.get("started_at")
    newest = f", the newest is {found.version}" if report.get("mesh") != found.version else ""
    return {
        "seen": moment(hub.heard_at, found.now) or "never: it is not started yet, or not let in",
        "started": moment(started, found.now) if started else None,
        "version": str(report.get("version") or ""),
        "NSD": " ".join(filter(None, (nsd.get("version"), nsd.get("state")))),
        "listens on": listed(report.get("dns") or ()),
        "mesh version": f"{report.get('mesh')}{newest}" if report.get("mesh") else None,
        "zones": zones_on(found, hub),
        "secondaries": secondaries_of(found, hub) if declared.secondaries else "none declared",
        "publishes to": listed(mesh.targets_of(hub.name)),
        "pulls": listed(entry.name for entry in mesh.pulled_by(hub.name)),
    }


def _show_zones(out: Console, found: MeshStatus, hub: HubStatus) -> None:
    rows = [(zone, zone.hubs[hub.name]) for zone in found.zones if hub.name in zone.hubs]
    rows.sort(key=lambda row: on_hub_is_current(row[1], row[0].serial))
    made = filled(
        {
            "ZONE": [zone.member.apex for zone, _ in rows],
            "STATE": [_on_hub(each.state, each.error) for _, each in rows],
            "SERIAL": [or_none(each.serial) for _, each in rows],
            "SINCE": [span(age(each.served_at, found.now)) for _, each in rows],
            "": [_why(on_hub("", each, zone.serial), each.error) for zone, each in rows],
        },
        folding=("ZONE", ""),
    )
    put_table(out, "Zones", made, rows)


def _on_hub(state: str, error: str | None) -> Text:
    return Text(state, style="red" if error else "")


def _why(short: Text, error: str | None) -> Text:
    """Write an error, or that the hub has an older serial."""
    if error:
        return Text(error)
    return Text("behind", style="yellow") if " at " in str(short) else Text()


def _show_secondaries(out: Console, found: MeshStatus, hub: HubStatus) -> None:
    rows: dict[str, list[tuple[str, str]]] = {}
    for zone in found.zones:
        if hub.name in zone.hubs:
            for name, each in zone.hubs[hub.name].secondaries.items():
                rows.setdefault(name, []).append((each.state, each.cause))
    made = filled(
        {
            "SECONDARY": [*rows],
            "ZONES": [_current([state for state, _ in told]) for told in rows.values()],
            "": [listed(dict.fromkeys(c for _, c in told if c)) for told in rows.values()],
        },
        folding=("",),
    )
    put_table(out, "Secondaries", made, [*rows])


def _current(states: list[str]) -> str:
    return f"{states.count('current')} of {len(states)} current"

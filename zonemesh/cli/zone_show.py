"""The command that shows everything known of one zone: zones show."""

import json
import time
from dataclasses import replace
from typing import Any

import typer
from rich.console import Console
from rich.text import Text

from zonemesh.cli import zone_cells as cells
from zonemesh.cli.access import zone_ports
from zonemesh.cli.app import (
    AsJson,
    Endpoint,
    Profile,
    Region,
    TableName,
    Zone,
    aws_trouble,
    mesh_in,
    zones,
)
from zonemesh.cli.cells import counted, filled, or_none, span
from zonemesh.cli.display import console
from zonemesh.cli.facts import listed, moment, put_facts, put_lines, put_table, put_title
from zonemesh.cli.history_text import event_document, show_history
from zonemesh.cli.places_text import place_state
from zonemesh.cli.waiting import waiting
from zonemesh.errors import NothingRecorded
from zonemesh.history import History, read_history
from zonemesh.policy import Policy
from zonemesh.status.document import whole_document
from zonemesh.status.mesh_status import MeshStatus, ZoneStatus, age, read_status
from zonemesh.status.needs import needs
from zonemesh.status.zones import of_zones

EVENTS = 3  # of the history that are shown


@zones.command("show")
def show_zone(
    zone: Zone,
    table: TableName,
    as_json: AsJson = False,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
) -> None:
    """Show everything known of one zone.

    Where it comes from, its policy, where it is served and since when, its losses, its readiness
    for a failover, and what happened to it last.

    zonemesh zones show example.com
    zonemesh zones show route53:main:example.com. --json
    """
    with aws_trouble(), waiting("reading the table"):
        ports, member = zone_ports(zone, table, region, endpoint_url, profile)
        policy = mesh_in(ports.mesh_store).zone_policy(member)
        found = of_zones(read_status(ports, time.time()), [member.zone])
        try:
            history = read_history(ports.store, ports.audit, member.zone, EVENTS)
        except NothingRecorded:
            history = None
    if as_json:
        typer.echo(json.dumps(_document(found, policy, history), indent=2))
    else:
        _show(console(), found, policy, history)


def _document(found: MeshStatus, policy: Policy, history: History | None) -> dict[str, Any]:
    whole = whole_document(found)
    zone: dict[str, Any] = whole["zones"][0]
    (member,) = (each.member for each in found.zones)
    return zone | {
        "successors": list(member.successors),
        "adopts": member.adopts,
        "pulled_by": member.pulled_by,
        "policy": policy.model_dump(mode="json"),
        "needs": [need for need in whole["needs"] if need["zone"] == member.zone],
        "history": [event_document(event) for event in history.events] if history else [],
    }


def _show(out: Console, found: MeshStatus, policy: Policy, history: History | None) -> None:
    (zone,) = found.zones
    put_title(out, zone.member.zone, cells.state(zone))
    put_facts(out, _facts(zone, found.now))
    mine = (need for need in needs(found) if need.zone == zone.member.zone)
    put_lines(out, "Needs somebody", (Text(f"! {need.text}") for need in mine))
    _show_hubs(out, zone, found.now)
    _show_secondaries(out, zone, found.now)
    _show_targets(out, zone)
    put_lines(out, "Policy, where it differs from the defaults", policy_lines(policy))
    if history:
        out.print()
        out.print(Text("Last", style="bold"))
        show_history(out, replace(history, more=False))


def _facts(zone: ZoneStatus, now: float) -> dict[str, Text | str | None]:
    member, recorded = zone.member, moment(zone.recorded_at, now)
    serial = "" if zone.serial is None else f"{zone.serial}, recorded {recorded}"
    told = "" if zone.announced == zone.serial else f", announced: {cells.announced(zone)}"
    losses = {kind: count for kind, count in (zone.losses or {}).items() if count}
    return {
        "from": _source(zone),
        "serial": f"{serial}{told}",
        "held": None if zone.held is None else f"serial {zone.held}",
        "verified": _verified(zone, now),
        "losses": listed(f"{count} {kind}" for kind, count in losses.items()),
        "failover": cells.readiness(zone, why=False) if zone.readiness else None,
        "": listed(zone.readiness.reasons) if zone.readiness else None,
        "took over": member.adopts,
        "other zones of the name": listed(member.successors),
    }


def _source(zone: ZoneStatus) -> str:
    member = zone.member
    if member.pulled_by:
        primaries = zone.pulled.primaries if zone.pulled else {}
        named = listed(
            f"{name} ({'no answer' if serial is None else serial})"
            for name, serial in primaries.items()
        )
        return f"primaries {named or 'not heard of yet'}, transferred by hub {member.pulled_by}"
    if not member.hosted_zone_id:
        return "the mesh itself"
    return f"hosted zone {member.hosted_zone_id} of {member.integration}, {member.origin}"


def _verified(zone: ZoneStatus, now: float) -> str:
    at = zone.pulled.confirmed_at if zone.pulled else zone.verified_at
    return moment(at, now) or "never yet"


def _show_hubs(out: Console, zone: ZoneStatus, now: float) -> None:
    hubs = zone.hubs.values()
    rows = filled(
        {
            "HUB": [*zone.hubs],
            "STATE": [each.state for each in hubs],
            "SERIAL": [or_none(each.serial) for each in hubs],
            "SINCE": [span(age(each.served_at, now)) for each in hubs],
            "TOOK": [or_none(each.seconds and f"{each.seconds:.2f} s") for each in hubs],
            "": [each.error or "" for each in hubs],
        },
        folding=("",),
    )
    put_table(out, f"Served by {counted(len(zone.hubs), 'hub')}", rows, [*hubs])


def _show_secondaries(out: Console, zone: ZoneStatus, now: float) -> None:
    rows = [
        (name, hub, each)
        for hub, on_hub in zone.hubs.items()
        for name, each in on_hub.secondaries.items()
    ]
    made = filled(
        {
            "SECONDARY": [name for name, _, _ in rows],
            "OF": [hub for _, hub, _ in rows],
            "STATE": [each.state for _, _, each in rows],
            "SERIAL": [or_none(each.serial) for _, _, each in rows],
            "LACKING": [span(age(each.since, now)) for _, _, each in rows],
            "": [each.cause for _, _, each in rows],
        },
        folding=("",),
    )
    put_table(out, "Secondaries", made, rows)


def _show_targets(out: Console, zone: ZoneStatus) -> None:
    places = [*zone.targets.values()]
    made = filled(
        {
            "TARGET": [place.target for place in places],
            "BY": [place.hub for place in places],
            "STATE": [place_state(place, zone.serial) for place in places],
            "SERIAL": [or_none(place.serial) for place in places],
            "TOOK": [or_none(place.seconds and f"{place.seconds:.1f} s") for place in places],
            "LOST": [or_none(place.lost_count or None) for place in places],
            "": [place.error or listed(place.reasons) for place in places],
        },
        folding=("",),
    )
    put_table(out, "Published to", made, places)


def policy_lines(policy: Policy) -> list[str]:
    """Write the settings of a policy that are not the defaults."""
    lines = _differing(policy.model_dump(mode="json"), Policy().model_dump(mode="json"))
    return lines or ["nothing does"]


def _differing(settings: Any, usual: Any, name: str = "") -> list[str]:
    if settings == usual:
        return []
    if isinstance(settings, dict):
        was = usual if isinstance(usual, dict) else {}
        return [
            line
            for key, value in settings.items()
            for line in _differing(value, was.get(key), f"{name}.{key}" if name else key)
        ]
    shown = ", ".join(map(str, settings)) if isinstance(settings, list) else settings
    return [f"{name}: {shown}"]

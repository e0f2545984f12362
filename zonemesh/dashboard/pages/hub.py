"""The page of a hub: how it is, and what it serves to whom."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from zonemesh.dashboard import words
from zonemesh.dashboard.following import HubOrdered
from zonemesh.dashboard.pages.needing import Needing, needing
from zonemesh.dashboard.pages.ordered import OrderedView, hub_order
from zonemesh.dashboard.pages.overview import zones_tally
from zonemesh.dashboard.words import Tag, Tally
from zonemesh.status.hubs import HubStatus
from zonemesh.status.mesh_status import MeshStatus, ZoneStatus
from zonemesh.status.rollup import PlaceStatus, secondary_statuses, target_statuses


@dataclass(frozen=True, slots=True)
class ZoneHere:
    """A zone on the hub; times in epoch seconds."""

    key: str
    apex: str
    tag: Tag
    serial: int | None
    served_at: float | None
    error: str
    secondaries: Tally


@dataclass(frozen=True, slots=True)
class PlaceHere:
    """A secondary or a target that the hub feeds."""

    name: str
    tag: Tag
    current: int
    zones: int


@dataclass(frozen=True, slots=True)
class HubPage:
    """The page; `facts` are a name and a text each."""

    name: str
    tag: Tag
    heard_at: float | None
    started_at: float | None
    facts: tuple[tuple[str, str], ...]
    tally: Tally
    needs: tuple[Needing, ...]
    zones: tuple[ZoneHere, ...]
    secondaries: tuple[PlaceHere, ...]
    targets: tuple[PlaceHere, ...]
    ordered: OrderedView | None


def hub_page(status: MeshStatus, name: str, ordered: HubOrdered | None = None) -> HubPage | None:
    """Make the page; None where no such hub is declared."""
    hub = next((each for each in status.hubs if each.name == name), None)
    if hub is None:
        return None
    served = [zone for zone in status.zones if name in zone.hubs]
    report = hub.heartbeat or {}
    return HubPage(
        name,
        words.of_hub(hub.state(status.now)),
        hub.heard_at,
        report.get("started_at"),
        tuple(_facts(hub, status)),
        zones_tally(name, served),
        needing(status, lambda need: need.hub == name),
        tuple(sorted((_here(zone, name) for zone in served), key=_grave)),
        _places(secondary_statuses(status), name),
        _places(target_statuses(status), name),
        hub_order(ordered, status.now) if ordered else None,
    )


def _grave(here: ZoneHere) -> int:
    return min(words.GRAVEST_FIRST.index(tone) for tone in (here.tag.tone, here.secondaries.tone))


def _here(zone: ZoneStatus, hub: str) -> ZoneHere:
    on_hub = zone.hubs[hub]
    current = sum(found.state == "current" for found in on_hub.secondaries.values())
    tones = [words.of_secondary(found.state).tone for found in on_hub.secondaries.values()]
    count = len(on_hub.secondaries)
    return ZoneHere(
        zone.member.zone,
        zone.member.apex,
        words.of_zone_on_hub(zone, on_hub),
        on_hub.serial,
        on_hub.served_at,
        on_hub.error or "",
        Tally(current, count, words.worst(tones)),
    )


def _places(places: list[PlaceStatus], hub: str) -> tuple[PlaceHere, ...]:
    return tuple(
        PlaceHere(place.name, words.of_synced(place.state), place.current, place.zones)
        for place in places
        if hub in place.hubs
    )


def _facts(hub: HubStatus, status: MeshStatus) -> Iterator[tuple[str, str]]:
    report: dict[str, Any] = dict(hub.heartbeat or {})
    nsd = report.get("nsd") or {}
    if version := report.get("version"):
        yield "zonemesh", str(version)
    if nsd:
        yield "NSD", f"{nsd.get('version', '')} {nsd.get('state', '')}".strip()
    if report.get("mesh") is not None:
        newest = report["mesh"] == status.version
        yield "mesh", f"{report['mesh']}" + ("" if newest else f", the newest is {status.version}")
    if dns := report.get("dns"):
        yield "DNS", ", ".join(map(str, dns))

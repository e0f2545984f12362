"""The page of a zone: where it is, whether it would survive, what waits, and what happened."""

from collections.abc import Iterator
from dataclasses import dataclass

from zonemesh.dashboard import words
from zonemesh.dashboard.following import ZoneSync
from zonemesh.dashboard.pages.differing import DiffView
from zonemesh.dashboard.pages.events import EventRow, event_row
from zonemesh.dashboard.pages.needing import Needing, needing
from zonemesh.dashboard.pages.ordered import OrderedView, zone_sync
from zonemesh.dashboard.pages.overview import ZoneRow, zone_row
from zonemesh.dashboard.pages.place import ZoneThere, secondary_row, target_row
from zonemesh.dashboard.pages.syncs import LastSyncs
from zonemesh.dashboard.pages.zone_material import Material
from zonemesh.dashboard.words import Tag
from zonemesh.fidelity import FidelityLine
from zonemesh.fidelity_report import FidelityReport
from zonemesh.status.mesh_status import MeshStatus, ZoneStatus
from zonemesh.status.needs import NeedKind
from zonemesh.status.places import PulledFrom

LOSSES_MOST = 200  # lines of the fidelity report


@dataclass(frozen=True, slots=True)
class OnHub:
    """The zone on a hub; `served_at` in epoch seconds."""

    hub: str
    tag: Tag
    serial: int | None
    served_at: float | None
    error: str


@dataclass(frozen=True, slots=True)
class SecondaryHere:
    """A secondary of a hub, for this zone."""

    name: str
    row: ZoneThere


@dataclass(frozen=True, slots=True)
class Held:
    """What waits; `approvable` unless the policy refuses it."""

    serial: int
    reasons: tuple[str, ...]
    rejected: bool
    approvable: bool
    diff: DiffView | None


@dataclass(frozen=True, slots=True)
class Losses:
    """The fidelity report: its account of the source's rrsets, and its lines."""

    account: str
    lines: tuple[FidelityLine, ...]
    more: int


@dataclass(frozen=True, slots=True)
class ZonePage:
    """The page; `looked_at` is when readiness was found, in epoch seconds."""

    row: ZoneRow
    announced: bool
    needs: tuple[Needing, ...]
    held: Held | None
    hubs: tuple[OnHub, ...]
    secondaries: tuple[SecondaryHere, ...]
    targets: tuple[tuple[str, ZoneThere], ...]
    pulled: PulledFrom | None
    reasons: tuple[str, ...]
    looked_at: int | None
    losses: Losses | None
    events: tuple[EventRow, ...]
    more_events: bool
    troubles: tuple[str, ...]
    syncs: LastSyncs
    ordered: OrderedView | None


def zone_page(
    status: MeshStatus, zone: ZoneStatus, material: Material, sync: ZoneSync | None = None
) -> ZonePage:
    """Make the page."""
    key, history, found = zone.member.zone, material.history, zone.readiness
    return ZonePage(
        zone_row(zone),
        zone.serial is not None and zone.announced == zone.serial,
        needing(status, lambda need: need.zone == key and need.kind is not NeedKind.HELD),
        _held(zone, material.held_diff),
        tuple(_on_hubs(zone)),
        tuple(_secondaries(zone, status.now)),
        tuple((name, target_row(zone, each, status.now)) for name, each in zone.targets.items()),
        zone.pulled,
        found.reasons if found else (),
        found.looked_at if found else None,
        _losses(material.report) if material.report else None,
        tuple(map(event_row, history.events)) if history else (),
        bool(history and history.more),
        material.troubles,
        material.syncs,
        zone_sync(sync) if sync else None,
    )


def _on_hubs(zone: ZoneStatus) -> Iterator[OnHub]:
    for hub, on_hub in zone.hubs.items():
        tag = words.of_zone_on_hub(zone, on_hub)
        yield OnHub(hub, tag, on_hub.serial, on_hub.served_at, on_hub.error or "")


def _secondaries(zone: ZoneStatus, now: float) -> Iterator[SecondaryHere]:
    for hub, on_hub in zone.hubs.items():
        for name, found in on_hub.secondaries.items():
            yield SecondaryHere(name, secondary_row(zone, hub, found, now))


def _held(zone: ZoneStatus, diff: DiffView | None) -> Held | None:
    if zone.held is None:
        return None
    reasons = list(zone.concerns)
    if zone.refused:
        rrsets = "1 rrset" if zone.refused == 1 else f"{zone.refused} rrsets"
        reasons.append(
            f"the policy refuses {rrsets} of it, which only another policy changes: "
            f"`zonemesh report {zone.member.zone} --held` lists them"
        )
    return Held(zone.held, tuple(reasons), zone.rejected, not zone.refused, diff)


def _losses(report: FidelityReport) -> Losses:
    lines = report.lines[:LOSSES_MOST]
    more = len(report.lines) - len(lines)
    beside = len(report.lines) - report.reported
    account = f"{report.source_rrsets} rrsets at the source: {report.carried} served as they are"
    if report.reported:
        account += f", {report.reported} with a loss"
    if beside:
        account += f"; {beside} {'line' if beside == 1 else 'lines'} about whole sets besides"
    return Losses(account, lines, more)

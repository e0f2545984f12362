"""The first page: what needs somebody, then everything there is."""

from collections.abc import Iterable
from dataclasses import dataclass

from zonemesh.dashboard import words
from zonemesh.dashboard.pages.needing import Needing, needing
from zonemesh.dashboard.words import Tag, Tally, Tone
from zonemesh.membership import CATALOG
from zonemesh.status.hubs import HubStatus
from zonemesh.status.mesh_status import MeshStatus, ZoneStatus
from zonemesh.status.rollup import PlaceStatus, secondary_statuses, target_statuses
from zonemesh.status.secondaries import following
from zonemesh.status.zones import is_current, on_hub_is_current

PAGE = 100  # zones that are shown at once


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which zones are to be seen: `text` filters, `amiss` leaves out those that are as they should.

    `page` counts from 1.
    """

    text: str = ""
    amiss: bool = False
    page: int = 1


@dataclass(frozen=True, slots=True)
class ZoneRow:
    """A zone in the table; times in epoch seconds. `is_well` where nothing is to be seen to."""

    key: str
    apex: str
    place: str
    tag: Tag
    serial: int | None
    recorded_at: float | None
    verified_at: float | None
    hubs: Tally
    secondaries: Tally
    targets: Tally
    failover: Tag
    losses: int | None
    is_well: bool


@dataclass(frozen=True, slots=True)
class HubRow:
    """A hub in the table."""

    name: str
    tag: Tag
    heard_at: float | None
    zones: Tally
    secondaries: Tally
    mesh: int | None
    mesh_is_newest: bool
    nsd: str


@dataclass(frozen=True, slots=True)
class PlaceRow:
    """A target or a secondary in the table."""

    name: str
    tag: Tag
    current: int
    zones: int
    hubs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Count:
    """How many of a kind are as they should be."""

    what: str
    well: int
    of: int
    word: str


@dataclass(frozen=True, slots=True)
class Overview:
    """The page; `zones` are those of `wanted.page` of `pages`, out of `matching` ones."""

    needs: tuple[Needing, ...]
    counts: tuple[Count, ...]
    wanted: Wanted
    zones: tuple[ZoneRow, ...]
    matching: int
    pages: int
    all_zones: int
    shows: frozenset[str]  # columns that say something of any zone
    hubs: tuple[HubRow, ...]
    targets: tuple[PlaceRow, ...]
    secondaries: tuple[PlaceRow, ...]


def overview(status: MeshStatus, wanted: Wanted) -> Overview:
    """Make the page."""
    rows = [zone_row(zone) for zone in status.zones]
    found = [row for row in rows if _matches(row, wanted)]
    pages = max(1, -(-len(found) // PAGE))
    page = min(max(1, wanted.page), pages)
    hubs = tuple(_hub_row(status, hub) for hub in status.hubs)
    targets = tuple(map(_place_row, target_statuses(status)))
    secondaries = tuple(map(_place_row, secondary_statuses(status)))
    return Overview(
        needing(status),
        tuple(_counts(rows, hubs, targets, secondaries)),
        Wanted(wanted.text, wanted.amiss, page),
        tuple(found[(page - 1) * PAGE : page * PAGE]),
        len(found),
        pages,
        len(rows),
        frozenset(_telling(rows)),
        hubs,
        targets,
        secondaries,
    )


def zone_row(zone: ZoneStatus) -> ZoneRow:
    """Make a zone's row."""
    verified = zone.pulled.confirmed_at if zone.pulled else zone.verified_at
    return ZoneRow(
        zone.member.zone,
        zone.member.apex,
        source_of(zone),
        words.of_zone(zone),
        zone.serial,
        zone.recorded_at,
        verified,
        words.hubs_tally(zone),
        words.secondaries_tally(zone),
        words.targets_tally(zone),
        words.of_readiness(zone),
        None if zone.losses is None else sum(zone.losses.values()),
        is_current(zone),
    )


def source_of(zone: ZoneStatus) -> str:
    """Say where a zone comes from."""
    member = zone.member
    if member.origin == CATALOG:
        return "the mesh's catalog"
    if member.pulled_by:
        return f"primaries, by {member.pulled_by}"
    return member.zone.removeprefix("route53:").removesuffix(f":{member.apex}")


def _matches(row: ZoneRow, wanted: Wanted) -> bool:
    if wanted.amiss and row.is_well:
        return False
    text = f"{row.apex} {row.key} {row.tag.text} {row.place} {row.serial}".lower()
    return all(word in text for word in wanted.text.lower().split())


def _telling(rows: Iterable[ZoneRow]) -> Iterable[str]:
    """Give the columns that are not the same, or empty, for every zone."""
    rows = list(rows)
    if len({row.place for row in rows}) > 1:
        yield "source"
    if any(row.targets.count for row in rows):
        yield "targets"
    if any(row.secondaries.count for row in rows):
        yield "secondaries"


def _hub_row(status: MeshStatus, hub: HubStatus) -> HubRow:
    report = hub.heartbeat or {}
    nsd = report.get("nsd") or {}
    mesh = report.get("mesh")
    served = [zone for zone in status.zones if hub.name in zone.hubs]
    current, count = following(zone.hubs[hub.name].secondaries for zone in served)
    return HubRow(
        hub.name,
        words.of_hub(hub.state(status.now)),
        hub.heard_at,
        zones_tally(hub.name, served),
        Tally(current, count, Tone.GOOD if current == count else Tone.WARN),
        mesh,
        mesh is None or mesh == status.version,
        f"{nsd.get('version', '')} {nsd.get('state', '')}".strip(),
    )


def zones_tally(hub: str, zones: Iterable[ZoneStatus]) -> Tally:
    """Count the zones whose newest serial a hub serves."""
    expected = [zone for zone in zones if zone.serial is not None]
    lacking = [zone for zone in expected if not on_hub_is_current(zone.hubs[hub], zone.serial)]
    errors = any(zone.hubs[hub].error for zone in expected)
    tone = Tone.BAD if errors else Tone.WARN if lacking else Tone.GOOD
    names = ", ".join(zone.member.apex for zone in lacking[:3])
    return Tally(len(expected) - len(lacking), len(expected), tone, names and f"not {names}")


def _place_row(place: PlaceStatus) -> PlaceRow:
    return PlaceRow(
        place.name, words.of_synced(place.state), place.current, place.zones, place.hubs
    )


def _counts(
    zones: list[ZoneRow],
    hubs: tuple[HubRow, ...],
    targets: tuple[PlaceRow, ...],
    secondaries: tuple[PlaceRow, ...],
) -> Iterable[Count]:
    yield Count("zones", sum(row.is_well for row in zones), len(zones), "current")
    yield Count("hubs", sum(row.tag.tone is Tone.GOOD for row in hubs), len(hubs), "online")
    for what, rows in (("targets", targets), ("secondaries", secondaries)):
        if rows:
            synced = sum(row.tag.tone is Tone.GOOD for row in rows)
            yield Count(what, synced, len(rows), "fully synced")

"""The state of the mesh as the table tells it: zones with their heads, hubs with their reports."""

from collections.abc import Collection, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from typing import Any, Protocol

from zonemesh.dnssec import signing_note, withdrawn
from zonemesh.errors import SnapshotMissing
from zonemesh.membership import is_served
from zonemesh.mesh.definition import Mesh, parse_mesh
from zonemesh.ports import HubReports, Member, MeshStore
from zonemesh.snapshot import Head, Snapshot
from zonemesh.status.hubs import HubStatus
from zonemesh.status.places import PulledFrom, ZoneAtTarget, at_targets, pulled_from
from zonemesh.status.readiness import FoundReadiness
from zonemesh.status.secondaries import SecondaryOnZone, read_secondaries, secondaries_document

READ_AT_ONCE = 8  # snapshots' roots; one is read in milliseconds, a large mesh has hundreds


class Heads(Protocol):
    """The heads of zones, and the snapshots that they name."""

    def heads(self, zones: Collection[str]) -> Mapping[str, Head]: ...
    def snapshot(self, zone: str, serial: int) -> Snapshot: ...


class Noted(Protocol):
    """What was announced and verified of zones."""

    def announced(self, zones: Collection[str]) -> Mapping[str, int]: ...
    def verified(self, zones: Collection[str]) -> Mapping[str, int]: ...


class Members(Protocol):
    """The members of the mesh."""

    def members(self) -> list[Member]: ...


class FoundOut(Protocol):
    """The readiness of zones, as it was last found out."""

    def readiness(self, zones: Collection[str]) -> Mapping[str, FoundReadiness]: ...


class StatusPorts(Protocol):
    """What the state is read from."""

    @property
    def store(self) -> Heads: ...
    @property
    def ledger(self) -> Noted: ...
    @property
    def register(self) -> Members: ...
    @property
    def mesh_store(self) -> MeshStore: ...
    @property
    def reports(self) -> HubReports: ...
    @property
    def readiness_notes(self) -> FoundOut: ...


_parsed = lru_cache(maxsize=1)(parse_mesh)  # who looks again and again mostly sees the same one


@dataclass(frozen=True, slots=True)
class ZoneOnHub:
    """A zone as a hub last reported it; `state` is `unheard` before the first report.

    `follows` has the serials that its secondaries answered when they were told of the hub's,
    `secondaries` how the hub judges them. `served_at` is since when its serial is served (epoch
    seconds), `seconds` how long it took from the ring until then.
    """

    state: str
    serial: int | None
    error: str | None
    follows: Mapping[str, int] = field(default_factory=dict)
    secondaries: Mapping[str, SecondaryOnZone] = field(default_factory=dict)
    served_at: float | None = None
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class ZoneStatus:
    """A member of the mesh, its head, and where the head has got to.

    `signing` says what it means that the source signs the zone, where it does; one that is
    `withdrawn` is served nowhere for that. `announced` is the serial last announced, `verified_at`
    when the zone was last compared whole with its source (epoch seconds), `hubs` those that should
    serve it. `losses` counts the fidelity report's lines by kind, None without a snapshot. `held`
    is the serial that waits, of which the policy refuses `refused` rrsets or against which the
    guard has `concerns`; `rejected` where somebody said that it shall wait for the next change.
    `targets` are those that it is published to, `pulled` how it comes from its primaries.
    `readiness` is whether it would survive its source, None before anybody looked. `recorded_at` is
    since when its serial is the newest (epoch seconds).
    """

    member: Member
    serial: int | None
    announced: int | None
    verified_at: int | None
    hubs: Mapping[str, ZoneOnHub]
    signing: str = ""
    withdrawn: bool = False
    losses: Mapping[str, int] | None = None
    held: int | None = None
    refused: int = 0
    concerns: tuple[str, ...] = ()
    rejected: bool = False
    targets: Mapping[str, ZoneAtTarget] = field(default_factory=dict)
    pulled: PulledFrom | None = None
    readiness: FoundReadiness | None = None
    recorded_at: int | None = None

    @property
    def state(self) -> str:
        """What is shown as its state: `withdrawn` goes before the member's own."""
        return "withdrawn" if self.withdrawn and is_served(self.member) else self.member.state


@dataclass(frozen=True, slots=True)
class MeshStatus:
    """Everything, as of `now` (epoch seconds); `version` is None where no mesh was applied."""

    now: float
    version: int | None
    zones: tuple[ZoneStatus, ...]
    hubs: tuple[HubStatus, ...]


def read_status(ports: StatusPorts, now: float) -> MeshStatus:
    """Read the state; raises StoreUnavailable, or InvalidMesh for a mesh of a newer zonemesh."""
    newest = ports.mesh_store.newest()
    mesh = _parsed(newest.text) if newest else Mesh()
    members = sorted(ports.register.members(), key=lambda member: (member.apex, member.zone))
    keys = [member.zone for member in members]
    heads, announced = ports.store.heads(keys), ports.ledger.announced(keys)
    verified = ports.ledger.verified(keys)
    reports = {hub: ports.reports.reports(hub) for hub in mesh.hubs}
    ready = ports.readiness_notes.readiness(keys)
    away = withdrawn(members, mesh)
    newest_of, held_of = _snapshots(ports.store, heads.values())
    zones = tuple(
        ZoneStatus(
            member,
            heads[member.zone].serial if member.zone in heads else None,
            announced.get(member.zone),
            verified.get(member.zone),
            {
                hub: _on_hub(reports[hub].zones.get(member.zone))
                for hub in ([] if member.zone in away else _hubs_that_should_serve(mesh, member))
            },
            signing_note(member, mesh.zone_policy(member)),
            member.zone in away,
            newest_of[member.zone].losses if member.zone in newest_of else None,
            heads[member.zone].held if member.zone in heads else None,
            held_of[member.zone].refused if member.zone in held_of else 0,
            held_of[member.zone].concerns if member.zone in held_of else (),
            member.zone in heads and heads[member.zone].rejected,
            at_targets(mesh, member, reports) if is_served(member) else {},
            pulled_from(member, reports),
            ready.get(member.zone),
            newest_of[member.zone].recorded_at if member.zone in newest_of else None,
        )
        for member in members
    )
    hubs = tuple(HubStatus(hub, report.heartbeat) for hub, report in reports.items())
    return MeshStatus(now, newest.number if newest else None, zones, hubs)


def _snapshots(
    store: Heads, heads: Collection[Head]
) -> tuple[dict[str, Snapshot], dict[str, Snapshot]]:
    """Read the newest snapshot of each head, and what is held where something is."""

    def read(wanted: tuple[str, int]) -> Snapshot | None:
        try:
            return store.snapshot(*wanted)
        except SnapshotMissing:  # the state of all other zones is to be seen, then above all
            return None

    held = [(head.zone, head.held) for head in heads if head.held is not None]
    with ThreadPoolExecutor(READ_AT_ONCE) as pool:
        newest = pool.map(read, [(head.zone, head.serial) for head in heads])
        waiting = pool.map(read, held)
        return _by_zone(newest), _by_zone(waiting)


def _by_zone(snapshots: Iterable[Snapshot | None]) -> dict[str, Snapshot]:
    return {snapshot.zone: snapshot for snapshot in snapshots if snapshot}


def _hubs_that_should_serve(mesh: Mesh, member: Member) -> tuple[str, ...]:
    return mesh.hubs_serving(member) if member.state in ("active", "gone") else ()


def _on_hub(report: Mapping[str, Any] | None) -> ZoneOnHub:
    if report is None:
        return ZoneOnHub("unheard", None, None)
    told = report.get("secondaries") or {}
    follows = {name: last.get("follows") for name, last in told.items()}
    return ZoneOnHub(
        str(report.get("state", "unknown")),
        report.get("serial"),
        report.get("error"),
        {name: serial for name, serial in follows.items() if isinstance(serial, int)},
        read_secondaries(report),
        report.get("served_at"),
        report.get("seconds"),
    )


def status_document(status: MeshStatus) -> dict[str, Any]:
    """Give the state as JSON-able data; times in epoch seconds, ages in seconds."""
    return {
        "now": status.now,
        "mesh_version": status.version,
        "zones": [_zone_document(zone, status.now) for zone in status.zones],
        "hubs": [
            {"hub": hub.name, "heard_age": age(hub.heard_at, status.now), "report": hub.heartbeat}
            for hub in status.hubs
        ],
    }


def _zone_document(zone: ZoneStatus, now: float) -> dict[str, Any]:
    member = zone.member
    return {
        "zone": member.zone,
        "apex": member.apex,
        "integration": member.integration,
        "hosted_zone_id": member.hosted_zone_id,
        "origin": member.origin,
        "state": zone.state,
        "signed": member.signed,
        "note": "; ".join(filter(None, (member.note, zone.signing))),
        "serial": zone.serial,
        "recorded_at": zone.recorded_at,
        "announced": zone.announced,
        "held": zone.held,
        "concerns": list(zone.concerns),
        "rejected": zone.rejected,
        "losses": None if zone.losses is None else dict(zone.losses),
        "verified_at": zone.verified_at,
        "verified_age": age(zone.verified_at, now),
        "hubs": {
            hub: {
                "state": on_hub.state,
                "serial": on_hub.serial,
                "error": on_hub.error,
                "served_at": on_hub.served_at,
                "seconds": on_hub.seconds,
                "secondaries": secondaries_document(on_hub.secondaries, now),
            }
            for hub, on_hub in zone.hubs.items()
        },
        "targets": {name: asdict(place) for name, place in zone.targets.items()},
        "pulled": asdict(zone.pulled) if zone.pulled else None,
        "failover": asdict(zone.readiness) if zone.readiness else None,
    }


def age(at: float | None, now: float) -> float | None:
    """Give how long ago something was, in seconds; clocks apart never make it negative."""
    return None if at is None else max(0.0, now - at)

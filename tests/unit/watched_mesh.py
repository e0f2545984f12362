"""A mesh of two hubs that a test sets as it wants it, and the watch over it; time stands still."""

from dataclasses import dataclass, field, replace
from typing import Any

from tests.fakes.memory import (
    MemoryHubReports,
    MemoryLedger,
    MemoryMeshStore,
    MemoryReadinessNotes,
    MemoryRegister,
    MemorySnapshotStore,
)
from tests.fakes.watch import MemoryAlertLog, Ringer, Said
from zonemesh.mesh.definition import parse_mesh
from zonemesh.ports import Member
from zonemesh.snapshot import Announcement, Reason, Snapshot
from zonemesh.watch.run import Watched, watch

MESH = """
integrations: {main: , copies: }
zones:
  - {discover: "*.example.com", integration: main}
  - {discover: "*.example.net", integration: main, targets: [standby, spare]}
  - {name: example.edu, primaries: [campus], pulled_by: us}
hubs: {eu: {secondaries: [paris]}, us: {secondaries: [paris, oslo]}}
primaries: {campus: {address: 192.0.2.1, tsig_key: none}}
secondaries:
  paris: {address: 192.0.2.53, tsig_key: none}
  oslo: {address: 192.0.2.54, tsig_key: none}
targets:
  standby: {type: route53, hub: us, integration: copies}
  spare: {type: route53, hub: us, integration: copies}
"""
START = 1_790_000_000


@dataclass
class Ports:
    """All that the watch reads, tells and notes."""

    store: MemorySnapshotStore = field(default_factory=MemorySnapshotStore)
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    register: MemoryRegister = field(default_factory=MemoryRegister)
    mesh_store: MemoryMeshStore = field(default_factory=lambda: MemoryMeshStore(MESH))
    reports: MemoryHubReports = field(default_factory=MemoryHubReports)
    readiness_notes: MemoryReadinessNotes = field(default_factory=MemoryReadinessNotes)
    alert_log: MemoryAlertLog = field(default_factory=MemoryAlertLog)
    alerts: Ringer = field(default_factory=Ringer)


class WatchedMesh:
    """The mesh; hubs report whenever the watch runs, unless they are in `silent`."""

    def __init__(self) -> None:
        self.ports = Ports()
        self.now = START
        self.silent: set[str] = set()
        self.hub_reports: dict[str, dict[str, Any]] = {"eu": {}, "us": {}}

    def zone(self, apex: str, *, serial: int | None = 7, **more: Any) -> str:
        """Make a member with a snapshot that is served everywhere; gives its key."""
        zone = f"route53:main:{apex}"
        self.ports.register.put(Member(zone, apex, "main", "Z1", "discovered", ("*",), **more))
        if serial is not None:
            self.ports.ledger.mark_verified(zone, self.now)
            self.edit(zone, serial)
            self.serve(zone, serial)
        return zone

    def edit(self, zone: str, serial: int, **more: Any) -> None:
        """Record and announce a snapshot."""
        head = self.ports.store.head(zone)
        self.ports.store.commit(self._snapshot(zone, serial, **more), head)
        self.ports.ledger.mark_announced(Announcement(zone, serial))

    def hold(self, zone: str, serial: int, *why: str) -> None:
        head = self.ports.store.head(zone)
        assert head
        self.ports.store.hold(self._snapshot(zone, serial, concerns=why), head)

    def approve(self, zone: str) -> None:
        head = self.ports.store.head(zone)
        assert head and head.held
        self.ports.store.accept(head)
        self.serve(zone, head.held)

    def _snapshot(self, zone: str, serial: int, **more: Any) -> Snapshot:
        head, apex = self.ports.store.head(zone), zone.rpartition(":")[2]
        soa = f"{apex} 900 IN SOA ns. host. 0 900 300 2419200 900"
        parent = head.serial if head else None
        made = Snapshot(
            zone, apex, serial, parent, self.now, Reason("event"), soa, None, None, None
        )
        return replace(made, **more)

    def serve(self, zone: str, serial: int, *hubs: str, **more: Any) -> None:
        """Let hubs (all by default) serve a zone, and targets have it."""
        published = {"state": "published", "serial": serial}
        report = {
            "state": "served",
            "serial": serial,
            "error": None,
            "targets": {"standby": published, "spare": published},
        }
        for hub in hubs or ("eu", "us"):
            self.ports.reports.zone_status(hub, zone, report | more)

    def run(self, after: int = 120) -> list[Said]:
        """Let time pass and the watch look; gives what it told."""
        self.look(after)
        said, self.ports.alerts.said = self.ports.alerts.said, []
        return said

    def look(self, after: int = 120) -> Watched:
        """Let time pass and the watch look."""
        self.now += after
        for hub, report in self.hub_reports.items():
            if hub not in self.silent:
                up = {"at": self.now - 5, "ready": True, "started_at": START - 3600}
                self.ports.reports.heartbeat(hub, up | report)
        newest = self.ports.mesh_store.newest()
        assert newest
        return watch(self.ports, parse_mesh(newest.text), self.now)

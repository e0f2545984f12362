"""What the dashboard asks of the world."""

import time
from dataclasses import dataclass
from typing import Protocol

from zonemesh.audit import Audit, Identity
from zonemesh.dashboard.remembered import RememberingStore
from zonemesh.orders.order import HubOrders, ZoneOrders
from zonemesh.ports import HubReports, Ledger, MeshStore, Register, SnapshotStore
from zonemesh.status.mesh_status import StatusPorts
from zonemesh.status.readiness import ReadinessNotes
from zonemesh.status.remembered import RememberedPorts
from zonemesh.syncs.sync import SyncHistory


class DashboardPorts(Protocol):
    """The state of the mesh, what decides on it, and who is calling."""

    @property
    def store(self) -> SnapshotStore: ...
    @property
    def ledger(self) -> Ledger: ...
    @property
    def register(self) -> Register: ...
    @property
    def mesh_store(self) -> MeshStore: ...
    @property
    def reports(self) -> HubReports: ...
    @property
    def readiness_notes(self) -> ReadinessNotes: ...
    @property
    def audit(self) -> Audit: ...
    @property
    def identity(self) -> Identity: ...
    @property
    def syncs(self) -> SyncHistory: ...
    @property
    def hub_orders(self) -> HubOrders: ...
    @property
    def zone_orders(self) -> ZoneOrders: ...


@dataclass(frozen=True)
class _Remembering:
    store: SnapshotStore
    ledger: Ledger
    register: Register
    mesh_store: MeshStore
    reports: HubReports
    readiness_notes: ReadinessNotes
    audit: Audit
    identity: Identity
    syncs: SyncHistory
    hub_orders: HubOrders
    zone_orders: ZoneOrders


def remembering(ports: DashboardPorts) -> DashboardPorts:
    """Give the same ports with a store that reads only once what never changes."""
    return _Remembering(
        RememberingStore(ports.store),
        ports.ledger,
        ports.register,
        ports.mesh_store,
        ports.reports,
        ports.readiness_notes,
        ports.audit,
        ports.identity,
        ports.syncs,
        ports.hub_orders,
        ports.zone_orders,
    )


def watching(ports: DashboardPorts) -> StatusPorts:
    """Give ports to read the status from again and again."""
    return RememberedPorts(ports, time.monotonic)

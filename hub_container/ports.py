"""What the hub asks of the world."""

from dataclasses import dataclass

from zonemesh.orders.order import HubOrders
from zonemesh.ports import HubReports, Inbox, MeshStore, Register, Secrets, SnapshotStore
from zonemesh.services import Services
from zonemesh.syncs.sync import SyncHistory


@dataclass(frozen=True, slots=True)
class HubPorts:
    """The hub's ports; none of them is used before NSD serves what is on disk."""

    store: SnapshotStore
    register: Register
    mesh: MeshStore
    reports: HubReports
    inbox: Inbox
    secrets: Secrets
    syncs: SyncHistory
    orders: HubOrders
    services: Services

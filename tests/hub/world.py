"""A hub in this process over ports in memory, with a real NSD, and zones to put into it."""

import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import dns.rdatatype
import yaml

from hub_container.companions import Companion
from hub_container.hub import Hub
from hub_container.main import run
from hub_container.ports import HubPorts
from hub_container.settings import Endpoint, Settings
from hub_container.status_server import StatusServer
from local.servers.client import axfr, serial_at, wait_until
from local.servers.ports import free_port
from local.servers.tsig import Tsig
from tests.fakes.memory import (
    MemoryHubOrders,
    MemoryHubReports,
    MemoryInbox,
    MemoryMeshStore,
    MemoryRegister,
    MemorySecrets,
    MemoryServices,
    MemorySnapshotStore,
)
from tests.fakes.syncs import MemorySyncs
from zonemesh.chunking import build
from zonemesh.names import order_of
from zonemesh.ports import Member
from zonemesh.snapshot import Announcement, Reason, Snapshot
from zonemesh.tree import Entry, Written
from zonemesh.zone import RRsetKey

ADDRESS = "127.0.0.1"
HUB = "one"


def key_of(apex: str) -> str:
    """Give the zone key that tests use for an apex."""
    return f"route53:main:{apex}"


def address_lines(apex: str, count: int, first: str = "192.0.2.1") -> dict[tuple[str, str], str]:
    """Give A rrsets for `count` names below an apex: (owner, type) → lines."""
    lines = {
        (f"h{number:05d}.{apex}", "A"): f"h{number:05d}.{apex} 300 IN A 198.51.100.{number % 250}\n"
        for number in range(count)
    }
    lines[f"www.{apex}", "A"] = f"www.{apex} 60 IN A {first}\n"
    lines[apex, "NS"] = f"{apex} 3600 IN NS ns1.example.net.\n{apex} 3600 IN NS ns2.example.net.\n"
    return lines


def soa(apex: str) -> str:
    return f"{apex} 900 IN SOA ns1.example.net. admin.example.net. 0 900 300 2419200 60"


def publish(
    store: MemorySnapshotStore,
    apex: str,
    serial: int,
    rrsets: Mapping[tuple[str, str], str],
    zone: str | None = None,
) -> Announcement:
    """Commit a snapshot with a served view of these rrsets, on whatever the head is."""
    key = zone or key_of(apex)
    entries = sorted(
        Entry(RRsetKey(order_of(owner), int(dns.rdatatype.from_text(rdtype))), text)
        for (owner, rdtype), text in rrsets.items()
    )
    written: Written = {}
    view = build(entries, written)
    store.write(key, written)
    head = store.head(key)
    parent = head.serial if head else None
    reason = Reason("first")
    snapshot = Snapshot(key, apex, serial, parent, 0, reason, soa(apex), None, view, None)
    store.commit(snapshot, head)
    return Announcement(key, serial)


@dataclass
class HubWorld:
    """Everything around one hub; what tests change is public."""

    directory: Path
    port: int = field(default_factory=free_port)
    catch_up_every: float = 600.0
    store: MemorySnapshotStore = field(default_factory=MemorySnapshotStore)
    register: MemoryRegister = field(default_factory=MemoryRegister)
    mesh: MemoryMeshStore = field(default_factory=MemoryMeshStore)
    reports: MemoryHubReports = field(default_factory=MemoryHubReports)
    inbox: MemoryInbox = field(default_factory=MemoryInbox)
    secrets: MemorySecrets = field(default_factory=MemorySecrets)
    syncs: MemorySyncs = field(default_factory=MemorySyncs)
    orders: MemoryHubOrders = field(default_factory=MemoryHubOrders)
    services: MemoryServices = field(default_factory=MemoryServices)
    key: Tsig = field(default_factory=lambda: Tsig("transfer.example."))
    name: str = HUB
    hub: Hub | None = None
    http_port: int = 0

    def settings(self) -> Settings:
        return Settings(
            hub=self.name,
            state_dir=self.directory,
            dns_listen=(Endpoint(ADDRESS, self.port),),
            http_listen=Endpoint(ADDRESS, 0),
            catch_up_every=self.catch_up_every,
        )

    def ports(self) -> HubPorts:
        return HubPorts(
            store=self.store,
            register=self.register,
            mesh=self.mesh,
            reports=self.reports,
            inbox=self.inbox,
            secrets=self.secrets,
            syncs=self.syncs,
            orders=self.orders,
            services=self.services,
        )

    def companions(self) -> list[Companion]:
        """Give what works beside serving; none, unless a test is about one."""
        return []

    def declare(
        self,
        secondaries: Mapping[str, Mapping[str, object]] | None = None,
        keys: Iterable[Tsig] | None = None,
    ) -> None:
        """Apply a mesh with these secondaries; without any, loopback transfers with `key`."""
        if secondaries is None:
            client = {"transfer_from": ["127.0.0.0/8"], "tsig_key": self.key.name.rstrip(".")}
            secondaries = {"client": client}
        keys = list(keys or [self.key])
        self.secrets.by_reference.update({f"env:{key_variable(key)}": key.secret for key in keys})
        document = {
            "integrations": {"main": {}},
            "zones": [{"discover": "*", "integration": "main"}],
            "hubs": {self.name: {"secondaries": list(secondaries)}},
            "secondaries": {name: dict(fields) for name, fields in secondaries.items()},
            "tsig_keys": {
                key.name.rstrip("."): {
                    "algorithm": key.algorithm,
                    "secret": f"env:{key_variable(key)}",
                }
                for key in keys
            },
        }
        self.mesh.apply(yaml.safe_dump(document))

    def join(self, apex: str, zone: str | None = None, hubs: tuple[str, ...] = ("*",)) -> None:
        """Make a zone a member of the mesh."""
        key = zone or key_of(apex)
        self.register.put(Member(key, apex, "main", "Z1", "discovered", hubs))

    def publish(self, apex: str, serial: int, rrsets: Mapping[tuple[str, str], str]) -> None:
        """Commit a snapshot and ring."""
        self.inbox.put(publish(self.store, apex, serial, rrsets).to_json())

    def serial(self, apex: str) -> int | None:
        return serial_at(ADDRESS, self.port, apex)

    def wait_for(self, apex: str, serial: int, within: float = 30.0) -> None:
        """Wait until the hub's NSD answers a serial."""
        wait_until(f"the hub serves {apex} {serial}", lambda: self.serial(apex) == serial, within)

    def axfr(self, apex: str) -> set[str]:
        """Transfer a zone from the hub with the client's key."""
        return axfr(ADDRESS, self.port, apex, self.key.client_key())

    @contextmanager
    def running(self) -> Iterator[Hub]:
        """Run the hub as its main does, in a thread; stop it as SIGTERM does."""
        stop = threading.Event()
        hub = self.hub = Hub(self.settings(), self.ports(), self.companions())
        http = StatusServer(hub.settings.http_listen, hub)
        self.http_port = http.port
        thread = threading.Thread(target=run, args=(hub, http, stop))
        thread.start()
        try:
            yield hub
        finally:
            stop.set()
            thread.join(30)
            assert not thread.is_alive()


def key_variable(key: Tsig) -> str:
    return "KEY_" + "".join(c if c.isalnum() else "_" for c in key.name.upper())

"""Hubs over one table in memory, a control plane that keeps their catalog, and what follows it."""

import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from hub_container.hub import Hub
from local.servers.client import wait_until
from local.servers.secondary import Secondary
from tests.fakes.memory import (
    MemoryEpochs,
    MemoryHubReports,
    MemoryMeshStore,
    MemoryRegister,
    MemorySnapshotStore,
)
from tests.hub.world import ADDRESS, HubWorld, address_lines, key_of, key_variable, publish
from zonemesh.catalog import listed_in
from zonemesh.catalog_members import catalog_member
from zonemesh.mesh.definition import parse_mesh
from zonemesh.mesh.sections import Catalog
from zonemesh.nodes import Nodes
from zonemesh.ports import Member
from zonemesh.record_catalog import Kept, keep_catalog
from zonemesh.snapshot import Announcement

NAME = "catalog.invalid."
KEY = f"catalog:{NAME}"
PATIENCE = 90.0  # seconds; a consumer may have to try again


@dataclass
class Plane:
    """The table, of which the control plane and all hubs read."""

    store: MemorySnapshotStore = field(default_factory=MemorySnapshotStore)
    register: MemoryRegister = field(default_factory=MemoryRegister)
    mesh: MemoryMeshStore = field(default_factory=MemoryMeshStore)
    reports: MemoryHubReports = field(default_factory=MemoryHubReports)
    epochs: MemoryEpochs = field(default_factory=MemoryEpochs)


class CatalogWorld:
    """Some hubs with a catalog, and servers that follow it on all of them."""

    def __init__(self, directory: Path, hubs: Sequence[str], kinds: Sequence[type[Secondary]]):
        self.plane = Plane()
        self.hubs = {name: self._hub(directory / name, name) for name in hubs}
        first, *further = (hub.port for hub in self.hubs.values())
        self.key = next(iter(self.hubs.values())).key
        self.consumers = [
            kind(
                directory / kind.program,
                first,
                [],
                self.key,
                catalog=NAME,
                further_ports=further,
            )
            for kind in kinds
        ]
        for hub in self.hubs.values():
            hub.key = self.key
            hub.secrets.by_reference[f"env:{key_variable(self.key)}"] = self.key.secret
        self.declare()

    def _hub(self, directory: Path, name: str) -> HubWorld:
        plane = self.plane
        return HubWorld(
            directory,
            store=plane.store,
            register=plane.register,
            mesh=plane.mesh,
            reports=plane.reports,
            name=name,
        )

    def declare(self) -> None:
        """Apply a mesh with the hubs and what follows them, by the names of the programs."""
        key = self.key.name.rstrip(".")
        # A label has no underscore, the name of PowerDNS's program has.
        named = {each.program.replace("_", "-"): each for each in self.consumers}
        document = {
            "integrations": {"main": {}},
            "zones": [{"discover": "*", "integration": "main"}],
            "hubs": {name: {"secondaries": list(named)} for name in self.hubs},
            "secondaries": {
                name: {"address": ADDRESS, "port": consumer.port, "tsig_key": key}
                for name, consumer in named.items()
            },
            "catalog": {"name": NAME},
            "tsig_keys": {key: {"secret": f"env:{key_variable(self.key)}"}},
        }
        self.plane.mesh.apply(yaml.safe_dump(document))
        self.plane.register.put(catalog_member(Catalog(name=NAME)))

    @contextmanager
    def running(self, *hubs: str) -> Iterator[dict[str, Hub]]:
        """Run hubs, all of them where none is named, and the servers that follow them."""
        with ExitStack() as stack:
            started = {
                name: stack.enter_context(self.hubs[name].running()) for name in hubs or self.hubs
            }
            for consumer in self.consumers:
                stack.enter_context(consumer)
            yield started

    def add(self, *apexes: str, serial: int = 1) -> None:
        """Make zones members that have content, as the discovery of hosted zones does."""
        for apex in apexes:
            self.plane.register.put(Member(key_of(apex), apex, "main", "Z", "discovered", ("*",)))
            self.edit(apex, serial)

    def edit(self, apex: str, serial: int) -> None:
        lines = address_lines(apex, 3, f"192.0.2.{serial % 250}")
        self._ring(publish(self.plane.store, apex, serial, lines))

    def leave(self, *apexes: str) -> None:
        """Take zones out of the mesh; nobody rings for that."""
        for apex in apexes:
            self.plane.register.remove(key_of(apex))

    def keep(self) -> Kept:
        """Keep the catalog once, as the schedule does, and ring."""
        newest = self.plane.mesh.newest()
        assert newest is not None
        kept = keep_catalog(self.plane, parse_mesh(newest.text), lambda: int(time.time()))
        if kept.recorded:
            self.ring()
        return kept

    def ring(self) -> None:
        """Ring for the catalog's head."""
        if head := self.plane.store.head(KEY):
            self._ring(Announcement(KEY, head.serial))

    def _ring(self, announcement: Announcement) -> None:
        for hub in self.hubs.values():
            hub.inbox.put(announcement.to_json())

    def named(self) -> set[str]:
        """The zones that the catalog names."""
        if (head := self.plane.store.head(KEY)) is None:
            return set()
        source = self.plane.store.snapshot(KEY, head.serial).source
        return set(listed_in(NAME, source, Nodes(self.plane.store, KEY).load))

    def await_named(self, *apexes: str) -> None:
        """Keep the catalog, again and again, until it names just these."""

        def names() -> bool:
            self.keep()
            return self.named() == set(apexes)

        wait_until(f"the catalog names {apexes}", names, PATIENCE)

    def await_followed(self, apex: str, serial: int | None) -> None:
        """Wait until all that follow the catalog answer a serial, or have no such zone."""
        for consumer in self.consumers:
            what = f"{consumer.program} answers {apex} {serial}"
            wait_until(what, lambda at=consumer: at.serial(apex) == serial, PATIENCE)  # type: ignore[misc]

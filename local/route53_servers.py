"""Route 53's own name servers for the hosted zones of a local account, on loopback.

Each hosted zone has an address of its own there, which the names of its delegation set resolve to,
all on one port. Plain records are answered as the hosted zone has them now; what Route 53 would
work out (aliases, routed sets) is answered as the mesh serves it.
"""

import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from local.internet import Internet
from local.servers.ports import free_port, is_free
from local.servers.responder import always
from local.servers.zone_server import ZoneServer
from zonemesh.nodes import Nodes
from zonemesh.ports import SnapshotStore
from zonemesh.route53.rrsets import is_alias, is_routed, key_of, rrset_from_route53
from zonemesh.tree import Entry, entries
from zonemesh.verify.answers import ServedZone
from zonemesh.zonefile import served_codec, served_entry

LISTED_EVERY = 2.0  # seconds: the account's five calls a second are others' as well
_ADDRESSES = 250

Worked = Callable[[], Iterable[Entry]]


def _nothing() -> Iterable[Entry]:
    return ()


def newest_served(store: SnapshotStore, zone: str) -> Worked:
    """Give what reads the served view of a zone's newest snapshot."""

    def read() -> Iterator[Entry]:
        if head := store.head(zone):
            snapshot = store.snapshot(zone, head.serial)
            yield from entries(snapshot.served, Nodes(store, zone).load, served_codec)

    return read


@dataclass
class Route53Servers:
    """The name servers; a context manager that stops them. `route53` is the account's client.

    `internet` learns their addresses. They all listen on `port`.
    """

    route53: Any
    internet: Internet
    port: int = field(default_factory=free_port)
    _running: list[ZoneServer] = field(default_factory=list, init=False)
    _names: list[str] = field(default_factory=list, init=False)
    _next: int = field(default=1, init=False)

    def serve(
        self, hosted_zone_id: str, worked: Worked = _nothing, route53: Any = None
    ) -> ZoneServer:
        """Serve a hosted zone; `worked` gives what Route 53 would work out of it.

        `route53` is the client of another account.
        """
        client = route53 or self.route53
        described = client.get_hosted_zone(Id=hosted_zone_id)
        apex = str(described["HostedZone"]["Name"])
        zone = _Listed(client, hosted_zone_id, apex, worked)
        server = ZoneServer(address=self._address(), port=self.port, zone=zone)
        server.start()
        self._running.append(server)
        for name in described["DelegationSet"]["NameServers"]:
            self._names.append(f"{name.rstrip('.')}.")
            self.internet.table[self._names[-1], "A"] = always(server.address)
        return server

    def _address(self) -> str:
        while self._next < _ADDRESSES:
            address, self._next = f"127.53.0.{self._next}", self._next + 1
            if is_free(self.port, address):
                return address
        raise OSError(f"no address of 127.53.0.0/24 is free at port {self.port}")

    def stop(self) -> None:
        """Stop all; repeatable."""
        for server in self._running:
            server.stop()
        for name in self._names:
            self.internet.table.pop((name, "A"), None)
        self._running, self._names = [], []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


@dataclass
class _Listed:
    """A hosted zone as it is listed, not more often than every `LISTED_EVERY`."""

    route53: Any
    id: str
    apex: str
    worked: Worked
    _zone: ServedZone | None = None
    _at: float = 0.0
    _listing: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self) -> ServedZone | None:
        with self._listing:
            if self._zone is None or time.monotonic() - self._at > LISTED_EVERY:
                self._zone = ServedZone(self.apex, self._entries())
                self._at = time.monotonic()
            return self._zone

    def _entries(self) -> Iterator[Entry]:
        pages = self.route53.get_paginator("list_resource_record_sets").paginate(
            HostedZoneId=self.id
        )
        elsewhere, plain = set(), set()
        for page in pages:
            for rrset in page["ResourceRecordSets"]:
                if is_alias(rrset) or is_routed(rrset):
                    elsewhere.add(key_of(rrset).order)
                else:
                    plain.add(key_of(rrset))
                    yield served_entry(rrset_from_route53(rrset))
        if elsewhere:
            made = (each for each in self.worked() if each.key.order in elsewhere)
            yield from (each for each in made if each.key not in plain)

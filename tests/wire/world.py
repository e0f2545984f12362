"""A zone on its whole way: strict Route 53, listing, snapshot, the hub's zone file, NSD."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dns.exception
import dns.message
import dns.name
import dns.query
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from local.route53 import Route53Settings
from tests.fakes.plane import Plane
from tests.hub.world import ADDRESS, HubWorld, key_of
from tests.local.route53_world import World, create
from tests.wire.names import Labels
from tests.wire.rrsets import Record, record
from zonemesh.enrol import enrol
from zonemesh.route53.rrsets import source_codec, source_rrset
from zonemesh.tree import entries

Rrset = dict[str, Any]
_ASKED_MOST = 5


def listed_by_route53(apex: str, rrsets: Iterable[Rrset]) -> list[Rrset]:
    """Create rrsets in a strict Route 53, each in a batch of its own; give the zone's listing."""
    world = World(Route53Settings())
    zone_id = world.zone(apex)
    for rrset in rrsets:
        world.change(zone_id, create(rrset))
    return world.listing(zone_id)


def parsed(lines: Iterable[str]) -> set[Record]:
    """Read lines of `owner TTL type rdata`, the SOA left out."""
    records = set()
    for line in lines:
        owner, ttl, rdtype, rest = line.split(" ", 3)
        if rdtype != "SOA":
            rdata = dns.rdata.from_text(dns.rdataclass.IN, rdtype, rest)
            records.add(record(dns.name.from_text(owner), int(ttl), rdata))
    return records


@dataclass
class ServedZone:
    """A zone recorded from a listing, and the hub that serves it."""

    apex: str
    listing: Sequence[Rrset]
    directory: Path
    hosted_zone_id: str = "Z1"
    plane: Plane = field(default_factory=Plane)

    def __post_init__(self) -> None:
        self.key = self.plane.create(self.hosted_zone_id, self.apex)
        source = self.plane.ports.sources[self.hosted_zone_id]
        source.rrsets.clear()
        source.put(*self.listing)
        enrol(self.plane.control)
        self.plane.list_ordered()
        self.hub = HubWorld(self.directory / "hub", store=self.plane.ports.store)
        assert self.key == key_of(self.apex)

    @property
    def serial(self) -> int:
        return self.plane.serial(self.key)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Run the hub until it serves the zone, which nsd-checkzone has to accept."""
        self.hub.declare()
        self.hub.join(self.apex)
        with self.hub.running():
            self.hub.wait_for(self.apex, self.serial)
            yield

    def transferred(self) -> set[Record]:
        """What NSD gives of the zone by AXFR, but for the SOA."""
        return parsed(self.hub.axfr(self.apex))

    def source_view(self) -> list[Rrset]:
        """The source view of the snapshot, as it is stored."""
        snapshot = self.plane.ports.store.snapshot(self.key, self.serial)

        def load(digests: Iterable[str]) -> dict[str, str]:
            return self.plane.ports.store.load(self.key, digests)

        return [source_rrset(entry.text) for entry in entries(snapshot.source, load, source_codec)]

    def zone_file(self) -> Path:
        """The file that NSD has loaded."""
        (file,) = (self.directory / "hub").rglob("*.zone")
        return file


def asked(port: int, owner: Labels, rdtype: str) -> dns.message.Message:
    """Ask a server on loopback, by TCP where the answer is long."""
    query = dns.message.make_query(dns.name.Name([*owner, b""]), rdtype, payload=4096)
    for _ in range(_ASKED_MOST):
        with suppress(dns.exception.Timeout):
            response, _ = dns.query.udp_with_fallback(query, ADDRESS, port=port, timeout=2)
            return response
    raise AssertionError(f"no answer from port {port} to {owner} {rdtype}")


def records(section: Iterable[dns.rrset.RRset]) -> list[Record]:
    """The records of a section of a response."""
    return [record(rrset.name, rrset.ttl, rdata) for rrset in section for rdata in rrset]

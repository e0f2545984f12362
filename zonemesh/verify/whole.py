"""The use case: one zone verified, everywhere, and judged by who is asked without its source.

The newest snapshot is what all are compared with. Where it moves on meanwhile and something
differs, everything is asked again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from zonemesh.failover import Failover
from zonemesh.history import head_of
from zonemesh.mesh.definition import Mesh
from zonemesh.nodes import Nodes
from zonemesh.ports import HubReports, Member, SnapshotStore
from zonemesh.reported import read_reports
from zonemesh.snapshot import Head, Snapshot
from zonemesh.tree import Entry, Load, entries
from zonemesh.verify.answers import ServedZone
from zonemesh.verify.delegation import Place
from zonemesh.verify.otherwise import answered_otherwise
from zonemesh.verify.places import Unasked, Written
from zonemesh.verify.questions import queries
from zonemesh.verify.readiness import Judge, Network, source_set
from zonemesh.verify.run import Verified, verify
from zonemesh.verify.servers import Zone, places_of
from zonemesh.zone import RRset
from zonemesh.zonefile import served_codec, served_entry

TRIES = 3  # snapshots that are verified one after another while the zone changes


class VerifyPorts(Protocol):
    """What a verification reads from the table."""

    @property
    def store(self) -> SnapshotStore: ...
    @property
    def reports(self) -> HubReports: ...


@dataclass(frozen=True, slots=True)
class Wish:
    """What an operator wants verified: so many names, further servers, the parent's servers."""

    sample: int | None = None
    named: Sequence[Written] = ()
    parents: Sequence[Place] = ()


@dataclass(frozen=True, slots=True)
class Verification:
    """What came of it: each server's answers beside a snapshot, and who could not be asked."""

    snapshot: Snapshot
    names: int
    questions: int
    results: tuple[Verified, ...]
    unasked: tuple[Unasked, ...]
    failover: Failover

    @property
    def good(self) -> bool:
        """Whether everybody who was to be asked answers as they should."""
        found = all(result.good for result in self.results)
        return found and not any(each.problem for each in self.unasked)


def verify_zone(
    ports: VerifyPorts, mesh: Mesh, member: Member, network: Network, wish: Wish
) -> Verification:
    """Verify a zone against its newest snapshot.

    Raises NothingRecorded and the errors of the store.
    """
    for _ in range(TRIES):
        head = head_of(ports.store, member.zone)
        found = _verified(ports, mesh, member, network, wish, head)
        if found.good or head_of(ports.store, member.zone).serial == head.serial:
            break
    return found


def _verified(
    ports: VerifyPorts, mesh: Mesh, member: Member, network: Network, wish: Wish, head: Head
) -> Verification:
    snapshot = ports.store.snapshot(member.zone, head.serial)
    latest = snapshot if head.held is None else ports.store.snapshot(member.zone, head.held)
    load = Nodes(ports.store, member.zone).load
    served = ServedZone(member.apex, _entries(snapshot, load))
    otherwise = answered_otherwise(snapshot, load)
    zone = Zone(mesh, member, read_reports(ports.reports, mesh), otherwise, wish.named)
    places = places_of(zone, network.accounts)
    asked = queries(served, wish.sample, snapshot.serial)
    results = verify(served, places.servers, asked, network.asker, pause=network.pause)
    judged = Judge(zone, served, network).judge(source_set(latest, load), wish.parents)
    return Verification(snapshot, len(served), len(asked), (*results,), places.unasked, judged)


def _entries(snapshot: Snapshot, load: Load) -> Iterator[Entry]:
    yield served_entry(RRset.from_lines(f"{snapshot.soa_line()}\n"))
    yield from entries(snapshot.served, load, served_codec)

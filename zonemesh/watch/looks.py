"""The use case: whether zones would survive their sources, looked at one after another.

What is looked at is asked of DNS, which takes its time where nobody answers. So those that were
not looked at for longest come first, several at once, and a run ends when its time is up.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol

from zonemesh.errors import SourceRefused, StoreError
from zonemesh.failover import Failover, NameServers, Readiness
from zonemesh.membership import is_served
from zonemesh.mesh.definition import Mesh
from zonemesh.names import canonical_text, order_of, parse_name
from zonemesh.nodes import Nodes
from zonemesh.ports import Member, Register, Resolver, SnapshotStore
from zonemesh.snapshot import Head, Snapshot
from zonemesh.status.readiness import FoundReadiness, ReadinessNotes
from zonemesh.tree import Load, same_owner
from zonemesh.verify.answers import NS, ServedZone
from zonemesh.verify.asking import Asker
from zonemesh.verify.readiness import Judge, Network, addresses_by, name_servers_of, source_set
from zonemesh.verify.servers import Accounts, Zone
from zonemesh.zonefile import served_codec

EVERY = 3600  # seconds between two looks at a zone
AGAIN = 300  # at one that was ready and is not: a server may only have been restarted
AT_ONCE = 8  # zones


class LookPorts(Protocol):
    """What the looks read, and where they note what they found."""

    @property
    def store(self) -> SnapshotStore: ...
    @property
    def register(self) -> Register: ...
    @property
    def readiness_notes(self) -> ReadinessNotes: ...


@dataclass(frozen=True, slots=True)
class Dns:
    """Who is asked; `resolver` gives the resolver for an integration's zones, by its name."""

    asker: Asker
    resolver: Callable[[str], Resolver]


@dataclass(slots=True)
class Looked:
    """Readiness by zone, as it was found; `problems` says what could not be looked at."""

    found: dict[str, FoundReadiness] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)


def look(
    ports: LookPorts, mesh: Mesh, dns: Dns, now: Callable[[], int], in_time: Callable[[], bool]
) -> Looked:
    """Look at the zones that are due, as long as there is time."""
    members = [member for member in ports.register.members() if is_served(member)]
    notes = ports.readiness_notes.readiness([member.zone for member in members])
    due, looked = iter(_due(members, notes, now())), Looked()

    def one(member: Member) -> FoundReadiness | str:
        return _look_at(ports, mesh, dns, member, notes.get(member.zone), now)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        while in_time() and (batch := list(islice(due, AT_ONCE))):
            for member, found in zip(batch, pool.map(one, batch), strict=True):
                if isinstance(found, str):
                    looked.problems.append(f"{member.zone}: {found}")
                else:
                    ports.readiness_notes.note_readiness(member.zone, found)
                    looked.found[member.zone] = found
    return looked


def _due(
    members: Collection[Member], notes: Mapping[str, FoundReadiness], now: int
) -> list[Member]:
    def looked_at(member: Member) -> int:
        note = notes.get(member.zone)
        return note.looked_at if note else 0

    def is_due(member: Member) -> bool:
        note = notes.get(member.zone)
        return note is None or now - note.looked_at >= (AGAIN if _is_lost(note) else EVERY)

    return sorted(filter(is_due, members), key=lambda member: (looked_at(member), member.zone))


def _is_lost(note: FoundReadiness) -> bool:
    return note.readiness is Readiness.NOT_READY and note.ready_at is not None


def _look_at(
    ports: LookPorts,
    mesh: Mesh,
    dns: Dns,
    member: Member,
    before: FoundReadiness | None,
    now: Callable[[], int],
) -> FoundReadiness | str:
    """Look at one zone; gives why not where it cannot be read."""
    try:
        judged = _judge(ports.store, mesh, dns, member)
    except StoreError as problem:
        return str(problem)
    if judged is None:
        return FoundReadiness(Readiness.UNKNOWN, ("it has no snapshot yet",), now())
    at = now()
    ready_at = before.ready_at if before else None
    if judged.readiness is Readiness.READY:
        ready_at = at
    return FoundReadiness(judged.readiness, judged.reasons, at, ready_at)


def _judge(store: SnapshotStore, mesh: Mesh, dns: Dns, member: Member) -> Failover | None:
    head: Head | None = store.head(member.zone)
    if head is None:
        return None
    snapshot = store.snapshot(member.zone, head.serial)
    latest = snapshot if head.held is None else store.snapshot(member.zone, head.held)
    load = Nodes(store, member.zone).load
    source = source_set(latest, load)
    resolver = dns.resolver(member.integration)
    accounts = Accounts(_nobody_asks, lambda _: (), addresses_by(resolver))
    network = Network(accounts, dns.asker, resolver, lambda: None)
    zone = Zone(mesh, member, {})
    served = _apex_and_servers(snapshot, load, {*source.names, *_declared(zone)})
    return Judge(zone, served, network).judge(source, ())


def _nobody_asks() -> tuple[str, ...]:
    """Leave it to the names of Route 53's servers: who looks may not read Route 53."""
    raise SourceRefused("the watch reads no Route 53")


def _declared(zone: Zone) -> Iterator[str]:
    for name in zone.policy.name_servers:
        yield canonical_text(parse_name(name))


def _apex_and_servers(snapshot: Snapshot, load: Load, names: Collection[str]) -> ServedZone:
    """Read of a zone, which may be large, its apex and the servers that lie in it."""
    apex = same_owner(snapshot.served, [order_of(snapshot.apex)], load, served_codec)
    rrset = ServedZone(snapshot.apex, apex).rrset(snapshot.apex, NS)
    served: NameServers = name_servers_of(rrset) if rrset else NameServers()
    inside = {
        order_of(name)
        for name in {*names, *served.names}
        if order_of(name).startswith(order_of(snapshot.apex)) and name != snapshot.apex
    }
    servers = same_owner(snapshot.served, inside, load, served_codec)
    return ServedZone(snapshot.apex, [*apex, *servers])

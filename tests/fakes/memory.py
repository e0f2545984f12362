"""The ports in memory, with state that a test can read and set.

Whatever takes `on_step` calls it with the step's name before the step, so that a test can
interleave recorders, fail a step or count it. Content is kept as text, as the real stores keep it.
"""

import json
import time
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache
from threading import RLock
from typing import Any

from zonemesh.audit import DETAIL_MOST, AuditEntry
from zonemesh.errors import (
    ChunkDamaged,
    HeadMoved,
    MeshMoved,
    ServiceUnreachable,
    SnapshotMissing,
    ZoneGone,
)
from zonemesh.names import canonical_text, parse_route53_name
from zonemesh.orders.order import HubOrder, OrderResult, ZoneOrder, first_id
from zonemesh.ports import (
    SEEN_EVENTS,
    Applied,
    HostedZone,
    HubReport,
    ListedPage,
    ListingOrder,
    Member,
    MeshVersion,
    ParkedListing,
    Ring,
    SourceRRset,
    SweepMemory,
    Tags,
)
from zonemesh.serial import is_newer
from zonemesh.services import ServiceAnswer
from zonemesh.snapshot import Announcement, Head, Snapshot
from zonemesh.status.readiness import FoundReadiness
from zonemesh.translation.question import Outcome, Question, Response
from zonemesh.tree import digest_of

OnStep = Callable[[str], None]


def _no_step(_: str) -> None:
    """Do nothing between steps."""


class MemorySnapshotStore:
    """A SnapshotStore of dicts; steps are `head`, `heads`, `snapshot`, `snapshots`, `load`,
    `write`, `commit`, `hold`, `confirm`.

    `current` is zone → head, `roots` (zone, serial) → JSON, `nodes` (zone, digest) →
    text, `touched` (zone, digest) → how often it was written.
    """

    def __init__(self, on_step: OnStep = _no_step) -> None:
        self.on_step = on_step
        self.current: dict[str, Head] = {}
        self.roots: dict[tuple[str, int], str] = {}
        self.nodes: dict[tuple[str, str], str] = {}
        self.touched: dict[tuple[str, str], int] = {}
        self._lock = RLock()

    def head(self, zone: str) -> Head | None:
        self.on_step("head")
        with self._lock:
            return self.current.get(zone)

    def heads(self, zones: Collection[str]) -> dict[str, Head]:
        self.on_step("heads")
        with self._lock:
            return {zone: self.current[zone] for zone in zones if zone in self.current}

    def snapshot(self, zone: str, serial: int) -> Snapshot:
        self.on_step("snapshot")
        with self._lock:
            text = self.roots.get((zone, serial))
        if text is None:
            raise SnapshotMissing(f"{zone}: no snapshot {serial}")
        return Snapshot.from_json(text)

    def snapshots(self, zone: str, *, below: int | None = None, most: int = 100) -> list[Snapshot]:
        self.on_step("snapshots")
        with self._lock:
            serials = sorted(
                (serial for owner, serial in self.roots if owner == zone), reverse=True
            )
            wanted = [serial for serial in serials if below is None or serial < below][:most]
            return [Snapshot.from_json(self.roots[zone, serial]) for serial in wanted]

    def load(self, zone: str, digests: Iterable[str]) -> dict[str, str]:
        self.on_step("load")
        with self._lock:
            found = {digest: self.nodes.get((zone, digest)) for digest in digests}
        return {digest: _checked(zone, digest, text) for digest, text in found.items()}

    def write(self, zone: str, nodes: Mapping[str, str]) -> None:
        self.on_step("write")
        with self._lock:
            for digest, text in nodes.items():
                self.nodes[zone, digest] = text
                self.touched[zone, digest] = self.touched.get((zone, digest), 0) + 1

    def commit(self, snapshot: Snapshot, onto: Head | None) -> None:
        self.on_step("commit")
        revision = onto.revision + 1 if onto else 0
        moved = Head(snapshot.zone, snapshot.serial, revision, decisions=snapshot.decisions)
        self._move(snapshot, moved, onto)

    def hold(self, snapshot: Snapshot, onto: Head) -> None:
        self.on_step("hold")
        self._move(snapshot, onto.holding(snapshot), onto)

    def accept(self, head: Head) -> Head:
        self.on_step("accept")
        assert head.held is not None
        return self._replace(head, head.accepting(self.snapshot(head.zone, head.held)))

    def reject(self, head: Head) -> Head:
        self.on_step("reject")
        return self._replace(head, replace(head, revision=head.revision + 1, rejected=True))

    def _replace(self, head: Head, by: Head) -> Head:
        with self._lock:
            if self.current.get(head.zone) != head:
                raise HeadMoved(f"{head.zone}: the head is no longer {head.serial}")
            self.current[head.zone] = by
        return by

    def _move(self, snapshot: Snapshot, to: Head, onto: Head | None) -> None:
        with self._lock:
            zone, key = snapshot.zone, (snapshot.zone, snapshot.serial)
            if self.roots.get(key) == snapshot.to_json():
                return  # a repetition of what was stored
            if self.current.get(zone) != onto or key in self.roots:
                raise HeadMoved(f"{zone}: the head is no longer {snapshot.parent}")
            self.roots[key] = snapshot.to_json()
            self.current[zone] = to

    def confirm(self, head: Head, *, decisions: str, held: int | None) -> None:
        self.on_step("confirm")
        rejected = head.rejected and held is not None
        revision = head.revision + 1
        stays = replace(head, revision=revision, decisions=decisions, held=held, rejected=rejected)
        self._replace(head, stays)


def _checked(zone: str, digest: str, text: str | None) -> str:
    if text is None or digest_of(text) != digest:
        raise ChunkDamaged(f"{zone}: chunk {digest} is {'damaged' if text else 'missing'}")
    return text


class MemoryLedger:
    """A Ledger of two dicts by zone key: `announcements` (serials), `verifications` (seconds)."""

    def __init__(self) -> None:
        self.announcements: dict[str, int] = {}
        self.verifications: dict[str, int] = {}

    def announced(self, zones: Collection[str]) -> dict[str, int]:
        return {zone: self.announcements[zone] for zone in zones if zone in self.announcements}

    def mark_announced(self, announcement: Announcement) -> None:
        noted = self.announcements.get(announcement.zone)
        if noted is None or is_newer(announcement.serial, noted):
            self.announcements[announcement.zone] = announcement.serial

    def verified(self, zones: Collection[str]) -> dict[str, int]:
        return {zone: self.verifications[zone] for zone in zones if zone in self.verifications}

    def mark_verified(self, zone: str, when: int) -> None:
        self.verifications[zone] = max(when, self.verifications.get(zone, when))


class MemoryAudit:
    """An Audit of one list, `noted`, in the order in which entries came."""

    def __init__(self) -> None:
        self.noted: list[AuditEntry] = []

    def note(self, entry: AuditEntry) -> None:
        self.noted.append(replace(entry, detail=entry.detail[:DETAIL_MOST]))

    def entries(self, zone: str | None, most: int) -> list[AuditEntry]:
        found = [entry for entry in self.noted if entry.zone == zone and not entry.hub]
        return sorted(found, key=lambda entry: entry.time, reverse=True)[:most]

    def order_entries(self, hub: str, most: int) -> list[AuditEntry]:
        found = [entry for entry in self.noted if entry.hub == hub]
        return sorted(found, key=lambda entry: entry.time, reverse=True)[:most]


class MemoryHubOrders:
    """HubOrders of two dicts by (hub, id): `placed`, `results`; `kept` has all that was written.

    `on_placed` is called with each order, as the table's stream would ring.
    """

    def __init__(self, on_placed: Callable[[HubOrder], None] = lambda order: None) -> None:
        self.placed: dict[tuple[str, str], HubOrder] = {}
        self.results: dict[tuple[str, str], str] = {}
        self.kept: list[OrderResult] = []
        self.on_placed = on_placed
        self._lock = RLock()

    def place(self, order: HubOrder) -> None:
        if (order.hub, order.id) not in self.placed:
            self.placed[order.hub, order.id] = HubOrder.from_json(order.to_json())
            self.on_placed(order)

    def order(self, hub: str, id: str) -> HubOrder | None:
        return self.placed.get((hub, id))

    def since(self, hub: str, earliest: float) -> list[str]:
        ids = sorted(id for owner, id in self.placed if owner == hub)
        return [id for id in ids if id >= first_id(earliest)]

    def begin(self, hub: str, result: OrderResult) -> bool:
        with self._lock:
            if (hub, result.order) in self.results:
                return False
            self.keep(hub, result)
            return True

    def keep(self, hub: str, result: OrderResult) -> None:
        with self._lock:
            self.results[hub, result.order] = result.to_json()
            self.kept.append(result)

    def result(self, hub: str, id: str) -> OrderResult | None:
        text = self.results.get((hub, id))
        return OrderResult.from_json(text) if text else None


class MemoryZoneOrders:
    """ZoneOrders of two dicts by id: `asked`, `passed`."""

    def __init__(self) -> None:
        self.asked: dict[str, ZoneOrder] = {}
        self.passed: dict[str, int] = {}

    def ask(self, order: ZoneOrder) -> None:
        self.asked.setdefault(order.id, ZoneOrder.from_json(order.to_json()))

    def passed_on(self, id: str) -> int | None:
        return self.passed.get(id)

    def note_passed_on(self, id: str, time: int) -> None:
        if id in self.asked:
            self.passed[id] = time


class MemorySweeps:
    """Sweeps that are counted, `started`."""

    def __init__(self) -> None:
        self.started = 0

    def start(self) -> None:
        self.started += 1


class MemoryRegister:
    """A Register of one dict by zone key, `entered`."""

    def __init__(self, *members: Member) -> None:
        self.entered = {member.zone: member for member in members}

    def members(self) -> list[Member]:
        return list(self.entered.values())

    def put(self, member: Member) -> None:
        known = self.entered.get(member.zone, member)
        self.entered[member.zone] = replace(member, signed=known.signed)

    def note_signing(self, zone: str, signed: str) -> None:
        if zone in self.entered:
            self.entered[zone] = replace(self.entered[zone], signed=signed)

    def remove(self, zone: str) -> None:
        self.entered.pop(zone, None)


class MemoryEpochs:
    """Epochs of one dict by (catalog, apex), `begun`."""

    def __init__(self) -> None:
        self.begun: dict[tuple[str, str], int] = {}

    def epochs(self, catalog: str) -> dict[str, int]:
        return {apex: epoch for (owner, apex), epoch in self.begun.items() if owner == catalog}

    def advance(self, catalog: str, apex: str) -> int:
        self.begun[catalog, apex] = self.begun.get((catalog, apex), 0) + 1
        return self.begun[catalog, apex]


class MemoryMeshStore:
    """A MeshStore of one list, `kept`, oldest first."""

    def __init__(self, *texts: str) -> None:
        self.kept: list[MeshVersion] = []
        for text in texts:
            self.apply(text)

    def newest(self) -> MeshVersion | None:
        return self.kept[-1] if self.kept else None

    def version(self, number: int) -> MeshVersion | None:
        return next((each for each in self.kept if each.number == number), None)

    def versions(self, most: int) -> list[MeshVersion]:
        return self.kept[::-1][:most]

    def apply(
        self, text: str, applied: Applied | None = None, *, onto: int | None = None
    ) -> MeshVersion:
        if onto not in (None, len(self.kept)):
            raise MeshMoved(f"version {len(self.kept)} of the mesh is the newest by now")
        if not self.kept or self.kept[-1].text != text:
            self.kept.append(MeshVersion(len(self.kept) + 1, text, applied))
        return self.kept[-1]


class MemoryHubReports:
    """HubReports of two dicts: `heartbeats` by hub, `statuses` by (hub, zone)."""

    def __init__(self, on_step: OnStep = _no_step) -> None:
        self.on_step = on_step
        self.heartbeats: dict[str, dict[str, Any]] = {}
        self.statuses: dict[tuple[str, str], dict[str, Any]] = {}

    def heartbeat(self, hub: str, report: Mapping[str, Any]) -> None:
        self.on_step("heartbeat")
        self.heartbeats[hub] = json.loads(json.dumps(dict(report)))

    def zone_status(self, hub: str, zone: str, status: Mapping[str, Any]) -> None:
        self.on_step("zone_status")
        self.statuses[hub, zone] = json.loads(json.dumps(dict(status)))

    def zone_reports(self, hub: str, zones: Collection[str]) -> HubReport:
        found = {zone: self.statuses[hub, zone] for zone in zones if (hub, zone) in self.statuses}
        return HubReport(self.heartbeats.get(hub), found)

    def reports(self, hub: str) -> HubReport:
        zones = {zone: status for (owner, zone), status in self.statuses.items() if owner == hub}
        return HubReport(self.heartbeats.get(hub), zones)


class MemoryReadinessNotes:
    """ReadinessNotes in a dictionary, by zone."""

    def __init__(self) -> None:
        self.found: dict[str, FoundReadiness] = {}

    def readiness(self, zones: Collection[str]) -> dict[str, FoundReadiness]:
        return {zone: self.found[zone] for zone in zones if zone in self.found}

    def note_readiness(self, zone: str, found: FoundReadiness) -> None:
        self.found[zone] = found


class MemorySweepState:
    """A SweepState of one value, `saved`."""

    def __init__(self) -> None:
        self.saved: SweepMemory | None = None

    def load(self) -> SweepMemory | None:
        return self.saved

    def save(self, memory: SweepMemory) -> None:
        kept = memory.seen[-SEEN_EVENTS:]
        self.saved = SweepMemory(memory.looked_until, kept, dict(memory.behind))


class MemoryParkedListings:
    """ParkedListings of one dict by zone key, `waiting`."""

    def __init__(self) -> None:
        self.waiting: dict[str, ParkedListing] = {}

    def load(self, zone: str) -> ParkedListing | None:
        return self.waiting.get(zone)

    def save(self, zone: str, parked: ParkedListing) -> None:
        self.waiting[zone] = parked

    def clear(self, zone: str) -> None:
        self.waiting.pop(zone, None)


class MemoryInbox:
    """An Inbox: `waiting` is delivered in order, what was received and not done is `in_flight`."""

    def __init__(self, *bodies: str, on_step: OnStep = _no_step) -> None:
        self.on_step = on_step
        self.waiting: deque[Ring] = deque()
        self.in_flight: dict[str, Ring] = {}
        self._numbers = 0
        for body in bodies:
            self.put(body)

    def put(self, body: str) -> None:
        self._numbers += 1
        self.waiting.append(Ring(body, f"handle-{self._numbers}"))

    def receive(self, wait_seconds: int) -> list[Ring]:
        self.on_step("receive")
        batch = [self.waiting.popleft() for _ in range(min(10, len(self.waiting)))]
        self.in_flight.update({ring.handle: ring for ring in batch})
        return batch

    def done(self, rings: Collection[Ring]) -> None:
        self.on_step("done")
        for ring in rings:
            self.in_flight.pop(ring.handle, None)

    def time_out(self) -> None:
        """Put what is in flight back in the queue, as a visibility timeout does."""
        self.waiting.extend(self.in_flight.values())
        self.in_flight.clear()


class MemoryAnnouncer:
    """An Announcer and an OrderBell.

    What they said is in `said`, (announcement, hubs), and `rung`: (hub, id), or a mesh's number.
    """

    def __init__(self, on_step: OnStep = _no_step) -> None:
        self.on_step = on_step
        self.said: list[tuple[Announcement, tuple[str, ...]]] = []
        self.rung: list[tuple[str, str] | int] = []

    def announce(self, announcement: Announcement, hubs: Collection[str]) -> None:
        self.on_step("announce")
        self.said.append((announcement, tuple(hubs)))

    def order_placed(self, hub: str, id: str) -> None:
        self.on_step("order")
        self.rung.append((hub, id))

    def mesh_applied(self, number: int) -> None:
        self.on_step("mesh")
        self.rung.append(number)


class MemoryListingQueue:
    """A ListingQueue that drops what is sent twice; `sent` holds the orders."""

    def __init__(self) -> None:
        self.sent: list[ListingOrder] = []

    def send(self, order: ListingOrder) -> None:
        if order not in self.sent:
            self.sent.append(order)


class MemorySecrets:
    """Secrets of one dict by reference."""

    def __init__(self, by_reference: Mapping[str, str] | None = None) -> None:
        self.by_reference = dict(by_reference or {})

    def read(self, reference: str) -> str:
        return self.by_reference[reference]


class MemoryServices:
    """Services that all answer; `broken` has sentences for those that do not, by name.

    `apart` is how many seconds their clock is behind.
    """

    def __init__(self) -> None:
        self.broken: dict[str, str] = {}
        self.apart = 0.0

    def names(self) -> list[str]:
        return ["DynamoDB", "SQS", "STS"]

    def ask(self, name: str) -> ServiceAnswer:
        if name in self.broken:
            raise ServiceUnreachable(self.broken[name])
        return ServiceAnswer(f"https://{name.lower()}.example", 1, time.time() - self.apart)


class MemorySource:
    """A ZoneSource over ResourceRecordSets as Route 53 gives them, names in its octal escapes.

    A listing is torn as Route 53's is: each page shows the zone as it is when the page is asked
    for. `problems` are raised one a call (None lets a call through); `gone` makes the zone vanish;
    `signs` is what it says of signing, or raises. Steps are `read` and `page`, each one of the
    `calls`, and `signing`; `asked` notes the owners of each read.
    """

    def __init__(
        self,
        apex: str,
        rrsets: Iterable[SourceRRset] = (),
        *,
        page_size: int = 300,
        on_step: OnStep = _no_step,
    ) -> None:
        self.apex = apex
        self.page_size = page_size
        self.on_step = on_step
        self.rrsets: dict[tuple[str, str, str], SourceRRset] = {}
        self.problems: deque[Exception | None] = deque()
        self.gone = False
        self.signs: bool | Exception = False
        self.calls = 0
        self.asked: list[frozenset[str]] = []
        self.put(*rrsets)

    def put(self, *rrsets: SourceRRset) -> None:
        """UPSERT; names may be plain or in octal escapes, with their trailing dot."""
        for rrset in rrsets:
            key = (rrset["Name"], rrset["Type"], rrset.get("SetIdentifier", ""))
            self.rrsets[key] = rrset

    def drop(self, name: str, rdtype: str, set_identifier: str = "") -> None:
        """DELETE one rrset."""
        del self.rrsets[name, rdtype, set_identifier]

    def read(self, owners: Collection[str]) -> dict[str, list[SourceRRset]]:
        self._call("read")
        self.asked.append(frozenset(owners))
        found: dict[str, list[SourceRRset]] = {owner: [] for owner in owners}
        for key in sorted(key for key in self.rrsets if _owner(key[0]) in found):
            found[_owner(key[0])].append(self.rrsets[key])
        return found

    def read_patiently(
        self, owners: Collection[str], calls: int
    ) -> Iterator[dict[str, list[SourceRRset]]]:
        """Read slices of as many names as some pages hold, in one call each."""
        names, most = sorted(owners), calls * self.page_size
        for start in range(0, len(names), most):
            yield self.read(names[start : start + most])

    def name_servers(self) -> tuple[str, ...]:
        self._call("name_servers")
        return ("ns-1.awsdns-00.com.", "ns-2.awsdns-00.net.")

    def listing(self) -> Iterator[SourceRRset]:
        for page in self.listed_pages():
            yield from page.rrsets

    def listed_pages(self, cursor: str | None = None) -> Iterator[ListedPage]:
        start: tuple[str, ...] | None = tuple(json.loads(cursor)) if cursor else None
        while True:
            self._call("page")
            keys = sorted(self.rrsets, key=_listing_order)
            if start is not None:
                keys = [key for key in keys if _listing_order(key) >= _listing_order(start)]
            page, rest = keys[: self.page_size], keys[self.page_size :]
            start = rest[0] if rest else None
            following = json.dumps(start) if start else None
            yield ListedPage(tuple(self.rrsets[key] for key in page), following)
            if start is None:
                return

    def signing(self) -> bool:
        self.on_step("signing")
        if self.gone:
            raise ZoneGone(f"{self.apex}: no such hosted zone")
        if isinstance(self.signs, Exception):
            raise self.signs
        return self.signs

    def _call(self, step: str) -> None:
        self.on_step(step)
        self.calls += 1
        problem = self.problems.popleft() if self.problems else None
        if problem is not None:
            raise problem
        if self.gone:
            raise ZoneGone(f"{self.apex}: no such hosted zone")


@cache
def _owner(route53_name: str) -> str:
    """Give the canonical text of a name as Route 53 writes it."""
    return canonical_text(parse_route53_name(route53_name))


@cache
def _listing_order(key: tuple[str, ...]) -> tuple[bytes, str, str]:
    """Order as ListResourceRecordSets does: reversed labels as text, trailing dots and all."""
    labels = [label for label in parse_route53_name(key[0]).labels if label]
    return b"".join(label + b"." for label in reversed(labels)), key[1], key[2]


class MemoryResolver:
    """A Resolver of one dict: `told` has the texts of rdata by name and type.

    What it is not told of does not answer; an empty list is a name without records. `asked` notes
    the questions of each call, `servers` the name servers.
    """

    def __init__(self) -> None:
        self.told: dict[tuple[str, str], list[str]] = {}
        self.ttl = 60
        self.asked: list[set[tuple[str, str]]] = []
        self.servers: list[tuple[str, ...]] = []

    def ask(
        self,
        questions: Collection[Question],
        name_servers: Sequence[str] = (),
        *,
        targets: bool = False,
    ) -> dict[Question, Response]:
        names = {q: ((targets and q.target) or q.name, q.rdtype) for q in questions}
        self.asked.append(set(names.values()))
        self.servers.append(tuple(name_servers))
        return {question: self._response(name) for question, name in names.items()}

    def _response(self, name: tuple[str, str]) -> Response:
        values = self.told.get(name)
        if values is None:
            return Response(Outcome.FAILED, why="timeout")
        outcome = Outcome.FOUND if values else Outcome.NONE
        return Response(outcome, tuple(sorted(values)), self.ttl if values else 0)


class MemoryHostedZones:
    """HostedZones of one list, `zones`; `problems` are raised one a call (None lets it through).

    `tagged` are tags by id; `asked` notes whose were asked for, ten a call. `tag_problems` are
    raised one a call like `problems`, and `on_tags` is called before each.
    """

    def __init__(self, *zones: HostedZone) -> None:
        self.zones = list(zones)
        self.tagged: dict[str, dict[str, str]] = {}
        self.asked: list[tuple[str, ...]] = []
        self.tag_problems: deque[Exception | None] = deque()
        self.on_tags = lambda: None
        self.problems: deque[Exception | None] = deque()
        self.calls = 0

    def list(self) -> list[HostedZone]:
        self.calls += 1
        problem = self.problems.popleft() if self.problems else None
        if problem is not None:
            raise problem
        return [*self.zones]

    def tags(self, ids: Sequence[str]) -> Iterator[Mapping[str, Tags]]:
        for start in range(0, len(ids), 10):
            self.on_tags()
            self.asked.append(tuple(ids[start : start + 10]))
            if problem := self.tag_problems.popleft() if self.tag_problems else None:
                raise problem
            there = {zone.id for zone in self.zones} & {*self.asked[-1]}
            yield {id: tuple(sorted(self.tagged.get(id, {}).items())) for id in sorted(there)}

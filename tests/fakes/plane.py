"""The control plane's ports in memory: AWS accounts with hosted zones, their history, the mesh."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.fakes.memory import (
    MemoryAnnouncer,
    MemoryEpochs,
    MemoryHostedZones,
    MemoryHubReports,
    MemoryLedger,
    MemoryListingQueue,
    MemoryMeshStore,
    MemoryParkedListings,
    MemoryReadinessNotes,
    MemoryRegister,
    MemoryResolver,
    MemorySnapshotStore,
    MemorySource,
    MemorySweeps,
    MemorySweepState,
    MemoryZoneOrders,
)
from tests.fakes.watch import MemoryAlertLog, Ringer
from zonemesh.control import Control
from zonemesh.errors import SourceRefused
from zonemesh.list_whole import Listed, list_whole
from zonemesh.mesh.definition import Mesh
from zonemesh.ports import HistoryPage, HostedZone, ListingOrder, Member, SourceRRset
from zonemesh.route53.events import ChangeEvent, change_event
from zonemesh.tree import entries
from zonemesh.zonefile import served_codec

START = 1_790_000_000
MESH = """
integrations: {main: {requests_per_second: 1}, dev: {requests_per_second: 1}}
zones: [{discover: "*", integration: main}, {discover: "*", integration: dev}]
hubs: {eu: , us: }
"""
# The same, with zones that may change as a whole.
UNGUARDED = MESH.replace(
    "integration: main}", "integration: main, policy: {guard: {changed: 100}}}"
)


def rrset(name: str, rdtype: str = "A", *values: str, ttl: int = 300) -> SourceRRset:
    records = [{"Value": value} for value in values or ("192.0.2.1",)]
    return {"Name": name, "Type": rdtype, "TTL": ttl, "ResourceRecords": records}


def apex_rrsets(apex: str) -> list[SourceRRset]:
    soa = "ns-1.awsdns-00.org. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"
    name_servers = ("ns-1.awsdns-00.org.", "ns-2.awsdns-01.com.")
    return [
        rrset(apex, "SOA", soa, ttl=900),
        rrset(apex, "NS", *name_servers, ttl=172800),
    ]


class MemoryHistory:
    """A ChangeHistory of one list, `details`; `problem` is raised in place of an answer.

    `asked` notes each look; `on_event` is called before each event is given, on a page of its own.
    """

    def __init__(self) -> None:
        self.details: list[Mapping[str, Any]] = []
        self.problem: Exception | None = None
        self.asked: list[tuple[int, int]] = []
        self.on_event = lambda: None

    def lookup_events(self, since: int, until: int) -> Iterator[HistoryPage]:
        self.asked.append((since, until))
        if self.problem:
            raise self.problem
        for detail in sorted(self.details, key=epoch):
            if since <= epoch(detail) <= until:
                self.on_event()
                yield HistoryPage((detail,), epoch(detail))
        yield HistoryPage((), until)


def epoch(detail: Mapping[str, Any]) -> int:
    return int(datetime.fromisoformat(detail["eventTime"]).timestamp())


@dataclass
class MemoryPorts:
    """Every port of the functions; `sources` are by hosted zone id, accounts by integration."""

    store: MemorySnapshotStore = field(default_factory=MemorySnapshotStore)
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    register: MemoryRegister = field(default_factory=MemoryRegister)
    mesh_store: MemoryMeshStore = field(default_factory=lambda: MemoryMeshStore(MESH))
    listings: MemoryListingQueue = field(default_factory=MemoryListingQueue)
    parked: MemoryParkedListings = field(default_factory=MemoryParkedListings)
    sweep_state: MemorySweepState = field(default_factory=MemorySweepState)
    reports: MemoryHubReports = field(default_factory=MemoryHubReports)
    announcer: MemoryAnnouncer = field(default_factory=MemoryAnnouncer)
    epochs: MemoryEpochs = field(default_factory=MemoryEpochs)
    zone_orders: MemoryZoneOrders = field(default_factory=MemoryZoneOrders)
    sweeps: MemorySweeps = field(default_factory=MemorySweeps)
    readiness_notes: MemoryReadinessNotes = field(default_factory=MemoryReadinessNotes)
    alert_log: MemoryAlertLog = field(default_factory=MemoryAlertLog)
    alerts: Ringer = field(default_factory=Ringer)
    sources: dict[str, MemorySource] = field(default_factory=dict)
    accounts: dict[str, MemoryHostedZones] = field(default_factory=dict)
    histories: dict[str, MemoryHistory] = field(default_factory=dict)
    resolvers: dict[str, MemoryResolver] = field(default_factory=dict)

    @property
    def order_bell(self) -> MemoryAnnouncer:
        return self.announcer

    def source(self, member: Member, mesh: Mesh) -> MemorySource:
        if member.integration not in mesh.integrations:
            raise SourceRefused(f"integration {member.integration} is not in the mesh")
        return self.sources[member.hosted_zone_id]

    def hosted_zones(self, integration: str, mesh: Mesh) -> MemoryHostedZones:
        return self.accounts.setdefault(integration, MemoryHostedZones())

    def history(self, integration: str, mesh: Mesh) -> MemoryHistory:
        return self.histories.setdefault(integration, MemoryHistory())

    def resolver(self, integration: str, mesh: Mesh) -> MemoryResolver:
        return self.resolvers.setdefault(integration, MemoryResolver())


class Plane:
    """AWS accounts that a test edits, and the mesh that watches them; time stands still."""

    def __init__(self, mesh: str = MESH) -> None:
        self.ports = MemoryPorts(mesh_store=MemoryMeshStore(mesh))
        self.now = START
        self._events = 0

    # What people do in their accounts.

    def create(self, hosted_zone: str, apex: str, *more: SourceRRset, account: str = "main") -> str:
        """Make a hosted zone; gives the key that it has in the mesh."""
        self.ports.sources[hosted_zone] = MemorySource(apex, [*apex_rrsets(apex), *more])
        zones = self.ports.hosted_zones(account, self.control.mesh).zones
        zones.append(HostedZone(hosted_zone, apex, False, 2 + len(more)))
        return f"route53:{account}:{apex}"

    def delete(self, hosted_zone: str) -> None:
        self.ports.sources[hosted_zone].gone = True
        for account in self.ports.accounts.values():
            account.zones = [zone for zone in account.zones if zone.id != hosted_zone]

    def put(self, hosted_zone: str, *rrsets: SourceRRset) -> None:
        self.ports.sources[hosted_zone].put(*rrsets)
        self._count(hosted_zone)

    def drop(self, hosted_zone: str, name: str, rdtype: str = "A") -> None:
        self.ports.sources[hosted_zone].drop(name, rdtype)
        self._count(hosted_zone)

    def _count(self, hosted_zone: str) -> None:
        count = len(self.ports.sources[hosted_zone].rrsets)
        for account in self.ports.accounts.values():
            account.zones = [
                HostedZone(zone.id, zone.apex, zone.private, count)
                if zone.id == hosted_zone
                else zone
                for zone in account.zones
            ]

    # What CloudTrail says of it.

    def detail(
        self, hosted_zone: str | None, *names: str, operation: str = "", account: str = "main"
    ) -> dict[str, Any]:
        """Make a record, and put it into the account's history; without names of a whole zone."""
        self._events += 1
        operation = operation or ("ChangeResourceRecordSets" if names else "EnableHostedZoneDNSSEC")
        changes = [{"action": "UPSERT", "resourceRecordSet": {"name": name}} for name in names]
        parameters: dict[str, Any] = {"changeBatch": {"changes": changes}}
        if hosted_zone:
            parameters |= {"hostedZoneId": hosted_zone, "id": hosted_zone}
        detail = {
            "eventSource": "route53.amazonaws.com",
            "eventName": operation,
            "eventID": f"event-{self._events}",
            "eventTime": datetime.fromtimestamp(self.now, UTC).isoformat(),
            "requestParameters": parameters,
            "responseElements": {"hostedZone": {"id": f"/hostedzone/{hosted_zone}"}},
        }
        self.history(account).details.append(detail)
        return detail

    def event(
        self, hosted_zone: str | None, *names: str, operation: str = "", account: str = "main"
    ) -> ChangeEvent:
        event = change_event(self.detail(hosted_zone, *names, operation=operation, account=account))
        assert event is not None
        return event

    def history(self, account: str = "main") -> MemoryHistory:
        return self.ports.history(account, self.control.mesh)

    # What the mesh makes of it.

    @property
    def control(self) -> Control:
        return Control.read(self.ports, lambda: self.now)

    def list_ordered(self) -> list[Listed]:
        """Carry out the orders that wait, those that come of them included."""
        done = []
        for _ in range(100):
            if not self.ports.listings.sent:
                return done
            done.append(list_whole(self.control, self.ports.listings.sent.pop(0)))
        raise AssertionError("listings order listings for ever")

    def orders(self) -> list[ListingOrder]:
        """Take the orders that wait off the queue."""
        orders, self.ports.listings.sent = self.ports.listings.sent, []
        return orders

    def member(self, zone: str) -> Member:
        return self.ports.register.entered[zone]

    def served(self, zone: str) -> list[str]:
        """The served view of a zone's head, below its apex, a line a record."""
        head = self.ports.store.current[zone]
        snapshot = self.ports.store.snapshot(zone, head.serial)

        def load(digests: Any) -> dict[str, str]:
            return self.ports.store.load(zone, digests)

        texts = [entry.text for entry in entries(snapshot.served, load, served_codec)]
        lines = "".join(texts).splitlines()
        return [line for line in lines if not line.startswith(f"{snapshot.apex} ")]

    def serial(self, zone: str) -> int:
        return self.ports.store.current[zone].serial

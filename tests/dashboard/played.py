"""A mesh in memory with something of everything: a held zone, an hub that is away, and so on."""

import time
from dataclasses import dataclass, field, replace
from typing import Any

from tests.fakes.memory import (
    MemoryAudit,
    MemoryHubOrders,
    MemoryHubReports,
    MemoryLedger,
    MemoryMeshStore,
    MemoryReadinessNotes,
    MemoryRegister,
    MemorySnapshotStore,
    MemorySource,
    MemoryZoneOrders,
)
from tests.fakes.syncs import MemorySyncs
from zonemesh.audit import PUBLISH, AuditEntry
from zonemesh.errors import StoreUnavailable
from zonemesh.failover import Readiness
from zonemesh.mesh_zone import MeshZone
from zonemesh.policy import Policy
from zonemesh.ports import Member
from zonemesh.record import Recorder
from zonemesh.serial import is_newer
from zonemesh.snapshot import Announcement, Change, Reason, Snapshot
from zonemesh.status.readiness import FoundReadiness
from zonemesh.syncs.sync import Kind, Sync, SyncOutcome

ALICE = "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/alice"
CI = "arn:aws:sts::123456789012:assumed-role/deploy/terraform-ci"
OPERATOR = "arn:aws:iam::123456789012:user/olga"
AGENT = "aws-cli/2.31.2 md/prompt#off md/command#route53.change-resource-record-sets"
TERRAFORM = "APN/1.0 HashiCorp/1.0 Terraform/1.13.4 (+https://www.terraform.io)"
MESH = """
integrations:
  main:
  second: {role_arn: "arn:aws:iam::210987654321:role/zonemesh-target", external_id: abcdefgh}
zones: [{discover: "*", integration: main, targets: [standby]}]
hubs:
  frankfurt: {secondaries: [ns-paris, ns-tokyo]}
  virginia: {secondaries: [ns-paris]}
  office: {}
targets: {standby: {type: route53, hub: frankfurt, integration: second}}
secondaries:
  ns-paris: {address: 192.0.2.53, tsig_key: none}
  ns-tokyo: {address: 192.0.2.54, tsig_key: none}
"""


class StaticIdentity:
    """An Identity that is always the same."""

    def arn(self) -> str:
        return OPERATOR


def rrset(name: str, rdtype: str, *values: str, ttl: int = 300) -> dict[str, Any]:
    return {
        "Name": name,
        "Type": rdtype,
        "TTL": ttl,
        "ResourceRecords": [{"Value": value} for value in values],
    }


def weighted(name: str, identifier: str, weight: int, value: str) -> dict[str, Any]:
    return rrset(name, "A", value) | {"SetIdentifier": identifier, "Weight": weight}


@dataclass
class PlayedMesh:
    """The dashboard's ports in memory; `away` makes AWS fail with that sentence."""

    store: MemorySnapshotStore = field(init=False)
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    register: MemoryRegister = field(default_factory=MemoryRegister)
    mesh_store: MemoryMeshStore = field(default_factory=lambda: MemoryMeshStore(MESH))
    reports: MemoryHubReports = field(default_factory=MemoryHubReports)
    readiness_notes: MemoryReadinessNotes = field(default_factory=MemoryReadinessNotes)
    audit: MemoryAudit = field(default_factory=MemoryAudit)
    identity: StaticIdentity = field(default_factory=StaticIdentity)
    syncs: MemorySyncs = field(default_factory=MemorySyncs)
    hub_orders: MemoryHubOrders = field(default_factory=MemoryHubOrders)
    zone_orders: MemoryZoneOrders = field(default_factory=MemoryZoneOrders)
    hubs: tuple[str, ...] = ("frankfurt", "virginia", "office")
    away: str = ""
    sources: dict[str, MemorySource] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.store = MemorySnapshotStore(on_step=self._step)
        self.clock = time.time()

    def _step(self, step: str) -> None:
        if self.away:
            raise StoreUnavailable(self.away)

    def zone(self, apex: str, *rrsets: dict[str, Any], since: float = 86_400) -> str:
        """Take a zone in, `since` seconds ago; gives its key."""
        key = f"route53:main:{apex}"
        self.register.put(Member(key, apex, "main", "Z1", "discovered", ("*",)))
        text = "ns-1.awsdns-00.org. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"
        servers = ("ns-1.awsdns-00.org.", "ns-2.awsdns-01.com.")
        own = [rrset(apex, "SOA", text, ttl=900), rrset(apex, "NS", *servers, ttl=172_800)]
        self.sources[key] = MemorySource(apex, [*own, *rrsets])
        self._record(key, Reason("first"), time.time() - since)
        self.ledger.mark_verified(key, int(time.time() - 240))
        return key

    def edit(
        self,
        key: str,
        *put: dict[str, Any],
        drop: tuple[tuple[str, str], ...] = (),
        ago: float = 0.0,
        by: str = ALICE,
        agent: str = AGENT,
    ) -> Snapshot:
        """Change the source and record it, with the event of who did it."""
        self.sources[key].put(*put)
        for name, rdtype in drop:
            self.sources[key].drop(name, rdtype)
        when = int(time.time() - ago)
        change = Change(
            f"e-{when}", "ChangeResourceRecordSets", when - 3, by, "203.0.113.77", agent
        )
        return self._record(key, Reason("event", (change,)), when)

    def _record(self, key: str, reason: Reason, at: float) -> Snapshot:
        apex = key.rpartition(":")[2]
        recorder = Recorder(self.store, lambda: int(at))
        zone = MeshZone(key, apex, Policy(), "Z1")
        return recorder.record_listing(zone, self.sources[key], reason).snapshot

    def serve(self, key: str, hub: str, *, serial: int | None = None, **more: Any) -> None:
        """Have a hub report that it serves a zone: its head's serial, or another one."""
        head = self.store.current[key].serial
        self.reports.zone_status(
            hub,
            key,
            {
                "zone": key,
                "state": "served",
                "serial": head if serial is None else serial,
                "served_at": (head if serial is None else serial) + 1.4,
                "seconds": 1.4,
                "error": None,
            }
            | more,
        )

    def everywhere(self, key: str, **more: Any) -> None:
        """Have all hubs serve a zone, its secondaries follow, and its target published."""
        head = self.store.current[key].serial
        noted = self.ledger.announcements.get(key)
        if noted is None or is_newer(head, noted):
            self.ledger.mark_announced(Announcement(key, head))
        paris = following(head)
        fed = {"ns-paris": paris, "ns-tokyo": following(head)}
        published = {"standby": {"state": "published", "serial": head, "seconds": 1.2}}
        self.serve(key, "frankfurt", secondaries=fed, targets=published, **more)
        self.serve(key, "virginia", secondaries={"ns-paris": paris})
        self.serve(key, "office")

    def heartbeat(self, hub: str, *, ago: float = 4.0, **more: Any) -> None:
        """Have a hub report, some seconds ago."""
        at = time.time() - ago
        nsd = {"state": "running", "version": "4.12.0", "starts": 1}
        beat = {
            "hub": hub, "version": "0.1.0", "at": at, "started_at": at - 400_000, "ready": True,
            "mesh": 1, "problems": [], "nsd": nsd, "zones_failing": 0, "dns": ["192.0.2.1:53"],
        }  # fmt: skip
        self.reports.heartbeat(hub, beat | more)


def following(serial: int, **more: Any) -> dict[str, Any]:
    return {"state": "current", "cause": "", "lacks": 0, "since": None, "follows": serial} | more


def small() -> PlayedMesh:
    """Two zones that are current everywhere."""
    mesh = PlayedMesh()
    for apex in ("example.com.", "example.net."):
        key = mesh.zone(apex, rrset(f"www.{apex}", "A", "192.0.2.1"))
        mesh.everywhere(key)
    for hub in mesh.hubs:
        mesh.heartbeat(hub)
    return mesh


def held() -> tuple[PlayedMesh, str]:
    """A zone of which a change waits, and its key."""
    mesh = small()
    apex = "shop.example."
    hosts = [rrset(f"host{number:02}.{apex}", "A", "192.0.2.7") for number in range(20)]
    key = mesh.zone(apex, *hosts)
    mesh.everywhere(key)
    mesh.edit(key, drop=tuple((each["Name"], "A") for each in hosts[:9]), ago=600, by=CI)
    return mesh, key


def realistic() -> PlayedMesh:
    """Something of everything."""
    mesh, shop = held()
    mesh.register.put(replace(mesh.register.entered[shop], hubs=("*",)))
    corp = mesh.zone(
        "corp.example.",
        rrset("www.corp.example.", "A", "192.0.2.10", "192.0.2.11"),
        rrset("corp.example.", "MX", "10 mx1.corp.example.", "20 mx2.corp.example."),
        rrset("mx1.corp.example.", "A", "192.0.2.25"),
        rrset("mx2.corp.example.", "AAAA", "2001:db8::25"),
        rrset("corp.example.", "TXT", '"v=spf1 mx -all"'),
        weighted("api.corp.example.", "blue", 90, "198.51.100.1"),
        weighted("api.corp.example.", "green", 10, "198.51.100.2"),
        since=30 * 86_400,
    )  # fmt: skip
    www = "www.corp.example."
    mesh.edit(corp, rrset(www, "A", "192.0.2.10"), ago=5 * 86_400, by=CI, agent=TERRAFORM)
    mesh.edit(corp, rrset("new.corp.example.", "CNAME", www), ago=7_300)
    mesh.audit.note(
        AuditEntry(int(time.time()) - 7_000, PUBLISH, corp, None, OPERATOR, "standby: 1 change")
    )
    mesh.edit(corp, rrset(www, "A", "203.0.113.80"), drop=(("mx2.corp.example.", "AAAA"),), ago=41)
    mesh.everywhere(corp)
    head = mesh.store.current[corp].serial
    behind = following(head - 7_259, state="behind", lacks=2, since=time.time() - 190)
    cause = "it asks for the SOA and does not transfer; its log tells why"
    mesh.serve(
        corp,
        "frankfurt",
        secondaries={"ns-paris": following(head), "ns-tokyo": behind | {"cause": cause}},
        targets={"standby": {
            "state": "failing", "serial": head - 7_259, "failures": 3,
            "next_attempt": time.time() + 75,
            "error": "AccessDenied: route53:ChangeResourceRecordSets on hostedzone/Z0STANDBY",
        }},
    )  # fmt: skip
    for number, apex in enumerate(
        ("blog.example.", "xn--bcher-kva.example.", "0.2.192.in-addr.arpa.")
    ):
        key = mesh.zone(apex, rrset(apex, "TXT", '"hello"'), since=(number + 2) * 400_000)
        mesh.everywhere(key)
        found = FoundReadiness(Readiness.READY, (), int(time.time()) - 1_800)
        mesh.readiness_notes.note_readiness(key, found)
    reasons = (
        "nobody asks ns-paris.example.net, because the parent's NS set does not name it: resolvers "
        "that come for the first time start there. Add it where the domain is registered, or in "
        "the parent zone",
    )
    unready = FoundReadiness(Readiness.NOT_READY, reasons, int(time.time()) - 1_800)
    for key in (corp, shop):
        mesh.readiness_notes.note_readiness(key, unready)
    mesh.heartbeat("office", ago=1_260)
    for key in mesh.register.entered:
        serial = mesh.store.current[key].serial
        mesh.serve(key, "office", serial=serial if key != corp else serial - 7_259)
    _tell_syncs(mesh, corp)
    fresh = mesh.register.entered[corp]
    mesh.register.put(
        replace(fresh, zone="route53:main:new.example.", apex="new.example.", hosted_zone_id="Z9")
    )
    return mesh


def _tell_syncs(mesh: PlayedMesh, corp: str) -> None:
    now, head = time.time(), mesh.store.current[corp].serial
    for number, key in enumerate(mesh.register.entered):
        serial = mesh.store.current[key].serial
        for hub, seconds in (("frankfurt", 1.4), ("virginia", 2.1)):
            at = now - 400 - 60 * number
            took = seconds + number / 9
            done = Sync(hub, key, Kind.SERVE, SyncOutcome.SERVED, at, at, "", serial, took)
            mesh.syncs.keep(done, 30)
    at, denied = now - 38, "AccessDenied: route53:ChangeResourceRecordSets"
    served = Sync("frankfurt", corp, Kind.SERVE, SyncOutcome.SERVED, at, at, "", head, 1.3)
    failed = Sync(
        "frankfurt", corp, Kind.PUBLISH, SyncOutcome.FAILED, at - 90, now - 20, "standby", head,
        0.4, None, denied, 3,
    )  # fmt: skip
    for sync in (served, failed):
        mesh.syncs.keep(sync, 30)

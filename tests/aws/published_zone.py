"""A zone's history in memory, and a hosted zone in the strict Route 53 that it is published to."""

from collections.abc import Callable, Iterable
from typing import Any

from local.route53 import Route53Settings
from tests.fakes.memory import MemorySnapshotStore
from tests.local.route53_world import Clock, World
from tests.unit.route53_zones import APEX, rrset
from zonemesh.aws.route53 import Route53Source
from zonemesh.aws.route53_writer import Route53Account, Route53Writer
from zonemesh.chunking import build
from zonemesh.mesh.places import Route53Target
from zonemesh.ports import Member
from zonemesh.snapshot import Reason, Snapshot
from zonemesh.targets.ports import PLAIN, Order, Outcome, Published
from zonemesh.targets.route53_place import may_be_written
from zonemesh.targets.route53_target import Route53Publisher
from zonemesh.views import listed_entries
from zonemesh.zone import RRset
from zonemesh.zonefile import served_entry

SOURCE_ID = "ZSOURCE"
RRsetJson = dict[str, Any]
SOA = rrset(APEX, "SOA", "ns-1.awsdns-01.org. hostmaster. 1 7200 900 1209600 86400", ttl=900)
NS = rrset(APEX, "NS", "ns-1.awsdns-01.org.", ttl=172800)
MEMBER = Member(f"route53:main:{APEX}", APEX, "main", SOURCE_ID, "listed", ("*",))
PULLED = Member(f"axfr:hq:{APEX}", APEX, "", "", "listed", ("*",), pulled_by="hq")


def a(label: str, *addresses: str, ttl: int = 300, **more: Any) -> RRsetJson:
    return rrset(f"{label}.{APEX}", "A", *(addresses or ("192.0.2.1",)), ttl=ttl, **more)


class Target:
    """The hosted zone `id` of a strict Route 53, as a target; time moves while somebody pauses."""

    def __init__(self, member: Member = MEMBER, **target: Any) -> None:
        settings = target.pop("settings", {})
        self.world = World(Route53Settings(**settings), Clock())
        self.id = self.world.zone(APEX)
        self.client = self.world.new_client()
        self.member, self.store = member, MemorySnapshotStore()
        self.why_not: Callable[[str], str] = may_be_written
        self.base: Published | None = None
        self.serial = 0
        self.listings = 0
        self.define(**target)

    def define(self, **target: Any) -> None:
        self.target = Route53Target(type="route53", hub="hq", integration="spare", **target)

    def record(self, *rrsets: RRsetJson) -> Snapshot:
        """Make a snapshot of a source that holds these rrsets beside its SOA and NS."""
        return self._commit([SOA, NS, *rrsets], "")

    def serve(self, text: str, *rrsets: RRsetJson) -> Snapshot:
        """Make a snapshot that serves these master-file lines."""
        return self._commit([SOA, NS, *rrsets], text)

    def _commit(self, rrsets: Iterable[RRsetJson], served: str) -> Snapshot:
        written: dict[str, str] = {}
        source = build(listed_entries(rrsets), written)
        groups: dict[tuple[str, str], str] = {}
        for line in served.splitlines():
            owner, _, _, rdtype, _ = line.split(" ", 4)
            groups[owner, rdtype] = groups.get((owner, rdtype), "") + line + "\n"
        found = sorted(served_entry(RRset.from_lines(each)) for each in groups.values())
        view = build(found, written)
        self.store.write(self.member.zone, written)
        head = self.store.head(self.member.zone)
        self.serial += 1
        parent = head.serial if head else None
        snapshot = Snapshot(
            self.member.zone,
            APEX,
            self.serial,
            parent,
            0,
            Reason("event"),
            "",
            source,
            view,
            None,
        )
        self.store.commit(snapshot, head)
        return snapshot

    def sleep(self, seconds: float) -> None:
        self.world.clock.now += seconds

    @property
    def account(self) -> Route53Account:
        return Route53Account(self.client, "integration spare", sleep=self.sleep)

    def source(self, id: str, apex: str) -> Route53Source:
        self.listings += 1
        return Route53Source(self.client, id, apex, sleep=self.sleep)

    def writer(self, id: str, apex: str) -> Route53Writer:
        return Route53Writer(self.client, id, apex, sleep=self.sleep, clock=self.world.clock)

    @property
    def publisher(self) -> Route53Publisher:
        return Route53Publisher(
            "copy", self.target, self.member, self.store, self, why_not=self.why_not
        )

    def begin(self, serial: int) -> None:
        self.base = self.base.begun(serial) if self.base else None

    def publish(self, snapshot: Snapshot, order: Order = PLAIN) -> Outcome:
        """Publish as a hub does, which keeps what the last publication left."""
        told = Order(order.listed, order.approval, order.hurry, lambda: self.begin(snapshot.serial))
        outcome = self.publisher.publish(snapshot, self.base, told)
        self.base = outcome.published or self.base
        return outcome

    def change(self, action: str, *rrsets: RRsetJson) -> None:
        """Change the hosted zone behind everybody's back."""
        changes = ({"Action": action, "ResourceRecordSet": each} for each in rrsets)
        self.world.change(self.id, *changes)

    def listing(self) -> list[RRsetJson]:
        return self.world.listing(self.id)

    def below(self) -> list[RRsetJson]:
        """Give what is there beside the SOA and NS at the apex."""
        own = ("SOA", "NS")
        return [
            each
            for each in self.listing()
            if (each["Name"], each["Type"]) not in {(APEX, rdtype) for rdtype in own}
        ]

    def fail(self, *failures: Exception | None, after: bool = False) -> None:
        """Let the next writes fail; with `after` they are carried out, and the answer is lost."""
        real, waiting = self.client.change_resource_record_sets, list(failures)

        def change(**request: Any) -> Any:
            failure = waiting.pop(0) if waiting else None
            if failure is None or after:
                answer = real(**request)
            if failure is not None:
                raise failure
            return answer

        self.client.change_resource_record_sets = change

    def writes(self) -> list[dict[str, Any]]:
        """Give the change batches that Route 53 took, in CloudTrail's casing."""
        return [
            call.request_parameters["changeBatch"]
            for call in self.world.calls
            if call.event_name == "ChangeResourceRecordSets"
            and call.request_parameters
            and not call.error_code
        ]

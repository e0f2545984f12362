"""A zone with a past: edits by people with names, and a store that counts what is read of it."""

from collections.abc import Iterable

from tests.fakes.memory import MemoryAudit, MemorySnapshotStore
from tests.unit.test_record import APEX, KEY, hosted_zone, rrset
from zonemesh.audit import AuditEntry
from zonemesh.mesh_zone import MeshZone
from zonemesh.nodes import Nodes
from zonemesh.policy import Policy
from zonemesh.record import Recorder
from zonemesh.snapshot import Change, Reason, Snapshot

START = 1_790_000_000  # 2026-09-21 14:13:20 UTC
ALICE = "arn:aws:sts::123456789012:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/alice"
BOB = "arn:aws:iam::123456789012:user/bob"
UNGUARDED = Policy.model_validate({"guard": {"removed": 100, "changed": 100, "apex_ns": False}})
HOSTS = [rrset(f"host{number:02}.{APEX}", "A", "192.0.2.7") for number in range(20)]


class CountingStore(MemorySnapshotStore):
    """A store that notes the digests that were loaded from it, and how often it was asked."""

    def __init__(self) -> None:
        super().__init__(on_step=self._count)
        self.loaded: list[str] = []
        self.steps: list[str] = []

    def _count(self, step: str) -> None:
        self.steps.append(step)

    def load(self, zone: str, digests: Iterable[str]) -> dict[str, str]:
        wanted = list(digests)
        self.loaded += wanted
        return super().load(zone, wanted)

    def forget(self) -> None:
        """Count from here on."""
        self.loaded.clear()
        self.steps.clear()


class Story:
    """A zone that was listed at START, and is edited a minute apart."""

    def __init__(self, *rrsets, store=None, audit=None, policy=None):
        self.source = hosted_zone(*rrsets)
        self.store = CountingStore() if store is None else store
        self.audit = MemoryAudit() if audit is None else audit
        self.now = START
        self.zone = MeshZone(KEY, APEX, policy or Policy(), "Z1")
        self.recorder = Recorder(self.store, lambda: self.now)
        self.first = self.recorder.record_listing(self.zone, self.source, Reason("first")).snapshot

    def put(self, *rrsets, **how) -> Snapshot:
        """Put rrsets, and record their names."""
        self.source.put(*rrsets)
        return self.record([each["Name"] for each in rrsets], **how)

    def drop(self, *keys, **how) -> Snapshot:
        """Drop rrsets, given as (name, type), and record their names."""
        for key in keys:
            self.source.drop(*key)
        return self.record([key[0] for key in keys], **how)

    def record(self, names, *, by=ALICE, found_by="event", events=1, agent="aws-cli/2.15.30"):
        self.now += 60
        changes = tuple(
            Change(f"e-{self.now}-{number}", "ChangeResourceRecordSets", self.now - 5 + number,
                   by, "203.0.113.77", agent)
            for number in range(events)
        )  # fmt: skip
        reason = Reason(found_by, changes)
        return self.recorder.record_owners(self.zone, self.source, set(names), reason).snapshot

    def list(self, reason=None) -> Snapshot:
        """List the zone."""
        self.now += 60
        found = self.recorder.record_listing(self.zone, self.source, reason or Reason("listing"))
        return found.snapshot

    def act(self, action, serial=None, *, zone=KEY, who=BOB, detail=""):
        """Note an action, a second from now."""
        self.now += 1
        self.audit.note(AuditEntry(self.now, action, zone, serial, who, detail))

    def collect(self, *snapshots) -> None:
        """Take snapshots away, as retention does."""
        for snapshot in snapshots:
            del self.store.roots[KEY, snapshot.serial]

    def load(self, digests):
        return Nodes(self.store, KEY).load(digests)

"""The use case: a zone that may have changed → a new snapshot → the head.

Order is everything. The head is read first, then the source, then the snapshot is committed on that
head; who loses the race starts over with both. In any other order an older reading of the source
could overwrite a newer one. Finding nothing new is a claim as well: it is confirmed on the head, or
a recorder that read the source before it went back to what it was could still commit.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from zonemesh.chunking import build
from zonemesh.errors import HeadMoved, TooManyRetries
from zonemesh.names import text_of
from zonemesh.policy import Policy
from zonemesh.ports import SnapshotStore, SourceRRset, ZoneSource
from zonemesh.route53.rrsets import source_codec
from zonemesh.serial import is_newer, newest, next_serial
from zonemesh.snapshot import Head, Reason, Snapshot
from zonemesh.translate import TRANSLATOR
from zonemesh.tree import View, Written, diff, digests
from zonemesh.views import Derivation, Nodes, Views, listed_entries

ATTEMPTS = 10  # each loss means that somebody else won, so the zone moves on all the same
SLICE = 20  # calls whose answers a listing records at once: what a throttle or a loss costs at most

# rrsets that an edit derives anew when the policy or the translator has changed: two seconds of
# CPU. More is for a listing, which has minutes.
DERIVED_MOST = 10_000


@dataclass(frozen=True, slots=True)
class MeshZone:
    """The zone to record: its key in the mesh, its apex (canonical text) and its policy."""

    key: str
    apex: str
    policy: Policy


@dataclass(frozen=True, slots=True)
class Recorded:
    """What came of it: the newest snapshot, and whether this call made it."""

    snapshot: Snapshot
    changed: bool


@dataclass(frozen=True, slots=True)
class _Parent:
    """The head as it was read before the source, and its snapshot."""

    head: Head
    snapshot: Snapshot


@dataclass(frozen=True)
class Recorder:
    """Records zones. `now` gives epoch seconds."""

    store: SnapshotStore
    now: Callable[[], int]

    def record_owners(
        self, zone: MeshZone, source: ZoneSource, owners: Collection[str], reason: Reason
    ) -> Recorded | None:
        """Read some owner names again and record what they are now.

        None where it must be listed first: it has no snapshot yet, or it is large and every name of
        it is to be decided anew. Raises the errors of ZoneSource and SnapshotStore, and
        TooManyRetries.
        """
        for _ in range(ATTEMPTS):
            parent = self._newest(zone)
            if parent is None or (
                not _is_current(parent.snapshot, zone) and _count(parent.snapshot) > DERIVED_MOST
            ):
                return None
            nodes = Nodes(self.store, zone.key)
            try:
                read = source.read(owners) if owners else {}
                return self._edit(zone, read, reason, parent, nodes)
            except HeadMoved:
                continue
        raise TooManyRetries(f"{zone.apex}: {ATTEMPTS} commits in a row lost")

    def record_listing(
        self,
        zone: MeshZone,
        source: ZoneSource,
        reason: Reason,
        floor: Callable[[], list[int]] = list,
    ) -> Recorded:
        """List the whole zone, and record the names that differ from the head.

        A listing is a hint, as its pages are not consistent with each other: what differs is read
        again by name, patiently, and recorded a slice at a time. Only a zone's first snapshot is
        the listing itself; an edit made while it ran has its own event. `floor` gives serials that
        the first one must be above, as it must be above the serial of the source's own SOA. Raises
        as `record_owners` does.
        """
        listing: View | None = None
        scratch: Written = {}
        made: Recorded | None = None
        lost = 0
        while lost < ATTEMPTS:
            parent = self._newest(zone)
            nodes = Nodes(self.store, zone.key)
            try:
                if parent is None:
                    derivation = Derivation(zone.apex, zone.policy, nodes)
                    views = derivation.first(source.listing())
                    counted = [views.counted] if views.counted is not None else []
                    return self._commit(zone, views, reason, None, nodes, floor() + counted)
                if listing is None:
                    listing = build(listed_entries(source.listing()), scratch)
                    parent = self._newest(zone) or parent  # edits were recorded while it ran
                owners = self._differing(parent.snapshot, listing, scratch, nodes)
                calls = max(SLICE >> lost, 1)  # less time for others to win in
                for recorded in self._slices(zone, source, owners, reason, parent, calls):
                    lost = max(lost - 1, 0)
                    made = recorded if recorded.changed or made is None else made
                assert made is not None  # there is a slice at least
                return made
            except HeadMoved:
                lost += 1
        raise TooManyRetries(f"{zone.apex}: {ATTEMPTS} commits in a row lost")

    def _newest(self, zone: MeshZone) -> _Parent | None:
        head = self.store.head(zone.key)
        return _Parent(head, self.store.snapshot(zone.key, head.serial)) if head else None

    @staticmethod
    def _differing(
        previous: Snapshot, listing: View | None, scratch: Written, nodes: Nodes
    ) -> set[str]:
        def load(wanted: Iterable[str]) -> dict[str, str]:
            digests = set(wanted)
            here = {digest: scratch[digest] for digest in digests & scratch.keys()}
            return here | nodes.load(digests - scratch.keys())

        difference = diff(previous.source, listing, load, source_codec)
        return {text_of(key.order) for key in difference}

    def _slices(
        self,
        zone: MeshZone,
        source: ZoneSource,
        owners: Collection[str],
        reason: Reason,
        parent: _Parent,
        calls: int,
    ) -> Iterator[Recorded]:
        """Record some names slice by slice, each read after the head that it is committed on."""
        for read in source.read_patiently(owners, calls) if owners else iter([{}]):
            yield self._edit(zone, read, reason, parent, Nodes(self.store, zone.key))
            parent = self._newest(zone) or parent

    def _edit(
        self,
        zone: MeshZone,
        read: Mapping[str, list[SourceRRset]],
        reason: Reason,
        parent: _Parent,
        nodes: Nodes,
    ) -> Recorded:
        previous = parent.snapshot
        derivation = Derivation(zone.apex, zone.policy, nodes)
        views = derivation.edited(previous, read)
        if not _is_current(previous, zone):
            views = derivation.whole(views.source)  # decided anew, every name of it
        return self._commit(zone, views, reason, parent, nodes, [])

    def _commit(
        self,
        zone: MeshZone,
        views: Views,
        reason: Reason,
        parent: _Parent | None,
        nodes: Nodes,
        floor: list[int],
    ) -> Recorded:
        previous = parent.snapshot if parent else None
        now = self.now()
        declared = zone.policy.serial.floor
        snapshot = Snapshot(
            zone=zone.key,
            apex=zone.apex,
            serial=next_serial(
                previous.serial if previous else None,
                now=now,
                floor=newest([*floor, *([declared] if declared is not None else [])]),
                strategy=zone.policy.serial.strategy,
            ),
            parent=previous.serial if previous else None,
            recorded_at=now,
            reason=reason,
            soa=views.soa,
            source=views.source,
            served=views.served,
            report=views.report,
            policy=zone.policy.digest(),
            translator=TRANSLATOR,
        )
        raised = previous and declared is not None and is_newer(declared, previous.serial)
        if parent and not raised and snapshot.same_content(parent.snapshot):
            self.store.confirm(parent.head)
            return Recorded(parent.snapshot, changed=False)
        self.store.write(zone.key, self._fresh(nodes, views, previous))
        self.store.commit(snapshot, parent.head if parent else None)
        return Recorded(snapshot, changed=True)

    @staticmethod
    def _fresh(nodes: Nodes, views: Views, previous: Snapshot | None) -> Written:
        """Give the chunks and pages that the parent does not name, whether stored before or not."""
        if previous is None or views.derived_from_parent:
            return nodes.written
        named = _digests(previous, nodes)
        wanted = _digests(views, nodes) - named
        return {digest: text for digest, text in nodes.written.items() if digest in wanted}


def _is_current(snapshot: Snapshot, zone: MeshZone) -> bool:
    """Tell whether a snapshot was derived by the policy and the translator of today."""
    return (snapshot.policy, snapshot.translator) == (zone.policy.digest(), TRANSLATOR)


def _count(snapshot: Snapshot) -> int:
    return snapshot.source.count if snapshot.source else 0


def _digests(views: Views | Snapshot, nodes: Nodes) -> set[str]:
    tops = (views.source, views.served, views.report)
    return set().union(*(digests(top, nodes.load) for top in tops))

"""The use case: a zone that may have changed → a new snapshot → the head.

Order is everything. The head is read first, then the source, then the snapshot is committed on that
head; who loses the race starts over with both. In any other order an older reading of the source
could overwrite a newer one. Finding nothing new is a claim as well: it is confirmed on the head, or
a recorder that read the source before it went back to what it was could still commit.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from zonemesh.chunking import build
from zonemesh.derived import Views
from zonemesh.errors import ChunkDamaged, HeadMoved, SnapshotMissing, TooManyRetries
from zonemesh.guard import Sides, concerns, is_near
from zonemesh.mesh_zone import MeshZone
from zonemesh.names import text_of
from zonemesh.nodes import Nodes
from zonemesh.ports import SnapshotStore, SourceRRset, ZoneSource
from zonemesh.rebuild import check_whole, is_held_already, judged, last_served, settled
from zonemesh.recorded import Parent, Recorded, is_current, window_of
from zonemesh.route53.rrsets import source_codec
from zonemesh.serial import is_newer, newest, next_serial
from zonemesh.snapshot import Head, Reason, Snapshot, Window
from zonemesh.translation.question import Answer
from zonemesh.tree import Load, View, Written, diff, digests
from zonemesh.views import Ask, Derivation, listed_entries, nobody

__all__ = ["ATTEMPTS", "Recorded", "Recorder", "both", "declared_floor"]

ATTEMPTS = 10  # each loss means that somebody else won, so the zone moves on all the same
SLICE = 20  # calls whose answers a listing records at once: what a throttle or a loss costs at most

# rrsets that an edit derives anew when the policy or the translator has changed: two seconds of
# CPU. More is for a listing, which has minutes.
DERIVED_MOST = 10_000


@dataclass(frozen=True)
class Recorder:
    """Records zones. `now` gives epoch seconds, `ask` asks DNS what a new question needs."""

    store: SnapshotStore
    now: Callable[[], int]
    ask: Ask = nobody

    def record_owners(
        self, zone: MeshZone, source: ZoneSource, owners: Collection[str], reason: Reason
    ) -> Recorded | None:
        """Read some owner names again and record what they are now.

        None where it must be listed first: it has no snapshot yet, or it is large and every name of
        it is to be decided anew. Raises the errors of ZoneSource and SnapshotStore, and
        TooManyRetries.
        """

        def views(derivation: Derivation, seen: Snapshot) -> Views:
            return derivation.edited(seen, source.read(owners) if owners else {})

        return self._record(zone, views, reason)

    def record_answers(
        self, zone: MeshZone, settled: Collection[Answer], reason: Reason
    ) -> Recorded | None:
        """Record what a zone's questions are answered now; answers to others are passed over.

        None as `record_owners`. Raises the errors of SnapshotStore, and TooManyRetries.
        """

        def views(derivation: Derivation, seen: Snapshot) -> Views:
            return derivation.answered(seen, settled)

        return self._record(zone, views, reason)

    def _record(self, zone: MeshZone, change: "_Change", reason: Reason) -> Recorded | None:
        for _ in range(ATTEMPTS):
            parent = self._newest(zone)
            if parent is None or (
                not is_current(parent, zone) and _count(parent.seen) > DERIVED_MOST
            ):
                return None
            try:
                return self._edit(zone, change, reason, parent)
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
        the first one must be above, as it must be above the serial of the source's own SOA. The
        newest snapshot is read whole before, and replaced where it cannot be. Raises as
        `record_owners`.
        """
        listing: View | None = None
        scratch: Written = {}
        made: Recorded | None = None
        lost = 0
        while lost < ATTEMPTS:
            try:
                parent = self._newest(zone)
                if parent is not None and listing is None:
                    self._check(zone, parent)
            except (ChunkDamaged, SnapshotMissing) as damage:
                return self._rebuild(zone, source, reason, str(damage))
            nodes = Nodes(self.store, zone.key)
            try:
                if parent is None:
                    views = Derivation(zone, nodes, self.ask).first(source.listing())
                    return self._first(zone, views, reason, nodes, floor)
                if listing is None:
                    listing = build(listed_entries(source.listing()), scratch)
                    parent = self._newest(zone) or parent  # edits were recorded while it ran
                load = both(nodes, scratch)
                owners = _differing(parent.seen, listing, load)
                foreseen = self._foreseen(zone, parent, listing, load)
                slices = self._slices(zone, source, owners, reason, parent, foreseen, SLICE >> lost)
                for recorded in slices:
                    lost = max(lost - 1, 0)
                    made = _of_both(made, recorded)
                assert made is not None  # there is a slice at least
                return made
            except HeadMoved:
                lost += 1
        raise TooManyRetries(f"{zone.apex}: {ATTEMPTS} commits in a row lost")

    def _newest(self, zone: MeshZone) -> Parent | None:
        head = self.store.head(zone.key)
        if head is None:
            return None
        snapshot = self.store.snapshot(zone.key, head.serial)
        seen = snapshot if head.held is None else self.store.snapshot(zone.key, head.held)
        return Parent(head, snapshot, seen)

    def _check(self, zone: MeshZone, parent: Parent) -> None:
        """Read all that the next snapshot builds on; raises ChunkDamaged and SnapshotMissing."""
        window = window_of(parent, zone.policy.guard, self.now())
        needed = (parent.snapshot, parent.seen, self._baseline(zone, parent, window))
        check_whole(self.store, zone.key, needed)

    def _rebuild(self, zone: MeshZone, source: ZoneSource, reason: Reason, damage: str) -> Recorded:
        """Make a whole new snapshot of a listing, in place of one that cannot be read.

        All of it is written, what is damaged under its digest too. The listing is begun after the
        head was read that it is committed on; what was edited while it ran is for the next one.
        """
        for _ in range(ATTEMPTS):
            head = self.store.head(zone.key)
            if head is None:
                raise SnapshotMissing(f"{zone.key}: its head is gone; list it again")
            before = last_served(self.store, head)
            nodes = Nodes(self.store, zone.key)
            listing = build(listed_entries(source.listing()), nodes.written)
            views = Derivation(zone, nodes, self.ask).whole(listing, settled(before, nodes))
            found = judged(zone.policy.guard, zone.apex, before, views, nodes)
            made = replace(self._snapshot(zone, views, reason, head, []), concerns=found)
            self.store.write(zone.key, nodes.written)
            try:
                if not made.is_withheld:
                    self.store.commit(made, head)
                    return Recorded(made, changed=True, repaired=damage)
                if is_held_already(self.store, head, made):
                    self.store.confirm(head, decisions=made.decisions, held=head.held)
                    return Recorded(made, changed=False, held=True, repaired=damage)
                self.store.hold(made, head)
                return Recorded(made, changed=True, held=True, alert=True, repaired=damage)
            except HeadMoved:
                continue
        raise TooManyRetries(f"{zone.apex}: {ATTEMPTS} commits in a row lost")

    def _foreseen(
        self, zone: MeshZone, parent: Parent, listing: View | None, load: Load
    ) -> tuple[str, ...]:
        """Say what the guard has against a listing as a whole: its slices are small each."""
        guard, seen = zone.policy.guard, parent.seen
        window = window_of(parent, guard, self.now())
        baseline = self._baseline(zone, parent, window)
        sides = Sides(baseline, listing, seen.answers, served=parent.snapshot)
        return concerns(guard, zone.apex, sides, load)

    def _baseline(self, zone: MeshZone, parent: Parent, window: Window) -> Snapshot:
        if window.baseline == parent.head.serial:
            return parent.snapshot
        return self.store.snapshot(zone.key, window.baseline)

    def _slices(
        self,
        zone: MeshZone,
        source: ZoneSource,
        owners: Collection[str],
        reason: Reason,
        parent: Parent,
        foreseen: tuple[str, ...],
        calls: int,
    ) -> Iterator[Recorded]:
        """Record some names slice by slice, each read after the head that it is committed on.

        What the guard has against all of them is held against each but the last, which is judged
        by what has come of them.
        """
        left = len(owners)
        calls = max(calls, 1)  # fewer after a loss: less time for others to win in
        for read in source.read_patiently(owners, calls) if owners else iter([{}]):
            left -= len(read)
            yield self._edit(zone, _edit_by(read), reason, parent, foreseen if left else ())
            parent = self._newest(zone) or parent

    def _edit(
        self,
        zone: MeshZone,
        change: "_Change",
        reason: Reason,
        parent: Parent,
        foreseen: tuple[str, ...] = (),
    ) -> Recorded:
        nodes = Nodes(self.store, zone.key)
        derivation = Derivation(zone, nodes, self.ask)
        views = change(derivation, parent.seen)
        if not is_current(parent, zone):
            views = derivation.whole(views.source, views.answers)  # every name is decided anew
        window, found = self._judged(zone, views, parent, nodes)
        snapshot = replace(
            self._snapshot(zone, views, reason, parent.head, []),
            window=window,
            concerns=found or foreseen,
        )
        held = parent.head.held if snapshot.is_withheld else None
        like = parent.snapshot if held is None else parent.seen
        declared = zone.policy.serial.floor
        raised = declared is not None and is_newer(declared, like.serial)
        if snapshot.same_content(like) and not raised:
            self.store.confirm(parent.head, decisions=snapshot.decisions, held=held)
            return Recorded(like, changed=False, held=held is not None)
        self.store.write(zone.key, self._fresh(nodes, views, parent.seen))
        if not snapshot.is_withheld:
            self.store.commit(snapshot, parent.head)
            return Recorded(snapshot, changed=True)
        self.store.hold(snapshot, parent.head)
        news = parent.head.held is None or parent.head.rejected
        return Recorded(snapshot, changed=True, held=True, alert=news)

    def _judged(
        self, zone: MeshZone, views: Views, parent: Parent, nodes: Nodes
    ) -> tuple[Window, tuple[str, ...]]:
        """Count an edit in, and say what the guard has against all that its window holds."""
        guard, edits = zone.policy.guard, views.edits
        before = window_of(parent, guard, self.now())
        window = replace(
            before,
            removed=before.removed + edits.removed,
            changed=before.changed + edits.changed,
        )
        held = parent.head.held is not None
        answered = views.answers != parent.snapshot.answers
        if not (held or answered or edits.apex_ns or is_near(window, guard)):
            return window, ()
        baseline = self._baseline(zone, parent, window)
        sides = Sides(baseline, views.source, views.answers, views.signatures, parent.snapshot)
        return window, concerns(guard, zone.apex, sides, nodes.load)

    def _first(
        self,
        zone: MeshZone,
        views: Views,
        reason: Reason,
        nodes: Nodes,
        floor: Callable[[], list[int]],
    ) -> Recorded:
        """Commit a zone's first snapshot; a refused one is not kept, as no head could name it."""
        counted = [views.counted] if views.counted is not None else []
        snapshot = self._snapshot(zone, views, reason, None, [*floor(), *counted])
        if snapshot.is_withheld:
            return Recorded(snapshot, changed=False, held=True)
        self.store.write(zone.key, nodes.written)
        self.store.commit(snapshot, None)
        return Recorded(snapshot, changed=True)

    def _snapshot(
        self, zone: MeshZone, views: Views, reason: Reason, head: Head | None, floor: list[int]
    ) -> Snapshot:
        return Snapshot(
            zone=zone.key,
            apex=zone.apex,
            serial=self._serial(zone, views, head, [*floor, *declared_floor(zone)]),
            parent=head.serial if head else None,
            recorded_at=self.now(),
            reason=reason,
            soa=views.soa,
            source=views.source,
            served=views.served,
            report=views.report,
            aliases=views.aliases,
            answers=views.answers,
            decisions=zone.decisions(),
            losses=views.losses,
            refused=views.refused,
            signatures=views.signatures,
        )

    def _serial(self, zone: MeshZone, views: Views, head: Head | None, floor: list[int]) -> int:
        return next_serial(
            newest(head.taken if head else []),
            now=self.now(),
            floor=newest(floor),
            strategy=zone.policy.serial.strategy,
        )

    @staticmethod
    def _fresh(nodes: Nodes, views: Views, seen: Snapshot) -> Written:
        """Give the chunks and pages that the parent does not name, whether stored before or not."""
        if views.derived_from_parent:
            return nodes.written
        wanted = _digests(views, nodes) - _digests(seen, nodes)
        return {digest: text for digest, text in nodes.written.items() if digest in wanted}


_Change = Callable[[Derivation, Snapshot], Views]


def declared_floor(zone: MeshZone) -> list[int]:
    """Give the serial that the policy says servers may have already, if it does."""
    floor = zone.policy.serial.floor
    return [] if floor is None else [floor]


def both(nodes: Nodes, scratch: Written) -> Load:
    """Load from what is not to be written, too."""

    def load(wanted: Iterable[str]) -> dict[str, str]:
        digests = set(wanted)
        here = {digest: scratch[digest] for digest in digests & scratch.keys()}
        return here | nodes.load(digests - scratch.keys())

    return load


def _differing(seen: Snapshot, listing: View | None, load: Load) -> set[str]:
    difference = diff(seen.source, listing, load, source_codec)
    return {text_of(key.order) for key in difference}


def _of_both(before: Recorded | None, after: Recorded) -> Recorded:
    """Give what came of a listing's slices so far."""
    if before is None:
        return after
    last = after if after.changed else replace(before, held=after.held)
    return replace(last, alert=before.alert or after.alert)


def _edit_by(read: Mapping[str, list[SourceRRset]]) -> _Change:
    return lambda derivation, seen: derivation.edited(seen, read)


def _count(snapshot: Snapshot) -> int:
    return snapshot.source.count if snapshot.source else 0


def _digests(views: Views | Snapshot, nodes: Nodes) -> set[str]:
    return set().union(*(digests(top, nodes.load) for top in views.tops))

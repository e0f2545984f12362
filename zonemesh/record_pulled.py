"""The use case: a zone whose primary may have a new serial → a new snapshot → the head.

As in every recording the head is read first, then the source, then the snapshot is committed on
that head. One serial of the primary becomes one snapshot, which is read by IXFR where what the head
holds of the primary is a serial that the server knows, and costs what has changed.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from zonemesh.chunking import build
from zonemesh.derived import Views
from zonemesh.errors import ChunkDamaged, HeadMoved, SnapshotMissing, TooManyRetries
from zonemesh.mesh.definition import Mesh
from zonemesh.mesh_zone import MeshZone
from zonemesh.nodes import Nodes
from zonemesh.policy import ApexNameServers, Policy, SoaTimers
from zonemesh.ports import Member, SnapshotStore
from zonemesh.pulled_views import PulledDerivation, apex_rrsets
from zonemesh.rebuild import judged, last_served
from zonemesh.record import ATTEMPTS, Recorder, both, declared_floor
from zonemesh.recorded import Parent, Recorded, is_current
from zonemesh.route53.rrsets import source_codec
from zonemesh.serial import is_newer, kept_serial, newest, set_aside
from zonemesh.snapshot import Head, Reason, Snapshot
from zonemesh.translation.soa import primary_serial
from zonemesh.tree import Difference, Written, diff
from zonemesh.xfr.changes import by_delta
from zonemesh.xfr.reader import Delta
from zonemesh.xfr.rrsets import Spool

PULLED = "transfer"  # the reason of a snapshot that a new serial at a primary made

# Of a zone's rrsets: where more differ, deriving all of them anew is less work than an edit.
_MANY, _PART = 1_000, 8

__all__ = ["PULLED", "Recorded", "Transfers", "pulled_zone", "record_pulled"]


class Transfers(Protocol):
    """A zone at one server; `xfr.reader.XfrReader` says what each call gives and raises."""

    def since(self, serial: int) -> Delta | None: ...

    def spool(self) -> Spool: ...


def pulled_zone(mesh: Mesh, member: Member) -> MeshZone:
    """Give what recording a pulled member needs to know of it."""
    policy, itself = mesh.zone_policy(member), mesh.asks_itself(member)
    return MeshZone(member.zone, member.apex, policy, asks_itself=itself, pulled=True)


def record_pulled(
    store: SnapshotStore,
    zone: MeshZone,
    reader: Transfers,
    reason: Reason,
    now: Callable[[], int],
    *,
    floor: Callable[[], list[int]] = list,
    served: Callable[[], int | None] = lambda: None,
    whole: bool = False,
) -> Recorded:
    """Record what the server that `reader` asks has of a zone now.

    Read by IXFR where the newest snapshot was made from a serial that the server knows; `whole` has
    it transferred and compared whole, and what is stored of it read to its end. `now` gives epoch
    seconds, `floor` serials that servers of the zone have already, asked for its first snapshot
    only. `served` gives the serial that the mesh itself answers under the zone's name, if any: what
    is minted for a zone that comes unsigned is above it, though the table know nothing of it (it
    was put back, or had the zone from elsewhere). Calling it again changes nothing. Raises
    SourceError (TransferFailed among them), TooManyRetries and the errors of the store.
    """
    recorder = _PulledRecorder(store, now, served=served)
    for _ in range(ATTEMPTS):
        try:
            return recorder.pull(zone, reader, reason, floor, whole)
        except HeadMoved:
            continue
        except (ChunkDamaged, SnapshotMissing) as damage:
            try:
                return recorder.replaced(zone, reader, reason, str(damage))
            except HeadMoved:
                continue
    raise TooManyRetries(f"{zone.apex}: {ATTEMPTS} commits in a row lost")


@dataclass(frozen=True)
class _PulledRecorder(Recorder):
    """Records zones from transfers, under the serials of their primaries."""

    served: Callable[[], int | None] = lambda: None

    def pull(
        self,
        zone: MeshZone,
        reader: Transfers,
        reason: Reason,
        floor: Callable[[], list[int]],
        whole: bool,
    ) -> Recorded:
        """Make one attempt; raises HeadMoved."""
        parent = self._newest(zone)
        nodes = Nodes(self.store, zone.key)
        derivation = PulledDerivation(zone, nodes, self.ask)
        if parent is None:
            source = build(reader.spool().entries(), nodes.written)
            return self._first(zone, derivation.whole(source), reason, nodes, floor)
        if whole:
            self._check(zone, parent)
        views = self._views(derivation, parent, reader, whole)
        return self._settle(zone, views, reason, parent, nodes)

    def _views(
        self, derivation: PulledDerivation, parent: Parent, reader: Transfers, whole: bool
    ) -> Views:
        seen, nodes, current = parent.seen, derivation.nodes, is_current(parent, derivation.zone)
        if not whole and (difference := _since(seen, reader, nodes)) is not None:
            views = derivation.changed(seen, difference)
        else:
            scratch: Written = {}
            source = build(reader.spool().entries(), scratch)
            difference = diff(seen.source, source, both(nodes, scratch), source_codec)
            if len(difference) > max(_MANY, seen.source.count // _PART if seen.source else 0):
                nodes.written.update(scratch)
                return replace(derivation.whole(source), edits=derivation.edits(difference))
            views = derivation.changed(seen, difference)
        return views if current else replace(derivation.whole(views.source), edits=views.edits)

    def _settle(
        self, zone: MeshZone, views: Views, reason: Reason, parent: Parent, nodes: Nodes
    ) -> Recorded:
        """Commit what was read, hold it, or confirm that it brings nothing new."""
        head, served = parent.head, parent.snapshot
        window, found = self._judged(zone, views, parent, nodes)
        made = self._snapshot(zone, views, reason, head, [])
        raised = any(is_newer(floor, served.serial) for floor in declared_floor(zone))
        if made.same_content(served) and not raised:
            self.store.confirm(head, decisions=made.decisions, held=None)
            return Recorded(served, changed=False)
        waits = head.held is not None and made.same_content(parent.seen)
        if waits:  # it has its serial already
            made = replace(made, serial=parent.seen.serial)
        own = _unkept(zone, views, made.serial, head)
        made = replace(made, window=window, concerns=(*own, *found))
        if waits and made.is_withheld:
            self.store.confirm(head, decisions=made.decisions, held=head.held)
            return Recorded(parent.seen, changed=False, held=True)
        if waits:  # nothing is against it any more
            self.store.accept(head)
            return Recorded(parent.seen, changed=True)
        self.store.write(zone.key, self._fresh(nodes, views, parent.seen))
        return self._put(made, head)

    def _put(self, made: Snapshot, head: Head) -> Recorded:
        if not made.is_withheld:
            self.store.commit(made, head)
            return Recorded(made, changed=True)
        self.store.hold(made, head)
        return Recorded(made, changed=True, held=True, alert=head.held is None or head.rejected)

    def replaced(self, zone: MeshZone, reader: Transfers, reason: Reason, damage: str) -> Recorded:
        """Transfer a zone whose newest snapshot cannot be read, and write all of it anew.

        That heals what is damaged and unchanged; anything else becomes a new snapshot.
        """
        head = self.store.head(zone.key)
        if head is None:
            raise SnapshotMissing(f"{zone.key}: its head is gone; it will be transferred again")
        before = last_served(self.store, head)
        nodes = Nodes(self.store, zone.key)
        source = build(reader.spool().entries(), nodes.written)
        views = PulledDerivation(zone, nodes, self.ask).whole(source)
        found = judged(zone.policy.guard, zone.apex, before, views, nodes)
        made = self._snapshot(zone, views, reason, head, [])
        self.store.write(zone.key, nodes.written)
        if before is not None and before.serial == head.serial and made.same_content(before):
            self.store.confirm(head, decisions=made.decisions, held=None)
            return Recorded(before, changed=False, repaired=damage)
        made = replace(made, concerns=(*made.concerns, *found))
        return replace(self._put(made, head), repaired=damage)

    def _snapshot(
        self, zone: MeshZone, views: Views, reason: Reason, head: Head | None, floor: list[int]
    ) -> Snapshot:
        made = super()._snapshot(zone, views, reason, head, floor)
        return replace(made, concerns=tuple(_unkept(zone, views, made.serial, head)))

    def _serial(self, zone: MeshZone, views: Views, head: Head | None, floor: list[int]) -> int:
        assert views.counted is not None  # a pulled zone has an SOA, or it was refused before
        taken = head.taken if head else []
        kept = kept_serial(views.counted, newest(taken), newest(floor))
        if views.signatures is None:
            return _above(kept, self.served(), taken)
        if kept == views.counted:
            return kept
        served = head.serial if head else None
        least = newest(floor)
        if least is not None and is_newer(least, views.counted):
            return set_aside(served, taken)
        # What waits does not count: the primary's serial is good where no server has it yet.
        is_next = served is None or is_newer(views.counted, served)
        return views.counted if is_next and views.counted not in taken else set_aside(served, taken)


def _above(serial: int, served: int | None, taken: list[int]) -> int:
    """Raise a serial above the served one, where it can be and stay above those taken."""
    if served is None or is_newer(serial, served):
        return serial
    raised = kept_serial(served, served)
    return raised if all(is_newer(raised, each) for each in taken) else serial


def _since(seen: Snapshot, reader: Transfers, nodes: Nodes) -> Difference | None:
    """Ask what has changed since the primary's serial that was seen last; None where to list."""
    apex = apex_rrsets(seen.apex, seen.source, nodes.load)
    delta = reader.since(primary_serial(apex, apex=seen.apex))
    return None if delta is None else by_delta(seen.source, delta, nodes.load)


def _unkept(zone: MeshZone, views: Views, serial: int, head: Head | None) -> list[str]:
    """Say what of a signed zone cannot be as its primary signed it."""
    if views.signatures is None:
        return []
    found = [
        f"the zone comes signed, and `{setting}` would change what is signed; it is passed through "
        f"as it comes, so write `{setting}: source`"
        for setting in _altering(zone.policy)
    ]
    if serial != views.counted:
        found.append(
            f"the zone comes signed with serial {views.counted}, {_why_not(views.counted, head)}; "
            "another serial would break the signature of its SOA: raise the primary's"
        )
    return found


def _altering(policy: Policy) -> list[str]:
    timers, servers = isinstance(policy.soa, SoaTimers), policy.apex_ns
    return ["soa"] * timers + ["apex_ns"] * (servers is not ApexNameServers.SOURCE)


def _why_not(serial: int | None, head: Head | None) -> str:
    if head is None:
        return "and servers of the zone have a newer one (`serial.floor`, or a secondary's)"
    if serial == head.serial:
        return "under which other content is served"
    if serial in head.taken:
        return "under which other content waits"
    return f"which is not newer than {head.serial}, or than `serial.floor`"

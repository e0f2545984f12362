"""A zone at any provider that octoDNS has a class for. octoDNS is imported when it is needed.

served view ─► octoDNS records ─► octoDNS's plan ─► our guard ─► written ─► read again
                     │                  │                            │           │
           no faithful form   left by rule, drift      refused, alone      not kept as written

octoDNS lists the provider's zone for every plan; so a publication always begins with a listing,
but for one that has nothing to do.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import dns.rdatatype

from zonemesh.errors import ChunkDamaged, InvalidName, SnapshotMissing, ZonemeshError
from zonemesh.mesh.places import Drift, OctodnsTarget
from zonemesh.nodes import Nodes
from zonemesh.ports import SnapshotStore
from zonemesh.route53.plan import Remark
from zonemesh.route53.words import remark_line
from zonemesh.snapshot import Snapshot
from zonemesh.targets.guard import Extent, held_back
from zonemesh.targets.octodns.plan import OctodnsPlan, key_of_change, make_plan, plan_lines
from zonemesh.targets.octodns.provider import in_words, make_provider, need_octodns
from zonemesh.targets.octodns.records import (
    NoForm,
    RecordKey,
    Records,
    octodns_records,
    record_key,
    remark,
)
from zonemesh.targets.octodns.writing import Written, write
from zonemesh.targets.ports import (
    PLAIN,
    Approval,
    HeldBack,
    Order,
    Outcome,
    Published,
    TargetFailed,
    terms_of,
)
from zonemesh.tree import Load, diff, entries
from zonemesh.zone import RRset
from zonemesh.zonefile import served_codec

_DNSKEY = dns.rdatatype.DNSKEY
_UNSEEN = "octoDNS does not tell when a provider's name servers have what was written"


class OctodnsPublisher:
    """Publishes one zone to one octoDNS target, named `name` in the mesh.

    `secrets` are the values of the target's secrets. Every publication makes the provider anew, as
    providers remember what they listed.
    """

    def __init__(
        self, name: str, target: OctodnsTarget, store: SnapshotStore, secrets: Mapping[str, str]
    ) -> None:
        self._name, self._target, self._store = name, target, store
        self._secrets = dict(secrets)
        self._what = f"target `{name}`"

    def publish(self, snapshot: Snapshot, base: Published | None, order: Order = PLAIN) -> Outcome:
        """Make the provider's zone what the snapshot serves; see `TargetPublisher`."""
        place = self._place(snapshot)
        base = base if base and self._is_ours(base, place) else None
        if base and base.serial == snapshot.serial and base.clean and not order.listed:
            return Outcome(snapshot.serial, place, published=base)
        wanted = self._wanted(snapshot)
        plan = self._plan(wanted)
        drifted = self._drifted(snapshot, base, plan)
        if self._target.drift is Drift.REPORT:
            plan = plan.without(drifted)
        held = self._held(snapshot, plan, order.approval)
        start = Outcome(snapshot.serial, place, listed=True)
        if held:
            drift, lost = tuple(drifted.values()), (*wanted.remarks, *plan.lost)
            still = base.unclean() if base else None
            return replace(
                start,
                left=plan.left,
                lost=lost,
                drift=drift,
                held=held,
                repaired=False,
                published=still,
            )
        written = Written(plan)
        if not plan.is_empty:
            order.begins()
            written = write(self._what, lambda: self._plan(wanted), plan, self._in_words)
        return self._outcome(start, wanted, plan, written, drifted)

    def plan(self, snapshot: Snapshot, base: Published | None) -> list[str]:
        wanted = self._wanted(snapshot)
        plan = self._plan(wanted)
        known = base if base and self._is_ours(base, self._place(snapshot)) else None
        drifted = self._drifted(snapshot, known, plan)
        if self._target.drift is Drift.REPORT:
            plan = plan.without(drifted)
        held = self._held(snapshot, plan, None)
        return [
            *plan_lines(plan),
            *(f"! {remark_line(each)}" for each in wanted.remarks),
            *(f"~ {remark_line(each)}" for each in drifted.values()),
            *(f"held by hubs: {reason}" for reason in (held.reasons if held else ())),
            self._summary(plan, snapshot),
        ]

    def _summary(self, plan: OctodnsPlan, snapshot: Snapshot) -> str:
        if plan.is_empty:
            return f"Nothing to do: the target holds what serial {snapshot.serial} does."
        kinds = {"create": plan.created, "change": plan.changed, "delete": plan.deleted}
        counts = ", ".join(f"{count} to {kind}" for kind, count in kinds.items() if count)
        return f"{self._place(snapshot)}: {counts or 'settings of the zone to change'}."

    def reach(self, snapshot: Snapshot) -> str:
        self._plan(self._wanted(snapshot))
        return f"{self._place(snapshot)} can be listed"

    def _place(self, snapshot: Snapshot) -> str:
        return f"{self._target.provider} {snapshot.apex}"

    def _held(
        self, snapshot: Snapshot, plan: OctodnsPlan, approval: Approval | None
    ) -> HeldBack | None:
        extent = Extent(plan.standing, plan.created, plan.changed, plan.deleted)
        return held_back(self._target.guard, self._what, snapshot.serial, extent, approval)

    def _plan(self, wanted: Records) -> OctodnsPlan:
        """List the provider's zone and plan what makes the wanted records of it."""
        provider = make_provider(self._name, self._target, self._secrets)
        try:
            return make_plan(provider, wanted, self._target)
        except ZonemeshError as problem:
            raise TargetFailed(f"{self._what}: {problem}") from problem
        except Exception as problem:
            said = self._in_words(problem)
            raise TargetFailed(f"{self._what}: cannot be listed: {said}") from None

    def _in_words(self, problem: BaseException) -> str:
        return in_words(problem, self._secrets.values())

    def _is_ours(self, base: Published, place: str) -> bool:
        return base.place == place and base.terms == terms_of(self._target)

    def _wanted(self, snapshot: Snapshot) -> Records:
        need_octodns()
        load = Nodes(self._store, snapshot.zone).load
        try:
            return octodns_records(snapshot.apex, _served(snapshot, load))
        except (NoForm, InvalidName) as problem:
            raise TargetFailed(f"{self._what}: {problem}") from problem

    def _drifted(
        self, snapshot: Snapshot, base: Published | None, plan: OctodnsPlan
    ) -> dict[RecordKey, Remark]:
        """Find what differs though the snapshots do not: somebody else changed it."""
        ours = self._changed_since(snapshot, base)
        if base is None or ours is None:
            return {}
        return {
            key: remark(key, _drift_in_words(change))
            for change in plan.changes
            if (key := key_of_change(change)) not in ours and key.owner not in base.lost
        }

    def _changed_since(self, snapshot: Snapshot, base: Published | None) -> set[RecordKey] | None:
        """Name the records in which what was published differs from what was begun since."""
        if base is None:
            return None
        if (serials := base.serials_since(snapshot.serial)) is None:
            return None
        load, found = Nodes(self._store, snapshot.zone).load, set[RecordKey]()
        try:
            for serial in {*serials} - {base.serial}:
                before = self._store.snapshot(snapshot.zone, base.serial)
                after = self._store.snapshot(snapshot.zone, serial)
                differing = diff(before.served, after.served, load, served_codec)
                found |= set(map(record_key, differing))
        except (SnapshotMissing, ChunkDamaged):
            return None  # collected since: what is not known is not called drift
        return found

    def _outcome(
        self,
        start: Outcome,
        wanted: Records,
        plan: OctodnsPlan,
        written: Written,
        drifted: Mapping[RecordKey, Remark],
    ) -> Outcome:
        odd = {*written.refused, *written.kept}
        drift = tuple(note for key, note in drifted.items() if key not in odd)
        made = plan.without(written.refused)
        lost = (
            *wanted.remarks,
            *written.after.lost,
            *written.refused.values(),
            *written.kept.values(),
        )
        owners = tuple(sorted({key.owner for key in odd | written.after.blocked}))
        published = Published(start.serial, start.place, terms_of(self._target), lost=owners)
        return replace(
            start,
            created=made.created,
            changed=made.changed,
            deleted=made.deleted,
            batches=written.batches,
            unseen=_UNSEEN if written.batches else "",
            left=written.after.left,
            lost=lost,
            drift=drift,
            repaired=self._target.drift is Drift.REPAIR,
            published=published,
        )


def _served(snapshot: Snapshot, load: Load) -> Iterable[RRset]:
    """Give the served view's rrsets; raises NoForm for a signed zone.

    octoDNS has no signatures: an unsigned copy is bogus wherever the parent has a DS for the zone.
    """
    for entry in entries(snapshot.served, load, served_codec):
        if entry.key.rdtype == _DNSKEY:
            raise NoForm(
                f"{snapshot.apex} is signed, and octoDNS has no records for signatures; without "
                "them validating resolvers would refuse the copy. Take the target from this zone"
            )
        yield RRset.from_lines(entry.text)


def _drift_in_words(change: Any) -> str:
    if change.existing is None:
        return "was deleted there"
    if change.new is None:
        return "was added there"
    return f"was changed there to {' and '.join(change.existing.to_rrset().rdatas)}"

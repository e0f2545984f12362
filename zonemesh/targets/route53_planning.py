"""What is to be done to a hosted zone so that it holds what a snapshot says; nothing is written.

the last publication known and clean ──► difference of two snapshots ──┐
else ────────► the whole snapshot, listing of the target ──────────────┴─► Proposal
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from zonemesh.errors import SnapshotMissing
from zonemesh.mesh.places import Drift, Mode, Route53Target
from zonemesh.ports import Member, SnapshotStore, SourceRRset, ZoneSource
from zonemesh.route53.plan import Place, Plan, Remark, Terms
from zonemesh.route53.rrsets import owner_of
from zonemesh.snapshot import Snapshot
from zonemesh.source_writing import SourceAccount, ZoneWriter, plan_for
from zonemesh.targets.drift import parted
from zonemesh.targets.ignore import Ignored
from zonemesh.targets.ports import Published, TargetMissing, terms_of
from zonemesh.targets.route53_content import ContentReader, Passage, as_it_stands
from zonemesh.targets.route53_place import WhyNot, hosted_zone_of, may_be_written
from zonemesh.zone import RRsetKey


class TargetAccount(Protocol):
    """The Route 53 of a target's integration, under credentials that may write there."""

    @property
    def account(self) -> SourceAccount: ...

    def source(self, hosted_zone_id: str, apex: str) -> ZoneSource:
        """Give a hosted zone to be listed."""

    def writer(self, hosted_zone_id: str, apex: str) -> ZoneWriter:
        """Give a hosted zone to be written."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is to be done to a hosted zone, and what a report of it has to tell.

    `published` is what the target holds when all of it is done. `lost` is what Route 53 has no
    type for; what cannot be written for other reasons is the plan's.
    """

    plan: Plan
    published: Published
    listed: bool
    drift: tuple[Remark, ...] = ()
    lost: tuple[Remark, ...] = ()


class Planner:
    """Plans for one zone at one Route 53 target.

    `name` is the target's name in the mesh. `why_not` says which hosted zones must not be written
    (`loops.why_not_written`). Every call may raise the errors of the store and of the account.
    """

    def __init__(
        self,
        name: str,
        target: Route53Target,
        member: Member,
        store: SnapshotStore,
        account: TargetAccount,
        why_not: WhyNot = may_be_written,
    ) -> None:
        self.terms = terms_of(target)
        self._name, self._target, self._member = name, target, member
        self._store, self._account, self._why_not = store, account, why_not
        ignored = Ignored.of(target.ignore).match if target.ignore else None
        self._kept = Terms(ignored, deletes=target.mode is Mode.SYNC)

    def place(self) -> str:
        """Give the id of the hosted zone that is meant; raises TargetMissing."""
        account = self._account.account
        return hosted_zone_of(self._name, self._target, self._member.apex, account, self._why_not)

    def see_that_it_may_be_written(self, place: str) -> None:
        """Raise TargetMissing where a hosted zone that was written before must not be any more.

        It may have become the zone's own source meanwhile.
        """
        if why := self._why_not(place):
            raise TargetMissing(f"target {self._name}: {self._member.apex}: {why}")

    def from_listing(self, snapshot: Snapshot, base: Published | None, place: str) -> Proposal:
        """List the target and plan what makes it what the snapshot says; nothing is written."""
        reader = self._reader(place)
        content = reader.whole(snapshot)
        listing = [*self._account.source(place, self._member.apex).listing()]
        self._see_that_it_is_of_the_zone(place, listing)
        wanted = as_it_stands(listing, content.rrsets)
        plan = self._planned(listing, wanted, place, self._kept)
        known = base if base is not None and base.place == place else None
        changed = self._changed(reader, known, snapshot)
        published = Published(snapshot.serial, place, self.terms)
        if known is None or changed is None:
            return Proposal(plan, published, True, lost=content.lost)
        found = parted(plan, changed, known.lost)
        repairs = self._target.drift is Drift.REPAIR
        return Proposal(
            plan if repairs else found.without_drift, published, True, found.remarks, content.lost
        )

    def difference(self, snapshot: Snapshot, base: Published) -> Proposal | None:
        """Plan what differs between two snapshots; None where that cannot be told."""
        old = self._snapshot(base.serial)
        if old is None:
            return None
        found = self._reader(base.place).difference(old, snapshot)
        touched = {owner_of(each) for each in (*found.before, *found.after)}
        if touched & {*base.lost}:
            return None
        plan = self._planned(
            found.before, found.after, base.place, replace(self._kept, standing=found.stands)
        )
        published = replace(base, serial=snapshot.serial)
        return Proposal(
            replace(plan, standing=found.count), published, listed=False, lost=found.lost
        )

    def _see_that_it_is_of_the_zone(self, place: str, listing: Iterable[SourceRRset]) -> None:
        """Raise TargetMissing for a hosted zone of another name: all of it would be deleted."""
        apex = self._member.apex
        named = {owner_of(rrset) for rrset in listing if rrset["Type"] == "SOA"}
        if named != {apex}:
            whose = ", ".join(sorted(named)) or "no zone"
            raise TargetMissing(
                f"target {self._name}: {apex}: hosted zone {place} is of {whose}; write the id of "
                f"one of {apex} as the target's `hosted_zone_id`"
            )

    def _snapshot(self, serial: int) -> Snapshot | None:
        try:
            return self._store.snapshot(self._member.zone, serial)
        except SnapshotMissing:
            return None

    def _changed(
        self, reader: ContentReader, known: Published | None, snapshot: Snapshot
    ) -> frozenset[RRsetKey] | None:
        """Give the keys that the source changed since a publication, None where nobody knows.

        What was begun since and not finished may be there in part, though changed back meanwhile.
        """
        serials = known.serials_since(snapshot.serial) if known is not None else None
        if known is None or serials is None:
            return None
        keys: frozenset[RRsetKey] = frozenset()
        for serial in {*serials} - {known.serial}:
            old, new = self._snapshot(known.serial), self._snapshot(serial)
            if old is None or new is None:
                return None
            keys |= reader.difference(old, new).keys
        return keys

    def _planned(
        self,
        current: Iterable[SourceRRset],
        wanted: Iterable[SourceRRset],
        place: str,
        terms: Terms,
    ) -> Plan:
        at = Place(
            place, self._member.apex, own_ids=frozenset({place}), apex_ns=self._target.apex_ns
        )
        return plan_for(current, self._account.account, at, wanted, terms)

    def _reader(self, place: str) -> ContentReader:
        member, target = self._member, self._target
        passage = Passage(
            member.apex, member.hosted_zone_id, place, target.apex_ns, target.health_checks
        )
        return ContentReader(self._store, member.zone, passage)

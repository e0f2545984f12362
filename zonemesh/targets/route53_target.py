"""Route 53 as a target: one zone kept in one hosted zone.

    proposal ──► guard ──► batch by batch ──► all of its name servers have it
       ▲                       │
       └── from a listing, where a mere difference is refused or was begun and not finished

Whoever is killed in the middle lists and plans again, so what was written is not written twice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from zonemesh.errors import BatchRefused, SourceError, ZoneGone
from zonemesh.mesh.places import Drift, Route53Target
from zonemesh.ports import Member, SnapshotStore
from zonemesh.route53.events import OWN_WRITES
from zonemesh.route53.plan import Remark
from zonemesh.route53.rrsets import owner_of
from zonemesh.route53.words import change_lines, counts, remark_line
from zonemesh.snapshot import Snapshot
from zonemesh.targets.guard import Extent, held_back
from zonemesh.targets.ports import (
    PLAIN,
    Approval,
    HeldBack,
    Order,
    Outcome,
    Published,
    TargetFailed,
)
from zonemesh.targets.route53_place import WhyNot, may_be_written
from zonemesh.targets.route53_planning import Planner, Proposal, TargetAccount
from zonemesh.targets.writing import PlanWriter, Refusal

LOST_KEPT = 200  # owners that a note of a publication names; of more, the target is listed again
TRIES = 3  # plans of what is left after refusals that were none of the plan's fault


class Route53Publisher:
    """A TargetPublisher over one hosted zone; the arguments are the Planner's."""

    def __init__(
        self,
        name: str,
        target: Route53Target,
        member: Member,
        store: SnapshotStore,
        account: TargetAccount,
        why_not: WhyNot = may_be_written,
    ) -> None:
        self.planner = Planner(name, target, member, store, account, why_not)
        self._name, self._target, self._member = name, target, member
        self._account = account

    def publish(self, snapshot: Snapshot, base: Published | None, order: Order = PLAIN) -> Outcome:
        known = base if base is not None and base.terms == self.planner.terms else None
        if known is not None:
            self.planner.see_that_it_may_be_written(known.place)
        if known is None or order.listed:
            return self._at(self.planner.place(), snapshot, known, order)
        try:
            return self._at(known.place, snapshot, known, order)
        except ZoneGone:  # it may have been made anew, under another id
            return self._at(self.planner.place(), snapshot, None, order)

    def plan(self, snapshot: Snapshot, base: Published | None) -> list[str]:
        known = base if base is not None and base.terms == self.planner.terms else None
        proposal = self.planner.from_listing(snapshot, known, self.planner.place())
        return [*proposal_lines(proposal), *self._ends(proposal, snapshot)]

    def _ends(self, proposal: Proposal, snapshot: Snapshot) -> Iterator[str]:
        """Say whether it would be held, and how much it is."""
        plan = proposal.plan
        extent = Extent(plan.standing, plan.created, plan.changed, plan.deleted)
        held = held_back(self._target.guard, f"target {self._name}", snapshot.serial, extent, None)
        yield from (f"held by hubs: {reason}" for reason in (held.reasons if held else ()))
        if not plan.changes:
            yield f"Nothing to do: the target holds what serial {snapshot.serial} does."
        else:
            yield f"{plan.place.hosted_zone_id}: {counts(plan)}."

    def reach(self, snapshot: Snapshot) -> str:
        place = self.planner.place()
        source = self._account.source(place, self._member.apex)
        source.read([self._member.apex])
        return f"hosted zone {place} of integration {self._target.integration} can be read"

    def _at(self, place: str, snapshot: Snapshot, base: Published | None, order: Order) -> Outcome:
        known = base if base is not None and base.place == place else None
        comment = f"{OWN_WRITES}{self._member.apex} {snapshot.serial}"
        writer = self._account.writer(place, self._member.apex)
        writing = PlanWriter(writer, comment, order.begins)
        work = _Work(self.planner, self._name, self._target, place, snapshot, known, order, writing)
        outcome = work.done()
        if outcome.held and outcome.listed and base is not None:
            return replace(
                outcome, published=base.unclean()
            )  # not clean: so drift goes on being held
        return outcome


@dataclass(frozen=True, slots=True)
class _Work:
    """One publication."""

    planner: Planner
    name: str
    target: Route53Target
    place: str
    snapshot: Snapshot
    base: Published | None
    order: Order
    writing: PlanWriter

    def done(self) -> Outcome:
        """Publish the difference where that is enough, else what a listing shows to be wanting."""
        if self.base is not None and self.base.clean and not self.order.listed:
            if self.base.serial == self.snapshot.serial:
                return Outcome(self.snapshot.serial, self._where, published=self.base)
            outcome = self._by_difference(self.base)
            if outcome is not None:
                return outcome
        return self._by_listing()

    def _by_difference(self, base: Published) -> Outcome | None:
        """Publish what differs from the last publication; None where the target must be listed."""
        proposal = self.planner.difference(self.snapshot, base)
        if proposal is None:
            return None
        if held := self._held(proposal):
            return self._outcome(proposal, held=held)
        try:
            self.writing.write(proposal.plan)
        except BatchRefused:  # somebody changed the target, or a record is bad: the listing tells
            return None
        return self._outcome(proposal)

    def _by_listing(self) -> Outcome:
        proposal = self._look()
        if held := self._held(proposal):
            return self._outcome(proposal, held=held)
        return self._outcome(proposal, self._written(proposal))

    def _look(self) -> Proposal:
        return self.planner.from_listing(self.snapshot, self.base, self.place)

    def _written(self, proposal: Proposal) -> list[Refusal]:
        """Write a plan but for bad records, which are given.

        An answer may be lost on the way: the batch is applied, its repetition is refused. Where
        something is refused as done already, or as other than it was, the target is listed again.
        Raises TargetFailed where the guard would hold what is to be done then, and not so before.
        """
        plan = proposal.plan
        agreed = Approval(self.snapshot.serial, plan.changed, plan.deleted)
        for _ in range(TRIES - 1):
            try:
                return self.writing.write_what_can_be(plan)
            except BatchRefused:
                again = self._look()
            if self._held(again) and (held := self._held(again, agreed)):
                raise TargetFailed(f"others write to the {self._where} too: {held.reasons[0]}")
            plan = again.plan
        return self.writing.write_what_can_be(plan, stale=True)

    def _held(self, proposal: Proposal, approval: Approval | None = None) -> HeldBack | None:
        plan = proposal.plan
        extent = Extent(plan.standing, plan.created, plan.changed, plan.deleted)
        what, approval = f"target {self.name}", approval or self.order.approval
        return held_back(self.target.guard, what, self.snapshot.serial, extent, approval)

    def _outcome(
        self,
        proposal: Proposal,
        refused: Sequence[Refusal] = (),
        held: HeldBack | None = None,
    ) -> Outcome:
        written = self.writing.written
        missing = (*proposal.plan.lost, *(each.remark for each in refused))
        insync, unseen = self._insync()
        return Outcome(
            self.snapshot.serial,
            self._where,
            created=len(written.created),
            changed=len(written.changed),
            deleted=len(written.deleted),
            batches=len(written.ids),
            listed=proposal.listed,
            insync=insync,
            unseen=unseen,
            left=proposal.plan.left,
            lost=(*proposal.lost, *missing),
            drift=proposal.drift,
            repaired=self.target.drift is Drift.REPAIR and held is None,
            held=held,
            published=None if held else _left(proposal.published, missing),
        )

    def _insync(self) -> tuple[float | None, str]:
        """Wait until all name servers have what was written; gives the seconds, or why not."""
        if not self.writing.written.ids:
            return None, ""
        try:
            return self.writing.await_insync(self.order.hurry), ""
        except SourceError as problem:
            return None, str(problem)

    @property
    def _where(self) -> str:
        return f"hosted zone {self.place} of integration {self.target.integration}"


def proposal_lines(proposal: Proposal) -> Iterator[str]:
    """Write a proposal: what goes and comes, what stays by rule, is lost, or was changed there."""
    plan = proposal.plan
    for change in plan.changes:
        yield from change_lines(change)
    for sign, remarks in (
        ("=", plan.left),
        ("!", (*plan.lost, *proposal.lost)),
        ("~", proposal.drift),
    ):
        yield from (f"{sign} {remark_line(each)}" for each in remarks)


def _left(published: Published, missing: Sequence[Remark]) -> Published:
    lost = {*published.lost, *(owner_of(each.rrset) for each in missing)}
    kept = tuple(sorted(lost)) if len(lost) <= LOST_KEPT else ()
    return replace(published, lost=kept, clean=len(lost) <= LOST_KEPT)

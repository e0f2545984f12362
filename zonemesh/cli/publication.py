"""One zone at one Route 53 target, under the caller's own credentials: planned, shown, written."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.text import Text

from zonemesh.audit import PUBLISH
from zonemesh.cli.app import UNAVAILABLE, changed_meanwhile, fail
from zonemesh.cli.noting import note
from zonemesh.cli.paragraph import put
from zonemesh.cli.source_plan import show_plan
from zonemesh.dnssec import withdrawn
from zonemesh.errors import PublicationRefused, SourceError
from zonemesh.mesh.definition import Mesh
from zonemesh.mesh.places import Route53Target
from zonemesh.ports import Member
from zonemesh.rollback import snapshot_at
from zonemesh.route53.words import counts, remark_line
from zonemesh.targets.contests import contested
from zonemesh.targets.guard import Extent, held_back
from zonemesh.targets.loops import why_not_written
from zonemesh.targets.ports import Approval, Order, Outcome, TargetFailed
from zonemesh.targets.route53_planning import Proposal, TargetAccount
from zonemesh.targets.route53_target import Route53Publisher

if TYPE_CHECKING:
    from zonemesh.aws.wiring import TablePorts


def see_that_it_is_published(
    mesh: Mesh, members: Collection[Member], member: Member, target: str
) -> None:
    """Refuse what hubs do not publish whatever is in it; raises PublicationRefused."""
    if withdrawn((member,), mesh):
        raise PublicationRefused(
            f"{member.apex} is signed with a DS at its parent: an unsigned copy is bogus to "
            "validators. Remove the DS and let its TTL run out first"
        )
    if other := contested(mesh, members).get((member.zone, target)):
        raise PublicationRefused(
            f"{other} has the same name as {member.zone} and would be published to the same place "
            f"as `{target}`: each would undo the other's. Take the target from one of them"
        )


@contextmanager
def target_trouble() -> Iterator[None]:
    """End with a sentence where the target is not there, or cannot be made what it should be."""
    try:
        yield
    except TargetFailed as problem:
        fail(UNAVAILABLE, str(problem))


class Publication:
    """One zone at one Route 53 target, under the caller's credentials.

    `base` is what the hub knows of the target; without it, whatever differs is put right.
    """

    def __init__(
        self,
        ports: "TablePorts",
        mesh: Mesh,
        member: Member,
        name: str,
        target: Route53Target,
        access: TargetAccount,
    ) -> None:
        self._ports, self._member, self._name, self._target = ports, member, name, target
        members = ports.register.members()
        self._publisher = Route53Publisher(
            name,
            target,
            member,
            ports.store,
            access,
            lambda id: why_not_written(mesh, members, member, id),
        )
        self.snapshot = snapshot_at(ports.store, member.zone, None)
        self.base = ports.publications(target.hub).published(member.zone, name)
        self._place = self._publisher.planner.place()

    def look(self) -> Proposal:
        return self._publisher.planner.from_listing(self.snapshot, self.base, self._place)

    def show(self, out: Console, proposal: Proposal) -> None:
        """Show the plan, what others did to the target, and whether the hub would hold it."""
        show_plan(out, proposal.plan)
        for remark in proposal.lost:
            put(out, Text(f"! {remark_line(remark)}", style="yellow"))
        for remark in proposal.drift:
            put(out, Text(f"~ {remark_line(remark)}", style="cyan"))
        plan = proposal.plan
        extent = Extent(plan.standing, plan.created, plan.changed, plan.deleted)
        what = f"target {self._name}"
        if held := held_back(self._target.guard, what, self.snapshot.serial, extent):
            for reason in held.reasons:
                put(out, Text(f"held by hubs: {reason}", style="yellow"))

    def lines(self) -> list[str]:
        """Give the plan as a hub gives it, a line each."""
        return self._publisher.plan(self.snapshot, self.base)

    def write(self, shown: Proposal) -> Outcome:
        """Publish what was shown and agreed to, and note it in the audit."""
        plan, serial = shown.plan, self.snapshot.serial
        agreed = Approval(serial, plan.changed, plan.deleted)
        what = f"{counts(plan)} at {self._name} ({self._place})"
        try:
            order = Order(listed=True, approval=agreed)
            outcome = self._publisher.publish(self.snapshot, self.base, order)
        except (SourceError, TargetFailed) as problem:
            note(self._ports, PUBLISH, self._member.zone, serial, f"broken off ({what}): {problem}")
            raise
        if outcome.held:
            changed_meanwhile("the target is")
        note(self._ports, PUBLISH, self._member.zone, serial, what)
        return outcome

"""The command that looks after targets: publish."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.text import Text

from zonemesh.audit import PUBLISH
from zonemesh.cli.access import zone_ports
from zonemesh.cli.app import (
    UNAVAILABLE,
    AsJson,
    Endpoint,
    Profile,
    Region,
    TableName,
    TargetName,
    Yes,
    Zone,
    agree,
    app,
    ask,
    aws_trouble,
    changed_meanwhile,
    fail,
    mesh_in,
    now,
)
from zonemesh.cli.noting import caller, note
from zonemesh.cli.paragraph import put
from zonemesh.cli.source_plan import open_source, plan_document, show_plan, source_trouble
from zonemesh.cli.telling import Telling
from zonemesh.cli.waiting import waiting
from zonemesh.dnssec import withdrawn
from zonemesh.errors import PublicationRefused, SourceError
from zonemesh.mesh import Mesh
from zonemesh.mesh_places import Route53Target
from zonemesh.ports import Member
from zonemesh.rollback import snapshot_at
from zonemesh.route53.words import counts, remark_line
from zonemesh.source_writing import fingerprint
from zonemesh.targets.approving import Waiting, let_through, target_named, what_waits
from zonemesh.targets.contests import contested
from zonemesh.targets.guard import Extent, held_back
from zonemesh.targets.loops import why_not_written
from zonemesh.targets.ports import Approval, Order, Outcome, TargetFailed
from zonemesh.targets.route53_planning import Proposal, TargetAccount
from zonemesh.targets.route53_target import Route53Publisher

if TYPE_CHECKING:
    from zonemesh.aws.wiring import TablePorts

OnlyPlan = Annotated[bool, typer.Option("--plan", help="Only say what would change.")]
Approve = Annotated[
    bool, typer.Option("--approve", help="Let the hub do what the target's guard holds.")
]
Repair = Annotated[
    bool, typer.Option("--repair", help="Put right what others changed, `drift: report` or not.")
]
TargetProfile = Annotated[
    str | None,
    typer.Option(help="A profile of the AWS configuration that may write to the target."),
]


@app.command()
def publish(
    zone: Zone,
    target: TargetName,
    table: TableName,
    plan: OnlyPlan = False,
    approve: Approve = False,
    repair: Repair = False,
    yes: Yes = False,
    target_profile: TargetProfile = None,
    as_json: AsJson = False,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
) -> None:
    """Publish a zone to a target now, or approve what waits there.

    The plan is shown first. Hubs publish by themselves; this does it with the caller's own
    credentials, at a Route 53 target whose guard holds a change or whose hub is away. `--approve`
    has the hub do it.

    zonemesh publish example.com standby --plan
    zonemesh publish example.com standby --approve
    """
    telling = Telling(as_json, yes or plan)
    out = telling.out
    with aws_trouble(), source_trouble(), _target_trouble():
        ports, member = zone_ports(zone, table, region, endpoint_url, profile)
        mesh = mesh_in(ports.mesh_store)
        definition = target_named(mesh, member, target)
        if approve:
            waits = what_waits(ports.publications(definition.hub), member, target)
            _approve(telling, ports, waits)
            return
        if not isinstance(definition, Route53Target):
            raise PublicationRefused(
                f"hub {definition.hub} has what `{target}` needs; `--approve` lets it do what waits"
            )
        _see_that_it_is_published(mesh, ports.register.members(), member, target)
        access = open_source(ports, mesh, definition.integration, endpoint_url, target_profile)
        work = _Publication(ports, mesh, member, target, definition, access)
        if repair:
            work.base = None
        with waiting("comparing the target with the snapshot"):
            shown = work.look()
        work.show(out, shown)
        outcome: Outcome | None = None
        if not shown.plan.changes:
            out.print(f"Nothing to do: the target holds what serial {work.snapshot.serial} does.")
        elif plan:
            out.print("Nothing was changed (--plan).")
        else:
            if not yes:
                agree(
                    f"Publish serial {work.snapshot.serial} of {member.apex} to {target}?",
                    lambda: fingerprint(work.look().plan) == fingerprint(shown.plan),
                    "the target is",
                )
            outcome = work.write(shown)
            out.print(_done_line(outcome))
        telling.document(
            zone=member.zone,
            target=target,
            serial=work.snapshot.serial,
            plan=plan_document(shown.plan),
            written=outcome and {"rrsets": outcome.written, "insync": outcome.insync},
        )


def _see_that_it_is_published(
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
def _target_trouble() -> Iterator[None]:
    """End with a sentence where the target is not there, or cannot be made what it should be."""
    try:
        yield
    except TargetFailed as problem:
        fail(UNAVAILABLE, str(problem))


class _Publication:
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


def _done_line(outcome: Outcome) -> str:
    """Say how much was written, what was refused, and whether all name servers have it."""
    rrsets = "1 rrset" if outcome.written == 1 else f"{outcome.written} rrsets"
    why = f": {outcome.unseen}" if outcome.unseen else ""
    seen = f"that all of its name servers have it was not seen{why}"
    if outcome.insync is not None:
        seen = f"all of its name servers have it ({outcome.insync:.0f} s)"
    refused = [f"! {remark_line(each)}" for each in outcome.lost if each.why.startswith("refused")]
    return "\n".join([*refused, f"Written: {rrsets}; {seen}."])


def _approve(telling: Telling, ports: "TablePorts", held: Waiting) -> None:
    zone, target, serial = held.member.zone, held.target, held.serial
    for reason in held.held.reasons:
        put(telling.out, Text(f"! {reason}"))
    telling.out.print(f"Serial {serial}: {held.extent}.")
    if not telling.yes:
        ask(f"Let serial {serial} of {held.member.apex} through to {target}?")
    let_through(ports.approvals, held, caller(ports), now())
    note(ports, PUBLISH, zone, serial, f"approved at {target}: {held.extent}")
    telling.out.print("Approved; the hub carries it out within a minute.")
    telling.document(zone=zone, target=target, serial=serial, approved=str(held.extent))

"""The command that looks after targets: publish."""

from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from zonemesh.audit import PUBLISH
from zonemesh.cli.access import zone_ports
from zonemesh.cli.app import (
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
    mesh_in,
    now,
)
from zonemesh.cli.noting import caller, note
from zonemesh.cli.paragraph import put
from zonemesh.cli.publication import Publication, see_that_it_is_published, target_trouble
from zonemesh.cli.source_plan import open_source, plan_document, source_trouble
from zonemesh.cli.telling import Telling
from zonemesh.cli.waiting import waiting
from zonemesh.errors import PublicationRefused
from zonemesh.mesh.places import Route53Target
from zonemesh.route53.words import remark_line
from zonemesh.source_writing import fingerprint
from zonemesh.targets.approving import Waiting, let_through, target_named, what_waits
from zonemesh.targets.ports import Outcome

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
    """Publish a zone to a target, or approve what waits there.

    The plan is shown first. Hubs publish by themselves; this does it with the caller's own
    credentials, at a Route 53 target whose guard holds a change or whose hub is away. `--approve`
    has the hub do it.

    zonemesh publish example.com standby --plan
    zonemesh publish example.com standby --approve
    """
    telling = Telling(as_json, yes or plan)
    out = telling.out
    with aws_trouble(), source_trouble(), target_trouble():
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
        see_that_it_is_published(mesh, ports.register.members(), member, target)
        access = open_source(ports, mesh, definition.integration, endpoint_url, target_profile)
        work = Publication(ports, mesh, member, target, definition, access)
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

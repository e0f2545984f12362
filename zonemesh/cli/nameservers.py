"""The command that writes who a zone's name servers are into its source: nameservers."""

from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from zonemesh.audit import NAME_SERVERS
from zonemesh.cli.access import zone_ports
from zonemesh.cli.app import (
    AsJson,
    Endpoint,
    Profile,
    Region,
    TableName,
    Yes,
    Zone,
    agree,
    app,
    aws_trouble,
    mesh_in,
)
from zonemesh.cli.noting import AuditPorts, note
from zonemesh.cli.source_plan import (
    SourceProfile,
    done_line,
    open_source,
    plan_document,
    progress,
    show_plan,
    source_trouble,
    written_document,
)
from zonemesh.cli.telling import Telling
from zonemesh.errors import SourceError
from zonemesh.name_servers import (
    NameServerChange,
    declared_names,
    plan_name_servers,
    write_name_servers,
)
from zonemesh.policy import Policy
from zonemesh.ports import ZoneSource
from zonemesh.route53.words import change_lines
from zonemesh.source_writing import SourceAccount, Written, ZoneWriter, fingerprint

Apply = Annotated[bool, typer.Option("--apply", help="Write them; else they are only shown.")]


@app.command()
def nameservers(
    zone: Zone,
    table: TableName,
    apply: Apply = False,
    yes: Yes = False,
    source_profile: SourceProfile = None,
    as_json: AsJson = False,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
) -> None:
    """Write the declared name servers into a zone's source.

    zonemesh nameservers example.com
    zonemesh nameservers example.com --apply
    """
    telling = Telling(as_json, yes or not apply)
    out = telling.out
    with aws_trouble(), source_trouble():
        ports, member = zone_ports(zone, table, region, endpoint_url, profile)
        mesh = mesh_in(ports.mesh_store)
        policy = mesh.zone_policy(member)
        declared_names(member, policy)  # before anything is opened that need not be there
        access = open_source(ports, mesh, member.integration, endpoint_url, source_profile)
        source = access.source(member.hosted_zone_id, member.apex)

        def look() -> NameServerChange:
            return plan_name_servers(source, access.account, member, policy)

        planned = look()
        _show(out, planned)
        told = {"zone": member.zone, "plan": plan_document(planned.plan)}
        told |= {"dropped": list(planned.dropped)}
        if not planned.plan.changes or not apply:
            nothing = f"Nothing to do: {member.apex} has these name servers at Route 53."
            left = "Nothing was changed: `--apply` writes it."
            out.print(left if planned.plan.changes else nothing)
            telling.document(**told, written=None)
            return
        if not yes:
            agree(
                f"Write the name servers of {member.apex}?",
                lambda: fingerprint(look().plan) == fingerprint(planned.plan),
                "the source is",
            )
        writer = access.writer(member.hosted_zone_id, member.apex)
        done = _written(ports, planned, source, access.account, writer)
        out.print(done_line(done))
        _say_what_follows(out, planned, policy)
        telling.document(**told, written=written_document(done))


def _show(out: Console, planned: NameServerChange) -> None:
    show_plan(out, planned.plan)
    for name in planned.dropped:
        line = f"! {name} is Route 53's own for the zone, and would be named no more"
        out.print(Text(line, style="yellow"), soft_wrap=True)


def _written(
    ports: AuditPorts,
    planned: NameServerChange,
    source: ZoneSource,
    account: SourceAccount,
    writer: ZoneWriter,
) -> Written:
    zone = planned.member.zone
    what = "; ".join(line for change in planned.plan.changes for line in change_lines(change))
    try:
        with progress() as told:
            done = write_name_servers(planned, source, account, writer, told)
    except SourceError as problem:
        note(ports, NAME_SERVERS, zone, None, f"broken off ({what}): {problem}")
        raise
    note(ports, NAME_SERVERS, zone, None, what)
    return done


def _say_what_follows(out: Console, planned: NameServerChange, policy: Policy) -> None:
    zone = planned.member.zone
    guarded = (
        "The guard holds a change of the apex's name servers until somebody has seen it: "
        f"`zonemesh diff {zone} newest held`, `zonemesh approve {zone} SERIAL`. "
    )
    out.print(
        f"{guarded if policy.guard.apex_ns else ''}The registrar, or the parent zone, must name "
        f"them as well: `zonemesh verify {zone}` tells whether the zone is ready for a failover.",
        soft_wrap=not out.is_terminal,
    )

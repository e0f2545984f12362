"""The commands that write to a source: rollback, restore."""

from typing import Annotated

import typer
from rich.console import Console

from zonemesh.audit import RESTORE, ROLLBACK
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
    ask,
    aws_trouble,
    mesh_in,
)
from zonemesh.cli.noting import AuditPorts, note
from zonemesh.cli.source_plan import (
    DryRun,
    LeaveOut,
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
from zonemesh.cli.waiting import waiting
from zonemesh.errors import SourceError
from zonemesh.ports import SnapshotStore, ZoneSource
from zonemesh.restore import (
    Restore,
    Vpc,
    fill,
    make_hosted_zone,
    plan_filling,
    plan_restore,
    preview,
    what_follows,
)
from zonemesh.rollback import Rollback, check, check_is_hosted, plan_rollback, roll_back
from zonemesh.route53.words import counts
from zonemesh.serial import MODULUS
from zonemesh.source_writing import (
    NewHostedZone,
    SourceAccount,
    Written,
    ZoneWriter,
    fingerprint,
)

Serial = Annotated[int, typer.Argument(min=0, max=MODULUS - 1, help="The snapshot's serial.")]


@app.command()
def rollback(
    zone: Zone,
    serial: Serial,
    table: TableName,
    yes: Yes = False,
    dry_run: DryRun = False,
    leave_out: LeaveOut = False,
    apex_ns: Annotated[
        bool, typer.Option("--apex-ns", help="Put the NS records at the apex back as well.")
    ] = False,
    source_profile: SourceProfile = None,
    as_json: AsJson = False,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
) -> None:
    """Put a zone's source back to an earlier state.

    What would change is shown first.

    zonemesh rollback example.com 1795405273 --dry-run
    zonemesh rollback example.com 1795405273
    """
    telling = Telling(as_json, yes or dry_run)
    out = telling.out
    with aws_trouble(), source_trouble():
        ports, member = zone_ports(zone, table, region, endpoint_url, profile)
        check_is_hosted(member)
        mesh = mesh_in(ports.mesh_store)
        access = open_source(ports, mesh, member.integration, endpoint_url, source_profile)
        source = access.source(member.hosted_zone_id, member.apex)

        def look() -> Rollback:
            return plan_rollback(
                ports.store, source, access.account, member, serial, apex_ns=apex_ns
            )

        with waiting("comparing the source with the snapshot"):
            planned = look()
        show_plan(out, planned.plan)
        told = {"zone": member.zone, "serial": serial, "plan": plan_document(planned.plan)}
        if not planned.plan.changes or dry_run:
            nothing = f"Nothing to do: the source holds what serial {serial} does."
            out.print("Nothing was changed (--dry-run)." if planned.plan.changes else nothing)
            telling.document(**told, written=None)
            return
        check(planned, leave_out=leave_out)
        if not yes:
            agree(
                f"Put {member.apex} back to serial {serial}?",
                lambda: fingerprint(look().plan) == fingerprint(planned.plan),
                "the source is",
            )
        writer = access.writer(member.hosted_zone_id, member.apex)
        done = _rolled_back(ports, planned, source, access.account, writer)
        out.print(done_line(done))
        _say_what_follows(out, ports.store, planned)
        telling.document(**told, written=written_document(done))


def _rolled_back(
    ports: AuditPorts,
    planned: Rollback,
    source: ZoneSource,
    account: SourceAccount,
    writer: ZoneWriter,
) -> Written:
    zone, serial, what = planned.member.zone, planned.snapshot.serial, counts(planned.plan)
    try:
        with progress() as told:
            done = roll_back(planned, source, account, writer, told)
    except SourceError as problem:
        note(ports, ROLLBACK, zone, serial, f"broken off ({what}): {problem}")
        raise
    note(ports, ROLLBACK, zone, serial, what)
    return done


def _say_what_follows(out: Console, store: SnapshotStore, planned: Rollback) -> None:
    head = store.head(planned.member.zone)
    if head is None:
        return
    out.print(
        f"Route 53 tells the mesh of it. Where that differs from serial {head.serial}, which is "
        "served, it is recorded under a higher one, with you as who did it; where not, the hubs "
        "serve on what they have, and what was held is dropped.",
        soft_wrap=not out.is_terminal,
    )


def _vpc(text: str | None) -> str | None:
    if text is not None and not all(text.partition(":")):
        raise typer.BadParameter(f"{text!r} is no VPC; write it like us-east-1:vpc-0123456789")
    return text


@app.command()
def restore(
    zone: Zone,
    table: TableName,
    to_integration: Annotated[
        str, typer.Option(help="Where to make the hosted zone: an integration of the mesh.")
    ],
    serial: Annotated[
        int | None,
        typer.Option(min=0, max=MODULUS - 1, help="From this snapshot, not the newest."),
    ] = None,
    vpc: Annotated[
        str | None,
        typer.Option(metavar="REGION:VPC_ID", callback=_vpc, help="For a private zone: its VPC."),
    ] = None,
    yes: Yes = False,
    source_profile: SourceProfile = None,
    as_json: AsJson = False,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
) -> None:
    """Make a deleted hosted zone anew from history.

    It says which name servers to delegate to.

    zonemesh restore example.com --to-integration main
    """
    telling = Telling(as_json, yes)
    out = telling.out
    with aws_trouble(), source_trouble():
        ports, member = zone_ports(zone, table, region, endpoint_url, profile)
        mesh = mesh_in(ports.mesh_store)
        access = open_source(ports, mesh, to_integration, endpoint_url, source_profile)
        planned = plan_restore(
            ports.store,
            access.account,
            mesh,
            member,
            to_integration,
            serial=serial,
            vpc=_as_vpc(vpc),
        )
        if found := planned.found:
            out.print(f"An earlier run made hosted zone {found.id}: this one goes on.")
            there = access.source(found.id, member.apex)
            show_plan(out, plan_filling(planned, found, there, access.account))
        else:
            show_plan(out, preview(planned, access.account))
        if not yes:
            ask(f"Make {member.apex} anew in {to_integration} from {planned.snapshot.serial}?")
        made = make_hosted_zone(planned, access.account)
        out.print(f"Hosted zone {made.id} is there.")
        source, writer = access.source(made.id, member.apex), access.writer(made.id, member.apex)
        written = _filled(ports, planned, made, source, access.account, writer)
        out.print(done_line(written))
        following = list(what_follows(planned, made, mesh))
        for sentence in following:
            out.print(sentence, soft_wrap=not out.is_terminal)
        telling.document(
            zone=member.zone,
            serial=planned.snapshot.serial,
            hosted_zone_id=made.id,
            name_servers=list(made.name_servers),
            written=written_document(written),
            follows=following,
        )


def _as_vpc(text: str | None) -> Vpc | None:
    if text is None:
        return None
    region, _, id = text.partition(":")
    return region, id


def _filled(
    ports: AuditPorts,
    planned: Restore,
    made: NewHostedZone,
    source: ZoneSource,
    account: SourceAccount,
    writer: ZoneWriter,
) -> Written:
    zone, serial = planned.member.zone, planned.snapshot.serial
    place = f"hosted zone {made.id} of {planned.integration}"
    try:
        plan = plan_filling(planned, made, source, account)
        with progress() as told:
            written = fill(planned, plan, source, account, writer, told)
    except SourceError as problem:
        note(ports, RESTORE, zone, serial, f"{place}, broken off: {problem}")
        raise
    note(ports, RESTORE, zone, serial, f"{place}: {counts(plan)}")
    return written

"""The commands that set right what a zone's copies count and who has its name: bump, adopt."""

from typing import TYPE_CHECKING, Annotated

import typer

from zonemesh.adopt import adopt as hand_over
from zonemesh.adopt import check, choose
from zonemesh.audit import ADOPT, BUMP
from zonemesh.bump import Bumped
from zonemesh.bump import bump as raise_serial
from zonemesh.chosen_zones import is_pattern, members_chosen
from zonemesh.cli.access import table_ports
from zonemesh.cli.app import (
    PROBLEMS,
    AsJson,
    Endpoint,
    Profile,
    Region,
    TableName,
    Yes,
    Zones,
    agree,
    app,
    ask,
    aws_trouble,
    mesh_in,
    now,
)
from zonemesh.cli.cells import counted
from zonemesh.cli.handover import plan
from zonemesh.cli.noting import note, say
from zonemesh.cli.telling import Telling
from zonemesh.errors import CommandRefused
from zonemesh.mesh.definition import Mesh
from zonemesh.ports import Member
from zonemesh.serial import MODULUS, SerialStrategy

if TYPE_CHECKING:
    from zonemesh.aws.wiring import TablePorts


@app.command()
def bump(
    zones: Zones,
    table: TableName,
    above: Annotated[
        int | None,
        typer.Option(min=0, max=MODULUS - 1, help="Above this one, which a secondary may hold."),
    ] = None,
    yes: Yes = False,
    as_json: AsJson = False,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
) -> None:
    """Raise a zone's serial once, with nothing changed in it.

    Of several zones it is asked first.

    zonemesh bump example.com --above 2026112203
    zonemesh bump 'shop-*' --yes
    """
    several = len(zones) > 1 or any(is_pattern(zone) for zone in zones)
    telling = Telling(as_json, yes or not several)
    with aws_trouble():
        ports = table_ports(table, region, endpoint_url, profile)
        members = members_chosen(zones, ports.register.members())
        if several and not yes:
            telling.out.print("\n".join(member.zone for member in members))
            ask(f"Raise {counted(len(members), 'serial')}?")
        mesh = mesh_in(ports.mesh_store)
        done, left = [], []
        for member in members:
            try:
                done.append((member, _bumped(ports, mesh, member, above, telling)))
            except CommandRefused as problem:  # the others are raised all the same
                if not several:
                    raise
                left.append(member)
                say(str(problem))
    telling.document(
        bumped=[
            {"zone": member.zone, "before": each.before, "after": each.after}
            for member, each in done
        ]
    )
    if left:
        raise typer.Exit(PROBLEMS)


def _bumped(
    ports: "TablePorts", mesh: Mesh, member: Member, above: int | None, telling: Telling
) -> Bumped:
    strategy = mesh.zone_policy(member).serial.strategy
    if member.pulled_by:  # its serials are the primary's, and stay as near to them as can be
        strategy = SerialStrategy.INCREMENT
    done = raise_serial(ports.store, member.zone, strategy, now, above)
    if done.before == done.after:
        said = f"Nothing to do: {member.zone} is at {done.after}, above {above}."
    else:
        above_it = "" if above is None else f", above {above}"
        note(ports, BUMP, member.zone, done.after, f"from {done.before}{above_it}")
        said = f"{member.zone}: serial {done.before} → {done.after}; the hubs are rung."
    telling.out.print(said, soft_wrap=True)
    return done


@app.command()
def adopt(
    new_zone: Annotated[
        str,
        typer.Argument(help="The hosted zone that takes over: its id, its key, or the name."),
    ],
    table: TableName,
    yes: Yes = False,
    as_json: AsJson = False,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
) -> None:
    """Hand a zone's name over to another hosted zone.

    zonemesh adopt Z0123456789ABC
    """
    telling = Telling(as_json, yes)
    with aws_trouble():
        ports = table_ports(table, region, endpoint_url, profile)
        offer = choose(new_zone, ports.register.members())
        mesh = mesh_in(ports.mesh_store)
        check(offer, mesh)
        heads = ports.store.heads({offer.taker.zone, offer.holder.zone})
        for line in plan(offer, mesh, heads):
            telling.out.print(line, soft_wrap=True)
        if not yes:
            agree(
                "Hand the name over?",
                lambda: choose(new_zone, ports.register.members()) == offer,
                "the zones are",
            )
        hand_over(ports.register, offer)
        what = f"{offer.taker.apex} from {offer.holder.zone} to {offer.taker.zone}"
        for zone in dict.fromkeys((offer.taker.zone, offer.holder.zone)):
            note(ports, ADOPT, zone, None, f"{what}, hosted zone {offer.hosted_zone_id}")
    telling.out.print(
        "Entered: the next sweep orders the listing; `zonemesh status` shows the rest."
    )
    telling.document(
        apex=offer.taker.apex,
        from_zone=offer.holder.zone,
        to_zone=offer.taker.zone,
        hosted_zone_id=offer.hosted_zone_id,
    )

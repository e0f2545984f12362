"""The commands that set right what a zone's copies count and who has its name: bump, adopt."""

from typing import Annotated

import typer

from zonemesh.adopt import adopt as hand_over
from zonemesh.adopt import check, choose
from zonemesh.audit import ADOPT, BUMP
from zonemesh.bump import bump as raise_serial
from zonemesh.cli.access import table_ports, zone_ports
from zonemesh.cli.app import (
    Endpoint,
    Profile,
    Region,
    TableName,
    Zone,
    agree,
    app,
    aws_trouble,
    mesh_in,
    now,
)
from zonemesh.cli.display import console
from zonemesh.cli.handover import plan
from zonemesh.cli.noting import note
from zonemesh.serial import MODULUS, SerialStrategy


@app.command()
def bump(
    zone: Zone,
    table: TableName,
    above: Annotated[
        int | None,
        typer.Option(min=0, max=MODULUS - 1, help="Above this one, which a secondary may hold."),
    ] = None,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
) -> None:
    """Raise a zone's serial once, with nothing changed in it."""
    with aws_trouble():
        ports, member = zone_ports(zone, table, region, endpoint_url, profile)
        strategy = mesh_in(ports.mesh_store).zone_policy(member).serial.strategy
        if member.pulled_by:  # its serials are the primary's, and stay as near to them as can be
            strategy = SerialStrategy.INCREMENT
        done = raise_serial(ports.store, member.zone, strategy, now, above)
        if done.before != done.after:
            above_it = "" if above is None else f", above {above}"
            note(ports, BUMP, member.zone, done.after, f"from {done.before}{above_it}")
    if done.before == done.after:
        console().print(f"Nothing to do: {member.zone} is at {done.after}, above {above}.")
    else:
        console().print(f"{member.zone}: serial {done.before} → {done.after}; the hubs are rung.")


@app.command()
def adopt(
    new_zone: Annotated[
        str,
        typer.Argument(help="The hosted zone that takes over: its id, its key, or the name."),
    ],
    table: TableName,
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
) -> None:
    """Hand a zone's name over to another hosted zone that bears it."""
    with aws_trouble():
        ports = table_ports(table, region, endpoint_url, profile)
        offer = choose(new_zone, ports.register.members())
        mesh = mesh_in(ports.mesh_store)
        check(offer, mesh)
        heads = ports.store.heads({offer.taker.zone, offer.holder.zone})
        for line in plan(offer, mesh, heads):
            console().print(line, soft_wrap=True)
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
    console().print("Entered: the next sweep orders the listing; `zonemesh status` shows the rest.")

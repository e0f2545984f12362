"""The commands that decide on what the guard holds: approve, reject."""

from typing import Annotated

import typer

from zonemesh import approve as decisions
from zonemesh.audit import APPROVE, REJECT
from zonemesh.cli.access import zone_ports
from zonemesh.cli.app import Endpoint, Profile, Region, TableName, Zone, app, aws_trouble
from zonemesh.cli.display import console
from zonemesh.cli.noting import note

Serial = Annotated[int, typer.Argument(help="The serial that is held, as `status` shows it.")]


@app.command()
def approve(
    zone: Zone,
    serial: Serial,
    table: TableName,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
) -> None:
    """Serve a change that the guard holds. `diff ZONE newest held` shows it before."""
    with aws_trouble():
        ports, member = zone_ports(zone, table, region, endpoint_url, profile)
        served = decisions.approve(ports.store, member.zone, serial)
        note(ports, APPROVE, member.zone, serial, "; ".join(served.concerns))
    console().print(f"{member.zone}: serial {serial} is served from now on; the hubs are rung.")


@app.command()
def reject(
    zone: Zone,
    serial: Serial,
    table: TableName,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
) -> None:
    """Leave a held change waiting, without alarm. It ends when the source changes again.

    The hubs serve on what they serve. The source stays as it is: `rollback` puts it back.
    """
    with aws_trouble():
        ports, member = zone_ports(zone, table, region, endpoint_url, profile)
        waiting = decisions.reject(ports.store, member.zone, serial)
        note(ports, REJECT, member.zone, serial, "; ".join(waiting.concerns))
        head = ports.store.head(member.zone)
    served = f"serial {head.serial} is served on" if head else "nothing is served"
    console().print(f"{member.zone}: serial {serial} waits for the next change; {served}.")

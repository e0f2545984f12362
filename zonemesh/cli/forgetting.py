"""The command that ends the serving of a zone that is gone: zones forget."""

from zonemesh.audit import FORGET
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
    aws_trouble,
    zones,
)
from zonemesh.cli.noting import note
from zonemesh.cli.telling import Telling
from zonemesh.forget import check
from zonemesh.forget import forget as take_out


@zones.command("forget")
def forget_zone(
    zone: Zone,
    table: TableName,
    yes: Yes = False,
    as_json: AsJson = False,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
) -> None:
    """Stop serving a zone whose hosted zone vanished.

    Or lost its tags. Its history stays.

    zonemesh zones forget old.example.com
    """
    telling = Telling(as_json, yes)
    out = telling.out
    with aws_trouble():
        ports, member = zone_ports(zone, table, region, endpoint_url, profile)
        check(member)
        out.print(f"{member.zone}: {member.note}.", soft_wrap=True)
        if not yes:
            agree(
                f"Stop serving {member.apex}?",
                lambda: member in ports.register.members(),
                "the zone is",
            )
        take_out(ports.register, member)
        note(ports, FORGET, member.zone, None, member.note)
    out.print(
        f"{member.zone} leaves the hubs within 10 minutes, and the catalog; its history stays, and "
        "if the hosted zone comes back its serial goes on."
    )
    telling.document(forgotten=member.zone, note=member.note)

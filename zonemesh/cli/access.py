"""The table's ports for an operator, from the command line's options."""

import os
from typing import TYPE_CHECKING

from zonemesh.deployment import TABLE
from zonemesh.named_zone import member_named

if TYPE_CHECKING:
    from zonemesh.aws.wiring import TablePorts
    from zonemesh.ports import Member


def table_ports(
    table: str, region: str | None, endpoint_url: str | None, profile: str | None
) -> "TablePorts":
    """Open the table; raises StoreUnavailable where the profile or Region leads nowhere.

    The AWS SDK takes its settings from the environment, which this process has for itself; an
    option counts more than the variable.
    """
    options = {
        "AWS_REGION": region,
        "AWS_DEFAULT_REGION": region,
        "AWS_ENDPOINT_URL_DYNAMODB": endpoint_url,
        "AWS_ENDPOINT_URL_STS": endpoint_url,
        "AWS_PROFILE": profile,
    }
    os.environ.update({name: value for name, value in options.items() if value})
    # Imported late: `zonemesh validate` works where boto3 is not installed.
    from zonemesh.aws.failures import store_calls
    from zonemesh.aws.wiring import TablePorts

    ports = TablePorts({TABLE: table})
    with store_calls(f"opening table {table}"):
        ports.clients.client("dynamodb")
    return ports


def zone_ports(
    zone: str, table: str, region: str | None, endpoint_url: str | None, profile: str | None
) -> tuple["TablePorts", "Member"]:
    """Open the table and find the member that is named, by key or by name.

    Raises as `table_ports` does, and UnknownZone where there is none, or several.
    """
    ports = table_ports(table, region, endpoint_url, profile)
    return ports, member_named(zone, ports.register.members())

"""The table's ports for an operator, from the command line's options."""

import os
from typing import TYPE_CHECKING

from zonemesh.deployment import EVENT_REGION, STACK, STACK_NAME, TABLE
from zonemesh.errors import NotDeployed, StoreError
from zonemesh.named_zone import member_named

if TYPE_CHECKING:
    from zonemesh.aws.secret_store import SecretsManagerStore
    from zonemesh.aws.secrets import SecretReader
    from zonemesh.aws.wiring import TablePorts
    from zonemesh.deployed import Deployed
    from zonemesh.ports import Member

_SERVICES = ("DYNAMODB", "STS", "CLOUDFORMATION", "SECRETS_MANAGER")  # as the AWS SDK names them


def table_ports(
    table: str, region: str | None, endpoint_url: str | None, profile: str | None
) -> "TablePorts":
    """Open the table; without its name, that of the stack (ZONEMESH_STACK, or the default one).

    Raises StoreUnavailable where the profile leads nowhere or AWS refuses, and NotDeployed where
    there is no such stack.
    """
    _settle(region, endpoint_url, profile)
    # Imported late: `zonemesh validate` works where boto3 is not installed.
    from zonemesh.aws.failures import store_calls
    from zonemesh.aws.wiring import TablePorts

    if not table:
        table = _table_of(os.environ.get(STACK) or STACK_NAME)
    ports = TablePorts({TABLE: table})
    with store_calls(f"opening table {table}"):
        ports.clients.client("dynamodb")
    return ports


def _table_of(stack: str) -> str:
    """Ask CloudFormation for the table's name; one that is not there says whose account it is."""
    from zonemesh.aws.wiring import TablePorts

    ports = TablePorts({})
    try:
        return ports.deployment(stack).deployed().table
    except NotDeployed as problem:
        try:
            raise NotDeployed(f"{problem}. You are {ports.identity.arn()}") from None
        except StoreError:
            raise problem from None


def secret_reader(ports: "TablePorts") -> "SecretReader":
    """Give what reads secrets by their references, with the caller's own credentials."""
    from zonemesh.aws.secrets import SecretReader

    return SecretReader(lambda: ports.clients.client("secretsmanager"))


def secret_store(
    region: str | None, endpoint_url: str | None, profile: str | None
) -> "SecretsManagerStore":
    """Give what keeps new secrets; raises StoreUnavailable where the profile leads nowhere."""
    _settle(region, endpoint_url, profile)
    from zonemesh.aws.failures import store_calls
    from zonemesh.aws.secret_store import SecretsManagerStore
    from zonemesh.aws.sessions import Clients

    with store_calls("opening Secrets Manager"):
        return SecretsManagerStore(Clients().client("secretsmanager"))


def deployed(
    stack: str, region: str | None, endpoint_url: str | None, profile: str | None
) -> "Deployed":
    """Read what the stack made; raises NotDeployed, or StoreUnavailable where AWS refuses."""
    _settle(region, endpoint_url, profile)
    from zonemesh.aws.wiring import TablePorts

    return TablePorts({}).deployment(stack).deployed()


def _settle(region: str | None, endpoint_url: str | None, profile: str | None) -> None:
    """Put the options where the AWS SDK looks: in this process's own environment.

    An option counts more than the variable, and the stack's Region more than the one where its
    owner works otherwise.
    """
    options = {
        "AWS_REGION": region or EVENT_REGION,
        "AWS_DEFAULT_REGION": region or EVENT_REGION,
        "AWS_PROFILE": profile,
        **{f"AWS_ENDPOINT_URL_{service}": endpoint_url for service in _SERVICES},
    }
    os.environ.update({name: value for name, value in options.items() if value})


def zone_ports(
    zone: str, table: str, region: str | None, endpoint_url: str | None, profile: str | None
) -> tuple["TablePorts", "Member"]:
    """Open the table and find the member that is named, by key or by name.

    Raises as `table_ports` does, and UnknownZone where there is none, or several.
    """
    ports = table_ports(table, region, endpoint_url, profile)
    return ports, member_named(zone, ports.register.members())

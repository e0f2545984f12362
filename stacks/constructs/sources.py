"""What a role needs in order to read the integrations' Route 53."""

from collections.abc import Collection, Sequence

from aws_cdk import Aws
from aws_cdk import aws_iam as iam

from zonemesh.mesh.sections import Integration

# Discovered zones have no id yet: every hosted zone of the account.
READ_ZONES = ("route53:ListResourceRecordSets", "route53:GetDNSSEC")
READ_NAME_SERVERS = ("route53:GetHostedZone",)
READ_TAGS = ("route53:ListTagsForResources",)
LIST_ZONES = ("route53:ListHostedZones",)  # has no resource level
LOOK_UP_EVENTS = ("cloudtrail:LookupEvents",)  # has no resource level

_EVERY_ZONE = f"arn:{Aws.PARTITION}:route53:::hostedzone/*"


def let_read_route53(role: iam.Role, integrations: Collection[Integration]) -> None:
    """Let a role read the zones of each integration.

    An integration with a role of its own is read under that role, whose account decides what it
    may; one without is this account, read under `role`.
    """
    _let_assume(role, integrations)
    if _here(integrations):
        _allow(role, READ_ZONES, _EVERY_ZONE)
        _allow(role, LIST_ZONES, "*")


def let_read_tags(role: iam.Role, integrations: Collection[Integration]) -> None:
    """Let a role that may read the integrations' zones read their tags, for discovery by tag."""
    if _here(integrations):
        _allow(role, READ_TAGS, _EVERY_ZONE)


def let_read_name_servers(role: iam.Role, integrations: Collection[Integration]) -> None:
    """Let a role ask which name servers the zones of each integration have, and no more."""
    _let_assume(role, integrations)
    if _here(integrations):
        _allow(role, READ_NAME_SERVERS, _EVERY_ZONE)


def _let_assume(role: iam.Role, integrations: Collection[Integration]) -> None:
    foreign = sorted({each.role_arn for each in integrations if each.role_arn})
    if foreign:
        role.add_to_policy(iam.PolicyStatement(actions=["sts:AssumeRole"], resources=foreign))


def let_look_up_events(role: iam.Role, integrations: Collection[Integration]) -> None:
    """Let a role read CloudTrail's event history, where an integration is this account."""
    if _here(integrations):
        _allow(role, LOOK_UP_EVENTS, "*")


def _here(integrations: Collection[Integration]) -> bool:
    return any(each.role_arn is None for each in integrations)


def _allow(role: iam.Role, actions: Sequence[str], resource: str) -> None:
    role.add_to_policy(iam.PolicyStatement(actions=list(actions), resources=[resource]))

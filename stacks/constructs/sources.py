"""What a role needs in order to read the integrations' Route 53."""

from collections.abc import Iterable

from aws_cdk import Aws
from aws_cdk import aws_iam as iam

from zonemesh.mesh import Integration

# Route 53 knows no conditions that would tell reading one zone's data from another's, and
# discovered zones have no id yet: every hosted zone of the account.
READ_ZONES = (
    "route53:GetDNSSEC",
    "route53:GetHostedZone",
    "route53:ListResourceRecordSets",
)
LIST_ZONES = ("route53:ListHostedZones",)  # has no resource level
LOOK_UP_EVENTS = ("cloudtrail:LookupEvents",)  # has no resource level


def let_read_route53(
    role: iam.Role, integrations: Iterable[Integration], *, history: bool = False
) -> None:
    """Let a role read the zones of each integration, and CloudTrail's history if asked.

    An integration with a role of its own is read under that role, whose account decides what it
    may; one without is this account, read under `role`.
    """
    integrations = list(integrations)
    foreign = sorted({each.role_arn for each in integrations if each.role_arn})
    if foreign:
        role.add_to_policy(iam.PolicyStatement(actions=["sts:AssumeRole"], resources=foreign))
    if all(each.role_arn for each in integrations):
        return
    role.add_to_policy(
        iam.PolicyStatement(
            actions=list(READ_ZONES),
            resources=[f"arn:{Aws.PARTITION}:route53:::hostedzone/*"],
        )
    )
    everywhere = [*LIST_ZONES, *(LOOK_UP_EVENTS if history else ())]
    role.add_to_policy(iam.PolicyStatement(actions=everywhere, resources=["*"]))

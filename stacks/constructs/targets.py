"""What a role needs in order to publish to the Route 53 of integrations."""

from collections.abc import Collection, Mapping

from aws_cdk import Aws
from aws_cdk import aws_iam as iam

from zonemesh.mesh.places import Route53Target
from zonemesh.mesh.sections import Integration

WRITE_ZONE = ("route53:ListResourceRecordSets", "route53:ChangeResourceRecordSets")
SEE_INSYNC = ("route53:GetChange",)
# What the records refer to; these have no resource level.
LOOK_AROUND = (
    "route53:ListHostedZones",
    "route53:ListHostedZonesByName",
    "route53:ListHealthChecks",
    "route53:ListCidrCollections",
)

_ROUTE53 = f"arn:{Aws.PARTITION}:route53:::"


def let_publish(
    role: iam.Role, targets: Collection[Route53Target], integrations: Mapping[str, Integration]
) -> None:
    """Let a role write the hosted zones of targets.

    An integration with a role of its own is written under that role, whose account decides what it
    may; one without is this account, written under `role`: in the hosted zones that the targets
    name, or in any where one of them is found by its name.
    """
    used = {name: integrations[name] for name in sorted({each.integration for each in targets})}
    foreign = sorted({each.role_arn for each in used.values() if each.role_arn})
    if foreign:
        role.add_to_policy(iam.PolicyStatement(actions=["sts:AssumeRole"], resources=foreign))
    here = [each for each in targets if used[each.integration].role_arn is None]
    if here:
        _let_write(role, {each.hosted_zone_id or "*" for each in here})


def _let_write(role: iam.Role, hosted_zones: Collection[str]) -> None:
    ids = ["*"] if "*" in hosted_zones else sorted(hosted_zones)
    for actions, resources in (
        (WRITE_ZONE, [f"{_ROUTE53}hostedzone/{id}" for id in ids]),
        (SEE_INSYNC, [f"{_ROUTE53}change/*"]),
        (LOOK_AROUND, ["*"]),
    ):
        role.add_to_policy(iam.PolicyStatement(actions=list(actions), resources=resources))

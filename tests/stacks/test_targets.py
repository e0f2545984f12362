"""What a hub's role may do at targets: those that the mesh gives it, and nothing of others."""

from typing import Any

from tests.stacks.conftest import Synthesis
from tests.stacks.template import Resource, Template, listed

ROLE = "arn:aws:iam::444455556666:role/zonemesh-copies"
SECRETS = {
    name: f"arn:aws:secretsmanager:us-east-1:111122223333:secret:{name}"
    for name in ("cloudflare", "power", "unused")
}
MESH = f"""
integrations:
  main:
  copies: {{role_arn: "{ROLE}", external_id: something-long}}
zones:
  - discover: "*"
    integration: main
    targets: [there, power]
hubs: {{idle: , abroad: , here: , pinned: , provider: }}
targets:
  there: {{type: route53, hub: abroad, integration: copies}}
  mine: {{type: route53, hub: here, integration: main}}
  first: {{type: route53, hub: pinned, integration: main, hosted_zone_id: Z1EXAMPLE}}
  second: {{type: route53, hub: pinned, integration: main, hosted_zone_id: Z2EXAMPLE}}
  power:
    type: octodns
    hub: provider
    provider: octodns_powerdns.PowerDnsProvider
    secrets: {{api_key: "secretsmanager:{SECRETS["power"]}", other: "env:OTHER"}}
  flare:
    type: octodns
    hub: provider
    provider: octodns_cloudflare.CloudflareProvider
    secrets: {{token: "secretsmanager:{SECRETS["cloudflare"]}"}}
tsig_keys:
  unused.: {{secret: "secretsmanager:{SECRETS["unused"]}"}}
"""


def resources(template: Template, role: Resource, action: str) -> list[Any]:
    """Give what a role may do something to."""
    return [
        _text(resource)
        for statement in template.statements(role)
        if action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    ]


def _text(resource: Any) -> str:
    if isinstance(resource, dict):
        return "".join(part if isinstance(part, str) else "aws" for part in resource["Fn::Join"][1])
    return str(resource)


def test_a_hub_takes_the_role_of_the_account_that_it_publishes_to(synthesize: Synthesis) -> None:
    template = synthesize(MESH)
    assert resources(template, template.hub_role("abroad"), "sts:AssumeRole") == [ROLE]
    for hub in ("idle", "here", "pinned", "provider"):
        assert not resources(template, template.hub_role(hub), "sts:AssumeRole")


def test_a_hub_that_publishes_in_this_account_writes_there(synthesize: Synthesis) -> None:
    template = synthesize(MESH)
    role = template.hub_role("here")
    every = ["arn:aws:route53:::hostedzone/*"]
    assert resources(template, role, "route53:ChangeResourceRecordSets") == every
    assert resources(template, role, "route53:ListResourceRecordSets") == every
    assert resources(template, role, "route53:GetChange") == ["arn:aws:route53:::change/*"]
    for action in ("ListHostedZonesByName", "ListHealthChecks", "ListCidrCollections"):
        assert resources(template, role, f"route53:{action}") == ["*"]


def test_targets_with_ids_are_all_that_their_hub_writes(synthesize: Synthesis) -> None:
    template = synthesize(MESH)
    role = template.hub_role("pinned")
    zones = [f"arn:aws:route53:::hostedzone/{id}" for id in ("Z1EXAMPLE", "Z2EXAMPLE")]
    assert resources(template, role, "route53:ChangeResourceRecordSets") == zones
    assert resources(template, role, "route53:ListResourceRecordSets") == zones


def test_hubs_without_a_route53_target_do_not_reach_route53(synthesize: Synthesis) -> None:
    template = synthesize(MESH)
    for hub in ("idle", "abroad", "provider"):
        allowed = template.allowed(template.hub_role(hub))
        assert not {action for action in allowed if action.startswith("route53:")}, hub


def test_the_secrets_of_a_provider_are_read_by_its_hub_only(synthesize: Synthesis) -> None:
    template = synthesize(MESH)
    action = "secretsmanager:GetSecretValue"
    read = resources(template, template.hub_role("provider"), action)
    assert read == [SECRETS["cloudflare"], SECRETS["power"]]
    for hub in ("idle", "abroad", "here", "pinned"):
        assert not resources(template, template.hub_role(hub), action)


def test_who_rings_the_bell_knows_the_targets(synthesize: Synthesis) -> None:
    template = synthesize(MESH)
    role = template.role_of("announce")
    (keys,) = [
        statement["Condition"]["ForAllValues:StringLike"]["dynamodb:LeadingKeys"]
        for statement in template.statements(role)
        if "dynamodb:GetItem" in listed(statement["Action"])
    ]
    assert set(keys) == {"zone#*", "mesh", "members"}

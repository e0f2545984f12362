"""Another account with hosted zones of the same names, which a hub keeps as copies."""

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import boto3
import yaml

from local.embedded.settings import REGION
from local.world import World
from tests.e2e.hosted_zone import Zone, await_true

ACCOUNT = "222233334444"
ROLE_NAME = "zonemesh-copies"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/{ROLE_NAME}"
EXTERNAL_ID = "agreed-on"
HERE = "arn:aws:iam::000000000000:root"
PUBLISHED_WITHIN = 90.0  # seconds; two are usual

INTEGRATION = {
    "copies": {
        "role_arn": ROLE_ARN,
        "external_id": EXTERNAL_ID,
        "requests_per_second": 5,
    }
}
_TARGET = {"type": "route53", "hub": "west", "integration": "copies"}
_UNGUARDED = {"guard": {"removed": 100, "changed": 100}}
MESH = yaml.safe_dump(
    {
        "integrations": {"main": {"requests_per_second": 5}, **INTEGRATION},
        # East alone serves them, west alone publishes them.
        "zones": [
            {"discover": f"{name}*", "integration": "main", "hubs": ["east"], "targets": [target]}
            | {"policy": _UNGUARDED}
            for name, target in (("reported", "reporting"), ("guarded", "guarded"), ("", "copy"))
        ],
        "hubs": {"east": {}, "west": {}},
        "targets": {
            "copy": _TARGET | {"ignore": ["_acme-challenge.* TXT"], **_UNGUARDED},
            "reporting": _TARGET | {"drift": "report"},
            "guarded": _TARGET,
        },
    },
    sort_keys=False,
)


def make_role(world: World) -> None:
    """Make the role of the other account under which its hosted zones are listed and written."""
    trust = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"AWS": HERE},
        "Condition": {"StringEquals": {"sts:ExternalId": EXTERNAL_ID}},
    }
    actions = ("List*", "ChangeResourceRecordSets", "GetChange", "GetDNSSEC", "GetHostedZone")
    may = {
        "Effect": "Allow",
        "Action": [f"route53:{action}" for action in actions],
        "Resource": "*",
    }
    iam = client(world, "iam")
    iam.create_role(RoleName=ROLE_NAME, AssumeRolePolicyDocument=_policy(trust))
    iam.put_role_policy(RoleName=ROLE_NAME, PolicyName="copies", PolicyDocument=_policy(may))


def _policy(statement: Mapping[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def client(world: World, service: str) -> Any:
    """Give a client with the other account's root credentials."""
    return boto3.client(
        service,
        endpoint_url=world.aws.endpoint,
        region_name=REGION,
        aws_access_key_id=ACCOUNT,
        aws_secret_access_key="test",
    )


class Copy(Zone):
    """The hosted zone in the other account."""

    @cached_property
    def route53(self) -> Any:
        return client(self.world, "route53")


def same_in_both(source: Zone, copy: Zone) -> bool:
    """Tell whether a copy has what its source has, less what is each hosted zone's own."""
    return _content(source) == _content(copy)


def _content(zone: Zone) -> set[str]:
    """Give the rrsets as text; aliases within the zone name no hosted zone."""
    found = set()
    for rrset in zone.listing():
        if rrset["Name"] == zone.apex and rrset["Type"] in ("NS", "SOA"):
            continue
        alias = rrset.get("AliasTarget", {})
        if alias.get("HostedZoneId") == zone.id:
            rrset = rrset | {"AliasTarget": alias | {"HostedZoneId": "its own"}}
        found.add(json.dumps(rrset, sort_keys=True))
    return found


def await_published(source: Zone, copy: Zone) -> None:
    await_true(
        f"the copy of {source.apex} has what it has",
        lambda: same_in_both(source, copy),
        PUBLISHED_WITHIN,
        lambda: (
            f"only at the source: {sorted(_content(source) - _content(copy))[:5]}\n"
            f"only in the copy: {sorted(_content(copy) - _content(source))[:5]}\n"
            f"{source.world.hubs['west'].log_tail(10)}"
        ),
    )


def at_target(source: Zone, target: str) -> dict[str, Any]:
    """Give what hub west says of a zone at a target; empty before it says anything."""
    zones = source.world.hubs["west"].status().get("zones", {})
    found: dict[str, Any] = zones.get(source.key, {}).get("targets", {}).get(target, {})
    return found


def await_state(source: Zone, target: str, state: str) -> dict[str, Any]:
    """Wait until hub west says that a zone is so at a target; give all that it says then."""
    seen: list[dict[str, Any]] = [{}]

    def is_so() -> bool:
        seen[0] = at_target(source, target)
        return seen[0].get("state") == state

    await_true(
        f"{source.apex} is {state} at {target}", is_so, PUBLISHED_WITHIN, lambda: f"{seen[0]}"
    )
    return seen[0]

"""How aliases and routed sets are served is decided in mesh.yaml, and misspelt words are told."""

import pytest
import yaml

from zonemesh.errors import InvalidMesh
from zonemesh.mesh.changes import mesh_changes
from zonemesh.mesh.definition import parse_mesh
from zonemesh.policy import Aliases, Dnssec, Policy, Routing


def mesh(policy: object) -> str:
    return yaml.safe_dump(
        {
            "integrations": {"main": {}},
            "hubs": {"hq": {}},
            "zones": [{"name": "example.org", "integration": "main", "policy": policy}],
        }
    )


def parsed(**policy: object) -> Policy:
    return parse_mesh(mesh(policy)).zones[0].policy


def problem(**policy: object) -> str:
    with pytest.raises(InvalidMesh) as refused:
        parse_mesh(mesh(policy))
    (found,) = refused.value.problems
    return found.removeprefix("zones[0].policy.").split(" (line")[0]


def test_without_a_word_all_is_decided_as_the_contract_says():
    policy = parsed()
    assert (policy.aliases, policy.routing, policy.dnssec) == (
        Aliases(),
        Routing(),
        Dnssec.WITHDRAW,
    )
    assert Aliases().model_dump(mode="json") == {
        "external": "auto",
        "targets": {},
        "min_ttl": 30,
        "max_ttl": 3600,
        "forget_after": 1800,
        "pause": 300,
    }
    assert Routing().model_dump(mode="json") == {
        "weighted": "auto",
        "multivalue": "union",
        "failover": "primary",
        "latency": "default",
        "geolocation": "default",
        "geoproximity": "default",
        "cidr": "default",
        "preferred_region": None,
        "max_values": 100,
    }


def test_a_policy_that_decides_otherwise_has_another_digest():
    digests = {
        policy.digest()
        for policy in (
            Policy(),
            parsed(aliases={"external": "omit"}),
            parsed(aliases={"targets": {"elb": "cname"}}),
            parsed(aliases={"targets": {"elb": "cname", "other": "omit"}}),
            parsed(routing={"latency": "observed"}),
            parsed(routing={"preferred_region": "eu-west-1"}),
            parsed(dnssec="unsigned-ok"),
        )
    }
    assert len(digests) == 7


def test_the_order_in_which_classes_are_written_decides_nothing():
    one = parsed(aliases={"targets": {"elb": "cname", "other": "omit"}})
    other = Policy.model_validate({"aliases": {"targets": {"other": "omit", "elb": "cname"}}})
    assert one.digest() == other.digest()


@pytest.mark.parametrize("region", ["us-east-1", "us-gov-west-1", "ap-southeast-5", "cn-north-1"])
def test_regions(region):
    assert parsed(routing={"preferred_region": region}).routing.preferred_region == region


@pytest.mark.parametrize(
    ("aliases", "said"),
    [
        (
            {"externl": "auto"},
            "externl: unknown key (did you mean `external`?); "
            "known: external, targets, min_ttl, max_ttl, forget_after, pause",
        ),
        (
            {"external": "copy"},
            "external: `copy` is not possible; "
            "write `auto`, `resolve`, `cname`, `omit` or `refuse`",
        ),
        (
            {"targets": {"s3": "omit"}},
            "targets.s3: `s3` is not possible; write `cloudfront`, `s3-website`, `elb`, "
            "`api-gateway`, `global-accelerator`, `vpc-endpoint`, `elastic-beanstalk` or `other`",
        ),
        (
            {"targets": {"elb": "auto"}},
            "targets.elb: `auto` is not possible; write `resolve`, `cname`, `omit` or `refuse`",
        ),
        ({"pause": -1}, "pause: `-1`: should be greater than or equal to 0"),
        ({"forget_after": "30m"}, "forget_after: expected a whole number, found `30m`"),
    ],
)
def test_a_wrong_word_on_aliases_is_told(aliases, said):
    assert problem(aliases=aliases) == f"aliases.{said}"


def test_clamps_that_cross_are_told():
    said = "`min_ttl` (100) is greater than `max_ttl` (50); no TTL is between them"
    assert problem(aliases={"min_ttl": 100, "max_ttl": 50}) == f"aliases: {said}"


@pytest.mark.parametrize(
    ("routing", "said"),
    [
        (
            {"wieghted": "union"},
            "wieghted: unknown key (did you mean `weighted`?); known: weighted, multivalue, "
            "failover, latency, geolocation, geoproximity, cidr, preferred_region, max_values",
        ),
        (
            {"weighted": "first"},
            "weighted: `first` is not possible; "
            "write `auto`, `union`, `heaviest`, `observed` or `refuse`",
        ),
        (
            {"latency": "primary"},
            "latency: `primary` is not possible; write `default`, `observed` or `refuse`",
        ),
        (
            {"preferred_region": "Frankfurt"},
            "preferred_region: `Frankfurt` is not an AWS region; write it like `eu-central-1`",
        ),
        ({"max_values": 0}, "max_values: `0`: should be greater than or equal to 1"),
    ],
)
def test_a_wrong_word_on_routing_is_told(routing, said):
    assert problem(routing=routing) == f"routing.{said}"


def test_a_wrong_word_on_dnssec_is_told():
    said = "`ignore` is not possible; write `withdraw` or `unsigned-ok`"
    assert problem(dnssec="ignore") == f"dnssec: {said}"


def test_a_change_of_a_word_is_shown():
    old = parse_mesh(mesh({"routing": {"latency": "observed"}}))
    new = parse_mesh(mesh({"aliases": {"targets": {"elb": "omit"}}}))
    (change,) = mesh_changes(old, new)
    assert change.details == (
        "policy.routing.latency: observed → default",
        "policy.aliases.targets.elb: none → omit",
    )

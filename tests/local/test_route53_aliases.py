"""Aliases of the strict Route 53 to AWS services, and records that traffic policies make."""

from __future__ import annotations

from typing import Any

import pytest

from tests.local.route53_world import World, alias, create, delete, refused, rrset, upsert

WWW = "www.example.com"
BATCH = "InvalidChangeBatch"
VPC = {"VPCId": "vpc-1", "VPCRegion": "eu-west-1"}
CLOUDFRONT = ("Z2FDTNDATAQYW2", "d111111abcdef8.cloudfront.net.")
ACCELERATOR = ("Z2BJ6XQ5FK7U4H", "a1234567890abcdef.awsglobalaccelerator.com.")
BALANCER = ("Z35SXDOTRQ7X7K", "dualstack.lb-1.us-east-1.elb.amazonaws.com.")
WEBSITE = ("Z3AQBSTGFYJSTF", "s3-website-us-east-1.amazonaws.com.")
OTHER_WEBSITE = ("Z21DNDUVLTQW6Q", "s3-website.eu-central-1.amazonaws.com.")
GATEWAY = ("ZLY8HYME6SFDD", "d-abcdefghij.execute-api.eu-west-1.amazonaws.com.")
BEANSTALK = ("Z2NYPWQ7DFZAZH", "env.eu-west-1.elasticbeanstalk.com.")
ENDPOINT = ("Z38GZ743OKFT7T", "vpce-1-a.execute-api.eu-west-1.vpce.amazonaws.com.")
SERVICES = [CLOUDFRONT, ACCELERATOR, BALANCER, WEBSITE, OTHER_WEBSITE, GATEWAY, BEANSTALK, ENDPOINT]


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize("service", SERVICES)
def test_address_alias_to_a_service_is_taken(world: World, service: tuple[str, str]) -> None:
    zone_id = world.zone()
    world.change(zone_id, create(alias("example.com", "A", *service)))
    assert world.listing(zone_id)[0]["AliasTarget"]["DNSName"] == service[1]


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("rdtype", ["TXT", "MX", "CNAME", "SVCB"])
def test_alias_of_a_type_that_services_do_not_have_is_refused(
    world: World, service: tuple[str, str], rdtype: str
) -> None:
    with refused(BATCH, f"type {rdtype} in zone {service[0]}, but that target was not found"):
        world.change(world.zone(), create(alias(WWW, rdtype, *service)))


def test_only_cloudfront_has_https_aliases(world: World) -> None:
    zone_id = world.zone()
    world.change(zone_id, *(create(alias(WWW, t, *CLOUDFRONT)) for t in ("A", "AAAA", "HTTPS")))
    with refused(BATCH, "but that target was not found"):
        world.change(zone_id, create(alias("lb.example.com", "HTTPS", *BALANCER)))


def test_website_has_no_ipv6_alias(world: World) -> None:
    with refused(BATCH, "type AAAA", "but that target was not found"):
        world.change(world.zone(), create(alias(WWW, "AAAA", *WEBSITE)))


def test_cloudfront_alias_does_not_evaluate_health(world: World) -> None:
    healthy = alias(WWW, "A", *CLOUDFRONT)
    healthy["AliasTarget"]["EvaluateTargetHealth"] = True
    with refused(BATCH, "EvaluateTargetHealth cannot be true"):
        world.change(world.zone(), create(healthy))


def test_private_zone_has_no_cloudfront_alias(world: World) -> None:
    zone_id = world.zone(VPC=VPC)
    with refused(BATCH, "a private hosted zone cannot have an alias to a CloudFront"):
        world.change(zone_id, create(alias(WWW, "A", *CLOUDFRONT)))
    world.change(zone_id, create(alias(WWW, "A", *BALANCER)))


@pytest.mark.parametrize(
    "target", ["cloudfront.net.evil.example.", "xs3-website-us-east-1.amazonaws.org.", "on.aws.a."]
)
def test_name_that_only_looks_like_a_service_is_refused(world: World, target: str) -> None:
    with refused(BATCH, "does not lie within the target zone"):
        world.change(world.zone(), create(alias(WWW, "A", CLOUDFRONT[0], target)))


def test_loop_is_made_by_a_later_upsert_only(world: World) -> None:
    zone_id = world.zone()
    address, one = rrset("one.example.com", "A", "192.0.2.1"), "one.example.com"
    link_one, link_two = alias(one, "A", zone_id, WWW), alias(WWW, "A", zone_id, one)
    with refused(BATCH, "but that target was not found"):
        world.change(zone_id, create(link_one), create(link_two))
    world.change(zone_id, create(address), create(link_two))
    world.change(zone_id, upsert(link_one))
    targets = [s["AliasTarget"]["DNSName"] for s in world.listing(zone_id) if "AliasTarget" in s]
    assert targets == ["www.example.com.", "one.example.com."]


def test_target_may_go_while_its_alias_stays(world: World) -> None:
    zone_id, address = world.zone(), rrset("one.example.com", "A", "192.0.2.1")
    world.change(zone_id, create(address), create(alias(WWW, "A", zone_id, "one.example.com")))
    world.change(zone_id, delete(address))
    assert world.names(zone_id) == [("www.example.com.", "A")]


INSTANCE = "01234567-89ab-cdef-0123-456789abcdef"


def test_record_of_a_traffic_policy_is_listed_with_its_instance(world: World) -> None:
    zone_id = world.zone()
    made: dict[str, Any] = {"Name": WWW, "Type": "A", "TrafficPolicyInstanceId": INSTANCE}
    world.route53.put_traffic_policy_record(world.account, zone_id, made)
    shown = world.listing(zone_id)[-1]
    assert shown == made | {"Name": f"{WWW}."}
    with refused(BATCH, f"managed by traffic policy instance {INSTANCE}"):
        world.change(zone_id, upsert(rrset(WWW, "A", "192.0.2.1")))
    world.change(zone_id, delete(shown))
    assert world.names(zone_id) == []


def test_record_of_a_traffic_policy_is_not_made_by_a_batch(world: World) -> None:
    made: dict[str, Any] = {"Name": WWW, "Type": "A", "TrafficPolicyInstanceId": INSTANCE}
    with refused(BATCH, "managed by traffic policy instance"):
        world.change(world.zone(), create(made))
    with refused("InvalidInput", "Expected exactly one of"):
        world.change(
            world.zone("example.net"),
            create(rrset(WWW, "A", "192.0.2.1", TrafficPolicyInstanceId=INSTANCE)),
        )

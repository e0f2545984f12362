"""Hosted zones of the strict Route 53."""

from __future__ import annotations

import re

import pytest

from local.route53 import Route53Settings
from tests.local.route53_world import World, alias, create, delete, refused, rrset, upsert

VPC = {"VPCRegion": "us-east-1", "VPCId": "vpc-1"}


@pytest.fixture
def world() -> World:
    return World()


def test_new_zone_has_four_name_servers_and_the_soa_of_aws(world: World) -> None:
    zone_id = world.zone("Example.COM")
    shown = world.client.get_hosted_zone(Id=zone_id)
    servers = shown["DelegationSet"]["NameServers"]
    ns, soa = world.listing(zone_id)
    assert re.fullmatch(r"Z[A-Z0-9]{20}", zone_id)
    assert shown["HostedZone"]["Name"] == "example.com."
    assert [server.split(".", 2)[2] for server in servers] == ["com", "net", "org", "co.uk"]
    assert (ns["Type"], ns["TTL"]) == ("NS", 172800)
    assert [record["Value"] for record in ns["ResourceRecords"]] == [f"{s}." for s in servers]
    assert (soa["Type"], soa["TTL"]) == ("SOA", 900)
    assert soa["ResourceRecords"] == [
        {"Value": f"{servers[0]}. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400"}
    ]
    assert re.fullmatch(r"ns-\d+\.awsdns-\d\d\.com", servers[0])


def test_two_zones_of_one_name_are_two_zones(world: World) -> None:
    assert world.zone("example.com") != world.zone("example.com")
    assert world.client.get_hosted_zone_count()["HostedZoneCount"] == 2


def test_same_caller_reference_is_refused(world: World) -> None:
    world.client.create_hosted_zone(Name="example.com", CallerReference="once")
    with refused("HostedZoneAlreadyExists", "once"):
        world.client.create_hosted_zone(Name="example.net", CallerReference="once")


@pytest.mark.parametrize(
    "name", [".", "a..example.com", "*.example.com", f"{'a' * 64}.com", "ex ample.com", "é.com"]
)
def test_impossible_zone_names_are_refused(world: World, name: str) -> None:
    with refused("InvalidDomainName"):
        world.client.create_hosted_zone(Name=name, CallerReference="r")


def test_zone_with_a_slash_in_its_name_is_escaped(world: World) -> None:
    zone_id = world.zone("0/26.2.0.192.in-addr.arpa")
    shown = world.client.get_hosted_zone(Id=zone_id)["HostedZone"]
    assert shown["Name"] == "0\\05726.2.0.192.in-addr.arpa."


def test_unknown_zone_is_not_found(world: World) -> None:
    with refused("NoSuchHostedZone", "ZNONE"):
        world.client.get_hosted_zone(Id="ZNONE")


def test_another_accounts_zone_is_not_found(world: World) -> None:
    zone_id = world.zone()
    world.account = "444455556666"
    with refused("NoSuchHostedZone", zone_id):
        world.client.get_hosted_zone(Id=zone_id)
    assert world.client.list_hosted_zones()["HostedZones"] == []


def test_zone_with_records_is_not_deleted(world: World) -> None:
    zone_id, record = world.zone(), rrset("www.example.com.", "A", "192.0.2.1")
    world.change(zone_id, create(record))
    with refused("HostedZoneNotEmpty"):
        world.client.delete_hosted_zone(Id=zone_id)
    world.change(zone_id, delete(record))
    world.client.delete_hosted_zone(Id=zone_id)
    with refused("NoSuchHostedZone"):
        world.client.get_hosted_zone(Id=zone_id)


def test_zone_with_an_apex_address_is_not_deleted(world: World) -> None:
    zone_id = world.zone()
    world.change(zone_id, create(rrset("example.com.", "A", "192.0.2.1")))
    with refused("HostedZoneNotEmpty"):
        world.client.delete_hosted_zone(Id=zone_id)


def test_zones_are_listed_in_pages_with_their_record_counts(world: World) -> None:
    ids = {world.zone(f"z{number}.example") for number in range(205)}
    first = world.client.list_hosted_zones()
    assert (len(first["HostedZones"]), first["IsTruncated"], first["MaxItems"]) == (
        100,
        True,
        "100",
    )
    pages = world.client.get_paginator("list_hosted_zones").paginate()
    listed = [zone for page in pages for zone in page["HostedZones"]]
    assert {zone["Id"].removeprefix("/hostedzone/") for zone in listed} == ids
    assert len(listed) == 205
    assert all(zone["ResourceRecordSetCount"] == 2 for zone in listed)


def test_zones_by_name_are_in_order_of_reversed_labels(world: World) -> None:
    for name in ("b.example", "a.test", "example", "a.b.example", "c.example"):
        world.zone(name)
    listed = world.client.list_hosted_zones_by_name()["HostedZones"]
    assert [zone["Name"] for zone in listed] == [
        "example.",
        "b.example.",
        "a.b.example.",
        "c.example.",
        "a.test.",
    ]
    page = world.client.list_hosted_zones_by_name(DNSName="b.example", MaxItems="2")
    assert [zone["Name"] for zone in page["HostedZones"]] == ["b.example.", "a.b.example."]
    assert (page["IsTruncated"], page["NextDNSName"]) == (True, "c.example.")


def test_sixth_zone_of_five_is_refused() -> None:
    world = World(Route53Settings(max_zones=5))
    for number in range(5):
        world.zone(f"z{number}.example")
    with refused("TooManyHostedZones", "5"):
        world.zone("z5.example")


def test_private_zone_belongs_to_a_vpc(world: World) -> None:
    zone_id = world.zone("corp.example", VPC=VPC)
    shown = world.client.get_hosted_zone(Id=zone_id)
    assert shown["HostedZone"]["Config"]["PrivateZone"] is True
    assert shown["VPCs"] == [VPC]
    assert "DelegationSet" not in shown
    with refused("ConflictingDomainExists", "vpc-1"):
        world.zone("corp.example", VPC=VPC)
    summaries = world.client.list_hosted_zones_by_vpc(**VPC)["HostedZoneSummaries"]
    assert [summary["HostedZoneId"] for summary in summaries] == [zone_id]


def test_private_zone_without_a_vpc_is_refused(world: World) -> None:
    with refused("InvalidVPCId"):
        world.zone("corp.example", HostedZoneConfig={"PrivateZone": True})


def test_last_vpc_stays(world: World) -> None:
    zone_id, second = world.zone("corp.example", VPC=VPC), VPC | {"VPCId": "vpc-2"}
    with refused("LastVPCAssociation"):
        world.client.disassociate_vpc_from_hosted_zone(HostedZoneId=zone_id, VPC=VPC)
    world.client.associate_vpc_with_hosted_zone(HostedZoneId=zone_id, VPC=second)
    world.client.disassociate_vpc_from_hosted_zone(HostedZoneId=zone_id, VPC=VPC)
    assert world.client.get_hosted_zone(Id=zone_id)["VPCs"] == [second]


def test_public_zone_takes_no_vpc(world: World) -> None:
    with refused("PublicZoneVPCAssociation"):
        world.client.associate_vpc_with_hosted_zone(HostedZoneId=world.zone(), VPC=VPC)


def test_comment_and_accelerated_recovery_are_kept(world: World) -> None:
    zone_id = world.zone(HostedZoneConfig={"Comment": '<first> & "only"'})
    shown = world.client.get_hosted_zone(Id=zone_id)["HostedZone"]
    assert shown["Config"]["Comment"] == '<first> & "only"'
    world.client.update_hosted_zone_comment(Id=zone_id, Comment="second")
    world.client.update_hosted_zone_features(HostedZoneId=zone_id, EnableAcceleratedRecovery=True)
    shown = world.client.get_hosted_zone(Id=zone_id)["HostedZone"]
    assert shown["Config"]["Comment"] == "second"
    assert shown["Features"]["AcceleratedRecoveryStatus"] == "ENABLED"


def test_zones_of_a_reusable_delegation_set_share_its_servers(world: World) -> None:
    made = world.client.create_reusable_delegation_set(CallerReference="set")["DelegationSet"]
    set_id = made["Id"].removeprefix("/delegationset/")
    zone_id = world.zone(DelegationSetId=set_id)
    shown = world.client.get_hosted_zone(Id=zone_id)["DelegationSet"]
    assert shown == {"Id": made["Id"], "NameServers": made["NameServers"]}
    with refused("DelegationSetInUse", zone_id):
        world.client.delete_reusable_delegation_set(Id=set_id)
    listed = world.client.list_hosted_zones(DelegationSetId=set_id)["HostedZones"]
    assert [zone["Id"] for zone in listed] == [f"/hostedzone/{zone_id}"]
    with refused("NoSuchDelegationSet"):
        world.zone("example.net", DelegationSetId="NNONE")


def test_zone_of_a_service_refuses_edits(world: World) -> None:
    zone_id = world.zone()
    world.route53.link_service(world.account, zone_id, "servicediscovery.amazonaws.com")
    shown = world.client.get_hosted_zone(Id=zone_id)["HostedZone"]
    assert shown["LinkedService"]["ServicePrincipal"] == "servicediscovery.amazonaws.com"
    with refused("AccessDenied", "servicediscovery"):
        world.change(zone_id, create(rrset("www.example.com", "A", "192.0.2.1")))


def test_change_is_pending_then_insync(world: World) -> None:
    zone_id = world.zone()
    info = world.change(zone_id, create(rrset("www.example.com", "A", "192.0.2.1")))
    assert info["Status"] == "PENDING"
    world.clock.now += 0.5
    assert world.client.get_change(Id=info["Id"])["ChangeInfo"]["Status"] == "PENDING"
    world.clock.now += 0.5
    assert world.client.get_change(Id=info["Id"])["ChangeInfo"]["Status"] == "INSYNC"
    with refused("NoSuchChange"):
        world.client.get_change(Id="CNONE")


def test_limits_show_quota_and_use(world: World) -> None:
    zone_id = world.zone()
    limit = world.client.get_hosted_zone_limit(HostedZoneId=zone_id, Type="MAX_RRSETS_BY_ZONE")
    assert (limit["Limit"]["Value"], limit["Count"]) == (10_000, 2)
    limit = world.client.get_account_limit(Type="MAX_HOSTED_ZONES_BY_OWNER")
    assert (limit["Limit"]["Value"], limit["Count"]) == (500, 1)
    with refused("HostedZoneNotPrivate"):
        world.client.get_hosted_zone_limit(HostedZoneId=zone_id, Type="MAX_VPCS_ASSOCIATED_BY_ZONE")


def test_tags_of_zones_are_set_listed_and_removed(world: World) -> None:
    first, second = world.zone("a.example"), world.zone("b.example")
    world.client.change_tags_for_resource(
        ResourceType="hostedzone",
        ResourceId=first,
        AddTags=[{"Key": "mesh", "Value": "yes"}, {"Key": "owner", "Value": "dns"}],
    )
    world.client.change_tags_for_resource(
        ResourceType="hostedzone", ResourceId=first, RemoveTagKeys=["owner"]
    )
    sets = world.client.list_tags_for_resources(
        ResourceType="hostedzone", ResourceIds=[first, second]
    )["ResourceTagSets"]
    assert [s["Tags"] for s in sets] == [[{"Key": "mesh", "Value": "yes"}], []]
    with refused("NoSuchHostedZone"):
        world.client.list_tags_for_resource(ResourceType="hostedzone", ResourceId="ZNONE")
    with refused("NoSuchHostedZone"):  # one that went hides the others
        world.client.list_tags_for_resources(
            ResourceType="hostedzone", ResourceIds=[first, "ZNONE"]
        )
    with refused("InvalidInput"):
        world.client.list_tags_for_resources(ResourceType="hostedzone", ResourceIds=[first] * 11)
    for tag in ({"Key": "k" * 129, "Value": "v"}, {"Key": "k", "Value": "v" * 257}):
        with refused("InvalidInput"):
            world.client.change_tags_for_resource(
                ResourceType="hostedzone", ResourceId=first, AddTags=[tag]
            )


def test_health_check_is_needed_before_a_record_names_it(world: World) -> None:
    zone_id = world.zone()
    config = {"Type": "HTTPS", "FullyQualifiedDomainName": "www.example.com", "Port": 443}
    record = rrset("www.example.com", "A", "192.0.2.1", Failover="PRIMARY", SetIdentifier="one")
    unknown = "01234567-89ab-cdef-0123-456789abcdef"
    with refused("NoSuchHealthCheck", unknown):
        world.change(zone_id, create(record | {"HealthCheckId": unknown}))
    made = world.client.create_health_check(CallerReference="h", HealthCheckConfig=config)
    again = world.client.create_health_check(CallerReference="h", HealthCheckConfig=config)
    health_check = made["HealthCheck"]["Id"]
    assert again["HealthCheck"]["Id"] == health_check
    world.change(zone_id, upsert(record | {"HealthCheckId": health_check}))
    assert world.listing(zone_id)[-1]["HealthCheckId"] == health_check
    updated = world.client.update_health_check(HealthCheckId=health_check, Port=8443)
    assert updated["HealthCheck"]["HealthCheckConfig"] == config | {"Port": 8443}
    world.client.delete_health_check(HealthCheckId=health_check)
    with refused("NoSuchHealthCheck"):
        world.client.get_health_check(HealthCheckId=health_check)


def test_alias_of_another_zone_of_the_account(world: World) -> None:
    zone_id, other = world.zone(), world.zone("example.net")
    linked = create(alias("www.example.com", "A", other, "www.example.net"))
    with refused("InvalidChangeBatch", "but that target was not found"):
        world.change(zone_id, linked)
    world.change(other, create(rrset("www.example.net", "A", "192.0.2.1")))
    world.change(zone_id, linked)
    assert world.listing(zone_id)[-1]["AliasTarget"]["DNSName"] == "www.example.net."


def test_operation_that_is_missing_here_is_named(world: World) -> None:
    with refused("NotImplemented", "ListTrafficPolicies"):
        world.client.list_traffic_policies()


def test_path_that_is_no_operation_is_refused(world: World) -> None:
    status, _, body = world.raw("GET", "/2013-04-01/nowhere", {}, b"", {})
    assert status == 404
    assert b"<Code>UnknownOperation</Code>" in body and b"GET /2013-04-01/nowhere" in body

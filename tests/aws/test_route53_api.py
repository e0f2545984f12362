"""The Route 53 adapters against botocore's own idea of the API."""

from collections.abc import Collection
from typing import Any

import pytest
from botocore.stub import Stubber

from tests.aws.test_route53_source import APEX, ZONE_ID, address, hosts, source
from zonemesh.aws.backoff import Pace
from zonemesh.aws.hosted_zones import Route53HostedZones
from zonemesh.aws.route53 import SHORT_ATTEMPTS, Route53Source
from zonemesh.aws.sessions import Clients
from zonemesh.errors import SourceRefused, SourceThrottled, ZoneGone


def test_requests_are_what_botocore_accepts(clients: Clients) -> None:
    client = clients.client("route53")
    members = [address("www.example.com.", "a"), address("www.example.com.", "b")]
    with Stubber(client) as stub:
        stub.add_response(
            "list_resource_record_sets",
            {
                "ResourceRecordSets": members[:1],
                "IsTruncated": True,
                "MaxItems": "300",
                "NextRecordName": "www.example.com.",
                "NextRecordType": "A",
                "NextRecordIdentifier": "b",
            },
            {"HostedZoneId": ZONE_ID, "MaxItems": "300"},
        )
        stub.add_response(
            "list_resource_record_sets",
            {"ResourceRecordSets": members[1:], "IsTruncated": False, "MaxItems": "300"},
            {
                "HostedZoneId": ZONE_ID,
                "MaxItems": "300",
                "StartRecordName": "www.example.com.",
                "StartRecordType": "A",
                "StartRecordIdentifier": "b",
            },
        )
        assert list(source(client).listing()) == members
        stub.assert_no_pending_responses()


def make_zone(clients: Clients, name: str, private: bool = False) -> str:
    request: dict[str, Any] = {"Name": name, "CallerReference": f"{name}{private}"}
    if private:
        request["HostedZoneConfig"] = {"PrivateZone": True}
        request["VPC"] = {"VPCRegion": "us-east-1", "VPCId": "vpc-1"}
    zone_id: str = clients.client("route53").create_hosted_zone(**request)["HostedZone"]["Id"]
    return zone_id.removeprefix("/hostedzone/")


def change(clients: Clients, zone_id: str, action: str, rrsets: Collection[Any]) -> None:
    changes = [{"Action": action, "ResourceRecordSet": rrset} for rrset in rrsets]
    clients.client("route53").change_resource_record_sets(
        HostedZoneId=zone_id, ChangeBatch={"Changes": changes}
    )


def test_hosted_zone_is_listed_and_read(clients: Clients) -> None:
    zone_id = make_zone(clients, "example.com.")
    change(clients, zone_id, "CREATE", hosts(650))
    under_test = Route53Source(clients.client("route53"), zone_id, APEX)
    listed = list(under_test.listing())
    assert [rrset for rrset in listed if rrset["Type"] == "A"] == hosts(650)
    assert {rrset["Type"] for rrset in listed} == {"A", "NS", "SOA"}
    assert under_test.calls == 3
    found = under_test.read(["host00649.example.com.", APEX, "gone.example.com."])
    assert found["host00649.example.com."] == [hosts(650)[-1]]
    assert {rrset["Type"] for rrset in found[APEX]} == {"NS", "SOA"}
    assert found["gone.example.com."] == []


def test_vanished_hosted_zone_is_gone(clients: Clients) -> None:
    under_test = Route53Source(clients.client("route53"), "Z0GONE", APEX)
    with pytest.raises(ZoneGone):
        under_test.read(["www.example.com."])
    with pytest.raises(ZoneGone):
        list(under_test.listing())


def test_hosted_zones_of_an_account_are_listed(clients: Clients) -> None:
    ids = {make_zone(clients, f"zone{number}.example.") for number in range(120)}
    ids.add(make_zone(clients, "inside.example.", private=True))
    zones = Route53HostedZones(clients.client("route53")).list()
    assert {zone.id for zone in zones} == ids
    assert {zone.apex for zone in zones if zone.private} == {"inside.example."}
    assert {zone.rrset_count for zone in zones} == {2}


def test_linked_and_escaped_hosted_zones_are_known_for_what_they_are(clients: Clients) -> None:
    client = clients.client("route53")
    with Stubber(client) as stub:
        stub.add_response(
            "list_hosted_zones",
            {
                "HostedZones": [
                    {
                        "Id": "/hostedzone/Z1LINKED",
                        "Name": "a\\057b.example.com.",
                        "CallerReference": "r",
                        "Config": {"PrivateZone": False},
                        "ResourceRecordSetCount": 7,
                        "LinkedService": {"ServicePrincipal": "servicediscovery.amazonaws.com"},
                    }
                ],
                "Marker": "",
                "IsTruncated": False,
                "MaxItems": "100",
            },
        )
        (zone,) = Route53HostedZones(client).list()
    assert (zone.id, zone.apex, zone.private, zone.rrset_count) == (
        "Z1LINKED",
        "a/b.example.com.",
        False,
        7,
    )
    assert zone.linked_service == "servicediscovery.amazonaws.com"


def test_a_throttled_page_of_hosted_zones_is_asked_for_again(clients: Clients) -> None:
    client = clients.client("route53")
    pauses: list[float] = []
    first = {"HostedZones": [], "Marker": "", "IsTruncated": True, "NextMarker": "Z2"}
    last = {"HostedZones": [], "Marker": "Z2", "IsTruncated": False}
    with Stubber(client) as stub:
        stub.add_response("list_hosted_zones", first | {"MaxItems": "100"}, {})
        stub.add_client_error("list_hosted_zones", "Throttling", http_status_code=400)
        stub.add_response("list_hosted_zones", last | {"MaxItems": "100"}, {"Marker": "Z2"})
        assert Route53HostedZones(client, sleep=pauses.append).list() == []
        assert len(pauses) == 1
        for _ in range(SHORT_ATTEMPTS):
            stub.add_client_error("list_hosted_zones", "Throttling", http_status_code=400)
        with pytest.raises(SourceThrottled):
            Route53HostedZones(client, sleep=pauses.append).list()


def test_refused_zone_list_names_the_action(clients: Clients) -> None:
    client = clients.client("route53")
    with Stubber(client) as stub:
        stub.add_client_error("list_hosted_zones", "AccessDenied", http_status_code=403)
        with pytest.raises(SourceRefused, match="allow route53:ListHostedZones"):
            Route53HostedZones(client).list()


def tag(clients: Clients, zone_id: str, **tags: str) -> None:
    clients.client("route53").change_tags_for_resource(
        ResourceType="hostedzone",
        ResourceId=zone_id,
        AddTags=[{"Key": key, "Value": value} for key, value in tags.items()],
    )


def test_tags_are_read_ten_hosted_zones_a_call_at_the_pace_of_listings(clients: Clients) -> None:
    ids = [make_zone(clients, f"zone{number}.example.") for number in range(12)]
    tag(clients, ids[0], zonemesh="yes", owner="dns")
    tag(clients, ids[11], zonemesh="")
    pauses: list[float] = []
    pace = Pace(1, clock=lambda: 100.0, sleep=pauses.append)
    under_test = Route53HostedZones(clients.client("route53"), pace=pace)
    first, second = under_test.tags(ids)
    assert list(first) == ids[:10]
    assert first[ids[0]] == (("owner", "dns"), ("zonemesh", "yes"))
    assert second == {ids[10]: (), ids[11]: (("zonemesh", ""),)}
    assert pauses == [1.0]
    assert list(under_test.tags([])) == []


def test_a_hosted_zone_that_went_meanwhile_does_not_hide_the_tags_of_others(
    clients: Clients,
) -> None:
    client = clients.client("route53")

    def answer(*ids: str) -> dict[str, Any]:
        tags = [{"Key": "a", "Value": "b"}]
        sets = [{"ResourceType": "hostedzone", "ResourceId": id, "Tags": tags} for id in ids]
        return {"ResourceTagSets": sets}

    with Stubber(client) as stub:
        asked = {"ResourceType": "hostedzone", "ResourceIds": ["Z1", "Z2"]}
        stub.add_client_error("list_tags_for_resources", "NoSuchHostedZone", expected_params=asked)
        stub.add_client_error("list_tags_for_resources", "NoSuchHostedZone")
        stub.add_response("list_tags_for_resources", answer("Z2"))
        assert list(Route53HostedZones(client).tags(["Z1", "Z2"])) == [{"Z2": (("a", "b"),)}]
        stub.add_client_error("list_tags_for_resources", "AccessDenied", http_status_code=403)
        with pytest.raises(SourceRefused, match="allow route53:ListTagsForResources"):
            list(Route53HostedZones(client).tags(["Z1"]))

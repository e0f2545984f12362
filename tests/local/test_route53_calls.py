"""What the strict Route 53 records, throttles, signs, keeps and restores."""

from __future__ import annotations

import asyncio
import base64
import json
import logging
import zlib
from pathlib import Path
from typing import Any

import dns.dnssec
import dns.rdata
import pytest

from local.route53 import ApiCall, Route53Settings, StrictRoute53
from tests.local.route53_world import World, alias, create, delete, refused, rrset

KMS = "arn:aws:kms:us-east-1:111122223333:key/01234567-89ab-cdef-0123-456789abcdef"


@pytest.fixture
def world() -> World:
    return World()


def test_change_is_recorded_as_cloudtrail_shows_it(world: World) -> None:
    # AWS, "Logging Amazon Route 53 API calls with AWS CloudTrail": the sample log entries
    zone_id = world.zone()
    batch = {
        "Comment": "Adding subdomains",
        "Changes": [create(rrset("prod.example.com.", "A", "192.0.1.1", "192.0.1.2"))],
    }
    answer = world.client.change_resource_record_sets(HostedZoneId=zone_id, ChangeBatch=batch)
    call = world.calls[-1]
    assert call.event_name == "ChangeResourceRecordSets"
    assert call.request_parameters == {
        "hostedZoneId": zone_id,
        "changeBatch": {
            "comment": "Adding subdomains",
            "changes": [
                {
                    "action": "CREATE",
                    "resourceRecordSet": {
                        "name": "prod.example.com.",
                        "type": "A",
                        "tTL": 300,
                        "resourceRecords": [{"value": "192.0.1.1"}, {"value": "192.0.1.2"}],
                    },
                }
            ],
        },
    }
    assert call.response_elements == {
        "changeInfo": {
            "id": answer["ChangeInfo"]["Id"],
            "status": "PENDING",
            "submittedAt": "Jan 6, 2020 6:50:43 PM",
            "comment": "Adding subdomains",
        }
    }
    assert (call.account_id, call.source_ip) == ("111122223333", "192.0.2.92")
    assert (call.access_key_id, call.error_code) == ("AKIAEXAMPLE", None)
    assert call.user_agent.startswith("Boto3/")
    assert call.request_id == answer["ResponseMetadata"]["RequestId"]
    json.dumps(call.request_parameters), json.dumps(call.response_elements)


def test_alias_is_recorded_with_its_target(world: World) -> None:
    zone_id = world.zone()
    linked = alias("a.example.com", "A", "Z2FDTNDATAQYW2", "d1.cloudfront.net")
    world.change(zone_id, create(linked | {"SetIdentifier": "x", "Weight": 1}))
    recorded = world.calls[-1].request_parameters
    assert recorded is not None
    assert recorded["changeBatch"]["changes"][0]["resourceRecordSet"] == {
        "name": "a.example.com",
        "type": "A",
        "setIdentifier": "x",
        "weight": 1,
        "aliasTarget": {
            "hostedZoneId": "Z2FDTNDATAQYW2",
            "dNSName": "d1.cloudfront.net",
            "evaluateTargetHealth": False,
        },
    }


def test_zone_creation_and_deletion_are_recorded(world: World) -> None:
    zone_id = world.zone(HostedZoneConfig={"Comment": "c"})
    world.client.delete_hosted_zone(Id=zone_id)
    created, deleted = world.calls
    assert created.request_parameters is not None and created.response_elements is not None
    assert created.request_parameters["name"] == "example.com"
    assert created.response_elements["hostedZone"]["id"] == f"/hostedzone/{zone_id}"
    assert deleted.request_parameters == {"id": zone_id}
    assert set(deleted.response_elements or {}) == {"changeInfo"}


def test_refused_write_is_recorded_with_its_error(world: World) -> None:
    zone_id = world.zone()
    with refused("InvalidChangeBatch"):
        world.change(zone_id, delete(rrset("www.example.com", "A", "192.0.2.1")))
    call = world.calls[-1]
    assert (call.error_code, call.response_elements) == ("InvalidChangeBatch", None)
    assert "was not found" in (call.error_message or "")
    assert (call.request_parameters or {})["hostedZoneId"] == zone_id


def test_reads_are_not_recorded(world: World) -> None:
    zone_id = world.zone()
    world.calls.clear()
    world.listing(zone_id)
    world.client.list_tags_for_resources(ResourceType="hostedzone", ResourceIds=[zone_id])
    world.client.get_dnssec(HostedZoneId=zone_id)
    assert world.calls == []


def test_call_whose_recording_fails_is_still_answered(caplog: pytest.LogCaptureFixture) -> None:
    world = World()

    def fail(call: ApiCall) -> None:
        raise RuntimeError("the bus is down")

    world.route53._on_write = fail
    with caplog.at_level(logging.ERROR):
        world.zone()
    assert "CreateHostedZone" in caplog.text and "the bus is down" in caplog.text


def test_every_second_call_is_throttled_by_the_fault_knob(world: World) -> None:
    world.route53.settings = Route53Settings(throttle_every=2)
    outcomes = []
    for _ in range(4):
        try:
            world.client.get_hosted_zone_count()
            outcomes.append(200)
        except world.client.exceptions.ClientError as error:
            assert error.response["Error"] == {
                "Type": "Sender",
                "Code": "Throttling",
                "Message": "Rate exceeded",
            }
            outcomes.append(error.response["ResponseMetadata"]["HTTPStatusCode"])
    assert outcomes == [200, 400, 200, 400]


def test_bucket_empties_and_fills_by_account() -> None:
    world = World(Route53Settings(requests_per_second=5, burst=2))
    count = world.client.get_hosted_zone_count
    count(), count()
    with refused("Throttling"):
        count()
    world.account = "444455556666"
    count()
    world.account = "111122223333"
    world.clock.now += 0.2
    count()
    with refused("Throttling"):
        count()


def test_second_change_while_the_first_is_processed_is_refused() -> None:
    world = World(Route53Settings(processing_time=2.0))
    zone_id, other = world.zone(), world.zone("example.net")
    world.change(zone_id, create(rrset("a.example.com", "A", "192.0.2.1")))
    with refused("PriorRequestNotComplete", "prior request"):
        world.change(zone_id, create(rrset("b.example.com", "A", "192.0.2.1")))
    world.change(other, create(rrset("a.example.net", "A", "192.0.2.1")))
    world.clock.now += 2.0
    world.change(zone_id, create(rrset("b.example.com", "A", "192.0.2.1")))


@pytest.mark.parametrize(
    "wrong", [{"burst": 0}, {"requests_per_second": 0}, {"throttle_every": 0}, {"insync_delay": -1}]
)
def test_senseless_settings_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        Route53Settings(**wrong)


def make_key(world: World, zone_id: str, name: str = "ksk", status: str = "ACTIVE") -> Any:
    return world.client.create_key_signing_key(
        CallerReference=name,
        HostedZoneId=zone_id,
        KeyManagementServiceArn=KMS,
        Name=name,
        Status=status,
    )["KeySigningKey"]


def test_zone_is_signed_once_it_has_an_active_key(world: World) -> None:
    zone_id = world.zone()

    def signing() -> str:
        return str(world.client.get_dnssec(HostedZoneId=zone_id)["Status"]["ServeSignature"])

    assert signing() == "NOT_SIGNING"
    with refused("KeySigningKeyWithActiveStatusNotFound", zone_id):
        world.client.enable_hosted_zone_dnssec(HostedZoneId=zone_id)
    make_key(world, zone_id, status="INACTIVE")
    world.client.activate_key_signing_key(HostedZoneId=zone_id, Name="ksk")
    world.client.enable_hosted_zone_dnssec(HostedZoneId=zone_id)
    assert world.calls[-1].request_parameters == {"hostedZoneId": zone_id}
    assert signing() == "SIGNING"
    with refused("KeySigningKeyInUse", "ksk"):
        world.client.deactivate_key_signing_key(HostedZoneId=zone_id, Name="ksk")
    world.client.disable_hosted_zone_dnssec(HostedZoneId=zone_id)
    with refused("DNSSECNotFound"):
        world.client.disable_hosted_zone_dnssec(HostedZoneId=zone_id)
    world.client.deactivate_key_signing_key(HostedZoneId=zone_id, Name="ksk")
    world.client.delete_key_signing_key(HostedZoneId=zone_id, Name="ksk")
    assert world.client.get_dnssec(HostedZoneId=zone_id)["KeySigningKeys"] == []


def test_ds_record_is_that_of_the_dnskey(world: World) -> None:
    key = make_key(world, world.zone())
    dnskey = dns.rdata.from_text("IN", "DNSKEY", key["DNSKEYRecord"])
    ds = dns.rdata.from_text("IN", "DS", key["DSRecord"])
    assert dns.dnssec.make_ds("example.com.", dnskey, "SHA256") == ds
    assert dns.dnssec.key_id(dnskey) == key["KeyTag"]
    assert len(base64.b64decode(key["PublicKey"])) == 64


def test_third_key_and_foreign_region_are_refused(world: World) -> None:
    zone_id = world.zone()
    make_key(world, zone_id, "one"), make_key(world, zone_id, "two")
    with refused("TooManyKeySigningKeys"):
        make_key(world, zone_id, "three")
    with refused("InvalidKMSArn"):
        world.client.create_key_signing_key(
            CallerReference="r",
            HostedZoneId=world.zone("example.net"),
            KeyManagementServiceArn=KMS.replace("us-east-1", "eu-west-1"),
            Name="far",
            Status="ACTIVE",
        )


def test_dumped_state_is_restored_whole(world: World, tmp_path: Path) -> None:
    zone_id = world.zone(HostedZoneConfig={"Comment": "c"})
    make_key(world, zone_id)
    for identifier in ("one", "two"):
        routed = rrset("r.example.com", "A", "192.0.2.1", SetIdentifier=identifier, Weight=1)
        info = world.change(zone_id, create(routed))
    world.change(zone_id, create(alias("a.example.com", "A", zone_id, "r.example.com")))
    tag = {"Key": "mesh", "Value": "yes"}
    world.client.change_tags_for_resource(
        ResourceType="hostedzone", ResourceId=zone_id, AddTags=[tag]
    )
    (tmp_path / "state").write_bytes(world.route53.dump())

    restored = World(clock=world.clock)
    restored.route53.load((tmp_path / "state").read_bytes())
    assert restored.listing(zone_id) == world.listing(zone_id)
    for read in (
        lambda w: w.client.get_hosted_zone(Id=zone_id),
        lambda w: w.client.get_dnssec(HostedZoneId=zone_id),
        lambda w: w.client.get_change(Id=info["Id"]),
        lambda w: w.client.list_tags_for_resource(ResourceType="hostedzone", ResourceId=zone_id),
    ):
        one, other = read(restored), read(world)
        del one["ResponseMetadata"], other["ResponseMetadata"]
        assert one == other
    restored.change(zone_id, create(rrset("new.example.com", "A", "192.0.2.1")))
    assert len(restored.listing(zone_id)) == len(world.listing(zone_id)) + 1


@pytest.mark.parametrize(
    "state", [b"", b"not a state", zlib.compress(b'{"version":1,"accounts":[{}]}')]
)
def test_damaged_state_is_refused(world: World, state: bytes) -> None:
    zone_id = world.zone()
    with pytest.raises(ValueError, match="not a state of the local Route 53"):
        world.route53.load(state)
    world.client.get_hosted_zone(Id=zone_id)


def test_event_loop_stays_free_during_a_long_listing(world: World) -> None:
    zone_id = world.zone()
    account = world.route53._account(world.account)

    async def scene() -> list[str]:
        order: list[str] = []

        async def list_zone() -> None:
            path = f"/2013-04-01/hostedzone/{zone_id}/rrset"
            status, _, _ = await world.route53.handle("GET", path, {}, b"", {})
            order.append(f"listed {status}")

        account.lock.acquire()  # as a request under way holds it
        listing = asyncio.create_task(list_zone())
        await asyncio.sleep(0.05)
        order.append("loop is free")
        account.lock.release()
        await listing
        return order

    assert asyncio.run(scene()) == ["loop is free", "listed 200"]


def test_account_is_the_one_that_ministack_found() -> None:
    responses = pytest.importorskip("ministack.core.responses")
    calls: list[ApiCall] = []
    route53 = StrictRoute53(on_write=calls.append)

    async def count(account: str) -> bytes:
        with responses.request_scope(account, "us-east-1"):
            path = "/2013-04-01/hostedzonecount"
            return (await route53.handle("GET", path, {}, b"", {}))[2]

    async def make(account: str) -> None:
        body = (
            b"<CreateHostedZoneRequest><Name>example.com</Name>"
            b"<CallerReference>r</CallerReference></CreateHostedZoneRequest>"
        )
        with responses.request_scope(account, "us-east-1"):
            status, headers, _ = await route53.handle(
                "POST", "/2013-04-01/hostedzone", {}, body, {}
            )
        assert status == 201 and "/hostedzone/Z" in headers["Location"]

    asyncio.run(make("111122223333"))
    assert [call.account_id for call in calls] == ["111122223333"]
    assert b"<HostedZoneCount>1<" in asyncio.run(count("111122223333"))
    assert b"<HostedZoneCount>0<" in asyncio.run(count("444455556666"))
    route53.close()

"""A snapshot's state put back into the strict Route 53: rollback, restore."""

from dataclasses import replace
from typing import Any

import pytest

from local.route53 import Route53Settings
from tests.fakes.memory import MemorySnapshotStore
from tests.local.route53_world import Clock, World
from tests.unit.route53_zones import APEX, alias, rrset
from zonemesh.aws.route53 import Route53Source
from zonemesh.aws.route53_writer import Route53Account, Route53Writer
from zonemesh.chunking import build
from zonemesh.errors import NothingRecorded, RestoreRefused, RollbackRefused, SourceThrottled
from zonemesh.mesh.definition import Mesh, parse_mesh
from zonemesh.ports import Member
from zonemesh.restore import (
    Restore,
    fill,
    make_hosted_zone,
    plan_filling,
    plan_restore,
    preview,
    what_follows,
)
from zonemesh.rollback import Rollback, check, plan_rollback, roll_back
from zonemesh.snapshot import Reason, Snapshot
from zonemesh.source_writing import NewHostedZone
from zonemesh.views import listed_entries

KEY = f"route53:main:{APEX}"
MESH = """
integrations: {main: , spare: }
zones: [{discover: "*", integration: main}]
hubs: {hq: }
"""
PRIVATE = """
integrations: {main: }
zones: [{discover: "*", integration: main, private: true, view: inside, hubs: [hq]}]
hubs: {hq: }
"""


def content(rrsets: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give all but what a hosted zone has from its beginning."""
    return [each for each in rrsets if each["Type"] not in ("SOA", "NS") or each["Name"] != APEX]


class Source:
    """A hosted zone in the strict Route 53, with a history in memory."""

    def __init__(self) -> None:
        self.world = World(Route53Settings(), Clock())
        self.store = MemorySnapshotStore()
        self.mesh: Mesh = parse_mesh(MESH)
        self.client = self.world.client
        self.member = Member(KEY, APEX, "main", self.world.zone(APEX), "discovered", ("*",))
        self.serial = 0

    def put(self, *rrsets: dict[str, Any], action: str = "UPSERT") -> None:
        changes = ({"Action": action, "ResourceRecordSet": each} for each in rrsets)
        self.world.change(self.member.hosted_zone_id, *changes)

    def listing(self) -> list[dict[str, Any]]:
        return self.world.listing(self.member.hosted_zone_id)

    def record(self) -> int:
        """Record what the source holds."""
        written: dict[str, str] = {}
        view = build(listed_entries(self.listing()), written)
        zone = self.member.zone
        self.store.write(zone, written)
        head, self.serial = self.store.head(zone), self.serial + 1
        parent = head.serial if head else None
        self.store.commit(
            Snapshot(zone, APEX, self.serial, parent, 0, Reason("event"), "", view, None, None),
            head,
        )
        return self.serial

    def sleep(self, seconds: float) -> None:
        self.world.clock.now += seconds

    @property
    def account(self) -> Route53Account:
        return Route53Account(self.client, "integration main", sleep=self.sleep)

    def source(self, id: str = "") -> Route53Source:
        id = id or self.member.hosted_zone_id
        return Route53Source(self.client, id, APEX, sleep=self.sleep)

    def writer(self, id: str = "") -> Route53Writer:
        id = id or self.member.hosted_zone_id
        return Route53Writer(self.client, id, APEX, sleep=self.sleep, clock=self.world.clock)

    def plan(self, serial: int, **options: Any) -> Rollback:
        return plan_rollback(
            self.store, self.source(), self.account, self.member, serial, **options
        )

    def roll_back(self, planned: Rollback) -> None:
        roll_back(planned, self.source(), self.account, self.writer())

    def delete(self) -> None:
        self.put(*content(self.listing()), action="DELETE")
        self.client.delete_hosted_zone(Id=self.member.hosted_zone_id)

    def plan_restore(self, integration: str = "main", **options: Any) -> Restore:
        return plan_restore(
            self.store, self.account, self.mesh, self.member, integration, **options
        )

    def restore(self, planned: Restore) -> NewHostedZone:
        made = make_hosted_zone(planned, self.account)
        source = self.source(made.id)
        plan = plan_filling(planned, made, source, self.account)
        fill(planned, plan, source, self.account, self.writer(made.id))
        return made


@pytest.fixture
def source() -> Source:
    """A zone with plain rrsets, aliases in a chain, sets of four policies, a health check."""
    source = Source()
    here = source.member.hosted_zone_id
    health_check = source.client.create_health_check(
        CallerReference="one",
        HealthCheckConfig={"Type": "TCP", "IPAddress": "192.0.2.1", "Port": 53},
    )["HealthCheck"]["Id"]
    source.put(
        rrset(f"www.{APEX}", "A", "192.0.2.1", HealthCheckId=health_check),
        rrset(rf"\052.wild.{APEX}", "TXT", '"any"', ttl=77),
        rrset(f"child.{APEX}", "NS", "ns.example.net."),
        rrset(f"child.{APEX}", "DS", "12345 13 2 " + "AB" * 32),
        alias(f"end.{APEX}", "A", here, f"www.{APEX}"),
        alias(f"a.{APEX}", "A", here, f"end.{APEX}"),
        alias(APEX, "A", here, f"a.{APEX}"),
        alias(f"lb.{APEX}", "A", "Z35SXDOTRQ7X7K", "dualstack.lb-1.us-east-1.elb.amazonaws.com."),
    )
    for name, ways in {
        "weighted": ({"Weight": 10}, {"Weight": 0}),
        "failover": ({"Failover": "PRIMARY"}, {"Failover": "SECONDARY"}),
        "latency": ({"Region": "us-east-1"}, {"Region": "eu-west-1"}),
        "geo": ({"GeoLocation": {"CountryCode": "DE"}}, {"GeoLocation": {"CountryCode": "*"}}),
    }.items():
        source.put(
            rrset(f"{name}.{APEX}", "A", "192.0.2.7", SetIdentifier="one", **ways[0]),
            alias(f"{name}.{APEX}", "A", here, f"www.{APEX}", SetIdentifier="two", **ways[1]),
        )
    return source


def test_everything_comes_back_exactly(source: Source) -> None:
    before, serial = source.listing(), source.record()
    gone = [e for e in content(before) if e["Name"][0] in "wafl"]
    source.put(*gone, action="DELETE")
    source.put(rrset(f"new.{APEX}", "A", "192.0.2.1"), rrset(f"www.{APEX}", "CNAME", "x.example."))
    source.roll_back(source.plan(serial))
    assert source.listing() == before
    assert source.plan(serial).plan.changes == ()


def test_a_rollback_can_be_rolled_back(source: Source) -> None:
    first = source.record()
    source.put(*(e for e in source.listing() if e["Name"].startswith("geo")), action="DELETE")
    source.put(rrset(f"geo.{APEX}", "A", "192.0.2.1"))
    before, second = source.listing(), source.record()
    source.roll_back(source.plan(first))
    source.roll_back(source.plan(second))
    assert source.listing() == before


def test_its_batches_say_what_they_are(source: Source) -> None:
    serial = source.record()
    source.put(rrset(f"new.{APEX}", "A", "192.0.2.1"))
    source.roll_back(source.plan(serial))
    sent = source.world.calls[-1].request_parameters
    assert sent and sent["changeBatch"]["comment"] == f"zonemesh rollback {APEX} to {serial}"


def test_the_apex_ns_are_put_back_where_that_is_asked_for(source: Source) -> None:
    before, serial = source.listing(), source.record()
    source.put(rrset(APEX, "NS", "ns.example.net."))
    assert source.plan(serial).plan.changes == ()
    source.roll_back(source.plan(serial, apex_ns=True))
    assert source.listing() == before


def test_a_source_that_is_gone_is_a_case_for_restore(source: Source) -> None:
    serial = source.record()
    source.delete()
    with pytest.raises(RollbackRefused, match="zonemesh restore"):
        source.plan(serial)


def test_a_serial_that_is_not_there_is_said_to_be_missing(source: Source) -> None:
    source.record()
    with pytest.raises(NothingRecorded, match="no snapshot 99"):
        source.plan(99)


def test_what_cannot_be_written_refuses_the_rest_unless_it_is_left_out(source: Source) -> None:
    www = next(e for e in source.listing() if e["Name"].startswith("www"))
    before, serial = source.listing(), source.record()
    source.put({k: v for k, v in www.items() if k != "HealthCheckId"})
    source.client.delete_health_check(HealthCheckId=www["HealthCheckId"])
    planned = source.plan(serial)
    with pytest.raises(RollbackRefused, match="1 rrset of serial 1 cannot be written"):
        check(planned)
    check(planned, leave_out=True)
    source.put(rrset(f"new.{APEX}", "A", "192.0.2.1"))
    source.roll_back(source.plan(serial))
    without = [{k: v for k, v in e.items() if k != "HealthCheckId"} for e in before]
    assert source.listing() == without


def test_a_deleted_hosted_zone_is_made_anew_and_aliases_point_into_it(source: Source) -> None:
    old, before = source.member.hosted_zone_id, source.listing()
    source.record()
    source.delete()
    planned = source.plan_restore()
    assert preview(planned, source.account).created == len(before) - 2  # SOA and NS
    made = source.restore(planned)
    listed = source.world.listing(made.id)

    def moved(each: dict[str, Any]) -> dict[str, Any]:
        target = each.get("AliasTarget", {})
        if target.get("HostedZoneId") != old:
            return each
        return each | {"AliasTarget": target | {"HostedZoneId": made.id}}

    assert content(listed) == list(map(moved, content(before)))
    told = "\n".join(what_follows(planned, made, source.mesh))
    assert all(server in told for server in made.name_servers)
    assert "zonemesh approve" in told


def test_a_restore_that_was_broken_off_goes_on_with_the_same_hosted_zone(source: Source) -> None:
    source.record()
    source.delete()
    first = source.plan_restore()
    made = make_hosted_zone(first, source.account)  # and here it breaks off
    second = source.plan_restore()
    assert second.found == made
    assert source.restore(second) == made
    assert len(source.client.list_hosted_zones()["HostedZones"]) == 1
    # The mesh may have found the new hosted zone by now.
    source.member = Member(KEY, APEX, "main", made.id, "discovered", ("*",))
    third = source.plan_restore()
    assert third.found == made
    assert plan_filling(third, made, source.source(made.id), source.account).changes == ()


def test_an_answer_lost_on_the_way_makes_no_second_hosted_zone(source: Source) -> None:
    source.record()
    source.delete()
    planned = source.plan_restore()
    real = source.client.create_hosted_zone

    def lost_once(**request: Any) -> Any:
        source.client.create_hosted_zone = real
        real(**request)
        raise SourceThrottled("no answer")

    source.client.create_hosted_zone = lost_once
    made = make_hosted_zone(planned, source.account)
    (only,) = source.client.list_hosted_zones()["HostedZones"]
    assert only["Id"].endswith(made.id)


def test_a_second_disaster_is_restored_as_well(source: Source) -> None:
    source.record()
    source.delete()
    made = source.restore(source.plan_restore())
    source.member = Member(KEY, APEX, "main", made.id, "discovered", ("*",))
    before, serial = source.listing(), source.record()
    source.delete()
    again = source.restore(source.plan_restore(serial=serial))
    assert again.id != made.id
    assert len(source.world.listing(again.id)) == len(before)


def test_a_hosted_zone_of_the_name_is_not_doubled(source: Source) -> None:
    source.record()
    with pytest.raises(RestoreRefused, match=r"has a hosted zone of the name .* rollback"):
        source.plan_restore()
    source.delete()
    by_hand = source.world.zone(APEX)
    with pytest.raises(RestoreRefused, match=rf"{by_hand}.*zonemesh adopt"):
        source.plan_restore()


def test_another_integration_is_another_zone_of_the_mesh(source: Source) -> None:
    source.record()
    source.delete()
    planned = source.plan_restore("spare")
    made = source.restore(planned)
    told = "\n".join(what_follows(planned, made, source.mesh))
    assert f"- name: {APEX}\n    integration: spare" in told
    assert f"zonemesh adopt route53:spare:{APEX}" in told
    with pytest.raises(RestoreRefused, match="no integration `elsewhere`; known: main, spare"):
        source.plan_restore("elsewhere")


def test_a_private_zone_needs_a_vpc(source: Source) -> None:
    source.mesh = parse_mesh(PRIVATE)
    source.member = replace(source.member, zone=f"route53:main/inside:{APEX}", hubs=("hq",))
    source.record()
    source.delete()
    with pytest.raises(RestoreRefused, match="--vpc REGION:VPC_ID"):
        source.plan_restore()
    made = source.restore(source.plan_restore(vpc=("us-east-1", "vpc-1")))
    (only,) = source.client.list_hosted_zones()["HostedZones"]
    assert only["Config"]["PrivateZone"]
    assert only["Id"].endswith(made.id)
    told = "\n".join(
        what_follows(source.plan_restore(vpc=("us-east-1", "vpc-1")), made, source.mesh)
    )
    assert "registrar" not in told
    source.mesh = parse_mesh(MESH)
    with pytest.raises(RestoreRefused, match="public zone; leave `--vpc` out"):
        source.plan_restore(vpc=("us-east-1", "vpc-1"))

"""Plans written to the strict Route 53 through a real boto3 client, without a network."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

from local.route53 import Route53Settings
from tests.local.route53_world import Clock, World
from tests.unit.route53_zones import APEX, alias, rrset
from zonemesh.aws.route53 import Route53Source
from zonemesh.aws.route53_writer import INSYNC_PATIENCE, Route53Account, Route53Writer
from zonemesh.errors import (
    BatchRefused,
    ReferenceTaken,
    SourceChanged,
    SourceThrottled,
    WriteRefused,
    ZoneGone,
)
from zonemesh.route53.batches import Batch, batches
from zonemesh.route53.plan import Place, Plan, make_plan
from zonemesh.route53.units import Action, Change
from zonemesh.source_writing import carry_out, plan_for

WWW = rrset(f"www.{APEX}", "A", "192.0.2.1")
MAIL = rrset(f"mail.{APEX}", "A", "192.0.2.2")


class Zone:
    """A hosted zone of a world whose clock moves while somebody pauses."""

    def __init__(self, **settings: Any) -> None:
        self.world = World(Route53Settings(**settings), Clock())
        self.client = self.world.new_client()
        self.id = self.world.zone(APEX)
        self.pauses: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.pauses.append(seconds)
        self.world.clock.now += seconds

    @property
    def writer(self) -> Route53Writer:
        return Route53Writer(self.client, self.id, APEX, sleep=self.sleep, clock=self.world.clock)

    @property
    def account(self) -> Route53Account:
        return Route53Account(self.client, "integration main", sleep=self.sleep)

    def plan(self, *wanted: dict[str, Any]) -> Plan:
        source = Route53Source(self.client, self.id, APEX, sleep=self.sleep)
        return plan_for(source.listing(), self.account, Place(self.id, APEX), wanted)

    def carry_out(self, plan: Plan, *wanted: dict[str, Any]) -> Any:
        return carry_out(plan, lambda: self.plan(*wanted), self.writer, "a test")

    def below(self) -> list[dict[str, Any]]:
        return [each for each in self.world.listing(self.id) if each["Name"] != APEX]

    def fail(self, *failures: Exception | None, after: bool = False) -> None:
        """Let the next writes fail; with `after` they are carried out, and the answer is lost."""
        real, waiting = self.client.change_resource_record_sets, list(failures)

        def change(**request: Any) -> Any:
            failure = waiting.pop(0) if waiting else None
            if failure is None:
                return real(**request)
            if after:
                real(**request)
            raise failure

        self.client.change_resource_record_sets = change


def refusal(code: str, status: int = 400) -> ClientError:
    answer = {
        "Error": {"Code": code, "Message": "no"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(answer, "ChangeResourceRecordSets")


def test_a_plan_is_written_and_its_batches_are_marked_as_ours() -> None:
    zone = Zone()
    done = zone.carry_out(zone.plan(WWW, MAIL), WWW, MAIL)
    assert (done.batches, done.changes) == (1, 2)
    assert zone.below() == [MAIL, WWW]
    assert zone.world.calls[-1].request_parameters["changeBatch"]["comment"] == "a test"


def test_throttles_and_an_unfinished_change_before_cost_pauses_only() -> None:
    zone = Zone(processing_time=30.0)
    zone.fail(None, refusal("Throttling"), refusal("PriorRequestNotComplete"))
    first, second = (Batch(((Change(Action.CREATE, each),),)) for each in (WWW, MAIL))
    zone.writer.write(first, "a test")
    zone.writer.write(second, "a test")
    assert zone.below() == [MAIL, WWW]
    assert sum(zone.pauses) >= 30 - 1e-3  # Route 53 itself refused until the first was processed


def test_patience_ends() -> None:
    zone = Zone()
    zone.fail(*[refusal("Throttling")] * 100)
    with pytest.raises(SourceThrottled):
        zone.writer.write(batches(zone.plan(WWW)).batches[0], "a test")
    assert zone.below() == []


def test_a_change_is_awaited_until_all_name_servers_have_it() -> None:
    zone = Zone(insync_delay=20.0)
    ids = [zone.writer.write(batches(zone.plan(WWW)).batches[0], "a test")]
    assert zone.writer.await_insync(ids) == pytest.approx(20, abs=2)


def test_a_change_that_is_never_in_sync_is_said_to_be_unseen() -> None:
    zone = Zone(insync_delay=10 * INSYNC_PATIENCE)
    done = zone.carry_out(zone.plan(WWW), WWW)
    assert done.insync is None
    assert zone.below() == [WWW]


def test_a_change_that_may_not_be_awaited_is_written_all_the_same() -> None:
    zone = Zone()

    def refuse(**_: Any) -> None:
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, "GetChange")

    zone.client.get_change = refuse
    done = zone.carry_out(zone.plan(WWW), WWW)
    assert done.insync is None
    assert "route53:GetChange" in done.unseen


def test_an_answer_that_is_lost_does_not_end_it() -> None:
    zone = Zone()
    plan = zone.plan(WWW, MAIL)
    lost = ReadTimeoutError(endpoint_url="https://route53.amazonaws.com")
    zone.fail(lost, after=True)
    zone.carry_out(plan, WWW, MAIL)
    assert zone.below() == [MAIL, WWW]


def test_what_breaks_off_in_the_middle_is_finished_by_the_next_run() -> None:
    zone = Zone()
    many = [rrset(f"n{number:03d}.{APEX}", "TXT", '"' + "x" * 200 + '"') for number in range(400)]
    cut = batches(zone.plan(*many)).batches
    assert len(cut) == 3
    gone = ConnectTimeoutError(endpoint_url="https://route53.amazonaws.com")
    zone.fail(None, *[gone] * 50)
    with pytest.raises(SourceThrottled):
        zone.carry_out(zone.plan(*many), *many)
    assert 0 < len(zone.below()) < 400
    zone.client = zone.world.new_client()
    rest = zone.plan(*many)
    assert len(rest.changes) == 400 - len(zone.below())
    zone.carry_out(rest, *many)
    assert len(zone.below()) == 400
    assert zone.plan(*many).changes == ()


def test_a_refused_batch_names_the_rrset_and_says_why() -> None:
    zone = Zone()
    bad = rrset(f"bad.{APEX}", "A", "not an address")
    with pytest.raises(BatchRefused) as refused:
        zone.carry_out(zone.plan(WWW, bad), WWW, bad)
    told = str(refused.value)
    assert f"bad.{APEX} A" in told
    assert "InvalidChangeBatch" in told
    assert f"www.{APEX}" not in told
    assert zone.below() == []


def test_who_may_not_write_is_told_the_permission() -> None:
    zone = Zone()
    plan = zone.plan(WWW)
    zone.fail(refusal("AccessDenied", 403))
    with pytest.raises(WriteRefused) as refused:
        zone.carry_out(plan, WWW)
    told = str(refused.value)
    assert "cannot be written" in told
    assert f"route53:ChangeResourceRecordSets on arn:aws:route53:::hostedzone/{zone.id}" in told


def test_a_hosted_zone_that_is_gone_is_said_to_be() -> None:
    zone = Zone()
    cut = batches(zone.plan(WWW)).batches
    zone.client.delete_hosted_zone(Id=zone.id)
    with pytest.raises(ZoneGone):
        zone.writer.write(cut[0], "a test")


def test_an_edit_by_others_meanwhile_is_reported_not_overwritten() -> None:
    zone = Zone()
    plan = zone.plan(WWW)
    other = rrset(f"other.{APEX}", "A", "192.0.2.9")
    zone.world.change(zone.id, {"Action": "CREATE", "ResourceRecordSet": other})
    with pytest.raises(SourceChanged) as changed:
        zone.carry_out(plan, WWW)
    assert f"other.{APEX}" in str(changed.value)
    assert zone.below() == [other, WWW]


def test_a_batch_that_others_made_impossible_is_not_planned_anew_around_them() -> None:
    zone = Zone()
    plan = zone.plan(WWW)
    taken = rrset(f"www.{APEX}", "A", "192.0.2.66")
    zone.world.change(zone.id, {"Action": "CREATE", "ResourceRecordSet": taken})
    with pytest.raises(BatchRefused):
        zone.carry_out(plan, WWW)
    assert zone.below() == [taken]


def test_only_health_checks_and_zones_that_are_there_are_referred_to() -> None:
    zone = Zone()
    made = zone.client.create_health_check(
        CallerReference="one",
        HealthCheckConfig={"Type": "TCP", "IPAddress": "192.0.2.1", "Port": 53},
    )
    known = made["HealthCheck"]["Id"]
    lost = "11111111-2222-3333-4444-555555555555"
    good = WWW | {"HealthCheckId": known}
    bad = MAIL | {"HealthCheckId": lost}
    twin = zone.world.zone(APEX)
    zone.world.change(
        twin, {"Action": "CREATE", "ResourceRecordSet": rrset(f"to.{APEX}", "A", "192.0.2.5")}
    )
    wanted = [
        good,
        bad,
        alias(f"former.{APEX}", "A", "ZFORMER", f"www.{APEX}"),
        alias(f"twin.{APEX}", "A", twin, f"to.{APEX}"),
    ]
    plan = zone.plan(*wanted)
    zone.carry_out(plan, *wanted)
    listed = {each["Name"]: each for each in zone.below()}
    assert listed[f"www.{APEX}"] == good
    assert listed[f"mail.{APEX}"] == MAIL
    assert listed[f"former.{APEX}"]["AliasTarget"]["HostedZoneId"] == zone.id
    assert listed[f"twin.{APEX}"]["AliasTarget"]["HostedZoneId"] == twin
    (remark,) = plan.lost
    assert lost in remark.why


@pytest.fixture
def zone() -> Iterator[Zone]:
    yield Zone()


def test_a_hosted_zone_is_made_once_for_a_reference(zone: Zone) -> None:
    made = zone.account.make("new.example.", "reference", "a test", None)
    assert len(made.name_servers) == 4
    with pytest.raises(ReferenceTaken):
        zone.account.make("new.example.", "reference", "a test", None)
    assert zone.account.made_before("new.example.", ["other", "reference"]) == made
    assert zone.account.made_before("new.example.", ["other"]) is None
    assert zone.account.made_before("newer.example.", ["reference"]) is None


def test_a_private_hosted_zone_is_made_in_its_vpc(zone: Zone) -> None:
    made = zone.account.make("inside.example.", "reference", "a test", ("us-east-1", "vpc-1"))
    assert made.name_servers == ()
    found = zone.client.get_hosted_zone(Id=made.id)
    assert found["VPCs"] == [{"VPCRegion": "us-east-1", "VPCId": "vpc-1"}]


def test_a_plan_of_nothing_writes_nothing(zone: Zone) -> None:
    calls = len(zone.world.calls)
    plan = make_plan([], [], Place(zone.id, APEX))
    assert carry_out(plan, lambda: plan, zone.writer, "a test").batches == 0
    assert len(zone.world.calls) == calls

"""A Route 53 write becomes an event on the bus and an entry of the event history."""

from __future__ import annotations

import itertools
import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.embedded_cloud import Cloud

PATTERN = {
    "source": ["aws.route53"],
    "detail-type": ["AWS API Call via CloudTrail"],
    "detail": {"eventSource": ["route53.amazonaws.com"], "errorCode": [{"exists": False}]},
}
_numbers = itertools.count()


@pytest.fixture
def queue(cloud: Cloud) -> Iterator[str]:
    """A queue behind the rule, as the stack deploys it; its URL."""
    name = f"changes-{next(_numbers)}"
    sqs, events = cloud.client("sqs"), cloud.client("events")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = f"arn:aws:sqs:us-east-1:000000000000:{name}"
    events.put_rule(Name=name, EventPattern=json.dumps(PATTERN))
    events.put_targets(Rule=name, Targets=[{"Id": "q", "Arn": arn}])
    yield url
    events.remove_targets(Rule=name, Ids=["q"])
    events.delete_rule(Name=name)
    sqs.delete_queue(QueueUrl=url)


@pytest.fixture
def zone(cloud: Cloud) -> str:
    """A fresh hosted zone's id."""
    return create_zone(cloud)


def create_zone(cloud: Cloud) -> str:
    name = f"z{next(_numbers)}.example"
    made = cloud.client("route53").create_hosted_zone(Name=name, CallerReference=name)
    return str(made["HostedZone"]["Id"].rpartition("/")[2])


def upsert(cloud: Cloud, zone: str, label: str, values: int = 1) -> Any:
    """UPSERT of an A record `label`; returns the whole answer."""
    route53 = cloud.client("route53")
    apex = route53.get_hosted_zone(Id=zone)["HostedZone"]["Name"]
    records = [{"Value": f"192.0.{n // 250}.{n % 250 + 1}"} for n in range(values)]
    rrset = {"Name": f"{label}.{apex}", "Type": "A", "TTL": 60, "ResourceRecords": records}
    batch = {"Comment": label, "Changes": [{"Action": "UPSERT", "ResourceRecordSet": rrset}]}
    return route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch=batch)


def received(cloud: Cloud, queue: str, expected: int, within: float = 10) -> list[Any]:
    """The envelopes that arrive, in order, until `expected` have or the time is over."""
    sqs = cloud.client("sqs")
    found: list[Any] = []
    deadline = time.monotonic() + within
    while len(found) < expected and time.monotonic() < deadline:
        answer = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, WaitTimeSeconds=1)
        for message in answer.get("Messages", []):
            found.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
    return found


def labels(envelopes: list[Any]) -> list[str]:
    return [
        each["detail"]["requestParameters"]["changeBatch"]["comment"]
        for each in envelopes
        if each["detail"]["eventName"] == "ChangeResourceRecordSets"
    ]


def empty(cloud: Cloud, queue: str) -> None:
    cloud.client("sqs").purge_queue(QueueUrl=queue)


def test_write_is_on_the_bus_as_cloudtrail_writes_it(cloud: Cloud, queue: str) -> None:
    zone = create_zone(cloud)
    answer = upsert(cloud, zone, "www")
    created, changed = received(cloud, queue, 2)
    assert created["detail"]["eventName"] == "CreateHostedZone"
    assert created["detail"]["responseElements"]["hostedZone"]["id"].endswith(zone)
    assert changed["source"] == "aws.route53"
    assert (changed["account"], changed["region"]) == ("000000000000", "us-east-1")
    detail = changed["detail"]
    assert changed["time"] == detail["eventTime"]
    assert detail["requestID"] == answer["ResponseMetadata"]["RequestId"]
    assert detail["requestParameters"]["hostedZoneId"] == zone
    rrset = detail["requestParameters"]["changeBatch"]["changes"][0]["resourceRecordSet"]
    assert (rrset["tTL"], rrset["resourceRecords"]) == (60, [{"value": "192.0.0.1"}])
    assert detail["responseElements"]["changeInfo"]["status"] == "PENDING"
    assert detail["userIdentity"]["type"] == "Root"
    assert detail["userAgent"].startswith("Boto3/")
    assert detail["readOnly"] is False
    assert "errorCode" not in detail


def test_event_names_the_role_that_signed(
    cloud: Cloud, queue: str, zone: str, assume: Callable[..., Cloud]
) -> None:
    empty(cloud, queue)
    allow = {"Effect": "Allow", "Action": "route53:*", "Resource": "*"}
    upsert(assume("dns-editor", [allow]), zone, "by-role")
    (event,) = received(cloud, queue, 1)
    identity = event["detail"]["userIdentity"]
    assert identity["type"] == "AssumedRole"
    assert identity["arn"] == "arn:aws:sts::000000000000:assumed-role/dns-editor/test"
    assert identity["sessionContext"]["sessionIssuer"]["userName"] == "dns-editor"


def test_reads_make_no_events(cloud: Cloud, queue: str, zone: str) -> None:
    empty(cloud, queue)
    route53 = cloud.client("route53")
    route53.list_resource_record_sets(HostedZoneId=zone)
    route53.list_hosted_zones()
    assert received(cloud, queue, 1, within=0.5) == []


def test_client_that_signs_for_another_region_still_reports_to_us_east_1(
    cloud: Cloud, queue: str, zone: str
) -> None:
    empty(cloud, queue)
    upsert(replace(cloud, region="eu-central-1"), zone, "abroad")
    assert labels(received(cloud, queue, 1)) == ["abroad"]


def test_zone_of_another_account_reports_to_that_account(cloud: Cloud, queue: str) -> None:
    other = replace(cloud, access_key="111122223333")
    zone = create_zone(other)
    assert received(cloud, queue, 1, within=0.5) == []
    (event,) = other.client("cloudtrail").lookup_events()["Events"]
    detail = json.loads(event["CloudTrailEvent"])
    assert detail["recipientAccountId"] == "111122223333"
    assert event["Resources"] == [
        {"ResourceType": "AWS::Route53::HostedZone", "ResourceName": zone}
    ]


def test_refused_write_is_in_the_history_with_its_error_and_misses_the_rule(
    cloud: Cloud, queue: str, zone: str
) -> None:
    empty(cloud, queue)
    with pytest.raises(ClientError, match=r"InvalidInput|InvalidChangeBatch"):
        upsert(cloud, zone, "bad..name")
    assert received(cloud, queue, 1, within=0.5) == []
    newest = lookup(cloud, MaxResults=1)["Events"][0]
    detail = json.loads(newest["CloudTrailEvent"])
    assert detail["errorCode"] in ("InvalidInput", "InvalidChangeBatch")
    assert detail["errorMessage"]
    assert detail["responseElements"] is None


def test_large_batch_loses_its_parameters(cloud: Cloud, queue: str, zone: str) -> None:
    """A legal batch of 900 changes is above the 100 KB that CloudTrail keeps."""
    empty(cloud, queue)
    route53 = cloud.client("route53")
    apex = route53.get_hosted_zone(Id=zone)["HostedZone"]["Name"]
    changes = [
        {
            "Action": "CREATE",
            "ResourceRecordSet": {
                "Name": f"a-name-of-some-length-{n}.{apex}",
                "Type": "A",
                "TTL": 60,
                "ResourceRecords": [{"Value": "192.0.2.1"}],
            },
        }
        for n in range(900)
    ]
    route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
    (event,) = received(cloud, queue, 1)
    assert event["detail"]["requestParameters"] == {"omitted": True}


def test_event_above_256_kb_is_in_the_history_alone(cloud: Cloud, queue: str, zone: str) -> None:
    """Each of the thousand refused deletions has a line in the error message."""
    empty(cloud, queue)
    route53 = cloud.client("route53")
    apex = route53.get_hosted_zone(Id=zone)["HostedZone"]["Name"]
    long = ".".join(["x" * 60] * 3)
    changes = [
        {
            "Action": "DELETE",
            "ResourceRecordSet": {
                "Name": f"{long}.n{n}.{apex}",
                "Type": "A",
                "TTL": 60,
                "ResourceRecords": [{"Value": "192.0.2.1"}],
            },
        }
        for n in range(1000)
    ]
    before = cloud.control("GET", "status")["events"]["oversized"]
    with pytest.raises(ClientError, match="InvalidChangeBatch"):
        route53.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})
    assert cloud.control("GET", "status")["events"]["oversized"] == before + 1
    detail = json.loads(lookup(cloud, MaxResults=1)["Events"][0]["CloudTrailEvent"])
    assert detail["errorCode"] == "InvalidChangeBatch"


def test_lost_event_is_still_in_the_history(cloud: Cloud, queue: str, zone: str) -> None:
    empty(cloud, queue)
    cloud.control("POST", "faults", {"events": {"lose_next": 1}})
    upsert(cloud, zone, "lost")
    upsert(cloud, zone, "found")
    assert labels(received(cloud, queue, 1)) == ["found"]
    newest = [json.loads(each["CloudTrailEvent"]) for each in lookup(cloud)["Events"][:2]]
    comments = [each["requestParameters"]["changeBatch"]["comment"] for each in newest]
    assert comments == ["found", "lost"]


def test_every_event_can_be_lost(cloud: Cloud, queue: str, zone: str) -> None:
    empty(cloud, queue)
    cloud.control("POST", "faults", {"events": {"loss": 1}})
    upsert(cloud, zone, "lost")
    assert received(cloud, queue, 1, within=0.5) == []


def test_event_can_come_twice_with_one_id(cloud: Cloud, queue: str, zone: str) -> None:
    empty(cloud, queue)
    cloud.control("POST", "faults", {"events": {"duplication": 1}})
    upsert(cloud, zone, "twice")
    first, second = received(cloud, queue, 2)
    assert first["detail"] == second["detail"]


def test_event_can_be_overtaken(cloud: Cloud, queue: str, zone: str) -> None:
    empty(cloud, queue)
    cloud.control("POST", "faults", {"events": {"reordering": 1}})
    upsert(cloud, zone, "first")
    upsert(cloud, zone, "second")
    assert labels(received(cloud, queue, 2)) == ["second", "first"]


def test_event_can_be_late_and_keeps_the_time_of_its_call(
    cloud: Cloud, queue: str, zone: str
) -> None:
    empty(cloud, queue)
    cloud.control("POST", "faults", {"events": {"delay": 1.5}})
    upsert(cloud, zone, "late")
    called = time.monotonic()
    assert cloud.control("GET", "status")["events"]["pending"] == 1
    (event,) = received(cloud, queue, 1)
    assert time.monotonic() - called >= 1.4
    assert event["time"] == event["detail"]["eventTime"]


def lookup(cloud: Cloud, **asked: Any) -> Any:
    """LookupEvents for Route 53, unthrottled."""
    cloud.control("POST", "faults", {"events": {"lookup_rate": 0}})
    source = {"AttributeKey": "EventSource", "AttributeValue": "route53.amazonaws.com"}
    asked.setdefault("LookupAttributes", [source])
    return cloud.client("cloudtrail").lookup_events(**asked)


def test_history_pages_newest_first_and_a_new_event_moves_no_page(cloud: Cloud, zone: str) -> None:
    for number in range(5):
        upsert(cloud, zone, f"n{number}")
    by_zone = [{"AttributeKey": "ResourceName", "AttributeValue": zone}]
    first = lookup(cloud, LookupAttributes=by_zone, MaxResults=2)
    upsert(cloud, zone, "newer")
    second = lookup(cloud, LookupAttributes=by_zone, MaxResults=2, NextToken=first["NextToken"])
    third = lookup(cloud, LookupAttributes=by_zone, MaxResults=2, NextToken=second["NextToken"])
    assert "NextToken" not in third
    events = [*first["Events"], *second["Events"], *third["Events"]]
    names = [json.loads(each["CloudTrailEvent"]) for each in events]
    comments = [each["requestParameters"].get("changeBatch", {}).get("comment") for each in names]
    assert comments == ["n4", "n3", "n2", "n1", "n0", None]
    assert events[-1]["EventName"] == "CreateHostedZone"


def test_history_is_cut_to_the_times_asked_for(cloud: Cloud, zone: str) -> None:
    upsert(cloud, zone, "now")
    by_zone = [{"AttributeKey": "ResourceName", "AttributeValue": zone}]
    now = time.time()
    found = lookup(cloud, LookupAttributes=by_zone, StartTime=now - 60, EndTime=now + 60)
    assert len(found["Events"]) == 2
    assert lookup(cloud, LookupAttributes=by_zone, EndTime=now - 60)["Events"] == []
    assert lookup(cloud, LookupAttributes=by_zone, StartTime=now + 60)["Events"] == []


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"NextToken": "nonsense"}, "InvalidNextTokenException"),
        ({"StartTime": 200, "EndTime": 100}, "InvalidTimeRangeException"),
        (
            {"LookupAttributes": [{"AttributeKey": "EventName", "AttributeValue": "a"}] * 2},
            "InvalidLookupAttributesException",
        ),
    ],
)
def test_wrong_question_is_refused(cloud: Cloud, asked: dict[str, Any], code: str) -> None:
    with pytest.raises(ClientError) as caught:
        lookup(cloud, **asked)
    assert caught.value.response["Error"]["Code"] == code


def test_third_look_up_in_a_second_is_throttled(cloud: Cloud) -> None:
    client = cloud.client("cloudtrail")
    with pytest.raises(ClientError, match="ThrottlingException"):
        for _ in range(20):
            client.lookup_events(MaxResults=1)


def test_history_shows_a_call_only_after_the_lookup_delay(cloud: Cloud, zone: str) -> None:
    by_zone = [{"AttributeKey": "ResourceName", "AttributeValue": zone}]
    cloud.control("POST", "faults", {"events": {"lookup_delay": 3600}})
    assert lookup(cloud, LookupAttributes=by_zone)["Events"] == []


def test_history_belongs_to_us_east_1(cloud: Cloud, zone: str) -> None:
    assert lookup(replace(cloud, region="eu-central-1"))["Events"] == []


def test_foreign_events_cannot_be_put_under_an_aws_source(cloud: Cloud) -> None:
    entry = {"Source": "aws.route53", "DetailType": "x", "Detail": "{}"}
    answer = cloud.client("events").put_events(Entries=[entry])
    assert answer["Entries"][0]["ErrorCode"] == "NotAuthorizedForSourceException"


def test_event_id_is_a_uuid_and_time_is_in_utc(cloud: Cloud, queue: str) -> None:
    create_zone(cloud)
    (event,) = received(cloud, queue, 1)
    assert re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", event["detail"]["eventID"])
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", event["detail"]["eventTime"])

"""Which hosted zones a CloudTrail record is about."""

import pytest

from zonemesh.route53.operations import ZONE_WRITES, hosted_zones_written

ZONE = "Z1PA6795UKMFR9"


def record(name: str, request: object = None, response: object = None) -> dict[str, object]:
    return {"eventName": name, "requestParameters": request, "responseElements": response}


@pytest.mark.parametrize(
    ("name", "given", "answered"),
    [
        ("ChangeResourceRecordSets", {"hostedZoneId": ZONE}, None),
        ("ChangeResourceRecordSets", {"hostedZoneId": f"/hostedzone/{ZONE}"}, None),
        ("CreateHostedZone", {"name": "a."}, {"hostedZone": {"id": f"/hostedzone/{ZONE}"}}),
        ("DeleteHostedZone", {"id": ZONE}, None),
        ("EnableHostedZoneDNSSEC", {"hostedZoneId": ZONE}, None),
        ("ChangeTagsForResource", {"resourceType": "hostedzone", "resourceId": ZONE}, None),
        (
            "UpdateTrafficPolicyInstance",
            {"id": "instance"},
            {"trafficPolicyInstance": {"hostedZoneId": ZONE}},
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_record_names_its_zone(name, given, answered):
    assert hosted_zones_written(record(name, given, answered)) == {ZONE}


@pytest.mark.parametrize("name", sorted(ZONE_WRITES))
@pytest.mark.parametrize("truncated", [None, {"omitted": True}, "text", {"hostedZoneId": None}])
def test_a_truncated_record_is_about_every_zone(name, truncated):
    assert hosted_zones_written(record(name, truncated, truncated)) is None


def test_a_deleted_traffic_policy_instance_is_about_every_zone():
    assert hosted_zones_written(record("DeleteTrafficPolicyInstance", {"id": ZONE})) is None


def test_the_tags_of_a_health_check_are_about_no_zone():
    tags = {"resourceType": "healthcheck", "resourceId": "abcdef"}
    assert hosted_zones_written(record("ChangeTagsForResource", tags)) == frozenset()

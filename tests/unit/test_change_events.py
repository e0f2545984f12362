"""CloudTrail's records become hints where to look; nothing they say or leave out is trusted."""

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zonemesh.errors import UnreadableEvent
from zonemesh.route53.events import ChangeEvent, change_event
from zonemesh.route53.operations import ZONE_WRITES
from zonemesh.snapshot import Change

SAMPLES = Path(__file__).parent.parent / "data" / "cloudtrail"


def sample(operation: str) -> dict[str, Any]:
    """AWS's own example of an operation's record."""
    text = (SAMPLES / f"aws-docs-{operation}.json").read_text()
    detail: dict[str, Any] = json.loads(text)
    return detail


def record(operation: str = "ChangeResourceRecordSets", **more: Any) -> dict[str, Any]:
    return {
        "eventSource": "route53.amazonaws.com",
        "eventName": operation,
        "eventTime": "2026-11-22T10:00:00Z",
        "eventID": "e-1",
        **more,
    }


def batch(*names: object) -> dict[str, Any]:
    """A record of a batch that wrote some names."""
    changes = [{"action": "UPSERT", "resourceRecordSet": {"name": name}} for name in names]
    return record(requestParameters={"hostedZoneId": "Z1", "changeBatch": {"changes": changes}})


def parsed(detail: object) -> ChangeEvent:
    event = change_event(detail)
    assert event is not None
    return event


def test_the_documented_batch_names_its_zone_its_names_and_who() -> None:
    event = parsed(sample("ChangeResourceRecordSets"))
    assert event == ChangeEvent(
        change=Change(
            event_id="883b14d9-2f84-4005-8bc5-c7bf0cebc116",
            operation="ChangeResourceRecordSets",
            time=int(datetime(2018, 1, 16, 0, 41, 43, tzinfo=UTC).timestamp()),
            principal="arn:aws:iam::111122223333:user/smithj",
            source_address="192.0.2.92",
            user_agent="Apache-HttpClient/4.3 (java 1.5)",
        ),
        hosted_zones=frozenset({"Z1PA6795UKMFR9"}),
        owners=frozenset({"prod.example.com.", "test.example.com."}),
        changes_membership=False,
    )


def test_the_documented_deletion_names_its_zone_by_id() -> None:
    event = parsed(sample("DeleteHostedZone"))
    assert event.hosted_zones == {"Z1PA6795UKMFR9"}
    assert event.changes_membership
    assert event.owners is None


def test_a_hosted_zone_that_was_made_is_named_in_the_answer() -> None:
    event = parsed(
        record(
            "CreateHostedZone",
            requestParameters={"name": "example.com", "callerReference": "r"},
            responseElements={"hostedZone": {"id": "/hostedzone/Z2", "name": "example.com."}},
        )
    )
    assert event.hosted_zones == {"Z2"}
    assert event.changes_membership


@pytest.mark.parametrize("zone", ["Z1", "/hostedzone/Z1", "hostedzone/Z1"])
def test_the_zone_s_id_comes_with_and_without_its_prefix(zone: str) -> None:
    assert parsed(record(requestParameters={"hostedZoneId": zone})).hosted_zones == {"Z1"}


@pytest.mark.parametrize(
    ("written", "owner"),
    [
        ("www.example.com.", "www.example.com."),
        ("www.example.com", "www.example.com."),
        ("WWW.Example.COM", "www.example.com."),
        ("*.example.com", "*.example.com."),
        (r"\052.example.com.", "*.example.com."),
        (r"a\056b.example.com", r"a\046b.example.com."),
        (r"a\.b.example.com", r"a\046b.example.com."),
        (r"\344.example.com.", r"\228.example.com."),
        ("_dmarc.example.com", "_dmarc.example.com."),
    ],
)
def test_names_are_read_in_any_spelling(written: str, owner: str) -> None:
    assert parsed(batch(written)).owners == {owner}


@pytest.mark.parametrize(
    "names",
    [
        [],
        ["www.example.com.", None],
        ["www.example.com.", 7],
        ["www.example.com.", "a" * 64 + ".example.com."],
        ["www.example.com.", "a..example.com."],
        ["www.example.com.", "bücher.example.com."],
        ["www.example.com.", r"\400.example.com."],
    ],
)
def test_a_batch_of_which_any_name_cannot_be_told_stands_for_the_whole_zone(
    names: list[object],
) -> None:
    event = parsed(batch(*names))
    assert event.hosted_zones == {"Z1"}
    assert event.owners is None


@pytest.mark.parametrize(
    "change_batch",
    [None, [], "cut", {}, {"changes": None}, {"changes": "abc"}, {"changes": {"a": 1}}],
)
def test_a_batch_without_changes_stands_for_the_whole_zone(change_batch: object) -> None:
    parameters = {"hostedZoneId": "Z1", "changeBatch": change_batch}
    event = parsed(record(requestParameters=parameters))
    assert (event.hosted_zones, event.owners) == ({"Z1"}, None)


def test_a_field_that_was_cut_away_anywhere_stands_for_the_whole_zone() -> None:
    detail = batch("www.example.com.")
    changes = detail["requestParameters"]["changeBatch"]["changes"]
    changes[0]["resourceRecordSet"]["resourceRecords"] = [{"value": {"omitted": True}}]
    assert parsed(detail).owners is None


@pytest.mark.parametrize(
    "parameters",
    [{"omitted": True, "originalSize": 120_000, "reason": "requestParameters too large"}, None, 7],
)
def test_parameters_that_were_cut_away_stand_for_every_zone(parameters: object) -> None:
    event = parsed(record(requestParameters=parameters))
    assert (event.hosted_zones, event.owners) == (None, None)
    assert not event.changes_membership


@pytest.mark.parametrize("operation", sorted(ZONE_WRITES))
def test_every_write_without_its_zone_stands_for_every_zone(operation: str) -> None:
    assert parsed(record(operation)).hosted_zones is None


@pytest.mark.parametrize(
    "operation",
    ["EnableHostedZoneDNSSEC", "DisableHostedZoneDNSSEC", "ActivateKeySigningKey"],
)
def test_switching_dnssec_is_a_change_of_the_whole_zone(operation: str) -> None:
    event = parsed(record(operation, requestParameters={"hostedZoneId": "Z1"}))
    assert (event.hosted_zones, event.owners, event.changes_membership) == ({"Z1"}, None, False)


def test_tags_of_a_health_check_touch_no_zone() -> None:
    parameters = {"resourceType": "healthcheck", "resourceId": "h-1"}
    event = parsed(record("ChangeTagsForResource", requestParameters=parameters))
    assert event.hosted_zones == frozenset()


@pytest.mark.parametrize("error", ["InvalidChangeBatch", "AccessDenied", "Throttling"])
def test_a_call_that_failed_changed_nothing(error: str) -> None:
    assert change_event({**sample("ChangeResourceRecordSets"), "errorCode": error}) is None


@pytest.mark.parametrize(
    "operation", ["ListHostedZones", "CreateHealthCheck", "GetChange", "ChangeCidrCollection"]
)
def test_a_call_that_alters_no_zone_is_nothing(operation: str) -> None:
    assert change_event(record(operation)) is None


@pytest.mark.parametrize(
    ("detail", "said"),
    [
        (None, "NoneType"),
        ([], "list"),
        ("text", "str"),
        ({}, "eventSource"),
        ({**record(), "eventSource": "s3.amazonaws.com"}, "s3.amazonaws.com"),
        ({"eventSource": "route53.amazonaws.com"}, "eventName"),
        ({**record(), "eventName": 7}, "eventName"),
        ({**record(), "eventTime": None}, "eventTime"),
        ({**record(), "eventTime": "yesterday"}, "yesterday"),
        ({**record(), "eventTime": 1_700_000_000}, "1700000000"),
    ],
)
def test_what_is_no_record_is_unreadable_and_says_what_is_wrong(detail: object, said: str) -> None:
    with pytest.raises(UnreadableEvent, match=said):
        change_event(detail)


def test_a_time_without_a_zone_is_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "EST+5")
        time.tzset()
        plain = parsed({**record(), "eventTime": "2026-11-22T10:00:00"})
    time.tzset()
    assert plain.change.time == parsed(record()).change.time


def test_an_identity_of_another_shape_names_nobody() -> None:
    for identity in (None, "root", [], {"arn": 7}):
        assert parsed({**record(), "userIdentity": identity}).change.principal == ""
    service = {"invokedBy": "route53domains.amazonaws.com"}
    assert parsed({**record(), "userIdentity": service}).change.principal == service["invokedBy"]


def test_a_deep_record_is_read() -> None:
    deep: Any = []
    for _ in range(5_000):
        deep = [deep]
    detail = batch("www.example.com.")
    detail["requestParameters"]["deep"] = deep
    assert parsed(detail).owners == {"www.example.com."}


ANY_JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
TIMES = st.just("2026-11-22T10:00:00Z") | st.datetimes().map(datetime.isoformat) | ANY_JSON
RRSET = st.fixed_dictionaries({}, optional={"name": st.text() | ANY_JSON, "type": ANY_JSON})
CHANGES = st.lists(
    st.fixed_dictionaries({}, optional={"resourceRecordSet": RRSET | ANY_JSON}) | ANY_JSON
)
PARAMETERS = st.fixed_dictionaries(
    {},
    optional={
        "hostedZoneId": st.text() | ANY_JSON,
        "id": st.text() | ANY_JSON,
        "resourceType": ANY_JSON,
        "changeBatch": st.fixed_dictionaries({}, optional={"changes": CHANGES | ANY_JSON})
        | ANY_JSON,
        "omitted": ANY_JSON,
    },
)
NEARLY_RECORDS = st.fixed_dictionaries(
    {"eventSource": st.just("route53.amazonaws.com")},
    optional={
        "eventName": st.sampled_from(sorted(ZONE_WRITES)) | ANY_JSON,
        "eventTime": TIMES,
        "eventID": ANY_JSON,
        "errorCode": st.sampled_from([None, "", "Throttling"]),
        "userIdentity": ANY_JSON,
        "requestParameters": PARAMETERS | ANY_JSON,
        "responseElements": st.fixed_dictionaries({}, optional={"hostedZone": ANY_JSON}) | ANY_JSON,
    },
)


@given(NEARLY_RECORDS | ANY_JSON)
def test_anything_is_an_event_or_nothing_or_unreadable(detail: object) -> None:
    try:
        event = change_event(detail)
    except UnreadableEvent as problem:
        assert str(problem)
        return
    if event is not None:
        assert event.hosted_zones is None or all(isinstance(z, str) for z in event.hosted_zones)
        assert event.owners is None or all(owner.endswith(".") for owner in event.owners)
        assert json.loads(json.dumps(event.change.time)) == event.change.time

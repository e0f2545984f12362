"""Route 53 read in few calls, and never wrongly sure that a name is absent or whole."""

import random
from collections.abc import Callable, Sequence
from typing import Any

import dns.name
import pytest
from botocore.exceptions import (
    ClientError,
    EndpointConnectionError,
    NoCredentialsError,
    ParamValidationError,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from zonemesh.aws.backoff import Pace
from zonemesh.aws.route53 import (
    FEW,
    PAGE_ATTEMPTS,
    PAGE_MOST,
    Page,
    Position,
    Route53Source,
    settled,
)
from zonemesh.errors import SourceRefused, SourceThrottled, ZoneGone
from zonemesh.names import canonical_text, is_plain, parse_name, route53_order, route53_text

ZONE_ID = "Z0EXAMPLE"
APEX = "example.com."


def address(name: str, set_identifier: str = "") -> dict[str, Any]:
    rrset: dict[str, Any] = {"Name": name, "Type": "A", "TTL": 60}
    if set_identifier:
        rrset |= {"SetIdentifier": set_identifier, "Weight": 1}
    return rrset | {"ResourceRecords": [{"Value": "192.0.2.1"}]}


def text(name: str) -> dict[str, Any]:
    return {"Name": name, "Type": "TXT", "TTL": 60, "ResourceRecords": [{"Value": '"a"'}]}


class OrderedZone:
    """ListResourceRecordSets over a zone, with any order of the names that are not plain.

    Plain names stand in Route 53's documented order; `places` says where the others go.
    """

    def __init__(
        self, rrsets: Sequence[dict[str, Any]], place: Callable[[str], Any] = route53_order
    ) -> None:
        self._place = place
        self.rrsets = sorted(rrsets, key=self._order)
        self.requests: list[dict[str, Any]] = []
        self.problems: list[Exception] = []

    def _order(self, rrset: dict[str, Any]) -> Any:
        return self._place(rrset["Name"]), rrset["Type"], rrset.get("SetIdentifier", "")

    def list_resource_record_sets(self, **request: Any) -> dict[str, Any]:
        self.requests.append(request)
        if self.problems:
            raise self.problems.pop(0)
        assert "StartRecordIdentifier" not in request or "StartRecordType" in request
        most = min(int(request["MaxItems"]), 300)
        left = self.rrsets
        if "StartRecordName" in request:
            start = (
                self._place(request["StartRecordName"]),
                request.get("StartRecordType", ""),
                request.get("StartRecordIdentifier", ""),
            )
            left = [rrset for rrset in self.rrsets if self._order(rrset) >= start]
        answer: dict[str, Any] = {
            "ResourceRecordSets": left[:most],
            "IsTruncated": len(left) > most,
        }
        if len(left) > most:
            following = left[most]
            answer |= {"NextRecordName": following["Name"], "NextRecordType": following["Type"]}
            if "SetIdentifier" in following:
                answer["NextRecordIdentifier"] = following["SetIdentifier"]
        return answer


def source(zone: Any, **options: Any) -> Route53Source:
    return Route53Source(zone, ZONE_ID, APEX, sleep=lambda _: None, **options)


def hosts(count: int) -> list[dict[str, Any]]:
    return [address(f"host{number:05d}.example.com.") for number in range(count)]


# Reading some names


def test_one_name_costs_one_small_call() -> None:
    zone = OrderedZone(hosts(1000))
    under_test = source(zone)
    assert under_test.read(["host00500.example.com."]) == {
        "host00500.example.com.": [address("host00500.example.com.")]
    }
    assert under_test.calls == 1
    assert zone.requests == [
        {
            "HostedZoneId": ZONE_ID,
            "MaxItems": str(FEW),
            "StartRecordName": "host00500.example.com.",
        }
    ]


def test_neighbours_cost_one_call_and_absent_ones_nothing_more() -> None:
    under_test = source(OrderedZone(hosts(1000)[::2]))
    wanted = [f"host{number:05d}.example.com." for number in range(100, 200)]
    found = under_test.read(wanted)
    assert {name for name in wanted if found[name]} == set(wanted[::2])
    assert under_test.calls == 1


def test_all_types_and_members_of_a_name_are_read() -> None:
    www = [address("www.example.com.", f"member-{n:02d}") for n in range(40)] + [
        text("www.example.com.")
    ]
    under_test = source(OrderedZone([*hosts(100), *www, address("x.example.com.")]))
    assert under_test.read(["www.example.com."]) == {"www.example.com.": www}
    assert under_test.calls == 2  # a small page was too short, a full one holds the name


def test_name_with_more_members_than_a_page_is_followed_by_identifier() -> None:
    www = [address("www.example.com.", f"member-{n:04d}") for n in range(650)]
    zone = OrderedZone([*hosts(100), *www, address("x.example.com.")])
    assert source(zone).read(["www.example.com.", "x.example.com."]) == {
        "www.example.com.": www,
        "x.example.com.": [address("x.example.com.")],
    }
    assert any(request.get("StartRecordIdentifier") == "member-0300" for request in zone.requests)


def test_name_that_straddles_two_pages_is_read_whole() -> None:
    www = [address("www.example.com.", "a"), address("www.example.com.", "b")]
    zone = OrderedZone([*hosts(299), *www])
    found = source(zone).read(["host00000.example.com.", "www.example.com."])
    assert found["www.example.com."] == www
    assert len(zone.requests) == 2


def test_absent_name_is_told_from_the_end_of_the_zone() -> None:
    under_test = source(OrderedZone(hosts(3)))
    assert under_test.read(["zzz.example.com."]) == {"zzz.example.com.": []}
    assert under_test.calls == 1


def test_name_outside_the_zone_is_absent_without_a_call() -> None:
    under_test = source(OrderedZone(hosts(3)))
    assert under_test.read(["www.example.org.", "notexample.com."]) == {
        "www.example.org.": [],
        "notexample.com.": [],
    }
    assert under_test.calls == 0


def test_wildcard_is_asked_for_in_octal_and_answered_in_canonical_text() -> None:
    zone = OrderedZone([*hosts(30), address("\\052.example.com.")])
    assert source(zone).read(["*.example.com."]) == {
        "*.example.com.": [address("\\052.example.com.")]
    }
    assert zone.requests[0]["StartRecordName"] == "\\052.example.com."


def test_apex_is_read() -> None:
    zone = OrderedZone([address(APEX), *hosts(400)])
    assert source(zone).read([APEX]) == {APEX: [address(APEX)]}


labels = st.sampled_from([b"a", b"b", b"b-", b"b_1", b"c", b"*", b"a.b", b"\xe4", b"0", b"a b"])
names = st.lists(labels, max_size=3).map(
    lambda below: canonical_text(dns.name.Name([*below, b"example", b"com", b""]))
)


@settings(max_examples=300, deadline=None)
@given(
    st.dictionaries(names, st.integers(1, 5), max_size=30),
    st.sets(names, min_size=1, max_size=12),
    st.integers(2, 7),
    st.randoms(use_true_random=False),
)
def test_reading_is_right_wherever_escaped_names_are_listed(
    contents: dict[str, int], wanted: set[str], page_size: int, chance: random.Random
) -> None:
    """Escaped names are put anywhere between the plain ones: nothing may hang on their place."""
    written = {route53_text(parse_name(name)): count for name, count in contents.items()}
    asked = {route53_text(parse_name(name)) for name in wanted}
    plain = sorted((name for name in {*written, *asked} if is_plain(name)), key=route53_order)
    order = [*plain]
    for name in sorted({*written, *asked} - set(plain)):
        order.insert(chance.randint(0, len(order)), name)
    zone = OrderedZone(
        [address(name, f"m{n}") for name, count in written.items() for n in range(count)],
        order.index,
    )
    small = SmallPages(zone, page_size)
    found = source(small).read(wanted)
    assert found == {
        name: [r for r in zone.rrsets if r["Name"] == route53_text(parse_name(name))]
        for name in wanted
    }
    assert len(zone.requests) <= 2 * len(wanted) + sum(written.values())


class SmallPages:
    """A zone whose pages are smaller than what is asked for, which Route 53 allows itself."""

    def __init__(self, zone: OrderedZone, size: int) -> None:
        self._zone, self._size = zone, size

    def list_resource_record_sets(self, **request: Any) -> dict[str, Any]:
        return self._zone.list_resource_record_sets(**request | {"MaxItems": str(self._size)})


def test_page_says_nothing_of_names_before_it_or_beyond_it() -> None:
    page = Page((address("m.example.com."), address("n.example.com.")), Position("p.example.com."))
    asked = [f"{label}.example.com." for label in "blmnopq"]
    assert settled("l.example.com.", page, asked) == {
        "l.example.com.": [],
        "m.example.com.": [address("m.example.com.")],
        "n.example.com.": [address("n.example.com.")],
        "o.example.com.": [],
    }


def test_page_that_ends_within_a_name_does_not_settle_it() -> None:
    page = Page((address("m.example.com.", "a"),), Position("m.example.com.", "A", "b"))
    assert settled("m.example.com.", page, ["m.example.com."]) == {}


def test_page_settles_no_escaped_name_that_it_does_not_hold() -> None:
    page = Page((address("m.example.com."),), None)
    assert settled("a.example.com.", page, ["\\052.example.com."]) == {}
    assert settled("\\052.example.com.", page, ["b.example.com."]) == {}


# Listing


@pytest.mark.parametrize("count", [0, 1, 299, 300, 301, 901])
def test_listing_gives_every_rrset_once(count: int) -> None:
    zone = OrderedZone(hosts(count))
    assert list(source(zone).listing()) == zone.rrsets
    assert len(zone.requests) == max(1, -(-count // PAGE_MOST))


def test_listing_resumes_where_a_page_ended() -> None:
    zone = OrderedZone([address("www.example.com.", f"m{n:04d}") for n in range(700)])
    first, *_ = source(zone).pages()
    rest = [rrset for page in source(zone).pages(first.following) for rrset in page.rrsets]
    assert [*first.rrsets, *rest] == zone.rrsets


def test_listing_keeps_to_its_pace_and_reading_does_not_wait() -> None:
    now = [0.0]
    pauses: list[float] = []

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        now[0] += seconds

    pace = Pace(2.0, clock=lambda: now[0], sleep=pause)
    under_test = source(OrderedZone(hosts(900)), pace=pace)
    under_test.read(["host00001.example.com."])
    assert pauses == []
    list(under_test.listing())
    assert pauses == [0.5, 0.5]


def refusal(code: str, status: int = 400, operation: str = "ListResourceRecordSets") -> ClientError:
    answer: Any = {
        "Error": {"Code": code, "Message": "…"},
        "ResponseMetadata": {"HTTPStatusCode": status},
    }
    return ClientError(answer, operation)


def test_throttled_page_is_asked_for_again_and_the_listing_goes_on() -> None:
    zone = OrderedZone(hosts(900))
    zone.problems = [refusal("Throttling")] * (PAGE_ATTEMPTS - 1)
    assert list(source(zone).listing()) == zone.rrsets


def test_listing_that_is_throttled_for_long_is_given_up() -> None:
    zone = OrderedZone(hosts(900))
    zone.problems = [refusal("Throttling")] * PAGE_ATTEMPTS
    with pytest.raises(SourceThrottled):
        list(source(zone).listing())


class Signing:
    """A Route 53 that says one thing of signing after some refusals."""

    def __init__(self, status: str, *problems: Exception) -> None:
        self.status, self.problems, self.asked = status, list(problems), []

    def get_dnssec(self, **parameters: str) -> dict[str, Any]:
        self.asked.append(parameters)
        if self.problems:
            raise self.problems.pop(0)
        return {"Status": {"ServeSignature": self.status}, "KeySigningKeys": []}


@pytest.mark.parametrize(
    ("status", "signing"),
    [("SIGNING", True), ("NOT_SIGNING", False), ("ACTION_NEEDED", True), ("DELETING", True)],
)
def test_signing_is_told_through_throttles(status: str, signing: bool) -> None:
    client = Signing(status, refusal("Throttling", operation="GetDNSSEC"))
    under_test = Route53Source(client, ZONE_ID, "example.com.", sleep=lambda _: None)
    assert under_test.signing() is signing
    assert client.asked == [{"HostedZoneId": ZONE_ID}] * 2


def test_a_role_that_may_not_ask_for_signing_is_told_what_it_needs() -> None:
    client = Signing("", refusal("AccessDenied", 403, "GetDNSSEC"))
    with pytest.raises(SourceRefused, match="allow route53:GetDNSSEC"):
        Route53Source(client, ZONE_ID, "example.com.").signing()


PROBLEMS = [
    (refusal("NoSuchHostedZone", 404), ZoneGone, "no such hosted zone"),
    (refusal("Throttling"), SourceThrottled, "Throttling"),
    (refusal("ThrottlingException"), SourceThrottled, "ThrottlingException"),
    (refusal("PriorRequestNotComplete"), SourceThrottled, "PriorRequestNotComplete"),
    (refusal("ServiceUnavailable", 503), SourceThrottled, "ServiceUnavailable"),
    (EndpointConnectionError(endpoint_url="https://r53"), SourceThrottled, "no answer"),
    (refusal("AccessDenied", 403), SourceRefused, "allow route53:ListResourceRecordSets"),
    (refusal("InvalidClientTokenId", 403), SourceRefused, "InvalidClientTokenId"),
    (refusal("AccessDenied", 403, "AssumeRole"), SourceRefused, "external_id"),
    (ParamValidationError(report="id"), SourceRefused, "check the hosted zone's id"),
    (NoCredentialsError(), SourceRefused, "give the process a role"),
]


@pytest.mark.parametrize(("problem", "kind", "words"), PROBLEMS)
def test_refusal_says_whose_zone_it_is_and_what_to_do(
    problem: Exception, kind: type[Exception], words: str
) -> None:
    zone = OrderedZone(hosts(3))
    zone.problems = [problem]
    with pytest.raises(kind, match=rf"example\.com\. \({ZONE_ID}\): .*{words}"):
        source(zone).read(["www.example.com."])

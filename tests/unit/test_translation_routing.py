"""Routed sets: which members are served, with which TTL, and what the report says of each."""

import pytest

from tests.fakes.source_names import (
    APEX,
    ELB,
    Source,
    alias,
    cloudfront,
    elb,
    rrset,
    weighted,
)
from zonemesh.translation.question import Question

WWW = "www.example.com"


def member(identifier, *values, rdtype="A", ttl=300, **routing):
    return rrset(WWW, rdtype, *values, ttl=ttl, SetIdentifier=identifier, **routing)


def multivalue(identifier, *values, **more):
    return member(identifier, *values, MultiValueAnswer=True, **more)


def addresses(source, name=WWW):
    return [line.split(" ")[-1] for line in source.served(name)]


def served_of(source):
    return {key: line.served for key, line in source.report(WWW).items()}


# Weighted


@pytest.mark.parametrize(
    ("weights", "served"),
    [
        ({"a": 10, "b": 40}, "ab"),
        ({"a": 10, "b": 41}, "b"),
        ({"a": 255, "b": 1}, "a"),
        ({"a": 1, "b": 2, "c": 4}, "abc"),
        ({"a": 1, "b": 2, "c": 5}, "c"),
        ({"a": 10, "b": 0}, "a"),
        ({"a": 10, "b": 20, "c": 0}, "ab"),
        ({"a": 0, "b": 0}, "ab"),
        ({"a": 0}, "a"),
        ({"b": 50, "a": 50, "c": 1}, "a"),
    ],
)
@pytest.mark.parametrize("rdtype", ["A", "AAAA"])
def test_weighted_addresses_are_merged_where_the_weights_are_near(weights, served, rdtype):
    def address(identifier):
        number = ord(identifier)
        return f"192.0.2.{number}" if rdtype == "A" else f"2001:db8::{number}"

    members = [weighted(WWW, i, w, address(i), rdtype=rdtype) for i, w in weights.items()]
    source = Source(*members)
    assert addresses(source) == [address(identifier) for identifier in served]
    report = source.report(WWW)
    assert sorted(report) == sorted(weights)
    for identifier, line in report.items():
        assert line.kind == "weighted"
        assert line.policy == "routing.weighted: auto"
        assert (line.served == "nothing") == (identifier not in served)


def test_other_types_have_the_heaviest_only():
    source = Source(
        weighted(WWW, "a", 10, '"a"', rdtype="TXT"), weighted(WWW, "b", 11, '"b"', rdtype="TXT")
    )
    assert source.served(WWW) == ['300 TXT "b"']
    assert "only addresses are merged" in source.report(WWW)["a"].why


def test_a_weighted_cname_is_the_heaviest_s_and_the_first_of_equals():
    source = Source(
        weighted(WWW, "b", 10, "b.example.net", rdtype="CNAME"),
        weighted(WWW, "a", 10, "a.example.net", rdtype="CNAME"),
        weighted(WWW, "0", 1, "c.example.net", rdtype="CNAME"),
    )
    assert source.served(WWW) == ["300 CNAME a.example.net."]


def test_a_union_of_cnames_is_one_cname_all_the_same():
    source = Source(
        weighted(WWW, "a", 10, "a.example.net", rdtype="CNAME"),
        weighted(WWW, "b", 20, "b.example.net", rdtype="CNAME"),
        routing={"weighted": "union"},
    )
    assert source.served(WWW) == ["300 CNAME b.example.net."]
    assert "a name has one CNAME" in source.report(WWW)["a"].why


def test_the_union_of_any_weights_when_the_policy_says_so():
    source = Source(
        weighted(WWW, "a", 1, "192.0.2.1"),
        weighted(WWW, "b", 255, "192.0.2.2"),
        weighted(WWW, "c", 0, "192.0.2.3"),
        routing={"weighted": "union"},
    )
    assert addresses(source) == ["192.0.2.1", "192.0.2.2"]


def test_the_heaviest_of_near_weights_when_the_policy_says_so():
    source = Source(
        weighted(WWW, "a", 10, "192.0.2.1"),
        weighted(WWW, "b", 11, "192.0.2.2"),
        routing={"weighted": "heaviest"},
    )
    assert addresses(source) == ["192.0.2.2"]


def test_a_merged_rrset_has_the_lowest_ttl_of_those_that_are_served():
    source = Source(
        weighted(WWW, "a", 10, "192.0.2.1", ttl=300),
        weighted(WWW, "b", 10, "192.0.2.2", ttl=60),
        weighted(WWW, "c", 0, "192.0.2.3", ttl=5),
    )
    assert source.served(WWW) == ["60 A 192.0.2.1", "60 A 192.0.2.2"]


def test_a_value_that_two_members_have_is_served_once():
    source = Source(multivalue("a", "192.0.2.1", "192.0.2.2"), multivalue("b", "192.0.2.2"))
    assert addresses(source) == ["192.0.2.1", "192.0.2.2"]
    assert served_of(source) == {
        "a": "2 of 2 records, TTL 300",
        "b": "1 of 2 records, TTL 300",
    }


def test_a_set_of_one_is_served_as_it_is_with_a_line():
    source = Source(weighted(WWW, "only", 7, "192.0.2.1", ttl=77))
    assert source.served(WWW) == ["77 A 192.0.2.1"]
    assert source.line(WWW).served == "1 of 1 record, TTL 77"


def test_sets_of_two_types_at_one_name_are_two_sets():
    source = Source(
        weighted(WWW, "a", 1, "192.0.2.1"),
        weighted(WWW, "b", 100, "192.0.2.2"),
        weighted(WWW, "x", 1, "2001:db8::1", rdtype="AAAA"),
        weighted(WWW, "y", 1, "2001:db8::2", rdtype="AAAA"),
    )
    assert addresses(source) == ["192.0.2.2", "2001:db8::1", "2001:db8::2"]


# Multivalue and failover


def test_multivalue_answers_are_merged():
    source = Source(
        multivalue("a", "192.0.2.1", HealthCheckId="hc-1"), multivalue("b", "192.0.2.2", ttl=60)
    )
    assert source.served(WWW) == ["60 A 192.0.2.1", "60 A 192.0.2.2"]
    report = source.report(WWW)
    assert {line.kind for line in report.values()} == {"multivalue"}
    assert "hc-1" in report["a"].why
    assert "hc-" not in report["b"].why


FAILOVER = (
    member("one", "192.0.2.1", Failover="PRIMARY", HealthCheckId="hc-1"),
    member("two", "192.0.2.2", Failover="SECONDARY"),
)


@pytest.mark.parametrize(
    ("word", "served", "others"), [("primary", "one", "two"), ("secondary", "two", "one")]
)
def test_failover_serves_the_primary_or_as_decided(word, served, others):
    source = Source(*FAILOVER, routing={"failover": word})
    assert addresses(source) == [{"one": "192.0.2.1", "two": "192.0.2.2"}[served]]
    assert served_of(source) == {served: "1 of 1 record, TTL 300", others: "nothing"}
    assert source.report(WWW)[others].why.startswith(f"the {word} is served")


def test_a_primary_with_nothing_to_serve_gives_way_to_the_secondary():
    source = Source(
        elb(WWW, SetIdentifier="one", Failover="PRIMARY"),
        member("two", "192.0.2.2", Failover="SECONDARY"),
    )
    assert addresses(source) == ["192.0.2.2"]
    report = source.report(WWW)
    assert "has nothing to serve" in report["two"].why
    assert "not yet answered" in report["one"].why
    assert report["one"].kind == "failover"


# By place

LATENCY = (
    member("east", "192.0.2.1", Region="us-east-1"),
    member("west", "192.0.2.2", Region="us-west-2"),
    member("asia", "192.0.2.3", Region="ap-south-1"),
)
GEOLOCATION = (
    member("de", "192.0.2.1", GeoLocation={"CountryCode": "DE"}),
    member("world", "192.0.2.2", GeoLocation={"CountryCode": "*"}),
    member("eu", "192.0.2.3", GeoLocation={"ContinentCode": "EU"}),
    member("ca", "192.0.2.4", GeoLocation={"CountryCode": "US", "SubdivisionCode": "CA"}),
)
GEOPROXIMITY = (
    member("east", "192.0.2.1", GeoProximityLocation={"AWSRegion": "us-east-1", "Bias": 5}),
    member("west", "192.0.2.2", GeoProximityLocation={"AWSRegion": "aws:route53:us-west-2"}),
    member(
        "berlin",
        "192.0.2.3",
        GeoProximityLocation={"Coordinates": {"Latitude": "52.52", "Longitude": "13.4"}},
    ),
)
CIDR = (
    member("office", "192.0.2.1", CidrRoutingConfig={"CollectionId": "c", "LocationName": "hq"}),
    member("rest", "192.0.2.2", CidrRoutingConfig={"CollectionId": "c", "LocationName": "*"}),
)


@pytest.mark.parametrize(
    ("members", "kind", "region", "served", "why"),
    [
        (LATENCY, "latency", "us-west-2", "192.0.2.2", "the member of us-west-2"),
        (LATENCY, "latency", None, "192.0.2.3", "no member is the default"),
        (LATENCY, "latency", "eu-north-1", "192.0.2.3", "no member is the default"),
        (GEOLOCATION, "geolocation", None, "192.0.2.2", "the default (`*`) member"),
        (GEOLOCATION, "geolocation", "us-east-1", "192.0.2.2", "the default (`*`) member"),
        (GEOLOCATION[2:], "geolocation", None, "192.0.2.4", "no member is the default"),
        (GEOPROXIMITY, "geoproximity", "us-east-1", "192.0.2.1", "the member of us-east-1"),
        (GEOPROXIMITY, "geoproximity", "us-west-2", "192.0.2.2", "the member of us-west-2"),
        (GEOPROXIMITY, "geoproximity", None, "192.0.2.3", "no member is the default"),
        (CIDR, "cidr", None, "192.0.2.2", "the default (`*`) member"),
        (CIDR[:1], "cidr", None, "192.0.2.1", "no member is the default"),
    ],
)
def test_of_sets_by_place_one_member_stands_for_all(members, kind, region, served, why):
    source = Source(*members, routing={"preferred_region": region})
    assert addresses(source) == [served]
    report = source.report(WWW)
    assert sorted(report) == sorted(each["SetIdentifier"] for each in members)
    for line in report.values():
        assert (line.kind, line.policy) == (kind, f"routing.{kind}: default")
        assert why in line.why
    assert ("decide" in next(iter(report.values())).why) == why.startswith("no member")


def test_the_next_member_is_served_where_the_default_has_nothing():
    source = Source(
        GEOLOCATION[0], elb(WWW, SetIdentifier="world", GeoLocation={"CountryCode": "*"})
    )
    assert addresses(source) == ["192.0.2.1"]
    assert "has nothing to serve" in source.report(WWW)["de"].why


# observed, refuse

SETS = [
    ("weighted", (weighted(WWW, "a", 1, "192.0.2.1"), weighted(WWW, "b", 9, "192.0.2.2"))),
    ("multivalue", (multivalue("a", "192.0.2.1"), multivalue("b", "192.0.2.2"))),
    ("failover", FAILOVER),
    ("latency", LATENCY),
    ("geolocation", GEOLOCATION),
    ("geoproximity", GEOPROXIMITY),
    ("cidr", CIDR),
]


@pytest.mark.parametrize(("kind", "members"), SETS)
def test_observed_serves_what_route53_answers(kind, members):
    source = Source(*members, told={(WWW, "A", ""): (45, "192.0.2.77")}, routing={kind: "observed"})
    (asked,) = source.questions(f"{WWW}.")
    assert asked.question == Question(f"{WWW}.", "A", APEX, "")
    assert asked.set_identifier == ""
    assert source.served(WWW) == ["45 A 192.0.2.77"]
    report = source.report(WWW)
    assert len(report) == len(members)
    for line in report.values():
        assert (line.kind, line.policy) == (kind, f"routing.{kind}: observed")
        assert line.served == "1 record, TTL 45"


def test_a_set_that_nobody_observed_yet_serves_nothing():
    source = Source(*LATENCY, routing={"latency": "observed"})
    assert source.served(WWW) == []
    assert "not yet answered" in source.report(WWW)["east"].why


def test_a_zone_that_cannot_be_asked_is_observed_at_the_resolver():
    source = Source(*LATENCY, routing={"latency": "observed"}, asks_itself=False)
    (asked,) = source.questions(f"{WWW}.")
    assert asked.question == Question(f"{WWW}.", "A", "", "")


def test_members_of_an_observed_set_are_not_asked_nor_copied():
    source = Source(
        alias(WWW, WWW, SetIdentifier="self", Region="us-east-1"),
        elb(WWW, SetIdentifier="elb", Region="us-east-2"),
        told={(WWW, "A", ""): (60, "192.0.2.7")},
        routing={"latency": "observed"},
    )
    assert len(source.questions(f"{WWW}.")) == 1
    assert source.served(WWW) == ["60 A 192.0.2.7"]
    assert {line.kind for line in source.report(WWW).values()} == {"latency"}


@pytest.mark.parametrize(("kind", "members"), SETS)
def test_refuse_holds_the_zone(kind, members):
    source = Source(*members, routing={kind: "refuse"})
    assert source.translate(WWW).refused
    assert source.served(WWW) == []
    for line in source.report(WWW).values():
        assert (line.kind, line.served) == (kind, "nothing")
        assert line.policy == f"routing.{kind}: refuse"


def test_the_word_for_one_policy_is_not_that_of_another():
    assert not Source(*LATENCY, routing={"weighted": "refuse"}).translate(WWW).refused


# Members that are aliases


def test_members_may_be_copies_answers_and_values():
    source = Source(
        weighted(WWW, "values", 10, "192.0.2.1"),
        alias(WWW, "web.example.com", SetIdentifier="copy", Weight=10),
        elb(WWW, SetIdentifier="answer", Weight=10),
        rrset("web.example.com", "A", "192.0.2.2", ttl=100),
        told={(WWW, "A", "answer"): (60, "192.0.2.3")},
    )
    assert source.served(WWW) == [f"60 A 192.0.2.{i}" for i in (1, 2, 3)]
    report = source.report(WWW)
    assert {line.kind for line in report.values()} == {"weighted"}
    assert ELB in report["answer"].why


def test_members_that_fail_leave_the_others():
    source = Source(
        weighted(WWW, "values", 10, "192.0.2.1"),
        alias(WWW, "gone.example.com", SetIdentifier="copy", Weight=10),
        elb(WWW, SetIdentifier="answer", Weight=10),
        weighted(WWW, "broken", 10, "not an address"),
    )
    assert addresses(source) == ["192.0.2.1"]
    report = source.report(WWW)
    assert report["values"].served == "1 of 1 record, TTL 300"
    assert [report[each].served for each in ("copy", "answer", "broken")] == ["nothing"] * 3
    assert report["broken"].kind == "unreadable"
    assert "not in the zone" in report["copy"].why


def test_a_set_of_which_nothing_can_be_served_keeps_its_name():
    source = Source(elb(WWW, SetIdentifier="a", Weight=1), elb(WWW, SetIdentifier="b", Weight=1))
    (placeholder,) = source.translate(WWW).rrsets
    assert "withheld: A (weighted)" in placeholder.lines()


def test_a_routed_cloudfront_alias_is_resolved():
    source = Source(
        cloudfront(WWW, SetIdentifier="a", Weight=1),
        told={(WWW, "A", "a"): (60, "192.0.2.7")},
    )
    assert source.served(WWW) == ["60 A 192.0.2.7"]
    assert "no CNAME can stand for one member of a routed set" in source.line(WWW).why


@pytest.mark.parametrize(
    ("members", "asked"),
    [
        ([("a", 100, None), ("b", 1, None), ("c", 2, None)], ["a", "c"]),  # one, one in reserve
        ([("a", 100, "192.0.2.1"), ("b", 1, None)], []),  # the heaviest cannot fail
        ([("a", 100, None), ("b", 1, "192.0.2.1")], ["a"]),
        ([("a", 1, None), ("b", 1, None), ("c", 1, None)], ["a", "b", "c"]),  # a union
    ],
)
def test_only_members_that_may_be_served_are_asked(members, asked):
    source = Source(
        *[
            weighted(WWW, identifier, weight, value)
            if value
            else elb(WWW, SetIdentifier=identifier, Weight=weight)
            for identifier, weight, value in members
        ]
    )
    assert [answer.set_identifier for answer in source.questions(f"{WWW}.")] == asked


def test_a_routing_policy_that_is_not_known_is_reported():
    source = Source(member("b", "192.0.2.2", Moon="full"), member("a", "192.0.2.1", Moon="new"))
    assert addresses(source) == ["192.0.2.1"]
    assert {line.kind for line in source.report(WWW).values()} == {"routed"}


def test_an_observed_set_is_part_of_no_loop():
    source = Source(
        alias(WWW, "back.example.com", SetIdentifier="a", Region="us-east-1"),
        alias("back.example.com", WWW),
        told={(WWW, "A", ""): (60, "192.0.2.7")},
        routing={"latency": "observed"},
    )
    assert source.served("back.example.com") == ["60 A 192.0.2.7"]
    assert source.line("back.example.com").kind == "alias"


def test_a_refused_alias_refuses_even_as_a_member_that_is_not_served():
    source = Source(
        weighted(WWW, "heavy", 100, "192.0.2.1"),
        elb(WWW, SetIdentifier="light", Weight=1),
        aliases={"external": "refuse"},
    )
    assert source.served(WWW) == ["300 A 192.0.2.1"]
    assert source.report(WWW)["light"].policy == "aliases.external: refuse"
    assert source.translate(WWW).refused


# Limits


def test_a_union_beyond_the_limit_is_cut_to_the_heaviest_s_first():
    light = [f"192.0.2.{i}" for i in range(1, 101)]
    heavy = [f"198.51.100.{i}" for i in range(1, 101)]
    source = Source(
        weighted(WWW, "light", 10, *light), weighted(WWW, "heavy", 20, *heavy, "192.0.2.1")
    )
    served = addresses(source)
    assert len(served) == 100
    assert sorted(served) == sorted(["192.0.2.1", *heavy[:99]])
    report = source.report(WWW)
    assert report["heavy"].served == "100 of 100 records, TTL 300"
    assert report["light"].served == "1 of 100 records, TTL 300"
    limit = report["A"]
    assert (limit.kind, limit.set_identifier) == ("limit", "")
    assert limit.why.startswith("200 records of all members together: the first 100 are served")
    assert limit.policy == "routing.max_values: 100"
    assert limit.source == '{"SetIdentifiers":["heavy","light"]}'


def test_equal_weights_are_cut_by_set_identifier():
    source = Source(
        multivalue("b", "192.0.2.1"),
        multivalue("a", "192.0.2.9", "192.0.2.8"),
        routing={"max_values": 2},
    )
    assert addresses(source) == ["192.0.2.8", "192.0.2.9"]
    assert served_of(source)["b"] == "nothing"


def test_a_raised_limit_keeps_them_and_warns_of_bind():
    members = [multivalue(f"m{i:03}", f"192.0.2.{i}") for i in range(150)]
    source = Source(*members, routing={"max_values": 200})
    assert len(addresses(source)) == 150
    limit = source.report(WWW)["A"]
    assert limit.kind == "limit"
    assert "BIND" in limit.why


def test_one_member_alone_is_not_cut():
    source = Source(weighted(WWW, "a", 1, *[f"192.0.2.{i}" for i in range(150)]))
    assert len(addresses(source)) == 150
    assert "BIND" in source.line(WWW).why


def test_a_union_larger_than_a_message_is_cut():
    def texts(letter):
        return [f'"{letter}{i:03}{"x" * 250}" "{"y" * 255}"' for i in range(100)]

    source = Source(
        member("a", *texts("a"), rdtype="TXT", MultiValueAnswer=True),
        member("b", *texts("b"), rdtype="TXT", MultiValueAnswer=True),
        routing={"max_values": 1000},
    )
    served = source.served(WWW)
    assert 100 < len(served) < 130
    assert sum(len(line) for line in served) < 65_535 + 40 * len(served)
    assert "of all members together" in source.report(WWW)["TXT"].why

"""Aliases out of the zone: a CNAME, what they resolve to, or nothing, by class and policy."""

import pytest

from tests.fakes.source_names import (
    APEX,
    CLOUDFRONT_ID,
    ELB,
    Source,
    alias,
    cloudfront,
    elb,
    rrset,
    weighted,
)
from zonemesh.policy import TargetClass
from zonemesh.translation.question import Answer, Question
from zonemesh.translation.targets import target_class

WWW = "www.example.com"


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("d111.cloudfront.net", "cloudfront"),
        ("D111.CloudFront.NET.", "cloudfront"),
        ("s3-website-us-east-1.amazonaws.com", "s3-website"),
        ("s3-website.eu-central-1.amazonaws.com.", "s3-website"),
        ("s3-website.cn-north-1.amazonaws.com.cn", "s3-website"),
        ("my-lb-1234.us-east-2.elb.amazonaws.com", "elb"),
        ("dualstack.my-lb-1234.us-east-2.elb.amazonaws.com", "elb"),
        ("my-nlb-12ab.elb.us-east-2.amazonaws.com", "elb"),
        ("d-abc123.execute-api.eu-west-1.amazonaws.com", "api-gateway"),
        ("a1234.awsglobalaccelerator.com", "global-accelerator"),
        ("vpce-1-a.elasticloadbalancing.us-east-1.vpce.amazonaws.com", "vpc-endpoint"),
        ("my-env.us-west-2.elasticbeanstalk.com", "elastic-beanstalk"),
        ("web.example.net", "other"),
        ("cloudfront.net.example.net", "other"),
        ("notcloudfront.net", "other"),
        ("d1.cloudfront.net.example.net", "other"),
        ("xs3-website.eu-central-1.amazonaws.com", "other"),
    ],
)
def test_the_class_of_a_target_is_told_by_its_name(name, kind):
    assert target_class(alias(WWW, name, zone="Z0UNKNOWN")) == kind


@pytest.mark.parametrize(
    ("zone", "kind"),
    [
        (CLOUDFRONT_ID, "cloudfront"),
        (f"/hostedzone/{CLOUDFRONT_ID}", "cloudfront"),
        ("Z2BJ6XQ5FK7U4H", "global-accelerator"),
    ],
)
def test_a_name_that_tells_nothing_is_classed_by_its_hosted_zone(zone, kind):
    assert target_class(alias(WWW, "web.example.net", zone=zone)) == kind


def test_the_name_decides_before_the_hosted_zone():
    assert target_class(alias(WWW, ELB, zone=CLOUDFRONT_ID)) is TargetClass.ELB


# CNAME


@pytest.mark.parametrize(
    "target",
    ["d111.cloudfront.net.", "s3-website-us-east-1.amazonaws.com", "d-x1y2.cloudfront.net"],
)
def test_a_cloudfront_or_s3_alias_off_the_apex_is_a_cname(target):
    source = Source(cloudfront(WWW, target=target))
    name = target.removesuffix(".") + "."
    assert source.served(WWW) == [f"300 CNAME {name}"]
    line = source.line(WWW)
    assert (line.kind, line.served) == ("alias", f"CNAME {name}, TTL 300")
    assert line.policy == "aliases.external: auto"
    assert source.questions(f"{WWW}.") == []


def test_aliases_of_three_types_to_one_target_are_one_cname_with_a_line_each():
    types = ("A", "AAAA", "HTTPS")
    source = Source(*[cloudfront(WWW, rdtype) for rdtype in types])
    assert source.served(WWW) == ["300 CNAME d111.cloudfront.net."]
    assert sorted(source.report(WWW)) == sorted(types)
    assert source.questions(f"{WWW}.") == []


def test_a_wildcard_can_be_a_cname():
    source = Source(cloudfront(r"\052.example.com"))
    assert source.served("*.example.com") == ["300 CNAME d111.cloudfront.net."]


def test_a_chain_through_the_zone_to_cloudfront_is_a_cname_at_every_link():
    source = Source(
        *[alias("a.example.com", "b.example.com", rdtype) for rdtype in ("A", "AAAA")],
        *[cloudfront("b.example.com", rdtype) for rdtype in ("A", "AAAA")],
    )
    assert source.served("a.example.com") == ["300 CNAME d111.cloudfront.net."]
    assert "by way of b.example.com." in source.report("a.example.com")["A"].why
    assert [line.kind for line in source.translate("a.example.com").report] == ["alias", "alias"]


@pytest.mark.parametrize(
    ("beside", "why"),
    [
        ([rrset(WWW, "TXT", '"x"')], "other data"),
        ([cloudfront(WWW, "AAAA", target="d222.cloudfront.net")], "another target"),
        ([rrset(WWW, "AAAA", "2001:db8::1")], "an address of its own"),
        ([elb(WWW, "AAAA")], "a target that is resolved"),
        ([alias(WWW, "gone.example.com", "AAAA")], "a copy of nothing"),
    ],
)
def test_beside_other_data_the_alias_is_resolved(beside, why):
    source = Source(cloudfront(WWW), *beside, told={(WWW, "A", ""): (60, "192.0.2.7")})
    served = source.served(WWW)
    assert served[0] == "60 A 192.0.2.7", why
    assert not any("CNAME" in line for line in served)
    line = source.report(WWW)["A"]
    assert (line.kind, line.served) == ("alias", "1 record, TTL 60")
    assert "no CNAME can stand beside" in line.why
    assert "depend on where one asks" in line.why


def test_a_cname_to_the_name_itself_is_never_served():
    source = Source(
        alias(WWW, WWW, zone="Z0OTHER"),
        told={(WWW, "A", ""): (60, "192.0.2.7")},
        aliases={"external": "cname"},
    )
    assert source.served(WWW) == ["60 A 192.0.2.7"]


# Explicit words


@pytest.mark.parametrize(
    "aliases", [{"external": "cname"}, {"targets": {"elb": "cname"}}], ids=["all", "class"]
)
def test_any_target_can_be_made_a_cname(aliases):
    source = Source(elb(WWW), elb(WWW, "AAAA"), aliases=aliases)
    assert source.served(WWW) == [f"300 CNAME {ELB}."]


@pytest.mark.parametrize(
    ("name", "beside", "where"),
    [
        ("example.com", [rrset("example.com", "NS", "ns1.example.net.")], "at the apex"),
        (WWW, [rrset(WWW, "TXT", '"x"')], "beside what else is at the name"),
        (WWW, [elb(WWW, "MX")], "beside what else is at the name"),
    ],
)
def test_where_no_cname_can_stand_the_alias_is_resolved_and_a_conflict(name, beside, where):
    source = Source(
        elb(name), *beside, told={(name, "A", ""): (60, "192.0.2.7")}, aliases={"external": "cname"}
    )
    assert "60 A 192.0.2.7" in source.served(name)
    assert not any("CNAME" in line for line in source.served(name))
    line = source.report(name)["A"]
    assert (line.kind, line.policy) == ("conflict", "aliases.external: cname")
    assert f"no CNAME can stand {where}" in line.why


def test_a_member_of_a_routed_set_cannot_be_a_cname():
    source = Source(
        elb(WWW, SetIdentifier="a", Weight=1),
        told={(WWW, "A", "a"): (60, "192.0.2.7")},
        aliases={"external": "cname"},
    )
    assert source.served(WWW) == ["60 A 192.0.2.7"]
    assert source.report(WWW)["a"].kind == "conflict"


@pytest.mark.parametrize("word", ["omit", "refuse"])
def test_an_alias_that_is_omitted_or_refused_serves_nothing(word):
    source = Source(elb(WWW), cloudfront(WWW, "AAAA"), aliases={"external": word})
    assert source.served(WWW) == []
    assert source.questions(f"{WWW}.") == []
    for line in source.report(WWW).values():
        assert (line.kind, line.served) == ("alias", "nothing")
        assert line.policy == f"aliases.external: {word}"
    assert source.translate(WWW).refused == (word == "refuse")
    assert source.translate(WWW).rrsets[0].name.labels[0] == b"_zonemesh"


def test_a_word_for_a_class_goes_before_the_word_for_all():
    source = Source(
        elb(WWW),
        cloudfront("cdn.example.com"),
        aliases={"external": "omit", "targets": {"cloudfront": "cname"}},
    )
    assert source.served("cdn.example.com") == ["300 CNAME d111.cloudfront.net."]
    assert source.line("cdn.example.com").policy == "aliases.targets.cloudfront: cname"
    assert source.line(WWW).policy == "aliases.external: omit"


def test_a_refused_member_refuses_the_name_even_where_others_are_served():
    source = Source(
        weighted(WWW, "a", 10, "192.0.2.1"),
        elb(WWW, SetIdentifier="b", Weight=10),
        aliases={"external": "refuse"},
    )
    assert source.translate(WWW).refused
    assert source.served(WWW) == ["300 A 192.0.2.1"]


def test_a_copy_within_the_zone_is_not_refused():
    source = Source(
        alias(WWW, "web.example.com"),
        rrset("web.example.com", "A", "192.0.2.1"),
        aliases={"external": "refuse"},
    )
    assert source.served(WWW) == ["300 A 192.0.2.1"]


# Resolving


def asked(source, name):
    return [answer.question for answer in source.questions(f"{name}.")]


def test_an_unrouted_alias_is_asked_by_its_own_name_at_the_zone_s_servers():
    source = Source(elb(WWW), elb(WWW, "AAAA"))
    assert asked(source, WWW) == [
        Question(f"{WWW}.", "A", APEX, f"{ELB}."),
        Question(f"{WWW}.", "AAAA", APEX, f"{ELB}."),
    ]


def test_a_member_of_a_routed_set_is_asked_by_its_target():
    source = Source(
        elb(WWW, SetIdentifier="a", Weight=1),
        elb(WWW, target="other.elb.eu-west-1.amazonaws.com", SetIdentifier="b", Weight=1),
    )
    assert asked(source, WWW) == [
        Question(f"{ELB}.", "A", "", f"{ELB}."),
        Question(
            "other.elb.eu-west-1.amazonaws.com.", "A", "", "other.elb.eu-west-1.amazonaws.com."
        ),
    ]
    assert [answer.set_identifier for answer in source.questions(f"{WWW}.")] == ["a", "b"]


def test_a_zone_that_cannot_be_asked_has_its_targets_asked():
    source = Source(elb(WWW), asks_itself=False)
    assert asked(source, WWW) == [Question(f"{ELB}.", "A", "", f"{ELB}.")]


def test_the_apex_resolves_cloudfront_and_says_that_the_place_decides():
    source = Source(
        rrset("example.com", "NS", "ns1.example.net."),
        cloudfront("example.com"),
        told={("example.com", "A", ""): (60, "192.0.2.8", "192.0.2.7")},
    )
    assert source.served("example.com")[:2] == ["60 A 192.0.2.7", "60 A 192.0.2.8"]
    line = source.line("example.com")
    assert (line.kind, line.served) == ("alias", "2 records, TTL 60")
    assert "its addresses depend on where one asks from" in line.why


@pytest.mark.parametrize(("ttl", "served"), [(0, 30), (30, 30), (31, 31), (9999, 3600)])
def test_the_ttl_of_an_answer_is_clamped(ttl, served):
    source = Source(elb(WWW), told={(WWW, "A", ""): (ttl, "192.0.2.7")})
    assert source.served(WWW) == [f"{served} A 192.0.2.7"]


def test_the_clamps_are_the_policy_s():
    source = Source(
        elb(WWW),
        told={(WWW, "A", ""): (60, "192.0.2.7")},
        aliases={"min_ttl": 100, "max_ttl": 200},
    )
    assert source.served(WWW) == ["100 A 192.0.2.7"]


def test_what_nobody_answered_yet_is_not_served():
    source = Source(elb(WWW))
    assert source.served(WWW) == []
    assert source.line(WWW).why.endswith(f"{WWW}. A is not yet answered")
    assert source.line(WWW).kind == "alias"


def test_what_resolves_to_nothing_is_not_served():
    source = Source(elb(WWW, "AAAA"), told={(WWW, "AAAA", ""): (60,)})
    assert source.served(WWW) == []
    assert source.line(WWW).why.endswith(f"{WWW}. AAAA resolves to nothing")


def test_an_answer_to_another_question_is_none():
    source = Source(elb(WWW))
    (needed,) = source.questions(f"{WWW}.")
    old = Question(f"{WWW}.", "A", APEX, "old.elb.eu-central-1.amazonaws.com.")
    answers = {("A", ""): Answer(needed.owner, "A", "", old, ("192.0.2.7",), 60)}
    source.lookup.answers = lambda owner: answers
    assert source.served(WWW) == []
    assert "not yet answered" in source.line(WWW).why


def test_an_answer_that_is_no_address_is_reported():
    source = Source(elb(WWW), told={(WWW, "A", ""): (60, "not an address")})
    assert source.served(WWW) == []
    assert "cannot be read" in source.line(WWW).why


def test_more_answers_than_merged_rrsets_may_have_are_cut():
    values = [f"192.0.2.{i}" for i in range(1, 9)]
    source = Source(elb(WWW), told={(WWW, "A", ""): (60, *values)}, routing={"max_values": 3})
    assert source.served(WWW) == [f"60 A 192.0.2.{i}" for i in (1, 2, 3)]
    assert "of 8 records the first 3 in canonical order" in source.line(WWW).why


def test_an_alias_of_https_serves_the_answer():
    source = Source(
        elb(WWW, "HTTPS"),
        rrset(WWW, "A", "192.0.2.1"),
        told={(WWW, "HTTPS", ""): (60, '1 . alpn="h2,h3"')},
    )
    (https,) = [each for each in source.translate(WWW).rrsets if each.rdtype == 65]
    (rdata,) = https.rdatas
    assert rdata.to_text() == '1 . alpn="h2,h3"'


# Traffic policies and health checks


def test_a_traffic_policy_s_record_with_values_is_carried_with_a_line():
    source = Source(rrset(WWW, "A", "192.0.2.1", TrafficPolicyInstanceId="tpi-1"))
    assert source.served(WWW) == ["300 A 192.0.2.1"]
    line = source.line(WWW)
    assert (line.kind, line.served) == ("traffic-policy", "1 record, TTL 300")
    assert "tpi-1" in line.why


def test_a_traffic_policy_s_alias_is_asked_by_its_own_name():
    source = Source(
        alias(WWW, "_hidden.example.com", TrafficPolicyInstanceId="tpi-1"),
        told={(WWW, "A", ""): (60, "192.0.2.7")},
    )
    assert asked(source, WWW) == [Question(f"{WWW}.", "A", APEX, "")]
    assert source.served(WWW) == ["60 A 192.0.2.7"]
    assert source.line(WWW).kind == "traffic-policy"


HIDDEN = {"Name": f"{WWW}.", "Type": "A", "TrafficPolicyInstanceId": "tpi-1"}


def test_a_traffic_policy_s_record_without_values_is_asked_by_its_own_name():
    source = Source(HIDDEN, told={(WWW, "A", ""): (60, "192.0.2.7")})
    assert asked(source, WWW) == [Question(f"{WWW}.", "A", APEX, "")]
    assert source.served(WWW) == ["60 A 192.0.2.7"]
    line = source.line(WWW)
    assert (line.kind, line.served) == ("traffic-policy", "1 record, TTL 60")
    assert "tpi-1" in line.why


def test_a_traffic_policy_s_record_that_is_not_answered_is_no_unreadable_one():
    source = Source(HIDDEN)
    assert source.served(WWW) == []
    line = source.line(WWW)
    assert line.kind == "traffic-policy"
    assert line.why.endswith(f"{WWW}. A is not yet answered")


def test_an_alias_of_a_traffic_policy_s_record_copies_its_answer():
    source = Source(
        HIDDEN,
        alias("x.example.com", f"{WWW}."),
        told={(WWW, "A", ""): (60, "192.0.2.7")},
    )
    assert source.served("x.example.com") == ["60 A 192.0.2.7"]
    assert "which has a line of its own (traffic-policy)" in source.line("x.example.com").why


def test_a_member_without_values_is_told_to_be_the_traffic_policy_s():
    member = {**HIDDEN, "SetIdentifier": "a", "Weight": 1}
    source = Source(member, weighted(WWW, "b", 1, "192.0.2.7"))
    assert source.served(WWW) == ["300 A 192.0.2.7"]
    assert "tpi-1" in source.report(WWW)["a"].why
    assert source.report(WWW)["a"].kind == "weighted"


def test_a_record_that_holds_nothing_and_is_of_no_traffic_policy_is_unreadable():
    source = Source({"Name": f"{WWW}.", "Type": "A"})
    assert source.served(WWW) == []
    assert source.line(WWW).kind == "unreadable"


def test_a_health_check_on_a_plain_record_is_reported():
    source = Source(rrset(WWW, "A", "192.0.2.1", HealthCheckId="hc-1"))
    assert source.served(WWW) == ["300 A 192.0.2.1"]
    line = source.line(WWW)
    assert (line.kind, line.served) == ("health", "1 record, TTL 300")
    assert "hc-1" in line.why


def test_a_health_check_on_an_alias_is_told_in_the_alias_s_line():
    source = Source(elb(WWW, HealthCheckId="hc-1"), told={(WWW, "A", ""): (60, "192.0.2.7")})
    line = source.line(WWW)
    assert line.kind == "alias"
    assert "hc-1" in line.why


def test_the_health_of_a_target_matters_in_routed_sets_only():
    plain = Source(
        alias(WWW, "web.example.com", health=True), rrset("web.example.com", "A", "192.0.2.1")
    )
    assert plain.translate(WWW).report == ()
    routed = Source(
        alias(WWW, "web.example.com", health=True, SetIdentifier="a", Weight=1),
        rrset("web.example.com", "A", "192.0.2.1"),
    )
    assert "the health of its target is not carried" in routed.line(WWW).why

"""A whole name: conflicts, limits, what is withheld, the apex, and what the report holds."""

import json
import random

import dns.rdatatype
import pytest

from tests.fakes.source_names import APEX, Source, alias, cloudfront, elb, rrset, weighted
from zonemesh.errors import SourceError
from zonemesh.fidelity import FidelityLine, report_codec, report_lines, summary
from zonemesh.policy import Policy
from zonemesh.translation.components import components
from zonemesh.translation.placeholder import placeholder_owner, withheld_owners
from zonemesh.translation.soa import counted_serial, translate_soa

WWW = "www.example.com"


# A CNAME beside other data


def test_a_cname_beside_other_data_gives_way():
    source = Source(rrset(WWW, "CNAME", "web.example.net"), rrset(WWW, "A", "192.0.2.1"))
    assert source.served(WWW) == ["300 A 192.0.2.1"]
    line = source.line(WWW)
    assert (line.rdtype, line.kind, line.served) == ("CNAME", "conflict", "nothing")
    assert line.why == "a CNAME beside A: the others are served"


def test_a_cname_stays_where_what_is_beside_it_serves_nothing():
    source = Source(rrset(WWW, "CNAME", "web.example.net"), elb(WWW))
    assert source.served(WWW) == ["300 CNAME web.example.net."]


def test_every_member_of_a_routed_cname_that_gives_way_has_its_line():
    source = Source(
        weighted(WWW, "a", 1, "a.example.net", rdtype="CNAME"),
        weighted(WWW, "b", 9, "b.example.net", rdtype="CNAME"),
        rrset(WWW, "TXT", '"x"'),
    )
    assert source.served(WWW) == ['300 TXT "x"']
    report = source.report(WWW)
    assert {line.kind for line in report.values()} == {"conflict"}
    assert {line.served for line in report.values()} == {"nothing"}
    assert "the heaviest is served" in report["b"].why  # nothing of the first reason is lost


def test_a_refused_member_still_refuses_where_its_set_gives_way():
    source = Source(
        weighted(WWW, "a", 9, "a.example.net", rdtype="CNAME"),
        elb(WWW, "CNAME", SetIdentifier="b", Weight=1),
        rrset(WWW, "TXT", '"x"'),
        aliases={"external": "refuse"},
    )
    assert source.served(WWW) == ['300 TXT "x"']
    assert source.report(WWW)["b"].kind == "conflict"
    assert source.translate(WWW).refused


def test_a_cname_at_the_apex_gives_way_to_the_soa():
    source = Source(rrset("example.com", "CNAME", "web.example.net"))
    assert source.served("example.com") == []
    assert source.line("example.com").kind == "conflict"


def test_a_signed_cname_keeps_its_signatures():
    signature = (
        "CNAME 8 3 300 20300101000000 20260101000000 12345 example.com. "
        "c2lnbmF0dXJlc2lnbmF0dXJlc2lnbmF0dXJl"
    )
    source = Source(rrset(WWW, "CNAME", "web.example.net"), rrset(WWW, "RRSIG", signature))
    assert len(source.translate(WWW).rrsets) == 2
    assert source.translate(WWW).report == ()


def test_a_copied_cname_is_a_cname():
    source = Source(
        alias(WWW, "web.example.com", "CNAME"), rrset("web.example.com", "CNAME", "x.example.net")
    )
    assert source.served(WWW) == ["300 CNAME x.example.net."]


def test_an_soa_below_the_apex_is_reported():
    soa = "ns.example.net. admin.example.net. 1 2 3 4 5"
    source = Source(rrset(WWW, "SOA", soa), rrset(WWW, "A", "192.0.2.1"))
    assert source.served(WWW) == ["300 A 192.0.2.1"]
    assert (source.line(WWW).rdtype, source.line(WWW).kind) == ("SOA", "conflict")


# Limits


def test_a_ds_digest_that_nsd_does_not_know_is_left_out():
    known, unknown = "12345 13 2 " + "AB" * 32, "12345 13 5 " + "AB" * 32
    source = Source(rrset(WWW, "DS", known, unknown), rrset(WWW, "NS", "ns.example.net."))
    (ds,) = [each for each in source.translate(WWW).rrsets if each.rdtype == dns.rdatatype.DS]
    assert [rdata.to_text() for rdata in ds.rdatas] == ["12345 13 2 " + "ab" * 32]
    line = source.line(WWW)
    assert (line.kind, line.served) == ("limit", "1 record, TTL 300")


def test_400_values_are_carried_with_a_word_on_bind():
    source = Source(rrset(WWW, "A", *[f"10.0.{i // 200}.{i % 200}" for i in range(400)]))
    assert len(source.served(WWW)) == 400
    line = source.line(WWW)
    assert (line.kind, line.served, line.policy) == (
        "limit",
        "400 records, TTL 300",
        "limits: carry",
    )


def test_what_does_not_fit_into_a_message_is_cut():
    values = [f'"{i:03}{"x" * 252}" "{"y" * 255}"' for i in range(400)]
    source = Source(rrset(WWW, "TXT", *values))
    served = source.served(WWW)
    assert served == sorted(served) and len(served) == 123  # of 524 bytes each
    assert served[0].startswith('300 TXT "000')
    line = source.line(WWW)
    assert line.kind == "limit"
    assert "123 of these 400 records" in line.why


def test_of_two_cnames_in_one_rrset_one_is_served():
    source = Source(rrset(WWW, "CNAME", "b.example.net", "a.example.net"))
    assert source.served(WWW) == ["300 CNAME a.example.net."]
    assert source.line(WWW).kind == "limit"


def test_a_naptr_regexp_that_stops_bind_is_left_out():
    good = '10 1 "u" "E2U+sip" "!^.*$!sip:info@example.com!" .'
    source = Source(rrset(WWW, "NAPTR", good, '10 2 "s" "SIP+D2U" "abc" .'))
    assert source.served(WWW) == [f"300 NAPTR {good}"]
    line = source.line(WWW)
    assert (line.kind, line.served, line.policy) == ("limit", "1 record, TTL 300", "limits: omit")
    assert "RFC 3402 3.2" in line.why


@pytest.mark.parametrize("rdtype", ["HTTPS", "SVCB"])
def test_a_dohpath_that_stops_bind_is_left_out(rdtype):
    values = ["1 . dohpath=/dns-query{?dns}", "2 . dohpath=/dns-query", "3 . alpn=h2"]
    source = Source(rrset(WWW, rdtype, *values))
    (served,) = source.translate(WWW).rrsets
    assert sorted(rdata.priority for rdata in served.rdatas) == [1, 3]
    line = source.line(WWW)
    assert (line.kind, line.served) == ("limit", "2 records, TTL 300")
    assert "RFC 9461 5" in line.why


def test_what_stops_bind_is_left_out_of_answers_too():
    bad = '10 2 "s" "SIP+D2U" "abc" .'
    member = weighted(WWW, "a", 1, bad, rdtype="NAPTR")
    told = {(WWW, "NAPTR", ""): (60, bad)}
    source = Source(member, told=told, routing={"weighted": "observed"})
    assert source.served(WWW) == []
    assert "RFC 3402 3.2" in source.report(WWW)["a"].why


@pytest.mark.parametrize(
    ("rdtype", "good", "bad"),
    [
        ("SSHFP", "1 1 " + "ab" * 20, "1 1 " + "ab" * 19),
        ("SSHFP", "1 2 " + "ab" * 32, "1 2 " + "ab" * 20),
        ("TLSA", "3 1 1 " + "ab" * 32, "3 1 1 " + "ab" * 31),
        ("TLSA", "3 1 2 " + "ab" * 64, "3 1 2 " + "ab" * 32),
        ("DS", "1 13 1 " + "ab" * 20, "1 13 1 " + "ab" * 32),
        ("DS", "1 13 4 " + "ab" * 48, "1 13 4 " + "ab" * 47),
        ("A", "192.0.2.1", "192.0.2.256"),
    ],
)
def test_of_an_rrset_what_can_be_read_is_served(rdtype, good, bad):
    source = Source(rrset(WWW, rdtype, good, bad), rrset(WWW, "NS", "ns.example.net"))
    assert f"300 {rdtype} {good}" in source.served(WWW)
    line = source.line(WWW)
    assert (line.kind, line.served) == ("unreadable", "1 record, TTL 300")
    assert bad in line.why


@pytest.mark.parametrize("values", [["not an address"], ["192.0.2.257", "192.0.2.256"], []])
def test_what_cannot_be_read_is_reported(values):
    source = Source(rrset(WWW, "A", *values), rrset(WWW, "TXT", '"x"'))
    assert source.served(WWW) == ['300 TXT "x"']
    assert source.line(WWW).kind == "unreadable"


# Withheld names


def test_a_name_that_loses_everything_keeps_a_txt_below_it():
    source = Source(elb(WWW), elb(WWW, "AAAA"), rrset(WWW, "MX", "no number"))
    (placeholder,) = source.translate(WWW).rrsets
    assert placeholder.lines() == (
        f'_zonemesh.{WWW}. 300 IN TXT "withheld: A (alias), AAAA (alias), MX (unreadable)"\n'
    )


def test_a_name_that_keeps_anything_needs_none():
    source = Source(elb(WWW), rrset(WWW, "TXT", '"x"'))
    assert source.served(WWW) == ['300 TXT "x"']
    assert len(source.translate(WWW).rrsets) == 1


def test_a_name_too_long_for_a_placeholder_is_only_reported():
    name = ".".join(["x" * 60] * 3 + ["y" * 55, "example.com"])
    source = Source(elb(name))
    assert source.translate(name).rrsets == ()
    assert source.line(name).kind == "alias"
    assert placeholder_owner(f"{name}.") is None


def test_a_placeholder_knows_what_it_stands_for():
    assert placeholder_owner("*.example.com.") == "_zonemesh.*.example.com."
    assert withheld_owners("_zonemesh.*.example.com.") == ["*.example.com."]
    assert withheld_owners("www.example.com.") == []


def test_a_name_that_the_source_does_not_have_is_nothing():
    translation = Source(rrset(WWW, "A", "192.0.2.1")).translate("gone.example.com")
    assert (translation.rrsets, translation.report, translation.refused) == ((), (), False)


def test_records_below_a_delegation_are_carried_as_they_are():
    source = Source(
        rrset("sub.example.com", "NS", "ns.sub.example.com."),
        rrset("ns.sub.example.com", "A", "192.0.2.53"),
        rrset("x.sub.example.com", "TXT", '"hidden"'),
        alias("y.sub.example.com", "x.sub.example.com", "TXT"),
    )
    for owner in source.owners:
        assert source.translate(owner.removesuffix(".")).report == ()
    assert source.served("y.sub.example.com") == ['300 TXT "hidden"']


# The apex

SOA = rrset("example.com", "SOA", "ns-1.awsdns-00.org. admin.example.com. 1 7200 900 1209600 86400")
NS = rrset("example.com", "NS", "ns-1.awsdns-00.org.", ttl=172800)


def test_the_apex_soa_is_not_translated_with_the_others():
    source = Source(SOA, NS)
    assert source.served("example.com") == ["172800 NS ns-1.awsdns-00.org."]


@pytest.mark.parametrize(
    ("choice", "served"),
    [
        ("union", ["172800 NS ns-1.awsdns-00.org.", "172800 NS ns.example.net."]),
        ("replace", ["172800 NS ns.example.net."]),
    ],
)
def test_the_apex_ns_are_the_policy_s(choice, served):
    source = Source(SOA, NS, apex_ns=choice, name_servers=["ns.example.net"])
    assert source.served("example.com") == served


def test_the_soa_has_our_timers_and_no_serial_yet():
    line = translate_soa([NS, SOA], apex=APEX, policy=Policy())
    assert line == (
        "example.com. 300 IN SOA ns-1.awsdns-00.org. admin.example.com. 0 900 300 2419200 86400"
    )
    kept = translate_soa([SOA], apex=APEX, policy=Policy(soa="source"))
    assert kept.endswith(" 0 7200 900 1209600 86400")


def test_a_serial_of_one_was_counted_by_nobody():
    assert counted_serial([SOA], apex=APEX) is None
    counted = rrset("example.com", "SOA", "ns.example.net. admin.example.com. 7 1 2 3 4")
    assert counted_serial([counted], apex=APEX) == 7


@pytest.mark.parametrize(
    "rrsets", [[], [NS], [rrset(WWW, "SOA", "a. b. 1 2 3 4 5")], [rrset("example.com", "SOA", "x")]]
)
def test_without_a_readable_soa_it_is_no_zone(rrsets):
    with pytest.raises(SourceError, match=r"^example\.com\.: "):
        translate_soa(rrsets, apex=APEX, policy=Policy())


# The report


def everything():
    return [
        weighted(WWW, "b", 10, "192.0.2.2"),
        weighted(WWW, "a", 10, "192.0.2.1", HealthCheckId="hc-1"),
        elb(WWW, "AAAA"),
        rrset(WWW, "CNAME", "x.example.net"),
        rrset(WWW, "TXT", '"x"', HealthCheckId="hc-2"),
        alias(WWW, WWW, "MX"),
        rrset(WWW, "SRV", "broken"),
    ]


def test_the_report_is_in_the_order_of_types_and_set_identifiers_whatever_the_source_s():
    expected = Source(*everything()).translate(WWW)
    assert [(line.rdtype, line.set_identifier, line.kind) for line in expected.report] == [
        ("A", "a", "weighted"),
        ("A", "b", "weighted"),
        ("CNAME", "", "conflict"),
        ("MX", "", "loop"),
        ("TXT", "", "health"),
        ("AAAA", "", "alias"),
        ("SRV", "", "unreadable"),
    ]
    rrsets = everything()
    for seed in range(20):
        random.Random(seed).shuffle(rrsets)
        assert Source(*rrsets).translate(WWW) == expected


def test_a_line_holds_what_route53_holds():
    (line,) = [each for each in Source(*everything()).translate(WWW).report if each.kind == "loop"]
    assert json.loads(line.source) == {
        "AliasTarget": {"HostedZoneId": "Z0EXAMPLE", "DNSName": WWW, "EvaluateTargetHealth": False}
    }
    assert (line.owner, line.rdtype, line.rdtype_number) == (f"{WWW}.", "MX", 15)


def test_the_report_s_entries_give_the_lines_back():
    lines = list(Source(*everything()).translate(WWW).report)
    entries = [line.entry() for line in lines]
    assert [entry.key for entry in entries] == [line.key for line in lines]
    assert len({entry.key for entry in entries}) == len(entries)
    assert report_codec("".join(entry.text for entry in entries)) == entries
    assert report_lines(entries) == lines


def test_the_summary_counts_lines_by_kind():
    lines = Source(*everything()).translate(WWW).report
    assert summary(lines) == {
        "weighted": 2, "conflict": 1, "loop": 1, "health": 1, "alias": 1, "unreadable": 1
    }  # fmt: skip
    assert all(
        isinstance(kind, str) for kind in summary(report_lines(each.entry() for each in lines))
    )


def test_only_a_policy_s_refusal_refuses():
    line = Source(cloudfront("example.com")).line("example.com")
    assert isinstance(line, FidelityLine)
    assert not line.refused
    assert Source(elb(WWW), aliases={"external": "refuse"}).line(WWW).refused


# The order of things


def test_components_come_after_what_they_lead_to():
    graph = {1: [2, 3], 2: [4], 3: [4, 1], 4: [5], 5: [4], 6: [6]}
    found = list(components(1, graph.__getitem__, ()))
    assert found == [frozenset({4, 5}), frozenset({2}), frozenset({1, 3})]
    assert list(components(6, graph.__getitem__, ())) == [frozenset({6})]
    assert list(components(1, graph.__getitem__, {1})) == []
    assert list(components(3, graph.__getitem__, {4, 2})) == [frozenset({1, 3})]

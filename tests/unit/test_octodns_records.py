"""Whatever is served: an octoDNS record says the same, or it is told why there is none."""

import re

import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.hub.octodns_world import APEX, rrsets_of
from tests.unit.test_rrsets import OWNER, VALUES
from zonemesh.names import canonical_text
from zonemesh.route53.rrsets import UnreadableRecord, rrset_from_route53
from zonemesh.route53.words import remark_line
from zonemesh.targets.octodns.records import NoForm, RecordKey, octodns_records
from zonemesh.zone import RRset

ONE_VALUE = {"CNAME"}


@st.composite
def served(draw) -> RRset:
    rdtype = draw(st.sampled_from(sorted(VALUES.keys() - {"SOA"})))
    most = 1 if rdtype in ONE_VALUE else 4
    values = draw(st.lists(VALUES[rdtype], min_size=1, max_size=most))
    rrset = {
        "Name": draw(OWNER),
        "Type": rdtype,
        "TTL": draw(st.integers(0, 2**31 - 1)),
        "ResourceRecords": [{"Value": value} for value in values],
    }
    try:
        return rrset_from_route53(rrset)
    except UnreadableRecord:
        return rrsets_of(["www 60 A 192.0.2.1"])[0]


def wires(rdatas) -> set[bytes]:
    """Give the records' bytes with all names lower-cased, by way of a master file's text."""
    return {rdata.to_wire(origin=dns.name.root).lower() for rdata in rdatas}


def joined(rdatas) -> set[bytes]:
    return {b"".join(rdata.strings) for rdata in rdatas}


def read(rdtype, texts):
    return [dns.rdata.from_text(dns.rdataclass.IN, rdtype, text) for text in texts]


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(served())
def test_a_record_says_the_same_or_the_report_says_why_there_is_none(rrset):
    made = octodns_records(APEX, [rrset])
    key = RecordKey(canonical_text(rrset.name), dns.rdatatype.to_text(rrset.rdtype))
    records = list(made.zone.records)
    if made.formless:
        assert made.formless == {key} and not records
        assert "left out: octoDNS" in remark_line(made.remarks[0])
        return
    [record] = records
    rrset_of_octodns = record.to_rrset()
    assert (rrset_of_octodns.name, record._type, record.ttl) == (key.owner, key.rdtype, rrset.ttl)
    there = read(rrset.rdtype, rrset_of_octodns.rdatas)
    if rrset.rdtype in (dns.rdatatype.TXT, dns.rdatatype.SPF):
        assert joined(there) == joined(rrset.rdatas)
    else:
        assert wires(there) == wires(rrset.rdatas)
    assert made.remarks or there_as_it_was(there, rrset)


def there_as_it_was(there, rrset: RRset) -> bool:
    """Tell whether the records are equal as DNS compares them, in their order too for strings."""
    names_aside = {rdata.to_text().lower() for rdata in there}
    return set(there) == set(rrset.rdatas) or names_aside == {
        rdata.to_text().lower() for rdata in rrset.rdatas
    }


@pytest.mark.parametrize(
    "line",
    [
        '@ 300 TXT "v=spf1 ~all"',
        '@ 300 TXT "v=DKIM1; k=rsa; p=MIGf/+=="',
        f'@ 300 TXT "{"a" * 255}" "{"b" * 255}" "c"',
        "_dmarc 300 CNAME _dmarc.example.net.",
        "* 300 A 192.0.2.1",
        "@ 300 MX 0 .",
        '@ 300 CAA 0 issue ";"',
        "@ 2147483647 NS ns.example.net.",
        '@ 300 HTTPS 1 . alpn="h2"',
    ],
)
def test_what_people_have_is_faithful(line):
    made = octodns_records(APEX, rrsets_of([line]))
    assert len(made.zone.records) == 1 and not made.remarks and not made.formless


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('@ 300 TXT "a" "b"', 'strings are joined and cut anew: "ab"'),
        ('@ 300 NAPTR 1 1 "u" "E2U+sip" "!^.*$!sip:a@b!" .', 'another spelling.*"U"'),
    ],
)
def test_what_octodns_alters_is_told(line, why):
    made = octodns_records(APEX, rrsets_of([line]))
    [remark] = made.remarks
    assert len(made.zone.records) == 1
    assert re.search(why, remark_line(remark))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("a\\.b 300 A 192.0.2.1", "escapes in an owner name"),
        ('@ 300 TXT "a \\"b\\""', "no sure notation"),
        ('@ 300 TXT "a\\\\b"', "no sure notation"),
        ('@ 300 TXT "\\195\\164"', "no sure notation"),
        ("@ 300 TYPE65400 \\# 1 00", "no records of this type"),
        ("xn--999999999 300 A 192.0.2.1", "octoDNS refuses it"),
    ],
)
def test_what_has_no_form_is_left_out_and_told(line, why):
    made = octodns_records(APEX, rrsets_of([line]))
    assert not made.zone.records and len(made.formless) == 1
    assert why in remark_line(made.remarks[0])


def test_a_zone_that_octodns_cannot_name_is_refused():
    with pytest.raises(NoForm, match="cannot name"):
        octodns_records("a\\046b.example.com.", [])


def test_the_soa_is_the_providers_own():
    soa = "@ 900 SOA ns.example.net. admin.example.net. 7 900 300 2419200 60"
    made = octodns_records(APEX, rrsets_of([soa, "www 60 A 192.0.2.1"]))
    assert [record.name for record in made.zone.records] == ["www"] and not made.remarks

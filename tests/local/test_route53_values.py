"""Record values of the strict Route 53: the syntax of each type."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from local.route53.names import display, parse_name
from local.route53.values import character_string, value_identity
from tests.local.route53_world import World, create, refused, rrset

ACCEPTED = [
    ("A", "192.0.2.1"),
    ("AAAA", "2001:db8::1"),
    ("AAAA", "::ffff:192.0.2.1"),
    ("CAA", '0 issue "ca.example.net; policy=ev"'),
    ("CNAME", "target.example.net"),
    ("CNAME", "\\052.example.net."),
    ("DS", "60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118"),
    ("HTTPS", '1 . alpn="h2,h3" ipv4hint=192.0.2.1'),
    ("HTTPS", "0 pool.example.net."),
    ("MX", "10 mail.example.com."),
    ("NAPTR", '100 50 "u" "sip+E2U" "!^.*$!sip:info@example.com!" .'),
    ("NS", "ns1.example.net."),
    ("PTR", "host.example.net."),
    ("SPF", '"v=spf1 -all"'),
    ("SRV", "1 10 5269 xmpp.example.com."),
    ("SSHFP", "1 1 123456789ABCDEF67890123456789ABCDEF67890"),
    ("SVCB", "1 svc.example.net. port=8443"),
    ("TLSA", "3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"),
    ("TXT", '"one" "two"'),
    ("TXT", '""'),
    ("TXT", '"a \\"quoted\\" word, a \\\\ backslash; a semicolon (and) @"'),
    ("TXT", '"bytes \\000\\344\\377"'),
    ("TXT", f'"{"x" * 255}"'),
]
REFUSED = [
    ("A", "192.0.2.256", "ARRDATAIllegalIPv4Address"),
    ("A", "192.0.2", "ARRDATAIllegalIPv4Address"),
    ("A", "2001:db8::1", "ARRDATAIllegalIPv4Address"),
    ("AAAA", "192.0.2.1", "AAAARRDATAIllegalIPv6Address"),
    ("AAAA", "fe80::1%eth0", "AAAARRDATAIllegalIPv6Address"),
    ("CAA", "0 issue ca.example.net", "CAARRDATAMalformed"),
    ("CAA", '256 issue "ca.example.net"', "CAARRDATAMalformed"),
    ("CNAME", "two names.example.net", "UnsupportedCharacter"),
    ("CNAME", "a..example.net", "DomainLabelEmpty"),
    ("DS", "60485 5 1 XYZ", "DSRRDATAMalformed"),
    ("HTTPS", "1 . nonsense=", "HTTPSRRDATAMalformed"),
    ("MX", "mail.example.com", "MXRRDATANotTwoFields"),
    ("MX", "65536 mail.example.com", "MXRRDATAMalformed"),
    ("MX", "\\# 4 0a000001", "MXRRDATANotTwoFields"),
    ("NAPTR", "100 50 u sip+E2U x .", "NAPTRRRDATAMalformed"),
    ("SRV", "10 5269 xmpp.example.com", "SRVRRDATANotFourFields"),
    ("SSHFP", "1 1 nothex", "SSHFPRRDATAMalformed"),
    ("SSHFP", "1 1 ( 1234 )", "UnsupportedCharacter"),
    ("SSHFP", "\\# 4 0a000001", "UnsupportedCharacter"),
    ("TLSA", "3 1", "TLSARRDATAMalformed"),
    ("TXT", "unquoted", "InvalidCharacterString"),
    ("TXT", '"open', "InvalidCharacterString"),
    ("TXT", '"\\400"', "InvalidCharacterString"),
    ("TXT", '"é"', "UnsupportedCharacter"),
    ("TXT", f'"{"x" * 256}"', "CharacterStringTooLong"),
]


@pytest.fixture
def world() -> World:
    return World()


@pytest.mark.parametrize(("rdtype", "value"), ACCEPTED)
def test_valid_value_comes_back_as_given(world: World, rdtype: str, value: str) -> None:
    zone_id = world.zone()
    world.change(zone_id, create(rrset("www.example.com", rdtype, value)))
    assert world.listing(zone_id)[-1]["ResourceRecords"] == [{"Value": value}]


@pytest.mark.parametrize(("rdtype", "value", "problem"), REFUSED)
def test_invalid_value_is_refused(world: World, rdtype: str, value: str, problem: str) -> None:
    expected = f"Invalid Resource Record: 'FATAL problem: {problem}"
    with refused("InvalidChangeBatch", expected):
        world.change(world.zone(), create(rrset("www.example.com", rdtype, value)))


@pytest.mark.parametrize(
    ("rdtype", "one", "other"),
    [
        ("A", "192.0.2.1", "192.0.2.1"),
        ("AAAA", "2001:db8::1", "2001:DB8:0::1"),
        ("MX", "10 mail.example.com", "10 MAIL.example.com."),
        ("TXT", '"A"', '"\\101"'),
    ],
)
def test_same_value_twice_is_refused(world: World, rdtype: str, one: str, other: str) -> None:
    with refused("InvalidChangeBatch", "Duplicate Resource Record"):
        world.change(world.zone(), create(rrset("www.example.com", rdtype, one, other)))


def test_texts_that_differ_in_case_or_segments_are_two_values(world: World) -> None:
    zone_id = world.zone()
    world.change(zone_id, create(rrset("www.example.com", "TXT", '"a"', '"A"', '"a" ""')))
    assert len(world.listing(zone_id)[-1]["ResourceRecords"]) == 3


def test_second_cname_value_is_refused(world: World) -> None:
    with refused("InvalidChangeBatch", "more than one ResourceRecord"):
        world.change(world.zone(), create(rrset("w.example.com", "CNAME", "a.test", "b.test")))


@given(st.binary(max_size=255))
def test_any_bytes_survive_as_octal_escapes(octets: bytes) -> None:
    quoted = "".join(f"\\{byte:03o}" for byte in octets)
    assert character_string(quoted) == octets
    assert value_identity("TXT", f'"{quoted}"') == (octets,)


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=6))
def test_labels_survive_display_and_parsing(labels: list[bytes]) -> None:
    lowered = tuple(label.lower() for label in labels)
    assert parse_name(display(lowered)) == lowered

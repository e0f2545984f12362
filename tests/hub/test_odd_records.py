"""Values that Route 53 takes and that servers read differently: none may stop a zone."""

from pathlib import Path

import dns.name
import dns.rdata
import dns.rdatatype
import pytest

from hub_container.nsd_control import check_zone
from zonemesh.route53.rrsets import rrset_from_route53
from zonemesh.zone import RRset
from zonemesh.zonefile import served_codec, served_entry

SOA = "example.com. 60 IN SOA ns. host. 1 1 1 1 1\nexample.com. 60 IN NS ns.\n"


@pytest.mark.parametrize(
    ("rdtype", "value"),
    [
        ("CAA", '0 ISSUE "ca.example.net"'),
        ("CAA", '0 averyveryverylongtag "x"'),
        ("CAA", r'128 issue "a\"b;\073c\344"'),
        ("HTTPS", "1 . mandatory=port,alpn alpn=h2 port=1"),
        ("HTTPS", "1 . key8"),
        ("HTTPS", "1 . key9=abc"),
        ("HTTPS", "1 . key7=/x"),
        ("HTTPS", "0 target.example.net"),
        ("SVCB", "1 svc.example.com. key65280=x ipv4hint=192.0.2.1 ipv6hint=2001:db8::1"),
        ("NAPTR", r'100 10 "U" "E2U+sip" "!^.*$!sip:info@example.com!" .'),
        ("TXT", r'"\000\001\177\377" "semi;colon" "back\\slash" ""'),
        ("SPF", '"v=spf1 -all"'),
        ("SSHFP", "4 2 " + "CD" * 32),
        ("TLSA", "3 1 1 " + "AB" * 32),
    ],
)
def test_nsd_reads_what_is_served(rdtype: str, value: str, tmp_path: Path) -> None:
    rrset = {"Name": "x.example.com.", "Type": rdtype, "TTL": 60}
    served = rrset_from_route53({**rrset, "ResourceRecords": [{"Value": value}]})
    file = tmp_path / "zone"
    file.write_text(SOA + served.lines())
    check_zone("example.com.", file)


@pytest.mark.parametrize(
    ("rdtype", "value"),
    [
        ("TYPE65280", r"\# 3 010203"),
        ("TYPE65280", r"\# 0"),
        ("RESINFO", '"qnamemin" "exterr=15"'),  # younger than some servers
        ("AMTRELAY", "10 0 3 relay.example.net."),
        ("LOC", "52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000m 10m"),
        ("URI", '10 1 "https://example.net/"'),
        ("HINFO", '"a \\"b\\"" ""'),
        ("RP", r"a\.b.example.net. \(.example.net."),
        ("CERT", "1 2 8 YWJj"),
    ],
)
def test_types_that_route_53_has_not_are_read_too(rdtype: str, value: str, tmp_path: Path) -> None:
    kind = dns.rdatatype.from_text(rdtype)
    rdata = dns.rdata.from_text("IN", kind, value)
    rrset = RRset(dns.name.from_text("x.example.com."), kind, 60, frozenset({rdata}))
    assert RRset.from_lines(rrset.lines()) == rrset
    assert served_codec(rrset.lines()) == [served_entry(rrset)]
    file = tmp_path / "zone"
    file.write_text(SOA + rrset.lines())
    check_zone("example.com.", file)

"""A hosted zone as a small company has it: three hundred rrsets of most types, some aliases."""

from collections.abc import Iterator
from typing import Any

APEX = "example.com."


def changes(hosted_zone: str) -> Iterator[list[dict[str, Any]]]:
    """Give Route 53 change batches that fill a hosted zone, by its id, a hundred changes each."""
    rrsets = list(_rrsets(hosted_zone))
    for start in range(0, len(rrsets), 100):
        batch = rrsets[start : start + 100]
        yield [{"Action": "CREATE", "ResourceRecordSet": rrset} for rrset in batch]


def count() -> int:
    """Give the number of rrsets, without the SOA and NS that Route 53 makes itself."""
    return sum(1 for _ in _rrsets(""))


def _rrsets(hosted_zone: str) -> Iterator[dict[str, Any]]:
    yield _rrset("", "A", 300, "192.0.2.10")
    yield _rrset("", "AAAA", 300, "2001:db8::10")
    yield _rrset("", "MX", 3600, "10 mail.example.com.", "20 mail2.example.com.")
    yield _rrset("", "TXT", 3600, '"v=spf1 mx include:_spf.example.net -all"', '"a \\"quoted\\" b"')
    yield _rrset("", "CAA", 3600, '0 issue "ca.example.net"')
    yield _rrset("www", "A", 60, "192.0.2.10")
    yield _rrset("mail", "A", 3600, "192.0.2.25")
    yield _rrset("mail2", "A", 3600, "192.0.2.26")
    yield _rrset("*.apps", "CNAME", 300, "ingress.example.com.")
    yield _rrset("ingress", "A", 60, "192.0.2.80", "192.0.2.81")
    yield _rrset("_sip._tcp", "SRV", 3600, "10 60 5060 sip.example.com.")
    yield _rrset("sip", "A", 3600, "192.0.2.60")
    yield _rrset("_443._tcp.www", "TLSA", 3600, "3 1 1 " + "ab" * 32)
    yield _rrset("svc", "HTTPS", 300, '1 . alpn="h2,h3"')
    yield _rrset("bastion", "SSHFP", 3600, "4 2 " + "cd" * 32)
    yield _rrset("bastion", "A", 300, "192.0.2.22")
    yield _rrset("dev", "NS", 3600, "ns1.dev.example.com.", "ns2.example.net.")
    yield _rrset("ns1.dev", "A", 3600, "192.0.2.53")
    yield _alias("shop", hosted_zone, "www.example.com.")
    yield _alias("api", "Z35SXDOTRQ7X7K", "dualstack.api-1.us-east-1.elb.amazonaws.com.")
    yield _alias("static", "Z2FDTNDATAQYW2", "d111111abcdef8.cloudfront.net.")
    for identifier, weight, address in (("blue", 90, "192.0.2.90"), ("green", 10, "192.0.2.91")):
        member = _rrset("beta", "A", 60, address)
        yield member | {"SetIdentifier": identifier, "Weight": weight}
    for number in range(280):
        third, last = divmod(number, 250)
        yield _rrset(f"host-{number:03d}", "A", 300, f"198.51.{100 + third}.{last + 1}")


def _rrset(owner: str, rdtype: str, ttl: int, *values: str) -> dict[str, Any]:
    return {
        "Name": f"{owner}.{APEX}" if owner else APEX,
        "Type": rdtype,
        "TTL": ttl,
        "ResourceRecords": [{"Value": value} for value in values],
    }


def _alias(owner: str, hosted_zone: str, target: str) -> dict[str, Any]:
    return {
        "Name": f"{owner}.{APEX}",
        "Type": "A",
        "AliasTarget": {
            "HostedZoneId": hosted_zone,
            "DNSName": target,
            "EvaluateTargetHealth": False,
        },
    }

"""A zone with every type, every kind of alias and every routing policy, and what DNS shows of it.

Each case says, by hand and apart from the product, what is on the wire and which kinds the report
names. Owners are relative to the apex; `wire` has a line `owner TTL type rdata` for each record.
"""

from dataclasses import dataclass
from typing import Any

from local.internet import Internet
from local.servers.responder import always
from tests.e2e.records import rrset

APEX = "everything.example."
OTHER = "other.example."  # another hosted zone that aliases point into

ELB = "dualstack.lb-1.us-east-1.elb.amazonaws.com."
CLOUDFRONT = "d111111abcdef8.cloudfront.net."
WEBSITE = "s3-website-us-east-1.amazonaws.com."
GATEWAY = "d-abcdefghij.execute-api.us-east-1.amazonaws.com."
ACCELERATOR = "a1234567890abcdef.awsglobalaccelerator.com."
SILENT = "nobody.us-east-1.elb.amazonaws.com."

ELB_ZONE, CLOUDFRONT_ZONE, WEBSITE_ZONE = "Z35SXDOTRQ7X7K", "Z2FDTNDATAQYW2", "Z3AQBSTGFYJSTF"
GATEWAY_ZONE, ACCELERATOR_ZONE = "Z1UJRXOUMOOFQ8", "Z2BJ6XQ5FK7U4H"

AB, CD = "AB" * 32, "CD" * 32


@dataclass(frozen=True)
class Case:
    """Some rrsets, the records that come of them, and the kinds of their lines in the report."""

    rrsets: tuple[dict[str, Any], ...]
    wire: tuple[str, ...]
    kinds: tuple[str, ...] = ()


def fill_internet(internet: Internet) -> None:
    """Say what the aliases' targets resolve to."""
    internet.table |= {
        (ELB, "A"): always("198.18.1.1", "198.18.1.2"),
        (ELB, "AAAA"): always("2001:db8:1::1"),
        (CLOUDFRONT, "A"): always("198.18.2.1", ttl=10),
        (WEBSITE, "A"): always("198.18.3.1"),
        (GATEWAY, "A"): always("198.18.4.1", ttl=86400),
        (ACCELERATOR, "A"): always("198.18.5.1", "198.18.5.2"),
        (f"www.{OTHER}", "A"): always("198.18.6.1"),
        (f"www.{OTHER}", "MX"): always("10 mail.other.example."),
        (SILENT, "TXT"): always('"no address"'),
    }


def cases(zone: str, other: str, health_check: str, collection: str) -> list[Case]:
    """Give all cases; hosted-zone ids, a health check and a CIDR collection are made before."""
    return [*_plain(), *_semantics(), *_aliases(zone, other), *_routed(zone, collection),
            Case((_set("checked", "A", "192.0.2.80") | {"HealthCheckId": health_check},),
                 ("checked 300 A 192.0.2.80",), ("health",))]  # fmt: skip


def _plain() -> list[Case]:
    def kept(owner: str, rdtype: str, *values: str, wire: tuple[str, ...] = ()) -> Case:
        lines = tuple(f"{owner} 300 {rdtype} {value}" for value in wire or values)
        return Case((_set(owner, rdtype, *values),), lines)

    return [
        kept("a", "A", "192.0.2.1", "192.0.2.2"),
        kept("aaaa", "AAAA", "2001:DB8:0:0::1", wire=("2001:db8::1",)),
        kept("caa", "CAA", '0 issue "ca.example.net; account=1"'),
        kept("cname", "CNAME", "Target.Example.Net", wire=("target.example.net.",)),
        kept("https", "HTTPS", "1 . alpn=h3,h2 port=8443 ipv4hint=192.0.2.1",
             wire=('1 . alpn="h3,h2" port=8443 ipv4hint=192.0.2.1',)),
        kept("mx", "MX", "10 mail.example.net."),
        kept("naptr", "NAPTR", '10 20 "u" "E2U+sip" "!^.*$!sip:a@example.com!" .'),
        kept("ptr", "PTR", "host.example.net."),
        kept("spf", "SPF", '"v=spf1 -all"'),
        kept("_sip._tcp", "SRV", "1 2 5060 sip.example.net."),
        kept("sshfp", "SSHFP", f"4 2 {AB}", wire=(f"4 2 {AB.lower()}",)),
        kept("svcb", "SVCB", "16 foo.example.org. port=53"),
        kept("_443._tcp", "TLSA", f"3 1 1 {CD}", wire=(f"3 1 1 {CD.lower()}",)),
        kept("txt", "TXT", f'"{"x" * 255}" "a \\"b\\" \\\\ ;"', r'"\344\000"',
             wire=(f'"{"x" * 255}" "a \\"b\\" \\\\ ;"', r'"\228\000"')),
        kept(r"dot\056in", "A", "192.0.2.3", wire=()),
        kept("l" * 63, "A", "192.0.2.4"),
    ]  # fmt: skip


def _semantics() -> list[Case]:
    """Delegations, what hides below them, wildcards and empty non-terminals."""
    return [
        Case(
            (
                _set("sub", "NS", f"ns1.sub.{APEX}", "ns.example.net."),
                _set("sub", "DS", f"12345 13 2 {AB}"),
                _set("ns1.sub", "A", "192.0.2.53"),
                _set("hidden.sub", "TXT", '"beneath a delegation"'),
            ),
            (
                f"sub 300 NS ns1.sub.{APEX}",
                "sub 300 NS ns.example.net.",
                f"sub 300 DS 12345 13 2 {AB.lower()}",
                "ns1.sub 300 A 192.0.2.53",
                'hidden.sub 300 TXT "beneath a delegation"',
            ),
        ),
        Case((_set("*.wild", "A", "192.0.2.60"),), ("*.wild 300 A 192.0.2.60",)),
        Case((_set("deep.empty.wild", "A", "192.0.2.61"),), ("deep.empty.wild 300 A 192.0.2.61",)),
        Case(
            (_alias("gone.wild", "A", SILENT, ELB_ZONE),),
            ('_zonemesh.gone.wild 300 TXT "withheld: A (alias)"',),
            ("alias",),
        ),
    ]


def _aliases(zone: str, other: str) -> list[Case]:
    cdn = [_alias("cdn", rdtype, CLOUDFRONT, CLOUDFRONT_ZONE) for rdtype in ("A", "AAAA", "HTTPS")]
    beside = [_alias("beside", "A", CLOUDFRONT, CLOUDFRONT_ZONE), _set("beside", "TXT", '"here"')]
    return [
        Case((_set("end", "A", "192.0.2.10", ttl=77),), ("end 77 A 192.0.2.10",)),
        Case((_alias("third", "A", f"end.{APEX}", zone),), ("third 77 A 192.0.2.10",)),
        Case((_alias("second", "A", f"third.{APEX}", zone),), ("second 77 A 192.0.2.10",)),
        Case((_alias("first", "A", f"second.{APEX}", zone),), ("first 77 A 192.0.2.10",)),
        Case((_alias("", "A", f"end.{APEX}", zone),), (" 77 A 192.0.2.10",)),
        Case((_alias("star", "A", f"\\052.wild.{APEX}", zone),), ("star 300 A 192.0.2.60",)),
        Case((_alias("mail", "MX", f"mx.{APEX}", zone),), ("mail 300 MX 10 mail.example.net.",)),
        Case(tuple(cdn), (f"cdn 300 CNAME {CLOUDFRONT}",), ("alias",) * 3),
        Case(tuple(beside), ("beside 30 A 198.18.2.1", 'beside 300 TXT "here"'), ("alias",)),
        Case(
            (_alias("site", "A", WEBSITE, WEBSITE_ZONE),),
            (f"site 300 CNAME {WEBSITE}",),
            ("alias",),
        ),
        Case(
            tuple(_alias("lb", rdtype, ELB, ELB_ZONE) for rdtype in ("A", "AAAA")),
            ("lb 60 A 198.18.1.1", "lb 60 A 198.18.1.2", "lb 60 AAAA 2001:db8:1::1"),
            ("alias",) * 2,
        ),
        Case((_alias("api", "A", GATEWAY, GATEWAY_ZONE),), ("api 3600 A 198.18.4.1",), ("alias",)),
        Case(
            (_alias("any", "A", ACCELERATOR, ACCELERATOR_ZONE),),
            ("any 60 A 198.18.5.1", "any 60 A 198.18.5.2"),
            ("alias",),
        ),
        Case((_alias("far", "A", f"www.{OTHER}", other),), ("far 60 A 198.18.6.1",), ("alias",)),
        Case(
            (_alias("far", "MX", f"www.{OTHER}", other),),
            ("far 60 MX 10 mail.other.example.",),
            ("alias",),
        ),
    ]


def _routed(zone: str, collection: str) -> list[Case]:
    def members(owner: str, kind: str, served: str, *ways: dict[str, Any]) -> Case:
        """A set whose members have the addresses .1, .2, …; `served` are those on the wire."""
        rrsets = tuple(
            _set(owner, "A", f"203.0.113.{number}") | {"SetIdentifier": f"m{number}", **way}
            for number, way in enumerate(ways, start=1)
        )
        wire = tuple(f"{owner} 300 A 203.0.113.{number}" for number in served)
        return Case(rrsets, wire, (kind,) * len(rrsets))

    def weights(owner: str, served: str, *each: int) -> Case:
        return members(owner, "weighted", served, *({"Weight": weight} for weight in each))

    def within(location: str) -> dict[str, Any]:
        return {"CidrRoutingConfig": {"CollectionId": collection, "LocationName": location}}

    def near(**place: Any) -> dict[str, Any]:
        return {"GeoProximityLocation": place}

    return [
        weights("near", "12", 10, 40),
        weights("far-apart", "2", 10, 41),
        weights("zeros", "12", 0, 0),
        weights("zero", "1", 10, 0),
        Case(
            tuple(
                _set("txt-set", "TXT", f'"{weight}"')
                | {"SetIdentifier": f"m{weight}", "Weight": weight}
                for weight in (10, 20)
            ),
            ('txt-set 300 TXT "20"',),
            ("weighted",) * 2,
        ),
        Case(
            (
                _alias("mixed", "A", ELB, ELB_ZONE, SetIdentifier="lb", Weight=1),
                _alias("mixed", "A", f"end.{APEX}", zone, SetIdentifier="own", Weight=1),
            ),
            ("mixed 60 A 198.18.1.1", "mixed 60 A 198.18.1.2", "mixed 60 A 192.0.2.10"),
            ("weighted",) * 2,
        ),
        members("multi", "multivalue", "123", *({"MultiValueAnswer": True},) * 3),
        members("fail", "failover", "1", {"Failover": "PRIMARY"}, {"Failover": "SECONDARY"}),
        members("slow", "latency", "1", {"Region": "us-east-1"}, {"Region": "eu-west-1"}),
        members(
            "geo", "geolocation", "4",
            {"GeoLocation": {"ContinentCode": "EU"}}, {"GeoLocation": {"CountryCode": "DE"}},
            {"GeoLocation": {"CountryCode": "US", "SubdivisionCode": "CA"}},
            {"GeoLocation": {"CountryCode": "*"}},
        ),
        members("geo-bare", "geolocation", "1",
                {"GeoLocation": {"ContinentCode": "EU"}}, {"GeoLocation": {"ContinentCode": "AS"}}),
        members("prox", "geoproximity", "1", near(AWSRegion="us-east-1", Bias=5),
                near(Coordinates={"Latitude": "49.22", "Longitude": "-74.01"})),
        members("by-ip", "cidr", "2", within("office"), within("*")),
    ]  # fmt: skip


def _owner(owner: str) -> str:
    return f"{owner}.{APEX}" if owner else APEX


def _set(owner: str, rdtype: str, *values: str, ttl: int = 300) -> dict[str, Any]:
    return rrset(_owner(owner), rdtype, *values, ttl=ttl)


def _alias(owner: str, rdtype: str, target: str, zone: str, **more: Any) -> dict[str, Any]:
    return {
        "Name": _owner(owner),
        "Type": rdtype,
        "AliasTarget": {"HostedZoneId": zone, "DNSName": target, "EvaluateTargetHealth": False},
        **more,
    }

"""A zone with every record type, every kind of alias and every routing policy Route 53 has.

    created = create_zone(client, "example.com")
    created.rrsets  # what is in it, but for the apex SOA and NS

The rrsets come in an order in which they can be made one by one: targets before their aliases.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

Rrset = dict[str, Any]
BATCH = 50

# Services as aliases name them: (hosted zone id, name). API reference, AliasTarget.
CLOUDFRONT = ("Z2FDTNDATAQYW2", "d111111abcdef8.cloudfront.net.")
EDGE_GATEWAY = ("Z2FDTNDATAQYW2", "d222222abcdef8.cloudfront.net.")
ACCELERATOR = ("Z2BJ6XQ5FK7U4H", "a1234567890abcdef.awsglobalaccelerator.com.")
BALANCER = ("Z35SXDOTRQ7X7K", "dualstack.lb-1.us-east-1.elb.amazonaws.com.")
WEBSITE = ("Z3AQBSTGFYJSTF", "s3-website-us-east-1.amazonaws.com.")
GATEWAY = ("ZLY8HYME6SFDD", "d-abcdefghij.execute-api.eu-west-1.amazonaws.com.")
BEANSTALK = ("Z2NYPWQ7DFZAZH", "env.eu-west-1.elasticbeanstalk.com.")
ENDPOINT = ("Z38GZ743OKFT7T", "vpce-1-a.execute-api.eu-west-1.vpce.amazonaws.com.")
SERVICES = {
    "accelerator": ACCELERATOR,
    "balancer": BALANCER,
    "beanstalk": BEANSTALK,
    "cdn": CLOUDFRONT,
    "edge-api": EDGE_GATEWAY,
    "endpoint": ENDPOINT,
    "regional-api": GATEWAY,
    "website": WEBSITE,
}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What an account has beside the zone: a health check, a CIDR collection, another zone.

    The collection has a location `office`, the other zone an A at its apex.
    """

    health_check: str = "0d2c7b1e-0000-4000-8000-000000000001"
    cidr_collection: str = "0d2c7b1e-0000-4000-8000-000000000002"
    other_zone_id: str = "ZOTHERZONE"
    other_apex: str = "example.net."


@dataclass(frozen=True, slots=True)
class Created:
    """A hosted zone that has everything."""

    hosted_zone_id: str
    surroundings: Surroundings
    rrsets: list[Rrset]


def create_zone(client: Any, apex: str) -> Created:
    """Make the zone and its surroundings through a boto3 client of Route 53."""
    other = _hosted_zone(client, "example.net.", f"other of {apex}")
    _create(client, other, [_plain("example.net.", "A", "192.0.2.200")])
    surroundings = Surroundings(_health_check(client), _collection(client), other)
    hosted_zone_id = _hosted_zone(client, apex, f"everything of {apex}")
    rrsets = everything(apex, hosted_zone_id, surroundings)
    _create(client, hosted_zone_id, rrsets)
    return Created(hosted_zone_id, surroundings, rrsets)


def _hosted_zone(client: Any, apex: str, reference: str) -> str:
    created = client.create_hosted_zone(Name=apex, CallerReference=reference)
    return str(created["HostedZone"]["Id"]).rpartition("/")[2]


def _health_check(client: Any) -> str:
    config = {"Type": "HTTP", "IPAddress": "192.0.2.1", "Port": 80, "ResourcePath": "/"}
    created = client.create_health_check(CallerReference="one", HealthCheckConfig=config)
    return str(created["HealthCheck"]["Id"])


def _collection(client: Any) -> str:
    created = client.create_cidr_collection(Name="offices", CallerReference="one")
    collection_id = str(created["Collection"]["Id"])
    office = {"LocationName": "office", "Action": "PUT", "CidrList": ["203.0.113.0/24"]}
    client.change_cidr_collection(Id=collection_id, Changes=[office])
    return collection_id


def _create(client: Any, hosted_zone_id: str, rrsets: list[Rrset]) -> None:
    for start in range(0, len(rrsets), BATCH):
        changes = [
            {"Action": "CREATE", "ResourceRecordSet": rrset}
            for rrset in rrsets[start : start + BATCH]
        ]
        client.change_resource_record_sets(
            HostedZoneId=hosted_zone_id, ChangeBatch={"Changes": changes}
        )


def everything(
    apex: str, hosted_zone_id: str, surroundings: Surroundings | None = None
) -> list[Rrset]:
    """Give the rrsets, but for the apex SOA and NS, which a hosted zone has from its start."""
    zone = _Zone(apex.rstrip(".") + ".", hosted_zone_id, surroundings or Surroundings())
    parts = (plain, odd_names, delegations, wildcards, routed, inside_aliases, outside_aliases)
    return [rrset for part in parts for rrset in part(zone)]


def loop(apex: str, hosted_zone_id: str) -> Rrset:
    """Give an rrset that, put by UPSERT into the zone, closes its chain of aliases to a loop.

    Route 53 takes it then, but never in one batch with the chain: an alias needs its target first.
    """
    return _Zone(apex.rstrip(".") + ".", hosted_zone_id, Surroundings()).inside(
        "chain-1", "A", "chain-3"
    )


def traffic_policy_record(apex: str) -> Rrset:
    """Give a record as Route 53 lists those that an instance of a traffic policy makes."""
    instance = "0d2c7b1e-0000-4000-8000-000000000003"
    return {"Name": f"policy.{apex}", "Type": "A", "TrafficPolicyInstanceId": instance}


@dataclass(frozen=True, slots=True)
class _Zone:
    apex: str
    hosted_zone_id: str
    surroundings: Surroundings

    def name(self, owner: str) -> str:
        return f"{owner}.{self.apex}" if owner else self.apex

    def plain(self, owner: str, rdtype: str, *values: str, ttl: int = 300, **more: Any) -> Rrset:
        return _plain(self.name(owner), rdtype, *values, ttl=ttl, **more)

    def alias(self, owner: str, rdtype: str, target: tuple[str, str], **more: Any) -> Rrset:
        aliased = {
            "HostedZoneId": target[0],
            "DNSName": target[1],
            "EvaluateTargetHealth": False,
        }
        return {"Name": self.name(owner), "Type": rdtype, "AliasTarget": aliased, **more}

    def inside(self, owner: str, rdtype: str, target: str, **more: Any) -> Rrset:
        return self.alias(owner, rdtype, (self.hosted_zone_id, self.name(target)), **more)


def _plain(name: str, rdtype: str, *values: str, ttl: int = 300, **more: Any) -> Rrset:
    records = [{"Value": value} for value in values]
    return {"Name": name, "Type": rdtype, "TTL": ttl, "ResourceRecords": records, **more}


def plain(zone: _Zone) -> Iterator[Rrset]:
    """Every type, simple."""
    yield zone.plain("www", "A", "192.0.2.10", "192.0.2.11")
    yield zone.plain("www", "AAAA", "2001:db8::10")
    yield zone.plain("", "MX", "10 mail", "20 mail.example.net.", ttl=3600)
    yield zone.plain("", "TXT", '"v=spf1 -all"', '"a \\"quoted\\"; back\\\\slash" "\\303\\266"')
    yield zone.plain("", "SPF", '"v=spf1 -all"')
    yield zone.plain("", "CAA", '0 issue "ca.example.net"', '128 iodef "mailto:a@example.net"')
    yield zone.plain("long", "TXT", " ".join(['"' + "x" * 255 + '"'] * 15))
    yield zone.plain("ftp", "CNAME", "www.example.org")
    yield zone.plain("10", "PTR", "host.example.net.")
    yield zone.plain("_sip._tcp", "SRV", "10 60 5060 sip.example.net.", "0 0 0 .")
    yield zone.plain("sip", "NAPTR", '100 50 "u" "E2U+sip" "!^.*$!sip:info@example.net!i" .')
    yield zone.plain("svc", "HTTPS", '1 . alpn="h2,h3" ipv4hint=192.0.2.1', "2 b.example.net.")
    yield zone.plain("_dns", "SVCB", '1 dns.example.net. alpn="h2" key7="/q{?dns}"')
    yield zone.plain("_443._tcp.www", "TLSA", "3 1 1 " + "ab" * 32)
    yield zone.plain("bastion", "SSHFP", "4 2 " + "cd" * 32, "1 1 " + "ef" * 20)


def odd_names(zone: _Zone) -> Iterator[Rrset]:
    """Names that need escapes, and names as long as there are."""
    yield zone.plain(r"dot\056inside", "A", "192.0.2.20")
    yield zone.plain(r"back\134slash", "A", "192.0.2.21")
    yield zone.plain(r"sp\040ace\100\042", "A", "192.0.2.22")
    yield zone.plain(r"\303\274ber", "A", "192.0.2.23")
    yield zone.plain("xn--ber-goa", "A", "192.0.2.24")
    yield zone.plain("UPPER", "CNAME", "Target.EXAMPLE.org.")
    yield zone.plain("l" * 63, "A", "192.0.2.25")
    yield zone.plain("mid.*.star", "A", "192.0.2.26")
    yield zone.plain("a.b.c.d.e", "A", "192.0.2.27")  # four empty non-terminals


def delegations(zone: _Zone) -> Iterator[Rrset]:
    """A delegation with glue and a DS, and what it hides."""
    sub = zone.name("sub")
    yield zone.plain("sub", "NS", f"ns.{sub}", "ns.example.net.", ttl=86_400)
    yield zone.plain("sub", "DS", "12345 13 2 " + "ab" * 32)
    yield zone.plain("ns.sub", "A", "192.0.2.53")
    yield zone.plain("hidden.sub", "A", "192.0.2.54")
    yield zone.plain("*.sub", "TXT", '"hidden too"')


def wildcards(zone: _Zone) -> Iterator[Rrset]:
    """Wildcards, exact names beneath them, and one that cannot be served."""
    yield zone.plain("*", "TXT", '"anything"')
    yield zone.plain("*.wild", "A", "192.0.2.30")
    yield zone.plain("exact.wild", "TXT", '"no address here"')
    yield zone.plain("withheld.wild", "DS", "12345 13 6 " + "ab" * 32)  # no server reads digest 6


def routed(zone: _Zone) -> Iterator[Rrset]:
    """Every routing policy, of addresses and of other types, with and without health checks."""
    yield from _members(zone, "even", "A", [{"Weight": 10}, {"Weight": 40}, {"Weight": 0}])
    yield from _members(zone, "uneven", "A", [{"Weight": 10}, {"Weight": 41}])
    yield from _members(zone, "zero", "AAAA", [{"Weight": 0}, {"Weight": 0}])
    yield from _members(zone, "pool", "CNAME", [{"Weight": 200}, {"Weight": 100}])
    yield from _members(zone, "notes", "TXT", [{"Weight": 1}, {"Weight": 1}])
    many = [{"MultiValueAnswer": True, **_checked(zone)} for _ in range(9)]
    yield from _members(zone, "many", "A", many)
    primary = {"Failover": "PRIMARY", **_checked(zone)}
    yield from _members(zone, "site", "A", [primary, {"Failover": "SECONDARY"}])
    regions = [{"Region": region} for region in ("eu-west-1", "us-east-1", "ap-south-1")]
    yield from _members(zone, "near", "A", regions)
    yield from _members(zone, "near", "AAAA", regions)
    yield from _members(zone, "geo", "A", [{"GeoLocation": place} for place in PLACES])
    yield from _members(zone, "no-default", "A", [{"GeoLocation": place} for place in PLACES[:2]])
    points = [{"GeoProximityLocation": point} for point in POINTS]
    yield from _members(zone, "close", "A", points)
    yield from _members(
        zone, "ours", "A", [{"CidrRoutingConfig": cidr} for cidr in _locations(zone)]
    )


PLACES = (
    {"ContinentCode": "EU"},
    {"CountryCode": "US", "SubdivisionCode": "CA"},
    {"CountryCode": "US"},
    {"CountryCode": "*"},
)
POINTS = (
    {"AWSRegion": "eu-west-1", "Bias": 20},
    {"LocalZoneGroup": "us-west-2-den-1"},
    {"Coordinates": {"Latitude": "49.22", "Longitude": "-74.01"}},
)


def _locations(zone: _Zone) -> list[dict[str, str]]:
    collection = zone.surroundings.cidr_collection
    return [{"CollectionId": collection, "LocationName": name} for name in ("office", "*")]


def _checked(zone: _Zone) -> dict[str, str]:
    return {"HealthCheckId": zone.surroundings.health_check}


def _members(
    zone: _Zone, owner: str, rdtype: str, policies: Iterable[dict[str, Any]]
) -> Iterator[Rrset]:
    values = {
        "A": "198.51.100.{}",
        "AAAA": "2001:db8:1::{}",
        "CNAME": "member-{}.example.org.",
        "TXT": '"member {}"',
    }
    for number, policy in enumerate(policies, 1):
        is_weighted = "Weight" in policy  # whose TTLs Route 53 wants equal
        yield zone.plain(
            owner,
            rdtype,
            values[rdtype].format(number),
            ttl=60 if is_weighted else 60 * number,
            SetIdentifier=f"member {number}",
            **policy,
        )


def inside_aliases(zone: _Zone) -> Iterator[Rrset]:
    """Aliases to the zone's own records: chains, wildcards, routed sets, the apex, any type."""
    yield zone.inside("", "A", "www")
    yield zone.inside("", "AAAA", "www")
    yield zone.inside("chain-1", "A", "www")
    yield zone.inside("chain-2", "A", "chain-1")
    yield zone.inside("chain-3", "A", "chain-2")
    yield zone.inside("chain-3", "AAAA", "www")
    yield zone.inside("to-wildcard", "A", "*.wild")
    yield zone.inside("*.from-wildcard", "A", "www")
    yield zone.inside("to-apex", "A", "")
    yield zone.inside("to-apex", "MX", "")
    yield zone.inside("to-text", "TXT", "long")
    yield zone.inside("to-cname", "CNAME", "ftp")
    yield zone.inside("to-https", "HTTPS", "svc")
    yield zone.inside("to-weighted", "A", "even")
    yield zone.inside("to-geo", "A", "geo")
    yield zone.inside("to-hidden", "A", "hidden.sub")
    yield zone.inside("mixed", "A", "www", SetIdentifier="inside", Weight=100)
    yield zone.inside("mixed", "A", "chain-3", SetIdentifier="chain", Weight=100)
    primary = zone.inside("standby", "A", "even", SetIdentifier="p", Failover="PRIMARY")
    primary["AliasTarget"]["EvaluateTargetHealth"] = True
    yield primary
    yield zone.inside("standby", "A", "www", SetIdentifier="s", Failover="SECONDARY")


def outside_aliases(zone: _Zone) -> Iterator[Rrset]:
    """Aliases to each service, to another hosted zone, and routed ones."""
    for owner, service in SERVICES.items():
        yield zone.alias(owner, "A", service)
    for owner in ("cdn", "accelerator", "balancer"):
        yield zone.alias(owner, "AAAA", SERVICES[owner])
    yield zone.alias("cdn", "HTTPS", CLOUDFRONT)
    yield zone.alias("", "HTTPS", CLOUDFRONT)
    yield zone.alias("text-and-cdn", "A", CLOUDFRONT)
    yield zone.plain("text-and-cdn", "TXT", '"so no CNAME can stand here"')
    other = (zone.surroundings.other_zone_id, zone.surroundings.other_apex)
    yield zone.alias("neighbour", "A", other)
    yield zone.alias("two-balancers", "A", BALANCER, SetIdentifier="us", Region="us-east-1")
    second = ("Z32O12XQLNTSW2", "lb-2.eu-west-1.elb.amazonaws.com.")
    yield zone.alias("two-balancers", "A", second, SetIdentifier="eu", Region="eu-west-1")

"""The SOA and the NS records of the apex, which a zone's policy decides with the source."""

from collections.abc import Mapping, Sequence
from typing import Any

import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.ANY.SOA

from zonemesh.errors import InvalidName, SourceError
from zonemesh.names import canonical_text, parse_name
from zonemesh.policy import ApexNameServers, Policy, SoaTimers
from zonemesh.route53.rrsets import UnreadableRecord, owner_of, rrset_from_route53
from zonemesh.zone import RRset

UNCOUNTED = 1  # the serial that Route 53 gives to every zone, and never raises
NS_TTL = 3600  # seconds, where the source has no apex NS to take it from


def translate_soa(rrsets: Sequence[Mapping[str, Any]], *, apex: str, policy: Policy) -> str:
    """Give the SOA's master-file line with serial 0, from the apex rrsets of the source.

    Raises SourceError where the source has no readable SOA: then it is no zone.
    """
    ttl, soa = _soa(rrsets, apex)
    timers = policy.soa
    if not isinstance(timers, SoaTimers):
        timers = SoaTimers(refresh=soa.refresh, retry=soa.retry, expire=soa.expire)
    mname, rname = canonical_text(soa.mname), canonical_text(soa.rname)
    return (
        f"{apex} {ttl} IN SOA {mname} {rname} 0 "
        f"{timers.refresh} {timers.retry} {timers.expire} {soa.minimum}"
    )


def primary_serial(rrsets: Sequence[Mapping[str, Any]], *, apex: str) -> int:
    """Give the serial of the source's SOA; raises as `translate_soa` does."""
    return _soa(rrsets, apex)[1].serial


def counted_serial(rrsets: Sequence[Mapping[str, Any]], *, apex: str) -> int | None:
    """Give the serial of the source's SOA, None where nobody counted with it.

    Raises as `translate_soa` does.
    """
    _, soa = _soa(rrsets, apex)
    return soa.serial if soa.serial != UNCOUNTED else None


def _soa(rrsets: Sequence[Mapping[str, Any]], apex: str) -> tuple[int, dns.rdtypes.ANY.SOA.SOA]:
    """Find the SOA among the apex rrsets; gives its TTL with it."""
    for rrset in rrsets:
        if rrset["Type"] == "SOA" and owner_of(rrset) == apex:
            break
    else:
        raise SourceError(f"{apex}: the source has no SOA at the apex")
    try:
        source = rrset_from_route53(rrset)
    except (UnreadableRecord, InvalidName) as problem:
        raise SourceError(f"{apex}: the source's SOA cannot be read: {problem}") from problem
    (soa,) = source.rdatas
    assert isinstance(soa, dns.rdtypes.ANY.SOA.SOA)
    return source.ttl, soa


def apex_name_servers(source: RRset | None, *, apex: str, policy: Policy) -> RRset | None:
    """Build the apex NS by policy: resolvers take it over the parent's (RFC 2181 5.4.1)."""
    if policy.apex_ns is ApexNameServers.SOURCE:
        return source
    named = frozenset(
        dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.NS, canonical_text(parse_name(name)))
        for name in policy.name_servers
    )
    if source and policy.apex_ns is ApexNameServers.UNION:
        named |= source.rdatas
    ttl = source.ttl if source else NS_TTL
    return RRset(parse_name(apex), dns.rdatatype.NS, ttl, named)

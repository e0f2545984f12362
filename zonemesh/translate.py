"""From what Route 53 holds to what DNS can serve, one owner name at a time. Pure.

Aliases and routed rrsets have no translation yet: they stay in the source view, and the report has
a line for each.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.rdtypes.ANY.DS
import dns.rdtypes.ANY.SOA

from zonemesh.errors import InvalidName, SourceError
from zonemesh.fidelity import FidelityLine
from zonemesh.names import canonical_text, parse_name
from zonemesh.policy import ApexNameServers, Policy, SoaTimers
from zonemesh.route53.rrsets import (
    UnreadableRecord,
    is_alias,
    is_routed,
    owner_of,
    rrset_from_route53,
)
from zonemesh.zone import RRset

TRANSLATOR = 1  # raise it with every change of what is served for the same source and policy
PLACEHOLDER = b"_zonemesh"
PLACEHOLDER_TTL = 300
UNCOUNTED = 1  # the serial that Route 53 gives to every zone, and never raises
DS_DIGESTS = frozenset({1, 2, 3, 4})  # those that NSD 4.12 reads; 5 and 6 it refuses
BIND_RECORDS = 100  # BIND's default max-records-per-type


@dataclass(frozen=True, slots=True)
class Translation:
    """What is served for one owner name, and what is lost."""

    rrsets: tuple[RRset, ...]
    report: tuple[FidelityLine, ...]


def translate_owner(
    owner: str,
    rrsets: Sequence[Mapping[str, Any]],
    *,
    apex: str,
    policy: Policy,
    in_source: Callable[[str], bool],
) -> Translation:
    """Translate all rrsets of one owner (canonical text); the apex SOA is `translate_soa`'s.

    A name that loses everything keeps a TXT below it, so that it stays an empty non-terminal and no
    wildcard answers for it (RFC 4592 2.2.2). That needs no look at which wildcards there are, so an
    edit stays an edit of its own name only; and NODATA is what the source says to other types.
    `in_source` tells whether the source has an owner name: one below does the same service.
    """
    served: dict[dns.rdatatype.RdataType, RRset] = {}
    report: list[FidelityLine] = []
    for rrset in rrsets:
        if owner == apex and rrset["Type"] == "SOA":
            continue
        try:
            kind, why = _untranslated(rrset)
            if not kind:
                plain, loss = _within_limits(rrset_from_route53(rrset))
                if plain.rdatas:
                    served[plain.rdtype] = plain
                if loss:
                    report.append(_line(owner, rrset, "limit", loss, _served_text(plain)))
                continue
        except UnreadableRecord as problem:
            kind, why = "unreadable", str(problem)
        report.append(_line(owner, rrset, kind, why))
    if owner == apex:
        _apex_name_servers(served, parse_name(apex), policy)
    if report and not served:
        placeholder = _placeholder(owner, report)
        if placeholder and not in_source(canonical_text(placeholder.name)):
            served[placeholder.rdtype] = placeholder
    return Translation(tuple(served.values()), tuple(report))


def _untranslated(rrset: Mapping[str, Any]) -> tuple[str, str]:
    if is_alias(rrset):
        return "alias", "aliases are not translated yet"
    if is_routed(rrset):
        return "routed", "routing policies are not translated yet"
    return "", ""


def _within_limits(rrset: RRset) -> tuple[RRset, str]:
    """Leave out what servers refuse; tell what was, or what some secondaries will refuse."""
    if rrset.rdtype == dns.rdatatype.DS:
        known = frozenset(ds for ds in rrset.rdatas if _digest_type(ds) in DS_DIGESTS)
        if known != rrset.rdatas:
            return replace(rrset, rdatas=known), (
                "a DS digest of a type that NSD does not know would stop the whole zone; "
                "validators pass over digests that they do not know (RFC 4035 5.2)"
            )
    if len(rrset.rdatas) > BIND_RECORDS:
        return rrset, (
            f"{len(rrset.rdatas)} records: BIND from 9.18.28 on refuses a zone with more than "
            f"{BIND_RECORDS} in an rrset, unless its `max-records-per-type` is raised"
        )
    return rrset, ""


def _digest_type(rdata: dns.rdata.Rdata) -> int:
    assert isinstance(rdata, dns.rdtypes.ANY.DS.DS)
    return int(rdata.digest_type)


def _served_text(rrset: RRset) -> str:
    return f"{len(rrset.rdatas)} records"


def _line(
    owner: str, rrset: Mapping[str, Any], kind: str, why: str, served: str = "nothing"
) -> FidelityLine:
    content = {key: value for key, value in rrset.items() if key not in ("Name", "Type")}
    return FidelityLine(
        owner=owner,
        rdtype=rrset["Type"],
        rdtype_number=int(dns.rdatatype.from_text(rrset["Type"])),
        set_identifier=rrset.get("SetIdentifier", ""),
        kind=kind,
        source=json.dumps(content, sort_keys=True, separators=(",", ":")),
        served=served,
        why=why,
        policy="omit",
    )


def placeholder_owner(owner: str) -> str | None:
    """Give the name of the TXT that stands below a withheld name; None where it does not fit."""
    try:
        return canonical_text(dns.name.Name((PLACEHOLDER, *parse_name(owner).labels)))
    except dns.name.NameTooLong:
        return None


def withheld_owner(owner: str) -> str | None:
    """Give the name that a placeholder owner stands below, None for any other owner."""
    name = parse_name(owner)
    return canonical_text(name.parent()) if name.labels[0] == PLACEHOLDER else None


def _placeholder(owner: str, report: Sequence[FidelityLine]) -> RRset | None:
    below = placeholder_owner(owner)
    if below is None:
        return None
    kinds = sorted({f"{line.rdtype} ({line.kind})" for line in report})
    text = dns.rdata.from_text(
        dns.rdataclass.IN, dns.rdatatype.TXT, f'"withheld: {", ".join(kinds)}"'
    )
    return RRset(parse_name(below), dns.rdatatype.TXT, PLACEHOLDER_TTL, frozenset({text}))


def _apex_name_servers(
    served: dict[dns.rdatatype.RdataType, RRset], apex: dns.name.Name, policy: Policy
) -> None:
    """Build the apex NS by policy: resolvers take it over the parent's (RFC 2181 5.4.1)."""
    if policy.apex_ns is ApexNameServers.SOURCE:
        return
    named = frozenset(
        dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.NS, canonical_text(parse_name(name)))
        for name in policy.name_servers
    )
    source = served.get(dns.rdatatype.NS)
    ttl = source.ttl if source else 3600
    if source and policy.apex_ns is ApexNameServers.UNION:
        named |= source.rdatas
    served[dns.rdatatype.NS] = RRset(apex, dns.rdatatype.NS, ttl, named)


def translate_soa(rrsets: Sequence[Mapping[str, Any]], *, apex: str, policy: Policy) -> str:
    """Give the SOA's master-file line with serial 0, from the apex rrsets of the source.

    Raises SourceError where the source has no readable SOA: then it is no zone.
    """
    ttl, soa = _soa(rrsets, apex)
    timers = policy.soa
    if not isinstance(timers, SoaTimers):
        timers = SoaTimers(refresh=soa.refresh, retry=soa.retry, expire=soa.expire)
    return (
        f"{apex} {ttl} IN SOA {soa.mname} {soa.rname} 0 "
        f"{timers.refresh} {timers.retry} {timers.expire} {soa.minimum}"
    )


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

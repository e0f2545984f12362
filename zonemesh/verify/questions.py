"""What is asked of everybody: a zone's own names and types, and what it must not answer. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

import dns.name
import dns.rdatatype

from zonemesh.names import canonical_text, parse_name
from zonemesh.verify.answers import DS, NS, RRSIG, SOA, Kind, ServedZone

NSEC3 = int(dns.rdatatype.NSEC3)
# RRSIGs come with what they cover; an NSEC3's owner is no name of the zone (RFC 5155 7.2.8).
_NOT_ASKED = frozenset({RRSIG, NSEC3})
_COMMON = tuple(int(dns.rdatatype.from_text(word)) for word in ("A", "TXT", "AAAA", "MX"))
PROBE = "zonemesh-verify"
ABSENT_MOST = 20  # names that are asked for a type they do not have, and below for one not there


@dataclass(frozen=True, slots=True, order=True)
class Query:
    """A name (canonical text) and a type's number; `about` says what it looks for."""

    name: str
    rdtype: int
    about: str = "record"

    def __str__(self) -> str:
        return f"{self.name} {dns.rdatatype.to_text(dns.rdatatype.RdataType(self.rdtype))}"


def queries(zone: ServedZone, sample: int | None = None, seed: int = 0) -> list[Query]:
    """Give the questions to ask of a zone, each once.

    With `sample` only so many of the names, the apex among them, the same for the same `seed`; of
    wildcards, delegations and empty names so many each.
    """
    found: dict[tuple[str, int], Query] = {}
    for query in _all(zone, [*zone.owners()], sample, seed):
        found.setdefault((query.name, query.rdtype), query)
    return [*found.values()]


Owner = tuple[str, tuple[int, ...]]


def _sampled(owners: list[Owner], sample: int | None, seed: int) -> list[Owner]:
    if sample is None or sample >= len(owners):
        return owners
    return sorted(Random(seed).sample(owners, sample))


def _all(zone: ServedZone, every: list[Owner], sample: int | None, seed: int) -> Iterator[Query]:
    yield Query(zone.apex, SOA)
    for owner, types in [*every[:1], *_sampled(every, sample, seed)]:  # the apex comes first
        yield from _of_owner(zone, owner, types)
    for owner, types in _sampled([each for each in every if _is_wildcard(each[0])], sample, seed):
        yield from _of_wildcard(owner, types)
    for owner, _ in _sampled([each for each in every if zone.is_cut(each[0])], sample, seed):
        yield Query(owner, NS, "delegation")
        yield from _below(owner, "delegation")
    empty: list[Owner] = [(owner, ()) for owner in zone.empty_names()]
    for owner, _ in _sampled(empty, sample, seed):
        yield Query(owner, int(dns.rdatatype.TXT), "empty name")
    yield from _absent(zone, _sampled(every, min(sample or ABSENT_MOST, ABSENT_MOST), seed))


def _of_owner(zone: ServedZone, owner: str, types: tuple[int, ...]) -> Iterator[Query]:
    if zone.is_cut(owner):
        yield Query(owner, NS, "delegation")
        yield Query(owner, DS, "delegation")
        return
    for rdtype in types:
        if rdtype not in _NOT_ASKED:
            yield Query(owner, rdtype)


def _of_wildcard(owner: str, types: tuple[int, ...]) -> Iterator[Query]:
    for query in _below(owner.removeprefix("*."), "wildcard"):
        for rdtype in types:
            if rdtype not in _NOT_ASKED:
                yield Query(query.name, rdtype, "wildcard")


def _absent(zone: ServedZone, some: list[Owner]) -> Iterator[Query]:
    """Ask for names and types that are not there; where something answers, nothing is asked."""
    candidates = [*_below(zone.apex, "no such name")]
    for owner, types in some:
        candidates += _below(owner, "no such name")
        absent = next((rdtype for rdtype in _COMMON if rdtype not in types), None)
        if absent is not None:
            candidates.append(Query(owner, absent, "no such type"))
    for query in candidates:
        kind = zone.expect(query.name, query.rdtype).kind
        if kind in (Kind.NXDOMAIN, Kind.NODATA):
            yield query


def _below(owner: str, about: str) -> Iterator[Query]:
    """Ask for an address of a name that nobody would make, where there is room for one."""
    try:
        name = dns.name.Name((PROBE.encode(), *parse_name(owner).labels))
    except dns.name.NameTooLong:
        return
    yield Query(canonical_text(name), int(dns.rdatatype.A), about)


def _is_wildcard(owner: str) -> bool:
    return owner.startswith("*.")

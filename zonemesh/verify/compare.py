"""An answer beside what a zone has for the question: what is other, in words. Pure."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.rcode
import dns.rdata
import dns.rdatatype
import dns.rdtypes.ANY.SOA
import dns.rdtypes.svcbbase
import dns.rrset

from zonemesh.targets.ignore import Ignored
from zonemesh.verify.answers import NS, SOA, Expected, Kind
from zonemesh.verify.questions import Query
from zonemesh.zone import RRset

_PLAIN = (dns.rcode.NOERROR, dns.rcode.NXDOMAIN)
_NOTHING = Ignored()
SHOWN = 3  # records that a difference shows of each side


@dataclass(frozen=True, slots=True)
class Terms:
    """How like the snapshot a server is meant to be.

    `whole_soa`: the SOA is the snapshot's, serial and all; else what `soa` names of it must agree
    (nothing of it, where that is empty). `apex_ns`: the NS records at the apex are the snapshot's.
    `other` are the names (canonical text) that this server answers in its own way, `ignore` the
    rrsets that are another tool's there, `holds` the types that it can have (None: all).
    `names`: a name without records of its own is told from one that is not there; where types may
    be missing, so may names. `absent`: what the snapshot does not have is not there.
    """

    whole_soa: bool = True
    soa: tuple[str, ...] = ()
    apex_ns: bool = True
    other: frozenset[str] = field(default=frozenset(), repr=False, hash=False)
    ignore: Ignored = _NOTHING
    holds: frozenset[int] | None = None
    names: bool = True
    absent: bool = True

    def leaves_out(self, apex: str, query: Query, expected: Expected) -> bool:
        """Tell whether a question says nothing about this server."""
        if query.name == apex and query.rdtype == SOA:
            return not (self.whole_soa or self.soa)
        if query.name == apex and query.rdtype == NS:
            return not self.apex_ns
        if expected.rrset is None and not self.absent:
            return True
        # A record of another tool may be at any name, and make a name of those above it.
        word = dns.rdatatype.to_text(dns.rdatatype.RdataType(query.rdtype))
        if any(self.ignore.match(name, word) for name in (query.name, expected.owner)):
            return True
        lacks = self.holds is not None and query.rdtype not in self.holds
        return lacks or expected.owner in self.other


STRICT = Terms()


@dataclass(frozen=True, slots=True)
class Difference:
    """One answer that is not what it is to be, both in words."""

    query: Query
    wanted: str
    got: str


def compare(
    query: Query, expected: Expected, answer: dns.message.Message, terms: Terms = STRICT
) -> Difference | None:
    """Give how an authoritative server's answer differs; None where it is what it should be."""
    if answer.rcode() not in _PLAIN:
        return _difference(query, expected, dns.rcode.to_text(answer.rcode()))
    if expected.kind is Kind.REFERRAL:
        return _compare_referral(query, expected, answer)
    if not answer.flags & dns.flags.AA:
        return _difference(query, expected, f"{_told(query, answer)}, not authoritative")
    if expected.rrset is None:
        return _compare_nothing(query, expected, answer, terms)
    rrset = expected.rrset
    got = _in(answer.answer, rrset)
    if got is None:
        return _difference(query, expected, _told(query, answer))
    if query.rdtype == SOA and expected.kind is Kind.ANSWER and not terms.whole_soa:
        return _compare_soa(query, expected, got, terms.soa)
    if not _same(rrset, got):
        return _difference(query, expected, _shown(_unlike(got, rrset), got.ttl, got.rdtype))
    return _compare_signatures(query, expected, answer)


def _compare_nothing(
    query: Query, expected: Expected, answer: dns.message.Message, terms: Terms
) -> Difference | None:
    wanted = dns.rcode.NXDOMAIN if expected.kind is Kind.NXDOMAIN else dns.rcode.NOERROR
    if answer.answer or (terms.names and answer.rcode() != wanted):
        return _difference(query, expected, _told(query, answer))
    return None


def _compare_referral(
    query: Query, expected: Expected, answer: dns.message.Message
) -> Difference | None:
    """Compare NS and glue (RFC 9471); a server that has the child as well answers from that."""
    if answer.flags & dns.flags.AA:
        return (
            None
            if _is_child(expected, answer)
            else _difference(query, expected, _told(query, answer))
        )
    assert expected.rrset is not None
    got = _in(answer.authority, expected.rrset)
    if got is None:
        return _difference(query, expected, _told(query, answer))
    if not _same(expected.rrset, got):
        return _difference(
            query, expected, _shown(_unlike(got, expected.rrset), got.ttl, got.rdtype)
        )
    for glue in expected.glue:
        there = _in(answer.additional, glue)
        if there is None or not _same(glue, there):
            records = _shown(there, there.ttl, there.rdtype) if there else "none"
            return Difference(query, f"glue {glue.name} {_of(glue)}", f"glue {glue.name} {records}")
    return None


def _is_child(expected: Expected, answer: dns.message.Message) -> bool:
    """Tell whether an answer is out of the zone that is delegated; its SOA tells, where one is."""
    assert expected.rrset is not None
    zones = [each.name for each in answer.authority if each.rdtype == dns.rdatatype.SOA]
    return all(name.is_subdomain(expected.rrset.name) for name in zones)


def _compare_soa(
    query: Query, expected: Expected, got: dns.rrset.RRset, fields: Iterable[str]
) -> Difference | None:
    assert expected.rrset is not None
    (mine,) = expected.rrset.rdatas
    theirs = got[0]
    for name in fields:
        if getattr(mine, name) != getattr(theirs, name):
            return Difference(
                query, f"{name} {getattr(mine, name)}", f"{name} {getattr(theirs, name)}"
            )
    return None


def _compare_signatures(
    query: Query, expected: Expected, answer: dns.message.Message
) -> Difference | None:
    if not expected.signatures or expected.rrset is None:
        return None
    name, rdtype = expected.rrset.name, expected.rrset.rdtype
    there = {
        rdata
        for each in answer.answer
        if each.rdtype == dns.rdatatype.RRSIG and each.name == name
        for rdata in each
        if rdata.covers() == rdtype
    }
    if there == expected.signatures:
        return None
    return Difference(query, _signed(expected.signatures), _signed(there))


def _signed(signatures: Iterable[dns.rdata.Rdata]) -> str:
    texts = sorted(rdata.to_text() for rdata in signatures)
    return f"RRSIG {' | '.join(texts)}" if texts else "no RRSIG"


def _in(section: Iterable[dns.rrset.RRset], wanted: RRset) -> dns.rrset.RRset | None:
    for rrset in section:
        if rrset.rdtype == wanted.rdtype and rrset.name == wanted.name:
            return rrset
    return None


def _same(wanted: RRset, got: dns.rrset.RRset) -> bool:
    return wanted.ttl == got.ttl and {*map(_form, wanted.rdatas)} == {*map(_form, got)}


def _form(rdata: dns.rdata.Rdata) -> bytes:
    """Give rdata in the canonical form (RFC 4034 6.2), the names of SVCB lower-cased as well.

    Servers write those as they like (NSD lower-cases them); to resolvers it is one.
    """
    if isinstance(rdata, dns.rdtypes.svcbbase.SVCBBase):
        rdata = rdata.replace(target=rdata.target.canonicalize())
    return rdata.to_digestable()


def _unlike(got: dns.rrset.RRset, wanted: RRset) -> list[dns.rdata.Rdata]:
    """Give the records to show of an rrset that is other: those that are, else all of them."""
    mine = {*map(_form, wanted.rdatas)}
    return [rdata for rdata in got if _form(rdata) not in mine] or [*got]


def _difference(query: Query, expected: Expected, got: str) -> Difference:
    return Difference(query, _wanted(expected), got)


def _wanted(expected: Expected) -> str:
    if expected.rrset is not None:
        referral = "referral to " if expected.kind is Kind.REFERRAL else ""
        return f"{referral}{_of(expected.rrset)}"
    return "NXDOMAIN" if expected.kind is Kind.NXDOMAIN else "no such records"


def _of(rrset: RRset) -> str:
    return _shown(rrset.rdatas, rrset.ttl, rrset.rdtype)


def _told(query: Query, answer: dns.message.Message) -> str:
    """Say what an answer holds."""
    if answer.rcode() == dns.rcode.NXDOMAIN and not answer.answer:
        return "NXDOMAIN"
    if answer.answer:
        return ", ".join(_rrsets(answer.answer))
    servers = [each for each in answer.authority if each.rdtype == dns.rdatatype.NS]
    if servers and not answer.flags & dns.flags.AA:
        return f"referral to {', '.join(_rrsets(servers))}"
    return "no such records"


def _rrsets(rrsets: Iterable[dns.rrset.RRset]) -> Iterator[str]:
    return (_shown(rrset, rrset.ttl, rrset.rdtype) for rrset in rrsets)


def _shown(rdatas: Iterable[dns.rdata.Rdata], ttl: int, rdtype: dns.rdatatype.RdataType) -> str:
    texts = sorted(rdata.to_text() for rdata in rdatas)
    more = f" and {len(texts) - SHOWN} more" if len(texts) > SHOWN else ""
    return f"{ttl} {dns.rdatatype.to_text(rdtype)} {' | '.join(texts[:SHOWN])}{more}"

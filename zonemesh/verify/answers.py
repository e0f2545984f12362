"""What an authoritative server answers from a zone (RFC 1034 4.3.2, RFC 4592, RFC 6672). Pure."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype

from zonemesh.names import order_of, parse_name, text_of
from zonemesh.tree import Entry
from zonemesh.zone import RRset

NS, SOA, CNAME, DNAME, DS = (
    int(dns.rdatatype.from_text(word)) for word in ("NS", "SOA", "CNAME", "DNAME", "DS")
)
NSEC, RRSIG, DNSKEY = (int(dns.rdatatype.from_text(word)) for word in ("NSEC", "RRSIG", "DNSKEY"))
_ADDRESSES = (int(dns.rdatatype.A), int(dns.rdatatype.AAAA))
_AT_CUT = frozenset({DS, NSEC})  # RFC 4035 3.1.4.1: the parent answers for these at a zone cut

Types = Mapping[int, str]


class Kind(StrEnum):
    """What an answer is."""

    ANSWER = "answer"
    CNAME = "cname"
    DNAME = "dname"
    REFERRAL = "referral"
    NODATA = "nodata"
    NXDOMAIN = "nxdomain"


@dataclass(frozen=True, slots=True)
class Expected:
    """What a zone has for a question.

    `rrset` is what answers, under the name that was asked for (a wildcard's too); of a referral it
    is the NS rrset of the cut, with `glue` for the servers below it. `signatures` are the RRSIGs
    that cover it. `owner` is the name in the zone (canonical text) that it comes from.
    """

    kind: Kind
    owner: str
    rrset: RRset | None = None
    signatures: frozenset[dns.rdata.Rdata] = frozenset()
    glue: tuple[RRset, ...] = ()


class ServedZone:
    """A zone's records by name. Texts, parsed when they are asked for: there may be a million."""

    def __init__(self, apex: str, entries: Iterable[Entry]) -> None:
        self.apex = apex
        self._apex = order_of(apex)
        self._names: dict[bytes, dict[int, str]] = {}
        for entry in entries:
            types = self._names.setdefault(entry.key.order, {})
            types[entry.key.rdtype] = types.get(entry.key.rdtype, "") + entry.text
        self._empty = {
            above
            for order in self._names
            for above in self._above(order)
            if above not in self._names
        }

    def __len__(self) -> int:
        return len(self._names)

    @property
    def signed(self) -> bool:
        """Whether the zone brings its signatures along."""
        return DNSKEY in self._names.get(self._apex, {})

    def owners(self) -> Iterator[tuple[str, tuple[int, ...]]]:
        """Give the owner names, each with its types, in canonical order; occluded ones left out."""
        for order in sorted(self._names):
            if not any(self._hides(above) for above in self._above(order)):
                yield text_of(order), tuple(sorted(self._names[order]))

    def empty_names(self) -> list[str]:
        """Give the empty non-terminals (RFC 4592 2.2.2) that no zone cut hides."""
        return [text_of(order) for order in sorted(self._empty) if not self._hidden(order)]

    def is_cut(self, owner: str) -> bool:
        """Tell whether a name is delegated."""
        order = order_of(owner)
        return order != self._apex and NS in self._names.get(order, {})

    def rrset(self, owner: str, rdtype: int) -> RRset | None:
        """Give an rrset as it stands in the zone."""
        return self._rrset(order_of(owner), rdtype, parse_name(owner))

    def expect(self, name: str, rdtype: int) -> Expected:
        """Give what is to be answered for a name (canonical text) in the zone."""
        order, asked = order_of(name), parse_name(name)
        for place in (*reversed([*self._above(order)]), order):
            types = self._names.get(place, {})
            if place == self._apex:
                continue
            if NS in types and not (place == order and rdtype in _AT_CUT):
                return self._referral(place)
        for place in reversed([*self._above(order)]):
            if DNAME in self._names.get(place, {}):
                return self._found(Kind.DNAME, place, DNAME, parse_name(text_of(place)))
        if order in self._names or order in self._empty:
            return self._at(order, rdtype, asked)
        encloser = next(above for above in self._above(order) if self._exists(above))
        wildcard = encloser + b"*\0"
        if self._exists(wildcard):
            return self._at(wildcard, rdtype, asked)
        return Expected(Kind.NXDOMAIN, name)

    def _exists(self, order: bytes) -> bool:
        return order in self._names or order in self._empty

    def _above(self, order: bytes) -> Iterator[bytes]:
        """Give the names above one, the nearest first, up to the apex."""
        while order != self._apex and order.startswith(self._apex):
            head, _, _ = order[:-1].rpartition(b"\0")
            order = head + b"\0" if head else b""
            yield order

    def _hides(self, order: bytes) -> bool:
        types = self._names.get(order, {})
        return (order != self._apex and NS in types) or DNAME in types

    def _hidden(self, order: bytes) -> bool:
        return any(self._hides(place) for place in (order, *self._above(order)))

    def _at(self, order: bytes, rdtype: int, asked: dns.name.Name) -> Expected:
        types = self._names.get(order, {})
        if rdtype in types:
            return self._found(Kind.ANSWER, order, rdtype, asked)
        if CNAME in types:
            return self._found(Kind.CNAME, order, CNAME, asked)
        return Expected(Kind.NODATA, text_of(order))

    def _found(self, kind: Kind, order: bytes, rdtype: int, asked: dns.name.Name) -> Expected:
        rrset = self._rrset(order, rdtype, asked)
        return Expected(kind, text_of(order), rrset, self._signatures(order, rdtype))

    def _referral(self, order: bytes) -> Expected:
        servers = self._rrset(order, NS, parse_name(text_of(order)))
        assert servers is not None
        below = sorted(rdata.to_text() for rdata in servers.rdatas)
        found = (
            self._rrset(place, rdtype, parse_name(text_of(place)))
            for place in map(order_of, below)
            if place.startswith(order)
            for rdtype in _ADDRESSES
        )
        glue = tuple(filter(None, found))
        return Expected(Kind.REFERRAL, text_of(order), servers, glue=glue)

    def _rrset(self, order: bytes, rdtype: int, name: dns.name.Name) -> RRset | None:
        text = self._names.get(order, {}).get(rdtype)
        if text is None:
            return None
        rrset = RRset.from_lines(text)
        return RRset(name, rrset.rdtype, rrset.ttl, rrset.rdatas)

    def _signatures(self, order: bytes, rdtype: int) -> frozenset[dns.rdata.Rdata]:
        text = self._names.get(order, {}).get(RRSIG, "")
        read = (
            dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.RRSIG, line.split(" ", 4)[4])
            for line in text.splitlines()
        )
        return frozenset(each for each in read if each.covers() == rdtype)

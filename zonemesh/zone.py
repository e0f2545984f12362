"""Zones and rrsets in dnspython's types, and the difference between two zones."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple, Self

import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype

from zonemesh.names import canonical_text, order_of, parse_name


class RRsetKey(NamedTuple):
    """What names one rrset; keys sort in canonical DNS order (RFC 4034 6.1), then by type.

    `order` is `names.order_of` the owner; `set_identifier` is empty but for Route 53's routed
    rrsets.
    """

    order: bytes
    rdtype: int
    set_identifier: str = ""


@dataclass(frozen=True, slots=True)
class RRset:
    """The records of one owner name and type, without order or duplicates."""

    name: dns.name.Name
    rdtype: dns.rdatatype.RdataType
    ttl: int
    rdatas: frozenset[dns.rdata.Rdata]

    @property
    def key(self) -> RRsetKey:
        return RRsetKey(order_of(canonical_text(self.name)), int(self.rdtype))

    def lines(self) -> str:
        """Give master-file text: absolute owner, TTL, class and type, one record a line."""
        owner = canonical_text(self.name)
        head = f"{owner} {self.ttl} IN {_type_text(self.rdtype)} "
        return "".join(f"{head}{text}\n" for text in sorted(map(_rdata_text, self.rdatas)))

    @classmethod
    def from_lines(cls, text: str) -> Self:
        """Read back what `lines` wrote; all records must share owner, TTL and type."""
        owner, ttl, _, type_text, _ = text.split("\n", 1)[0].split(" ", 4)
        rdtype = dns.rdatatype.from_text(type_text)
        return cls(
            parse_name(owner),
            rdtype,
            int(ttl),
            frozenset(
                dns.rdata.from_text(dns.rdataclass.IN, rdtype, line.split(" ", 4)[4])
                for line in text.splitlines()
            ),
        )


def _types(texts: str) -> frozenset[dns.rdatatype.RdataType]:
    return frozenset(map(dns.rdatatype.from_text, texts.split()))


# Types whose text NSD, BIND and Knot read as dnspython writes it; those of the first kind have
# names in it, and numbers, and character-strings in quotation marks.
_NAMING = _types("CNAME DNAME MX NAPTR NS PTR SRV")
_READABLE = _NAMING | _types("A AAAA DS SPF SSHFP TLSA TXT")
# Servers read less of these types' own text than Route 53 writes: CAA tags in capitals (NSD before
# 4.10), SVCB keys without a name or in another order. Bytes they all read.
_KNOWN_BY_NAME = _READABLE | _types("CAA HTTPS SVCB")
_STRING_OR_ODD = re.compile(r'"(?:[^"\\]|\\.)*"|\\[0-9]{3}|\\(.)|([^0-9A-Za-z_*/.\s-])')


def _type_text(rdtype: dns.rdatatype.RdataType) -> str:
    """Give a type's mnemonic, or the `TYPE` form (RFC 3597 5) where a server may not know it."""
    return dns.rdatatype.to_text(rdtype) if rdtype in _KNOWN_BY_NAME else f"TYPE{int(rdtype)}"


def _rdata_text(rdata: dns.rdata.Rdata) -> str:
    """Give rdata as text, in the form of RFC 3597 5 where the type's own is not safe."""
    if rdata.rdtype not in _READABLE:
        wire = rdata.to_wire() or b""
        return f"\\# {len(wire)} {wire.hex()}"
    text = rdata.to_text()
    return _STRING_OR_ODD.sub(_by_number, text) if rdata.rdtype in _NAMING else text


def _by_number(found: re.Match[str]) -> str:
    """Write a character of a name as `canonical_text` does, and leave strings alone."""
    odd = found[1] or found[2]
    return f"\\{ord(odd):03d}" if odd else found[0]


@dataclass(frozen=True, slots=True)
class ZoneDiff:
    """The rrsets that differ between two zones, in canonical order."""

    removed: tuple[RRset, ...]
    added: tuple[RRset, ...]

    def __bool__(self) -> bool:
        return bool(self.removed or self.added)


class Zone:
    """An apex and its rrsets, in canonical order."""

    def __init__(self, apex: dns.name.Name, rrsets: Iterable[RRset] = ()) -> None:
        self.apex = apex
        self._rrsets = {rrset.key: rrset for rrset in rrsets}

    def __iter__(self) -> Iterator[RRset]:
        return (self._rrsets[key] for key in sorted(self._rrsets))

    def __len__(self) -> int:
        return len(self._rrsets)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Zone):
            return NotImplemented
        return self.apex == other.apex and self._rrsets == other._rrsets

    __hash__ = None  # type: ignore[assignment]

    def diff(self, newer: "Zone") -> ZoneDiff:
        """Give what leads from this zone to `newer`; a changed rrset is in both halves."""
        mine, theirs = set(self), set(newer)
        return ZoneDiff(
            tuple(sorted(mine - theirs, key=lambda rrset: rrset.key)),
            tuple(sorted(theirs - mine, key=lambda rrset: rrset.key)),
        )

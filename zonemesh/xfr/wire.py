"""DNS messages walked record by record (RFC 1035 4), without an object for each.

A transfer of a million records is read in seconds so: only the names are taken apart, as they may
be compressed, and rdata stays bytes.
"""

import struct
from dataclasses import dataclass
from typing import NamedTuple

import dns.rdataclass
import dns.rdatatype

from zonemesh.errors import TransferFailed

HEADER = struct.Struct("!HHHHHH")
_FIXED = struct.Struct("!HHIH")  # RFC 1035 4.1.3: type, class, TTL, length
_TTL_MOST = 0x7FFFFFFF
_AFTER_QNAME = 4  # bytes: QTYPE and QCLASS
_POINTER = 0xC0
_POINTERS_MOST = 128  # a name has no more labels (RFC 1035 2.3.4)

SOA, RRSIG, TSIG = (
    int(dns.rdatatype.SOA),
    int(dns.rdatatype.RRSIG),
    int(dns.rdatatype.TSIG),
)
_IN = int(dns.rdataclass.IN)

# Types whose rdata may hold compressed names (RFC 3597 4): bytes before the first name, names.
_NAMES_IN = {
    int(dns.rdatatype.from_text(mnemonic)): (before, names)
    for mnemonic, before, names in (
        ("NS", 0, 1),
        ("MD", 0, 1),
        ("MF", 0, 1),
        ("CNAME", 0, 1),
        ("SOA", 0, 2),
        ("MB", 0, 1),
        ("MG", 0, 1),
        ("MR", 0, 1),
        ("PTR", 0, 1),
        ("MINFO", 0, 2),
        ("MX", 2, 1),
        ("RP", 0, 2),
        ("AFSDB", 2, 1),
        ("RT", 2, 1),
        ("SIG", 18, 1),
        ("PX", 2, 2),
        ("NXT", 0, 1),
        ("SRV", 6, 1),
    )
}
_NAPTR = int(dns.rdatatype.NAPTR)
_NAPTR_STRINGS, _NAPTR_FIXED = 3, 4  # RFC 3403 4.1: order, preference; flags, services, regexp


class Record(NamedTuple):
    """One resource record of class IN.

    `order` is `names.order_of` the owner, `ttl` in seconds, `rdata` wire format without
    compression.
    """

    order: bytes
    rdtype: int
    ttl: int
    rdata: bytes


@dataclass(frozen=True, slots=True)
class Signed:
    """Where the TSIG record of a message starts and where its rdata does."""

    start: int
    rdata: int
    length: int
    owner: bytes


class Message:
    """A message as it came: its header, its answers, and its TSIG where it has one.

    Raises TransferFailed for what is no DNS message.
    """

    def __init__(self, wire: bytes) -> None:
        if len(wire) < HEADER.size:
            raise TransferFailed(f"a message of {len(wire)} bytes, which is less than a header")
        self.wire = wire
        self.id, self.flags, questions, answers, authority, extra = HEADER.unpack_from(wire)
        self._known: dict[int, bytes] = {}
        self._orders: dict[bytes, bytes] = {}
        at = HEADER.size
        for _ in range(questions):
            at = self._name(at)[1] + _AFTER_QNAME
        self.answers: list[Record] = []
        at = self._read_answers(at, answers)
        self.tsig = self._find_tsig(at, authority + extra)

    @property
    def rcode(self) -> int:
        """The response code (RFC 1035 4.1.1)."""
        return int(self.flags) & 0xF

    def _read_answers(self, at: int, count: int) -> int:
        wire, orders, found = self.wire, self._orders, self.answers
        for _ in range(count):
            owner, rdtype, rdclass, ttl, start, at = self._header(at)
            if rdclass != _IN:
                raise TransferFailed(f"a record of class {rdclass}; only IN (1) is known")
            if rdtype in _NAMES_IN or rdtype == _NAPTR:
                rdata = self._with_names(rdtype, start, at)
            else:
                rdata = wire[start:at]
            order = orders.get(owner)
            if order is None:
                order = orders[owner] = order_of_wire(owner)
            # RFC 2181 8: a TTL with its highest bit set counts as zero.
            found.append(Record(order, rdtype, ttl if ttl <= _TTL_MOST else 0, rdata))
        return at

    def _find_tsig(self, at: int, count: int) -> Signed | None:
        """Find the TSIG, which is the last record (RFC 8945 5.1)."""
        found = None
        for _ in range(count):
            begin = at
            owner, rdtype, _, _, start, at = self._header(at)
            found = Signed(begin, start, at - start, owner) if rdtype == TSIG else None
        return found

    def _header(self, at: int) -> tuple[bytes, int, int, int, int, int]:
        owner, at = self._name(at)
        start = at + _FIXED.size
        if start > len(self.wire):
            raise TransferFailed("a record that ends before its rdata")
        rdtype, rdclass, ttl, length = _FIXED.unpack_from(self.wire, at)
        if start + length > len(self.wire):
            raise TransferFailed("a record that is longer than its message")
        return owner, rdtype, rdclass, ttl, start, start + length

    def _with_names(self, rdtype: int, start: int, end: int) -> bytes:
        """Give rdata with its names uncompressed."""
        if rdtype == _NAPTR:
            before, names = _NAPTR_FIXED, 1
            for _ in range(_NAPTR_STRINGS):
                if start + before >= end:
                    return self.wire[start:end]
                before += 1 + self.wire[start + before]
        else:
            before, names = _NAMES_IN[rdtype]
        at = start + before
        if at >= end:  # no rdata of this type: it is for others to say so
            return self.wire[start:end]
        parts = [self.wire[start:at]]
        for _ in range(names):
            name, at = self._name(at)
            parts.append(name)
        if at > end:
            raise TransferFailed("a name that is longer than its rdata")
        return b"".join([*parts, self.wire[at:end]])

    def _name(self, at: int, depth: int = 0) -> tuple[bytes, int]:
        """Read a name: its uncompressed wire form, and where what follows it starts."""
        wire, begin, size = self.wire, at, len(self.wire)
        while at < size:
            length = wire[at]
            if length == 0:
                name = wire[begin : at + 1]
                self._known[begin] = name
                return name, at + 1
            if length >= _POINTER:
                return self._pointed(begin, at, depth)
            if length > 63:
                break
            at += 1 + length
        raise TransferFailed(f"a name at {begin} that is no name (RFC 1035 4.1.4)")

    def _pointed(self, begin: int, at: int, depth: int) -> tuple[bytes, int]:
        if at + 1 >= len(self.wire):
            raise TransferFailed("a name that ends within a pointer")
        to = (self.wire[at] & 0x3F) << 8 | self.wire[at + 1]
        if to >= begin:  # RFC 1035 4.1.4: to a prior occurrence, so that there is an end
            raise TransferFailed("a compressed name that points forward")
        rest = self._known.get(to)
        if rest is None:
            if depth > _POINTERS_MOST:
                raise TransferFailed("a compressed name of too many pointers")
            rest, _ = self._name(to, depth + 1)
        name = self.wire[begin:at] + rest
        if len(name) > 255:
            raise TransferFailed("a name of more than 255 bytes")
        self._known[begin] = name
        return name, at + 2


def labels(name: bytes) -> list[bytes]:
    """Give the labels of a name in uncompressed wire form, without the root's."""
    found, at = [], 0
    while length := name[at]:
        found.append(name[at + 1 : at + 1 + length])
        at += 1 + length
    return found


def order_of_wire(name: bytes) -> bytes:
    """Give `names.order_of` a name in uncompressed wire form, whatever its case."""
    order = b""
    for label in reversed(labels(name.lower())):  # lengths are below the letters
        if b"\0" in label or b"\1" in label:
            label = label.replace(b"\1", b"\1\2").replace(b"\0", b"\1\1")
        order += label + b"\0"
    return order


def soa_serial(rdata: bytes) -> int:
    """Read the serial of an SOA's uncompressed rdata; raises TransferFailed."""
    if len(rdata) < 22:
        raise TransferFailed("an SOA that is too short")
    return int.from_bytes(rdata[-20:-16])

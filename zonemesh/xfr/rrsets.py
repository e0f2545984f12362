r"""Records of a transfer → the rrsets of a source view, in Route 53's shape and its escapes.

`{"Name": "www.example.com.", "Type": "A", "TTL": 300, "ResourceRecords": [{"Value": …}]}`: Name
lower-cased, escapes octal; Type a mnemonic or `TYPE65280`; values as `xfr.presentation` writes
them. The signatures of a name are an rrset for each type that they cover, which is their
SetIdentifier: they have TTLs and lives of their own (RFC 4034 3).
"""

import json
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import groupby
from typing import Any

import dns.rdatatype

from zonemesh.names import parse_name, route53_text, text_of
from zonemesh.ports import SourceRRset
from zonemesh.route53.rrsets import key_of
from zonemesh.tree import Entry
from zonemesh.xfr.presentation import rdata_of, value_text
from zonemesh.xfr.wire import RRSIG, Record
from zonemesh.zone import RRsetKey

_PLAIN = re.compile(rb"[a-z0-9_\0-]+")
_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


class Spool:
    """The records of a transfer, kept small until all are there: some 100 bytes each.

    Each is its sort key, in bytes: owner, type, what a signature covers, TTL, rdata.
    """

    def __init__(self, apex: str) -> None:
        self.apex = apex
        self._records: list[bytes] = []

    def __len__(self) -> int:
        return len(self._records)

    def add(self, record: Record) -> None:
        """Take a record in."""
        order, rdtype, ttl, rdata = record
        covered = rdata[:2] if rdtype == RRSIG else b""
        # A zero byte ends each label, so that one more ends the name before all that are below it.
        self._records.append(
            b"%b\0%b%b%b%b" % (order, rdtype.to_bytes(2), covered, ttl.to_bytes(4), rdata)
        )

    def entries(self) -> Iterator[Entry]:
        """Give the source view's entries in order; a record that came twice counts once."""
        for (order, rdtype, _), group in groupby(self._sorted(), key=_rrset_of):
            yield rrset_entry(order, rdtype, [(ttl, rdata) for *_, ttl, rdata in group])

    def rrsets(self) -> Iterator[SourceRRset]:
        """Give the rrsets in canonical order."""
        return (json.loads(entry.text) for entry in self.entries())

    def _sorted(self) -> Iterator[tuple[bytes, int, bytes, int, bytes]]:
        self._records.sort()
        before = b""
        for packed in self._records:
            if packed == before:
                continue
            before = packed
            at = packed.index(b"\0\0") + 1 if packed[0] else 0
            rdtype = int.from_bytes(packed[at + 1 : at + 3])
            ttl = at + 5 if rdtype == RRSIG else at + 3
            yield (
                packed[:at],
                rdtype,
                packed[at + 3 : ttl],
                int.from_bytes(packed[ttl : ttl + 4]),
                packed[ttl + 4 :],
            )


def _rrset_of(unpacked: tuple[bytes, int, bytes, int, bytes]) -> tuple[bytes, int, bytes]:
    return unpacked[:3]


def rrset_entry(order: bytes, rdtype: int, records: Iterable[tuple[int, bytes]]) -> Entry:
    """Give the entry of an rrset, of which each record is TTL and rdata.

    Where TTLs differ, which they should not, the lowest counts (RFC 2181 5.2), as for most servers.
    """
    ttls, rdatas = zip(*records, strict=True)
    identifier = _type_text(int.from_bytes(rdatas[0][:2])) if rdtype == RRSIG else ""
    rrset: dict[str, Any] = {
        "Name": _name_text(order),
        "ResourceRecords": [{"Value": value} for value in _values(rdtype, rdatas)],
        "TTL": min(ttls),
        "Type": _type_text(rdtype),
    }
    if identifier:
        rrset["SetIdentifier"] = identifier
    return Entry(RRsetKey(order, rdtype, identifier), _encode(rrset) + "\n")


def _values(rdtype: int, rdatas: tuple[bytes, ...]) -> list[str]:
    if len(rdatas) == 1:
        return [value_text(rdtype, rdatas[0])]
    return [value_text(rdtype, rdata) for rdata in sorted(set(rdatas))]


def records_of(rrset: SourceRRset) -> list[Record]:
    """Give the records of an rrset that `rrset_entry` wrote; raises ValueError for any other."""
    key = key_of(rrset)
    values = [record["Value"] for record in rrset["ResourceRecords"]]
    return [
        Record(key.order, key.rdtype, int(rrset["TTL"]), rdata_of(key.rdtype, value))
        for value in values
    ]


@lru_cache(64)
def _type_text(rdtype: int) -> str:
    return dns.rdatatype.to_text(dns.rdatatype.RdataType.make(rdtype))


@lru_cache(1024)
def _name_text(order: bytes) -> str:
    """Give an owner name as Route 53 writes it."""
    if _PLAIN.fullmatch(order):
        return ".".join(reversed(order.decode("ascii").split("\0")[:-1])) + "."
    return route53_text(parse_name(text_of(order)))

r"""Records of a transfer → the rrsets of a source view, in Route 53's shape and its escapes.

`{"Name": "www.example.com.", "Type": "A", "TTL": 300, "ResourceRecords": [{"Value": …}]}`: Name
lower-cased, escapes octal; Type a mnemonic or `TYPE65280`; values as `xfr.presentation` writes
them. The signatures of a name are an rrset for each type that they cover, which is their
SetIdentifier: they have TTLs and lives of their own (RFC 4034 3). Where TTLs within an rrset
differ, which they should not, the lowest counts (RFC 2181 5.2), and a record of another one has it
beside its value.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import groupby
from typing import Any

import dns.rdatatype

from zonemesh.names import parse_name, route53_text, text_of
from zonemesh.ports import SourceRRset
from zonemesh.tree import Entry
from zonemesh.xfr.presentation import value_text
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
            records = [(ttl, rdata) for *_, ttl, rdata in group]
            key = RRsetKey(order, rdtype, _covered(rdtype, records[0][1]))
            ttls = {value_text(rdtype, rdata): ttl for ttl, rdata in reversed(records)}
            yield Entry(key, rrset_text(key, ttls))

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


def key_of_record(record: Record) -> RRsetKey:
    """Give the key of the rrset that a record belongs to."""
    return RRsetKey(record.order, record.rdtype, _covered(record.rdtype, record.rdata))


def ttls_of(rrset: SourceRRset) -> dict[str, int]:
    """Give the TTL of each value of an rrset that `rrset_text` wrote."""
    return {each["Value"]: each.get("TTL", rrset["TTL"]) for each in rrset["ResourceRecords"]}


def _covered(rdtype: int, rdata: bytes) -> str:
    return _type_text(int.from_bytes(rdata[:2])) if rdtype == RRSIG else ""


def rrset_text(key: RRsetKey, ttls: Mapping[str, int]) -> str:
    """Give an rrset as the source view's line of JSON; `ttls` has the TTL of each value."""
    ttl = min(ttls.values())
    rrset: dict[str, Any] = {
        "Name": _name_text(key.order),
        "ResourceRecords": [
            {"Value": value} if ttls[value] == ttl else {"TTL": ttls[value], "Value": value}
            for value in sorted(ttls)
        ],
        "TTL": ttl,
        "Type": _type_text(key.rdtype),
    }
    if key.set_identifier:
        rrset["SetIdentifier"] = key.set_identifier
    return _encode(rrset) + "\n"


@lru_cache(64)
def _type_text(rdtype: int) -> str:
    return dns.rdatatype.to_text(dns.rdatatype.RdataType.make(rdtype))


@lru_cache(1024)
def _name_text(order: bytes) -> str:
    """Give an owner name as Route 53 writes it."""
    if _PLAIN.fullmatch(order):
        return ".".join(reversed(order.decode("ascii").split("\0")[:-1])) + "."
    return route53_text(parse_name(text_of(order)))

"""rrsets of any name and type as Route 53 lists them, beside the records they stand for."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
from hypothesis import strategies as st

from tests.wire.names import Labels, octal, owners, spelled
from tests.wire.values import VALUES

TTLS = st.sampled_from([0, 1, 300, 172_800, 2**31 - 1])
MAX_BATCH = 32_000 // 2  # characters; a CREATE of more than a batch holds cannot be sent
_LISTED = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789-_")
Record = tuple[dns.name.Name, int, int, bytes]
"""Owner, type, TTL in seconds, canonical rdata: what any server must say of a record."""


@dataclass(frozen=True, slots=True)
class Modelled:
    """An rrset in the API's JSON, its owner as somebody may write it, and what it means."""

    api: dict[str, Any]
    owner: Labels
    records: frozenset[Record]

    @property
    def rdtype(self) -> str:
        return str(self.api["Type"])

    def listed(self) -> dict[str, Any]:
        """Give the rrset as ListResourceRecordSets does: the name lower-cased, in octal."""
        labels = [label.lower() for label in self.owner]
        return {**self.api, "Name": "".join(octal(label, _LISTED) + "." for label in labels)}


def record(owner: dns.name.Name, ttl: int, rdata: dns.rdata.Rdata) -> Record:
    """Give a record in a form that two servers' answers share, whatever case they keep."""
    if rdata.rdtype in (dns.rdatatype.HTTPS, dns.rdatatype.SVCB):
        rdata = rdata.replace(target=rdata.target.canonicalize())  # type: ignore[attr-defined]
    return (owner.canonicalize(), int(rdata.rdtype), ttl, rdata.to_digestable())


def from_wire(rdtype: str, octets: bytes) -> dns.rdata.Rdata:
    kind = dns.rdatatype.from_text(rdtype)
    return dns.rdata.from_wire(dns.rdataclass.IN, kind, octets, 0, len(octets))


@st.composite
def modelled(draw: st.DrawFn, apex: Labels, rdtype: str) -> Modelled:
    """An rrset of one type at any name of a zone."""
    owner = draw(owners(apex).filter(lambda labels: _takes(rdtype, labels, apex)))
    most = 1 if rdtype == "CNAME" else 3
    values = draw(
        st.lists(
            VALUES[rdtype],
            min_size=1,
            max_size=most,
            unique_by=lambda value: from_wire(rdtype, value.wire),
        )
    )
    while sum(len(value.text) for value in values) > MAX_BATCH:
        values = values[1:]
    ttl = draw(TTLS)
    name = dns.name.Name([*owner, b""])
    return Modelled(
        {
            "Name": draw(spelled(owner)),
            "Type": rdtype,
            "TTL": ttl,
            "ResourceRecords": [{"Value": value.text} for value in values],
        },
        owner,
        frozenset(record(name, ttl, from_wire(rdtype, value.wire)) for value in values),
    )


def _takes(rdtype: str, owner: Labels, apex: Labels) -> bool:
    if rdtype == "NS" and owner[0] == b"*":
        return False
    return owner != apex or rdtype not in ("CNAME", "DS", "NS")


def any_rrset(apex: Labels) -> st.SearchStrategy[Modelled]:
    return st.sampled_from(sorted(VALUES)).flatmap(lambda rdtype: modelled(apex, rdtype))


def together(drawn: Iterable[Modelled]) -> list[Modelled]:
    """Leave out what cannot stand beside an earlier rrset: the same key, a CNAME and other data."""
    kept: dict[tuple[Labels, str], Modelled] = {}
    cnames: dict[Labels, bool] = {}
    for rrset in drawn:
        owner = tuple(label.lower() for label in rrset.owner)
        is_cname = rrset.rdtype == "CNAME"
        if (owner, rrset.rdtype) not in kept and cnames.setdefault(owner, is_cname) == is_cname:
            kept[owner, rrset.rdtype] = rrset
    return list(kept.values())


def zone_records(rrsets: Iterable[Modelled]) -> set[Record]:
    return {record for rrset in rrsets for record in rrset.records}

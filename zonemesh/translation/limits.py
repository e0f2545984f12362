"""What servers take: rrsets cut to it, and what is said of those that some refuse."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

import dns.name
import dns.rdata
import dns.rdatatype
import dns.rdtypes.ANY.DS

from zonemesh.fidelity import Kind
from zonemesh.translation.losses import Loss
from zonemesh.zone import RRset

DS_DIGESTS = frozenset({1, 2, 3, 4})  # those that NSD 4.12 reads; 5 and 6 it refuses
BIND_RECORDS = 100  # BIND's default max-records-per-type
SINGLETONS = frozenset({dns.rdatatype.CNAME, dns.rdatatype.SOA, dns.rdatatype.DNAME})

# RFC 1035 4.2.2: a message has at most 65,535 bytes. Room is left for what stands beside the rrset:
# header and question, EDNS with cookies, and the longest of TSIG records.
WIRE_MOST = 65_535 - 1_024
_BESIDE_RDATA = 12  # RFC 1035 4.1.3: type, class, TTL and length, and a pointer to the owner


def canonical(rdatas: Iterable[dns.rdata.Rdata]) -> list[dns.rdata.Rdata]:
    """Put rdata of one type in canonical order (RFC 4034 6.3)."""
    return sorted(rdatas, key=lambda rdata: rdata.to_digestable(dns.name.root))


def fitting(ordered: Sequence[dns.rdata.Rdata]) -> list[dns.rdata.Rdata]:
    """Keep the first records, as many as an answer can hold."""
    size = 0
    for count, rdata in enumerate(ordered):
        size += _BESIDE_RDATA + len(rdata.to_wire() or b"")
        if size > WIRE_MOST:
            return list(ordered[:count])
    return list(ordered)


def within_limits(rrset: RRset) -> tuple[RRset, list[Loss]]:
    """Leave out of an rrset what servers refuse; tell what was, or what some of them refuse."""
    rrset, losses = _known_digests(rrset)
    if len(rrset.rdatas) > 1:
        rrset, cut = _cut(rrset)
        losses += cut
    if len(rrset.rdatas) > BIND_RECORDS:
        losses.append(Loss(Kind.LIMIT, bind_refuses(len(rrset.rdatas)), "limits: carry"))
    return rrset, losses


def bind_refuses(count: int) -> str:
    """Say what BIND thinks of so many records."""
    return (
        f"{count} records: BIND from 9.18.28 on refuses a zone with more than "
        f"{BIND_RECORDS} in an rrset, unless its `max-records-per-type` is raised"
    )


def _known_digests(rrset: RRset) -> tuple[RRset, list[Loss]]:
    if rrset.rdtype != dns.rdatatype.DS:
        return rrset, []
    known = frozenset(ds for ds in rrset.rdatas if _digest_type(ds) in DS_DIGESTS)
    if known == rrset.rdatas:
        return rrset, []
    why = (
        "a DS digest of a type that NSD does not know would stop the whole zone; "
        "validators pass over digests that they do not know (RFC 4035 5.2)"
    )
    return replace(rrset, rdatas=known), [Loss(Kind.LIMIT, why, "limits: omit")]


def _digest_type(rdata: dns.rdata.Rdata) -> int:
    assert isinstance(rdata, dns.rdtypes.ANY.DS.DS)
    return int(rdata.digest_type)


def _cut(rrset: RRset) -> tuple[RRset, list[Loss]]:
    ordered = canonical(rrset.rdatas)
    if rrset.rdtype in SINGLETONS:
        kept = ordered[:1]
        why = f"a name has one {dns.rdatatype.to_text(rrset.rdtype)} (RFC 2181 10.1)"
    else:
        kept = fitting(ordered)
        why = f"an answer holds 64 KB (RFC 1035 4.2.2), {len(kept)} of these {len(ordered)} records"
    if len(kept) == len(ordered):
        return rrset, []
    why += ": the first in canonical order are served"
    return replace(rrset, rdatas=frozenset(kept)), [Loss(Kind.LIMIT, why, "limits: omit")]

"""What servers take: rrsets cut to it, and what is said of those that some refuse."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import dns.name
import dns.rdata
import dns.rdatatype
import dns.rdtypes.ANY.DS
import dns.rdtypes.IN.NAPTR
import dns.rdtypes.svcbbase

from zonemesh.fidelity import Kind
from zonemesh.translation.doh_path import is_doh_path
from zonemesh.translation.losses import Loss
from zonemesh.translation.substitution import is_substitution
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
    rdatas, losses = taken(rrset.rdtype, rrset.rdatas)
    rrset = replace(rrset, rdatas=rdatas)
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


def taken(
    rdtype: dns.rdatatype.RdataType, rdatas: frozenset[dns.rdata.Rdata]
) -> tuple[frozenset[dns.rdata.Rdata], list[Loss]]:
    """Leave out the records for which a server refuses the whole zone, and say why."""
    if rdtype not in _STOPS:
        return rdatas, []
    stops, why = _STOPS[rdtype]
    kept = frozenset(rdata for rdata in rdatas if not stops(rdata))
    if kept == rdatas:
        return rdatas, []
    return kept, [Loss(Kind.LIMIT, why, "limits: omit")]


def _has_unknown_digest(rdata: dns.rdata.Rdata) -> bool:
    assert isinstance(rdata, dns.rdtypes.ANY.DS.DS)
    return rdata.digest_type not in DS_DIGESTS


def _has_no_substitution(rdata: dns.rdata.Rdata) -> bool:
    assert isinstance(rdata, dns.rdtypes.IN.NAPTR.NAPTR)
    return not is_substitution(rdata.regexp)


def _has_no_path(rdata: dns.rdata.Rdata) -> bool:
    assert isinstance(rdata, dns.rdtypes.svcbbase.SVCBBase)
    path = rdata.params.get(_DOHPATH)
    if path is None:
        return False
    return not isinstance(path, dns.rdtypes.svcbbase.GenericParam) or not is_doh_path(path.value)


_DOHPATH = 7  # RFC 9461 10
_NO_PATH = (
    _has_no_path,
    "a `dohpath` that is no template like `/dns-query{?dns}` (RFC 9461 5) would keep BIND from "
    "transferring the whole zone; clients take such a record for malformed (RFC 9460 2.2)",
)
# By type: which records stop a server, and why they are left out.
_STOPS: Mapping[dns.rdatatype.RdataType, tuple[Callable[[dns.rdata.Rdata], bool], str]] = {
    dns.rdatatype.DS: (
        _has_unknown_digest,
        "a DS digest of a type that NSD does not know would stop the whole zone; "
        "validators pass over digests that they do not know (RFC 4035 5.2)",
    ),
    dns.rdatatype.NAPTR: (
        _has_no_substitution,
        "a NAPTR regexp that is no substitution expression (RFC 3402 3.2) would keep BIND from "
        "transferring the whole zone; no client can apply such a rule",
    ),
    dns.rdatatype.HTTPS: _NO_PATH,
    dns.rdatatype.SVCB: _NO_PATH,
}


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

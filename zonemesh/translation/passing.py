r"""Rrsets that are served as they came: from a source view's text to master-file text.

What names plain records only, as nearly all of a pulled zone's do, has one faithful form, and it is
reached without reading the records. A signed zone has no other: what is changed is bogus.
"""

from collections.abc import Iterable, Sequence

import dns.rdatatype

from zonemesh.names import octal_to_decimal, order_of
from zonemesh.ports import SourceRRset
from zonemesh.route53.rrsets import UnreadableRecord, rrset_from_route53, type_number
from zonemesh.signatures import DNSSEC_TYPES
from zonemesh.tree import Entry
from zonemesh.zone import RRsetKey

_GENERIC = "\\# "  # RFC 3597 5
_MOST_VALUES, _MOST_CHARACTERS = 100, 16_000  # below all that servers mind, however it is counted

# Types that every server reads as `xfr.presentation` writes them.
_SIMPLE = frozenset(["A", "AAAA", "NS", "PTR", "MX", "SRV", "TXT", "SPF", "CNAME"])
_VERBATIM = _SIMPLE | {"DNAME", "SOA", "DS", "DNSKEY", "RRSIG", "NSEC", "NSEC3", "NSEC3PARAM"}
_DNSSEC = frozenset(dns.rdatatype.to_text(dns.rdatatype.RdataType.make(t)) for t in DNSSEC_TYPES)


def is_simple(rrsets: Sequence[SourceRRset]) -> bool:
    """Tell whether a name off the apex has nothing but what is served as it is, whatever a policy.

    The translator would say the same of it, with more to do.
    """
    types = [rrset["Type"] for rrset in rrsets]
    others = [word for word in types if word not in _DNSSEC]
    if "CNAME" in others and len(others) > 1:
        return False
    return all(word in _SIMPLE or word in _VERBATIM & _DNSSEC for word in types) and all(
        map(_is_small, rrsets)
    )


def _is_small(rrset: SourceRRset) -> bool:
    values = [record["Value"] for record in rrset["ResourceRecords"]]
    if any(value.startswith(_GENERIC) for value in values):
        return False
    if len(values) == 1:
        return len(values[0]) < _MOST_CHARACTERS
    if rrset["Type"] == "CNAME":
        return False
    return len(values) <= _MOST_VALUES and sum(map(len, values)) < _MOST_CHARACTERS


def passed(owner: str, rrsets: Iterable[SourceRRset]) -> list[Entry]:
    """Give the served view's entries of a name's rrsets, every record as it came.

    `owner` is canonical text. The signatures of a name are one entry, each with its own TTL (RFC
    4034 3).
    """
    order = order_of(owner)
    found: dict[int, list[str]] = {}
    for rrset in rrsets:
        found.setdefault(type_number(rrset["Type"]), []).extend(_lines(owner, rrset))
    return [
        Entry(RRsetKey(order, rdtype), "".join(sorted(found[rdtype]))) for rdtype in sorted(found)
    ]


def _lines(owner: str, rrset: SourceRRset) -> list[str]:
    mnemonic = rrset["Type"]
    if mnemonic not in _VERBATIM:
        return _read_lines(owner, rrset)
    head = f"{owner} {rrset['TTL']} IN {mnemonic}"
    return [f"{head} {_text(record['Value'])}\n" for record in rrset["ResourceRecords"]]


def _text(value: str) -> str:
    return octal_to_decimal(value) if "\\" in value else value


def _read_lines(owner: str, rrset: SourceRRset) -> list[str]:
    """Write records of a type whose own text not all servers read."""
    try:
        return rrset_from_route53(rrset).lines().splitlines(keepends=True)
    except UnreadableRecord:
        head = f"{owner} {rrset['TTL']} IN TYPE{type_number(rrset['Type'])}"
        return [f"{head} {_text(record['Value'])}\n" for record in rrset["ResourceRecords"]]

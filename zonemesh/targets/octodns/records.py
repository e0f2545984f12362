"""The served view as octoDNS records, and what octoDNS has no faithful form for.

octoDNS keeps a record as its fields, not as its bytes: character-strings of TXT are joined, some
fields change case, and neither owner names with escapes nor quotation marks in TXT have a notation
that all providers read alike. Every record is therefore written out again and compared.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype

from zonemesh.names import canonical_text, parse_name, route53_text, text_of
from zonemesh.route53.plan import Remark
from zonemesh.zone import RRset, RRsetKey

_STRINGS = frozenset({dns.rdatatype.TXT, dns.rdatatype.SPF})
_ADDRESSES = frozenset({dns.rdatatype.A, dns.rdatatype.AAAA})  # the same in every spelling
_PLAIN = re.compile(r"(?:[a-z0-9_*/-]+\.)+")  # canonical text as it is
_PRINTABLE = re.compile(rb"[ !#-\[\]-~]*")  # without `"` and `\`


class RecordKey(NamedTuple):
    """What names a record: its owner as canonical text, and its type's mnemonic."""

    owner: str
    rdtype: str


class NoForm(ValueError):
    """octoDNS has no faithful form for an rrset; the message says why."""


@dataclass(frozen=True, slots=True)
class Records:
    """A zone's records in octoDNS's types (`octodns.zone.Zone`), and what is not as it was.

    `formless` are the rrsets that are left out; `remarks` says why, and what was altered.
    """

    zone: Any
    formless: frozenset[RecordKey] = frozenset()
    remarks: tuple[Remark, ...] = ()


@dataclass(slots=True)
class _Converted:
    formless: set[RecordKey] = field(default_factory=set)
    remarks: list[Remark] = field(default_factory=list)


def octodns_records(apex: str, rrsets: Iterable[RRset]) -> Records:
    """Turn rrsets into octoDNS records; the SOA, which octoDNS leaves to providers, stays out.

    Raises NoForm where octoDNS cannot name the zone.
    """
    from octodns.zone import Zone

    if "\\" in apex:
        raise NoForm(f"octoDNS cannot name a zone with escapes in its name, as {apex} has")
    zone, made = Zone(apex, []), _Converted()
    for rrset in rrsets:
        if rrset.rdtype == dns.rdatatype.SOA:
            continue
        key = RecordKey(canonical_text(rrset.name), dns.rdatatype.to_text(rrset.rdtype))
        try:
            record = _record(zone, key, rrset)
            altered = _altered(record, rrset)
        except NoForm as problem:
            made.formless.add(key)
            made.remarks.append(remark(key, str(problem)))
            continue
        zone.add_record(record, lenient=True)
        if altered:
            made.remarks.append(remark(key, altered))
    return Records(zone, frozenset(made.formless), tuple(made.remarks))


def _record(zone: Any, key: RecordKey, rrset: RRset) -> Any:
    from octodns.record import Record

    if "\\" in key.owner:
        raise NoForm("left out: octoDNS has no sure notation for escapes in an owner name")
    if key.rdtype not in Record.registered_types():
        raise NoForm("left out: octoDNS has no records of this type")
    try:
        # Not strict: what the source serves is published, recommended or not.
        return Record.new(zone, _relative(key.owner, zone.name), _data(key, rrset), lenient=True)
    except NoForm:
        raise
    except Exception as problem:
        raise NoForm(f"left out: octoDNS refuses it: {problem}") from problem


def _relative(owner: str, apex: str) -> str:
    return owner.removesuffix(apex).removesuffix(".")


def _data(key: RecordKey, rrset: RRset) -> dict[str, Any]:
    """Give what octoDNS makes a record of, in its own notation."""
    from octodns.record import Record
    from octodns.record.rr import Rrset

    if rrset.rdtype in _STRINGS:
        values = sorted(set(map(_joined, rrset.rdatas)))
        return {"type": key.rdtype, "ttl": rrset.ttl, "values": values}
    texts = sorted(rdata.to_text() for rdata in rrset.rdatas)
    made = Record.registered_types()[key.rdtype]
    data: dict[str, Any] = made.data_from_rrset(Rrset(key.owner, key.rdtype, rrset.ttl, texts))
    return data


def _joined(rdata: Any) -> str:
    """Give a TXT's strings as octoDNS writes them: joined, semicolons escaped."""
    joined = b"".join(rdata.strings)
    if not _PRINTABLE.fullmatch(joined):
        raise NoForm(
            'left out: octoDNS has no sure notation for `"`, `\\` or bytes outside of ASCII in text'
        )
    return joined.decode("ascii").replace(";", "\\;")


def _altered(record: Any, rrset: RRset) -> str:
    """Say how a record differs from the rrset that it was made of; empty where it does not.

    Raises NoForm where it says something else.
    """
    if rrset.rdtype in _ADDRESSES:
        return ""
    texts = sorted(record.to_rrset().rdatas)
    try:
        made = {_canonical(_parsed(rrset.rdtype, text)) for text in texts}
    except dns.exception.DNSException as problem:
        raise NoForm(f"left out: octoDNS would write it as {' and '.join(texts)}") from problem
    wanted = set(map(_canonical, rrset.rdatas))
    if made == wanted:
        return ""
    if rrset.rdtype in _STRINGS:
        return f"its strings are joined and cut anew: {' and '.join(texts)}"
    if _folded(made) == _folded(wanted):
        return f"published in another spelling: {' and '.join(texts)}"
    raise NoForm(f"left out: octoDNS would write it as {' and '.join(texts)}")


def _parsed(rdtype: dns.rdatatype.RdataType, text: str) -> dns.rdata.Rdata:
    return dns.rdata.from_text(dns.rdataclass.IN, rdtype, text)


def _canonical(rdata: Any) -> dns.rdata.Rdata:
    """Give rdata with its names lower-cased, those of SVCB too, which RFC 4034 6.2 leaves."""
    names = {
        slot: value.canonicalize()
        for slot in _slots(rdata)
        if isinstance(value := getattr(rdata, slot), dns.name.Name)
    }
    made: dns.rdata.Rdata = rdata.replace(**names) if names else rdata
    return made


def _slots(rdata: Any) -> Iterator[str]:
    own = {"rdclass", "rdtype", "rdcomment"}
    for kind in type(rdata).__mro__:
        yield from (slot for slot in getattr(kind, "__slots__", ()) if slot not in own)


def _folded(rdatas: Iterable[dns.rdata.Rdata]) -> set[str]:
    return {rdata.to_text().lower() for rdata in rdatas}


def key_of_record(record: Any) -> RecordKey:
    """Name an octoDNS record; raises InvalidName where its owner is no domain name."""
    fqdn = record.fqdn
    owner = fqdn if _PLAIN.fullmatch(fqdn) else canonical_text(parse_name(fqdn))
    return RecordKey(owner, record._type)


def record_key(key: RRsetKey) -> RecordKey:
    """Name a record of the served view."""
    rdtype = dns.rdatatype.RdataType(key.rdtype)
    return RecordKey(text_of(key.order), dns.rdatatype.to_text(rdtype))


def remark(key: RecordKey, why: str) -> Remark:
    """Say something of a record."""
    return Remark({"Name": route53_text(parse_name(key.owner)), "Type": key.rdtype}, why)

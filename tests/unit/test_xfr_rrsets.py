"""Records keep every byte on their way into the source view and out of the served one."""

import struct

import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tests.fakes.primaries import record
from zonemesh.mesh_zone import MeshZone
from zonemesh.names import octal_to_decimal, text_of
from zonemesh.policy import Policy
from zonemesh.route53.rrsets import source_codec, source_entry, source_rrset
from zonemesh.source_lookup import SourceLookup, WithOwner
from zonemesh.translation.passing import is_simple, passed
from zonemesh.translation.translator import Translator
from zonemesh.xfr.presentation import value_text
from zonemesh.xfr.rrsets import Spool, ttls_of
from zonemesh.xfr.wire import Record
from zonemesh.zonefile import served_codec

APEX = "example.com."
steady = settings(
    deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much]
)

_labels = st.binary(min_size=1, max_size=12)
_names = st.lists(_labels, max_size=4).map(
    lambda labels: b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
)
_string = st.binary(max_size=255).map(lambda text: bytes([len(text)]) + text)
_bytes = st.binary(min_size=1, max_size=60)
_u8, _u16, _u32 = (st.integers(0, 2**bits - 1) for bits in (8, 16, 32))


def _bitmap(types):
    windows = {}
    for rdtype in types:
        bits = windows.setdefault(rdtype >> 8, bytearray(32))
        bits[rdtype >> 3 & 31] |= 0x80 >> (rdtype & 7)
    return b"".join(
        bytes([window, len(bits := bytes(windows[window]).rstrip(b"\0"))]) + bits
        for window in sorted(windows)
    )


_bitmaps = st.lists(st.integers(1, 65_000), min_size=1, max_size=6).map(_bitmap)
_salts = st.binary(max_size=8).map(lambda salt: bytes([len(salt)]) + salt)


def _packed(form, *parts):
    return st.tuples(*parts).map(lambda values: struct.pack(form, *values))


def _joined(*parts):
    return st.tuples(*parts).map(b"".join)


_RDATA = {
    "A": st.binary(min_size=4, max_size=4),
    "AAAA": st.binary(min_size=16, max_size=16),
    "NS": _names,
    "CNAME": _names,
    "DNAME": _names,
    "PTR": _names,
    "MX": _joined(_packed("!H", _u16), _names),
    "SRV": _joined(_packed("!HHH", _u16, _u16, _u16), _names),
    "SOA": _joined(_names, _names, _packed("!5L", _u32, *[st.integers(0, 2**31 - 1)] * 4)),
    "TXT": st.lists(_string, min_size=1, max_size=4).map(b"".join),
    "SPF": st.lists(_string, min_size=1, max_size=4).map(b"".join),
    "DNSKEY": _joined(_packed("!HBB", _u16, st.just(3), _u8), _bytes),
    "RRSIG": _joined(
        _packed("!HBBLLLH", st.integers(1, 300), _u8, _u8, _u32, _u32, _u32, _u16), _names, _bytes
    ),
    "NSEC": _joined(_names, _bitmaps),
    "NSEC3": _joined(
        _packed("!BBH", _u8, _u8, _u16), _salts, st.just(b"\x14"),
        st.binary(min_size=20, max_size=20), _bitmaps,
    ),
    "NSEC3PARAM": _joined(_packed("!BBH", _u8, _u8, _u16), _salts),
    "CAA": _joined(_u8.map(lambda f: bytes([f])), st.just(b"\x05issue"), st.binary(max_size=40)),
    "TLSA": _joined(st.just(b"\3\1\1"), _bytes),
    "SSHFP": _joined(st.just(b"\4\2"), st.binary(min_size=32, max_size=32)),
    "HTTPS": st.sampled_from(
        [
            b"\0\1\0",
            b"\0\1\4Host\7EXAMPLE\3com\0\0\1\0\3\2h2",
            b"\0\2\0\0\4\0\4\xc0\0\2\1\xff\xdc\0\3a,b",
        ]
    ),
    "NAPTR": _joined(st.just(b"\0\1\0\2\1u\4SIPS\x0e!^.*$!sip:a@b!"), _names),
    "TYPE65280": st.binary(max_size=40),
}  # fmt: skip
_records = st.sampled_from(sorted(_RDATA)).flatmap(
    lambda mnemonic: st.tuples(st.just(int(dns.rdatatype.from_text(mnemonic))), _RDATA[mnemonic])
)


def _read(rdtype, text):
    """Read master-file text; bytes that are written as such need not make sense."""
    if text.startswith("\\# "):
        return bytes.fromhex(text.split(" ")[2] if text.count(" ") > 1 else "")
    known, origin = dns.rdatatype.RdataType.make(rdtype), dns.name.root
    return dns.rdata.from_text(dns.rdataclass.IN, known, text, origin, False).to_wire()


def _read_value(rdtype, value):
    return _read(rdtype, octal_to_decimal(value))


@steady
@given(_records)
def test_value_is_read_back_to_the_same_bytes(found):
    rdtype, rdata = found
    assert _read_value(rdtype, value_text(rdtype, rdata)) == rdata


@steady
@given(st.integers(1, 65_000), st.binary(max_size=80))
def test_any_bytes_have_a_text(rdtype, rdata):
    """What is malformed in its type, too: nobody else may be able to read it as such."""
    text = value_text(rdtype, rdata)
    assert "\n" not in text
    if text.startswith("\\# "):
        assert bytes.fromhex(text.split(" ")[2] if rdata else "") == rdata


@pytest.mark.parametrize(
    ("line", "value"),
    [
        ('TXT "a\\228\\"b" ""', '"a\\344\\"b" ""'),
        ("NS Name.Example.NET.", "Name.Example.NET."),
        ("MX 10 a\\.b.example.", "10 a\\056b.example."),
        ("HTTPS 1 . alpn=h2", '1 . alpn="h2"'),
        ("TYPE65280 \\# 3 abcdef", "\\# 3 abcdef"),
        ("NSEC . A TYPE65280", ". A TYPE65280"),
    ],
)
def test_value_is_as_route53_writes_it(line, value):
    found = record(f"www.example.com. 300 {line}")
    assert value_text(found.rdtype, found.rdata) == value


_owners = st.lists(_labels, max_size=3).map(
    lambda labels: dns.name.Name([*labels, b"example", b"com", b""]).canonicalize().to_text()
)


@steady
@given(st.lists(st.tuples(_owners, _records, st.integers(0, 2**31 - 1)), max_size=20))
def test_transfer_is_in_the_source_view_to_the_byte(found):
    records = {(owner, rdtype, rdata): ttl for owner, (rdtype, rdata), ttl in found}
    spool = Spool(APEX)
    for (owner, rdtype, rdata), ttl in records.items():
        spool.add(Record(_order(owner), rdtype, ttl, rdata))
    entries = list(spool.entries())
    assert entries == sorted(entries)
    assert [*source_codec("".join(entry.text for entry in entries))] == entries
    assert [source_entry(rrset) for rrset in spool.rrsets()] == entries
    back = {
        (text_of(entry.key.order), entry.key.rdtype, _read_value(entry.key.rdtype, value)): ttl
        for entry in entries
        for value, ttl in ttls_of(source_rrset(entry.text)).items()
    }
    canonical = {
        (text_of(_order(owner)), rdtype, rdata): ttl
        for (owner, rdtype, rdata), ttl in records.items()
    }
    assert back == canonical


def _order(owner):
    return b"".join(
        label.replace(b"\1", b"\1\2").replace(b"\0", b"\1\1") + b"\0"
        for label in reversed(dns.name.from_text(owner).labels)
        if label
    )


def _rrsets(records):
    spool = Spool(APEX)
    for rdtype, rdata in records:
        spool.add(Record(_order(f"www.{APEX}"), rdtype, 300, rdata))
    return list(spool.rrsets())


@steady
@given(st.lists(_records, min_size=1, max_size=6, unique=True))
def test_served_records_are_the_bytes_that_came(records):
    rrsets = _rrsets(records)
    entries = passed(f"www.{APEX}", rrsets)
    assert served_codec("".join(entry.text for entry in entries)) == entries
    served = {
        (entry.key.rdtype, _read(entry.key.rdtype, line.split(" ", 4)[4]))
        for entry in entries
        for line in entry.text.splitlines()
    }
    assert served == set(records)


@steady
@given(st.lists(_records, min_size=1, max_size=6, unique=True))
def test_simple_names_are_served_as_the_translator_would(records):
    rrsets = _rrsets(records)
    plain = [rrset for rrset in rrsets if rrset["Type"] in _PLAIN]
    assume(plain and is_simple(plain))
    zone = MeshZone("axfr:hub:example.com.", APEX, Policy(), pulled=True)
    owner = f"www.{APEX}"
    lookup = WithOwner(SourceLookup(None, None, lambda _: {}), owner, plain)
    translation = Translator(zone, lookup).owner(owner)
    assert passed(owner, plain) == translation.entries
    assert not translation.report


_PLAIN = frozenset(["A", "AAAA", "NS", "PTR", "MX", "SRV", "TXT", "SPF", "CNAME"])

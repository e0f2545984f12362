r"""Rdata as text and never other than it came: names keep their case, strings their bytes.

As in Route 53's values, names are absolute and escapes octal (`\344`), so that one reader reads
both. Rdata that has no text of its own, or whose text would not be read back to the same bytes, is
in the form of RFC 3597 5 (`\# 4 c0000201`).
"""

import base64
import re
import socket
import struct
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype

from zonemesh.names import decimal_to_octal, octal_to_decimal
from zonemesh.xfr.wire import labels

_PLAIN_NAME = re.compile(rb"[A-Za-z0-9_*/-]+")
_PLAIN_STRING = re.compile(rb"[ !#-\[\]-~]*")
_FIXED = struct.Struct("!HBB")
_SIGNED = struct.Struct("!HBBLLLH")  # RFC 4034 3.1
_WINDOW_MOST = 32  # bytes (RFC 4034 4.1.2)

# Types that NSD, BIND and Knot of ten years ago know by name; others are written as TYPEnnn.
_MNEMONICS = (
    "A NS CNAME SOA PTR HINFO MX TXT RP AFSDB AAAA LOC SRV NAPTR CERT DNAME APL DS SSHFP RRSIG "
    "NSEC DNSKEY DHCID NSEC3 NSEC3PARAM TLSA CDS CDNSKEY OPENPGPKEY SPF CAA"
)
_WELL_KNOWN = frozenset(dns.rdatatype.from_text(text) for text in _MNEMONICS.split(" "))


class _Odd(ValueError):
    """Rdata that is not as its type should be."""


def value_text(rdtype: int, rdata: bytes) -> str:
    """Give the text of uncompressed rdata."""
    write = _WRITTEN.get(rdtype)
    try:
        return write(rdata) if write else _by_dnspython(rdtype, rdata)
    except (_Odd, struct.error, IndexError):
        return generic_text(rdata)


def generic_text(rdata: bytes) -> str:
    r"""Give the form of RFC 3597 5: `\#`, how many bytes, and the bytes in hex."""
    return f"\\# {len(rdata)} {rdata.hex()}".rstrip()


def _read(rdtype: int, text: str) -> bytes:
    try:
        rdata = dns.rdata.from_text(
            dns.rdataclass.IN,
            dns.rdatatype.RdataType.make(rdtype),
            octal_to_decimal(text),
            origin=dns.name.root,
            relativize=False,
        )
        return rdata.to_wire() or b""
    except dns.exception.DNSException as problem:
        raise ValueError(f"{text!r}: {problem}") from problem


def _by_dnspython(rdtype: int, rdata: bytes) -> str:
    try:
        known = dns.rdatatype.RdataType.make(rdtype)
        read = dns.rdata.from_wire(dns.rdataclass.IN, known, rdata, 0, len(rdata))
        text = decimal_to_octal(read.to_text())
        if "\n" not in text and _read(rdtype, text) == rdata:
            return text
    except (dns.exception.DNSException, ValueError):
        pass
    raise _Odd


def name_text(wire: bytes) -> str:
    """Give an uncompressed name as absolute text, its case kept."""
    return "".join(_label_text(label) + "." for label in labels(wire)) or "."


def _label_text(label: bytes) -> str:
    if _PLAIN_NAME.fullmatch(label):
        return label.decode("ascii")
    return "".join(
        chr(byte) if _PLAIN_NAME.fullmatch(bytes([byte])) else f"\\{byte:03o}" for byte in label
    )


def _name_end(rdata: bytes, at: int) -> int:
    while rdata[at]:
        at += 1 + rdata[at]
    if at >= len(rdata):
        raise _Odd
    return at + 1


def _name_alone(rdata: bytes) -> str:
    return _last_name(rdata, 0)


def _last_name(rdata: bytes, at: int) -> str:
    if _name_end(rdata, at) != len(rdata):
        raise _Odd
    return name_text(rdata[at:])


def _a(rdata: bytes) -> str:
    if len(rdata) != 4:
        raise _Odd
    return socket.inet_ntoa(rdata)


def _aaaa(rdata: bytes) -> str:
    if len(rdata) != 16:
        raise _Odd
    return socket.inet_ntop(socket.AF_INET6, rdata)


def _mx(rdata: bytes) -> str:
    return f"{int.from_bytes(rdata[:2])} {_last_name(rdata, 2)}"


def _srv(rdata: bytes) -> str:
    priority, weight, port = struct.unpack_from("!HHH", rdata)
    return f"{priority} {weight} {port} {_last_name(rdata, 6)}"


def _soa(rdata: bytes) -> str:
    rname = _name_end(rdata, 0)
    numbers = _name_end(rdata, rname)
    if len(rdata) - numbers != 20:
        raise _Odd
    timers = " ".join(map(str, struct.unpack_from("!LLLLL", rdata, numbers)))
    return f"{name_text(rdata[:rname])} {name_text(rdata[rname:numbers])} {timers}"


def _txt(rdata: bytes) -> str:
    strings, at = [], 0
    while at < len(rdata):
        end = at + 1 + rdata[at]
        if end > len(rdata):
            raise _Odd
        strings.append(f'"{_string_text(rdata[at + 1 : end])}"')
        at = end
    if not strings:
        raise _Odd
    return " ".join(strings)


def _string_text(string: bytes) -> str:
    if _PLAIN_STRING.fullmatch(string):
        return string.decode("ascii")
    return "".join(map(_character, string))


def _character(byte: int) -> str:
    if byte in b'"\\':
        return f"\\{chr(byte)}"
    return chr(byte) if 0x20 <= byte < 0x7F else f"\\{byte:03o}"


def _ds(rdata: bytes) -> str:
    tag, algorithm, digest_type = _FIXED.unpack_from(rdata)
    return f"{tag} {algorithm} {digest_type} {_filled(rdata[4:].hex())}"


def _dnskey(rdata: bytes) -> str:
    flags, protocol, algorithm = _FIXED.unpack_from(rdata)
    return f"{flags} {protocol} {algorithm} {_filled(base64.b64encode(rdata[4:]).decode())}"


def _filled(text: str) -> str:
    if not text:
        raise _Odd
    return text


def _rrsig(rdata: bytes) -> str:
    covered, algorithm, count, ttl, expires, begins, tag = _SIGNED.unpack_from(rdata)
    end = _name_end(rdata, _SIGNED.size)
    signer = name_text(rdata[_SIGNED.size : end])
    signature = _filled(base64.b64encode(rdata[end:]).decode())
    times = f"{_moment(expires)} {_moment(begins)}"
    return f"{type_text(covered)} {algorithm} {count} {ttl} {times} {tag} {signer} {signature}"


@lru_cache(1024)  # a zone's signatures share them
def _moment(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y%m%d%H%M%S}"


def _nsec(rdata: bytes) -> str:
    end = _name_end(rdata, 0)
    return f"{name_text(rdata[:end])} {_types(rdata[end:])}"


def _nsec3(rdata: bytes) -> str:
    at = 5 + rdata[4]
    end = at + 1 + rdata[at]
    if not rdata[at] or end > len(rdata):
        raise _Odd
    following = base64.b32hexencode(rdata[at + 1 : end]).decode().rstrip("=").lower()
    return f"{_nsec3_parameters(rdata[:at])} {following} {_types(rdata[end:])}".rstrip()


def _nsec3_parameters(rdata: bytes) -> str:
    algorithm, flags, iterations, length = struct.unpack_from("!BBHB", rdata)
    if len(rdata) != 5 + length:
        raise _Odd
    return f"{algorithm} {flags} {iterations} {rdata[5:].hex() or '-'}"


@lru_cache(1024)  # names of a zone have few kinds of them
def _types(bitmap: bytes) -> str:
    """Write a type bit map (RFC 4034 4.1.2)."""
    found, at, before = [], 0, -1
    while at < len(bitmap):
        window, length = bitmap[at], bitmap[at + 1]
        bits = bitmap[at + 2 : at + 2 + length]
        if (
            window <= before
            or not 1 <= length <= _WINDOW_MOST
            or len(bits) < length
            or not bits[-1]
        ):
            raise _Odd
        found += [
            type_text(window << 8 | index << 3 | bit)
            for index, byte in enumerate(bits)
            for bit in range(8)
            if byte & 0x80 >> bit
        ]
        at, before = at + 2 + length, window
    return " ".join(found)


@lru_cache(256)
def type_text(rdtype: int) -> str:
    """Give a type's mnemonic where every server knows it, or else the `TYPE` form."""
    known = dns.rdatatype.RdataType.make(rdtype)
    return dns.rdatatype.to_text(known) if known in _WELL_KNOWN else f"TYPE{rdtype}"


_WRITTEN: Mapping[int, Callable[[bytes], str]] = {
    int(dns.rdatatype.from_text(mnemonic)): write
    for mnemonics, write in (
        ("A", _a),
        ("AAAA", _aaaa),
        ("NS CNAME DNAME PTR", _name_alone),
        ("MX", _mx),
        ("SRV", _srv),
        ("SOA", _soa),
        ("TXT SPF", _txt),
        ("DS CDS", _ds),
        ("DNSKEY CDNSKEY", _dnskey),
        ("RRSIG", _rrsig),
        ("NSEC", _nsec),
        ("NSEC3", _nsec3),
        ("NSEC3PARAM", _nsec3_parameters),
    )
    for mnemonic in mnemonics.split()
}

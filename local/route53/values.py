"""Whether the value of a resource record has the syntax of its type.

Values stay as they were given; `value_identity` returns what they mean, to find duplicates.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Hashable

import dns.exception
import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype

from .errors import FatalProblem
from .names import parse_name

MAX_CHARACTER_STRING = 255  # RFC 1035 3.3
OCTAL = re.compile(r"\\([0-3][0-7]{2})")
QUOTED = re.compile(r'"((?:[^"\\]|\\[0-3][0-7]{2}|\\[^0-9])*)"')
QUOTED_PART = re.compile(r"\\([0-3][0-7]{2})|\\(.)|([^\\])", re.DOTALL)
QUOTED_STRINGS = re.compile(rf"\s*{QUOTED.pattern}(?:\s+{QUOTED.pattern})*\s*\Z")
CAA = re.compile(rf"\d+\s+[A-Za-z0-9]+\s+{QUOTED.pattern}\Z")
NAPTR = re.compile(rf"\d+\s+\d+\s+(?:{QUOTED.pattern}\s+){{3}}\S+\Z")

FIELDS = {"MX": "Two", "SRV": "Four", "SOA": "Seven"}
FIELD_COUNTS = {"Two": 2, "Four": 4, "Seven": 7}
SINGLE_NAME = frozenset({"CNAME", "NS", "PTR"})


def value_identity(rdtype: str, value: str) -> Hashable:
    """What the value says, equal for two spellings of it; raises FatalProblem."""
    if not value.isascii() or any(char < " " or char == "\x7f" for char in value):
        raise FatalProblem("UnsupportedCharacter", "Value contains unsupported characters", value)
    return CHECKS.get(rdtype, _other)(rdtype, value)


def _a(rdtype: str, value: str) -> Hashable:
    try:
        return ipaddress.IPv4Address(value)
    except ValueError:
        raise FatalProblem(
            "ARRDATAIllegalIPv4Address", "Value is not a valid IPv4 address", value
        ) from None


def _aaaa(rdtype: str, value: str) -> Hashable:
    try:
        if "%" in value:  # Python takes a zone index, RFC 3596 does not
            raise ValueError(value)
        return ipaddress.IPv6Address(value)
    except ValueError:
        raise FatalProblem(
            "AAAARRDATAIllegalIPv6Address", "Value is not a valid IPv6 address", value
        ) from None


def _single_name(rdtype: str, value: str) -> Hashable:
    return parse_name(value)


def _strings(rdtype: str, value: str) -> Hashable:
    if not QUOTED_STRINGS.match(value):
        raise FatalProblem(
            "InvalidCharacterString", "Value should be enclosed in quotation marks", value
        )
    return tuple(character_string(match[1]) for match in QUOTED.finditer(value))


def character_string(quoted: str) -> bytes:
    """The bytes between two quotation marks; raises FatalProblem above 255 of them."""
    octets = bytes(
        int(octal, 8) if octal else ord(escaped or plain)
        for octal, escaped, plain in QUOTED_PART.findall(quoted)
    )
    if len(octets) > MAX_CHARACTER_STRING:
        raise FatalProblem("CharacterStringTooLong", "Value is too long", quoted)
    return octets


def _caa(rdtype: str, value: str) -> Hashable:
    if not CAA.match(value):
        raise FatalProblem(
            "CAARRDATAMalformed", 'Value should be: flags tag "value", in quotation marks', value
        )
    return _other(rdtype, value)


def _naptr(rdtype: str, value: str) -> Hashable:
    if not NAPTR.match(value):
        raise FatalProblem(
            "NAPTRRRDATAMalformed",
            'Value should be: order preference "flags" "service" "regexp" replacement',
            value,
        )
    return _other(rdtype, value)


def _fields(rdtype: str, value: str) -> Hashable:
    count = FIELDS[rdtype]
    if len(value.split()) != FIELD_COUNTS[count]:
        raise FatalProblem(
            f"{rdtype}RRDATANot{count}Fields",
            f"{rdtype} record doesn't have {FIELD_COUNTS[count]} fields",
            value,
        )
    return _other(rdtype, value)


def _other(rdtype: str, value: str) -> Hashable:
    """Parse by dnspython, which knows master-file syntax: keep its extras out."""
    outside_quotes = QUOTED.sub("", value)
    if any(char in outside_quotes for char in ";()@") or outside_quotes.startswith("\\#"):
        raise FatalProblem("UnsupportedCharacter", "Value contains unsupported characters", value)
    try:
        return dns.rdata.from_text(
            dns.rdataclass.IN,
            dns.rdatatype.from_text(rdtype),
            OCTAL.sub(lambda escape: f"\\{int(escape[1], 8):03d}", value),
            origin=dns.name.root,
            relativize=False,
        )
    except (dns.exception.DNSException, ValueError, OverflowError) as error:
        explanation = f"Value is not a valid {rdtype} record: {error}"
        raise FatalProblem(f"{rdtype}RRDATAMalformed", explanation, value) from None


CHECKS: dict[str, Callable[[str, str], Hashable]] = {
    "A": _a,
    "AAAA": _aaaa,
    "TXT": _strings,
    "SPF": _strings,
    "CAA": _caa,
    "NAPTR": _naptr,
    **dict.fromkeys(FIELDS, _fields),
    **dict.fromkeys(SINGLE_NAME, _single_name),
}

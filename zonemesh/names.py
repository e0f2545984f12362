"""Domain names: canonical text, canonical order, and Route 53's octal escapes."""

import re
from functools import lru_cache

import dns.exception
import dns.name

from zonemesh.errors import InvalidName

_OCTAL_ESCAPE = re.compile(r"\\([0-3][0-7]{2}|.)", re.DOTALL)
_DECIMAL_ESCAPE = re.compile(r"\\([0-9]{3}|.)", re.DOTALL)
_PLAIN_LABELS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-_.")
_CANONICAL = re.compile(r"[a-z0-9_*/.-]+")
_PLAIN_ORDER = re.compile(rb"(?:[a-z0-9_*/-]+\0)+")
_CANONICAL_LABEL = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789_*/-")


@lru_cache(1024)  # a name is read for its rrsets one after another
def parse_name(text: str) -> dns.name.Name:
    """Read master-file text (decimal escapes, RFC 1035 5.1) as an absolute, lower-cased name."""
    try:
        name = dns.name.from_text(text.encode("ascii").decode("ascii"), origin=dns.name.root)
    except (dns.exception.DNSException, UnicodeEncodeError) as problem:
        raise InvalidName(f"{text!r} is not a domain name: {problem}") from problem
    return name.canonicalize()


def parse_route53_name(text: str) -> dns.name.Name:
    r"""Read a name as Route 53 writes it: escapes are octal, `\052` is `*`.

    https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html
    """
    return parse_name(octal_to_decimal(text))


def octal_to_decimal(text: str) -> str:
    r"""Turn Route 53's octal escapes (`\344`) into master-file decimal ones (`\228`).

    Escaped characters (`\"`, `\\`) stay as they are, in names and in record values alike.
    """
    return _OCTAL_ESCAPE.sub(
        lambda match: f"\\{int(match[1], 8):03d}" if len(match[1]) == 3 else match[0], text
    )


def decimal_to_octal(text: str) -> str:
    r"""Turn master-file decimal escapes (`\228`) into Route 53's octal ones (`\344`)."""
    return _DECIMAL_ESCAPE.sub(
        lambda match: f"\\{int(match[1]):03o}" if len(match[1]) == 3 else match[0], text
    )


def route53_text(name: dns.name.Name) -> str:
    r"""Write a name as Route 53 does: all but `a-z 0-9 - _` as `\ooo`, with the trailing dot."""
    labels = [label for label in name.canonicalize().labels if label]
    return "".join(_route53_label(label) + "." for label in labels) or "."


def _route53_label(label: bytes) -> str:
    return "".join(
        chr(byte) if chr(byte) in _PLAIN_LABELS and byte != 0x2E else f"\\{byte:03o}"
        for byte in label
    )


def canonical_text(name: dns.name.Name) -> str:
    r"""Write a name as absolute, lower-cased master-file text, one text for each name.

    All but letters, digits and `-_*/` is `\DDD`. Other forms are legal, but not all servers read
    them: Knot refuses most plain punctuation, and NSD before 4.10 takes the dot in `\\.` for an
    escaped one.
    """
    return _canonical_text(name.canonicalize())


def _canonical_text(name: dns.name.Name) -> str:
    text = name.to_text()
    if _CANONICAL.fullmatch(text):
        return text
    return "".join(_canonical_label(label) + "." for label in name.labels if label)


def _canonical_label(label: bytes) -> str:
    return "".join(chr(byte) if byte in _CANONICAL_LABEL else f"\\{byte:03d}" for byte in label)


def order_of(text: str) -> bytes:
    r"""Give bytes that sort as the name does in canonical DNS order (RFC 4034 6.1).

    `text` is canonical text. Each label, from the root down, ends in a zero byte; zeroes and ones
    inside labels are escaped so that the order of plain bytes is the order of names.
    """
    if "\\" not in text:
        labels = text.rstrip(".").lower().encode("ascii").split(b".")
        return b"\0".join([*reversed(labels), b""]) if labels[-1] else b""
    return b"".join(_escape(label) + b"\0" for label in reversed(parse_name(text).labels) if label)


def _escape(label: bytes) -> bytes:
    return label.replace(b"\1", b"\1\2").replace(b"\0", b"\1\1")


def is_plain(route53_name: str) -> bool:
    """Tell whether a Route 53 name has only letters, digits, hyphen, underscore and dots."""
    return _PLAIN_LABELS.issuperset(route53_name)


def route53_order(route53_name: str) -> str:
    """Give text that sorts as Route 53 lists, for names that `is_plain` accepts.

    Labels are reversed and the trailing dot counts: `com.example.a-b.` comes before
    `com.example.a.` (API reference, ListResourceRecordSets).
    """
    return ".".join(reversed(route53_name.rstrip(".").split("."))) + "."


def text_of(order: bytes) -> str:
    """Give the canonical text of the name that `order_of` encoded."""
    if _PLAIN_ORDER.fullmatch(order):
        return ".".join(reversed(order[:-1].decode("ascii").split("\0"))) + "."
    labels = [
        label.replace(b"\1\1", b"\0").replace(b"\1\2", b"\1") for label in order.split(b"\0")[:-1]
    ]
    return _canonical_text(dns.name.Name([*reversed(labels), b""]))

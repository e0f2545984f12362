"""Domain names as Route 53 reads, writes and orders them.

Input may have a trailing dot or not, any case, and octal escapes (`\\052` is `*`). Output is
absolute, lower-cased, and escapes every byte but a-z 0-9 - _ (AWS, "DNS domain name format").
"""

from __future__ import annotations

import re
from functools import lru_cache

from .errors import FatalProblem

Labels = tuple[bytes, ...]
"""A name's labels from the left, without the root's, escapes resolved, lower-cased."""

MAX_LABEL = 63  # RFC 1035 2.3.4
MAX_WIRE_NAME = 255  # RFC 1035 2.3.4, length octets and the root included
PLAIN = re.compile(r"(?:[a-z0-9_-]{1,63}\.)+\Z")
ESCAPE = re.compile(r"\\([0-3][0-7]{2})")
UNESCAPED = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789-_")


@lru_cache(maxsize=65536)
def parse_name(text: str) -> Labels:
    """The labels of a name; raises FatalProblem in Route 53's words.

    The root is the empty tuple.
    """
    if PLAIN.match(text) and len(text) < MAX_WIRE_NAME:
        return tuple(text.encode("ascii")[:-1].split(b"."))
    if not text:
        raise FatalProblem("DomainNameEmpty", "Domain name is empty", text)
    if text == ".":
        return ()
    labels = tuple(_label(label, text) for label in text.removesuffix(".").split("."))
    if sum(len(label) + 1 for label in labels) + 1 > MAX_WIRE_NAME:
        raise FatalProblem("DomainNameTooLong", "Domain name is too long", text)
    return labels


def _label(text: str, name: str) -> bytes:
    if not text:
        raise FatalProblem("DomainLabelEmpty", "Domain label is empty", name)
    if not text.isascii() or any(not "!" <= char <= "~" for char in text):
        raise FatalProblem("UnsupportedCharacter", "Value contains unsupported characters", name)
    if "\\" in ESCAPE.sub("", text):
        raise FatalProblem("InvalidEscape", "A backslash needs three octal digits", name)
    label = ESCAPE.sub(lambda escape: chr(int(escape[1], 8)), text).encode("latin-1").lower()
    if len(label) > MAX_LABEL:
        raise FatalProblem("DomainLabelTooLong", "Domain label is too long", name)
    return label


@lru_cache(maxsize=65536)
def display(labels: Labels) -> str:
    """The name as the API returns it: absolute, octal escapes."""
    return "".join(f"{_escaped(label)}." for label in labels) or "."


def _escaped(label: bytes) -> str:
    return "".join(chr(byte) if byte in UNESCAPED else f"\\{byte:03o}" for byte in label)


def canonical(text: str) -> str:
    """Any accepted spelling of a name → the one that the API returns."""
    return display(parse_name(text))


def order_key(labels: Labels) -> bytes:
    """Sorts as ListResourceRecordSets does: reversed labels as text, with the trailing dot.

    The dot counts as a character, so `a-b` sorts before `a`'s children and `!` before both.
    """
    return b"".join(label + b"." for label in reversed(labels))


def is_within(labels: Labels, apex: Labels) -> bool:
    """Is the name the apex, or below it?"""
    return not apex or labels[-len(apex) :] == apex


def wildcard_problem(labels: Labels) -> bool:
    """Is the leftmost label one that holds `*` beside other characters?

    AWS: "The * must replace the entire label" (DNS domain name format).
    """
    return bool(labels) and b"*" in labels[0] and labels[0] != b"*"

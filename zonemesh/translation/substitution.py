"""Whether a NAPTR record's regexp is a substitution expression (RFC 3402 3.2)."""

import re

_NO_DELIMITER = b"0123456789\\i\0"
_REFERENCE = re.compile(rb"\\(.)", re.DOTALL)
_MOST_REPEATED = 255  # POSIX's RE_DUP_MAX

# What stands before a token: nothing to repeat, a group that was opened, an atom, a repeated one.
_NOTHING, _OPEN, _ATOM, _REPEATED = range(4)

# POSIX 9.3.5, 9.4: extended regular expressions. An element of a bracket expression is a class, an
# equivalence class, a collating symbol or a character; the first may be a closing bracket.
_ELEMENT = (
    rb"\[:(?:alnum|alpha|blank|cntrl|digit|graph|lower|print|punct|space|upper|xdigit):\]"
    rb"|(?>\[=.+?=\])|(?>\[\..+?\.\])|\[(?![.:=])|[^][]"
)
_TOKEN = re.compile(
    rb"\\(?P<escaped>.)"
    rb"|\[\^?+(?P<bracket>(?:\]|%b)(?:%b)*+)\]"
    rb"|\{(?P<low>[0-9]+)(?:,(?P<high>[0-9]*))?\}"
    rb"|(?P<repeat>[*+?])|(?P<anchor>[$^])|(?P<open>\()|(?P<close>\))|(?P<bar>\|)"
    rb"|(?P<wrong>\[|\\|\{(?=[0-9]))"
    rb"|(?P<plain>.)" % (_ELEMENT, _ELEMENT),
    re.DOTALL,
)
_ELEMENTS = re.compile(rb"\A\]|%b" % _ELEMENT, re.DOTALL)


def is_substitution(regexp: bytes) -> bool:
    """Tell whether a regexp is `delimiter ERE delimiter replacement delimiter flags`, or empty.

    The replacement refers to groups that the expression has, and the only flag is `i`. What POSIX
    leaves undefined (an empty alternative, a repeated nothing) is no expression.
    """
    delimiter = regexp[:1]
    if not regexp:
        return True
    if delimiter in _NO_DELIMITER or b"\0" in regexp:
        return False
    mark = re.escape(delimiter)
    part = rb"((?:\\.|(?!%b)[^\\])*)" % mark
    found = re.fullmatch(mark + part + mark + part + mark + b"i*", regexp, re.DOTALL)
    if not found:
        return False
    groups = _groups(found[1])
    referred = [int(each) for each in _REFERENCE.findall(found[2]) if each.isdigit()]
    return groups is not None and all(0 < number <= groups for number in referred)


def _groups(expression: bytes) -> int | None:
    """Count the groups of an extended regular expression; None where it is none."""
    groups = depth = 0
    before = _NOTHING
    for token in _TOKEN.finditer(expression):
        match token.lastgroup:
            case "open":
                groups, depth, before = groups + 1, depth + 1, _OPEN
            case "close" if depth and before == _NOTHING:
                return None  # an alternative without anything
            case "close":
                depth, before = max(depth - 1, 0), _ATOM
            case "bar" if before in (_NOTHING, _OPEN):
                return None
            case "bar":
                before = _NOTHING
            case "repeat" | "low" | "high" if before == _ATOM and _is_bound(token):
                before = _REPEATED
            case "anchor":
                before = _REPEATED  # and not to be repeated either
            case "plain" | "escaped" | "bracket" if _is_atom(token, groups):
                before = _ATOM
            case _:
                return None
    return None if depth or before in (_NOTHING, _OPEN) else groups


def _is_bound(token: re.Match[bytes]) -> bool:
    low = int(token["low"] or 0)
    high = int(token["high"] or max(low, _MOST_REPEATED))
    return low <= high <= _MOST_REPEATED


def _is_atom(token: re.Match[bytes], groups: int) -> bool:
    if token["bracket"] is not None:
        return _are_in_order(_ELEMENTS.findall(token["bracket"]))
    escaped = token["escaped"] or b""
    return not escaped.isdigit() or int(escaped) <= groups


def _are_in_order(elements: list[bytes]) -> bool:
    """Tell whether the ranges of a bracket expression are such."""
    at = 0
    while at < len(elements):
        if elements[at + 1 : at + 2] != [b"-"] or at + 2 >= len(elements):
            at += 1
            continue
        first, last = map(_end_of_range, (elements[at], elements[at + 2]))
        if not first or not last or first > last or elements[at + 3 : at + 4] == [b"-"]:
            return False
        at += 3
    return True


def _end_of_range(element: bytes) -> bytes:
    """Give the character that a range begins or ends with, nothing where none can."""
    if element[:2] in (b"[:", b"[=", b"["):
        return b""
    return element[2:-2] if element[:2] == b"[." else element

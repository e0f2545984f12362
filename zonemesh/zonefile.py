"""Master-file text (RFC 1035 5.1) as the served view keeps it: one record a line, no directive."""

from itertools import groupby

import dns.rdatatype

from zonemesh.names import order_of
from zonemesh.tree import Entry
from zonemesh.zone import RRset, RRsetKey


def served_entry(rrset: RRset) -> Entry:
    """Give the served view's entry of an rrset."""
    text = rrset.lines()
    owner = text.split(" ", 1)[0]  # blanks inside names are escaped
    return Entry(RRsetKey(order_of(owner), int(rrset.rdtype)), text)


def served_codec(text: str) -> list[Entry]:
    """Read a chunk of the served view: consecutive lines of one owner and type are an rrset."""
    lines = [line + "\n" for line in text.split("\n") if line]
    return [Entry(key, "".join(group)) for key, group in groupby(lines, key=_key)]


def _key(line: str) -> RRsetKey:
    owner, _, _, rdtype, _ = line.split(" ", 4)
    return RRsetKey(order_of(owner), int(dns.rdatatype.from_text(rdtype)))

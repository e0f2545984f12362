"""The TXT below a name that lost everything, which keeps a wildcard from answering for it.

The name stays an empty non-terminal (RFC 4592 2.2.2). That needs no look at which wildcards there
are, so an edit stays an edit of its own name; and NODATA is what the source says to other types.
"""

from collections.abc import Sequence

import dns.name
import dns.rdata
import dns.rdataclass
import dns.rdatatype

from zonemesh.fidelity import FidelityLine
from zonemesh.names import canonical_text, parse_name
from zonemesh.zone import RRset

PLACEHOLDER = b"_zonemesh"
PLACEHOLDER_TTL = 300


def placeholder_owner(owner: str) -> str | None:
    """Give the name of the TXT that stands below a withheld name; None where it does not fit."""
    try:
        return canonical_text(dns.name.Name((PLACEHOLDER, *parse_name(owner).labels)))
    except dns.name.NameTooLong:
        return None


def withheld_owners(owner: str) -> list[str]:
    """Give the names whose placeholder an owner is, or could be one below; none for most owners."""
    found = []
    name = parse_name(owner)
    while name.labels[0] == PLACEHOLDER:
        name = name.parent()
        found.append(canonical_text(name))
    return found


def placeholder(owner: str, report: Sequence[FidelityLine]) -> RRset | None:
    """Give the TXT that stands below `owner`, saying what is withheld; None where it cannot."""
    below = placeholder_owner(owner)
    if below is None:
        return None
    kinds = ", ".join(sorted({f"{line.rdtype} ({line.kind})" for line in report}))
    text = f"withheld: {kinds}"[:255]  # one character-string (RFC 1035 3.3.14)
    rdata = dns.rdata.from_text(dns.rdataclass.IN, dns.rdatatype.TXT, f'"{text}"')
    return RRset(parse_name(below), dns.rdatatype.TXT, PLACEHOLDER_TTL, frozenset({rdata}))

"""Which name's records answer for a name: its own, or a wildcard's (RFC 4592)."""

from typing import Protocol

import dns.name

from zonemesh.names import canonical_text, parse_name


class Names(Protocol):
    """Tells which names the source has."""

    def rrsets(self, owner: str) -> object:
        """Give what the source has at a name, something false where it has nothing."""

    def is_name(self, owner: str) -> bool:
        """Tell whether a name exists, if only as an empty non-terminal (RFC 4592 2.2.2)."""


def answering_name(names: Names, apex: str, target: str) -> str | None:
    """Give the name whose records answer for `target` (canonical text); None where none does.

    RFC 4592 3.3.1: a name that exists, be it an empty non-terminal, is never answered for by a
    wildcard; any other is by the `*` just below its closest encloser. A literal `*.x` is a name as
    any other.
    """
    if names.rrsets(target):
        return target
    if names.is_name(target):
        return None
    top = parse_name(apex)
    encloser = parse_name(target)
    while encloser != top:
        encloser = encloser.parent()
        if encloser == top or names.is_name(canonical_text(encloser)):
            break
    wildcard = canonical_text(dns.name.Name((b"*", *encloser.labels)))
    return wildcard if names.rrsets(wildcard) else None

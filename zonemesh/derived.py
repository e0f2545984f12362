"""What a derivation makes: the tops of a snapshot's views, and what is counted of them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import dns.rdatatype

from zonemesh.fidelity import FidelityLine
from zonemesh.names import order_of
from zonemesh.signatures import is_dnssec
from zonemesh.snapshot import Signatures, Snapshot
from zonemesh.tree import Entry, View
from zonemesh.zone import RRsetKey


@dataclass(frozen=True, slots=True)
class Edits:
    """How many rrsets of the source an edit removed and changed, and whether the apex NS.

    What DNSSEC adds is not counted.
    """

    removed: int = 0
    changed: int = 0
    apex_ns: bool = False


@dataclass(frozen=True, slots=True)
class Views:
    """The tops of a snapshot's views, its SOA, and its losses as a snapshot counts them.

    `counted` is the serial of the source's own SOA, where somebody counted with it; it is looked
    for in whole views only, as a first serial must be above it, and in all of a pulled zone.
    `derived_from_parent` is true where they are the parent's views with some names edited.
    """

    source: View | None
    served: View | None
    report: View | None
    aliases: View | None
    answers: View | None
    soa: str
    losses: Mapping[str, int]
    refused: int
    derived_from_parent: bool = False
    counted: int | None = None
    edits: Edits = Edits()
    signatures: Signatures | None = None

    @property
    def tops(self) -> tuple[View | None, ...]:
        """All views, the missing ones as None."""
        return (self.source, self.served, self.report, self.aliases, self.answers)


class Translated(Protocol):
    """What is served for one owner name, and what is lost."""

    @property
    def entries(self) -> Sequence[Entry]: ...

    @property
    def report(self) -> Sequence[FidelityLine]: ...


class OwnerTranslator(Protocol):
    """Translates one owner name at a time."""

    def owner(self, owner: str) -> Translated:
        """Translate all that the source has at a name but the apex SOA."""


@dataclass
class Made:
    """What was made of some owner names."""

    served: list[Entry] = field(default_factory=list)
    lines: list[FidelityLine] = field(default_factory=list)

    def add(self, translation: Translated) -> None:
        self.served += translation.entries
        self.lines += translation.report

    @property
    def report(self) -> Iterator[Entry]:
        return (line.entry() for line in self.lines)


def edits_of(apex: str, before: Mapping[RRsetKey, str], after: Mapping[RRsetKey, str]) -> Edits:
    """Count what differs between the source's rrsets before and after an edit."""
    name_servers = RRsetKey(order_of(apex), int(dns.rdatatype.NS))
    return Edits(
        removed=sum(not is_dnssec(key) for key in before.keys() - after.keys()),
        changed=sum(
            after.get(key, text) != text for key, text in before.items() if not is_dnssec(key)
        ),
        apex_ns=before.get(name_servers) != after.get(name_servers),
    )


def by_kind(losses: Counter[str]) -> dict[str, int]:
    """Give the counts of a report's lines in order, without zeroes."""
    return {str(kind): count for kind, count in sorted(losses.items()) if count}


def refused_of(lines: Iterable[FidelityLine]) -> int:
    """Count the lines that hold a zone."""
    return sum(line.refused for line in lines)


def views_of(snapshot: Snapshot) -> Views:
    """Give a snapshot's views, for an edit to start from."""
    return Views(
        snapshot.source,
        snapshot.served,
        snapshot.report,
        snapshot.aliases,
        snapshot.answers,
        snapshot.soa,
        snapshot.losses,
        snapshot.refused,
        derived_from_parent=True,
        signatures=snapshot.signatures,
    )

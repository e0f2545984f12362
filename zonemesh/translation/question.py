"""What must be asked of DNS to translate a zone, and the answers that it was translated with."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Self

import dns.rdatatype

from zonemesh.names import order_of
from zonemesh.tree import Entry
from zonemesh.zone import RRsetKey


@dataclass(frozen=True, slots=True, order=True)
class Question:
    """A name (canonical text) and a type (mnemonic) to ask for.

    `authority` is the apex of the zone at whose own Route 53 name servers the name is asked, empty
    for a recursive resolver. `target` is the canonical text of the alias target's name: while an
    edit is fresh, Route 53's servers may not know it, and the target is asked instead. It is empty
    where there is none.
    """

    name: str
    rdtype: str
    authority: str
    target: str

    def same_end(self, other: "Question") -> bool:
        """Tell whether both ask for the same records, be it at other servers or by another name."""
        return (self.target or self.name, self.rdtype) == (other.target or other.name, other.rdtype)


class Outcome(StrEnum):
    """What came of asking.

    `none` is an answer as well: the name is not there (NXDOMAIN), or not with this type.
    """

    FOUND = "found"
    NONE = "none"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Response:
    """What one asking gave: the texts of the rdata, sorted, and the TTL in seconds.

    `why` says what went wrong where it failed.
    """

    outcome: Outcome
    values: tuple[str, ...] = ()
    ttl: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """The settled answer for one rrset of the source.

    With an empty `set_identifier` it is for a routed set as Route 53 answers it (`observed`), or
    for an rrset without routing. `owner` is canonical text. `values` are texts of rdata, sorted: ()
    where the name has none, None where there has never been an answer. `ttl` is in seconds.
    """

    owner: str
    rdtype: str
    set_identifier: str
    question: Question
    values: tuple[str, ...] | None
    ttl: int

    @property
    def key(self) -> RRsetKey:
        rdtype = int(dns.rdatatype.from_text(self.rdtype))
        return RRsetKey(order_of(self.owner), rdtype, self.set_identifier)

    def entry(self) -> Entry:
        """Give the entry of the answers' view: one line of JSON, under the key of its rrset."""
        text = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))
        return Entry(self.key, text + "\n")

    @classmethod
    def from_entry(cls, text: str) -> Self:
        """Read what `entry` wrote."""
        document: dict[str, Any] = json.loads(text)
        question = Question(**document.pop("question"))
        values: Sequence[str] | None = document.pop("values")
        return cls(**document, question=question, values=None if values is None else tuple(values))


def answers_codec(text: str) -> list[Entry]:
    """Read a chunk of the answers' view."""
    lines = [line for line in text.split("\n") if line]
    return [Entry(Answer.from_entry(line).key, line + "\n") for line in lines]

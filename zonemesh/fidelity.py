"""The fidelity report: what a zone's served view does not carry as its source holds it."""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum

from zonemesh.names import order_of
from zonemesh.tree import Entry
from zonemesh.zone import RRsetKey

REFUSE = "refuse"


class Kind(StrEnum):
    """What is lost. The routing policies stand for the members of their sets."""

    ALIAS = "alias"  # served by what its target answers, by a CNAME, or not at all
    LOOP = "loop"  # an alias that leads back to itself
    WEIGHTED = "weighted"
    MULTIVALUE = "multivalue"
    FAILOVER = "failover"
    LATENCY = "latency"
    GEOLOCATION = "geolocation"
    GEOPROXIMITY = "geoproximity"
    CIDR = "cidr"
    ROUTED = "routed"  # a set of a policy that is not known, or of several
    TRAFFIC_POLICY = "traffic-policy"  # a record that a traffic policy instance made
    HEALTH = "health"  # a health check, which decides nothing here
    UNREADABLE = "unreadable"  # values that cannot be read in their type
    LIMIT = "limit"  # more than servers take, or than some of them take
    CONFLICT = "conflict"  # a CNAME where none can stand


@dataclass(frozen=True, slots=True)
class FidelityLine:
    """One loss: what Route 53 holds, what is served instead, why, and which policy decided.

    `owner` is canonical text, `rdtype` a mnemonic, `kind` one of Kind's words, `source` the rrset
    as JSON without name and type. A key has one line; that of a whole routed set has no set
    identifier. Nothing in a line depends on the time, so that two reports can be compared.
    """

    owner: str
    rdtype: str
    rdtype_number: int
    set_identifier: str
    kind: str
    source: str
    served: str
    why: str
    policy: str

    @property
    def key(self) -> RRsetKey:
        """The key of the rrset that the line is about."""
        return RRsetKey(order_of(self.owner), self.rdtype_number, self.set_identifier)

    @property
    def refused(self) -> bool:
        """Whether the policy holds the zone on account of this."""
        return self.policy.endswith(f": {REFUSE}")

    def entry(self) -> Entry:
        """Give the report's entry: one line of JSON, under the key of the rrset it is about."""
        text = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))
        return Entry(self.key, text + "\n")


def report_codec(text: str) -> list[Entry]:
    """Read a chunk of the report."""
    return [FidelityLine(**json.loads(line)).entry() for line in text.split("\n") if line]


def report_lines(entries: Iterable[Entry]) -> list[FidelityLine]:
    """Give the lines that the report's entries hold."""
    return [FidelityLine(**json.loads(entry.text)) for entry in entries]


def summary(lines: Iterable[FidelityLine]) -> Counter[str]:
    """Count lines by kind."""
    return Counter(line.kind for line in lines)

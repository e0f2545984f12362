"""The fidelity report: what a zone's served view does not carry as its source holds it."""

import json
from dataclasses import asdict, dataclass

from zonemesh.names import order_of
from zonemesh.tree import Entry
from zonemesh.zone import RRsetKey


@dataclass(frozen=True, slots=True)
class FidelityLine:
    """One loss: what Route 53 holds, what is served instead, why, and which policy decided.

    `kind` is `alias`, `routed`, `unreadable` (no server can read it) or `limit` (some refuse it).
    `owner` is canonical text; `rdtype` a mnemonic.
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

    def entry(self) -> Entry:
        """Give the report's entry: one line of JSON, under the key of the rrset it is about."""
        text = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))
        return Entry(self._key(), text + "\n")

    def _key(self) -> RRsetKey:
        return RRsetKey(order_of(self.owner), self.rdtype_number, self.set_identifier)


def report_codec(text: str) -> list[Entry]:
    """Read a chunk of the report."""
    return [FidelityLine(**json.loads(line)).entry() for line in text.split("\n") if line]

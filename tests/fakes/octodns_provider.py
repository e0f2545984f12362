"""An octoDNS provider in memory, with the manners of those that are asked over the Internet."""

import logging
from dataclasses import dataclass, field
from typing import Any

from octodns.provider.base import BaseProvider
from octodns.record import Record


class Response:
    """What an HTTP server answered."""

    def __init__(self, status: int, text: str) -> None:
        self.status_code, self.text = status, text


class Answered(Exception):
    """An error of a client of HTTP, as those of `requests` are."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status} for url: https://api.example.net/zones")
        self.response = Response(status, text)


@dataclass
class Shelf:
    """What a provider holds, and how it behaves; what tests change is public.

    With `hides_ttls` it plans nothing about TTLs under the lowest, which it raises when it writes.
    `refused` are owners relative to the apex. Every change is one request, as with most providers:
    those before a refused one are done. `status` is what every write is answered with, but 200.
    """

    records: dict[tuple[str, str], dict[str, Any]] = field(default_factory=dict)
    refused: set[str] = field(default_factory=set)
    status: int = 200
    listing_status: int = 200
    lowest_ttl: int = 0
    hides_ttls: bool = False
    listings: int = 0
    writes: int = 0


SHELVES: dict[str, Shelf] = {}


class MemoryProvider(BaseProvider):
    """Keeps one zone on a shelf."""

    SUPPORTS_GEO = False
    SUPPORTS_DYNAMIC = False
    SUPPORTS_ROOT_NS = True
    SUPPORTS_MULTIVALUE_PTR = True
    SUPPORTS = frozenset({"A", "AAAA", "ALIAS", "CNAME", "MX", "NS", "PTR", "TXT", "URLFWD"})

    def __init__(self, id: str, shelf: str, token: str, **more: Any) -> None:
        if token == "unreadable":
            raise ValueError(f"{token} is no token")
        self.log = logging.getLogger(f"MemoryProvider[{id}]")
        super().__init__(id, **more)
        self.shelf, self.token = SHELVES[shelf], token

    def populate(self, zone: Any, target: bool = False, lenient: bool = False) -> bool:
        self.shelf.listings += 1
        if self.shelf.listing_status != 200:
            raise Answered(self.shelf.listing_status, f"no such token: {self.token}")
        for (name, _), data in self.shelf.records.items():
            zone.add_record(Record.new(zone, name, data, source=self, lenient=True), lenient=True)
        return bool(self.shelf.records)

    def _include_change(self, change: Any) -> bool:
        if not (self.shelf.hides_ttls and change.existing and change.new):
            return True
        wanted = {**change.new.data, "ttl": max(change.new.ttl, self.shelf.lowest_ttl)}
        return bool(wanted != change.existing.data)

    def _apply(self, plan: Any) -> None:
        self.shelf.writes += 1
        if self.shelf.status != 200:
            raise Answered(self.shelf.status, f"not with {self.token}")
        for change in plan.changes:
            record = change.record
            if record.name in self.shelf.refused:
                raise Answered(422, f"{record.fqdn} is reserved")
            if change.new is None:
                del self.shelf.records[record.name, record._type]
            else:
                ttl = max(record.ttl, self.shelf.lowest_ttl)
                kept = {**record.data, "type": record._type, "ttl": ttl}
                self.shelf.records[record.name, record._type] = kept


class SparseProvider(MemoryProvider):
    """One without NS at the apex, and without several PTR records at a name."""

    SUPPORTS_ROOT_NS = False
    SUPPORTS_MULTIVALUE_PTR = False


class WholeProvider(MemoryProvider):
    """One that writes its whole zone anew, of what a plan says is there and is to be."""

    def _apply(self, plan: Any) -> None:
        self.shelf.writes += 1
        if self.shelf.refused & {change.record.name for change in plan.changes}:
            raise Answered(422, "reserved")
        made = plan.existing.copy()
        made.apply(plan.changes)
        wholes = [
            {(each.name, each._type): {**each.data, "type": each._type} for each in zone.records}
            for zone in (made, plan.desired)
        ]
        assert wholes[0] == wholes[1]
        self.shelf.records = wholes[0]


class NotAProvider:
    """A class that octoDNS knows nothing of."""

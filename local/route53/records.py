"""Resource record sets, and the ordered index that a zone keeps them in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice, takewhile
from typing import Any

from sortedcontainers import SortedDict

from .names import canonical, order_key, parse_name

Key = tuple[bytes, str, str, str]
"""(order of the name, name, type, set identifier): the order of ListResourceRecordSets."""

OWN_FIELDS = frozenset({"Name", "Type", "TTL", "ResourceRecords"})


@dataclass(frozen=True, slots=True)
class RecordSet:
    """One rrset, lossless; `extras` holds every other member of the API's ResourceRecordSet."""

    name: str
    type: str
    ttl: int | None
    values: tuple[str, ...]
    extras: dict[str, Any] = field(default_factory=dict)

    @property
    def set_identifier(self) -> str:
        """Empty for simple routing."""
        return str(self.extras.get("SetIdentifier", ""))

    @property
    def key(self) -> Key:
        return (order_key(parse_name(self.name)), self.name, self.type, self.set_identifier)

    @property
    def is_alias(self) -> bool:
        return "AliasTarget" in self.extras

    def same_content(self, other: RecordSet) -> bool:
        """Equal but for the order of the values."""
        return (self.key, self.ttl, self.extras, sorted(self.values)) == (
            other.key,
            other.ttl,
            other.extras,
            sorted(other.values),
        )

    def to_api(self) -> dict[str, Any]:
        """The API's ResourceRecordSet."""
        api: dict[str, Any] = {"Name": self.name, "Type": self.type, **self.extras}
        if self.ttl is not None:
            api["TTL"] = self.ttl
        if self.values:
            api["ResourceRecords"] = [{"Value": value} for value in self.values]
        return api


def from_api(api: dict[str, Any]) -> RecordSet:
    """A ResourceRecordSet of the API → ours; names brought into the API's spelling.

    Raises FatalProblem for a name without valid syntax.
    """
    extras = {member: value for member, value in api.items() if member not in OWN_FIELDS}
    if "AliasTarget" in extras:
        target = extras["AliasTarget"]
        extras["AliasTarget"] = target | {"DNSName": canonical(target["DNSName"])}
    return RecordSet(
        name=canonical(api["Name"]),
        type=api["Type"],
        ttl=api.get("TTL"),
        values=tuple(record.get("Value", "") for record in api.get("ResourceRecords", ())),
        extras=extras,
    )


class RecordIndex:
    """The rrsets of a zone in Route 53's order; a page costs O(log n + its length)."""

    def __init__(self, record_sets: Iterable[RecordSet] = ()) -> None:
        self._sets: SortedDict[Key, RecordSet] = SortedDict(
            (record_set.key, record_set) for record_set in record_sets
        )

    def __len__(self) -> int:
        return len(self._sets)

    def __iter__(self) -> Iterator[RecordSet]:
        return iter(self._sets.values())

    def page(self, start: Key, size: int) -> list[RecordSet]:
        """The first `size` rrsets that do not sort before `start`."""
        return [self._sets[key] for key in islice(self._sets.irange(minimum=start), size)]

    def at(self, name: str) -> dict[Key, RecordSet]:
        """All rrsets of one name (in the API's spelling)."""
        order = order_key(parse_name(name))
        keys = self._sets.irange(minimum=(order, name, "", ""))
        return {key: self._sets[key] for key in takewhile(lambda key: key[1] == name, keys)}

    def replace(self, name: str, record_sets: dict[Key, RecordSet]) -> None:
        """Make `record_sets` all that the name has."""
        for key in self.at(name).keys() - record_sets.keys():
            del self._sets[key]
        self._sets.update(record_sets)


def start_key(name: str | None, rdtype: str | None, set_identifier: str | None) -> Key:
    """Where a listing starts; with nothing given, before everything."""
    if name is None:
        return (b"", "", "", "")
    labels = parse_name(name)
    return (order_key(labels), canonical(name), rdtype or "", set_identifier or "")

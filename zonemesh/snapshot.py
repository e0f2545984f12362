"""A zone frozen at a serial: the small root over its views, and why it was made."""

import json
from dataclasses import asdict, dataclass
from typing import Any, Self

from zonemesh.tree import View

SCHEMA = 1
_SERIAL_FIELD = 6  # owner TTL IN SOA mname rname serial …


@dataclass(frozen=True, slots=True)
class Change:
    """One change event behind a snapshot, as CloudTrail tells it; `time` in epoch seconds."""

    event_id: str
    operation: str
    time: int
    principal: str
    source_address: str
    user_agent: str


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a snapshot was made.

    `found_by` is `event` (EventBridge), `lookup` (LookupEvents: the event was missed), `listing`
    (a full listing differed) or `first` (the zone is new to the mesh).
    """

    found_by: str
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One numbered state of a zone.

    `zone` is the zone's key in the mesh, `apex` its name. `parent` is the serial before it, None
    for the first. `recorded_at` is in epoch seconds. `soa` is the SOA record's master-file line
    with a serial of 0. The views are the tops of content-addressed trees.
    """

    zone: str
    apex: str
    serial: int
    parent: int | None
    recorded_at: int
    reason: Reason
    soa: str
    source: View | None
    served: View | None
    report: View | None
    policy: str
    translator: int

    def soa_line(self) -> str:
        """Give the SOA as a master-file line with this serial."""
        fields = self.soa.split(" ")  # blanks inside names are escaped, so these are the fields
        fields[_SERIAL_FIELD] = str(self.serial)
        return " ".join(fields)

    def same_content(self, other: "Snapshot | None") -> bool:
        """Tell whether both hold the same views and SOA; serial and reason do not count."""
        return other is not None and self._content() == other._content()

    def _content(self) -> tuple[object, ...]:
        return (self.soa, self.source, self.served, self.report)

    def to_json(self) -> str:
        """Write the snapshot as one JSON document."""
        return json.dumps({"schema": SCHEMA, **asdict(self)}, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote.

        Raises ValueError for a schema that this version does not know.
        """
        document: dict[str, Any] = json.loads(text)
        schema = document.pop("schema")
        if schema != SCHEMA:
            raise ValueError(f"snapshot schema {schema} is not {SCHEMA}; upgrade zonemesh")
        reason = document.pop("reason")
        changes = tuple(Change(**change) for change in reason["changes"])
        for name in ("source", "served", "report"):
            document[name] = View(**view) if (view := document[name]) else None
        return cls(**document, reason=Reason(reason["found_by"], changes))


@dataclass(frozen=True, slots=True)
class Head:
    """The newest accepted snapshot of a zone.

    `revision` counts how often the head was moved or confirmed: who read another one may not
    commit.
    """

    zone: str
    serial: int
    revision: int = 0


@dataclass(frozen=True, slots=True)
class Announcement:
    """The doorbell: a zone has a new head. Whoever hears it fetches the newest state."""

    zone: str
    serial: int

    def to_json(self) -> str:
        return json.dumps({"zone": self.zone, "serial": self.serial})

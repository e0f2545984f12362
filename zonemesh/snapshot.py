"""A zone frozen at a serial: the small root over its views, and why it was made."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
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
    (a full listing differed), `order` (one that somebody ordered did), `first` (the zone is new to
    the mesh) or `answers` (what its aliases resolve to changed).
    """

    found_by: str
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Window:
    """The changes that the guard judges together.

    `baseline` is the serial that they are compared with, of `count` rrsets in the source, and
    `since` when they began (epoch seconds). `removed` and `changed` count rrsets of the source; one
    that went and came back counts each time, so they are at least what the two differ by.
    """

    baseline: int
    since: int
    count: int
    removed: int = 0
    changed: int = 0


@dataclass(frozen=True, slots=True)
class Signatures:
    """What DNSSEC adds to a signed zone that is passed through as it came.

    `rrsets` counts the source's rrsets that are DNSSEC's own. `expires` is when the earliest RRSIG
    does (epoch seconds), or up to an hour before. `hours` counts the RRSIGs by the hour of their
    expiry (epoch seconds, in hours; as text, as JSON has it).
    """

    rrsets: int
    expires: int
    hours: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One numbered state of a zone.

    `zone` is the zone's key in the mesh, `apex` its name. `parent` is the serial before it, None
    for the first. `recorded_at` is in epoch seconds. `soa` is the SOA record's master-file line
    with a serial of 0. The views are the tops of content-addressed trees: `aliases` is the index of
    names that copy others, `answers` holds what external aliases resolve to. `decisions` is
    `MeshZone.decisions`. `losses` counts the report's lines by kind, `refused` those that hold the
    zone. `concerns` say why the guard held it, `window` is what the guard counts. `signatures` are
    those of a zone that comes signed from its primaries.
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
    aliases: View | None = None
    answers: View | None = None
    decisions: str = ""
    losses: Mapping[str, int] = field(default_factory=dict)
    refused: int = 0
    concerns: tuple[str, ...] = ()
    window: Window | None = None
    signatures: Signatures | None = None

    @property
    def expires(self) -> int | None:
        """When the first of its signatures expires, in epoch seconds; None where it has none.

        Past it the zone is bogus to validators (RFC 4035 5.3.1) and must not be served.
        """
        return self.signatures.expires if self.signatures else None

    @property
    def is_withheld(self) -> bool:
        """Whether it may not be served unless somebody approves it, or at all."""
        return bool(self.refused or self.concerns)

    def soa_line(self) -> str:
        """Give the SOA as a master-file line with this serial."""
        fields = self.soa.split(" ")  # blanks inside names are escaped, so these are the fields
        fields[_SERIAL_FIELD] = str(self.serial)
        return " ".join(fields)

    def same_content(self, other: "Snapshot | None") -> bool:
        """Tell whether both hold the same views and SOA; serial and reason do not count."""
        return other is not None and self._content() == other._content()

    def _content(self) -> tuple[object, ...]:
        return (self.soa, *self.tops)

    @property
    def tops(self) -> tuple[View | None, ...]:
        """All views, the missing ones as None."""
        return (self.source, self.served, self.report, self.aliases, self.answers)

    def to_json(self) -> str:
        """Write the snapshot as one JSON document."""
        document = {"schema": SCHEMA, **asdict(self)}
        if self.signatures is None:  # versions that do not know them read all other snapshots
            del document["signatures"]
        return json.dumps(document, separators=(",", ":"))

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
        for name in ("source", "served", "report", "aliases", "answers"):
            document[name] = View(**view) if (view := document[name]) else None
        document["concerns"] = tuple(document.pop("concerns"))
        document["window"] = Window(**window) if (window := document["window"]) else None
        signatures = document.pop("signatures", None)
        document["signatures"] = Signatures(**signatures) if signatures else None
        return cls(**document, reason=Reason(reason["found_by"], changes))


@dataclass(frozen=True, slots=True)
class Head:
    """The newest accepted snapshot of a zone.

    `revision` counts how often the head was moved or confirmed: who read another one may not
    commit. `held` is the serial of the snapshot that waits because its content is refused or the
    guard wants it approved, None where none does; `rejected` where somebody said that it shall wait
    for the next change. `minted` is the last that ever was held on this serial, which is not given
    again. `decisions` are those that the newest content, held or not, follows from
    (`MeshZone.decisions`): where they change and the content does not, the head alone is told.
    """

    zone: str
    serial: int
    revision: int = 0
    held: int | None = None
    decisions: str = ""
    minted: int | None = None
    rejected: bool = False

    def holding(self, snapshot: Snapshot) -> "Head":
        """Give the head on which a snapshot waits."""
        return replace(
            self,
            revision=self.revision + 1,
            held=snapshot.serial,
            decisions=snapshot.decisions,
            minted=snapshot.serial,
            rejected=False,
        )

    def accepting(self, snapshot: Snapshot) -> "Head":
        """Give the head on which the snapshot that waited is served."""
        return Head(self.zone, snapshot.serial, self.revision + 1, decisions=snapshot.decisions)

    @property
    def taken(self) -> list[int]:
        """The serials that a new one must be above."""
        known = (self.serial, self.held, self.minted)
        return [serial for serial in known if serial is not None]


@dataclass(frozen=True, slots=True)
class Announcement:
    """The doorbell: a zone has a new head. Whoever hears it fetches the newest state."""

    zone: str
    serial: int

    def to_json(self) -> str:
        return json.dumps({"zone": self.zone, "serial": self.serial})

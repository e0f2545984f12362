"""How each pulled zone is: one place to write it, and to read it for all who ask."""

import threading
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from hub_container.pulling.judgement import State
from hub_container.pulling.probe import Heard

_SHOWN_MOST = (
    200  # zones in a report, troubled ones first: it is an item of the table, under 400 KB
)
_SAID_MOST = 600  # characters of a cause or an error


@dataclass(frozen=True, slots=True)
class ZoneStatus:
    """A pulled zone at this hub; times are in epoch seconds.

    `serial` is what the pulling NSD holds, `moved_at` since when. `confirmed_at` is when a primary
    last answered this serial as its newest. `snapshot` is the newest recorded one's, `primary` the
    primary's serial in it; `held` is true where it waits for somebody. `error` is what recording
    failed of, `unmoved` tells of a primary that changed without raising its serial.
    """

    zone: str
    apex: str
    state: State = State.WAITING
    cause: str = "not looked at yet"
    primaries: Mapping[str, Heard] | None = None
    serial: int | None = None
    moved_at: float | None = None
    confirmed_at: float | None = None
    snapshot: int | None = None
    primary: int | None = None
    held: bool = False
    unmoved: str = ""
    recorded_at: float | None = None
    error: str = ""

    @property
    def is_troubled(self) -> bool:
        """Whether somebody should look at it."""
        return self.state is not State.CURRENT or bool(
            self.cause or self.unmoved or self.error or self.held
        )

    def to_json(self, now: float) -> dict[str, Any]:
        """Give it JSON-able; `age` is in seconds since a primary confirmed it."""
        primaries = self.primaries or {}
        return {
            "apex": self.apex,
            "state": str(self.state),
            "cause": "; ".join(filter(None, (self.cause, self.unmoved)))[:_SAID_MOST],
            "error": self.error[:_SAID_MOST],
            "serial": self.serial,
            "moved_at": self.moved_at,
            "age": None if self.confirmed_at is None else round(now - self.confirmed_at, 1),
            "snapshot": self.snapshot,
            "recorded": self.primary,
            "recorded_at": self.recorded_at,
            "held": self.held,
            "primaries": {
                name: {"serial": heard.serial, "error": heard.kind}
                for name, heard in primaries.items()
            },
        }


class PullBoard:
    """The statuses of all pulled zones, safe for all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._zones: dict[str, ZoneStatus] = {}

    def keep_only(self, zones: Collection[tuple[str, str]]) -> None:
        """Show exactly these zones (key, apex)."""
        with self._lock:
            self._zones = {
                zone: self._zones.get(zone) or ZoneStatus(zone, apex) for zone, apex in zones
            }

    def zone(self, zone: str) -> ZoneStatus | None:
        with self._lock:
            return self._zones.get(zone)

    def zones(self) -> list[ZoneStatus]:
        with self._lock:
            return list(self._zones.values())

    def change(self, zone: str, **fields: Any) -> bool:
        """Note something of a zone; tells whether that is news besides the time."""
        with self._lock:
            if (known := self._zones.get(zone)) is None:
                return False
            self._zones[zone] = changed = replace(known, **fields)
        return replace(changed, confirmed_at=None) != replace(known, confirmed_at=None)

    def report(self) -> dict[str, Any]:
        """Give all zones, or as many as a report may hold, JSON-able."""
        now = time.time()
        with self._lock:
            zones = sorted(self._zones.values(), key=lambda each: (not each.is_troubled, each.zone))
        return {
            "zones_total": len(zones),
            "zones_troubled": sum(each.is_troubled for each in zones),
            "zones_left_out": max(0, len(zones) - _SHOWN_MOST),
            "zones": {each.zone: each.to_json(now) for each in zones[:_SHOWN_MOST]},
        }

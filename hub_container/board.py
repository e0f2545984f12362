"""What is known of the hub's state: one place to write it, and to read it for all who ask."""

import threading
import time
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, replace
from typing import Any

from hub_container.notify import Told

WAITING = "waiting"  # nothing of the zone is served yet
SERVED = "served"
FAILING = "failing"  # something went wrong; the last good version, if any, is served on


@dataclass(frozen=True, slots=True)
class ZoneState:
    """A zone on this hub.

    `serial` is what NSD was seen to answer, `served_at` since when (epoch seconds), `seconds` how
    long it took from the ring, or from the look at the head, until then.
    """

    zone: str
    apex: str
    state: str = WAITING
    serial: int | None = None
    served_at: float | None = None
    seconds: float | None = None
    error: str | None = None


@dataclass(frozen=True, slots=True)
class ToldAt:
    """The last of what was told to one secondary of one zone; `at` in epoch seconds."""

    told: Told
    at: float


class Board:
    """The hub's state, safe for all threads.

    `on_zone` is called with the key of a zone whose state changed, in the thread that changed it.
    """

    def __init__(self, on_zone: Callable[[str], None] = lambda _: None) -> None:
        self.on_zone = on_zone
        self._lock = threading.Lock()
        self._zones: dict[str, ZoneState] = {}
        self._told: dict[tuple[str, str], ToldAt] = {}
        self.last_contact: float | None = None
        self.aws_error: str | None = None
        self.problems: tuple[str, ...] = ()
        self.started_at = time.time()
        self.caught_up = False
        self.reload_seconds: float | None = None

    def keep_only(self, zones: Collection[tuple[str, str]]) -> None:
        """Show exactly these zones (key, apex)."""
        with self._lock:
            kept = {zone: self._zones.get(zone) or ZoneState(zone, apex) for zone, apex in zones}
            fresh = kept.keys() - self._zones.keys()
            self._zones = kept
            self._told = {key: told for key, told in self._told.items() if key[0] in kept}
        for zone in fresh:
            self.on_zone(zone)

    def served(self, zone: str, serial: int, seconds: float | None) -> None:
        """Note that NSD answers a serial."""
        now = time.time()
        self._change(zone, state=SERVED, serial=serial, served_at=now, seconds=seconds, error=None)

    def failing(self, zone: str, error: str) -> None:
        """Note what went wrong with a zone; what is served stays as it is."""
        self._change(zone, state=FAILING, error=error)

    def unserved(self, zone: str, serial: int | None, error: str) -> None:
        """Note that NSD answers another serial than it should, or none."""
        self._change(zone, state=FAILING, serial=serial, served_at=None, seconds=None, error=error)

    def healed(self, zone: str) -> None:
        """Note that what went wrong is over, and what is served is the newest."""
        known = self.zone(zone)
        if known and known.error:
            self._change(zone, state=SERVED if known.serial is not None else WAITING, error=None)

    def told(self, told: Told) -> None:
        """Note how it goes with a secondary."""
        with self._lock:
            if told.zone in self._zones:
                self._told[told.zone, told.secondary] = ToldAt(told, time.time())

    def contact(self, error: str | None = None) -> None:
        """Note that AWS answered, or how it failed to."""
        self.aws_error = error
        if error is None:
            self.last_contact = time.time()

    def zone(self, zone: str) -> ZoneState | None:
        with self._lock:
            return self._zones.get(zone)

    def zones(self) -> list[ZoneState]:
        with self._lock:
            return list(self._zones.values())

    def tellings(self) -> list[ToldAt]:
        with self._lock:
            return list(self._told.values())

    def secondaries_of(self, zone: str) -> dict[str, dict[str, Any]]:
        """Give the last NOTIFY result for each secondary of a zone, JSON-able."""
        return {
            entry.told.secondary: _telling(entry)
            for entry in self.tellings()
            if entry.told.zone == zone
        }

    def _change(self, zone: str, **fields: Any) -> None:
        with self._lock:
            if (known := self._zones.get(zone)) is None:
                return
            self._zones[zone] = changed = replace(known, **fields)
        if changed != known:
            self.on_zone(zone)


def zone_report(state: ZoneState) -> dict[str, Any]:
    """Give a zone's state as a JSON-able object."""
    return asdict(state)


def _telling(entry: ToldAt) -> dict[str, Any]:
    told = entry.told
    return {
        "serial": told.serial,
        "result": told.result,
        "tries": told.tries,
        "follows": told.follows,
        "at": entry.at,
    }

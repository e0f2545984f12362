"""What is known of the hub's state: one place to write it, and to read it for all who ask."""

import threading
import time
from collections.abc import Callable, Collection
from dataclasses import asdict, dataclass, replace
from typing import Any

from hub_container.verdicts import Seen, State, Told, Verdict, after, verdict

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


class Board:
    """The hub's state, safe for all threads.

    `on_zone` is called with the key of a zone whose state changed, `on_current` with the name of a
    secondary that has come to what the hub serves, and the seconds that this took; both in the
    thread that noted it.
    """

    def __init__(
        self,
        on_zone: Callable[[str], None] = lambda _: None,
        on_current: Callable[[str, float], None] = lambda _, __: None,
    ) -> None:
        self.on_zone, self.on_current = on_zone, on_current
        self._lock = threading.Lock()
        self._zones: dict[str, ZoneState] = {}
        self._seen: dict[str, dict[str, Seen]] = {}  # zone, name of the secondary
        self.last_contact: float | None = None
        self.aws_error: str | None = None
        self.problems: tuple[str, ...] = ()
        self.started_at = time.time()
        self.caught_up_at: float | None = None  # epoch seconds
        self.catch_up_errors = 0
        self.reload_seconds: float | None = None

    def keep_only(self, zones: Collection[tuple[str, str]]) -> None:
        """Show exactly these zones (key, apex)."""
        with self._lock:
            kept = {zone: self._zones.get(zone) or ZoneState(zone, apex) for zone, apex in zones}
            fresh = kept.keys() - self._zones.keys()
            self._zones = kept
            self._seen = {zone: seen for zone, seen in self._seen.items() if zone in kept}
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

    def keep_only_secondaries(self, names: Collection[str]) -> None:
        """Show no secondaries but these."""
        with self._lock:
            self._seen = {
                zone: {name: each for name, each in seen.items() if name in names}
                for zone, seen in self._seen.items()
            }

    def told(self, told: Told) -> bool:
        """Note how it goes with a secondary; tells whether that changes what is to be said."""
        now = time.time()
        with self._lock:
            if (state := self._zones.get(told.zone)) is None:
                return False
            of_zone = self._seen.setdefault(told.zone, {})
            before = of_zone.get(told.secondary)
            of_zone[told.secondary] = seen = after(before, told, now)
        if before is not None and state.served_at is not None and _has_come(before, seen):
            self.on_current(told.secondary, now - state.served_at)
        return before is None or _said(before) != _said(seen)

    @property
    def caught_up(self) -> bool:
        """Whether all was compared with what the mesh says, once at least."""
        return self.caught_up_at is not None

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

    def seen(self) -> list[tuple[str, str, Seen]]:
        """Give what is known of each zone at each secondary: zone, name, that."""
        with self._lock:
            return [
                (zone, name, each)
                for zone, seen in self._seen.items()
                for name, each in seen.items()
            ]

    def secondary(self, zone: str, name: str) -> Seen | None:
        """Give what is known of a zone at a secondary."""
        with self._lock:
            return self._seen.get(zone, {}).get(name)

    def secondaries_of(self, zone: str) -> dict[str, dict[str, Any]]:
        """Give how each secondary of a zone does, JSON-able."""
        with self._lock:
            seen = dict(self._seen.get(zone, {}))
        return {name: secondary_report(each) for name, each in seen.items()}

    def secondaries(self) -> dict[str, dict[str, int]]:
        """Count each secondary's zones by its state there."""
        counts: dict[str, dict[str, int]] = {}
        for _, name, seen in self.seen():
            of_name = counts.setdefault(name, {state.value: 0 for state in State})
            of_name[verdict(seen).state.value] += 1
        return counts

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


def secondary_report(seen: Seen) -> dict[str, Any]:
    """Give how a secondary does as a JSON-able object; times in epoch seconds.

    `state`, `cause`, `lacks` and `since` are the verdict's. `result` is what came of the last
    NOTIFY, `follows` the serial that was answered last.
    """
    judged = verdict(seen)
    return {
        "state": judged.state.value,
        "cause": judged.cause,
        "lacks": judged.lacks,
        "since": judged.since,
        "serial": seen.serial,
        "result": _result(seen),
        "tries": seen.tries,
        "follows": seen.holds,
        "at": seen.at,
    }


def _result(seen: Seen) -> str | None:
    if seen.notified is None:
        return None
    return "acknowledged" if seen.notified.positive else str(seen.notified)


def _has_come(before: Seen, seen: Seen) -> bool:
    """Tell whether a secondary has the hub's serial, and had not before."""
    had = before.serial == seen.serial and verdict(before).state is State.CURRENT
    return verdict(seen).state is State.CURRENT and not had


def _said(seen: Seen) -> tuple[Verdict, int, int | None]:
    return verdict(seen), seen.serial, seen.holds

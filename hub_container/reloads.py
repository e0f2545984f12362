"""When NSD loads what: changed zones go in together, a tick at a time.

Each reload replaces all of NSD's servers, whatever it loads. So a change goes in at once while
nothing else waits; under a backlog, ticks keep a distance in which more changes gather.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace

from hub_container.nsd_control import NsdControl
from hub_container.orders import Orders
from hub_container.settings import Endpoint
from hub_container.soa import Answer, confirm
from hub_container.zonefiles import Prepared, ZoneFiles
from zonemesh.serial import is_newer, newest

_LEAST_GAP = 1.0  # seconds between ticks under a backlog,
_GAP_FACTOR = 3  # and this many times what the last one took
_BIG = 10 * 2**20  # bytes; NSD loads some 10 MB/s, and small zones shall not wait for that
_PATIENCE = 2.0  # seconds that a tick waits for NSD to serve what it was given, and
_PATIENCE_PER_BYTE = 1 / 10**6  # that much more for what is big
_LATE = 8.0  # seconds until what is not served is called so; other ticks go on meanwhile
_LOOK_AGAIN = 0.5

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Served:
    """NSD was seen to answer a zone's serial; `prepared` is what was loaded for it, if anything."""

    zone: str
    apex: str
    serial: int
    prepared: Prepared | None


@dataclass(frozen=True, slots=True)
class _Expected:
    """What NSD should answer for a zone, since when (monotonic seconds)."""

    zone: str
    apex: str
    serial: int
    since: float
    prepared: Prepared | None = None
    told: bool = False  # that NSD answers nothing


@dataclass(frozen=True, slots=True)
class _Taken:
    """What one tick has to do: `again` are zones whose load is to be ordered once more."""

    batch: list[Prepared]
    again: set[str]
    reconfigure: bool
    recheck: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """Whom the ticks tell, in their thread.

    `served` of each zone as soon as NSD answers its serial; `failed` of a zone whose file could not
    be put in place, `unserved` of one that NSD does not answer as it should; `took` of each tick's
    seconds.
    """

    served: Callable[[Served], None]
    failed: Callable[[str, Exception], None]
    unserved: Callable[[str, int, Answer | None], None]
    took: Callable[[float], None]


class Reloads:
    """Puts prepared zone files in place and has NSD load them, from a thread of its own.

    `configure` writes nsd.conf anew and tells whether it changed; `zones` gives the apex of
    every zone that the hub is to serve, by its key.
    """

    def __init__(
        self,
        files: ZoneFiles,
        control: NsdControl,
        server: Endpoint,
        configure: Callable[[], bool],
        zones: Callable[[], Mapping[str, str]],
        outcome: Outcome,
    ) -> None:
        self._files, self._server = files, server
        self._orders = Orders(control, configure)
        self._zones, self._outcome = zones, outcome
        self._changed = threading.Condition()
        self._pending: dict[str, Prepared] = {}
        self._installing: dict[str, Prepared] = {}
        self._again: set[str] = set()
        self._late: dict[str, _Expected] = {}
        self._reconfigure = False
        self._recheck = False
        self._big_turn = False
        self._busy = False
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="reloads", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End after the tick that is under way."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join(_PATIENCE)

    def add(self, prepared: Prepared) -> None:
        """Have a checked zone file served; it replaces an older one that still waits."""
        with self._changed:
            if older := self._pending.get(prepared.zone):
                self._files.discard(older)
            self._pending[prepared.zone] = prepared
            self._changed.notify()

    def pending_serial(self, zone: str) -> int | None:
        """Give the newest serial that waits to be put in place, or is being, for a zone."""
        with self._changed:
            waiting = [self._pending.get(zone), self._installing.get(zone)]
        return newest([prepared.serial for prepared in waiting if prepared])

    def again(self, zone: str) -> None:
        """Have NSD told once more to load a zone's file."""
        with self._changed:
            self._again.add(zone)
            self._changed.notify()

    def reconfigure(self) -> None:
        """Have NSD take up what changed in zones, secondaries or keys."""
        with self._changed:
            self._reconfigure = True
            self._changed.notify()

    def recheck(self) -> None:
        """Look whether NSD, newly started, serves every zone that it should."""
        with self._changed:
            self._recheck = True
            self._changed.notify()

    @property
    def idle(self) -> bool:
        """True where nothing waits or is under way."""
        with self._changed:
            return not (self._waiting or self._busy)

    def _run(self) -> None:
        backlog_since: float | None = None
        took = 0.0
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._stopping or self._waiting, self._idle_for())
                if backlog_since is not None:
                    gap = max(_LEAST_GAP, _GAP_FACTOR * took)
                    self._changed.wait_for(
                        lambda: self._stopping, backlog_since + gap - time.monotonic()
                    )
                if self._stopping:
                    return
                taken = self._take()
                self._busy = True
            started = time.monotonic()
            try:
                self._work(taken)
            except Exception:
                logger.exception("a reload failed; the schedule will try again")
            ended = time.monotonic()
            took = ended - started
            with self._changed:
                self._busy = False
                self._installing.clear()
                backlog_since = ended if self._waiting else None

    @property
    def _waiting(self) -> bool:
        return bool(self._pending or self._again or self._reconfigure or self._recheck)

    def _idle_for(self) -> float | None:
        if self._late:
            return _LOOK_AGAIN
        if self._orders.again_at is not None:
            return max(0.0, self._orders.again_at - time.monotonic())
        return None

    def _take(self) -> _Taken:
        """Take all small zones together, or one big one; they take turns."""
        small = [prepared for prepared in self._pending.values() if prepared.size < _BIG]
        big = [prepared for prepared in self._pending.values() if prepared.size >= _BIG]
        batch = big[:1] if big and (self._big_turn or not small) else small
        self._big_turn = bool(big) and batch is small
        for prepared in batch:
            self._installing[prepared.zone] = self._pending.pop(prepared.zone)
        taken = _Taken(batch, self._again, self._reconfigure, self._recheck)
        self._again, self._reconfigure, self._recheck = set(), False, False
        return taken

    def _work(self, taken: _Taken) -> None:
        recheck = taken.recheck
        again_at = self._orders.again_at
        # A new NSD, or one that is doubted, is told at once.
        if again_at is not None and (recheck or again_at <= time.monotonic()):
            recheck = self._orders.repeat(self._zones().values()) or recheck
        self._tick(taken.batch, taken.reconfigure)
        self._reload_again(taken.again)
        if recheck:
            self._check(self._zones())
        self._look_again()

    def _tick(self, batch: list[Prepared], reconfigure: bool) -> None:
        placed: dict[str, Prepared] = {}
        wanted = self._zones()
        for prepared in batch:
            new = self._files.serial(prepared.zone) is None or self._files.is_over(prepared.zone)
            if self._place(prepared, prepared.zone in wanted):
                placed[prepared.apex] = prepared
                reconfigure = reconfigure or new
        if not placed and not reconfigure:
            return
        started = time.monotonic()
        self._orders.give(list(placed), reconfigure)
        self._confirm(placed)
        if placed:
            self._outcome.took(time.monotonic() - started)

    def _place(self, prepared: Prepared, wanted: bool) -> bool:
        try:
            on_disk = self._files.serial(prepared.zone)
            # The same file once more would cost NSD's IXFR history of the zone.
            newer = prepared.anew or on_disk is None or is_newer(prepared.serial, on_disk)
            if wanted and newer:
                self._files.install(prepared)
                return True
            self._files.discard(prepared)
        except OSError as problem:
            with suppress(OSError):
                self._files.discard(prepared)
            self._outcome.failed(prepared.zone, problem)
        finally:
            with self._changed:
                self._installing.pop(prepared.zone, None)
        return False

    def _reload_again(self, zones: set[str]) -> None:
        wanted = self._zones()
        apexes = {zone: wanted[zone] for zone in zones if zone in wanted}
        if apexes:
            self._orders.give(list(apexes.values()), False)
            self._check(apexes)

    def _confirm(self, placed: Mapping[str, Prepared]) -> None:
        now = time.monotonic()
        self._await(
            [_Expected(p.zone, p.apex, p.serial, now, p) for p in placed.values()],
            _PATIENCE + _PATIENCE_PER_BYTE * sum(p.size for p in placed.values()),
        )

    def _check(self, zones: Mapping[str, str]) -> None:
        now = time.monotonic()
        serials = {zone: self._files.serial(zone) for zone in zones}
        self._await(
            [
                _Expected(zone, apex, serial, now)
                for zone, apex in zones.items()
                if (serial := serials.get(zone)) is not None and apex not in self._late
            ],
            _PATIENCE,  # an NSD that answers at all has loaded everything
        )

    def _await(self, expected: list[_Expected], patience: float) -> None:
        """Tell of what NSD serves; what it does not within a while is looked at again later."""
        for apex in self._poll(expected, patience):
            self._late[apex] = next(entry for entry in expected if entry.apex == apex)

    def _look_again(self) -> None:
        """Tell of what is late; an NSD that answers nothing is looked at until it does."""
        for apex, answer in self._poll(list(self._late.values()), 0.0).items():
            entry = self._late[apex]
            now = time.monotonic()
            if now - entry.since <= _LATE:
                continue
            if answer is None:
                self._late[apex] = replace(entry, since=now, told=True)
            else:
                del self._late[apex]
            if answer or not entry.told:
                self._outcome.unserved(entry.zone, entry.serial, answer)

    def _poll(self, expected: list[_Expected], patience: float) -> dict[str, Answer | None]:
        by_apex = {entry.apex: entry for entry in expected}

        def confirmed(apex: str, serial: int) -> None:
            entry = by_apex[apex]
            self._late.pop(apex, None)
            self._outcome.served(Served(entry.zone, apex, serial, entry.prepared))

        serials = {apex: entry.serial for apex, entry in by_apex.items()}
        return confirm(self._server, serials, patience, confirmed)

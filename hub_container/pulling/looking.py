"""Looks at pulled zones: what the primaries have against what the pulling NSD took.

NSD hears NOTIFY and keeps the SOA's timers by itself. The looks say how it goes, make up for pauses
that NSD lets grow, and find out why a transfer does not come to an end.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping

from hub_container.nsd_control import NsdControl, NsdMissing, NsdRefused
from hub_container.pulling.judgement import Act, Look, State, Verdict, judge
from hub_container.pulling.probe import Probe
from hub_container.pulling.pulled import Pulled
from hub_container.pulling.status import PullBoard
from hub_container.pulling.syncs import PulledSyncs
from hub_container.pulling.trial import try_transfer
from hub_container.settings import Endpoint
from hub_container.soa import ask
from hub_container.workers import ZoneWorkers

_FIRST_PAUSE, _LONGEST_PAUSE = 1.0, 60.0  # seconds between looks at a zone that is in trouble
_TRIED_FROM = 3  # looks that find a zone behind before the hub tries a transfer itself
_TRIED_EVERY = 8  # looks, afterwards
_WITHOUT_TRANSFER = (State.UNREACHABLE, State.EXPIRED, State.WENT_BACK)

logger = logging.getLogger(__name__)


class Looks:
    """Looks at zones in threads of its own, one at a time for each zone.

    `taken` gives the primary's serial that was recorded last; it may raise. `on_moved` is called
    with a zone of which NSD holds another serial than that, or whose recording failed.
    """

    def __init__(
        self,
        server: Endpoint,
        control: NsdControl,
        board: PullBoard,
        taken: Callable[[Pulled], int | None],
        on_moved: Callable[[str], None],
    ) -> None:
        self._server, self._control, self._board = server, control, board
        self._taken, self._on_moved = taken, on_moved
        self._probe = Probe()
        self._workers = ZoneWorkers(self._look, self._failed, threads=4)
        self._lock = threading.Lock()
        self._zones: Mapping[str, Pulled] = {}
        self._due: dict[str, float] = {}  # when a zone in trouble is looked at again
        self._streak: dict[str, int] = {}  # looks in a row that found the zone in trouble
        self._held: set[str] = set()  # zones that NSD was seen to hold
        self.syncs = PulledSyncs()

    def configure(self, zones: Mapping[str, Pulled]) -> None:
        """Look at exactly these zones from now on."""
        with self._lock:
            self._zones = zones
            for kept in (self._due, self._streak):
                for gone in kept.keys() - zones.keys():
                    del kept[gone]
            self._held &= zones.keys()

    def start(self) -> None:
        self._workers.start()

    def stop(self) -> None:
        self._workers.stop()

    def ask(self, zone: str) -> None:
        """Have a zone looked at now."""
        self._workers.ask(zone)

    def is_at(self, zone: str) -> bool:
        """Tell whether a zone is being looked at, or is about to be."""
        return self._workers.is_at(zone)

    def ask_due(self) -> None:
        """Have those zones looked at whose time has come."""
        now = time.monotonic()
        with self._lock:
            due = [zone for zone, when in self._due.items() if when <= now]
            for zone in due:
                del self._due[zone]
        for zone in due:
            self._workers.ask(zone)

    def forget_silence(self) -> None:
        """Ask those primaries again that did not answer."""
        self._probe.forget()

    def _look(self, zone: str, _: float) -> None:
        if (pulled := self._zones.get(zone)) is None:
            return
        answer = ask(self._server, pulled.apex)
        held = answer.serial if answer else None
        heard = {server.name: self._probe.ask(server, pulled.apex) for server in pulled.primaries}
        recorded = self._recorded(pulled)
        with self._lock:
            if held is not None:
                self._held.add(zone)
            had = zone in self._held
        look = Look(pulled, held, recorded, heard, had and answer is not None)
        verdict = judge(look)
        self._note(look, verdict)
        self._act(look, verdict)
        known = self._board.zone(zone)
        if held is not None and (held != recorded or (known is not None and known.error)):
            self._on_moved(zone)  # an error may be over that came of a serial in between

    def _recorded(self, pulled: Pulled) -> int | None:
        try:
            return self._taken(pulled)
        except Exception as problem:  # the table is away: the primaries are looked at all the same
            logger.warning("what was recorded is unknown", extra={"error": str(problem)})
            known = self._board.zone(pulled.zone)
            return known.primary if known else None

    def _note(self, look: Look, verdict: Verdict) -> None:
        zone, now = look.pulled.zone, time.time()
        known = self._board.zone(zone)
        streak = self._count(zone, verdict)
        cause = verdict.cause
        if streak >= _TRIED_FROM and (streak - _TRIED_FROM) % _TRIED_EVERY == 0:
            cause = self._tried(look, verdict)
        elif streak > _TRIED_FROM and known is not None and known.state is verdict.state:
            cause = known.cause  # what the last trial said
        moved = known is None or known.serial != look.held
        confirmed = look.held is not None and look.held in look.serials.values()
        news = self._board.change(
            zone,
            state=verdict.state,
            cause=cause,
            primaries=look.heard,
            serial=look.held,
            moved_at=now if moved else known and known.moved_at,
            unmoved="" if moved or known is None else known.unmoved,
            confirmed_at=now if confirmed else known and known.confirmed_at,
        )
        self._note_sync(look, verdict, cause, streak)
        if news:
            level = logging.INFO if verdict.state is State.CURRENT else logging.WARNING
            said = {"zone": zone, "state": str(verdict.state), "serial": look.held, "cause": cause}
            logger.log(level, "pulled zone", extra=said)

    def _note_sync(self, look: Look, verdict: Verdict, cause: str, streak: int) -> None:
        """Note a transfer that does not come about, or that it is no longer so."""
        zone = look.pulled.zone
        known = self._board.zone(zone)
        if verdict.state in _WITHOUT_TRANSFER or streak >= _TRIED_FROM:
            self.syncs.failed(zone, cause)
            return
        recorded = verdict.state is State.CURRENT and look.held == look.recorded
        if recorded and known and known.snapshot and not (known.held or known.error):
            self.syncs.is_current(zone, known.snapshot)

    def _count(self, zone: str, verdict: Verdict) -> int:
        """Set when to look again if anything is wrong; gives how many looks found a zone behind."""
        with self._lock:
            if verdict.state is State.CURRENT:
                self._due.pop(zone, None)
                self._streak[zone] = 0
                return 0
            streak = self._streak[zone] = self._streak.get(zone, 0) + 1
            pause = min(_FIRST_PAUSE * 2 ** min(streak - 1, 10), _LONGEST_PAUSE)
            self._due[zone] = time.monotonic() + pause
            return streak if verdict.act is not Act.NOTHING else 0

    def _tried(self, look: Look, verdict: Verdict) -> str:
        """Say why the zone does not come from the primary that has the newest serial."""
        server = next((s for s in look.pulled.primaries if s.name == verdict.stands_at), None)
        said = try_transfer(server, look.pulled.apex) if server else ""
        return f"{verdict.cause}; {said}" if said else verdict.cause

    def _act(self, look: Look, verdict: Verdict) -> None:
        if verdict.act is Act.NOTHING:
            return
        try:
            self._control.transfer(look.pulled.apex, whatever_serial=verdict.act is Act.FORCE)
        except (NsdRefused, NsdMissing) as problem:
            logger.debug("the pulling NSD is not told", extra={"error": str(problem)})

    def _failed(self, zone: str, problem: Exception) -> None:
        error = f"{type(problem).__name__}: {problem}"
        logger.error("a pulled zone cannot be looked at", extra={"zone": zone, "error": error})

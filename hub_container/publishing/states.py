"""How it goes with each zone at each target: one place to write it, and to read it for all."""

import threading
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, fields, replace
from enum import StrEnum
from itertools import groupby
from typing import Any

from hub_container.publishing.lanes import Pair
from zonemesh.targets.ports import REMARKS_TOLD, Outcome

# An item of the table has room for 400 KB: the heartbeat for the errors of all targets, a zone's
# report for three kinds of lines and an error at each of its targets.
ERRORS_TOLD, ERROR_MOST = 5, 1000
LINE_MOST = 300  # characters; a TXT record may have thousands


class At(StrEnum):
    """How a zone is at a target.

    `drifted`: somebody else changed the target, and the mesh says to report it only.
    """

    WAITING = "waiting"
    PUBLISHED = "published"
    DRIFTED = "drifted"
    HELD = "held"
    FAILING = "failing"


@dataclass(frozen=True, slots=True)
class TargetState:
    """A zone at a target; times in epoch seconds.

    `serial` is what was published last, at `published_at`, `seconds` after it was heard of. `wrote`
    is what the last publication did that wrote something, `last` what the last one found, at
    `checked_at`, `held` why one waits, all JSON-able. `drift` is what others have changed, `lost`
    what cannot be there as it is wanted: the first lines of the last listing, and of what was
    published since. `error` is what fails now, for the `failures`th time in a row since
    `failing_since`; `next_attempt` is None where the next schedule or change is waited for.
    `last_error` outlives the failure.
    """

    state: At = At.WAITING
    serial: int | None = None
    published_at: float | None = None
    seconds: float | None = None
    wrote: Mapping[str, Any] | None = None
    last: Mapping[str, Any] | None = None
    checked_at: float | None = None
    drift: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    lost_count: int = 0
    held: Mapping[str, Any] | None = None
    error: str | None = None
    failures: int = 0
    failing_since: float | None = None
    next_attempt: float | None = None
    last_error: str | None = None
    last_error_at: float | None = None

    def report(self) -> dict[str, Any]:
        """Give it JSON-able."""
        members = {each.name: getattr(self, each.name) for each in fields(self)}
        return members | {"state": self.state.value}


class States:
    """The states of all pairs, safe for all threads.

    `on_zone` is called with the key of a zone whose state changed, in the thread that changed it.
    """

    def __init__(
        self,
        on_zone: Callable[[str], None] = lambda _: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.on_zone, self._clock = on_zone, clock
        self._lock = threading.Lock()
        self._states: dict[Pair, TargetState] = {}
        self._pairs_of: dict[str, list[Pair]] = {}

    def keep_only(self, pairs: Collection[Pair]) -> None:
        """Show exactly these."""
        with self._lock:
            before = self._states
            self._states = {pair: before.get(pair) or TargetState() for pair in pairs}
            self._pairs_of = {zone: [*those] for zone, those in groupby(sorted(pairs), _zone)}
        for pair in before.keys() ^ self._states.keys():
            self.on_zone(pair.zone)

    def of(self, pair: Pair) -> TargetState:
        """Give a pair's state; that of one that is not there is empty."""
        with self._lock:
            return self._states.get(pair) or TargetState()

    def all(self) -> list[tuple[Pair, TargetState]]:
        """Give all pairs with their states, sorted."""
        with self._lock:
            return sorted(self._states.items(), key=lambda item: item[0])

    def of_zone(self, zone: str) -> dict[str, dict[str, Any]]:
        """Give a zone's state at each of its targets, JSON-able."""
        with self._lock:
            return {
                pair.target: self._states[pair].report() for pair in self._pairs_of.get(zone, ())
            }

    def pairs_of(self, zone: str) -> list[Pair]:
        """Give a zone with each of its targets."""
        with self._lock:
            return [*self._pairs_of.get(zone, ())]

    def waiting(self, pair: Pair) -> None:
        """Note that there is nothing to publish yet."""
        self._change(pair, _well(self.of(pair), At.WAITING))

    def is_current(self, pair: Pair, serial: int) -> None:
        """Note that what was published before is the newest."""
        known = self.of(pair)
        state = At.DRIFTED if known.state is At.DRIFTED else At.PUBLISHED
        self._change(pair, replace(_well(known, state), serial=serial))

    def came_out(self, pair: Pair, outcome: Outcome, seconds: float) -> None:
        """Note what a publication did, or that it is held."""
        report, known = _short(outcome.to_report()), self.of(pair)
        if outcome.held is not None:
            self._change(pair, replace(_well(known, At.HELD), held=held_report(outcome)))
            return
        known = _with_remarks(known, outcome, report)
        state = At.DRIFTED if known.drift else At.PUBLISHED
        same = known.serial == outcome.serial and not outcome.written
        self._change(
            pair,
            replace(
                _well(known, state),
                serial=outcome.serial,
                published_at=known.published_at if same else self._clock(),
                seconds=known.seconds if same else round(seconds, 3),
                wrote=_counts(report) if outcome.written else known.wrote,
                last=report,
                checked_at=self._clock(),
            ),
        )

    def failed(self, pair: Pair, error: str, pause: float | None) -> None:
        """Note a failure, and in how many seconds it is tried again."""
        known, now, error = self.of(pair), self._clock(), error[:ERROR_MOST]
        self._change(
            pair,
            replace(
                known,
                state=At.FAILING,
                error=error,
                failures=known.failures + 1,
                failing_since=known.failing_since or now,
                next_attempt=None if pause is None else now + pause,
                last_error=error,
                last_error_at=now,
            ),
        )

    def summary(self) -> dict[str, dict[str, Any]]:
        """Count each target's zones by state, with the first errors."""
        with self._lock:
            states = sorted(self._states.items())
        targets: dict[str, dict[str, Any]] = {}
        for pair, state in states:
            said = targets.setdefault(pair.target, dict.fromkeys(At, 0) | {"errors": {}})
            said[state.state] += 1
            if state.error and len(said["errors"]) < ERRORS_TOLD:
                said["errors"][pair.zone] = state.error
        return {
            target: {str(name): value for name, value in said.items()}
            for target, said in targets.items()
        }

    def _change(self, pair: Pair, state: TargetState) -> None:
        with self._lock:
            known = self._states.get(pair)
            if known is None or known == state:
                return
            self._states[pair] = state
        self.on_zone(pair.zone)


def held_report(outcome: Outcome) -> dict[str, Any] | None:
    """Give what of an outcome is held, JSON-able: a HeldBack's fields and the serial."""
    held = outcome.held
    return None if held is None else {**asdict(held), "serial": outcome.serial}


def _with_remarks(known: TargetState, outcome: Outcome, report: Mapping[str, Any]) -> TargetState:
    """Note drift that was left and what is lost; without a listing what was known still holds."""
    lost = tuple(report["lost_lines"])
    if not outcome.listed:
        new = tuple(line for line in lost if line not in known.lost)
        count = known.lost_count + len(new)
        return replace(known, lost=(*known.lost, *new)[:REMARKS_TOLD], lost_count=count)
    drift = () if outcome.repaired else tuple(report["drift_lines"])
    return replace(known, drift=drift, lost=lost, lost_count=report["lost"])


def _short(report: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: [line[:LINE_MOST] for line in value] if name.endswith("_lines") else value
        for name, value in report.items()
    }


def _counts(report: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in report.items() if not name.endswith("_lines")}


def _zone(pair: Pair) -> str:
    return pair.zone


def _well(known: TargetState, state: At) -> TargetState:
    """Give the state in which nothing fails and nothing is held."""
    return replace(
        known,
        state=state,
        held=None,
        error=None,
        failures=0,
        failing_since=None,
        next_attempt=None,
    )

"""One push of a zone to a target: head, then snapshot, then target; what came of it is kept.

ask ──► the newest snapshot ──► published ─────────────► done
 ▲                                 │ │ fails
 │                                 │ └──► again, `retries` times, after growing pauses;
 │ approved, or a newer snapshot   │      then the schedule or a change is waited for
 └────────────────── held ◄────────┘
"""

import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from hub_container.publishing.lanes import Pair, Turn
from hub_container.publishing.states import At, States, held_report
from hub_container.publishing.syncs import TargetSyncs
from zonemesh.errors import ZonemeshError
from zonemesh.mesh.definition import Mesh
from zonemesh.mesh.places import Target
from zonemesh.ports import Member, SnapshotStore
from zonemesh.serial import is_newer
from zonemesh.snapshot import Snapshot
from zonemesh.targets.ports import (
    Approvals,
    HeldBack,
    Order,
    Outcome,
    Publications,
    Published,
    TargetPublisher,
    terms_of,
)

FIRST_BACKOFF, LONGEST_BACKOFF = 1.0, 300.0  # seconds
APPROVED_YET = 20.0  # seconds between looks for the approval of what is held: one read each

logger = logging.getLogger(__name__)


class TargetAhead(ZonemeshError):
    """The head names an older serial than was published: a restored table? It is not followed."""


@dataclass(frozen=True, slots=True)
class Job:
    """A member to be published to a target, as a version of the mesh says.

    `access` is what else of the mesh it follows from; where it or the definition is another, the
    target is opened anew. `mesh` and `members` are those of that time.
    """

    member: Member
    name: str
    target: Target
    access: str
    mesh: Mesh = field(compare=False, repr=False)
    members: tuple[Member, ...] = field(compare=False, repr=False)

    @property
    def pair(self) -> Pair:
        return Pair(self.member.zone, self.name)


OpenTarget = Callable[[Job], TargetPublisher]
"""Gives what publishes a job; called in the thread of its push, and may raise anything."""


@dataclass(slots=True)
class _Opened:
    job: Job
    publisher: TargetPublisher


@dataclass(slots=True)
class _Attempt:
    """A push: when it was asked for (monotonic seconds), and of which serial, once that is read."""

    heard: float
    serial: int | None = None


class Pushes:
    """Makes pushes; `jobs` are those of today. `looked` is told of each pair that was listed.

    `syncs` notes each for the history.
    """

    def __init__(
        self,
        store: SnapshotStore,
        publications: Publications,
        approvals: Approvals,
        open_target: OpenTarget,
        states: States,
        looked: Callable[[Pair], None] = lambda _: None,
    ) -> None:
        self._store, self._publications, self._approvals = store, publications, approvals
        self._open_target, self._states, self._looked = open_target, states, looked
        self.jobs: Mapping[Pair, Job] = {}
        self._lock = threading.Lock()
        self._tries: dict[Pair, int] = {}  # failures in a row since the schedule
        self._to_list: set[Pair] = set()  # whose look for drift failed, and is owed
        self._opened: dict[Pair, _Opened] = {}
        self._not_held: set[Pair] = set()
        self.syncs = TargetSyncs()

    def keep_only(self, jobs: Mapping[Pair, Job]) -> None:
        """Push these from now on."""
        with self._lock:
            self.jobs = dict(jobs)
            for known in (self._tries, self._opened):
                for pair in known.keys() - jobs.keys():
                    del known[pair]
            self._not_held &= jobs.keys()
            self._to_list &= jobs.keys()

    def forget_opened(self) -> None:
        """Open targets anew at their next push, with the secrets of that time."""
        with self._lock:
            self._opened.clear()

    def begin_anew(self) -> None:
        """Count tries from the start again, as at each schedule."""
        with self._lock:
            self._tries.clear()

    def turn(self, pair: Pair, turn: Turn) -> float | None:
        """Push once; gives in how many seconds it is to be done again, None where it is not."""
        if (job := self.jobs.get(pair)) is None:
            return None
        if turn.look:
            self._owe(pair, True)
        attempt = _Attempt(turn.heard)
        try:
            pause = self._push(job, turn, attempt)
        except Exception as problem:
            return self._failed(job, problem, attempt)
        with self._lock:
            self._tries.pop(pair, None)
        return pause

    def _push(self, job: Job, turn: Turn, attempt: _Attempt) -> float | None:
        pair = job.pair
        if (head := self._store.head(pair.zone)) is None:
            self._states.waiting(pair)
            return None
        attempt.serial = head.serial
        if (
            turn.again
            and self._states.of(pair).state is At.HELD
            and not self._may_go(pair, head.serial)
        ):
            return APPROVED_YET
        base = self._publications.published(*pair)
        if base is not None and is_newer(base.serial, head.serial):
            raise _target_ahead(head.serial, base.serial)
        look = pair in self._to_list
        if not look and _is_clean(base, head.serial, job.target):
            self._states.is_current(pair, head.serial)
            self.syncs.is_current(pair, head.serial)
            self._clear_held(pair)
            return None
        snapshot = self._store.snapshot(pair.zone, head.serial)
        if snapshot.apex != job.member.apex:
            raise ZonemeshError(f"the snapshot is of {snapshot.apex}, not of {job.member.apex}")
        return self._publish(job, snapshot, base, turn, look)

    def _publish(
        self, job: Job, snapshot: Snapshot, base: Published | None, turn: Turn, look: bool
    ) -> float | None:
        pair = job.pair

        def begins() -> None:
            if base is not None:
                self._publications.keep(*pair, base.begun(snapshot.serial))

        order = Order(
            listed=look,
            approval=self._approvals.approval(*pair),
            hurry=turn.hurry,
            begins=begins,
        )
        outcome = self._publisher(job).publish(snapshot, base, order)
        if outcome.listed:
            self._owe(pair, False)
            self._looked(pair)
        if outcome.published is not None and outcome.published != base:
            self._publications.keep(*pair, outcome.published)
        self._note(pair, outcome, time.monotonic() - turn.heard)
        self.syncs.came_out(pair, outcome, base, turn.heard)
        return APPROVED_YET if outcome.held else None

    def _owe(self, pair: Pair, look: bool) -> None:
        with self._lock:
            (self._to_list.add if look else self._to_list.discard)(pair)

    def _note(self, pair: Pair, outcome: Outcome, seconds: float) -> None:
        known = self._states.of(pair)
        if outcome.held is None:
            self._clear_held(pair)
        elif known.held != held_report(outcome):  # drift makes it more at the same serial, too
            self._publications.hold(*pair, outcome.serial, outcome.held)
            with self._lock:
                self._not_held.discard(pair)
            logger.warning("a publication is held", extra=_said(pair, outcome, seconds))
        self._states.came_out(pair, outcome, seconds)
        if outcome.written:
            logger.info("zone is published", extra=_said(pair, outcome, seconds))

    def _clear_held(self, pair: Pair) -> None:
        """Note that nothing is held, where it may be noted that something is."""
        with self._lock:
            if pair in self._not_held:
                return
        if self._publications.held(*pair) is not None:
            self._publications.hold(*pair, 0, None)
        with self._lock:
            self._not_held.add(pair)

    def _may_go(self, pair: Pair, serial: int) -> bool:
        """Tell whether what is held may be different now: it is approved, or another serial."""
        held = {**(self._states.of(pair).held or {})}
        if held.pop("serial", None) != serial:
            return True
        approval = self._approvals.approval(*pair)
        return approval is not None and approval.covers(serial, HeldBack(**held))

    def _publisher(self, job: Job) -> TargetPublisher:
        with self._lock:
            opened = self._opened.get(job.pair)
        if opened is not None and opened.job == job:
            return opened.publisher
        publisher = self._open_target(job)
        with self._lock:
            self._opened[job.pair] = _Opened(job, publisher)
        return publisher

    def _failed(self, job: Job, problem: Exception, attempt: _Attempt) -> float | None:
        pair = job.pair
        with self._lock:
            self._opened.pop(pair, None)  # its secrets, or the hosted zone, may be others by now
            tries = self._tries[pair] = self._tries.get(pair, 0) + 1
        pause = backoff(tries) if tries <= job.target.retries else None
        error = f"{type(problem).__name__}: {problem}"
        logger.error(
            "a target is not as it should be",
            extra={**_named(pair), "error": error, "tries": tries, "next_in": pause},
        )
        self._states.failed(pair, error, pause)
        self.syncs.failed(pair, error, attempt.serial, attempt.heard)
        return pause


def backoff(tries: int) -> float:
    """Give the seconds to wait after so many failures: doubling, with jitter, to a limit."""
    doubled = FIRST_BACKOFF * float(2 ** min(tries - 1, 30))
    return min(doubled, LONGEST_BACKOFF) * random.uniform(0.8, 1.2)


def _is_clean(base: Published | None, serial: int, target: Target) -> bool:
    return (
        base is not None and base.clean and base.serial == serial and base.terms == terms_of(target)
    )


def _target_ahead(head: int, published: int) -> TargetAhead:
    return TargetAhead(
        f"the head's serial {head} is older than {published}, which was published; it is not "
        "followed. After a restore of the table the next sweep raises the zone's serial above "
        "what hubs serve; `zonemesh bump` does so for a zone that none serves"
    )


def _named(pair: Pair) -> dict[str, str]:
    return {"zone": pair.zone, "target": pair.target}


def _said(pair: Pair, outcome: Outcome, seconds: float) -> dict[str, object]:
    return {**_named(pair), "seconds": round(seconds, 3), "outcome": outcome.to_report()}

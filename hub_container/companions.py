"""What works beside serving: pulling zones from primaries, publishing them to targets.

Each has threads of its own, and none may hold up another or what is served: the hub tells them all
what it hears and goes on.
"""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol, runtime_checkable

from prometheus_client.core import Metric

from hub_container.nsd import Nsd
from hub_container.ordered.checks import Check
from hub_container.ordered.progress import StepFailed
from hub_container.syncs.log import SyncLog
from zonemesh.mesh.definition import Mesh
from zonemesh.ports import Member
from zonemesh.snapshot import Head

logger = logging.getLogger(__name__)


class Companion(Protocol):
    """A part of the hub that works beside serving.

    Every call but `stop` returns without waiting for a network. `name` is its key in the heartbeat
    and in /status.
    """

    @property
    def name(self) -> str: ...

    def configure(self, mesh: Mesh, members: Collection[Member]) -> list[str]:
        """Take up a mesh definition; gives what of it cannot be done, and why."""

    def zones(self) -> Collection[str]:
        """Give the keys of the zones whose heads it follows."""

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def heard(self, zone: str, serial: int) -> bool:
        """Act on a ring; the zone need not be one of its own.

        Tells whether the members should be read again: it would have to do with a zone of this
        name, as the mesh says, and knows of none.
        """

    def catch_up(self, heads: Mapping[str, Head]) -> None:
        """Compare everything, as the schedule wants; `heads` are those of `zones`."""

    def report(self) -> Mapping[str, Any]:
        """Give its state, JSON-able."""


@runtime_checkable
class TellsOfZones(Protocol):
    """A companion whose zones have a state worth a report of their own."""

    def tell(self, changed: Callable[[str], None]) -> None:
        """From now on call this with the key of a zone whose state changed; it does not block."""

    def zone_report(self, zone: str) -> Mapping[str, Any]:
        """Give a zone's state, JSON-able; empty for one that it has nothing to do with."""


@runtime_checkable
class MakesSyncs(Protocol):
    """A companion that makes something the same as something else."""

    def note_syncs(self, log: SyncLog) -> None:
        """From now on note each sync there."""


@runtime_checkable
class TakesOrders(Protocol):
    """A companion that does more when an operator orders it; `name` is the Companion's."""

    @property
    def name(self) -> str: ...

    def compare_now(self, zones: Collection[str]) -> "Comparison":
        """Begin to compare zones, without any all, with what is outside; does not wait."""

    def checks(self) -> Sequence[Check]:
        """Give what a test of the services looks at."""

    def forget_secrets(self) -> None:
        """Read secrets again when they are next needed."""


@runtime_checkable
class RunsNsd(Protocol):
    """A companion with an NSD of its own."""

    @property
    def running_nsd(self) -> Nsd | None:
        """It, None where it has nothing to do."""


@runtime_checkable
class Plans(Protocol):
    """A companion that can say what publishing would change."""

    def plan(self, zone: str, target: str) -> list[str]:
        """Say it, a line for each record; takes as long as it takes. Raises StepFailed."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Something that was begun for zones: `what` it is, and of how many.

    `waiting` gives who is not through yet, `failures` what is amiss of those that are, a sentence
    each. It `feeds` the hub where what comes of it may be served.
    """

    what: str
    count: int
    waiting: Callable[[], list[str]]
    failures: Callable[[], list[str]]
    feeds: bool = False


@runtime_checkable
class Measured(Protocol):
    """A companion whose state is worth metrics of its own."""

    def metrics(self) -> Iterator[Metric]:
        """Give them as they are now."""


class Companions:
    """All of a hub's; one that raises is logged and keeps no other from its work."""

    def __init__(self, companions: Sequence[Companion] = ()) -> None:
        self._all = tuple(companions)
        self._telling = [each for each in self._all if isinstance(each, TellsOfZones)]
        self._ordered = [each for each in self._all if isinstance(each, TakesOrders)]

    def tell(self, changed: Callable[[str], None]) -> None:
        for each in self._telling:
            each.tell(changed)

    def note_syncs(self, log: SyncLog) -> None:
        for each in self._all:
            if isinstance(each, MakesSyncs):
                each.note_syncs(log)

    def metrics(self) -> Iterator[Metric]:
        for each in self._all:
            if isinstance(each, Measured):
                yield from each.metrics()

    def zone_report(self, zone: str) -> dict[str, Any]:
        report: dict[str, Any] = {}
        for each in self._telling:
            report |= each.zone_report(zone)
        return report

    def configure(self, mesh: Mesh, members: Collection[Member]) -> list[str]:
        problems: list[str] = []
        for each in self._all:
            with _logged(each) as failed:
                problems += each.configure(mesh, members)
            problems += failed
        return problems

    def zones(self) -> set[str]:
        return {zone for each in self._all for zone in each.zones()}

    def start(self) -> None:
        for each in self._all:
            each.start()

    def stop(self) -> None:
        with ExitStack() as last_first:
            for each in self._all:
                last_first.callback(each.stop)

    def heard(self, zone: str, serial: int) -> bool:
        wants: list[bool] = []
        for each in self._all:
            with _logged(each):
                wants.append(each.heard(zone, serial))
        return any(wants)

    def catch_up(self, heads: Mapping[str, Head]) -> None:
        for each in self._all:
            with _logged(each):
                each.catch_up({zone: heads[zone] for zone in each.zones() if zone in heads})

    def compare_now(self, zones: Collection[str]) -> list[Comparison]:
        """Have all compare zones, without any all; those with nothing to compare are left out."""
        begun = [each.compare_now(zones) for each in self._ordered]
        return [comparison for comparison in begun if comparison.count]

    def checks(self) -> list[Check]:
        return [check for each in self._ordered for check in each.checks()]

    def forget_secrets(self) -> None:
        for each in self._ordered:
            each.forget_secrets()

    def nsds(self) -> dict[str, Nsd]:
        """Give the NSDs that companions run, by the companion's name."""
        running = {each.name: each.running_nsd for each in self._all if isinstance(each, RunsNsd)}
        return {name: nsd for name, nsd in running.items() if nsd is not None}

    def plan(self, zone: str, target: str) -> list[str]:
        """Say what publishing would change; raises StepFailed."""
        for each in self._all:
            if isinstance(each, Plans):
                return each.plan(zone, target)
        raise StepFailed("this hub publishes nothing")

    def report(self) -> dict[str, Any]:
        return {each.name: dict(each.report()) for each in self._all}


@contextmanager
def _logged(companion: Companion) -> Iterator[list[str]]:
    """Log what is raised; it is in the list that is given, too."""
    failed: list[str] = []
    try:
        yield failed
    except Exception as problem:
        failed.append(f"{companion.name}: {type(problem).__name__}: {problem}")
        logger.exception("a part of the hub failed", extra={"error": failed[0]})

"""What an operator's orders mean for targets."""

from collections.abc import Collection

from hub_container.companions import Comparison
from hub_container.ordered.checks import Check
from hub_container.ordered.naming import counted
from hub_container.ordered.progress import StepFailed
from hub_container.publishing.lanes import Lanes, Pair
from hub_container.publishing.pushes import Job, OpenTarget, Pushes
from hub_container.publishing.states import At, States
from zonemesh.orders.order import TARGETS_LISTED
from zonemesh.ports import SnapshotStore
from zonemesh.snapshot import Snapshot
from zonemesh.targets.ports import Publications


class OrderedPublishing:
    """Carries orders out beside the pushes, whose jobs, lanes and states these are."""

    def __init__(
        self,
        store: SnapshotStore,
        publications: Publications,
        open_target: OpenTarget,
        pushes: Pushes,
        lanes: Lanes,
        states: States,
    ) -> None:
        self._store, self._publications = store, publications
        self._open_target = open_target
        self._pushes, self._lanes, self._states = pushes, lanes, states

    def compare_now(self, zones: Collection[str]) -> Comparison:
        """Have the targets of zones listed, and pushed what is not there."""
        pairs = [pair for pair in self._pushes.jobs if not zones or pair.zone in zones]
        self._pushes.begin_anew()
        for pair in pairs:
            self._lanes.look(pair)
            self._lanes.ask(pair)

        def waiting() -> list[str]:
            return [_named(pair) for pair in pairs if self._lanes.is_at(pair)]

        def failures() -> list[str]:
            told = {pair: self._states.of(pair) for pair in pairs}
            failing = [
                f"{_named(pair)}: {state.error}" for pair, state in told.items() if state.error
            ]
            held = [pair for pair, state in told.items() if state.state is At.HELD]
            return failing + [
                f"{_named(pair)}: held, `zonemesh publish --approve` lets it through"
                for pair in held
            ]

        return Comparison(TARGETS_LISTED, len(pairs), waiting, failures)

    def checks(self) -> list[Check]:
        """Give a check for each target, by one of its zones: whether it can be read."""
        jobs: dict[str, list[Job]] = {}
        for job in self._pushes.jobs.values():
            jobs.setdefault(job.name, []).append(job)
        return [
            Check(f"target {name}", lambda of_target=of_target: self._reach(of_target))  # type: ignore[misc]
            for name, of_target in sorted(jobs.items())
        ]

    def _reach(self, jobs: list[Job]) -> str:
        for job in jobs:
            if (snapshot := self._newest(job)) is not None:
                said = self._open_target(job).reach(snapshot)
                return f"{said}, of {counted(len(jobs), 'zone')}"
        return "not asked: no zone of it was recorded yet"

    def plan(self, pair: Pair) -> list[str]:
        """List a target, and say what publishing would change there."""
        job = self._pushes.jobs.get(pair)
        if job is None:
            raise StepFailed(
                f"this hub does not publish {pair.zone} to {pair.target}; its problems in "
                "`zonemesh status` say why, where the mesh has it do so"
            )
        if (snapshot := self._newest(job)) is None:
            raise StepFailed(f"{job.member.apex} has no snapshot yet")
        base = self._publications.published(*pair)
        return self._open_target(job).plan(snapshot, base)

    def _newest(self, job: Job) -> Snapshot | None:
        head = self._store.head(job.member.zone)
        return self._store.snapshot(job.member.zone, head.serial) if head else None


def _named(pair: Pair) -> str:
    return f"{pair.zone} at {pair.target}"

"""The part of a hub that publishes zones to targets."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

from prometheus_client.core import Metric

from hub_container.companions import Comparison
from hub_container.ordered.checks import Check
from hub_container.publishing.lanes import Lanes, Pair
from hub_container.publishing.metrics import target_metrics
from hub_container.publishing.ordered import OrderedPublishing
from hub_container.publishing.pushes import Job, OpenTarget, Pushes
from hub_container.publishing.states import States
from hub_container.publishing.syncs import TargetSyncs
from hub_container.syncs.log import SyncLog
from zonemesh.dnssec import withdrawn
from zonemesh.membership import is_served
from zonemesh.mesh.definition import Mesh
from zonemesh.mesh.places import Route53Target, Target
from zonemesh.ports import Member, SnapshotStore
from zonemesh.serial import is_newer
from zonemesh.snapshot import Head
from zonemesh.targets.contests import contested
from zonemesh.targets.ports import Approvals, Publications


class Publisher:
    """A Companion: keeps every target of a hub as the zones' newest snapshots say.

    `every` is the schedule's interval in seconds: a target is listed for drift once in it, however
    often everything is compared.
    """

    name = "targets"

    def __init__(
        self,
        hub: str,
        store: SnapshotStore,
        publications: Publications,
        approvals: Approvals,
        open_target: OpenTarget,
        every: float,
    ) -> None:
        self._hub, self._every = hub, every
        self.states = States()
        self.pushes = Pushes(
            store, publications, approvals, open_target, self.states, self._was_listed
        )
        self.lanes = Lanes(self.pushes.turn)
        self._ordered = OrderedPublishing(
            store, publications, open_target, self.pushes, self.lanes, self.states
        )
        self._listed_at: dict[Pair, float] = {}
        self._seen: tuple[Mesh, tuple[Member, ...]] | None = None
        self._problems: list[str] = []
        self._waiting: frozenset[str] = frozenset()  # zones with targets, of no hosted zone yet

    def configure(self, mesh: Mesh, members: Collection[Member]) -> list[str]:
        """Take up what the mesh says; gives what is not published, and why."""
        members = tuple(members)
        if self._seen is not None and self._seen[0] is mesh and self._seen[1] == members:
            return self._problems
        jobs, self._problems = jobs_of(self._hub, mesh, members)
        earlier = self.pushes.jobs
        self.pushes.keep_only(jobs)
        self.lanes.keep_only(jobs.keys())
        self.states.keep_only(jobs.keys())
        for pair in self._listed_at.keys() - jobs.keys():
            del self._listed_at[pair]
        for pair, job in jobs.items():
            if earlier.get(pair) != job:
                self.lanes.ask(pair)
        self._waiting = frozenset(
            member.zone
            for member in members
            if not is_served(member)
            and any(each.hub == self._hub for each in mesh.targets_for(member).values())
        )
        self._seen = mesh, members
        return self._problems

    def zones(self) -> Collection[str]:
        return {pair.zone for pair in self.pushes.jobs}

    def start(self) -> None:
        self.lanes.start()

    def stop(self) -> None:
        self.lanes.stop()

    def heard(self, zone: str, serial: int) -> bool:
        pairs = self.states.pairs_of(zone)
        for pair in pairs:
            published = self.states.of(pair).serial
            if published is None or is_newer(serial, published):
                self.lanes.ask(pair)
        return not pairs and zone in self._waiting

    def catch_up(self, heads: Mapping[str, Head]) -> None:
        """Push what is not published yet, and look for drift where that is due."""
        self.pushes.begin_anew()
        now = time.monotonic()
        for pair in self.pushes.jobs:
            state = self.states.of(pair)
            head = heads.get(pair.zone)
            if head is not None and (state.serial != head.serial or state.error):
                self.lanes.ask(pair)
            listed_at = self._listed_at.get(pair)
            # Half of it: the schedule is not to the second, and other things bring it on as well.
            if head is not None and (listed_at is None or now - listed_at > self._every / 2):
                self.lanes.look(pair)

    def report(self) -> Mapping[str, Any]:
        return self.states.summary()

    def tell(self, changed: Callable[[str], None]) -> None:
        self.states.on_zone = changed

    def metrics(self) -> Iterator[Metric]:
        return target_metrics(self.states)

    def note_syncs(self, log: SyncLog) -> None:
        self.pushes.syncs = TargetSyncs(log)

    def zone_report(self, zone: str) -> Mapping[str, Any]:
        """Give a zone's state at its targets, JSON-able; empty where it has none here."""
        states = self.states.of_zone(zone)
        return {self.name: states} if states else {}

    def compare_now(self, zones: Collection[str]) -> Comparison:
        return self._ordered.compare_now(zones)

    def checks(self) -> Sequence[Check]:
        return self._ordered.checks()

    def forget_secrets(self) -> None:
        self.pushes.forget_opened()

    def plan(self, zone: str, target: str) -> list[str]:
        return self._ordered.plan(Pair(zone, target))

    def _was_listed(self, pair: Pair) -> None:
        self._listed_at[pair] = time.monotonic()
        self.lanes.looked(pair)


def jobs_of(hub: str, mesh: Mesh, members: tuple[Member, ...]) -> tuple[dict[Pair, Job], list[str]]:
    """Give what a hub publishes, and a line for each zone that it does not."""
    away, disputed = withdrawn(members, mesh), contested(mesh, members)
    jobs: dict[Pair, Job] = {}
    problems: list[str] = []
    for member in sorted(members, key=lambda member: member.zone):
        for name, target in mesh.targets_for(member).items():
            if target.hub != hub or not is_served(member):
                continue
            if member.zone in away:
                problems.append(_not_published(member, name))
                continue
            if other := disputed.get((member.zone, name)):
                problems.append(_disputed(member, name, other))
                continue
            job = Job(member, name, target, _access(mesh, target), mesh, members)
            jobs[job.pair] = job
    return jobs, problems


def _access(mesh: Mesh, target: Target) -> str:
    """Give under whose credentials a target is written, to be compared."""
    if not isinstance(target, Route53Target):
        return ""
    return mesh.integrations[target.integration].model_dump_json()


def _disputed(member: Member, target: str, other: str) -> str:
    return (
        f"{member.zone}: not published to {target}, as {other} has the same name and would be "
        "published to the same place; take the target from one. What is there stays as it is"
    )


def _not_published(member: Member, target: str) -> str:
    return (
        f"{member.zone}: not published to {target}, as it is signed with a DS at its parent: an "
        "unsigned copy is bogus. What is there stays as it is"
    )

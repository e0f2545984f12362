"""What the control plane's use cases share: the ports of one mesh, and a zone's place in them."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Protocol, Self

from zonemesh.mesh.definition import Mesh, parse_mesh
from zonemesh.mesh_zone import MeshZone
from zonemesh.ports import (
    Announcer,
    ChangeHistory,
    HostedZones,
    HubReports,
    Ledger,
    ListingOrder,
    ListingQueue,
    Member,
    MeshStore,
    ParkedListings,
    Register,
    Resolver,
    SnapshotStore,
    SweepState,
    ZoneSource,
)
from zonemesh.record import Recorded, Recorder
from zonemesh.snapshot import Change
from zonemesh.translation.question import Question, Response

# Clocks of two functions, in seconds apart at most. Times are whole seconds, cut off.
CLOCKS_APART = 2


class Ports(Protocol):
    """Everything the control plane reaches; made once by `zonemesh.aws.wiring`."""

    @property
    def store(self) -> SnapshotStore: ...
    @property
    def ledger(self) -> Ledger: ...
    @property
    def register(self) -> Register: ...
    @property
    def mesh_store(self) -> MeshStore: ...
    @property
    def listings(self) -> ListingQueue: ...
    @property
    def parked(self) -> ParkedListings: ...
    @property
    def sweep_state(self) -> SweepState: ...
    @property
    def reports(self) -> HubReports: ...
    @property
    def announcer(self) -> Announcer: ...

    def source(self, member: Member, mesh: Mesh) -> ZoneSource:
        """Give the source of a member."""

    def hosted_zones(self, integration: str, mesh: Mesh) -> HostedZones:
        """Give the hosted zones of an integration."""

    def history(self, integration: str, mesh: Mesh) -> ChangeHistory:
        """Give the event history of an integration's account."""

    def resolver(self, integration: str, mesh: Mesh) -> Resolver:
        """Give who is asked for what an integration's zones point at."""


@dataclass(frozen=True, slots=True)
class Control:
    """The mesh as it was defined when the work began, the ports, and the time in epoch seconds."""

    ports: Ports
    mesh: Mesh
    now: Callable[[], int]

    @classmethod
    def read(cls, ports: Ports, now: Callable[[], int]) -> Self:
        """Read the newest mesh definition; one that was never applied is empty."""
        version = ports.mesh_store.newest()
        return cls(ports, _parsed(version.text) if version else Mesh(), now)

    def recorder(self, member: Member) -> Recorder:
        """Give what makes one recording of a member; new questions are asked at their targets."""
        resolver = self.ports.resolver(member.integration, self.mesh)
        return Recorder(self.ports.store, self.now, _AskedOnce(resolver))

    def source(self, member: Member) -> ZoneSource:
        """Give the source of a member."""
        return self.ports.source(member, self.mesh)

    def zone(self, member: Member) -> MeshZone:
        """Give what the recorder needs to know of a member."""
        return MeshZone(
            member.zone,
            member.apex,
            self.mesh.zone_policy(member),
            member.hosted_zone_id,
            self.mesh.asks_itself(member),
            pulled=bool(member.pulled_by),
        )

    def order_listing(
        self, member: Member, found_by: str, changes: tuple[Change, ...] = ()
    ) -> None:
        """Ask for a member to be listed whole."""
        order = ListingOrder(member.zone, member.integration, self.now(), found_by, changes)
        self.ports.listings.send(order)

    def source_differed(self, recorded: Recorded) -> bool:
        """Tell whether a recording found the source other than it was, not the policy alone."""
        snapshot = recorded.snapshot
        if not recorded.changed or snapshot.parent is None:
            return False
        return self.ports.store.snapshot(snapshot.zone, snapshot.parent).source != snapshot.source


# A definition of 500 zones takes most of a second of a small function, at each edit.
_parsed = lru_cache(maxsize=1)(parse_mesh)


@dataclass(frozen=True, slots=True)
class _AskedOnce:
    """Asks each question once.

    A recorder that loses a race starts over, and has no time to wait for the same answers anew:
    where nobody answers, each waiting takes seconds.
    """

    resolver: Resolver
    heard: dict[Question, Response] = field(default_factory=dict)

    def __call__(self, questions: Collection[Question]) -> Mapping[Question, Response]:
        if new := set(questions) - self.heard.keys():
            self.heard.update(self.resolver.ask(new, targets=True))
        return {question: self.heard[question] for question in questions}


def settles(verified_at: int | None, time: int) -> bool:
    """Tell whether a listing that began at `verified_at` has seen all that was there at `time`."""
    return verified_at is not None and verified_at > time + CLOCKS_APART

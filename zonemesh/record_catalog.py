"""The use case: who is a member of the mesh and served → the catalog zone, recorded like any other.

The hubs have it from here, so they all serve the same catalog under the same serial, and none can
make one of its own.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from zonemesh.bump import bump
from zonemesh.catalog import CATALOG_POLICY, CatalogEntry, catalog_name, catalog_rrsets, listed_in
from zonemesh.catalog_members import (
    LeftOut,
    Listed,
    candidates,
    choose,
    is_silent,
    unserved,
)
from zonemesh.chunking import build
from zonemesh.errors import ChunkDamaged, SnapshotMissing
from zonemesh.membership import CATALOG, is_served
from zonemesh.mesh.definition import Mesh
from zonemesh.mesh_zone import MeshZone
from zonemesh.nodes import Nodes
from zonemesh.ports import (
    HubReport,
    HubReports,
    ListedPage,
    Member,
    Register,
    SnapshotStore,
    SourceRRset,
)
from zonemesh.record import Recorded, Recorder
from zonemesh.reported import newest_reported, read_reports
from zonemesh.serial import is_newer
from zonemesh.snapshot import Head, Reason, Snapshot
from zonemesh.tree import View
from zonemesh.views import listed_entries

MEMBERS, RESET = "members", "reset"  # reasons of the catalog's snapshots

Floor = Callable[[Member], list[int]]


class Epochs(Protocol):
    """The zones' epochs in a catalog, by apex; those never reset are in epoch 0."""

    def epochs(self, catalog: str) -> dict[str, int]:
        """Give the epochs that are not 0; `catalog` is the catalog's key."""

    def advance(self, catalog: str, apex: str) -> int:
        """Begin a zone's next epoch; gives it."""


class CatalogPorts(Protocol):
    """What the catalog is made from, and where it is recorded."""

    @property
    def store(self) -> SnapshotStore: ...
    @property
    def register(self) -> Register: ...
    @property
    def reports(self) -> HubReports: ...
    @property
    def epochs(self) -> Epochs: ...


@dataclass(frozen=True, slots=True)
class Kept:
    """What came of it.

    `recorded` is None where nothing was to be recorded, or not now: then `problem` says why.
    `waiting` are zones that enter the catalog once the hubs serve them.
    """

    recorded: Recorded | None = None
    waiting: tuple[LeftOut, ...] = ()
    problem: str = ""


def keep_catalog(
    ports: CatalogPorts,
    mesh: Mesh,
    now: Callable[[], int],
    *,
    listed_all: bool = False,
    floor: Floor = lambda _: [],
    reason: str = MEMBERS,
) -> Kept:
    """Record the catalog as it should be now, where it is not.

    `listed_all` says that the members were settled just now, from all their sources: only then is a
    catalog recorded of which hubs serve a newer one than the table knows. `floor` gives serials
    that servers hold already, asked only for a first snapshot. Raises the errors of the store, and
    TooManyRetries.
    """
    catalog = served_catalog(ports.register.members())
    if catalog is None:
        return Kept()
    making = Making(ports, mesh, catalog, now)
    listed = making.listed()
    done = making.is_recorded(listed)
    if done and not listed_all:
        return Kept(waiting=listed.waiting)
    head, reported = ports.store.head(catalog.zone), making.reported()
    overtaken = reported is not None and (head is None or is_newer(reported, head.serial))
    if done and not overtaken:
        return Kept(waiting=listed.waiting)
    if why := _too_early(making, listed, head, reported, overtaken and not listed_all):
        return Kept(waiting=listed.waiting, problem=f"{catalog.zone}: {why}")
    if overtaken:  # the hubs' catalog names zones of which the table may have no report any more
        making = replace(making, at_once=True)
    recorded = Recorder(ports.store, now).record_listing(
        catalog_zone(catalog),
        CatalogSource(making),
        Reason(reason),
        floor=lambda: [*floor(catalog), *([] if reported is None else [reported])],
    )
    if overtaken and reported is not None and not recorded.held:
        _raise_above(ports.store, catalog, now, reported)
    return Kept(recorded, listed.waiting)


def _too_early(
    making: "Making", listed: Listed, head: Head | None, reported: int | None, unsettled: bool
) -> str:
    """Say why a catalog must not be made yet; nothing where it may.

    After the loss of a table secondaries have a catalog that it does not know. One that names less
    would take zones off them.
    """
    if unsettled:
        return f"hubs serve {reported}, which the table does not know; the next sweep raises it"
    if head is None and reported is None and making.is_unheard(listed):
        return "its first snapshot waits for what hubs say of the zones"
    return ""


def served_catalog(members: Collection[Member]) -> Member | None:
    """Find the catalog zone among the members, None where there is none that is served."""
    return next((each for each in members if each.origin == CATALOG and is_served(each)), None)


def catalog_zone(catalog: Member) -> MeshZone:
    """Give what the recorder needs to know of the catalog."""
    return MeshZone(catalog.zone, catalog.apex, CATALOG_POLICY)


@dataclass
class Making:
    """Makes the catalog from what the mesh is at the moment; every call looks anew.

    Hubs' reports are read only where a zone waits to be entered, and not at all with `at_once`:
    then nothing waits.
    """

    ports: CatalogPorts
    mesh: Mesh
    catalog: Member
    now: Callable[[], int]
    at_once: bool = False
    _known: dict[View, dict[str, CatalogEntry]] = field(default_factory=dict)

    def listed(self) -> Listed:
        """Settle what the catalog names."""
        members = self.ports.register.members()
        try:
            present = self.present()
        except (ChunkDamaged, SnapshotMissing):  # nobody knows who is waiting: nobody may be lost
            return choose(self.mesh, self.catalog, members, self._epochs(), (), {})
        new = {m.apex for m in candidates(self.mesh, self.catalog, members)} - present.keys()
        why: Mapping[str, str] = {}
        if new and not self.at_once:
            why = unserved(self.mesh, self.catalog, members, self.reports(), self.now())
        return choose(self.mesh, self.catalog, members, self._epochs(), present, why)

    def rrsets(self) -> list[SourceRRset]:
        return catalog_rrsets(self.catalog.apex, self.listed().entries)

    def present(self) -> dict[str, CatalogEntry]:
        """Give what the catalog names already, or will once what is held is approved."""
        head = self.ports.store.head(self.catalog.zone)
        if head is None:
            return {}
        found: dict[str, CatalogEntry] = {}
        for snapshot in self._snapshots(head):
            found |= self._named_by(snapshot)
        return found

    def served(self) -> dict[str, CatalogEntry]:
        """Give what the served catalog names."""
        if (head := self.ports.store.head(self.catalog.zone)) is None:
            return {}
        return self._named_by(self._snapshots(head)[0])

    def is_recorded(self, listed: Listed) -> bool:
        """Tell whether the newest snapshot, or the one that is held, says just that."""
        head = self.ports.store.head(self.catalog.zone)
        if head is None:
            return False
        try:
            self.present()
            newest = self._snapshots(head)[-1]
        except (ChunkDamaged, SnapshotMissing):  # the recorder makes it anew
            return False
        decided = head.decisions == catalog_zone(self.catalog).decisions()
        return decided and newest.source == _view(self.catalog, listed)

    def reports(self) -> dict[str, HubReport]:
        return read_reports(self.ports.reports, self.mesh)

    def reported(self) -> int | None:
        """Give the newest serial of the catalog that a hub says it serves."""
        return newest_reported(self.reports(), self.mesh, self.catalog)

    def is_unheard(self, listed: Listed) -> bool:
        """Tell whether hubs have still to say something of the zones that wait, if only no."""
        hubs, reports = self.mesh.hubs_serving(self.catalog), self.reports()
        heard = [reports[hub] for hub in hubs if not is_silent(reports[hub], self.now())]
        said = (zone.zone in report.zones for zone in listed.waiting for report in heard)
        return not heard or not all(said)

    def _epochs(self) -> dict[str, int]:
        return self.ports.epochs.epochs(self.catalog.zone)

    def _named_by(self, snapshot: Snapshot) -> dict[str, CatalogEntry]:
        if (view := snapshot.source) is None:
            return {}
        if view not in self._known:
            load = Nodes(self.ports.store, self.catalog.zone).load
            self._known[view] = listed_in(self.catalog.apex, view, load)
        return self._known[view]

    def _snapshots(self, head: Head) -> list[Snapshot]:
        """Read the served snapshot, and after it the one that is held."""
        serials = [head.serial, *([] if head.held is None else [head.held])]
        return [self.ports.store.snapshot(head.zone, serial) for serial in serials]


@dataclass
class CatalogSource:
    """A ZoneSource: the catalog as it is made at the time of each reading."""

    making: Making

    def read(self, owners: Collection[str]) -> dict[str, list[SourceRRset]]:
        found: dict[str, list[SourceRRset]] = {owner: [] for owner in owners}
        for rrset in self.making.rrsets():
            if (owner := catalog_name(rrset["Name"])) in found:
                found[owner].append(rrset)
        return found

    def read_patiently(
        self, owners: Collection[str], calls: int
    ) -> Iterator[dict[str, list[SourceRRset]]]:
        yield self.read(owners)  # one snapshot of it: half of a change is none that was asked for

    def listing(self) -> Iterator[SourceRRset]:
        return iter(self.making.rrsets())

    def listed_pages(self, cursor: str | None = None) -> Iterator[ListedPage]:
        yield ListedPage(tuple(self.making.rrsets()), None)

    def name_servers(self) -> tuple[str, ...]:
        return ()

    def signing(self) -> bool:
        return False


def _view(catalog: Member, listed: Listed) -> View | None:
    return build(listed_entries(catalog_rrsets(catalog.apex, listed.entries)), {})


def _raise_above(
    store: SnapshotStore, catalog: Member, now: Callable[[], int], reported: int
) -> None:
    head = store.head(catalog.zone)
    if head is not None and is_newer(reported, head.serial):
        strategy = CATALOG_POLICY.serial.strategy
        bump(store, catalog.zone, strategy, now, above=reported)

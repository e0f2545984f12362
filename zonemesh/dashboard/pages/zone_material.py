"""What the page of a zone reads besides the status; what cannot be read hides nothing else."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

from zonemesh.dashboard.pages.differing import SERVED, DiffView, read_diff
from zonemesh.dashboard.pages.syncs import LastSyncs, last_syncs
from zonemesh.dashboard.ports import DashboardPorts
from zonemesh.errors import NothingRecorded, ZonemeshError
from zonemesh.fidelity_report import FidelityReport, read_report
from zonemesh.history import HELD, NEWEST, History, head_of, read_history
from zonemesh.status.mesh_status import ZoneStatus
from zonemesh.syncs.reading import Wanted

HELD_LINES = 200  # of what is held; its own page has the rest

_Read = TypeVar("_Read")


@dataclass(frozen=True, slots=True)
class Material:
    """What was read, None where there is nothing; `troubles` say what could not be."""

    history: History | None = None
    report: FidelityReport | None = None
    held_diff: DiffView | None = None
    troubles: tuple[str, ...] = ()
    syncs: LastSyncs = field(default_factory=LastSyncs)


def read_material(ports: DashboardPorts, zone: ZoneStatus, events: int) -> Material:
    """Read a zone's last events, its fidelity report, and what is held of it."""
    key, store = zone.member.zone, ports.store
    troubles: list[str] = []

    def reading(what: str, read: Callable[[], _Read]) -> _Read | None:
        try:
            return read()
        except NothingRecorded:
            return None
        except ZonemeshError as problem:
            troubles.append(f"{what} cannot be read: {problem}")
            return None

    def held() -> DiffView | None:
        if zone.held is None:
            return None
        return read_diff(store, head_of(store, key), NEWEST, HELD, SERVED, HELD_LINES)

    return Material(
        reading("the history", lambda: read_history(store, ports.audit, key, events)),
        reading("the fidelity report", lambda: read_report(store, key)),
        reading("what is held", held),
        tuple(troubles),
        last_syncs(ports, _hubs(zone), Wanted(zone=key)),
    )


def _hubs(zone: ZoneStatus) -> set[str]:
    publishing = (place.hub for place in zone.targets.values())
    pulling = [zone.member.pulled_by] if zone.member.pulled_by else []
    return {*zone.hubs, *publishing, *pulling}

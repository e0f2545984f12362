"""What the catalog zone names, what it does not name, and why: for people to look at."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from zonemesh.errors import NothingRecorded, UnknownName
from zonemesh.mesh.definition import Mesh
from zonemesh.ports import Member
from zonemesh.record_catalog import RESET, CatalogPorts, Kept, Making, keep_catalog, served_catalog


class Standing(StrEnum):
    """How a zone stands to the catalog."""

    NAMED = "named"
    ENTERING = "entering"  # from the next time that the catalog is kept
    WAITING = "waiting"  # until the hubs serve it
    LEAVING = "leaving"  # from the next time, or once that is approved
    LEFT_OUT = "left out"


@dataclass(frozen=True, slots=True)
class CatalogRow:
    """A zone that is in the catalog, or is served and is not; `why` says why it is not."""

    apex: str
    standing: Standing
    label: str = ""
    group: str | None = None
    epoch: int = 0
    why: str = ""


@dataclass(frozen=True, slots=True)
class CatalogState:
    """The catalog zone: its key, the serial that is served, the one that waits and why."""

    zone: str
    serial: int | None
    held: int | None
    concerns: tuple[str, ...]
    rows: tuple[CatalogRow, ...]

    def document(self) -> dict[str, Any]:
        """Give it as JSON-able data."""
        return asdict(self)


def read_catalog(ports: CatalogPorts, mesh: Mesh, now: Callable[[], int]) -> CatalogState:
    """Read what the catalog names. Raises NothingRecorded where there is none."""
    catalog = the_catalog(ports, mesh)
    making = Making(ports, mesh, catalog, now)
    head, listed, present = ports.store.head(catalog.zone), making.listed(), making.served()
    epochs = ports.epochs.epochs(catalog.zone)
    wanted = {entry.apex: entry for entry in listed.entries}
    rows = [
        CatalogRow(
            apex,
            _standing(apex in present, apex in wanted),
            entry.label,
            entry.group,
            epochs.get(apex, 0),
        )
        for apex, entry in sorted((wanted | present).items())
    ]
    rows += [
        CatalogRow(each.apex, Standing.WAITING if each.waits else Standing.LEFT_OUT, why=each.why)
        for each in listed.left_out
    ]
    held = head.held if head else None
    waits = None if held is None else ports.store.snapshot(catalog.zone, held)
    return CatalogState(
        catalog.zone,
        head.serial if head else None,
        held,
        waits.concerns if waits else (),
        tuple(sorted(rows, key=lambda row: row.apex)),
    )


def _standing(present: bool, wanted: bool) -> Standing:
    if present and wanted:
        return Standing.NAMED
    return Standing.ENTERING if wanted else Standing.LEAVING


def the_catalog(ports: CatalogPorts, mesh: Mesh) -> Member:
    """Find the catalog zone; raises NothingRecorded, which says what to do."""
    if mesh.catalog is None:
        raise NothingRecorded("the mesh has no catalog zone: `catalog:` in mesh.yaml makes one")
    members = ports.register.members()
    if (found := served_catalog(members)) is not None:
        return found
    noted = next((each.note for each in members if each.zone == mesh.catalog.key), "")
    why = noted or "the next sweep enters it"
    raise NothingRecorded(f"the catalog zone {mesh.catalog.name} is not served: {why}")


def reset(ports: CatalogPorts, mesh: Mesh, now: Callable[[], int], apex: str) -> tuple[int, Kept]:
    """Give a zone another label, so that who follows the catalog takes it anew (RFC 9432 5.6).

    Gives its epoch, and what came of recording that. Raises NothingRecorded where there is no
    catalog, UnknownName where that does not name the zone, and as `keep_catalog` does.
    """
    catalog = the_catalog(ports, mesh)
    if apex not in Making(ports, mesh, catalog, now).served():
        raise UnknownName(
            f"the catalog {catalog.apex} does not name {apex}, so nobody has it from there; "
            "`zonemesh catalog show` says why"
        )
    epoch = ports.epochs.advance(catalog.zone, apex)
    return epoch, keep_catalog(ports, mesh, now, reason=RESET)

"""Which zones the catalog names: those of the mesh that the catalog's hubs serve. Pure.

A zone enters once it is served, or its secondaries would ask in vain. What has entered stays for as
long as the mesh says so, whatever hubs report: a stale one takes no zone off any secondary.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from zonemesh.catalog import CatalogEntry, label_of
from zonemesh.dnssec import withdrawn
from zonemesh.membership import CATALOG, CONFLICT, is_served, shared_hub
from zonemesh.mesh.definition import Mesh
from zonemesh.mesh.sections import Catalog
from zonemesh.ports import HubReport, Member

# Seconds without a heartbeat, of which there is one each half minute: so long a hub is cut off, and
# will not hear of the catalog's change either.
SILENT_FOR = 300


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A served zone that is not in the catalog, and why; `waits` where that passes by itself."""

    zone: str
    apex: str
    why: str
    waits: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """What the catalog should name, sorted, and what it does not."""

    entries: tuple[CatalogEntry, ...]
    left_out: tuple[LeftOut, ...]

    @property
    def waiting(self) -> tuple[LeftOut, ...]:
        return tuple(each for each in self.left_out if each.waits)


def catalog_member(catalog: Catalog) -> Member:
    """Give the catalog zone as a member of the mesh."""
    return Member(catalog.key, catalog.name, "", "", CATALOG, catalog.hubs)


def with_catalog(
    mesh: Mesh, members: Sequence[Member], existing: Collection[Member]
) -> list[Member]:
    """Give the decided members with the catalog zone, where the mesh has one, sorted by key.

    Where a zone has its name on a shared hub, whichever was served first is served on.
    """
    if mesh.catalog is None:
        return list(members)
    catalog = catalog_member(mesh.catalog)
    rivals = [
        member
        for member in members
        if is_served(member) and member.apex == catalog.apex and shared_hub(member, catalog)
    ]
    served = any(each.zone == catalog.zone and is_served(each) for each in existing)
    if rivals and not served:
        note = f"{rivals[0].zone} has this name; give the catalog a name of its own"
        catalog = replace(catalog, state=CONFLICT, note=note)
        rivals = []
    why = f"the catalog zone has this name on {shared_hub(rivals[0], catalog)}" if rivals else ""
    settled = (
        replace(member, state=CONFLICT, note=why) if member in rivals else member
        for member in members
    )
    return sorted([*settled, catalog], key=lambda member: member.zone)


def candidates(mesh: Mesh, catalog: Member, members: Collection[Member]) -> list[Member]:
    """Give the members that may be in the catalog: served ones, by all hubs that serve it.

    Whoever follows the catalog on a hub is to find its zones there.
    """
    away = withdrawn(members, mesh)
    return [
        member
        for member in members
        if member.origin != CATALOG
        and is_served(member)
        and member.zone not in away
        and not _missing(mesh, catalog, member)
    ]


def choose(
    mesh: Mesh,
    catalog: Member,
    members: Collection[Member],
    epochs: Mapping[str, int],
    present: Collection[str],
    unserved: Mapping[str, str],
) -> Listed:
    """Settle what the catalog names.

    `epochs` has those of zones, by apex, that are not in their first; `present` are the apexes that
    it names already, `unserved` says by key why a zone should not be entered yet.
    """
    found, left_out = [], []
    for member in candidates(mesh, catalog, members):
        if member.apex not in present and (why := unserved.get(member.zone)):
            left_out.append(LeftOut(member.zone, member.apex, why, waits=True))
            continue
        entry = mesh.entry_of(member)
        label = label_of(member.apex, epochs.get(member.apex, 0))
        found.append(CatalogEntry(member.apex, label, entry.group if entry else None))
    away = withdrawn(members, mesh)
    for member in members:
        if member.origin == CATALOG or not is_served(member):
            continue
        if member.zone in away:
            why = "withdrawn, as it is signed at its source"
        elif missing := _missing(mesh, catalog, member):
            why = (
                f"not on {', '.join(missing)}, which the catalog is on: serve it there, or keep "
                "the catalog (`catalog.hubs`) to hubs that have it"
            )
        else:
            continue
        left_out.append(LeftOut(member.zone, member.apex, why))
    return Listed(tuple(sorted(found)), tuple(sorted(left_out, key=lambda each: each.zone)))


def unserved(
    mesh: Mesh,
    catalog: Member,
    members: Collection[Member],
    reports: Mapping[str, HubReport],
    now: float,
) -> dict[str, str]:
    """Say, by key, of which candidates it is not confirmed that the catalog's hubs serve them.

    A hub that has been silent is not waited for, but one at least must have said so.
    """
    hubs = mesh.hubs_serving(catalog)
    heard = [hub for hub in hubs if hub in reports and not is_silent(reports[hub], now)]
    why: dict[str, str] = {}
    for member in candidates(mesh, catalog, members):
        without = [hub for hub in heard if not _serves(reports[hub], member)]
        if without:
            why[member.zone] = f"not served yet by {', '.join(without)}"
        elif not heard:
            why[member.zone] = f"no report from {', '.join(hubs)}"
    return why


def _missing(mesh: Mesh, catalog: Member, member: Member) -> list[str]:
    serving = mesh.hubs_serving(member)
    return [hub for hub in mesh.hubs_serving(catalog) if hub not in serving]


def is_silent(report: HubReport, now: float) -> bool:
    """Tell whether a hub is cut off, or was never started."""
    at = (report.heartbeat or {}).get("at")
    return not isinstance(at, int | float) or now - at > SILENT_FOR


def _serves(report: HubReport, member: Member) -> bool:
    return isinstance(report.zones.get(member.zone, {}).get("serial"), int)

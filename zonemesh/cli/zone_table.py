"""The table of zones, as wide as the terminal lets it be."""

from collections.abc import Collection, Iterable, Iterator, Sequence

from rich.console import Console
from rich.table import Table

from zonemesh.cli import zone_cells as cells
from zonemesh.cli.cells import Cell, filled, marked, or_none, span
from zonemesh.cli.paragraph import fits
from zonemesh.status.mesh_status import ZoneStatus, age

_FOLDING = ("ZONE", "HUBS", "TARGETS")

# What is given up, one after the other, where the terminal is too narrow: why a zone is not ready
# for a failover, columns, which places are behind but for the first one, and that one.
_WHY, _NAMES, _FIRST = "why", "names", "first"
_STEPS = (_WHY, "LOSSES", "FROM", _NAMES, "AGE", _FIRST)


def zone_table(
    out: Console, zones: Sequence[ZoneStatus], now: float, changed: Collection[str] = ()
) -> Table:
    """Make the table of zones that says most in the width there is; `changed` ones are marked."""
    for given_up in range(len(_STEPS) + 1):
        made = _table(zones, now, changed, frozenset(_STEPS[:given_up]))
        if fits(out, made):
            break
    return made


def _table(
    zones: Sequence[ZoneStatus], now: float, changed: Collection[str], without: frozenset[str]
) -> Table:
    naming = 0 if _FIRST in without else 1 if _NAMES in without else cells.NAMED
    columns: dict[str, Sequence[Cell]] = {
        "ZONE": [marked(zone.member.apex, zone.member.zone in changed) for zone in zones],
        "FROM": [cells.place(zone) for zone in zones],
        "STATE": [cells.state(zone) for zone in zones],
        "SERIAL": [or_none(zone.serial) for zone in zones],
        "AGE": [span(age(zone.recorded_at, now)) for zone in zones],
        "ANNOUNCED": [cells.announced(zone) for zone in zones],
        "VERIFIED": [cells.verified(zone, now) for zone in zones],
        "LOSSES": [cells.losses(zone) for zone in zones],
        "FAILOVER": [cells.readiness(zone, why=_WHY not in without) for zone in zones],
        "HUBS": [cells.hubs_of(zone, naming=naming) for zone in zones],
        "TARGETS": [cells.targets_of(zone, naming=naming) for zone in zones],
    }
    for name in _left_out(zones, without):
        columns.pop(name, None)
    return filled(columns, _FOLDING)


def _left_out(zones: Sequence[ZoneStatus], without: Iterable[str]) -> Iterator[str]:
    """Give the columns that would say nothing, and those that are given up for room."""
    different = len({zone.member.apex for zone in zones}) == len(zones)
    if len({cells.place(zone) for zone in zones}) == 1 or ("FROM" in without and different):
        yield "FROM"
    if all(zone.announced == zone.serial for zone in zones):
        yield "ANNOUNCED"
    if "LOSSES" in without or not any(sum((zone.losses or {}).values()) for zone in zones):
        yield "LOSSES"
    if not any(zone.readiness for zone in zones):
        yield "FAILOVER"
    if not any(zone.targets for zone in zones):
        yield "TARGETS"
    if "AGE" in without:
        yield "AGE"

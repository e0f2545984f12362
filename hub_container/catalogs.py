"""What the catalog zone on this hub names (RFC 9432 4.1), as its zone file has it.

Secondaries that follow it have just these zones. So a zone that left the mesh is served until the
catalog, which may be held for an approval, names it no longer; and a secondary that takes up a new
catalog is told again of the zones that it did not know before.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from hub_container.configuration import ServedZone

_CATALOG = "catalog:"  # what the keys of catalog zones begin with


def is_catalog(zone: str) -> bool:
    """Tell whether a key is a catalog zone's."""
    return zone.startswith(_CATALOG)


def named_in(path: Path) -> set[str]:
    """Give the apexes that a catalog's zone file names; none where there is no such file."""
    named: set[str] = set()
    try:
        with path.open() as file:
            for line in file:
                fields = line.split()
                if len(fields) == 5 and fields[3] == "PTR":
                    named.add(fields[4])
    except OSError:
        pass
    return named


def leaving(
    zones: Mapping[str, ServedZone],
    earlier: Mapping[str, ServedZone],
    withdrawn: Iterable[str],
    file_of: Callable[[str], Path],
) -> dict[str, ServedZone]:
    """Give the zones that are no longer the hub's, but that a catalog of its still names.

    Not the `withdrawn` ones (keys), which nobody shall get, nor one whose name another zone has.
    """
    gone = earlier.keys() - zones.keys() - set(withdrawn)
    if not gone:
        return {}
    named = set().union(*(named_in(file_of(zone)) for zone in zones if is_catalog(zone)))
    named -= {zone.apex for zone in zones.values()}
    return {zone: earlier[zone] for zone in sorted(gone) if earlier[zone].apex in named}

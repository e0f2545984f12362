"""What all entries of `zones` start from: `defaults`, under each entry's own settings.

The plain data of the document is merged, so that whoever reads an entry finds it whole. What is
wrong with it is told where it was written.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from zonemesh.mesh.data import Data
from zonemesh.mesh.document import Document, Path, Problem

_SETTINGS = ("hubs", "targets", "group", "policy")
DEEPEST = 4  # `policy.aliases.targets.elb`; a document may contain itself


def with_defaults(data: Any) -> Any:
    """Give the data with each zone's entry whole: its own settings above the defaults."""
    if not isinstance(data, dict):
        return data
    defaults, zones = data.get("defaults"), data.get("zones")
    if not isinstance(defaults, dict) or not isinstance(zones, list):
        return data
    return data | {"zones": [_whole(defaults, zone) for zone in zones]}


def _whole(defaults: Data, zone: Any) -> Any:
    if not isinstance(zone, dict):
        return zone
    return _merged({name: defaults[name] for name in _inherited(zone) if name in defaults}, zone)


def _inherited(zone: Data) -> Iterable[str]:
    """Name what an entry takes from the defaults: a private zone is only where it says itself."""
    return ("policy",) if zone.get("private") is True else _SETTINGS


def _merged(under: Data, zone: Data) -> Data:
    own, policy = zone.get("policy", {}), under.get("policy")
    if isinstance(own, dict) and isinstance(policy, dict):
        under = under | {"policy": {k: v for k, v in policy.items() if not _is_void(k, zone, own)}}
    return _deep(under, zone)


def _is_void(setting: str, zone: Data, own: Data) -> bool:
    """Tell whether a setting of the default policy has no meaning in an entry."""
    if setting == "soa":  # the SOA of a primary is its own, unless the entry has timers
        return bool(zone.keys() & {"primaries", "pulled_by"})
    return setting == "name_servers" and own.get("apex_ns") == "source"


def _deep(under: Data, over: Data, levels: int = DEEPEST) -> Data:
    merged = dict(under)
    for key, value in over.items():
        below = merged.get(key)
        if levels > 1 and isinstance(below, dict) and isinstance(value, dict):
            merged[key] = _deep(below, value, levels - 1)
        else:
            merged[key] = value
    return merged


def as_written(document: Document, problems: Iterable[Problem]) -> Iterator[Problem]:
    """Tell problems with what entries have from the defaults as problems of the defaults.

    Each once, with the entries that it is about where it is not one of the defaults by themselves.
    """
    found = list(problems)
    inherited: dict[tuple[Path, str], list[str]] = {}
    for problem in found:
        source = _in_defaults(document, problem.path)
        if source is None:
            yield problem
        else:
            entry = f"zones[{problem.path[1]}]"
            inherited.setdefault((source, problem.text), []).append(entry)
    own = {(problem.path, problem.text) for problem in found}
    for (path, text), entries in inherited.items():
        if (path, text) not in own:
            yield Problem(path, f"{text} (for {', '.join(dict.fromkeys(entries))})")


def _in_defaults(document: Document, path: Path) -> Path | None:
    """Give where a part of an entry was written, if that was in the defaults."""
    if len(path) < 3 or path[0] != "zones" or path in document.lines:
        return None
    source: Path = ("defaults", *path[2:])
    return source if source in document.lines else None

"""The plain data of a mesh document, read by rules that pass over what has the wrong shape."""

from collections.abc import Callable, Iterator
from typing import Any

from zonemesh.deployment import EVERY_HUB
from zonemesh.mesh.document import Path, Problem
from zonemesh.mesh.values import shown

Data = dict[str, Any]


def section(data: Data, section: str) -> dict[str, Data]:
    """Give the entries of a section that has names."""
    found = data.get(section)
    if not isinstance(found, dict):
        return {}
    return {str(name): inner if isinstance(inner, dict) else {} for name, inner in found.items()}


def zone_entries(data: Data) -> list[tuple[int, Data]]:
    """Give the entries of `zones` with their places."""
    found = data.get("zones")
    if not isinstance(found, list):
        return []
    return [(index, zone) for index, zone in enumerate(found) if isinstance(zone, dict)]


def hubs_of(zone: Data) -> set[str]:
    """Give the hubs that serve a zone entry, `*` for all."""
    return {hub for _, hub in texts(zone.get("hubs", [EVERY_HUB]))}


def texts(value: object) -> list[tuple[int, str]]:
    """Give the texts of a list with their places."""
    if not isinstance(value, list):
        return []
    return [(index, text) for index, text in enumerate(value) if isinstance(text, str)]


def repeated(path: Path, value: object) -> Iterator[Problem]:
    """Find what stands in a list twice."""
    seen: set[str] = set()
    for place, text in texts(value):
        if text in seen:
            yield Problem((*path, place), f"{shown(text)} is in the list twice; keep one")
        seen.add(text)


def clean(form: Callable[[str], str], value: object) -> str | None:
    """Bring a value into its clean form; None for one that the types refuse."""
    if not isinstance(value, str):
        return None
    try:
        return form(value)
    except ValueError:
        return None

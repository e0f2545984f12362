"""What a mesh definition says without effect: allowed, and perhaps a slip."""

from collections.abc import Iterator

from zonemesh.mesh.data import Data, zone_entries
from zonemesh.mesh.document import Problem, read_document
from zonemesh.mesh.references import unused
from zonemesh.mesh.values import shown


def mesh_warnings(text: str) -> list[str]:
    """Give what has no effect in a good mesh definition, a line each, in the order of the file."""
    document = read_document(text)
    found = [*unused(document.data), *_never_tried(document.data)]
    found.sort(key=lambda warning: document.line(warning.path))
    return [document.describe(warning) for warning in found]


def _never_tried(data: Data) -> Iterator[Problem]:
    """Find patterns that come after one that takes in all that they could."""
    earlier: list[tuple[int, Data]] = []
    for index, zone in zone_entries(data):
        if "discover" not in zone:
            continue
        for before, other in earlier:
            if _takes_in_all(other, zone):
                text = (
                    f"takes in nothing: zones[{before}], `discover: {other['discover']}`, comes "
                    f"first and takes in all that {shown(zone['discover'])} could"
                )
                yield Problem(("zones", index, "discover"), text)
                break
        earlier.append((index, zone))


def _takes_in_all(other: Data, zone: Data) -> bool:
    same = all(
        other.get(part, default) == zone.get(part, default)
        for part, default in (("integration", None), ("private", False))
    )
    return same and not other.get("tags") and other["discover"] in ("*", zone["discover"])

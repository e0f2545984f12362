"""The whole state of the mesh as JSON-able data, judged."""

from dataclasses import asdict
from typing import Any

from zonemesh.status.mesh_status import MeshStatus, status_document
from zonemesh.status.needs import needs
from zonemesh.status.rollup import secondary_statuses, target_statuses
from zonemesh.status.zones import is_current


def whole_document(status: MeshStatus) -> dict[str, Any]:
    """Give it: what `status_document` has, what needs somebody, and how each place is.

    Times are in epoch seconds, ages in seconds.
    """
    document = status_document(status)
    for entry, zone in zip(document["zones"], status.zones, strict=True):
        entry["current"] = is_current(zone)
    for entry, hub in zip(document["hubs"], status.hubs, strict=True):
        entry |= {"state": hub.state(status.now).value, "heard_at": hub.heard_at}
    return document | {
        "needs": [asdict(need) for need in needs(status)],
        "targets": [place.document() for place in target_statuses(status)],
        "secondaries": [place.document() for place in secondary_statuses(status)],
    }

"""What a hub should serve, has, and is asked for by its orders."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from hub_container.soa import Answer, ask
from zonemesh.orders.order import HubOrder
from zonemesh.serial import is_newer
from zonemesh.snapshot import Head

if TYPE_CHECKING:
    from hub_container.hub import Hub


def serials_on_disk(hub: "Hub") -> dict[str, int]:
    """Give the serials that NSD should answer, by apex."""
    found = {}
    for key, zone in hub.configuration.zones.items():
        serial = None if hub.files.is_over(key) else hub.files.serial(key)
        if serial is not None:
            found[zone.apex] = serial
    return found


def unserved(hub: "Hub") -> list[str]:
    """Name the zones that are on disk and not answered as they are there.

    A server that is silent about one is silent about all: the others would take a second each.
    """
    server = hub.settings.dns_listen[0].reachable
    found = []
    for apex, serial in serials_on_disk(hub).items():
        if (answer := ask(server, apex)) is None or answer.serial != serial:
            found.append(differing(apex, answer, serial))
        if answer is None:
            break
    return found


def differing(apex: str, answer: Answer | None, serial: int) -> str:
    """Say that a zone is not answered as it is on disk."""
    return f"{apex}: {answer or 'no answer'}, where {serial} is on disk"


def zones_of(hub: "Hub", order: HubOrder) -> list[str]:
    """Give the zones (keys) of this hub that an order is about."""
    return [zone for zone in hub.configuration.zones if not order.zones or zone in order.zones]


def behind(hub: "Hub", heads: Mapping[str, Head]) -> list[str]:
    """Name the zones whose head is not served yet, and why."""
    found = []
    for zone, head in heads.items():
        state = hub.board.zone(zone)
        serial = state.serial if state else None
        if serial is None or is_newer(head.serial, serial):
            why = f" ({state.error})" if state and state.error else ""
            at = "nothing" if serial is None else str(serial)
            found.append(f"{zone}: serves {at}, {head.serial} is the newest{why}")
    return found

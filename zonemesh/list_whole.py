"""The use case: an order to list a zone → what differs recorded, and the zone verified."""

from collections.abc import Callable
from dataclasses import dataclass

from zonemesh.control import Control
from zonemesh.enrol import enrol
from zonemesh.errors import ZoneGone
from zonemesh.membership import ACTIVE
from zonemesh.ports import ListingOrder, Member
from zonemesh.record import Recorded
from zonemesh.snapshot import Reason

Floor = Callable[[Member], list[int]]


@dataclass(frozen=True, slots=True)
class Listed:
    """What came of an order.

    `recorded` is None where there was nothing to do: a later listing has done it, or the zone is
    no member any more. `missed` is true where the listing found what no event had told.
    """

    recorded: Recorded | None
    missed: bool = False


def list_whole(control: Control, order: ListingOrder, floor: Floor = lambda _: []) -> Listed:
    """List a zone whole, record what differs and mark it verified.

    `floor` gives serials that servers hold already, asked only for a first snapshot. Raises the
    errors of the source and the store.
    """
    ports = control.ports
    member = next((m for m in ports.register.members() if m.zone == order.zone), None)
    if member is None or member.state != ACTIVE:
        return Listed(None)
    verified = ports.ledger.verified([order.zone]).get(order.zone)
    if verified is not None and verified > order.asked_at:
        return Listed(None)
    started = control.now()
    try:
        recorded = control.recorder.record_listing(
            control.zone(member),
            control.source(member),
            Reason(order.found_by, order.changes),
            floor=lambda: floor(member),
        )
    except ZoneGone:
        enrol(control, order.changes)
        return Listed(None)
    ports.ledger.mark_verified(order.zone, started)
    found = recorded.changed and recorded.snapshot.parent is not None
    return Listed(recorded, missed=found and order.found_by == "listing")

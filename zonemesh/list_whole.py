"""The use case: an order to list a zone → what differs recorded, and the zone verified."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from zonemesh.adopt import take_over
from zonemesh.bump import bump
from zonemesh.control import Control, settles
from zonemesh.enrol import enrol
from zonemesh.errors import ZoneGone
from zonemesh.long_listing import ListingUnfinished, LongListing, ReadingUnfinished
from zonemesh.membership import ACTIVE, is_adopting
from zonemesh.ports import ListingOrder, Member, ParkedListing
from zonemesh.record import Recorded
from zonemesh.reported import newest_reported, read_reports
from zonemesh.serial import is_newer
from zonemesh.signing import Looked, look_at_source
from zonemesh.snapshot import Reason
from zonemesh.succession import served_before

Floor = Callable[[Member], list[int]]

# A listing for one of these reasons finds what no event told; for the others one did.
_NETS = frozenset({"listing", "lookup", "order"})


@dataclass(frozen=True, slots=True)
class Listed:
    """What came of an order.

    `recorded` is None where there was nothing to record: a later listing has done it, the zone is
    no member any more, or time was up and the rest of the listing is `ordered`. `missed` is true
    where the listing found what no event had told. `problems` says why it is not known whether the
    zone is signed.
    """

    recorded: Recorded | None
    missed: bool = False
    ordered: bool = False
    problems: tuple[str, ...] = ()


def list_whole(
    control: Control,
    order: ListingOrder,
    floor: Floor = lambda _: [],
    in_time: Callable[[], bool] = lambda: True,
) -> Listed:
    """List a zone whole, record what differs and mark it verified.

    `floor` gives serials that servers hold already, asked only for a first snapshot. Once
    `in_time` says no, the listing is parked and the order sent again for the rest of it; where all
    is listed and the names that differ are being read again, the order alone is sent again. Raises
    the errors of the source, the store and the queues.
    """
    ports = control.ports
    started = control.now()  # before the member is read: an order for what it becomes is later
    member = next((m for m in ports.register.members() if m.zone == order.zone), None)
    if member is None or not _is_read(member) or _is_done(control, order):
        return Listed(None)
    parked = _parked(control, member)
    started = parked.started if parked else started
    try:
        # Before the pages, of which a throttle would cost all; once, not for each part of them.
        looked = look_at_source(control, member) if parked is None else Looked((member,))
        recorded = control.recorder(member).record_listing(
            control.zone(member),
            LongListing(control.source(member), parked, in_time),
            Reason(order.found_by, order.changes),
            floor=lambda: [
                *floor(member),
                *served_before(control, member),
                *_reported(control, member),
            ],
        )
    except ListingUnfinished as rest:
        own = parked is None or parked.started == order.begun
        begun = ParkedListing(member.hosted_zone_id, started, rest.cursor, rest.packed)
        ports.parked.save(order.zone, begun)
        ports.listings.send(replace(order, part=order.part + 1, begun=started if own else None))
        return Listed(None, ordered=True)
    except ReadingUnfinished:  # what was recorded differs no more, so the next run gets further
        ports.listings.send(replace(order, part=order.part + 1))
        return Listed(None, ordered=True)
    except ZoneGone:
        enrol(control, order.changes, tags_of=())
        return Listed(None)
    if not recorded.held:
        _raise_above_hubs(control, member)
    ports.ledger.mark_verified(order.zone, started)
    if parked:
        ports.parked.clear(order.zone)
    again = parked is not None and not _is_done(control, order)
    if again:  # what was parked began before this order, which may be about something newer
        ports.listings.send(replace(order, part=order.part + 1, begun=None))
    if is_adopting(member) and not recorded.held:
        take_over(control, member)
    if recorded.repaired and not recorded.held:  # edits since a long listing began are found anew
        control.order_listing(member, "listing")
        again = True
    missed = order.found_by in _NETS and not recorded.repaired and control.source_differed(recorded)
    return Listed(recorded, missed, ordered=again, problems=looked.problems)


def _reported(control: Control, member: Member) -> list[int]:
    """Give the newest serial that a hub says it serves of a zone, if one does."""
    said = newest_reported(read_reports(control.ports.reports, control.mesh), control.mesh, member)
    return [] if said is None else [said]


def _raise_above_hubs(control: Control, member: Member) -> None:
    """Raise the serial where hubs serve a newer one than the table knows, as after its restore.

    Only now: what the head holds has just been compared with the source, and hubs that follow it go
    back to nothing older.
    """
    head = control.ports.store.head(member.zone)
    for serial in _reported(control, member):
        if head is not None and is_newer(serial, head.serial):
            strategy = control.zone(member).policy.serial.strategy
            bump(control.ports.store, member.zone, strategy, control.now, above=serial)


def _is_read(member: Member) -> bool:
    """Tell whether there is a hosted zone to list; others are recorded by others."""
    return bool(member.hosted_zone_id) and (member.state == ACTIVE or is_adopting(member))


def _parked(control: Control, member: Member) -> ParkedListing | None:
    parked = control.ports.parked.load(member.zone)
    return parked if parked and parked.hosted_zone == member.hosted_zone_id else None


def _is_done(control: Control, order: ListingOrder) -> bool:
    """Tell whether a listing has ended that began later than the order, or that it began."""
    verified = control.ports.ledger.verified([order.zone]).get(order.zone)
    if order.begun is not None and verified is not None and verified >= order.begun:
        return True
    return settles(verified, order.asked_at)

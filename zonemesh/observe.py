"""The use case: change events → the names that they wrote read again and recorded."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from zonemesh.control import Control
from zonemesh.enrol import enrol
from zonemesh.errors import ChunkDamaged, SnapshotMissing, ZoneGone
from zonemesh.membership import ACTIVE
from zonemesh.names import is_plain
from zonemesh.ports import Member
from zonemesh.record import Recorded
from zonemesh.route53.events import ChangeEvent
from zonemesh.signing import SIGNING_CHANGES, look_at_source
from zonemesh.snapshot import Change, Reason

# Fifty calls take ten seconds at Route 53's five a second; what needs more is listed whole, where
# no other edit waits behind it.
CALLS_MOST = 50
PAGE = 300  # rrsets a ListResourceRecordSets page holds
CHANGES_MOST = 20  # kept of a batch's events in one snapshot's reason


@dataclass(frozen=True, slots=True)
class Observed:
    """What came of some events for a zone of the mesh: a recording, or an order to list it."""

    zone: str
    recorded: Recorded | None = None
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Pass:
    """Events that one look settles.

    `hosted_zone` is the id of the zone whose names they wrote. Without one the look goes to which
    hosted zones there are and, with `everywhere`, to all that is in them.
    """

    hosted_zone: str | None
    events: tuple[ChangeEvent, ...]
    everywhere: bool = False

    @property
    def changes(self) -> tuple[Change, ...]:
        return tuple(event.change for event in self.events)[:CHANGES_MOST]

    @property
    def named(self) -> frozenset[str]:
        """The ids of the hosted zones that the events name."""
        return frozenset(id for event in self.events for id in event.hosted_zones or ())

    @property
    def published(self) -> str:
        """What the events say that they publish, where all of them are a hub's own writes."""
        own = all(event.published for event in self.events)
        return ", ".join(sorted({event.published for event in self.events})) if own else ""


def passes(events: Iterable[ChangeEvent]) -> list[Pass]:
    """Group events so that each hosted zone is looked at once, after which ones there are."""
    wide: list[ChangeEvent] = []
    zones: dict[str, list[ChangeEvent]] = {}
    for event in events:
        if event.hosted_zones is None or (event.changes_membership and event.hosted_zones):
            wide.append(event)
            continue
        for hosted_zone in event.hosted_zones:
            zones.setdefault(hosted_zone, []).append(event)
    everywhere = any(not event.changes_membership for event in wide)
    first = [Pass(None, tuple(wide), everywhere)] if wide else []
    return first + [Pass(hosted_zone, tuple(group)) for hosted_zone, group in zones.items()]


def observe(control: Control, work: Pass, found_by: str = "event") -> list[Observed]:
    """Do what the events of one pass call for.

    Raises the errors of the sources, the store and the queues, so that the events can be handed
    back; doing all of it again is harmless.
    """
    if work.hosted_zone is None:
        enrolled = enrol(control, work.changes, found_by, tags_of=work.named)
        hosted = [each for each in enrolled.members if each.state == ACTIVE and each.hosted_zone_id]
        concerned = hosted if work.everywhere else []
        observed = [_order(control, member, found_by, work.changes) for member in concerned]
        enrolled.raise_throttled()  # what was refused stays so, and is for the sweep to tell
        return observed
    # A hosted zone may stand behind several members, of which a conflict has stopped some.
    concerned = [
        member
        for member in control.ports.register.members()
        if member.hosted_zone_id == work.hosted_zone and member.state == ACTIVE
    ]
    try:
        if any(event.change.operation in SIGNING_CHANGES for event in work.events):
            for member in concerned:  # a refusal is told by the listing, which is ordered as well
                look_at_source(control, member)
        return [_record(control, member, work, found_by) for member in concerned]
    except ZoneGone:
        enrol(control, work.changes, found_by, tags_of=()).raise_throttled()
        return []


def _record(control: Control, member: Member, work: Pass, found_by: str) -> Observed:
    try:
        return _record_names(control, member, work, found_by)
    except (ChunkDamaged, SnapshotMissing):  # what is stored cannot be built on: that repairs it
        return _order(control, member, found_by, work.changes)


def _record_names(control: Control, member: Member, work: Pass, found_by: str) -> Observed:
    owners: set[str] = set()
    for event in work.events:
        if event.owners is None:
            return _order(control, member, found_by, work.changes)
        owners |= {name for name in event.owners if _in_zone(name, member.apex)}
    if len(owners) > CALLS_MOST and _calls(control, member, owners) > CALLS_MOST:
        return _order(control, member, found_by, work.changes)
    recorded = control.recorder(member).record_owners(
        control.zone(member), control.source(member), owners, Reason(found_by, work.changes)
    )
    if recorded is None:
        why = found_by if control.ports.store.head(member.zone) else "first"
        return _order(control, member, why, work.changes)
    return Observed(member.zone, recorded)


def _calls(control: Control, member: Member, owners: Collection[str]) -> int:
    """Give how many calls reading some names takes at most: one answers all names on its page."""
    head = control.ports.store.head(member.zone)
    if head is None:
        return len(owners)
    source = control.ports.store.snapshot(member.zone, head.serial).source
    pages = 1 + (source.count if source else 0) // PAGE
    escaped = sum(not is_plain(owner) for owner in owners)  # read one by one
    return min(len(owners), pages + escaped)


def _in_zone(name: str, apex: str) -> bool:
    return name == apex or name.endswith(f".{apex}")


def _order(
    control: Control, member: Member, found_by: str, changes: tuple[Change, ...]
) -> Observed:
    control.order_listing(member, found_by, changes)
    return Observed(member.zone, ordered=True)

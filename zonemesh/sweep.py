"""The use case: the nets that catch what no event told, drawn in on a schedule.

Cheap ones look everywhere: which hosted zones there are and how many rrsets each has, CloudTrail's
event history, heads that were never announced. Then full listings are ordered, the zones longest
unverified first, within a share of each account's API rate.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from zonemesh.announce import announce
from zonemesh.control import Control
from zonemesh.enrol import Enrolled, enrol
from zonemesh.errors import SourceError, UnreadableEvent, ZonemeshError
from zonemesh.membership import ACTIVE, is_served
from zonemesh.observe import PAGE, by_hosted_zone, observe
from zonemesh.ports import SEEN_EVENTS, ListingOrder, Member, SweepMemory
from zonemesh.route53.events import ChangeEvent, change_event
from zonemesh.snapshot import Head, Snapshot

OVERLAP = 900  # seconds looked at again: events enter the history up to 15 minutes late
FIRST_LOOK = 3600  # seconds the first sweep looks back
GRACE = 60  # seconds in which an event may still come through EventBridge


@dataclass(slots=True)
class Swept:
    """What a sweep found.

    `missed` zones had an event that never came; `ordered` are zones to be listed; `rung` heads
    that had not been announced; `oldest_verified` is the greatest verified age in seconds, None
    where a zone was never verified; `problems` says what could not be looked at.
    """

    zones: int = 0
    missed: list[str] = field(default_factory=list)
    ordered: list[str] = field(default_factory=list)
    rung: list[str] = field(default_factory=list)
    oldest_verified: int | None = 0
    problems: list[str] = field(default_factory=list)


def sweep(control: Control, every: int) -> Swept:
    """Draw in all nets once; `every` is the schedule's interval in seconds."""
    swept = Swept()
    enrolled = enrol(control)
    swept.problems += [f"{name}: {problem}" for name, problem in enrolled.unread.items()]
    served = [member for member in enrolled.members if is_served(member)]
    active = [member for member in served if member.state == ACTIVE]
    swept.zones = len(served)
    heads = control.ports.store.heads([member.zone for member in served])
    snapshots = {
        zone: control.ports.store.snapshot(zone, head.serial) for zone, head in heads.items()
    }
    _look_up_events(control, active, snapshots, swept)
    _order_listings(control, every, active, enrolled, snapshots, swept)
    swept.rung = [a.zone for a in _ring_again(control, heads.values())]
    return swept


def _ring_again(control: Control, heads: Iterable[Head]) -> Sequence[Any]:
    ports = control.ports
    return announce(list(heads), ports.ledger, ports.register, ports.announcer)


def _look_up_events(
    control: Control,
    active: Sequence[Member],
    snapshots: Mapping[str, Snapshot],
    swept: Swept,
) -> None:
    """Handle the events of CloudTrail's history that no recorded snapshot knows of."""
    now = control.now()
    memory = control.ports.sweep_state.load() or SweepMemory(now - FIRST_LOOK)
    since = memory.looked_until - OVERLAP
    seen = dict.fromkeys(memory.seen)
    seen.update(dict.fromkeys(_recorded_events(control, snapshots.values(), since)))
    events: list[ChangeEvent] = []
    complete = True
    for integration in control.mesh.integrations:
        try:
            history = control.ports.history(integration, control.mesh)
            details = list(history.lookup_events(since, now - GRACE))
        except SourceError as problem:
            swept.problems.append(f"{integration}: event history: {problem}")
            complete = False
            continue
        events += _unseen(details, seen, swept)
    known = {member.hosted_zone_id for member in active}
    for hosted_zone, group in by_hosted_zone(events).items():
        if hosted_zone is not None and hosted_zone not in known:
            continue  # enrolling has looked at hosted zones that come and go
        try:
            outcomes = observe(control, hosted_zone, group, found_by="lookup")
        except ZonemeshError as problem:
            swept.problems.append(f"{hosted_zone}: {problem}")
            complete = False
            continue
        seen.update(dict.fromkeys(event.change.event_id for event in group))
        swept.missed += [o.zone for o in outcomes if o.recorded and o.recorded.changed]
        swept.ordered += [o.zone for o in outcomes if o.ordered]
    looked_until = now - GRACE if complete else memory.looked_until
    kept = tuple(list(seen)[-SEEN_EVENTS:])
    control.ports.sweep_state.save(SweepMemory(looked_until, kept))


def _recorded_events(control: Control, snapshots: Iterable[Snapshot], since: int) -> Iterable[str]:
    """Give the ids of the events behind the snapshots recorded since a time."""
    for newest in snapshots:
        snapshot = newest
        while snapshot.recorded_at >= since:
            yield from (change.event_id for change in snapshot.reason.changes)
            if snapshot.parent is None:
                break
            snapshot = control.ports.store.snapshot(snapshot.zone, snapshot.parent)


def _unseen(
    details: Iterable[Mapping[str, Any]], seen: Mapping[str, None], swept: Swept
) -> list[ChangeEvent]:
    events = []
    for detail in details:
        try:
            event = change_event(detail)
        except UnreadableEvent as problem:
            swept.problems.append(f"event history: {problem}")
            continue
        if event and event.change.event_id not in seen:
            events.append(event)
    return events


def _order_listings(
    control: Control,
    every: int,
    active: Sequence[Member],
    enrolled: Enrolled,
    snapshots: Mapping[str, Snapshot],
    swept: Swept,
) -> None:
    """Order the zones whose count differs, then the longest unverified, within the API budget."""
    now = control.now()
    verified = control.ports.ledger.verified([member.zone for member in active])
    ages = [now - verified[m.zone] if m.zone in verified else None for m in active]
    swept.oldest_verified = None if None in ages else max([a for a in ages if a is not None] or [0])
    budget = {
        name: integration.requests_per_second * every
        for name, integration in control.mesh.integrations.items()
    }

    def differs(member: Member) -> bool:
        hosted_zone = enrolled.hosted_zones.get(member.hosted_zone_id)
        snapshot = snapshots.get(member.zone)
        counted = snapshot.source.count if snapshot and snapshot.source else None
        return hosted_zone is not None and hosted_zone.rrset_count != counted

    first = {member.zone for member in active if differs(member)}
    for member in sorted(active, key=lambda m: (m.zone not in first, verified.get(m.zone, 0))):
        snapshot = snapshots.get(member.zone)
        pages = 1 + (snapshot.source.count if snapshot and snapshot.source else 0) // PAGE
        whole = every * control.mesh.integrations[member.integration].requests_per_second
        # A zone larger than a whole interval's budget is listed all the same, when its turn comes.
        if budget[member.integration] >= min(pages, whole):
            budget[member.integration] -= pages
            order = ListingOrder(member.zone, member.integration, now, "listing")
            control.ports.listings.send(order)
            swept.ordered.append(member.zone)

"""The use case: CloudTrail's event history → the changes that EventBridge never told.

The history needs no trail. It is a net like the others: what it holds is looked at again only where
no snapshot names it and the zone was not compared whole since.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from zonemesh.control import Control, settles
from zonemesh.errors import SnapshotMissing, SourceError, UnreadableEvent, ZonemeshError
from zonemesh.observe import Pass, observe, passes
from zonemesh.ports import SEEN_EVENTS, Member, SweepMemory
from zonemesh.route53.events import ChangeEvent, change_event
from zonemesh.snapshot import Snapshot

OVERLAP = 900  # seconds looked at again: events enter the history up to 15 minutes late
FIRST_LOOK = 3600  # seconds the first look goes back
FARTHEST_LOOK = 21_600  # seconds a look goes back after a long failure; older is for the listings
GRACE = 60  # seconds in which an event may still come through EventBridge
LOOK_FOR = 120  # seconds spent on reading the history and the names it tells of
WALK_MOST = 200  # snapshots of a zone looked through; events before them are read again in vain


@dataclass(slots=True)
class LookedUp:
    """What the history told: zones whose change had been `missed`, zones to be listed, problems."""

    missed: list[str] = field(default_factory=list)
    ordered: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def look_up_events(
    control: Control, active: Sequence[Member], snapshots: Mapping[str, Snapshot]
) -> LookedUp:
    """Handle the events since the last look that nothing shows to have been handled.

    `active` are the members to look after, `snapshots` the newest by zone. Raises the store's
    errors; what else fails is a problem that the next look meets again.
    """
    now = control.now()
    ends_at = now + LOOK_FOR
    memory = control.ports.sweep_state.load() or SweepMemory(now - FIRST_LOOK)
    looked = LookedUp()
    read_to = {
        name: min(memory.looked_until, memory.behind.get(name, memory.looked_until))
        for name in control.mesh.integrations
    }
    since = {name: max(until - OVERLAP, now - FARTHEST_LOOK, 0) for name, until in read_to.items()}
    seen = dict.fromkeys(memory.seen)
    oldest = min(since.values(), default=now)
    seen.update(dict.fromkeys(_recorded_events(control, snapshots.values(), oldest)))
    behind: dict[str, int] = {}
    events: list[ChangeEvent] = []
    for name in sorted(read_to, key=lambda name: read_to[name]):  # who is behind comes first
        found, reached = _history(control, name, (since[name], now - GRACE), ends_at, looked)
        events += found
        if reached < now - GRACE:
            # The next look takes the overlap off again: it is to go on where this one stopped.
            behind[name] = min(reached + OVERLAP, now - GRACE)
    unseen = [event for event in events if not _is_seen(event, seen)]
    handled, failed = _handle(control, active, unseen, ends_at, looked)
    behind |= {name: read_to[name] for name in failed}
    seen.update(dict.fromkeys(event.change.event_id for event in handled))
    kept = tuple(list(seen)[-SEEN_EVENTS:])
    control.ports.sweep_state.save(SweepMemory(now - GRACE, kept, behind))
    return looked


def _recorded_events(control: Control, snapshots: Iterable[Snapshot], since: int) -> Iterable[str]:
    """Give the ids of the events behind the snapshots recorded since a time."""
    for newest in snapshots:
        snapshot = newest
        for _ in range(WALK_MOST):
            if snapshot.recorded_at < since:
                break
            yield from (change.event_id for change in snapshot.reason.changes)
            if snapshot.parent is None:
                break
            try:
                snapshot = control.ports.store.snapshot(snapshot.zone, snapshot.parent)
            except SnapshotMissing:  # history may have been thrown away
                break


def _history(
    control: Control, name: str, span: tuple[int, int], ends_at: int, looked: LookedUp
) -> tuple[list[ChangeEvent], int]:
    """Read an integration's history, the oldest first; tell up to when all of it was read."""
    events: list[ChangeEvent] = []
    reached, until = span
    try:
        for page in control.ports.history(name, control.mesh).lookup_events(*span):
            for detail in page.details:
                try:
                    event = change_event(detail)
                except UnreadableEvent as problem:
                    looked.problems.append(f"{name}: event history: {problem}")
                    continue
                if event:
                    events.append(event)
            reached = page.read_to
            if reached < until and control.now() > ends_at:
                looked.problems.append(f"{name}: event history: too long to read in {LOOK_FOR} s")
                break
    except SourceError as problem:
        looked.problems.append(f"{name}: event history: {problem}")
    return events, reached


def _is_seen(event: ChangeEvent, seen: Mapping[str, None]) -> bool:
    return bool(event.change.event_id) and event.change.event_id in seen


def _handle(
    control: Control,
    active: Sequence[Member],
    events: Sequence[ChangeEvent],
    ends_at: int,
    looked: LookedUp,
) -> tuple[list[ChangeEvent], set[str]]:
    """Look at the zones of some events.

    Gives the events that are handled, and the integrations of the zones that could be neither
    read nor ordered to be listed.
    """
    verified = control.ports.ledger.verified([member.zone for member in active])
    handled: list[ChangeEvent] = []
    failed: set[str] = set()
    for work in passes(event for event in events if not event.changes_membership):
        members = [
            member
            for member in active
            if (work.everywhere or member.hosted_zone_id == work.hosted_zone)
            and not all(settles(verified.get(member.zone), e.change.time) for e in work.events)
        ]
        problems = _look(control, work, members, ends_at, looked)
        if not problems:
            handled += work.events
        failed |= problems
    return handled, failed


def _look(
    control: Control, work: Pass, members: Sequence[Member], ends_at: int, looked: LookedUp
) -> set[str]:
    """Read the names of a pass, or order listings: for every zone, late, or after a failure.

    Gives the integrations whose listings could not be ordered.
    """
    if members and not work.everywhere and control.now() <= ends_at:
        try:
            outcomes = observe(control, work, "lookup")
        except ZonemeshError as problem:
            looked.problems.append(f"{members[0].apex} ({work.hosted_zone}): {problem}")
        else:
            looked.missed += [
                each.zone
                for each in outcomes
                if each.recorded and control.source_differed(each.recorded)
            ]
            looked.ordered += [each.zone for each in outcomes if each.ordered]
            return set()
    failed = set()
    for member in members:
        try:
            control.order_listing(member, "lookup", work.changes)
            looked.ordered.append(member.zone)
        except ZonemeshError as problem:
            looked.problems.append(f"{member.apex}: {problem}")
            failed.add(member.integration)
    return failed

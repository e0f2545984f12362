"""The use case: the nets that catch what no event told, drawn in on a schedule.

Cheap ones look everywhere: which hosted zones there are and how many rrsets each has, heads that
were never announced, CloudTrail's event history. Then full listings are ordered, the zones longest
unverified first, within a share of each account's API rate.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from zonemesh.announce import announce
from zonemesh.control import Control
from zonemesh.dnssec import SIGNED, UNSIGNED, withdrawn
from zonemesh.enrol import Enrolled, enrol
from zonemesh.errors import ZonemeshError
from zonemesh.lookup import look_up_events
from zonemesh.membership import ACTIVE, GONE, is_adopting, is_served
from zonemesh.observe import PAGE
from zonemesh.ports import Member
from zonemesh.raise_pulled import raise_above_hubs
from zonemesh.reported import behind, failing, read_reports
from zonemesh.signing import Looked, look_at_parents
from zonemesh.snapshot import Head, Snapshot

READ_FOR = 60  # seconds spent on the delegations of new zones; with the history's far below timeout


@dataclass(slots=True)
class Swept:
    """What a sweep found.

    `missed` zones had an event that never came; `ordered` are zones to be listed; `rung` heads
    that had not been announced; `oldest_verified` is the greatest verified age in seconds of those
    ever verified, None where none was, and `never_verified` counts the others; `held` are zones
    of which a change waits for somebody, `gone` those served on although their hosted zone is not
    there any more; of `behind` ones a hub serves a newer serial than the table knows, of which the
    `raised` ones, pulled from primaries, were set above it at once; `failing`
    says which hub cannot serve which zone as it is now, and why; `losses` counts the fidelity
    reports' lines by kind; `signed` zones are signed at their source, which does no harm while no
    parent has a DS, `withdrawn` ones have one and are not served; `problems` says what could not be
    looked at. `listed_all` is true where every integration told its hosted zones and every
    delegation in question was read, so that no zone can be missing among the members.
    """

    zones: int = 0
    missed: list[str] = field(default_factory=list)
    ordered: list[str] = field(default_factory=list)
    rung: list[str] = field(default_factory=list)
    oldest_verified: int | None = None
    never_verified: int = 0
    held: list[str] = field(default_factory=list)
    behind: list[str] = field(default_factory=list)
    raised: list[str] = field(default_factory=list)
    failing: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    losses: Counter[str] = field(default_factory=Counter)
    signed: list[str] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    listed_all: bool = False


def sweep(control: Control, every: int) -> Swept:
    """Draw in all nets once; `every` is the schedule's interval in seconds.

    A net that tears is a problem in what is returned and leaves the others whole. Raises where the
    members or their heads cannot be read.
    """
    swept, ports = Swept(), control.ports
    enrolled = enrol(control, found_by="listing", read_for=READ_FOR)
    swept.problems += [f"{name}: {problem}" for name, problem in enrolled.unread.items()]
    swept.listed_all = not enrolled.unread
    served = [member for member in enrolled.members if is_served(member)]
    active = [member for member in served if member.state == ACTIVE]
    swept.zones = len(served)
    swept.gone = [member.zone for member in served if member.state == GONE]
    heads = ports.store.heads([member.zone for member in served])
    _ring(control, heads, swept)
    _look_at_parents(control, served, swept)
    _look_at_hubs(control, served, heads, swept)
    snapshots = _snapshots(control, heads, swept)
    verified = ports.ledger.verified([member.zone for member in served])
    swept.held = [member.zone for member in active if _is_held(member, heads, verified)]
    hosted = [member for member in active if member.hosted_zone_id]
    swept.oldest_verified = _oldest(control.now(), verified, hosted)
    swept.never_verified = sum(member.zone not in verified for member in hosted)
    readable = [member for member in hosted if member.integration not in enrolled.unread]
    undecided = {m.zone for m in readable if not _is_decided(control, m, heads.get(m.zone))}
    news = _News(enrolled, snapshots, undecided.union(swept.behind))
    due = _due(control, every, readable, verified, news)
    _order(control, [*due, *filter(is_adopting, enrolled.members)], heads, swept)
    _look_up_events(control, hosted, snapshots, swept)  # last, as it may take the longest
    return swept


def _ring(control: Control, heads: Mapping[str, Head], swept: Swept) -> None:
    ports = control.ports
    try:
        bell = ports.ledger, ports.register, ports.announcer
        rung = announce(list(heads.values()), *bell, control.mesh)
        swept.rung = [announcement.zone for announcement in rung]
    except ZonemeshError as problem:
        swept.problems.append(f"announcing: {problem}")


def _look_at_hubs(
    control: Control, served: Sequence[Member], heads: Mapping[str, Head], swept: Swept
) -> None:
    """Read what hubs say: serials newer than the table's, and zones that they cannot serve."""
    try:
        said = read_reports(control.ports.reports, control.mesh)
    except ZonemeshError as problem:
        swept.problems.append(f"what hubs serve: {problem}")
        return
    active = [member for member in served if member.state == ACTIVE]
    swept.behind = behind(said, control.mesh, active, heads)
    pulled = [m for m in active if m.pulled_by and m.zone in swept.behind]
    for member in pulled:  # nobody lists them
        try:
            raise_above_hubs(control, member, said)
            swept.raised.append(member.zone)
        except ZonemeshError as problem:
            swept.problems.append(f"{member.zone}: {problem}")
    swept.failing = failing(said, control.mesh, served)


def _order(
    control: Control, due: Sequence[Member], heads: Mapping[str, Head], swept: Swept
) -> None:
    for member in due:
        try:
            control.order_listing(member, "listing" if member.zone in heads else "first")
            swept.ordered.append(member.zone)
        except ZonemeshError as problem:
            swept.problems.append(f"{member.apex}: {problem}")


def _look_up_events(
    control: Control,
    active: Sequence[Member],
    snapshots: Mapping[str, Snapshot],
    swept: Swept,
) -> None:
    try:
        looked = look_up_events(control, active, snapshots)
        swept.missed = looked.missed
        swept.ordered += looked.ordered
        swept.problems += looked.problems
    except ZonemeshError as problem:
        swept.problems.append(f"event history: {problem}")


def _look_at_parents(control: Control, served: Sequence[Member], swept: Swept) -> None:
    """Look up the DS of the zones known to be signed, vanished ones among them."""
    signing = [member for member in served if member.signed != UNSIGNED]
    try:
        looked = look_at_parents(control, signing)
    except ZonemeshError as problem:
        looked = Looked(tuple(signing), (f"zones that are signed: {problem}",))
    swept.problems += looked.problems
    swept.withdrawn = sorted(withdrawn(looked.members, control.mesh))
    swept.signed = sorted(member.zone for member in looked.members if member.signed == SIGNED)


def _snapshots(control: Control, heads: Mapping[str, Head], swept: Swept) -> dict[str, Snapshot]:
    """Read the newest snapshots, and count what they lose."""
    snapshots: dict[str, Snapshot] = {}
    for zone, head in heads.items():
        try:
            snapshots[zone] = control.ports.store.snapshot(zone, head.serial)
            swept.losses.update(snapshots[zone].losses)
        except ZonemeshError as problem:
            swept.problems.append(str(problem))
    return snapshots


def _oldest(now: int, verified: Mapping[str, int], active: Sequence[Member]) -> int | None:
    ages = [now - verified[member.zone] for member in active if member.zone in verified]
    return max(ages, default=None)


def _is_held(member: Member, heads: Mapping[str, Head], verified: Mapping[str, int]) -> bool:
    """Tell whether a zone waits for somebody; one that is refused at first has no head at all."""
    head = heads.get(member.zone)
    if head is None:
        return member.zone in verified
    return head.held is not None and not head.rejected


def _is_decided(control: Control, member: Member, head: Head | None) -> bool:
    """Tell whether what is served follows from the policy and the translator of today."""
    return head is None or head.decisions == control.zone(member).decisions()


@dataclass(frozen=True, slots=True)
class _News:
    """What tells that a zone should be listed: its size at the source, or new decisions."""

    enrolled: Enrolled
    snapshots: Mapping[str, Snapshot]
    undecided: Collection[str]

    def differ(self, member: Member) -> bool:
        if member.zone in self.undecided:
            return True
        listed = self.enrolled.hosted_zones.get(member.hosted_zone_id)
        return listed is not None and listed.rrset_count != self._recorded(member)

    def calls(self, member: Member) -> int:
        """Give what listing a zone takes: its pages, and of a public one whether it is signed."""
        listed = self.enrolled.hosted_zones.get(member.hosted_zone_id)
        pages = 1 + max(listed.rrset_count if listed else 0, self._recorded(member)) // PAGE
        return pages + (listed is None or not listed.private)

    def _recorded(self, member: Member) -> int:
        snapshot = self.snapshots.get(member.zone)
        return snapshot.source.count if snapshot and snapshot.source else 0


def _due(
    control: Control,
    every: int,
    active: Sequence[Member],
    verified: Mapping[str, int],
    news: _News,
) -> list[Member]:
    """Choose the zones to list: those with news, then the longest unverified.

    Each of the two has half of an account's budget, and what the first leaves goes to the second:
    a large zone whose count always differs does not keep the others waiting for ever. A zone is
    taken while any budget is left, so one that is larger than the whole budget has its turn.
    """
    due: list[Member] = []
    waiting = sorted(active, key=lambda member: (verified.get(member.zone, 0), member.zone))
    differing = [member for member in waiting if news.differ(member)]
    left: dict[str, float] = dict.fromkeys(control.mesh.integrations, 0)
    for candidates in (differing, waiting):
        for name, integration in control.mesh.integrations.items():
            left[name] = max(left[name], 0) + integration.requests_per_second * every / 2
        for member in candidates:
            if left[member.integration] > 0 and member not in due:
                left[member.integration] -= news.calls(member)
                due.append(member)
    return due

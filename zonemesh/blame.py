"""Which change last touched a name, and who made it."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import dns.rdatatype

from zonemesh.diffing import RRsetChange, owner_changes
from zonemesh.errors import InvalidName, UnknownName
from zonemesh.history import Past
from zonemesh.names import canonical_text, order_of, parse_name
from zonemesh.nodes import Nodes
from zonemesh.ports import SnapshotStore
from zonemesh.snapshot import Snapshot
from zonemesh.tree import Load

TOPS_AT_ONCE = 64  # pairs of snapshots whose tops are read at once


@dataclass(frozen=True, slots=True)
class Touch:
    """The snapshot that changed a name last, what it changed there, and the one before it.

    Without one before it the name has been so since the zone's first snapshot, or, where that is
    no longer kept, for longer than the history goes back.
    """

    snapshot: Snapshot
    before: Snapshot | None
    changes: tuple[RRsetChange, ...]

    @property
    def is_first(self) -> bool:
        """Whether the zone came with it."""
        return self.snapshot.parent is None

    @property
    def is_older(self) -> bool:
        """Whether the history ends before the change."""
        return self.before is None and not self.is_first

    @property
    def skips(self) -> bool:
        """Whether snapshots between the two are no longer kept, and may have made the change."""
        return self.before is not None and self.before.serial != self.snapshot.parent


@dataclass(frozen=True, slots=True)
class Blame:
    """Who touched a name last: in the source, and as it is served, None where it never was there.

    The two differ where a name copies another one, or the policy decides anew.
    """

    owner: str
    rdtype: dns.rdatatype.RdataType | None
    source: Touch | None
    served: Touch | None

    @property
    def touches(self) -> tuple[Touch, ...]:
        """The newest first; one where a snapshot changed both."""
        found = [touch for touch in (self.served, self.source) if touch]
        if len(found) == 2 and found[0].snapshot.serial == found[1].snapshot.serial:
            return (found[0],)
        return tuple(sorted(found, key=lambda touch: -touch.snapshot.recorded_at))


def blame(
    store: SnapshotStore,
    newest: Snapshot,
    name: str,
    rdtype: dns.rdatatype.RdataType | None = None,
) -> Blame:
    """Walk back from a snapshot to what last touched a name, or one type of it.

    `name` is absolute or relative to the apex, which `@` stands for. Of each pair of snapshots only
    what differs on the way to that name is read. Raises UnknownName where the history has no such
    name, and the errors of the store.
    """
    owner = owner_named(name, newest.apex)
    order = order_of(owner)
    source: Touch | None = None
    served: Touch | None = None
    last = newest
    for snapshot, before, load in _pairs(store, newest):
        in_source, in_served = owner_changes(before, snapshot, order, load)
        source = source or _touch(snapshot, before, in_source, rdtype)
        served = served or _touch(snapshot, before, in_served, rdtype)
        last = snapshot
        if source and served:
            break
    if source is None and served is None:
        what = f"{owner} {dns.rdatatype.to_text(rdtype)}" if rdtype else owner
        raise UnknownName(
            f"{newest.zone} has no {what}, nor had it since serial {last.serial}, with which its "
            "history begins"
        )
    return Blame(owner, rdtype, source, served)


def _pairs(
    store: SnapshotStore, newest: Snapshot
) -> Iterator[tuple[Snapshot, Snapshot | None, Load]]:
    """Walk back, reading the tops of ever more snapshots at once, as most sought are young."""
    line = Past(store, newest.zone).line(newest)
    at_once = 1
    while pairs := list(islice(line, at_once)):
        nodes = Nodes(store, newest.zone)
        nodes.load({digest for pair in pairs for digest in _differing_tops(*pair)})
        yield from ((snapshot, before, nodes.load) for snapshot, before in pairs)
        at_once = min(4 * at_once, TOPS_AT_ONCE)


def _differing_tops(snapshot: Snapshot, before: Snapshot | None) -> Iterator[str]:
    old = (before.source, before.served) if before else (None, None)
    for one, other in zip((snapshot.source, snapshot.served), old, strict=True):
        if one != other:
            yield from (view.digest for view in (one, other) if view)


def _touch(
    snapshot: Snapshot,
    before: Snapshot | None,
    changes: tuple[RRsetChange, ...],
    rdtype: dns.rdatatype.RdataType | None,
) -> Touch | None:
    wanted = tuple(change for change in changes if rdtype in (None, change.key.rdtype))
    return Touch(snapshot, before, wanted) if wanted else None


def owner_named(text: str, apex: str) -> str:
    """Give the canonical text of a name in a zone, written in full or relative to the apex.

    Raises UnknownName.
    """
    try:
        if text == "@":
            return apex
        name, zone = parse_name(text), parse_name(apex)
        if not name.is_subdomain(zone):
            if text.endswith("."):
                raise UnknownName(f"{text} is not in {apex}")
            name = parse_name(f"{text}.{apex}")
        return canonical_text(name)
    except InvalidName as problem:
        raise UnknownName(str(problem)) from problem

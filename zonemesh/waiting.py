"""What waits for somebody's decision, of several zones at once."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from zonemesh.ports import Member, SnapshotStore
from zonemesh.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Waiting:
    """A snapshot that is held; `rejected` where somebody has decided to leave it so."""

    member: Member
    snapshot: Snapshot
    rejected: bool

    @property
    def is_refused(self) -> bool:
        """Whether the zone's policy refuses it, which no approval changes."""
        return self.snapshot.refused > 0

    @property
    def reason(self) -> str:
        """Why it waits."""
        if self.is_refused:
            return f"the policy refuses {self.snapshot.refused} of its rrsets"
        return "; ".join(self.snapshot.concerns)


def what_is_held(store: SnapshotStore, members: Iterable[Member]) -> Iterator[Waiting]:
    """Give what waits, in the order of the members; those where nothing does are left out."""
    known = list(members)
    heads = store.heads([member.zone for member in known])
    for member in known:
        head = heads.get(member.zone)
        if head is not None and head.held is not None:
            snapshot = store.snapshot(member.zone, head.held)
            yield Waiting(member, snapshot, head.rejected)

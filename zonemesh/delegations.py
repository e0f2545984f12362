"""Which zones of the mesh delegate which others, as their sources say it."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from zonemesh.control import Control
from zonemesh.errors import InvalidName, SourceError, SourceThrottled
from zonemesh.membership import is_served
from zonemesh.names import canonical_text, parse_route53_name
from zonemesh.ports import HostedZone, Member, SourceRRset


class SourceDelegations:
    """Whether a parent zone's source delegates a child to the child's own name servers.

    Reads for `seconds` at most; what is not read by then, or is throttled, is told as None, and
    `unread` says why: it is for the next round, which has fewer to ask for. `listed` are the hosted
    zones by integration, `existing` the members there are.
    """

    def __init__(
        self,
        control: Control,
        listed: Mapping[str, Sequence[HostedZone] | None],
        existing: Collection[Member],
        seconds: int,
    ) -> None:
        self.unread: dict[str, SourceError] = {}
        self._control, self._listed = control, listed
        self._served = {member.zone: member.apex for member in existing if is_served(member)}
        self._ends_at = control.now() + seconds
        self._found: dict[str, dict[str, set[str]]] = {}  # by hosted zone, name servers by owner
        self._throttled: dict[str, SourceThrottled] = {}  # by integration, asked no more

    def __call__(self, parent: Member, child_apex: str) -> bool | None:
        try:
            return self._delegates(parent, child_apex)
        except SourceThrottled as problem:
            self.unread[f"delegation of {child_apex}"] = problem
            return None

    def _delegates(self, parent: Member, child_apex: str) -> bool:
        delegated = self._name_servers(parent, child_apex, self._below(parent))
        if not delegated:
            return False
        for integration, zones in self._listed.items():
            for zone in zones or ():
                if zone.apex == child_apex and not zone.private:
                    child = replace(
                        parent, apex=child_apex, integration=integration, hosted_zone_id=zone.id
                    )
                    if delegated & self._name_servers(child, child_apex):
                        return True
        return False

    def _below(self, parent: Member) -> set[str]:
        """Name the zones that a parent may be asked about: those inside it, one of the two new."""
        old = set(self._served.values()) if parent.zone in self._served else set()
        return {
            zone.apex
            for zones in self._listed.values()
            for zone in zones or ()
            if not zone.private and zone.apex.endswith(f".{parent.apex}") and zone.apex not in old
        }

    def _name_servers(
        self, member: Member, owner: str, others: Collection[str] = frozenset()
    ) -> set[str]:
        """Give the name servers at an owner name; the first time, read other names with it."""
        found = self._found.setdefault(member.hosted_zone_id, {})
        if owner not in found:
            self._read(member, {owner, *others} - found.keys(), found)
        if owner not in found:
            late = SourceThrottled(f"{member.apex}: no time was left to read what it delegates")
            raise self._throttled.get(member.integration, late)
        return found[owner]

    def _read(self, member: Member, owners: Collection[str], found: dict[str, set[str]]) -> None:
        if member.integration in self._throttled or self._control.now() >= self._ends_at:
            return
        try:
            for read in self._control.source(member).read_patiently(owners, 1):
                found.update({name: _name_servers(rrsets) for name, rrsets in read.items()})
                if self._control.now() >= self._ends_at:
                    return
        except SourceThrottled as problem:
            self._throttled[member.integration] = problem
        except SourceError:  # refused, or gone: it delegates nothing
            found.update({name: set() for name in owners if name not in found})


def _name_servers(rrsets: Iterable[SourceRRset]) -> set[str]:
    """Give the names that NS rrsets hold; what is no name names no server."""
    names = set()
    for rrset in rrsets:
        for record in rrset.get("ResourceRecords", ()) if rrset["Type"] == "NS" else ():
            try:
                names.add(canonical_text(parse_route53_name(record["Value"])))
            except InvalidName:
                continue
    return names

"""What a snapshot wants a hosted zone to hold: its source view re-pointed, or its served view.

A zone that comes from Route 53 is published as it is there (aliases, routing, health checks), any
other one as it is served.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import dns.rdatatype

from zonemesh.names import order_of, parse_name, route53_text
from zonemesh.nodes import Nodes
from zonemesh.ports import SnapshotStore, SourceRRset
from zonemesh.route53.content import Group, alias_group, group_of, zone_id_of
from zonemesh.route53.plan import Remark
from zonemesh.route53.rrsets import (
    is_alias,
    is_routed,
    key_of,
    readable_part,
    rrset_to_route53,
    source_codec,
    source_rrset,
)
from zonemesh.snapshot import Snapshot
from zonemesh.targets.ports import TargetFailed
from zonemesh.tree import Codec, Entry, View, diff, entries, same_owner
from zonemesh.zone import RRset, RRsetKey
from zonemesh.zonefile import served_codec

# Developer Guide, "Supported DNS record types"; the SOA is each hosted zone's own.
_TYPES = "A AAAA CAA CNAME DS HTTPS MX NAPTR NS PTR SPF SRV SSHFP SVCB TLSA TXT"
TYPES = frozenset(_TYPES.split())
_NS, _SOA = int(dns.rdatatype.NS), int(dns.rdatatype.SOA)
_DNSKEY = int(dns.rdatatype.DNSKEY)


@dataclass(frozen=True, slots=True)
class Content:
    """Rrsets as Route 53 takes them, and those that it has no type for."""

    rrsets: tuple[SourceRRset, ...]
    lost: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class Difference:
    """What differs between two snapshots' contents.

    `before` and `after` are the rrsets of the keys that differ. `stands` are the groups that both
    have, as far as a plan of the difference has to know. `count` is how much the former one held.
    """

    before: tuple[SourceRRset, ...]
    after: tuple[SourceRRset, ...]
    keys: frozenset[RRsetKey]
    stands: frozenset[Group] = frozenset()
    count: int = 0
    lost: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """How rrsets pass from the source's account to the target's.

    `source_id` is the hosted zone that the snapshot's aliases mean by themselves, empty where the
    zone is not from Route 53; `place` is the one that is written.
    """

    apex: str
    source_id: str
    place: str
    apex_ns: bool = False
    health_checks: Mapping[str, str] = field(default_factory=dict)

    @property
    def of_route53(self) -> bool:
        return bool(self.source_id)

    def carried(self, rrset: SourceRRset) -> SourceRRset:
        """Point an alias within the zone to the place, and a health check to its counterpart."""
        if is_alias(rrset) and zone_id_of(rrset) == self.source_id:
            aliased = {**rrset["AliasTarget"], "HostedZoneId": self.place}
            rrset = {**rrset, "AliasTarget": aliased}
        mapped = self.health_checks.get(rrset.get("HealthCheckId", ""))
        return {**rrset, "HealthCheckId": mapped} if mapped else rrset


class ContentReader:
    """Reads what snapshots of one zone want.

    Raises the errors of the store, and TargetFailed for a zone that is served with signatures:
    Route 53 takes none, and without them validators would refuse the copy (RFC 4035 5.2).
    """

    def __init__(self, store: SnapshotStore, zone: str, passage: Passage) -> None:
        self._load = Nodes(store, zone).load
        self._passage = passage
        self._codec: Codec = source_codec if passage.of_route53 else served_codec

    def whole(self, snapshot: Snapshot) -> Content:
        """Read all of it."""
        self._refuse_signed(snapshot)
        content = self._read(entries(self._view(snapshot), self._load, self._codec))
        if not self._asks_served_ns:
            return content
        rrsets = [each for each in content.rrsets if key_of(each) != self._apex_ns]
        return Content((*rrsets, *self._served_ns(snapshot)), content.lost)

    def difference(self, old: Snapshot, new: Snapshot) -> Difference:
        """Read what differs, and no more of the trees than that takes."""
        self._refuse_signed(new)
        before, after = self._view(old), self._view(new)
        differing = diff(before, after, self._load, self._codec)
        if self._asks_served_ns:
            differing.pop(self._apex_ns, None)
        olds = self._read(Entry(key, text) for key, (text, _) in differing.items() if text)
        news = self._read(Entry(key, text) for key, (_, text) in differing.items() if text)
        old_rrsets, new_rrsets = [*olds.rrsets], [*news.rrsets]
        if self._asks_served_ns:
            was, wanted = self._served_ns(old), self._served_ns(new)
            if was != wanted:
                old_rrsets, new_rrsets = [*old_rrsets, *was], [*new_rrsets, *wanted]
        keys = frozenset(map(key_of, (*old_rrsets, *new_rrsets)))
        stands = self._standing(after, keys, (*old_rrsets, *new_rrsets))
        count = before.count if before else 0
        return Difference(tuple(old_rrsets), tuple(new_rrsets), keys, stands, count, news.lost)

    def _refuse_signed(self, snapshot: Snapshot) -> None:
        if self._passage.of_route53:
            return
        apex = order_of(self._passage.apex)
        found = same_owner(snapshot.served, [apex], self._load, served_codec)
        if any(entry.key.rdtype == _DNSKEY for entry in found):
            raise TargetFailed(
                f"{snapshot.apex} is signed, and Route 53 takes no signatures from elsewhere; "
                "without them validating resolvers would refuse the copy where the parent has a DS "
                "for it. Take the target from this zone"
            )

    def _standing(
        self, view: View | None, keys: frozenset[RRsetKey], rrsets: Iterable[SourceRRset]
    ) -> frozenset[Group]:
        """Give the groups that stay, of those that the rrsets share or point at."""
        orders = {key.order for key in keys}
        orders |= {alias_group(rrset)[0] for rrset in rrsets if is_alias(rrset)}
        found = same_owner(view, orders, self._load, self._codec)
        return frozenset(group_of(entry.key) for entry in found if entry.key not in keys)

    def _view(self, snapshot: Snapshot) -> View | None:
        return snapshot.source if self._passage.of_route53 else snapshot.served

    def _read(self, found: Iterable[Entry]) -> Content:
        if self._passage.of_route53:
            return Content(tuple(self._passage.carried(source_rrset(each.text)) for each in found))
        rrsets: list[SourceRRset] = []
        lost: list[Remark] = []
        for entry in found:
            if entry.key.rdtype == _SOA:  # each hosted zone keeps its own
                continue
            if (read := _from_served(entry.text)) is not None:
                rrsets.append(read)
            else:
                lost.append(_lacking(entry.text))
        return Content(tuple(rrsets), tuple(lost))

    @property
    def _apex_ns(self) -> RRsetKey:
        return RRsetKey(order_of(self._passage.apex), _NS)

    @property
    def _asks_served_ns(self) -> bool:
        """The policy's name servers are in the served view only."""
        return self._passage.apex_ns and self._passage.of_route53

    def _served_ns(self, snapshot: Snapshot) -> tuple[SourceRRset, ...]:
        found = same_owner(snapshot.served, [self._apex_ns.order], self._load, served_codec)
        texts = [entry.text for entry in found if entry.key == self._apex_ns]
        return tuple(rrset_to_route53(RRset.from_lines(text)) for text in texts)


def _type_of(line: str) -> str:
    return dns.rdatatype.to_text(dns.rdatatype.from_text(line.split(" ", 4)[3]))


def _from_served(text: str) -> SourceRRset | None:
    """Write an rrset as Route 53 takes it; None where it has no such type."""
    return rrset_to_route53(RRset.from_lines(text)) if _type_of(text) in TYPES else None


def _lacking(text: str) -> Remark:
    owner, rdtype = text.split(" ", 1)[0], _type_of(text)
    rrset = {"Name": route53_text(parse_name(owner)), "Type": rdtype}
    return Remark(rrset, f"left out: Route 53 has no records of type {rdtype}")


def as_it_stands(
    current: Iterable[SourceRRset], wanted: Iterable[SourceRRset]
) -> list[SourceRRset]:
    """Give the wanted rrsets, in the target's own spelling where they say what it has."""
    there = {key_of(rrset): rrset for rrset in current}
    spelled = []
    for rrset in wanted:
        standing = there.get(key_of(rrset))
        spelled.append(standing if standing and _same_records(standing, rrset) else rrset)
    return spelled


def _same_records(one: SourceRRset, other: SourceRRset) -> bool:
    """Tell whether two plain rrsets of one key hold the same records, however they are written."""
    if one == other:
        return True
    if any(is_alias(each) or is_routed(each) for each in (one, other)):
        return False
    if not (one.get("ResourceRecords") and other.get("ResourceRecords")):
        return False
    if {*one} != {*other} or one["TTL"] != other["TTL"]:
        return False
    (mine, odd), (theirs, odder) = readable_part(one), readable_part(other)
    return not odd and not odder and mine.rdatas == theirs.rdatas

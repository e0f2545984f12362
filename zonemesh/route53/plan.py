"""What leads from a hosted zone's rrsets to the wanted ones, and what cannot be led there. Pure."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field

import dns.rdatatype

from zonemesh.names import order_of
from zonemesh.ports import SourceRRset
from zonemesh.route53.chains import making_order
from zonemesh.route53.content import (
    INSTANCE,
    Group,
    Size,
    alias_group,
    group_of,
    hangs_on,
    routing_of,
    same_content,
    seat_of,
    size_of,
    zone_id_of,
)
from zonemesh.route53.rrsets import is_alias, key_of, owner_of
from zonemesh.zone import RRsetKey

# Developer Guide, "Maximums on the ChangeResourceRecordSets request".
MOST = Size(elements=1000, characters=32_000)

_APEX_OWN = {int(dns.rdatatype.SOA): "SOA", int(dns.rdatatype.NS): "NS"}
_CNAME = int(dns.rdatatype.CNAME)

Keyed = dict[RRsetKey, SourceRRset]


@dataclass(frozen=True, slots=True)
class Place:
    """The hosted zone to be written, and what its account has for rrsets to refer to.

    `apex` is canonical text. `own_ids` are ids under which the zone was known before: aliases that
    name them mean the zone itself. `other_zones` are the other hosted zones of the account. Where
    `health_checks` or `cidr_collections` is None, every id is taken to be there. `apex_ns` lets the
    plan write the NS records at the apex.
    """

    hosted_zone_id: str
    apex: str
    own_ids: frozenset[str] = frozenset()
    other_zones: frozenset[str] = frozenset()
    health_checks: frozenset[str] | None = None
    cidr_collections: frozenset[str] | None = None
    apex_ns: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """What a plan keeps to beside Route 53's rules.

    `ignored` tells (owner as canonical text, type) which rrsets are another tool's: these are left
    alone whatever is wanted. Without `deletes` nothing is ever deleted. `standing` are the groups
    that the hosted zone has beside the current rrsets, where those are not all of it.
    """

    ignored: Callable[[str, str], bool] | None = None
    deletes: bool = True
    standing: frozenset[Group] = frozenset()


NO_TERMS = Terms()


@dataclass(frozen=True, slots=True)
class RRsetChange:
    """What an rrset is and what it is to be; one of them may be None, for absent."""

    key: RRsetKey
    before: SourceRRset | None
    after: SourceRRset | None

    @property
    def rrset(self) -> SourceRRset:
        """The rrset as it will be, or was."""
        rrset = self.after or self.before
        assert rrset is not None
        return rrset


@dataclass(frozen=True, slots=True)
class Remark:
    """An rrset that the plan does not make as it is wanted, and why."""

    rrset: SourceRRset
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """The changes in canonical order.

    `left` is what stays as it is by rule, although it differs. `lost` is what cannot be as it is
    wanted: left out, or written without what is not there. `standing` counts the rrsets that the
    hosted zone has now; `stands` are the names and types of which an rrset stays as it is.
    """

    place: Place
    standing: int
    changes: tuple[RRsetChange, ...] = ()
    left: tuple[Remark, ...] = ()
    lost: tuple[Remark, ...] = ()
    stands: frozenset[Group] = field(default=frozenset(), compare=False, repr=False)

    @property
    def created(self) -> int:
        return sum(change.before is None for change in self.changes)

    @property
    def deleted(self) -> int:
        return sum(change.after is None for change in self.changes)

    @property
    def changed(self) -> int:
        return len(self.changes) - self.created - self.deleted


def make_plan(
    current: Iterable[SourceRRset],
    wanted: Iterable[SourceRRset],
    place: Place,
    terms: Terms = NO_TERMS,
) -> Plan:
    """Plan what makes the `wanted` rrsets of the `current` ones, as Route 53 lists both."""
    draft = _Draft(place, _keyed(current), _keyed(wanted), standing=set(terms.standing))
    if terms.ignored is not None:
        draft.leave_ignored(terms.ignored)
    standing = len(draft.current)
    draft.leave_apex()
    draft.leave_traffic_policies()
    draft.refer()
    if not terms.deletes:
        draft.keep_all()
    draft.leave_out_unmakeable()
    keys = sorted(draft.current.keys() | draft.wanted.keys())
    pairs = [RRsetChange(key, draft.current.get(key), draft.wanted.get(key)) for key in keys]
    changes = tuple(filter(_differs, pairs))
    stands = draft.standing | {group_of(pair.key) for pair in pairs if not _differs(pair)}
    left, lost = tuple(draft.left), tuple(draft.lost)
    return Plan(place, standing, changes, left, lost, frozenset(stands))


def _keyed(rrsets: Iterable[SourceRRset]) -> Keyed:
    return {key_of(rrset): rrset for rrset in rrsets}


def _differs(change: RRsetChange) -> bool:
    if change.before is None or change.after is None:
        return True
    if change.before == change.after:
        return False
    return not same_content(change.before, change.after)


@dataclass(slots=True)
class _Draft:
    """The rrsets that the plan is about; each step takes out what it must not touch."""

    place: Place
    current: Keyed
    wanted: Keyed
    left: list[Remark] = field(default_factory=list)
    lost: list[Remark] = field(default_factory=list)
    standing: set[Group] = field(default_factory=set)

    def leave_ignored(self, ignored: Callable[[str, str], bool]) -> None:
        """Leave alone what other tools own."""
        held = {key: each for key, each in self.current.items() if _is_in(each, ignored)}
        for key in held:
            del self.current[key]
            self.standing.add(group_of(key))
        for key, rrset in [*self.wanted.items()]:
            if _is_in(rrset, ignored):
                del self.wanted[key]
                if key not in held or not same_content(held[key], rrset):
                    why = "is not written: by `ignore` it is another tool's"
                    self.left.append(Remark(rrset, why))
            elif _in_the_way(key, held):
                del self.wanted[key]
                self._lose(key, rrset, "a record is in the way that is another tool's (`ignore`)")

    def keep_all(self) -> None:
        """Delete nothing, and leave out what cannot stand beside that."""
        kept = {key: each for key, each in self.current.items() if key not in self.wanted}
        at_name: dict[bytes, Keyed] = defaultdict(dict)
        for key, rrset in kept.items():
            del self.current[key]
            self.standing.add(group_of(key))
            self.left.append(Remark(rrset, "stays: the target is `upsert-only`"))
            at_name[key.order][key] = rrset
        for key, rrset in [*self.wanted.items()]:
            beside = at_name.get(key.order, {})
            before = self.current.get(key)
            same = before is not None and same_content(before, rrset)
            if not same and _cannot_stand(key, rrset, beside):
                del self.wanted[key]
                why = "a record is in the way, and the target is `upsert-only`"
                self._lose(key, rrset, why)
                self._leave(key)

    def _leave(self, key: RRsetKey) -> None:
        if key in self.current:
            del self.current[key]
            self.standing.add(group_of(key))

    def leave_apex(self) -> None:
        """Route 53 keeps the apex SOA; the NS there are the hosted zone's own name servers."""
        apex = order_of(self.place.apex)
        for rdtype, word in _APEX_OWN.items():
            if word == "NS" and self.place.apex_ns:
                continue
            key = RRsetKey(apex, rdtype)
            has, wants = self.current.pop(key, None), self.wanted.pop(key, None)
            if has and wants and not same_content(has, wants):
                whose = "its name servers are the hosted zone's own"
                why = "Route 53 keeps it itself" if word == "SOA" else whose
                self.left.append(Remark(has, f"stays as it is: {why}"))

    def leave_traffic_policies(self) -> None:
        """Leave alone what only a traffic policy instance may make, change or delete."""
        held = {key: each for key, each in self.current.items() if INSTANCE in each}
        for key, rrset in held.items():
            del self.current[key]
            self.standing.add(group_of(key))
            if INSTANCE not in self.wanted.get(key, {}):
                instance = rrset[INSTANCE]
                why = f"stays: traffic policy instance {instance} made it; delete the instance"
                self.left.append(Remark(rrset, why))
        for key, rrset in [*self.wanted.items()]:
            if INSTANCE in rrset:
                del self.wanted[key]
                if key not in held:
                    why = f"made by traffic policy instance {rrset[INSTANCE]}; make one anew"
                    self._lose(key, rrset, why)
            elif _in_the_way(key, held):
                del self.wanted[key]
                self._lose(key, rrset, "a traffic policy instance's record is in the way")

    def refer(self) -> None:
        """Let rrsets refer to what is there: the zone itself, health checks, CIDR collections."""
        groups = {group_of(key) for key in self.wanted} | self.standing
        for key, rrset in [*self.wanted.items()]:
            health_check = rrset.get("HealthCheckId")
            if health_check and _missing(health_check, self.place.health_checks):
                rrset = _without(rrset, "HealthCheckId")
                why = f"written without health check {health_check}, which is not there"
                self.lost.append(Remark(self.wanted[key], why))
            self.wanted[key] = self._at_home(rrset, groups)
            collection = rrset.get("CidrRoutingConfig", {}).get("CollectionId")
            if collection and _missing(collection, self.place.cidr_collections):
                del self.wanted[key]
                self._lose(key, rrset, f"there is no CIDR collection {collection}")

    def _at_home(self, rrset: SourceRRset, groups: Collection[Group]) -> SourceRRset:
        """Point an alias within the zone to the hosted zone that is written."""
        if not is_alias(rrset):
            return rrset
        named = zone_id_of(rrset)
        if named == self.place.hosted_zone_id or named in self.place.other_zones:
            return rrset
        # An id that nobody has now, and a target that the zone itself has: a former one's.
        if named not in self.place.own_ids and alias_group(rrset) not in groups:
            return rrset
        target = {**rrset["AliasTarget"], "HostedZoneId": self.place.hosted_zone_id}
        return {**rrset, "AliasTarget": target}

    def leave_out_unmakeable(self) -> None:
        """Leave out aliases that Route 53 would refuse, and what is too large for any batch."""
        own_ids = {self.place.hosted_zone_id}
        same, new = [], []
        for key, rrset in [*self.wanted.items()]:
            before = self.current.get(key)
            if before is not None and same_content(before, rrset):
                same.append(group_of(key))
            elif size_of(rrset).fits(MOST):
                new.append(rrset)
            else:
                del self.wanted[key]
                self._lose(key, rrset, "it is larger than a change batch may be")
        standing = self.standing.union(same)
        _, stuck = making_order(new, own_ids, standing)
        for rrset in stuck:
            del self.wanted[key := key_of(rrset)]
            self._lose(key, rrset, self._why_stuck(rrset))

    def _why_stuck(self, rrset: SourceRRset) -> str:
        target = rrset["AliasTarget"]["DNSName"]
        group = hangs_on(rrset, {self.place.hosted_zone_id})
        if any(group_of(key) == group for key in self.wanted):
            return f"its alias target {target} cannot be made either, or leads back to it"
        return f"its alias target {target} has no {rrset['Type']} record then"

    def _lose(self, key: RRsetKey, rrset: SourceRRset, why: str) -> None:
        """Note what is left out; a simple rrset that stands in its place stays."""
        self.lost.append(Remark(rrset, f"left out: {why}"))
        if not key.set_identifier:
            self._leave(key)


def _is_in(rrset: SourceRRset, ignored: Callable[[str, str], bool]) -> bool:
    return ignored(owner_of(rrset), str(rrset["Type"]))


def _cannot_stand(key: RRsetKey, rrset: SourceRRset, beside: Keyed) -> bool:
    """Tell whether an rrset cannot stand beside others of its name (those of its key apart)."""
    for other, each in beside.items():
        if other.rdtype != key.rdtype:
            if _CNAME in (other.rdtype, key.rdtype):
                return True
            continue
        if routing_of(each) != routing_of(rrset):
            return True
        if seat_of(rrset)[0] and seat_of(each) == seat_of(rrset):
            return True
    return False


def _in_the_way(key: RRsetKey, held: Collection[RRsetKey]) -> bool:
    """Tell whether an rrset cannot stand beside those: of its set, or as CNAMEs beside others."""
    return any(
        other.order == key.order
        and (other.rdtype == key.rdtype or _CNAME in (other.rdtype, key.rdtype))
        for other in held
    )


def _missing(id: str, known: Collection[str] | None) -> bool:
    return known is not None and id not in known


def _without(rrset: SourceRRset, member: str) -> SourceRRset:
    return {name: value for name, value in rrset.items() if name != member}

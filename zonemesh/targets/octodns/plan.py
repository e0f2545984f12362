"""What octoDNS would change at a provider, within what the target lets it touch."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from copy import copy, deepcopy
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import dns.rdatatype

from zonemesh.mesh.places import Mode, OctodnsTarget
from zonemesh.route53.plan import Remark
from zonemesh.route53.words import remark_line
from zonemesh.targets.ignore import Ignored
from zonemesh.targets.octodns.records import RecordKey, Records, key_of_record, remark

_IN_THE_WAY = "a record is in the way that stays (`upsert-only`, `ignore`, or without a form)"


@dataclass(frozen=True, slots=True)
class OctodnsPlan:
    """The changes (`octodns.record.Change`) that make a provider's zone the wanted one.

    `whole` is octoDNS's plan, None where nothing differs, and `standing` how many records the
    target has that may be touched. `left` stays by rule, `lost` is what the provider cannot hold.
    `blocked` names records that wait for one that stays to go. `provider` is the one that was
    listed, and that is to write it; `written` is its zone as it was listed, and `coming` as it will
    be, both as far as parts of the plan were made.
    """

    provider: Any
    whole: Any
    changes: tuple[Any, ...]
    standing: int
    left: tuple[Remark, ...] = ()
    lost: tuple[Remark, ...] = ()
    blocked: frozenset[RecordKey] = frozenset()
    written: Any = None
    coming: Any = None

    @property
    def created(self) -> int:
        return self._count("Create")

    @property
    def changed(self) -> int:
        return self._count("Update")

    @property
    def deleted(self) -> int:
        return self._count("Delete")

    def _count(self, kind: str) -> int:
        return sum(_is(change, kind) for change in self.changes)

    def without(self, keys: Collection[RecordKey]) -> "OctodnsPlan":
        """Leave some records as they are."""
        changes = (each for each in self.changes if key_of_change(each) not in keys)
        return replace(self, changes=tuple(changes))

    def only(self, keys: Collection[RecordKey]) -> "OctodnsPlan":
        """Leave all but some records as they are."""
        changes = (each for each in self.changes if key_of_change(each) in keys)
        return replace(self, changes=tuple(changes))

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to write, of the zone as such (`meta`) neither."""
        return self.whole is None or not (self.changes or self.whole.meta)

    def part(self, owners: Collection[str]) -> Any:
        """Give octoDNS's plan with the changes of some owner names only; None without any.

        Some providers write their whole zone, of what the plan says there is and is to be: that has
        to be all that was listed, whoever's it is. Where a part fails the plan is of no use more.
        """
        from octodns.provider.plan import Plan

        whole = self.whole
        if self.is_empty:
            return None
        changes = [each for each in self.changes if key_of_change(each).owner in owners]
        if not changes and not whole.meta:
            return None
        self.coming.apply(changes)
        return Plan(self.written, self.coming, changes, whole.exists, meta=whole.meta)

    def note_written(self, part: Any) -> None:
        """Take note that a part, the last one that was made, is written."""
        self.written.apply(part.changes)


def key_of_change(change: Any) -> RecordKey:
    """Name the record that a change is about."""
    return key_of_record(change.record)


def plan_lines(plan: OctodnsPlan) -> Iterator[str]:
    """Write a plan, a line a record: `-` goes, `+` comes, `=` stays, `!` cannot be there."""
    for change in plan.changes:
        before, after = map(_record_lines, (change.existing, change.new))
        yield from (f"- {line}" for line in before if line not in after)
        yield from (f"+ {line}" for line in after if line not in before)
    for sign, remarks in (("=", plan.left), ("!", plan.lost)):
        yield from (f"{sign} {remark_line(each)}" for each in remarks)


def _record_lines(record: Any) -> list[str]:
    """Write a record of octoDNS as `dig` does; of what is no record of DNS, that it is there."""
    if record is None:
        return []
    key = key_of_record(record)
    if not _is_of_dns(record._type):
        return [f"{key.owner} {record.ttl} IN {key.rdtype} (the provider's own)"]
    rrset = record.to_rrset()
    return [f"{key.owner} {rrset.ttl} IN {key.rdtype} {rdata}" for rdata in sorted(rrset.rdatas)]


def _is(change: Any, kind: str) -> bool:
    return type(change).__name__ == kind  # by name, as octoDNS's own plan counts them


def make_plan(provider: Any, wanted: Records, target: OctodnsTarget) -> OctodnsPlan:
    """List what a provider has of a zone, and plan what makes the wanted records of it.

    Raises whatever the provider raises.
    """
    terms = _Terms(target, wanted)
    whole = provider.plan(wanted.zone, processors=[terms], lenient=True)
    changes = tuple(whole.changes) if whole is not None else ()
    terms.tell_what_is_kept_otherwise(provider, changes)
    if target.mode is Mode.UPSERT_ONLY:
        kept = [each.record for each in changes if _is(each, "Delete")]
        terms.left += [_says(record, "is not deleted (`upsert-only`)") for record in kept]
        changes = tuple(each for each in changes if not _is(each, "Delete"))
    blocked = _blocked(terms.listed, changes)
    terms.lost += [_says(each.record, f"left out: {_IN_THE_WAY}") for each in blocked]
    keys = frozenset(map(key_of_change, blocked))
    left, lost, listed = tuple(terms.left), tuple(terms.lost), terms.listed
    plan = OctodnsPlan(
        provider, whole, changes, terms.standing, left, lost, keys, listed.copy(), listed.copy()
    )
    return plan.without(keys)


def _blocked(listed: Any, changes: Collection[Any]) -> list[Any]:
    """Find what cannot be made beside what stays: a CNAME has its name for itself (RFC 2181 10.1).

    What a provider does about it is its own affair, replacing what stands there included.
    """
    made = [change for change in changes if _is(change, "Create")]
    names = {change.record.name for change in made}
    gone = {(each.record.name, each.record._type) for each in changes if _is(each, "Delete")}
    stays: dict[str, set[str]] = {}
    for record in listed.records:
        at = (record.name, record._type)
        if record.name in names and at not in gone and _is_of_dns(record._type):
            stays.setdefault(record.name, set()).add(record._type)
    return [change for change in made if _conflicts(change.record, stays)]


def _conflicts(record: Any, stays: Mapping[str, Collection[str]]) -> bool:
    beside = set(stays.get(record.name, ())) - {record._type}
    return bool(beside) and "CNAME" in (record._type, *beside)


@dataclass(slots=True)
class _Terms:
    """Takes out of both sides what the target's definition keeps octoDNS from touching.

    A processor in octoDNS's sense: it is called when the provider has made what it has forms for
    of the wanted zone.
    """

    target: OctodnsTarget
    wanted: Records
    sides: tuple[Any, Any] | None = None
    listed: Any = None
    left: list[Remark] = field(default_factory=list)
    lost: list[Remark] = field(default_factory=list)

    @property
    def standing(self) -> int:
        return len(self.sides[1].records) if self.sides else 0

    def tell_what_is_kept_otherwise(self, provider: Any, changes: Iterable[Any]) -> None:
        """Tell what differs and is not planned: the provider knows that it would not keep it."""
        if self.sides is None:
            return
        desired, existing = self.sides
        planned = set(map(key_of_change, changes))
        for change in existing.changes(desired, provider):
            if change.existing is not None and key_of_change(change) not in planned:
                self.lost.append(_says(change.record, f"is kept as {_shown(change.existing)}"))

    def process_target_zone(self, existing: Any, target: Any, lenient: bool = False) -> Any:
        """Remember what is there, and have something to take out of."""
        self.listed = existing
        return existing.copy()

    def process_source_and_target_zones(
        self, desired: Any, existing: Any, target: Any, lenient: bool = False
    ) -> tuple[Any, Any]:
        """Give the wanted zone and what stands, without what is not ours."""
        self._tell_what_the_provider_made(desired, target)
        self._leave_others(desired, existing)
        self._leave_apex(desired, existing)
        self._leave_what_has_no_form(existing)
        _keep_attributes(desired, existing)
        self.sides = desired, existing
        return desired, existing

    def _tell_what_the_provider_made(self, desired: Any, provider: Any) -> None:
        for record in self.wanted.zone.records:
            made = desired.get_type(record.name, record._type)
            if made is record or (made is not None and made.data == record.data):
                continue
            if not record.name and record._type == "NS" and not provider.SUPPORTS_ROOT_NS:
                self.left.append(_says(record, "the provider keeps its own"))
            elif not provider.supports(record):
                self.lost.append(_says(record, f"the provider has no {record._type} records"))
            elif made is None:
                self.lost.append(_says(record, "the provider has no form for it"))
            else:
                self.lost.append(_says(record, f"the provider makes it {_shown(made)}"))

    def _leave_others(self, desired: Any, existing: Any) -> None:
        """Leave what other tools own; what of it is wanted and is not there is told."""
        ignored = Ignored.of(self.target.ignore)
        theirs = _matching(existing.records, ignored)
        for zone, records in (
            (existing, theirs),
            (desired, _matching(desired.records, ignored)),
        ):
            for record in records:
                zone.remove_record(record)
                if zone is desired:
                    self.left.append(_says(record, "another tool's (`ignore`)"))

    def _leave_apex(self, desired: Any, existing: Any) -> None:
        """Leave the NS records at the apex, where there are any: they are the provider's own."""
        standing, wanted = existing.root_ns, desired.root_ns
        if standing is None or self.target.apex_ns:
            return
        existing.remove_record(standing)
        if wanted is not None:
            desired.remove_record(wanted)
            if wanted.changes(standing, None):
                self.left.append(_says(wanted, "is left alone (`apex_ns`)"))

    def _leave_what_has_no_form(self, existing: Any) -> None:
        """Leave records that we could not write, and those that are none in DNS.

        Providers show their own inventions as types: `ALIAS`, and `URLFWD`, which are rules that
        redirect the web. A zone never has them, so that they would all be deleted.
        """
        for record in existing.records:
            if not _is_of_dns(record._type):
                existing.remove_record(record)
                self.left.append(_says(record, "is the provider's own invention, and stays"))
            elif self.wanted.formless and key_of_record(record) in self.wanted.formless:
                existing.remove_record(record)


def _keep_attributes(desired: Any, existing: Any) -> None:
    """Keep what a provider attaches to records beside their data: proxying, comments, tags."""
    for standing in existing.records:
        record = desired.get_type(standing.name, standing._type) if standing.octodns else None
        if record is not None and not record.octodns:
            attributed = copy(record)  # the wanted zone's own is not to be altered
            attributed.octodns = deepcopy(standing.octodns)
            desired.add_record(attributed, replace=True, lenient=True)


@cache
def _is_of_dns(rdtype: str) -> bool:
    try:
        dns.rdatatype.from_text(rdtype)
    except dns.rdatatype.UnknownRdatatype:
        return False
    return True


def _matching(records: Iterable[Any], ignored: Ignored) -> list[Any]:
    if not ignored.patterns:
        return []
    return [each for each in records if ignored.match(*key_of_record(each))]


def _says(record: Any, why: str) -> Remark:
    return remark(key_of_record(record), why)


def _shown(record: Any) -> str:
    rrset = record.to_rrset()
    return f"{rrset.ttl} {' and '.join(rrset.rdatas)}"

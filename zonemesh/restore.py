"""The use case: a hosted zone that was deleted is made anew from a snapshot.

    made before? ──► go on with it
         │ no
         ▼
    create hosted zone (a reference of its own) ──► plan ──► carried out ──► name servers to be told

A hosted zone in the same integration is the zone's again: same key, same history, same lineage of
serials. In another integration it is another zone of the mesh, which adopts the name.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

import dns.rdatatype

from zonemesh.errors import ReferenceTaken, RestoreRefused
from zonemesh.membership import LISTED
from zonemesh.mesh.definition import Mesh
from zonemesh.mesh.sections import ListedZone
from zonemesh.names import canonical_text, order_of, parse_route53_name
from zonemesh.ports import HostedZone, Member, SnapshotStore, SourceRRset, ZoneSource
from zonemesh.rollback import snapshot_at, source_rrsets
from zonemesh.route53.content import values_of
from zonemesh.route53.plan import Place, Plan
from zonemesh.route53.rrsets import key_of
from zonemesh.snapshot import Snapshot
from zonemesh.source_writing import (
    NewHostedZone,
    OnBatch,
    SourceAccount,
    Written,
    ZoneWriter,
    carry_out,
    plan_for,
)
from zonemesh.zone import RRsetKey
from zonemesh.zone_keys import zone_key

REFERENCES = 10  # of one zone: each that Route 53 knows of a hosted zone deleted since costs one

Vpc = tuple[str, str]
"""A VPC's Region and id."""


@dataclass(frozen=True, slots=True)
class Restore:
    """What is to be made: which snapshot's content, in which integration.

    `vpc` is given for a private zone. `found` is the hosted zone that an earlier run made, and that
    is there: the plan then leads from what it holds.
    """

    member: Member
    snapshot: Snapshot
    wanted: tuple[SourceRRset, ...]
    integration: str
    vpc: Vpc | None
    found: NewHostedZone | None

    @property
    def comment(self) -> str:
        """The mark that the hosted zone and its change batches carry."""
        return f"zonemesh restore {self.member.apex} from {self.snapshot.serial}"

    @property
    def same_zone(self) -> bool:
        """Whether the hosted zone will stand behind the same zone of the mesh."""
        return self.integration == self.member.integration


def plan_restore(
    store: SnapshotStore,
    account: SourceAccount,
    mesh: Mesh,
    member: Member,
    integration: str,
    *,
    serial: int | None = None,
    vpc: Vpc | None = None,
) -> Restore:
    """Look whether and from what a hosted zone can be made anew; nothing is written.

    Raises RestoreRefused, NothingRecorded, and the errors of the store and the account.
    """
    if not member.integration:
        raise RestoreRefused(
            f"{member.zone} never was a hosted zone; `zonemesh export {member.zone}` gives its "
            "zone file, for a server of your own"
        )
    if integration not in mesh.integrations:
        known = ", ".join(mesh.integrations) or "none yet"
        raise RestoreRefused(f"the mesh has no integration `{integration}`; known: {known}")
    _check_kind(mesh, member, vpc)
    snapshot = snapshot_at(store, member.zone, serial)
    found = account.made_before(member.apex, _references(member))
    if found is None:
        _check_free(account.hosted_zones(), member, integration, private=vpc is not None)
    wanted = tuple(source_rrsets(store, snapshot))
    return Restore(member, snapshot, wanted, integration, vpc, found)


def _check_kind(mesh: Mesh, member: Member, vpc: Vpc | None) -> None:
    entry = mesh.entry_of(member)
    private = entry is not None and entry.private
    if private and vpc is None:
        raise RestoreRefused(
            f"{member.zone} is a private zone, which is made in a VPC: add `--vpc REGION:VPC_ID`; "
            "further VPCs are associated with the hosted zone afterwards"
        )
    if vpc is not None and not private:
        raise RestoreRefused(f"{member.zone} is a public zone; leave `--vpc` out")


def _check_free(
    hosted_zones: Collection[HostedZone], member: Member, integration: str, *, private: bool
) -> None:
    """Refuse to make a second hosted zone of a name beside one that is there."""
    named = [each for each in hosted_zones if each.apex == member.apex and each.private == private]
    if not named:
        return
    ids = ", ".join(each.id for each in named)
    same = integration == member.integration
    what = f"`zonemesh rollback {member.zone} SERIAL` writes it" if same else "delete it first"
    if same and member.hosted_zone_id not in {each.id for each in named}:
        what = f"once the mesh reads it (`zonemesh adopt`), {what}"
    raise RestoreRefused(
        f"integration `{integration}` has a hosted zone of the name {member.apex} already ({ids}); "
        f"{what}"
    )


def _references(member: Member) -> list[str]:
    """Give the caller references for hosted zones that stand in for a member's.

    The same ones whenever they are asked for, so that a run that was broken off is recognised.
    Route 53 may know the first ones from hosted zones that were made so and deleted again.
    """
    of = hashlib.sha256(member.zone.encode()).hexdigest()[:32]
    return [f"zonemesh-restore-{of}-{number}" for number in range(1, REFERENCES + 1)]


def make_hosted_zone(restore: Restore, account: SourceAccount) -> NewHostedZone:
    """Make the hosted zone, or give the one that an earlier run made."""
    if restore.found is not None:
        return restore.found
    member = restore.member
    for reference in _references(member):
        try:
            return account.make(member.apex, reference, restore.comment, restore.vpc)
        except ReferenceTaken:
            if found := account.made_before(member.apex, [reference]):
                return found
    raise RestoreRefused(
        f"{member.apex}: Route 53 knows all {REFERENCES} caller references from hosted zones that "
        "were deleted since; make the hosted zone by hand, then `zonemesh rollback`"
    )


def preview(restore: Restore, account: SourceAccount) -> Plan:
    """Plan what would fill the hosted zone that is not made yet."""
    place = Place("a new hosted zone", restore.member.apex, _own_ids(restore))
    return plan_for((), account, place, restore.wanted)


def plan_filling(
    restore: Restore, made: NewHostedZone, source: ZoneSource, account: SourceAccount
) -> Plan:
    """Plan what fills a new hosted zone; its SOA and its own name servers stay."""
    place = Place(made.id, restore.member.apex, _own_ids(restore))
    return plan_for(source.listing(), account, place, restore.wanted)


def _own_ids(restore: Restore) -> frozenset[str]:
    return frozenset({restore.member.hosted_zone_id} - {""})


def fill(
    restore: Restore,
    plan: Plan,
    source: ZoneSource,
    account: SourceAccount,
    writer: ZoneWriter,
    on_batch: OnBatch = lambda done, all: None,
) -> Written:
    """Carry out what `plan_filling` planned; raises as `source_writing.carry_out` does."""

    def plan_again() -> Plan:
        return plan_for(source.listing(), account, plan.place, restore.wanted)

    return carry_out(plan, plan_again, writer, restore.comment, on_batch)


def other_name_servers(restore: Restore) -> list[str]:
    """Give the name servers at the apex then (canonical text) that may not have been Route 53's."""
    apex = RRsetKey(order_of(restore.member.apex), int(dns.rdatatype.NS))
    values = [v for rrset in restore.wanted if key_of(rrset) == apex for v in values_of(rrset)]
    names = (canonical_text(parse_route53_name(value)) for value in values)
    return sorted(name for name in names if ".awsdns-" not in name)


def what_follows(restore: Restore, made: NewHostedZone, mesh: Mesh) -> list[str]:
    """Say, a sentence each, what is to be done now and what the mesh does by itself."""
    return [
        *_of_delegation(restore, made),
        *(_of_same_zone(restore, mesh) if restore.same_zone else _of_other_zone(restore)),
    ]


def _of_delegation(restore: Restore, made: NewHostedZone) -> list[str]:
    if restore.vpc is not None:
        return []
    said = [
        f"At the registrar (or in the parent zone) of {restore.member.apex}, put these name "
        f"servers: {', '.join(made.name_servers)}"
    ]
    if others := other_name_servers(restore):
        said.append(
            f"The zone also named {', '.join(others)} at its apex: add them to the NS record of "
            f"hosted zone {made.id} if they still serve it"
        )
    return said


def _of_same_zone(restore: Restore, mesh: Mesh) -> list[str]:
    zone = restore.member.zone
    entry = mesh.entry_of(restore.member)
    said = []
    if isinstance(entry, ListedZone) and entry.hosted_zone_id:
        said.append(
            f"In mesh.yaml, {zone} has `hosted_zone_id: {entry.hosted_zone_id}`: put the new id "
            "there, then `zonemesh apply`"
        )
    elif restore.vpc is not None:
        said.append(f"`zonemesh adopt {zone}` lets the mesh read the new hosted zone")
    else:
        said.append(f"The mesh finds the hosted zone within 10 minutes; {zone} is active again")
    said.append(
        "Its serial goes on rising. The name servers at its apex are new, which the guard holds: "
        f"look with `zonemesh history {zone}`, then `zonemesh approve {zone} SERIAL`; until then "
        f"the hubs serve what they have"
    )
    return said


def _of_other_zone(restore: Restore) -> list[str]:
    member, integration = restore.member, restore.integration
    key = zone_key(integration, member.apex)
    listed = f"- name: {member.apex}\n    integration: {integration}"
    instead = " in place of the present entry" if member.origin == LISTED else ""
    return [
        f"In mesh.yaml, under `zones`, write{instead}, then `zonemesh apply`:\n  {listed}",
        f"`zonemesh adopt {key}` then hands the name over from {member.zone}, where the mesh has "
        "not done it by itself; serials go on rising, and until then the hubs serve what they have",
    ]

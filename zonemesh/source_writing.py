"""Writing to a source: what it takes, how a plan for it is made, and how one is carried out.

    list ──► plan ──► shown, agreed to ──► batch by batch ──► listed again: nothing left to change
              ▲                                 │
              └── a batch is refused: what is left of the plan, if nothing but it

Whoever starts again after a crash lists and plans again, so what was written is not written twice.
"""

import json
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Protocol

from zonemesh.errors import BatchRefused, SourceChanged, SourceError
from zonemesh.ports import HostedZone, SourceRRset
from zonemesh.route53.batches import Batch, batches
from zonemesh.route53.content import zone_id_of
from zonemesh.route53.plan import NO_TERMS, Place, Plan, RRsetChange, Terms, make_plan
from zonemesh.route53.rrsets import is_alias
from zonemesh.zone import RRsetKey


class ZoneWriter(Protocol):
    """Changes one hosted zone.

    Every call may raise WriteRefused, ZoneGone, SourceThrottled or SourceRefused.
    """

    def write(self, batch: Batch, comment: str) -> str:
        """Apply a batch, with patience for throttles; gives the change's id.

        Raises BatchRefused where Route 53 will not have it.
        """

    def await_insync(
        self, changes: Collection[str], hurry: Callable[[], bool] = ...
    ) -> float | None:
        """Wait until all name servers have some changes; gives the seconds, None for too long.

        It ends when `hurry` says so, too.
        """


@dataclass(frozen=True, slots=True)
class NewHostedZone:
    """A hosted zone that was made; `name_servers` (canonical text) is empty for a private one."""

    id: str
    name_servers: tuple[str, ...]


class SourceAccount(Protocol):
    """What an account has beside one zone's records.

    Every call may raise WriteRefused, SourceThrottled or SourceRefused.
    """

    def hosted_zones(self) -> list[HostedZone]:
        """List the account's hosted zones."""

    def hosted_zones_named(self, apex: str) -> list[HostedZone]:
        """List those of one name (canonical text)."""

    def health_checks(self) -> frozenset[str]:
        """Give the ids of the account's health checks."""

    def cidr_collections(self) -> frozenset[str]:
        """Give the ids of the account's CIDR collections."""

    def made_before(self, apex: str, references: Collection[str]) -> NewHostedZone | None:
        """Find the hosted zone that an earlier `make` with one of the references made."""

    def make(
        self, apex: str, reference: str, comment: str, vpc: tuple[str, str] | None
    ) -> NewHostedZone:
        """Make a hosted zone; `vpc` (Region, id) makes a private one.

        Raises ReferenceTaken where Route 53 knows the reference already.
        """


def plan_for(
    listing: Iterable[SourceRRset],
    account: SourceAccount,
    place: Place,
    wanted: Iterable[SourceRRset],
    terms: Terms = NO_TERMS,
) -> Plan:
    """Plan what makes the wanted rrsets of those that a hosted zone lists.

    The account is asked only for what the wanted rrsets refer to and the listing does not show.
    Raises the errors of both.
    """
    current, wanted = list(listing), list(wanted)
    known_checks = _health_checks(current)
    known_collections = _collections(current)
    asks_checks = _health_checks(wanted) - known_checks
    asks_collections = _collections(wanted) - known_collections
    asks_zones = any(_may_mean_itself(rrset, place) for rrset in wanted)
    others = account.hosted_zones() if asks_zones else []
    refers = Place(
        place.hosted_zone_id,
        place.apex,
        place.own_ids,
        frozenset(zone.id for zone in others) - {place.hosted_zone_id},
        known_checks | account.health_checks() if asks_checks else None,
        known_collections | account.cidr_collections() if asks_collections else None,
        place.apex_ns,
    )
    return make_plan(current, wanted, refers, terms)


def _health_checks(rrsets: Iterable[SourceRRset]) -> frozenset[str]:
    return frozenset(rrset["HealthCheckId"] for rrset in rrsets if "HealthCheckId" in rrset)


def _collections(rrsets: Iterable[SourceRRset]) -> frozenset[str]:
    routed = (rrset["CidrRoutingConfig"] for rrset in rrsets if "CidrRoutingConfig" in rrset)
    return frozenset(config["CollectionId"] for config in routed)


def _may_mean_itself(rrset: SourceRRset, place: Place) -> bool:
    """Tell whether an alias to a name of the zone names another hosted zone than this."""
    if not is_alias(rrset) or zone_id_of(rrset) == place.hosted_zone_id:
        return False
    target = str(rrset["AliasTarget"]["DNSName"]).rstrip(".").lower()
    return f".{target}".endswith(f".{place.apex.rstrip('.')}")


@dataclass(frozen=True, slots=True)
class Written:
    """What was done: batches and rrset changes written, seconds until INSYNC.

    `insync` is None where nobody saw that; `unseen` says why, if it is known.
    """

    batches: int
    changes: int
    insync: float | None
    unseen: str = ""


TRIES = 3  # plans of what is left after a refusal that was none of the plan's fault

OnBatch = Callable[[int, int], None]
"""Is told the number of batches that are written, and how many there are."""


def carry_out(
    agreed: Plan,
    plan_again: Callable[[], Plan],
    writer: ZoneWriter,
    comment: str,
    on_batch: OnBatch = lambda done, all: None,
) -> Written:
    """Write a plan, and see that the hosted zone then is what was wanted.

    An answer may be lost on the way: the batch is applied, its repetition is refused. So after a
    refusal what is left is planned again, and written if it is part of what was `agreed`. Raises
    BatchRefused where that does not help, and SourceChanged where others change the zone meanwhile.
    """
    ids: list[str] = []
    plan = agreed
    for attempt in range(1, TRIES + 1):
        cut = batches(plan).batches
        try:
            for number, batch in enumerate(cut, start=1):
                ids.append(writer.write(batch, comment))
                on_batch(number, len(cut))
        except BatchRefused:
            left = plan_again()
            if attempt == TRIES or not _is_less(left, plan):
                raise
            plan = left
            continue
        break
    _see_that_nothing_is_left(plan_again())
    return _insync(writer, ids, len(agreed.changes))


def _is_less(left: Plan, plan: Plan) -> bool:
    """Tell whether a plan has some of another one's changes, and nothing but those."""
    mine, theirs = fingerprint(left), fingerprint(plan)
    return mine.items() < theirs.items()


def fingerprint(plan: Plan) -> dict[RRsetKey, str]:
    """Give what a plan does to each rrset, to compare plans by."""
    return {change.key: _text(change) for change in plan.changes}


def _text(change: RRsetChange) -> str:
    return json.dumps([change.before, change.after], sort_keys=True)


def _see_that_nothing_is_left(left: Plan) -> None:
    if left.changes:
        names = list(dict.fromkeys(str(change.rrset["Name"]) for change in left.changes))
        more = f" and {len(names) - 3} more" if len(names) > 3 else ""
        raise SourceChanged(
            f"{left.place.apex} ({left.place.hosted_zone_id}): everything was written, but others "
            f"have changed {', '.join(names[:3])}{more} meanwhile; run it again to see what differs"
        )


def _insync(writer: ZoneWriter, ids: Collection[str], changes: int) -> Written:
    try:
        return Written(len(ids), changes, writer.await_insync(ids))
    except SourceError as problem:
        return Written(len(ids), changes, None, str(problem))

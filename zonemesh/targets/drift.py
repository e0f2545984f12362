"""Drift: what others have changed at a target since it was last published. Pure."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from zonemesh.names import text_of
from zonemesh.route53.content import group_of
from zonemesh.route53.plan import Plan, Remark, RRsetChange
from zonemesh.zone import RRsetKey


@dataclass(frozen=True, slots=True)
class Parted:
    """A plan parted into what follows from the source's changes and what others did."""

    plan: Plan
    drift: tuple[RRsetChange, ...]

    @property
    def remarks(self) -> tuple[Remark, ...]:
        return tuple(Remark(change.rrset, _what(change)) for change in self.drift)

    @property
    def without_drift(self) -> Plan:
        """The plan that leaves alone what others did."""
        drifted = {change.key for change in self.drift}
        changes = tuple(each for each in self.plan.changes if each.key not in drifted)
        stands = {group_of(change.key) for change in self.drift if change.before is not None}
        return replace(self.plan, changes=changes, stands=self.plan.stands | stands)


def parted(plan: Plan, changed: Collection[RRsetKey], lost: Collection[str]) -> Parted:
    """Tell drift apart in a plan made from a listing.

    `changed` are the keys that the source changed since the last publication, `lost` the owners
    of which something could not be published then: neither is anybody else's doing.
    """
    drift = tuple(
        change
        for change in plan.changes
        if change.key not in changed and text_of(change.key.order) not in lost
    )
    return Parted(plan, drift)


def _what(change: RRsetChange) -> str:
    """Say what others did, the other way round than what is planned."""
    if change.before is None:
        return "was deleted at the target"
    if change.after is None:
        return "was made at the target"
    return "was changed at the target"

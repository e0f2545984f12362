"""Which hosted zone a target means."""

from collections.abc import Callable

from zonemesh.mesh.places import Route53Target
from zonemesh.source_writing import SourceAccount
from zonemesh.targets.ports import TargetMissing

WhyNot = Callable[[str], str]
"""Says why a hosted zone (by id) must not be written; empty where it may."""


def may_be_written(_: str) -> str:
    """Let every hosted zone be written."""
    return ""


def hosted_zone_of(
    name: str,
    target: Route53Target,
    apex: str,
    account: SourceAccount,
    why_not: WhyNot = may_be_written,
) -> str:
    """Give the id of the hosted zone that a target called `name` means for a zone.

    That is the one which its definition names, else the one public hosted zone of the zone's name
    that may be written. Raises TargetMissing and the errors of the account.
    """
    what = f"target {name}: {apex}"
    if target.hosted_zone_id is not None:
        if why := why_not(target.hosted_zone_id):
            raise TargetMissing(f"{what}: {why}")
        return target.hosted_zone_id
    named = [zone.id for zone in account.hosted_zones_named(apex) if not zone.private]
    fit = [id for id in named if not why_not(id)]
    if len(fit) == 1:
        return fit[0]
    if fit:
        ids = ", ".join(sorted(fit))
        raise TargetMissing(
            f"{what}: integration {target.integration} has several hosted zones of that name "
            f"({ids}); write the one that is meant as the target's `hosted_zone_id`"
        )
    if named:
        raise TargetMissing(f"{what}: {why_not(named[0])}")
    raise TargetMissing(
        f"{what}: integration {target.integration} has no public hosted zone of that name; make "
        f"one (`aws route53 create-hosted-zone --name {apex} --caller-reference ...`)"
    )

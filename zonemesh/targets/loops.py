"""Loops: a hosted zone that is a target and leads back to the zone that it is made of. Pure."""

from collections.abc import Collection, Iterator

from zonemesh.mesh.definition import Mesh
from zonemesh.mesh.places import Route53Target
from zonemesh.ports import Member


def why_not_written(
    mesh: Mesh, members: Collection[Member], member: Member, hosted_zone_id: str
) -> str:
    """Say why a zone must not be published to a hosted zone; empty where it may.

    The mesh definition names targets by account; which hosted zones those are, and which of them
    are sources by discovery, is known only when they are found.
    """
    if hosted_zone_id == member.hosted_zone_id:
        return (
            f"hosted zone {hosted_zone_id} is the source of {member.zone} itself; "
            "write the target's own `hosted_zone_id`"
        )
    for source, passed in _fed_by(mesh, members, hosted_zone_id):
        if source.zone == member.zone:
            way = " to ".join(passed)
            return (
                f"hosted zone {hosted_zone_id} is published, as {way}, back to the source of "
                f"{member.zone}; take one of these targets out"
            )
    return ""


def _fed_by(
    mesh: Mesh, members: Collection[Member], hosted_zone_id: str
) -> Iterator[tuple[Member, list[str]]]:
    """Give the members that a hosted zone's content comes to, each with the zones in between."""
    ahead = [(each, [each.zone]) for each in members if each.hosted_zone_id == hosted_zone_id]
    seen = {each.zone for each, _ in ahead}
    while ahead:
        source, passed = ahead.pop()
        for other in members:
            if other.zone not in seen and _publishes_to(mesh, source, other):
                seen.add(other.zone)
                ahead.append((other, [*passed, other.zone]))
                yield other, passed


def _publishes_to(mesh: Mesh, source: Member, other: Member) -> bool:
    """Tell whether a target of one zone is, as far as is known, the hosted zone of another."""
    if not other.hosted_zone_id or source.apex != other.apex:
        return False
    return any(
        isinstance(target, Route53Target)
        and target.integration == other.integration
        and target.hosted_zone_id in (None, other.hosted_zone_id)
        for target in mesh.targets_for(source).values()
    )

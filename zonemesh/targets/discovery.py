"""Which hosted zones a discovery pattern must not take in: those that zones are published to. Pure.

A copy that became a source would be a zone of its own beside the one that it is a copy of: it would
compete for its name on the hubs, and might be published on.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from zonemesh.membership import is_served
from zonemesh.mesh.definition import Mesh
from zonemesh.mesh.places import Route53Target
from zonemesh.mesh.sections import ListedZone
from zonemesh.ports import HostedZone, Member

Listings = Mapping[str, Sequence[HostedZone] | None]


@dataclass(frozen=True, slots=True)
class _Source:
    """What is published to some targets: a name, and the hosted zone that it is read from."""

    apex: str
    hosted_zone_id: str
    targets: tuple[str, ...]


def without_targets(
    mesh: Mesh, hosted_zones: Listings, existing: Collection[Member]
) -> dict[str, Sequence[HostedZone] | None]:
    """Leave out of each integration's listing what zones of the mesh are published to.

    A hosted zone that is written down as a source stays, and so does one that is served already.
    Of two that discovery would publish to each other, the one of the earlier pattern is the source.
    """
    served = [member for member in existing if is_served(member)]
    kept = {member.hosted_zone_id for member in served}
    taken = _targets(mesh, hosted_zones, served) - kept
    return {
        integration: None
        if zones is None
        else [each for each in zones if each.id not in taken or _listed(mesh, integration, each)]
        for integration, zones in hosted_zones.items()
    }


def _targets(mesh: Mesh, hosted_zones: Listings, served: Collection[Member]) -> set[str]:
    """Give the ids of the hosted zones that are targets."""
    taken: set[str] = set()
    for source in (*_members(mesh, served), *_written_down(mesh, hosted_zones)):
        taken |= _published_to(mesh, hosted_zones, source)
    for source in _discovered(mesh, hosted_zones):
        if source.hosted_zone_id not in taken:
            taken |= _published_to(mesh, hosted_zones, source)
    return taken


def _members(mesh: Mesh, served: Collection[Member]) -> Iterator[_Source]:
    """Give what is served, as its own integration may not have been listed this time."""
    for member in served:
        yield _Source(member.apex, member.hosted_zone_id, (*mesh.targets_for(member),))


def _written_down(mesh: Mesh, hosted_zones: Listings) -> Iterator[_Source]:
    for pulled in mesh.pulled:
        yield _Source(pulled.name, "", pulled.targets)
    for entry in mesh.listed:
        for zone in hosted_zones.get(entry.integration) or ():
            if _means(entry, entry.integration, zone):
                yield _Source(entry.name, zone.id, entry.targets)


def _discovered(mesh: Mesh, hosted_zones: Listings) -> Iterator[_Source]:
    """Give what patterns take in, the earlier ones first; each hosted zone falls under one."""
    seen: set[str] = set()
    for pattern in mesh.discovered:
        for zone in hosted_zones.get(pattern.integration) or ():
            fits = pattern.takes_in(pattern.integration, zone.apex)
            if not fits or pattern.private != zone.private or zone.id in seen:
                continue
            if pattern.has_tags(zone.tags or ()):
                seen.add(zone.id)
                yield _Source(zone.apex, zone.id, pattern.targets)
            elif zone.tags is None:  # nobody can tell: it is not taken in this time
                seen.add(zone.id)


def _published_to(mesh: Mesh, hosted_zones: Listings, source: _Source) -> set[str]:
    found: set[str] = set()
    for name in source.targets:
        target = mesh.targets[name]
        if not isinstance(target, Route53Target):
            continue
        if target.hosted_zone_id is not None:
            found.add(target.hosted_zone_id)
            continue
        there = hosted_zones.get(target.integration) or ()
        found |= {each.id for each in there if each.apex == source.apex and not each.private}
    return found - {source.hosted_zone_id}


def _listed(mesh: Mesh, integration: str, zone: HostedZone) -> bool:
    return any(_means(entry, integration, zone) for entry in mesh.listed)


def _means(entry: ListedZone, integration: str, zone: HostedZone) -> bool:
    """Tell whether an entry is about a hosted zone."""
    if entry.integration != integration or entry.name != zone.apex:
        return False
    if entry.private != zone.private:
        return False
    return entry.hosted_zone_id in (None, zone.id)

"""Two zones of one name that are published to one place: each would undo the other's. Pure.

They may both be served, by different hubs: a public zone and a private one, or one that is moved.
"""

import json
from collections import defaultdict
from collections.abc import Collection

from zonemesh.membership import GONE, is_served
from zonemesh.mesh.definition import Mesh
from zonemesh.mesh.places import Route53Target, Target
from zonemesh.ports import Member


def contested(mesh: Mesh, members: Collection[Member]) -> dict[tuple[str, str], str]:
    """Name each publication (zone key, target) that must not be, with the key of the other zone.

    Where all but one are gone at their sources, that one has the place. Which targets are one place
    is told by their definitions, as far as these say it.
    """
    claims: dict[str, list[tuple[Member, str]]] = defaultdict(list)
    for member in members:
        if is_served(member):
            for name, target in mesh.targets_for(member).items():
                claims[_place(target, member.apex)].append((member, name))
    found: dict[tuple[str, str], str] = {}
    for claim in claims.values():
        zones = sorted({member.zone for member, _ in claim})
        if len(zones) == 1:
            continue
        alive = {member.zone for member, _ in claim if member.state != GONE}
        for member, name in claim:
            if alive != {member.zone}:
                found[member.zone, name] = next(zone for zone in zones if zone != member.zone)
    return found


def _place(target: Target, apex: str) -> str:
    """Give what of a definition says where a zone of that name is written."""
    if isinstance(target, Route53Target):
        return json.dumps([target.integration, target.hosted_zone_id or apex])
    says = target.model_dump(mode="json", include={"provider", "settings", "secrets"})
    return json.dumps([says, apex], sort_keys=True)

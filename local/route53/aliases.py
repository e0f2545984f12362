"""Whether an alias record's target is one that Route 53 accepts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from .account import HostedZone
from .names import is_within, parse_name
from .records import Key, RecordSet

NEVER_ALIAS = frozenset({"NS", "SOA"})  # AWS, "Choosing between alias and non-alias records"

# The documented hosted zone ids of services that have one id for the whole world.
GLOBAL_SERVICES = {
    "cloudfront.net.": "Z2FDTNDATAQYW2",
    "awsglobalaccelerator.com.": "Z2BJ6XQ5FK7U4H",
}
# Regional services have an id for each region and service; the target's suffix is what we check.
REGIONAL_SERVICES = (
    "amazonaws.com.",
    "amazonaws.com.cn.",
    "elasticbeanstalk.com.",
    "awsapprunner.com.",
    "api.aws.",
    "on.aws.",
)

Lookup = Callable[[str], Mapping[Key, RecordSet]]
"""A name (in the API's spelling) → the rrsets that it has."""


def alias_problems(
    alias: RecordSet, zone: HostedZone, zones: Mapping[str, HostedZone], at: Lookup
) -> Iterator[str]:
    """Why the alias is refused, in AWS's words; `at` looks into `zone` as the batch leaves it."""
    target = alias.extras["AliasTarget"]
    name, zone_id = target["DNSName"], target["HostedZoneId"]
    if alias.type in NEVER_ALIAS:
        yield f"An alias record set cannot have type {alias.type}: {alias.name}"
        return
    tried = f"Tried to create an alias that targets {name}, type {alias.type} in zone {zone_id}"
    owner = zones.get(zone_id)
    if owner is None:
        if not _is_service(name, zone_id):
            yield f"{tried}, but the alias target name does not lie within the target zone"
        return
    if not is_within(parse_name(name), owner.labels):
        yield f"{tried}, but the alias target name does not lie within the target zone"
    found = at(name) if owner is zone else owner.records.at(name)
    targets = [other for other in found.values() if other.type == alias.type]
    if all(other.key == alias.key for other in targets):
        yield f"{tried}, but that target was not found"


def _is_service(name: str, zone_id: str) -> bool:
    for suffix, service_zone in GLOBAL_SERVICES.items():
        if name.endswith(f".{suffix}"):
            return zone_id == service_zone
    return any(name.endswith(f".{suffix}") or name == suffix for suffix in REGIONAL_SERVICES)

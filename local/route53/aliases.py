"""Whether an alias record's target is one that Route 53 accepts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from .account import HostedZone
from .names import is_within, parse_name
from .records import Key, RecordSet

NEVER_ALIAS = frozenset({"NS", "SOA"})  # AWS, "Choosing between alias and non-alias records"
ADDRESSES = frozenset({"A", "AAAA"})


@dataclass(frozen=True, slots=True)
class Service:
    """An AWS service that aliases may target, known by the end of the target's name.

    `types` are those an alias to it may have; `zone_id` is its hosted zone where it has one for the
    whole world (regional services have one for each Region: those are not checked).
    """

    name: str
    ends: re.Pattern[str]
    types: frozenset[str] = ADDRESSES
    zone_id: str | None = None


CLOUDFRONT = "CloudFront"
# API reference, AliasTarget and ResourceRecordSet; the first that fits counts.
SERVICES = (
    Service(
        CLOUDFRONT,
        re.compile(r"\.cloudfront\.net\.\Z"),
        ADDRESSES | {"HTTPS"},
        "Z2FDTNDATAQYW2",
    ),
    Service(
        "Global Accelerator",
        re.compile(r"\.awsglobalaccelerator\.com\.\Z"),
        zone_id="Z2BJ6XQ5FK7U4H",
    ),
    Service(
        "S3 website",
        re.compile(r"(?:\A|\.)s3-website[.-][a-z0-9-]+\.amazonaws\.com(?:\.cn)?\.\Z"),
        frozenset({"A"}),
    ),
    Service(
        "regional service",
        re.compile(
            r"(?:\A|\.)(?:amazonaws\.com|amazonaws\.com\.cn|elasticbeanstalk\.com"
            r"|awsapprunner\.com|api\.aws|on\.aws)\.\Z"
        ),
    ),
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
        yield from (f"{tried}, but {why}" for why in _service_problems(alias, zone))
        return
    if not is_within(parse_name(name), owner.labels):
        yield f"{tried}, but the alias target name does not lie within the target zone"
    found = at(name) if owner is zone else owner.records.at(name)
    targets = [other for other in found.values() if other.type == alias.type]
    if all(other.key == alias.key for other in targets):
        yield f"{tried}, but that target was not found"


def _service_problems(alias: RecordSet, zone: HostedZone) -> Iterator[str]:
    target = alias.extras["AliasTarget"]
    service = _service(target["DNSName"])
    if service is None or service.zone_id not in (None, target["HostedZoneId"]):
        yield "the alias target name does not lie within the target zone"
        return
    if alias.type not in service.types:
        yield f"that target was not found: a {service.name} has {', '.join(sorted(service.types))}"
    if service.name == CLOUDFRONT:
        if target["EvaluateTargetHealth"]:
            yield "EvaluateTargetHealth cannot be true for a CloudFront distribution"
        if zone.private:
            yield "a private hosted zone cannot have an alias to a CloudFront distribution"


def _service(name: str) -> Service | None:
    return next((service for service in SERVICES if service.ends.search(name)), None)

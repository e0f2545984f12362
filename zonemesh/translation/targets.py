"""What an alias points to: a name of its own zone, or something outside it, by class."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from zonemesh.mesh_zone import MeshZone
from zonemesh.names import canonical_text, order_of, parse_route53_name
from zonemesh.policy import TargetClass

# The names that AWS gives to its services' endpoints: AWS General Reference, "Service endpoints and
# quotas"; what an alias can point to: Route 53 API reference, AliasTarget.
_SUFFIXES = (
    (TargetClass.CLOUDFRONT, r"\.cloudfront\.(net|cn)"),  # edge-optimised APIs bear such names too
    (TargetClass.S3_WEBSITE, r"(^|\.)s3-website[.-][a-z0-9-]+\.amazonaws\.com(\.cn)?"),
    (TargetClass.ELB, r"\.elb(\.[a-z0-9-]+)?\.amazonaws\.com(\.cn)?"),
    (TargetClass.API_GATEWAY, r"\.execute-api\.[a-z0-9-]+\.amazonaws\.com(\.cn)?"),
    (TargetClass.GLOBAL_ACCELERATOR, r"\.awsglobalaccelerator\.com"),
    (TargetClass.VPC_ENDPOINT, r"\.vpce\.amazonaws\.com(\.cn)?"),
    (TargetClass.ELASTIC_BEANSTALK, r"\.elasticbeanstalk\.com(\.cn)?"),
)
_PATTERNS = tuple((kind, re.compile(pattern + r"\.$")) for kind, pattern in _SUFFIXES)

# The hosted zones of the services that have one for all Regions.
_HOSTED_ZONES = {
    "Z2FDTNDATAQYW2": TargetClass.CLOUDFRONT,
    "Z3RFFRIM2A3IF5": TargetClass.CLOUDFRONT,  # in China
    "Z2BJ6XQ5FK7U4H": TargetClass.GLOBAL_ACCELERATOR,
}

DEPENDS_ON_PLACE = frozenset(
    {TargetClass.CLOUDFRONT, TargetClass.S3_WEBSITE, TargetClass.GLOBAL_ACCELERATOR}
)
"""Classes whose addresses differ with the asker's place."""


def target_name(rrset: Mapping[str, Any]) -> str:
    """Give the name that an alias points to, as canonical text.

    Route 53 writes it in octal escapes, with or without the last dot. Raises InvalidName.
    """
    return _canonical(rrset["AliasTarget"]["DNSName"])


@lru_cache(4096)  # every step of a translation asks again, and many aliases have one target
def _canonical(route53_name: str) -> str:
    return canonical_text(parse_route53_name(route53_name))


def is_in_zone(zone: MeshZone, rrset: Mapping[str, Any]) -> bool:
    """Tell whether an alias points into its own zone.

    An alias into another hosted zone names that one's id, be its name below this apex or not.
    Raises InvalidName.
    """
    hosted_zone = rrset["AliasTarget"]["HostedZoneId"].removeprefix("/hostedzone/")
    if not zone.hosted_zone_id or hosted_zone != zone.hosted_zone_id:
        return False
    return order_of(target_name(rrset)).startswith(order_of(zone.apex))


def target_class(rrset: Mapping[str, Any]) -> TargetClass:
    """Tell what kind of thing an external alias points to: by its name, else by its hosted zone."""
    name = target_name(rrset)
    for kind, pattern in _PATTERNS:
        if pattern.search(name):
            return kind
    hosted_zone = rrset["AliasTarget"]["HostedZoneId"].removeprefix("/hostedzone/")
    return _HOSTED_ZONES.get(hosted_zone, TargetClass.OTHER)

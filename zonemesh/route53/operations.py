"""Which Route 53 API calls can alter what a zone serves, and how each names its zone."""

from collections.abc import Mapping
from typing import Any

_REQUEST = ("requestParameters", "hostedZoneId")
_ELSEWHERE = None  # the call names no hosted zone: a traffic policy instance

# Where CloudTrail's record of each call has the hosted zone's id: members as CloudTrail spells
# them. Left out are the calls that change nothing a listing or DNSSEC status can show: health
# checks, query logging, authorizations, traffic policies before an instance uses them, delegation
# sets before a zone is created with one, and CIDR collections, of which rrsets hold the id alone.
_ZONE_ID_AT: Mapping[str, tuple[str, ...] | None] = {
    "ActivateKeySigningKey": _REQUEST,
    "AssociateVPCWithHostedZone": _REQUEST,
    "ChangeResourceRecordSets": _REQUEST,
    "ChangeTagsForResource": ("requestParameters", "resourceId"),
    "CreateHostedZone": ("responseElements", "hostedZone", "id"),
    "CreateKeySigningKey": _REQUEST,
    "CreateTrafficPolicyInstance": _REQUEST,
    "DeactivateKeySigningKey": _REQUEST,
    "DeleteHostedZone": ("requestParameters", "id"),
    "DeleteKeySigningKey": _REQUEST,
    "DeleteTrafficPolicyInstance": _ELSEWHERE,
    "DisableHostedZoneDNSSEC": _REQUEST,
    "DisassociateVPCFromHostedZone": _REQUEST,
    "EnableHostedZoneDNSSEC": _REQUEST,
    "UpdateHostedZoneComment": ("requestParameters", "id"),
    "UpdateHostedZoneFeatures": _REQUEST,
    "UpdateTrafficPolicyInstance": (
        "responseElements",
        "trafficPolicyInstance",
        "hostedZoneId",
    ),
}

ZONE_WRITES = frozenset(_ZONE_ID_AT)


def hosted_zones_written(detail: Mapping[str, Any]) -> frozenset[str] | None:
    """Name the hosted zones that a call of `ZONE_WRITES` touched.

    `detail` is a CloudTrail record (the `detail` of an EventBridge event). Ids come without
    `/hostedzone/`. None means that the record does not say (the call names none, or CloudTrail
    truncated the parameters): look at every zone. Empty means that no zone was touched.
    """
    if detail.get("eventName") == "ChangeTagsForResource" and _tags_something_else(detail):
        return frozenset()
    path = _ZONE_ID_AT.get(str(detail.get("eventName")))
    found: Any = detail if path else None
    for member in path or ():
        found = found.get(member) if isinstance(found, Mapping) else None
    if not isinstance(found, str) or not found:
        return None
    return frozenset({found.rpartition("/")[2]})


def _tags_something_else(detail: Mapping[str, Any]) -> bool:
    parameters = detail.get("requestParameters")
    kind = parameters.get("resourceType") if isinstance(parameters, Mapping) else None
    return kind not in (None, "hostedzone")

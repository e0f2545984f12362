"""GetHostedZoneLimit and GetAccountLimit."""

from __future__ import annotations

from .account import Call, Json
from .delegation_operations import MAX_REUSABLE_SETS
from .errors import Route53Error

UNLIMITED = 2**31 - 1  # what a lifted quota shows as; the API has no word for "none"
MAX_VPCS = 300
MAX_HEALTH_CHECKS = 200
MAX_TRAFFIC_POLICIES = 50
MAX_TRAFFIC_POLICY_INSTANCES = 5


def get_hosted_zone_limit(call: Call, params: Json) -> Json:
    """GetHostedZoneLimit."""
    zone, kind = call.account.zone(params["HostedZoneId"]), params["Type"]
    if kind == "MAX_RRSETS_BY_ZONE":
        return _limit(kind, call.settings.max_records_per_zone, len(zone.records))
    if not zone.private:
        raise Route53Error("HostedZoneNotPrivate", f"{zone.id} is a public hosted zone")
    return _limit(kind, MAX_VPCS, len(zone.vpcs))


def get_account_limit(call: Call, params: Json) -> Json:
    """GetAccountLimit."""
    account, kind = call.account, params["Type"]
    limits: dict[str, tuple[int | None, int]] = {
        "MAX_HOSTED_ZONES_BY_OWNER": (call.settings.max_zones, len(account.zones)),
        "MAX_HEALTH_CHECKS_BY_OWNER": (MAX_HEALTH_CHECKS, len(account.health_checks)),
        "MAX_REUSABLE_DELEGATION_SETS_BY_OWNER": (MAX_REUSABLE_SETS, len(account.delegation_sets)),
        "MAX_TRAFFIC_POLICIES_BY_OWNER": (MAX_TRAFFIC_POLICIES, 0),
        "MAX_TRAFFIC_POLICY_INSTANCES_BY_OWNER": (MAX_TRAFFIC_POLICY_INSTANCES, 0),
    }
    return _limit(kind, *limits[kind])


def _limit(kind: str, value: int | None, count: int) -> Json:
    limit = {"Type": kind, "Value": UNLIMITED if value is None else value}
    return {"Limit": limit, "Count": count}

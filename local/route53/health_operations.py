"""Health checks: kept so that record sets can name them; nothing is probed."""

from __future__ import annotations

from uuid import UUID

from .account import Account, Call, Json
from .errors import Route53Error
from .paging import page_by_id
from .zone_views import location

MAX_PAGE = 100
CONFIG_APART = frozenset({"HealthCheckId", "HealthCheckVersion", "ResetElements"})


def health_check_of(account: Account, health_check_id: str) -> Json:
    """The health check of that id, or NoSuchHealthCheck."""
    if health_check_id not in account.health_checks:
        raise Route53Error(
            "NoSuchHealthCheck", f"No health check exists with the specified ID {health_check_id}"
        )
    found: Json = account.health_checks[health_check_id]
    return found


def create_health_check(call: Call, params: Json) -> Json:
    """CreateHealthCheck: the same reference and settings again return the same check."""
    checks, reference = call.account.health_checks, params["CallerReference"]
    same = [check for check in checks.values() if check["CallerReference"] == reference]
    if same and same[0]["HealthCheckConfig"] != params["HealthCheckConfig"]:
        raise Route53Error(
            "HealthCheckAlreadyExists",
            f"A health check with caller reference {reference} exists with other settings",
        )
    if same:
        created = same[0]
    else:
        created = {
            "Id": str(UUID(int=call.random.getrandbits(128), version=4)),
            "CallerReference": reference,
            "HealthCheckConfig": params["HealthCheckConfig"],
            "HealthCheckVersion": 1,
        }
        checks[created["Id"]] = created
    return {"HealthCheck": created, "Location": location(f"healthcheck/{created['Id']}")}


def get_health_check(call: Call, params: Json) -> Json:
    """GetHealthCheck."""
    return {"HealthCheck": health_check_of(call.account, params["HealthCheckId"])}


def list_health_checks(call: Call, params: Json) -> Json:
    """ListHealthChecks."""
    page, paging = page_by_id(call.account.health_checks, params, MAX_PAGE)
    return {"HealthChecks": page, **paging}


def update_health_check(call: Call, params: Json) -> Json:
    """UpdateHealthCheck."""
    stored = health_check_of(call.account, params["HealthCheckId"])
    expected = params.get("HealthCheckVersion", stored["HealthCheckVersion"])
    if expected != stored["HealthCheckVersion"]:
        raise Route53Error(
            "HealthCheckVersionMismatch",
            f"The health check has version {stored['HealthCheckVersion']}, not {expected}",
        )
    changed = {name: value for name, value in params.items() if name not in CONFIG_APART}
    reset = set(params.get("ResetElements", ()))
    kept = {k: v for k, v in stored["HealthCheckConfig"].items() if k not in reset}
    stored["HealthCheckConfig"] = kept | changed
    stored["HealthCheckVersion"] += 1
    return {"HealthCheck": stored}


def delete_health_check(call: Call, params: Json) -> Json:
    """DeleteHealthCheck: records that name it go on naming it, as AWS warns."""
    stored = health_check_of(call.account, params["HealthCheckId"])
    del call.account.health_checks[stored["Id"]]
    call.account.tags.pop(f"healthcheck/{stored['Id']}", None)
    return {}


def get_health_check_count(call: Call, params: Json) -> Json:
    """GetHealthCheckCount."""
    return {"HealthCheckCount": len(call.account.health_checks)}

"""Reusable delegation sets."""

from __future__ import annotations

from .account import Account, Call, Json
from .errors import Route53Error
from .nameservers import draw_name_servers
from .paging import page_by_id
from .zone_operations import delegation_set_of
from .zone_views import location

MAX_PAGE = 100
MAX_REUSABLE_SETS = 100


def create_delegation_set(call: Call, params: Json) -> Json:
    """CreateReusableDelegationSet, of fresh name servers or of those of a zone."""
    account, reference = call.account, params["CallerReference"]
    if any(found["CallerReference"] == reference for found in account.delegation_sets.values()):
        raise Route53Error(
            "DelegationSetAlreadyCreated",
            f"A delegation set with caller reference {reference} was already created",
        )
    if len(account.delegation_sets) >= MAX_REUSABLE_SETS:
        raise Route53Error(
            "LimitsExceeded", f"The account has {MAX_REUSABLE_SETS} reusable delegation sets"
        )
    set_id = call.new_id("N")
    servers = (
        _servers_of_zone(account, params["HostedZoneId"], set_id)
        if ("HostedZoneId" in params)
        else draw_name_servers(call.random)
    )
    created = {"Id": set_id, "CallerReference": reference, "NameServers": servers}
    account.delegation_sets[set_id] = created
    return {"DelegationSet": _api(created), "Location": location(f"delegationset/{set_id}")}


def _servers_of_zone(account: Account, zone_id: str, set_id: str) -> list[str]:
    zone = account.zones.get(zone_id)
    if zone is None:
        raise Route53Error("HostedZoneNotFound", f"The specified zone {zone_id} was not found")
    if zone.delegation_set_id is not None:
        raise Route53Error(
            "DelegationSetAlreadyReusable",
            f"The delegation set of {zone_id} is reusable already: {zone.delegation_set_id}",
        )
    zone.delegation_set_id = set_id
    return list(zone.name_servers)


def _api(stored: Json) -> Json:
    return stored | {"Id": f"/delegationset/{stored['Id']}"}


def get_delegation_set(call: Call, params: Json) -> Json:
    """GetReusableDelegationSet."""
    return {"DelegationSet": _api(delegation_set_of(call.account, params["Id"]))}


def list_delegation_sets(call: Call, params: Json) -> Json:
    """ListReusableDelegationSets."""
    page, paging = page_by_id(call.account.delegation_sets, params, MAX_PAGE)
    return {"DelegationSets": [_api(stored) for stored in page], **paging}


def delete_delegation_set(call: Call, params: Json) -> Json:
    """DeleteReusableDelegationSet: no zone may use it."""
    stored = delegation_set_of(call.account, params["Id"])
    users = [z.id for z in call.account.zones.values() if z.delegation_set_id == stored["Id"]]
    if users:
        raise Route53Error("DelegationSetInUse", f"{stored['Id']} is used by {', '.join(users)}")
    del call.account.delegation_sets[stored["Id"]]
    return {}

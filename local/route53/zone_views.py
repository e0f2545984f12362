"""Hosted zones: shown and listed."""

from __future__ import annotations

from .account import Call, HostedZone, Json
from .errors import FatalProblem, Route53Error, invalid_input
from .names import canonical, order_key, parse_name
from .paging import page_by_id, page_size

MAX_PAGE = 100
ENDPOINT = "https://route53.amazonaws.com/2013-04-01"


def location(path: str) -> str:
    """The Location header of a new resource."""
    return f"{ENDPOINT}/{path}"


def zone_api(zone: HostedZone) -> Json:
    """The API's HostedZone."""
    api: Json = {
        "Id": f"/hostedzone/{zone.id}",
        "Name": zone.name,
        "CallerReference": zone.caller_reference,
        "Config": {"Comment": zone.comment, "PrivateZone": zone.private},
        "ResourceRecordSetCount": len(zone.records),
        "LinkedService": zone.linked_service,
    }
    if zone.accelerated_recovery is not None:
        status = "ENABLED" if zone.accelerated_recovery else "DISABLED"
        api["Features"] = {"AcceleratedRecoveryStatus": status}
    return api


def delegation_set(zone: HostedZone) -> Json:
    """The API's DelegationSet; it has an id only when it is reusable."""
    set_id = zone.delegation_set_id
    return {
        "Id": f"/delegationset/{set_id}" if set_id else None,
        "NameServers": zone.name_servers,
    }


def get_hosted_zone(call: Call, params: Json) -> Json:
    """GetHostedZone."""
    zone = call.account.zone(params["Id"])
    if zone.private:
        return {"HostedZone": zone_api(zone), "VPCs": zone.vpcs}
    return {"HostedZone": zone_api(zone), "DelegationSet": delegation_set(zone)}


def get_hosted_zone_count(call: Call, params: Json) -> Json:
    """GetHostedZoneCount."""
    return {"HostedZoneCount": len(call.account.zones)}


def list_hosted_zones(call: Call, params: Json) -> Json:
    """ListHostedZones, in order of their ids."""
    set_id = params.get("DelegationSetId")
    private_only = params.get("HostedZoneType") == "PrivateHostedZone"
    wanted = {
        zone.id: zone
        for zone in call.account.zones.values()
        if (set_id is None or zone.delegation_set_id == set_id)
        and (zone.private or not private_only)
    }
    page, paging = page_by_id(wanted, params, MAX_PAGE)
    return {"HostedZones": [zone_api(zone) for zone in page], **paging}


def list_hosted_zones_by_name(call: Call, params: Json) -> Json:
    """ListHostedZonesByName, in order of the names' reversed labels, then of the ids."""
    name, zone_id = params.get("DNSName"), params.get("HostedZoneId")
    if zone_id is not None and name is None:
        raise invalid_input("The request must include a DNS name when it has a hosted zone ID.")
    try:
        start = (order_key(parse_name(name)) if name else b"", zone_id or "")
    except FatalProblem as problem:
        raise Route53Error("InvalidDomainName", str(problem)) from None
    size = page_size(params, MAX_PAGE)
    ordered = sorted((order_key(zone.labels), zone.id) for zone in call.account.zones.values())
    found = [call.account.zones[key[1]] for key in ordered if key >= start][: size + 1]
    listing: Json = {
        "HostedZones": [zone_api(zone) for zone in found[:size]],
        "DNSName": canonical(name) if name else None,
        "HostedZoneId": zone_id,
        "IsTruncated": len(found) > size,
        "MaxItems": str(size),
    }
    if len(found) > size:
        listing |= {"NextDNSName": found[size].name, "NextHostedZoneId": found[size].id}
    return listing


def list_hosted_zones_by_vpc(call: Call, params: Json) -> Json:
    """ListHostedZonesByVPC; the token is the id of the next page's first zone."""
    vpc = {"VPCId": params["VPCId"], "VPCRegion": params["VPCRegion"]}
    wanted = {zone.id: zone for zone in call.account.zones.values() if vpc in zone.vpcs}
    marked = params | {"Marker": params.get("NextToken", "")}
    page, paging = page_by_id(wanted, marked, MAX_PAGE)
    summaries = [
        {"HostedZoneId": zone.id, "Name": zone.name, "Owner": {"OwningAccount": call.account.id}}
        for zone in page
    ]
    return {
        "HostedZoneSummaries": summaries,
        "MaxItems": paging["MaxItems"],
        "NextToken": paging["NextMarker"],
    }

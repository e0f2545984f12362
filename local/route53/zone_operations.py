"""Hosted zones: made, changed, deleted."""

from __future__ import annotations

from .account import Account, Call, HostedZone, Json
from .changes import change_zone, new_change, refuse_while_processing
from .errors import FatalProblem, Route53Error
from .names import Labels, display, parse_name
from .nameservers import PRIVATE_SERVERS, draw_name_servers, first_records
from .records import RecordIndex
from .zone_views import delegation_set, location, zone_api

OWN_TYPES = frozenset({"NS", "SOA"})


def create_hosted_zone(call: Call, params: Json) -> Json:
    """CreateHostedZone."""
    account, name = call.account, display(_zone_name(params["Name"]))
    config, vpc = params.get("HostedZoneConfig", {}), params.get("VPC")
    private = vpc is not None
    _check_new_zone(call, params, name, vpc)
    zone = HostedZone(
        id=call.new_id("Z"),
        name=name,
        caller_reference=params["CallerReference"],
        name_servers=_name_servers(call, params, private),
        private=private,
        comment=config.get("Comment"),
        vpcs=[vpc] if vpc else [],
        delegation_set_id=params.get("DelegationSetId"),
    )
    zone.records = RecordIndex(first_records(zone.name, zone.name_servers))
    account.zones[zone.id] = zone
    created: Json = {
        "HostedZone": zone_api(zone),
        "ChangeInfo": new_change(call),
        "VPC": vpc,
        "Location": location(f"hostedzone/{zone.id}"),
    }
    if not private:
        created["DelegationSet"] = delegation_set(zone)
    return created


def _zone_name(text: str) -> Labels:
    try:
        labels = parse_name(text)
    except FatalProblem as problem:
        raise Route53Error("InvalidDomainName", f"{problem}") from None
    if not labels:
        raise Route53Error("InvalidDomainName", "The root cannot be a hosted zone")
    if b"*" in labels[0]:  # AWS: "You can't include an * in the leftmost label of a hosted zone"
        raise Route53Error("InvalidDomainName", f"{text} has an asterisk in its leftmost label")
    return labels


def _check_new_zone(call: Call, params: Json, name: str, vpc: Json | None) -> None:
    zones = call.account.zones.values()
    reference = params["CallerReference"]
    if any(zone.caller_reference == reference for zone in zones):
        raise Route53Error(
            "HostedZoneAlreadyExists",
            f"A hosted zone has already been created with the specified caller reference: "
            f"{reference}",
        )
    limit = call.settings.max_zones
    if limit is not None and len(zones) >= limit:
        raise Route53Error("TooManyHostedZones", f"Limits Exceeded: MAX_HOSTED_ZONES {limit}")
    if params.get("HostedZoneConfig", {}).get("PrivateZone") and vpc is None:
        raise Route53Error(
            "InvalidVPCId", "When you're creating a private hosted zone, you must specify a VPC."
        )
    if vpc is not None:
        refuse_vpc_conflict(call.account, name, vpc)


def refuse_vpc_conflict(account: Account, name: str, vpc: Json) -> None:
    """A VPC is complete, and has at most one zone of a name."""
    if "VPCId" not in vpc or "VPCRegion" not in vpc:
        raise Route53Error("InvalidVPCId", "A VPC needs both VPCId and VPCRegion")
    for zone in account.zones.values():
        if zone.name == name and vpc in zone.vpcs:
            raise Route53Error(
                "ConflictingDomainExists",
                f"The VPC {vpc['VPCId']} in region {vpc['VPCRegion']} has already been "
                f"associated with the hosted zone {zone.id} with the same domain name.",
            )


def _name_servers(call: Call, params: Json, private: bool) -> list[str]:
    set_id = params.get("DelegationSetId")
    if set_id is None:
        return list(PRIVATE_SERVERS) if private else draw_name_servers(call.random)
    if private:
        raise Route53Error("InvalidInput", "A private zone cannot use a reusable delegation set.")
    return list(delegation_set_of(call.account, set_id)["NameServers"])


def delegation_set_of(account: Account, set_id: str) -> Json:
    """The reusable delegation set of that id, or NoSuchDelegationSet."""
    if set_id not in account.delegation_sets:
        raise Route53Error("NoSuchDelegationSet", f"No delegation set found with ID: {set_id}")
    found: Json = account.delegation_sets[set_id]
    return found


def delete_hosted_zone(call: Call, params: Json) -> Json:
    """DeleteHostedZone: only the apex NS and SOA may be left."""
    zone = call.account.zone(params["Id"])
    refuse_while_processing(call, zone)
    own = sum(record_set.type in OWN_TYPES for record_set in zone.records.at(zone.name).values())
    if len(zone.records) > own:
        raise Route53Error(
            "HostedZoneNotEmpty",
            "The specified hosted zone contains non-required resource record sets and so cannot "
            "be deleted.",
        )
    if zone.signing:
        raise Route53Error("InvalidInput", "Disable DNSSEC signing before deleting the zone.")
    del call.account.zones[zone.id]
    call.account.tags.pop(f"hostedzone/{zone.id}", None)
    return {"ChangeInfo": new_change(call)}


def update_hosted_zone_comment(call: Call, params: Json) -> Json:
    """UpdateHostedZoneComment."""
    zone = call.account.zone(params["Id"])
    zone.comment = params.get("Comment")
    return {"HostedZone": zone_api(zone)}


def update_hosted_zone_features(call: Call, params: Json) -> Json:
    """UpdateHostedZoneFeatures."""
    zone = call.account.zone(params["HostedZoneId"])
    zone.accelerated_recovery = params.get("EnableAcceleratedRecovery", False)
    return {}


def associate_vpc(call: Call, params: Json) -> Json:
    """AssociateVPCWithHostedZone, within the account."""
    zone, vpc = call.account.zone(params["HostedZoneId"]), params["VPC"]
    if not zone.private:
        raise Route53Error(
            "PublicZoneVPCAssociation", f"{zone.id} is public; only private zones have VPCs"
        )
    refuse_vpc_conflict(call.account, zone.name, vpc)
    zone.vpcs.append(vpc)
    return {"ChangeInfo": change_zone(call, zone, params.get("Comment"))}


def disassociate_vpc(call: Call, params: Json) -> Json:
    """DisassociateVPCFromHostedZone."""
    zone, vpc = call.account.zone(params["HostedZoneId"]), params["VPC"]
    if vpc not in zone.vpcs:
        raise Route53Error(
            "VPCAssociationNotFound",
            f"The VPC {vpc.get('VPCId')} is not associated with hosted zone {zone.id}",
        )
    if len(zone.vpcs) == 1:
        raise Route53Error("LastVPCAssociation", f"{vpc['VPCId']} is the last VPC of {zone.id}")
    zone.vpcs.remove(vpc)
    return {"ChangeInfo": change_zone(call, zone, params.get("Comment"))}

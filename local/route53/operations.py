"""Operation names → the functions that perform them."""

from __future__ import annotations

from collections.abc import Callable

from . import cidr_operations as cidr
from . import delegation_operations as delegation
from . import dnssec_operations as dnssec
from . import health_operations as health
from . import limit_operations as limits
from . import record_operations as records
from . import tag_operations as tags
from . import zone_operations as zones
from . import zone_views as views
from .account import Call, Json
from .changes import get_change

Operation = Callable[[Call, Json], Json]

OPERATIONS: dict[str, Operation] = {
    "ActivateKeySigningKey": dnssec.activate_key,
    "AssociateVPCWithHostedZone": zones.associate_vpc,
    "ChangeCidrCollection": cidr.change_collection,
    "ChangeResourceRecordSets": records.change_resource_record_sets,
    "ChangeTagsForResource": tags.change_tags,
    "CreateCidrCollection": cidr.create_collection,
    "CreateHealthCheck": health.create_health_check,
    "CreateHostedZone": zones.create_hosted_zone,
    "CreateKeySigningKey": dnssec.create_key,
    "CreateReusableDelegationSet": delegation.create_delegation_set,
    "DeactivateKeySigningKey": dnssec.deactivate_key,
    "DeleteCidrCollection": cidr.delete_collection,
    "DeleteHealthCheck": health.delete_health_check,
    "DeleteHostedZone": zones.delete_hosted_zone,
    "DeleteKeySigningKey": dnssec.delete_key,
    "DeleteReusableDelegationSet": delegation.delete_delegation_set,
    "DisableHostedZoneDNSSEC": dnssec.disable_dnssec,
    "DisassociateVPCFromHostedZone": zones.disassociate_vpc,
    "EnableHostedZoneDNSSEC": dnssec.enable_dnssec,
    "GetAccountLimit": limits.get_account_limit,
    "GetChange": get_change,
    "GetDNSSEC": dnssec.get_dnssec,
    "GetHealthCheck": health.get_health_check,
    "GetHealthCheckCount": health.get_health_check_count,
    "GetHostedZone": views.get_hosted_zone,
    "GetHostedZoneCount": views.get_hosted_zone_count,
    "GetHostedZoneLimit": limits.get_hosted_zone_limit,
    "GetReusableDelegationSet": delegation.get_delegation_set,
    "ListCidrBlocks": cidr.list_blocks,
    "ListCidrCollections": cidr.list_collections,
    "ListCidrLocations": cidr.list_locations,
    "ListHealthChecks": health.list_health_checks,
    "ListHostedZones": views.list_hosted_zones,
    "ListHostedZonesByName": views.list_hosted_zones_by_name,
    "ListHostedZonesByVPC": views.list_hosted_zones_by_vpc,
    "ListResourceRecordSets": records.list_resource_record_sets,
    "ListReusableDelegationSets": delegation.list_delegation_sets,
    "ListTagsForResource": tags.list_tags,
    "ListTagsForResources": tags.list_tags_of_many,
    "UpdateHealthCheck": health.update_health_check,
    "UpdateHostedZoneComment": zones.update_hosted_zone_comment,
    "UpdateHostedZoneFeatures": zones.update_hosted_zone_features,
}

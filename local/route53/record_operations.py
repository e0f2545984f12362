"""ListResourceRecordSets and ChangeResourceRecordSets."""

from __future__ import annotations

from .account import Call, Json
from .batch import draft_batch
from .changes import change_zone, refuse_while_processing
from .errors import FatalProblem, Route53Error, invalid_input
from .paging import page_size
from .records import start_key

MAX_PAGE = 300  # AWS: "If MaxItems is more than 300, Route 53 returns the first 300"


def list_resource_record_sets(call: Call, params: Json) -> Json:
    """ListResourceRecordSets: what was accepted is listed at once, PENDING or not."""
    zone = call.account.zone(params["HostedZoneId"])
    name = params.get("StartRecordName")
    rdtype = params.get("StartRecordType")
    identifier = params.get("StartRecordIdentifier")
    if rdtype is not None and name is None:
        raise invalid_input("The request must include a record name when it has a record type.")
    if identifier is not None and rdtype is None:
        raise invalid_input(
            "The request must include a record name and type when it has a record identifier."
        )
    size = page_size(params, MAX_PAGE)
    try:
        found = zone.records.page(start_key(name, rdtype, identifier), size + 1)
    except FatalProblem as problem:
        raise invalid_input(str(problem)) from None
    listing: Json = {
        "ResourceRecordSets": [record_set.to_api() for record_set in found[:size]],
        "IsTruncated": len(found) > size,
        "MaxItems": str(size),
    }
    if len(found) > size:
        following = found[size]
        listing["NextRecordName"] = following.name
        listing["NextRecordType"] = following.type
        listing["NextRecordIdentifier"] = following.set_identifier or None
    return listing


def change_resource_record_sets(call: Call, params: Json) -> Json:
    """ChangeResourceRecordSets."""
    account, batch = call.account, params["ChangeBatch"]
    zone = account.zone(params["HostedZoneId"])
    if zone.linked_service is not None:
        raise Route53Error(
            "AccessDenied",
            f"The resource hostedzone/{zone.id} can only be managed through "
            f"{zone.linked_service['ServicePrincipal']}",
            status=403,
        )
    refuse_while_processing(call, zone)
    draft_batch(zone, account, batch, call.settings).apply()
    return {"ChangeInfo": change_zone(call, zone, batch.get("Comment"))}

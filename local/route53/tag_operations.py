"""Tags of hosted zones and health checks."""

from __future__ import annotations

from .account import Account, Call, Json
from .errors import Route53Error, invalid_input, no_such_hosted_zone

MAX_TAGS = 50  # a resource


def _tags(account: Account, resource_type: str, resource_id: str) -> dict[str, str]:
    if resource_type == "hostedzone" and resource_id not in account.zones:
        raise no_such_hosted_zone(resource_id)
    if resource_type == "healthcheck" and resource_id not in account.health_checks:
        raise Route53Error("NoSuchHealthCheck", f"No health check exists with ID {resource_id}")
    return account.tags.get(f"{resource_type}/{resource_id}", {})


def change_tags(call: Call, params: Json) -> Json:
    """ChangeTagsForResource."""
    resource_type, resource_id = params["ResourceType"], params["ResourceId"]
    tags = dict(_tags(call.account, resource_type, resource_id))
    added = {tag["Key"]: tag.get("Value", "") for tag in params.get("AddTags", ())}
    removed = params.get("RemoveTagKeys", ())
    if not added and not removed:
        raise invalid_input("The request must add or remove at least one tag.")
    for key in removed:
        tags.pop(key, None)
    tags |= added
    if len(tags) > MAX_TAGS:
        raise invalid_input(f"The resource would have {len(tags)} tags, limit {MAX_TAGS}")
    call.account.tags[f"{resource_type}/{resource_id}"] = tags
    return {}


def list_tags(call: Call, params: Json) -> Json:
    """ListTagsForResource."""
    tag_set = _tag_set(call.account, params["ResourceType"], params["ResourceId"])
    return {"ResourceTagSet": tag_set}


def list_tags_of_many(call: Call, params: Json) -> Json:
    """ListTagsForResources, at most ten resources of one type."""
    found = [
        _tag_set(call.account, params["ResourceType"], resource_id)
        for resource_id in params["ResourceIds"]
    ]
    return {"ResourceTagSets": found}


def _tag_set(account: Account, resource_type: str, resource_id: str) -> Json:
    tags = _tags(account, resource_type, resource_id)
    return {
        "ResourceType": resource_type,
        "ResourceId": resource_id,
        "Tags": [{"Key": key, "Value": value} for key, value in sorted(tags.items())],
    }

"""Changes on their way to the name servers: PENDING, then INSYNC."""

from __future__ import annotations

from .account import Call, HostedZone, Json
from .errors import Route53Error


def new_change(call: Call, comment: str | None = None) -> Json:
    """Remember a change made now; → its ChangeInfo."""
    change: Json = {"Id": call.new_id("C"), "SubmittedAt": call.now, "Comment": comment}
    call.account.changes[change["Id"]] = change
    return change_info(call, change)


def change_info(call: Call, change: Json) -> Json:
    """The API's ChangeInfo, as it is at this moment."""
    insync = call.now - change["SubmittedAt"] >= call.settings.insync_delay
    fresh = call.now == change["SubmittedAt"]  # the answer to the change itself says PENDING
    status = "INSYNC" if insync and not fresh else "PENDING"
    return {**change, "Id": f"/change/{change['Id']}", "Status": status}


def change_zone(call: Call, zone: HostedZone, comment: str | None = None) -> Json:
    """`new_change` for a change of the zone's content."""
    zone.changed_at = call.now
    return new_change(call, comment)


def refuse_while_processing(call: Call, zone: HostedZone) -> None:
    """Raises PriorRequestNotComplete while an earlier change of the zone is processed."""
    if zone.changed_at is not None and call.now - zone.changed_at < call.settings.processing_time:
        raise Route53Error(
            "PriorRequestNotComplete",
            "The request was rejected because Route 53 was still processing a prior request.",
        )


def get_change(call: Call, params: Json) -> Json:
    """GetChange."""
    change = call.account.changes.get(params["Id"])
    if change is None:
        raise Route53Error("NoSuchChange", f"Could not find resource with ID: {params['Id']}")
    return {"ChangeInfo": change_info(call, change)}

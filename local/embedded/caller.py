"""Who makes the current AWS call, as CloudTrail would write it down."""

from __future__ import annotations

from typing import Any

from ministack.core.iam_evaluator import caller_arn


def user_identity() -> dict[str, Any]:
    """CloudTrail's userIdentity of the principal whose signature was checked.

    docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-event-reference-user-identity.html
    """
    return identity_of(caller_arn())


def identity_of(arn: str) -> dict[str, Any]:
    """The userIdentity element for a principal's ARN."""
    account, resource = arn.split(":", 5)[4:6]
    kind, _, name = resource.partition("/")
    identity: dict[str, Any] = {"arn": arn, "accountId": account}
    if kind == "assumed-role":
        role, _, session = name.partition("/")
        issuer = {
            "type": "Role",
            "principalId": role,
            "arn": f"arn:aws:iam::{account}:role/{role}",
            "accountId": account,
            "userName": role,
        }
        return {
            **identity,
            "type": "AssumedRole",
            "principalId": f"{role}:{session}",
            "sessionContext": {"sessionIssuer": issuer},
        }
    if kind == "user":
        return {**identity, "type": "IAMUser", "principalId": name, "userName": name}
    return {**identity, "type": "Root", "principalId": account}


def user_name(identity: dict[str, Any]) -> str:
    """The Username by which LookupEvents shows a principal."""
    if identity["type"] == "AssumedRole":
        return str(identity["arn"].rsplit("/", 1)[-1])
    return str(identity.get("userName", "root"))

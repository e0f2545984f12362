"""A hub's role reaches its own partitions of the table and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from local.embedded import EmbeddedAws
from tests.local.embedded_cloud import Cloud, assumed, policy

WRITES = ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"]
READS = ["dynamodb:GetItem", "dynamodb:Query", "dynamodb:BatchGetItem"]
OWN = ["hub#tokyo", "zone#axfr:tokyo:*", "chunk#axfr:tokyo:*"]
SHARED = ["zone#*", "chunk#*", "mesh"]


@pytest.fixture(scope="module")
def table(embedded_aws: EmbeddedAws) -> Iterator[str]:
    root = Cloud(embedded_aws).client("dynamodb")
    root.create_table(
        TableName="leading",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk", "kind")
        ],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
        GlobalSecondaryIndexes=[
            {
                "IndexName": "kinds",
                "KeySchema": [{"AttributeName": "kind", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    for pk in ("hub#tokyo", "hub#paris", "zone#example.com", "mesh", "hub#tokyo-2"):
        root.put_item(TableName="leading", Item=item(pk, "head"))
    yield "leading"
    root.delete_table(TableName="leading")


@pytest.fixture(scope="module")
def hub(embedded_aws: EmbeddedAws, table: str) -> Cloud:
    """The role of hub tokyo, as the stack makes it."""
    return assumed(
        Cloud(embedded_aws),
        "hub-tokyo",
        [
            scoped([*WRITES, "dynamodb:BatchWriteItem"], OWN),
            scoped(READS, [*OWN, *SHARED]),
            scoped(["dynamodb:ConditionCheckItem"], SHARED),
        ],
    )


def scoped(actions: list[str], keys: list[str]) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Action": actions,
        "Resource": ["arn:aws:dynamodb:*:*:table/leading", "arn:aws:dynamodb:*:*:table/leading/*"],
        "Condition": {"ForAllValues:StringLike": {"dynamodb:LeadingKeys": keys}},
    }


def item(pk: str, sk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def refused(call: Callable[..., Any], **arguments: Any) -> bool:
    try:
        call(**arguments)
    except ClientError as error:
        assert error.response["Error"]["Code"] == "AccessDeniedException", error
        return True
    return False


def test_hub_writes_its_own_partitions(hub: Cloud, table: str) -> None:
    dynamodb = hub.client("dynamodb")
    for pk in ("hub#tokyo", "zone#axfr:tokyo:example.net", "chunk#axfr:tokyo:abc"):
        dynamodb.put_item(TableName=table, Item=item(pk, "status"))
        dynamodb.delete_item(TableName=table, Key=item(pk, "status"))


@pytest.mark.parametrize(
    "pk", ["hub#paris", "hub#tokyo-2", "zone#example.com", "zone#axfr:paris:a", "mesh", "HUB#tokyo"]
)
def test_hub_is_refused_every_write_elsewhere(hub: Cloud, table: str, pk: str) -> None:
    dynamodb = hub.client("dynamodb")
    assert refused(dynamodb.put_item, TableName=table, Item=item(pk, "head"))
    assert refused(dynamodb.delete_item, TableName=table, Key=item(pk, "head"))
    assert refused(
        dynamodb.update_item,
        TableName=table,
        Key=item(pk, "head"),
        UpdateExpression="SET serial = :n",
        ExpressionAttributeValues={":n": {"N": "7"}},
    )


def test_one_foreign_key_spoils_a_batch(hub: Cloud, table: str) -> None:
    dynamodb = hub.client("dynamodb")
    own, foreign = ({"PutRequest": {"Item": item(pk, "b")}} for pk in ("hub#tokyo", "hub#paris"))
    dynamodb.batch_write_item(RequestItems={table: [own]})
    assert refused(dynamodb.batch_write_item, RequestItems={table: [own, foreign]})
    delete = {"DeleteRequest": {"Key": item("zone#example.com", "head")}}
    assert refused(dynamodb.batch_write_item, RequestItems={table: [own, delete]})


def test_hub_reads_zones_and_itself_but_no_other_hub(hub: Cloud, table: str) -> None:
    dynamodb = hub.client("dynamodb")
    for pk in ("zone#example.com", "mesh", "hub#tokyo"):
        dynamodb.get_item(TableName=table, Key=item(pk, "head"))
        dynamodb.batch_get_item(RequestItems={table: {"Keys": [item(pk, "head")]}})
    assert refused(dynamodb.get_item, TableName=table, Key=item("hub#paris", "head"))
    keys = [item("mesh", "head"), item("hub#paris", "head")]
    assert refused(dynamodb.batch_get_item, RequestItems={table: {"Keys": keys}})


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        ("pk = :pk", {}),
        ("#p = :pk AND begins_with(sk, :sk)", {"#p": "pk"}),
        ("(:pk = pk) and (sk = :sk)", {}),
        ("sk BETWEEN :sk AND :sk AND pk=:pk", {}),
    ],
)
def test_query_is_held_to_its_partition(
    hub: Cloud, table: str, condition: str, names: dict[str, str]
) -> None:
    def query(pk: str) -> dict[str, Any]:
        values = {":pk": {"S": pk}} | ({":sk": {"S": "head"}} if ":sk" in condition else {})
        asked: dict[str, Any] = {"TableName": table, "KeyConditionExpression": condition}
        if names:
            asked["ExpressionAttributeNames"] = names
        return asked | {"ExpressionAttributeValues": values}

    dynamodb = hub.client("dynamodb")
    assert dynamodb.query(**query("zone#example.com"))["Count"] == 1
    assert refused(dynamodb.query, **query("hub#paris"))


def test_old_style_query_and_index_query_are_held_too(hub: Cloud, table: str) -> None:
    dynamodb = hub.client("dynamodb")
    equals = {"AttributeValueList": [{"S": "hub#paris"}], "ComparisonOperator": "EQ"}
    assert refused(dynamodb.query, TableName=table, KeyConditions={"pk": equals})
    assert refused(
        dynamodb.query,
        TableName=table,
        IndexName="kinds",
        KeyConditionExpression="kind = :k",
        ExpressionAttributeValues={":k": {"S": "hub#paris"}},
    )


def test_each_action_of_a_transaction_is_held_to_its_own_grant(hub: Cloud, table: str) -> None:
    """The check of a zone's head is granted, the put to it is not."""
    dynamodb = hub.client("dynamodb")

    def put(pk: str) -> dict[str, Any]:
        return {"Put": {"TableName": table, "Item": item(pk, "t")}}

    check = {
        "ConditionCheck": {
            "TableName": table,
            "Key": item("mesh", "head"),
            "ConditionExpression": "attribute_exists(pk)",
        }
    }
    dynamodb.transact_write_items(TransactItems=[check, put("hub#tokyo")])
    assert refused(
        dynamodb.transact_write_items, TransactItems=[put("hub#tokyo"), put("zone#example.com")]
    )
    own_check = {"ConditionCheck": {**check["ConditionCheck"], "Key": item("hub#tokyo", "t")}}
    assert refused(dynamodb.transact_write_items, TransactItems=[own_check])
    get = {"Get": {"TableName": table, "Key": item("hub#paris", "head")}}
    assert refused(dynamodb.transact_get_items, TransactItems=[get])


def test_scan_and_partiql_are_not_granted(hub: Cloud, table: str) -> None:
    dynamodb = hub.client("dynamodb")
    assert refused(dynamodb.scan, TableName=table)
    assert refused(dynamodb.execute_statement, Statement=f'SELECT * FROM "{table}"')


def test_tls_only_policy_lets_calls_pass(
    cloud: Cloud, assume: Callable[[str, list[dict[str, Any]]], Cloud]
) -> None:
    deny = {
        "Effect": "Deny",
        "Action": "sqs:*",
        "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    allow = {"Effect": "Allow", "Action": "sqs:ListQueues", "Resource": "*"}
    assume("tls-only", [allow, deny]).client("sqs").list_queues()


def test_signature_with_a_wrong_secret_is_refused(hub: Cloud, table: str) -> None:
    forged = replace(hub, secret_key="not the secret")
    with pytest.raises(ClientError) as caught:
        forged.client("dynamodb").get_item(TableName=table, Key=item("mesh", "head"))
    assert caught.value.response["Error"]["Code"] == "InvalidSignatureException"


def test_role_of_another_account_is_assumed_with_its_external_id_alone(
    cloud: Cloud, assume: Callable[[str, list[dict[str, Any]]], Cloud]
) -> None:
    other = replace(cloud, access_key="222233334444")
    trust = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"AWS": "arn:aws:iam::000000000000:root"},
        "Condition": {"StringEquals": {"sts:ExternalId": "mesh"}},
    }
    role = other.client("iam").create_role(
        RoleName="zones", AssumeRolePolicyDocument=policy([trust])
    )["Role"]["Arn"]
    listing = {"Effect": "Allow", "Action": "route53:ListHostedZones", "Resource": "*"}
    other.client("iam").put_role_policy(
        RoleName="zones", PolicyName="p", PolicyDocument=policy([listing])
    )
    other.client("route53").create_hosted_zone(Name="theirs.example", CallerReference="1")

    may_assume = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role}
    sts = assume("recorder", [may_assume]).client("sts")
    with pytest.raises(ClientError, match="AccessDenied"):
        sts.assume_role(RoleArn=role, RoleSessionName="recorder")
    given = sts.assume_role(RoleArn=role, RoleSessionName="recorder", ExternalId="mesh")[
        "Credentials"
    ]
    there = Cloud(
        cloud.aws, given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]
    ).client("route53")
    zones = there.list_hosted_zones()["HostedZones"]
    assert [zone["Name"] for zone in zones] == ["theirs.example."]
    with pytest.raises(ClientError, match="AccessDenied"):
        there.get_hosted_zone(Id=zones[0]["Id"])


def test_a_scan_for_keys_alone_sees_nothing_else(embedded_aws: EmbeddedAws, table: str) -> None:
    only_keys = {
        "Effect": "Allow",
        "Action": "dynamodb:Scan",
        "Resource": "arn:aws:dynamodb:*:*:table/leading",
        "Condition": {
            "ForAllValues:StringEquals": {"dynamodb:Attributes": ["pk", "sk", "used_at"]},
            "StringEquals": {"dynamodb:Select": "SPECIFIC_ATTRIBUTES"},
        },
    }
    scan = assumed(Cloud(embedded_aws), "collector", [only_keys]).client("dynamodb").scan
    select = {"TableName": table, "Select": "SPECIFIC_ATTRIBUTES"}
    values = {":used_at": {"N": "7"}, ":hub": {"S": "hub#"}}
    wanted = "begins_with(pk, :hub) AND (used_at < :used_at OR NOT #sk = :hub)"
    found = scan(
        **select,
        ProjectionExpression="pk, sk",
        FilterExpression=wanted,
        ExpressionAttributeNames={"#sk": "sk"},
        ExpressionAttributeValues=values,
    )
    assert {each["pk"]["S"] for each in found["Items"]} >= {"hub#tokyo", "hub#paris"}
    assert refused(scan, **select, ProjectionExpression="pk, sk, zlib")
    assert refused(scan, **select, ProjectionExpression="pk", FilterExpression="zlib = pk")
    assert refused(scan, TableName=table)
    assert refused(scan, TableName=table, Select="ALL_ATTRIBUTES")


def test_tags_are_read_of_the_hosted_zones_that_a_policy_names(
    cloud: Cloud, assume: Callable[[str, list[dict[str, Any]]], Cloud]
) -> None:
    root = cloud.client("route53")
    one, other = (
        root.create_hosted_zone(Name=f"{name}.example", CallerReference=name)["HostedZone"]["Id"]
        for name in ("tagged-one", "tagged-other")
    )
    ids = [id.removeprefix("/hostedzone/") for id in (one, other)]
    actions = ["route53:ListTagsForResources", "route53:ListTagsForResource"]
    arn = f"arn:aws:route53:::hostedzone/{ids[0]}"
    allow = {"Effect": "Allow", "Action": actions, "Resource": arn}
    reader = assume("tag-reader", [allow]).client("route53")
    kind = {"ResourceType": "hostedzone"}
    assert reader.list_tags_for_resources(**kind, ResourceIds=ids[:1])["ResourceTagSets"]
    assert reader.list_tags_for_resource(**kind, ResourceId=ids[0])["ResourceTagSet"]
    with pytest.raises(ClientError, match="AccessDenied"):  # of one of them it may not
        reader.list_tags_for_resources(**kind, ResourceIds=ids)
    with pytest.raises(ClientError, match="AccessDenied"):
        reader.list_tags_for_resource(**kind, ResourceId=ids[1])
    with pytest.raises(ClientError, match="AccessDenied"):
        reader.change_tags_for_resource(
            **kind, ResourceId=ids[0], AddTags=[{"Key": "a", "Value": "b"}]
        )

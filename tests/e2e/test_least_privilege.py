"""In the running world hubs and functions may do what they must, and nothing else."""

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local.world import World
from tests.e2e.copies import EXTERNAL_ID, ROLE_ARN
from tests.e2e.hosted_zone import Zone, deployed
from zonemesh import deployment

COLLECTOR = "collect_garbage"
FUNCTIONS = (
    "announce", COLLECTOR, "list_zone", "pass_on_orders", "record_change", "refresh_aliases",
    "sweep", "watch_mesh",
)  # fmt: skip
DENIED = ("AccessDenied", "AccessDeniedException", "AuthorizationError")  # each service's own


@pytest.fixture(scope="module")
def as_hub(world: World) -> Callable[[str], Any]:
    """Give a client of a service under the role that was deployed for hub east."""
    return under(world, world.hubs["east"].output.role_arn)


def under(world: World, role: str) -> Callable[[str], Any]:
    """Give a client of a service under a role. (Trust policies do not hold back root here.)"""
    given = world.client("sts").assume_role(RoleArn=role, RoleSessionName="probe")["Credentials"]

    def client(service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=world.aws.endpoint,
            region_name="us-east-1",
            aws_access_key_id=given["AccessKeyId"],
            aws_secret_access_key=given["SecretAccessKey"],
            aws_session_token=given["SessionToken"],
        )

    return client


@pytest.fixture(scope="module")
def served(world: World) -> Zone:
    zone = Zone(world, "guarded.example.")
    assert zone.id
    zone.await_served()
    return zone


def item(partition: str, sort: str) -> dict[str, dict[str, str]]:
    return {deployment.PARTITION_KEY: {"S": partition}, deployment.SORT_KEY: {"S": sort}}


def is_denied(call: Callable[[], object]) -> bool:
    try:
        call()
    except ClientError as refusal:
        return refusal.response["Error"]["Code"] in DENIED
    return False


def test_a_hub_writes_its_own_keys_and_its_own_zones(
    world: World, as_hub: Callable[[str], Any]
) -> None:
    table = world.outputs.table
    for partition in ("hub#east", "zone#axfr:east:pulled.example.", "chunk#axfr:east:x.example.#d"):
        as_hub("dynamodb").put_item(TableName=table, Item=item(partition, "probe"))


def test_a_hub_writes_no_other_hubs_key_no_zone_head_and_no_member(
    world: World, served: Zone, as_hub: Callable[[str], Any]
) -> None:
    table, dynamodb = world.outputs.table, as_hub("dynamodb")
    for partition, sort in (
        ("hub#west", "probe"),
        (f"zone#{served.key}", "head"),
        (f"chunk#{served.key}#digest", "-"),
        ("zone#axfr:west:pulled.example.", "head"),
        (deployment.MESH_PARTITION, deployment.HEAD),
        (deployment.MEMBERS_PARTITION, f"zone#{served.key}"),
    ):
        put = {"TableName": table, "Item": item(partition, sort)}
        assert is_denied(lambda put=put: dynamodb.put_item(**put)), partition
        batch = {table: [{"PutRequest": {"Item": item(partition, sort)}}]}
        assert is_denied(lambda b=batch: dynamodb.batch_write_item(RequestItems=b)), partition
        both = [
            {"Put": {"TableName": table, "Item": item(each, sort)}}
            for each in ("hub#east", partition)
        ]
        assert is_denied(lambda b=both: dynamodb.transact_write_items(TransactItems=b)), partition
        key = {"TableName": table, "Key": item(partition, sort)}
        assert is_denied(lambda key=key: dynamodb.delete_item(**key)), partition
    assert served.await_served()


def test_a_hub_neither_scans_nor_reads_another_hub(
    world: World, served: Zone, as_hub: Callable[[str], Any]
) -> None:
    table, dynamodb = world.outputs.table, as_hub("dynamodb")
    assert is_denied(lambda: dynamodb.scan(TableName=table))
    assert is_denied(lambda: dynamodb.execute_statement(Statement=f'SELECT * FROM "{table}"'))
    assert is_denied(lambda: dynamodb.get_item(TableName=table, Key=item("hub#west", "status")))
    head = dynamodb.get_item(TableName=table, Key=item(f"zone#{served.key}", "head"))
    assert "Item" in head


def test_a_hub_reaches_no_other_queue_no_route53_and_no_other_secret(
    world: World, served: Zone, as_hub: Callable[[str], Any]
) -> None:
    sqs = as_hub("sqs")
    own, other = (
        world.hubs[name].output.environment[deployment.HUB_QUEUE_URL] for name in ("east", "west")
    )
    sqs.receive_message(QueueUrl=own)
    assert is_denied(lambda: sqs.receive_message(QueueUrl=other))
    assert is_denied(lambda: sqs.send_message(QueueUrl=own, MessageBody="x"))
    route53 = as_hub("route53")
    assert is_denied(lambda: route53.list_resource_record_sets(HostedZoneId=served.id))
    secret = world.client("secretsmanager").create_secret(Name="not-for-hubs", SecretString="x")
    assert is_denied(lambda: as_hub("secretsmanager").get_secret_value(SecretId=secret["ARN"]))
    topic = deployed(world, "TopicArn")
    assert is_denied(lambda: as_hub("sns").publish(TopicArn=topic, Message="{}"))
    assert is_denied(lambda: as_hub("lambda").list_functions())


def test_only_a_hub_that_publishes_there_takes_the_role_of_another_account(
    world: World, as_hub: Callable[[str], Any]
) -> None:
    taken = {"RoleArn": ROLE_ARN, "RoleSessionName": "probe", "ExternalId": EXTERNAL_ID}
    as_west = under(world, world.hubs["west"].output.role_arn)
    assert "Credentials" in as_west("sts").assume_role(**taken)
    assert is_denied(lambda: as_hub("sts").assume_role(**taken))


def test_no_function_writes_route53_a_hubs_keys_the_mesh_or_scans(
    world: World, served: Zone
) -> None:
    table = world.outputs.table
    functions = world.client("lambda").list_functions()["Functions"]
    assert len(functions) == len(FUNCTIONS)
    for function in functions:
        client = under(world, function["Role"])
        dynamodb, route53 = client("dynamodb"), client("route53")
        assert is_denied(lambda r=route53: r.delete_hosted_zone(Id=served.id))
        assert is_denied(lambda d=dynamodb: d.scan(TableName=table))
        for partition in ("hub#east", deployment.MESH_PARTITION):
            put = {"TableName": table, "Item": item(partition, "probe")}
            assert is_denied(lambda d=dynamodb, put=put: d.put_item(**put)), function
        if COLLECTOR in function["Handler"]:
            continue  # IAM cannot tell a head from the old snapshots that it deletes
        head = {"TableName": table, "Key": item(f"zone#{served.key}", deployment.HEAD)}
        assert is_denied(lambda d=dynamodb, head=head: d.delete_item(**head)), function


def test_each_function_reads_of_route53_what_it_calls(world: World, served: Zone) -> None:
    calls = {
        "get_dnssec": {"HostedZoneId": served.id},
        "get_hosted_zone": {"Id": served.id},
        "list_hosted_zones": {},
        "list_resource_record_sets": {"HostedZoneId": served.id},
    }
    records = {"get_dnssec", "list_hosted_zones", "list_resource_record_sets"}
    may = {name: records for name in FUNCTIONS} | {
        "announce": set(),
        COLLECTOR: set(),
        "pass_on_orders": set(),
        "refresh_aliases": {"get_hosted_zone"},
        "watch_mesh": set(),
    }
    for function in world.client("lambda").list_functions()["Functions"]:
        name = function["Handler"].split(".")[1]
        route53 = under(world, function["Role"])("route53")
        allowed = {
            call
            for call, parameters in calls.items()
            if not is_denied(lambda r=route53, c=call, p=parameters: getattr(r, c)(**p))
        }
        assert allowed == may[name], name

"""Who reads the table's stream, the outbox: heads that moved, and orders."""

from collections.abc import Mapping, Sequence
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_lambda_event_sources as event_sources

from stacks.constructs.functions import Function
from stacks.constructs.queues import DeadLetterQueue
from stacks.constructs.table import READ, WRITE
from stacks.parts import MEMBERS, MESH, ZONES, Parts
from zonemesh import deployment

ANNOUNCE_TIMEOUT = cdk.Duration.seconds(30)
ANNOUNCE_MEMORY = 512  # it reads the mesh definition, most of a second of this for 500 zones
BATCH = 10
TRIES = 10
ANNOUNCED_WITHIN = cdk.Duration.hours(1)  # later the sweep has rung long ago

ORDERS_TIMEOUT = cdk.Duration.minutes(1)  # an order names up to a hundred zones to be listed
ORDERS_MEMORY = 512
ORDERS_BATCH = 5
# Hubs carry out nothing that is older, and nobody waits for it.
PASSED_ON_WITHIN = cdk.Duration.minutes(10)


def build_announce(parts: Parts) -> None:
    """Build what rings hubs when a head has moved."""
    announce = parts.function(
        "Announce",
        "announce",
        "rings the hubs when a head has moved",
        timeout=ANNOUNCE_TIMEOUT,
        memory_mb=ANNOUNCE_MEMORY,
    )
    parts.allow(announce.role, READ, [ZONES, MEMBERS, MESH])
    parts.allow(announce.role, WRITE, [ZONES])
    parts.topic.grant_publish(announce.role)
    undelivered = DeadLetterQueue(
        parts.stack,
        "Unannounced",
        of="moved heads that were not announced",
        key=parts.key,
        alarms=parts.alarms,
    )
    moved_heads = _filter(_keys({"prefix": deployment.ZONE_PREFIX}, deployment.HEAD), "MODIFY")
    _read_stream(parts, announce, undelivered, [moved_heads], BATCH, ANNOUNCED_WITHIN)


def build_pass_on_orders(parts: Parts, sweep: lambda_.Function) -> None:
    """Build what passes orders on: to hubs, to the listings and to the sweep."""
    pass_on = parts.function(
        "PassOnOrders",
        "pass_on_orders",
        "passes orders on to who carries them out",
        timeout=ORDERS_TIMEOUT,
        memory_mb=ORDERS_MEMORY,
    )
    parts.allow(pass_on.role, READ, [MEMBERS, MESH])
    # An update notes that an order was passed on; it cannot place one without being seen.
    parts.allow(pass_on.role, ["dynamodb:UpdateItem"], [deployment.ORDERS_PARTITION])
    parts.topic.grant_publish(pass_on.role)
    parts.listings.grant_send_messages(pass_on.role)
    pass_on.function.add_environment(deployment.SWEEP_FUNCTION, sweep.function_name)
    pass_on.role.add_to_policy(
        iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=[sweep.function_arn])
    )
    undelivered = DeadLetterQueue(
        parts.stack,
        "OrdersNotPassedOn",
        of="orders, and new versions of the mesh, that were not passed on",
        key=parts.key,
        alarms=parts.alarms,
    )
    _read_stream(parts, pass_on, undelivered, _orders(), ORDERS_BATCH, PASSED_ON_WITHIN)


def _read_stream(
    parts: Parts,
    function: Function,
    undelivered: DeadLetterQueue,
    filters: Sequence[Mapping[str, Any]],
    batch: int,
    within: cdk.Duration,
) -> None:
    """Give a function some of the table's changes; two readers are the most that a shard has.

    docs.aws.amazon.com/amazondynamodb/latest/developerguide/Streams.html
    """
    function.function.add_event_source(
        event_sources.DynamoEventSource(
            parts.table.resource,
            # LATEST would lose what changes while the mapping comes up.
            starting_position=lambda_.StartingPosition.TRIM_HORIZON,
            batch_size=batch,
            bisect_batch_on_error=True,
            report_batch_item_failures=True,
            retry_attempts=TRIES,
            max_record_age=within,
            on_failure=event_sources.SqsDlq(undelivered),
            filters=list(filters),
        )
    )


def _orders() -> list[Mapping[str, Any]]:
    """Orders when they come, never what is noted of them; the mesh's head whenever it changes."""
    partition, to_hubs = deployment.ORDERS_PARTITION, f"{deployment.ORDERS_PARTITION}#"
    return [
        _filter(_keys({"prefix": to_hubs}, {"prefix": deployment.ORDER_SORT})),
        _filter(_keys(partition, {"prefix": deployment.SYNC_SORT})),
        _filter(_keys(deployment.MESH_PARTITION, deployment.HEAD), "MODIFY"),
    ]


def _keys(partition: Any, sort: Any) -> dict[str, Any]:
    return {deployment.PARTITION_KEY: {"S": [partition]}, deployment.SORT_KEY: {"S": [sort]}}


def _filter(keys: Mapping[str, Any], *besides: str) -> Mapping[str, Any]:
    """Only items with such keys, when they come, or when something else happens to them."""
    pattern = {"eventName": ["INSERT", *besides], "dynamodb": {"Keys": keys}}
    return lambda_.FilterCriteria.filter(pattern)

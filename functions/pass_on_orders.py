"""The table's stream → the bell and the listings queue: orders, and new versions of the mesh."""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.ports import control, logger, metrics, ports
from zonemesh.control import Control
from zonemesh.deployment import (
    HEAD,
    MESH_PARTITION,
    ORDER_SORT,
    ORDERS_PARTITION,
    PARTITION_KEY,
    SORT_KEY,
    SYNC_SORT,
)
from zonemesh.errors import InvalidMesh, UnreadableOrder
from zonemesh.orders.order import ZoneOrder
from zonemesh.orders.pass_on import HubOrderPlaced, MeshVersionApplied, PutIn, pass_on


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Pass on what a stream batch holds; an error has the stream deliver it again."""
    put_in = [found for record in event["Records"] if (found := _put_in(record["dynamodb"]))]
    metrics.add_metric("Orders", MetricUnit.Count, len(put_in))
    lists = any(isinstance(each, ZoneOrder) and each.zones for each in put_in)
    for line in pass_on(put_in, ports, _control() if lists else None):
        logger.warning("not passed on", problem=line)
    for each in put_in:
        logger.info("passed on", what=repr(each))


def _put_in(change: dict[str, Any]) -> PutIn | None:
    """Read what was put in; None for anything else, which is logged where it should be an order."""
    partition, sort = (change["Keys"][key]["S"] for key in (PARTITION_KEY, SORT_KEY))
    image = change.get("NewImage", {})
    if (partition, sort) == (MESH_PARTITION, HEAD) and "version" in image:
        return MeshVersionApplied(int(image["version"]["N"]))
    if partition.startswith(f"{ORDERS_PARTITION}#") and sort.startswith(ORDER_SORT):
        hub = partition.removeprefix(f"{ORDERS_PARTITION}#")
        return HubOrderPlaced(hub, sort.removeprefix(ORDER_SORT))
    if partition == ORDERS_PARTITION and sort.startswith(SYNC_SORT):
        return _zone_order(image)
    return None


def _zone_order(image: dict[str, Any]) -> ZoneOrder | None:
    try:
        return ZoneOrder.from_json(image["text"]["S"])
    except (UnreadableOrder, KeyError) as problem:
        logger.error("unreadable order", problem=str(problem))
        return None


def _control() -> Control | None:
    try:
        return control()
    except InvalidMesh as problem:
        logger.error("no zone is listed", problem=str(problem))
        return None

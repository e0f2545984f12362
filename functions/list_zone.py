"""Listings queue → a zone listed whole, what differs recorded, the zone verified."""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.batch import Message, Response, failures, hand_back, messages
from functions.ports import control, logger, metrics, ports
from zonemesh.errors import UnreadableEvent, ZonemeshError
from zonemesh.list_whole import list_whole
from zonemesh.ports import ListingOrder
from zonemesh.secondaries import served_serials


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Response:
    """Carry out orders to list a zone; the queue gives them one at a time for an integration."""
    return failures({m.id for m in messages(event) if not _carried_out(m)})


def _carried_out(message: Message) -> bool:
    try:
        order = ListingOrder.from_json(message.body)
        mesh = control()
        listed = list_whole(mesh, order, lambda member: served_serials(mesh.mesh, member))
    except UnreadableEvent as problem:
        logger.error("unreadable order", message_id=message.id, problem=str(problem))
        return False
    except ZonemeshError as problem:
        logger.exception("not listed", order=message.body, problem=str(problem))
        hand_back([message], ports.listings.hand_back)
        return False
    metrics.add_metric("MissedChanges", MetricUnit.Count, int(listed.missed))
    if listed.recorded:
        serial, changed = listed.recorded.snapshot.serial, listed.recorded.changed
        logger.info("listed", zone=order.zone, serial=serial, changed=changed, missed=listed.missed)
    return True

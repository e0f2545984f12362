"""Listings queue → a zone listed whole, what differs recorded, the zone verified."""

from collections.abc import Callable
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.batch import Message, Response, failures, hand_back, messages
from functions.ports import control, logger, metrics, ports
from functions.recorded import tell_recorded
from zonemesh.errors import UnreadableEvent
from zonemesh.list_whole import Listed, list_whole
from zonemesh.ports import ListingOrder
from zonemesh.secondaries import served_serials

# Of the function's time, for building and storing what was listed. A longer listing goes on later.
ENOUGH_MS = 300_000
LONGEST_WAIT = 120  # seconds; all of an account's listings wait behind a message


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Response:
    """Carry out orders to list a zone; the queue gives them one at a time for an integration."""
    waiting = messages(event)
    failed = [
        message
        for message in waiting
        if not _carried_out(message, lambda: context.get_remaining_time_in_millis() > ENOUGH_MS)
    ]
    metrics.add_metric("NotListed", MetricUnit.Count, len(failed))
    for problem in hand_back(failed, ports.listings.hand_back, LONGEST_WAIT):
        logger.warning("comes again later", problem=problem)
    return failures([message.id for message in failed])


def _carried_out(message: Message, in_time: Callable[[], bool]) -> bool:
    try:
        order = ListingOrder.from_json(message.body)
        mesh = control()
        listed = list_whole(mesh, order, lambda m: served_serials(mesh.mesh, m), in_time)
    except UnreadableEvent as problem:
        logger.error("unreadable order", message_id=message.id, problem=str(problem))
        return False
    except Exception as problem:  # whatever it is, other zones wait behind this message
        logger.exception("not listed", order=message.body, problem=str(problem))
        return False
    _tell(order, listed)
    return True


def _tell(order: ListingOrder, listed: Listed) -> None:
    metrics.add_metric("MissedChanges", MetricUnit.Count, int(listed.missed))
    metrics.add_metric("SigningUnknown", MetricUnit.Count, len(listed.problems))
    for problem in listed.problems:
        logger.warning("not told", zone=order.zone, problem=problem)
    if listed.recorded:
        logger.info("listed", zone=order.zone, missed=listed.missed)
        tell_recorded(order.zone, listed.recorded)
    elif listed.ordered:
        logger.info("listed in part", zone=order.zone, part=order.part)

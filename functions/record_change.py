"""Changes queue → the names that changed read again at the source and recorded."""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.batch import Message, Response, failures, hand_back, messages, read_change
from functions.ports import control, logger, metrics, now, ports
from zonemesh.errors import SourceThrottled, TooManyRetries, UnreadableEvent, ZonemeshError
from zonemesh.observe import Observed, by_hosted_zone, observe
from zonemesh.route53.events import ChangeEvent


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Response:
    """Record the zones that a batch of change events names, in one pass a zone."""
    changes: list[tuple[Message, ChangeEvent]] = []
    failed: set[str] = set()
    for message in messages(event):
        try:
            if change := read_change(message):
                changes.append((message, change))
                age = max(now() - change.change.time, 0)
                metrics.add_metric("EventReceiptDelay", MetricUnit.Seconds, age)
        except UnreadableEvent as problem:
            logger.error("unreadable change event", message_id=message.id, problem=str(problem))
            failed.add(message.id)
    return failures(failed | _record_each(changes))


def _record_each(changes: list[tuple[Message, ChangeEvent]]) -> set[str]:
    """Record zone by zone; give the ids of all messages of the zones that failed."""
    failed: set[str] = set()
    groups = by_hosted_zone(change for _, change in changes)
    mesh = control() if groups else None
    for hosted_zone, group in groups.items():
        concerned = [message for message, change in changes if change in group]
        try:
            assert mesh is not None
            for outcome in observe(mesh, hosted_zone, group):
                _tell(outcome)
        except (SourceThrottled, TooManyRetries) as problem:
            logger.warning("handed back", hosted_zone=hosted_zone, problem=str(problem))
            metrics.add_metric("HandedBack", MetricUnit.Count, len(concerned))
            hand_back(concerned, ports.changes.hand_back)
            failed |= {message.id for message in concerned}
        except ZonemeshError as problem:
            logger.exception("not recorded", hosted_zone=hosted_zone, problem=str(problem))
            failed |= {message.id for message in concerned}
    return failed


def _tell(outcome: Observed) -> None:
    if outcome.ordered:
        logger.info("listing ordered", zone=outcome.zone)
    elif outcome.recorded:
        snapshot, changed = outcome.recorded.snapshot, outcome.recorded.changed
        logger.info("recorded", zone=outcome.zone, serial=snapshot.serial, changed=changed)
        metrics.add_metric("Recorded", MetricUnit.Count, int(changed))

"""Changes queue → the names that changed read again at the source and recorded."""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.batch import Message, Response, failures, hand_back, messages, read_change
from functions.ports import control, logger, metrics, now, ports
from functions.recorded import tell_recorded
from zonemesh.control import Control
from zonemesh.errors import SourceThrottled, StoreUnavailable, TooManyRetries, UnreadableEvent
from zonemesh.observe import Observed, Pass, observe, passes
from zonemesh.route53.events import ChangeEvent

# Of the function's time, for one zone: fifty calls of Route 53, questions that nobody answers, and
# a recording. Without it the zone's messages wait.
ENOUGH_MS = 15_000

Changes = list[tuple[Message, ChangeEvent]]


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Response:
    """Record the zones that a batch of change events names, in one pass a zone."""
    changes: Changes = []
    unreadable: set[str] = set()
    for message in messages(event):
        try:
            if change := read_change(message):
                changes.append((message, change))
                age = max(now() - change.change.time, 0)
                metrics.add_metric("EventReceiptDelay", MetricUnit.Seconds, age)
        except UnreadableEvent as problem:
            logger.error("unreadable change event", message_id=message.id, problem=str(problem))
            unreadable.add(message.id)
    metrics.add_metric("UnreadableEvents", MetricUnit.Count, len(unreadable))
    return failures(unreadable | _record(changes, context))


def _record(changes: Changes, context: LambdaContext) -> set[str]:
    """Record pass by pass; give the ids of all messages of the passes that failed."""
    if not changes:
        return set()
    mesh, failed = control(), set()
    for work in passes(change for _, change in changes):
        concerned = [message for message, change in changes if change in work.events]
        if context.get_remaining_time_in_millis() < ENOUGH_MS:
            _hand_back(work, concerned, "no time left")
            failed |= {message.id for message in concerned}
        elif not _settled(mesh, work, concerned):
            failed |= {message.id for message in concerned}
    return failed


def _settled(mesh: Control, work: Pass, concerned: list[Message]) -> bool:
    try:
        outcomes = observe(mesh, work)
        for outcome in outcomes:
            _tell(outcome)
        _tell_own(work, outcomes)
    except (SourceThrottled, StoreUnavailable, TooManyRetries) as problem:
        _hand_back(work, concerned, str(problem))
        return False
    except Exception as problem:  # whatever it is, the messages of other zones are not to suffer
        logger.exception("not recorded", hosted_zone=work.hosted_zone, problem=str(problem))
        metrics.add_metric("NotRecorded", MetricUnit.Count, len(concerned))
        return False
    return True


def _hand_back(work: Pass, concerned: list[Message], why: str) -> None:
    logger.warning("handed back", hosted_zone=work.hosted_zone, problem=why)
    metrics.add_metric("HandedBack", MetricUnit.Count, len(concerned))
    for problem in hand_back(concerned, ports.changes.hand_back):
        logger.warning("comes again later", problem=problem)


def _tell_own(work: Pass, outcomes: list[Observed]) -> None:
    """Tell of a hub's own writes: they end here, unless a target is a source with other content."""
    if not work.published:
        return
    metrics.add_metric("OwnWrites", MetricUnit.Count, len(work.events))
    changed = [each.zone for each in outcomes if each.recorded and each.recorded.changed]
    if changed:
        where = work.hosted_zone
        logger.warning(
            "a target is a source", zones=changed, wrote=work.published, hosted_zone=where
        )
    else:
        logger.info("own write", wrote=work.published, hosted_zone=work.hosted_zone)


def _tell(outcome: Observed) -> None:
    if outcome.ordered:
        logger.info("listing ordered", zone=outcome.zone)
    elif outcome.recorded:
        tell_recorded(outcome.zone, outcome.recorded)

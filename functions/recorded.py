"""What every function that records says of it: a log line and its metrics."""

from aws_lambda_powertools.metrics import MetricUnit

from functions.ports import logger, metrics
from zonemesh.record import Recorded


def tell_recorded(zone: str, recorded: Recorded) -> None:
    """Tell what came of a zone; one whose content its policy refuses is served on as it was."""
    snapshot = recorded.snapshot
    if recorded.held:
        logger.warning("held: the policy refuses records", zone=zone, refused=snapshot.refused)
    else:
        losses, changed = dict(snapshot.losses), recorded.changed
        logger.info("recorded", zone=zone, serial=snapshot.serial, changed=changed, losses=losses)
    metrics.add_metric("Recorded", MetricUnit.Count, int(recorded.changed and not recorded.held))
    metrics.add_metric("Held", MetricUnit.Count, int(recorded.held))

"""Schedule → the nets that catch what no event told."""

import os
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.ports import control, logger, metrics
from zonemesh.deployment import SWEEP_EVERY
from zonemesh.sweep import Swept, sweep


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Draw in all nets once."""
    swept = sweep(control(), int(os.environ[SWEEP_EVERY]))
    _tell(swept)


def _tell(swept: Swept) -> None:
    for problem in swept.problems:
        logger.warning("not looked at", problem=problem)
    logger.info("swept", zones=swept.zones, missed=swept.missed, rung=swept.rung)
    metrics.add_metric("Zones", MetricUnit.Count, swept.zones)
    metrics.add_metric("MissedChanges", MetricUnit.Count, len(swept.missed))
    metrics.add_metric("SweepProblems", MetricUnit.Count, len(swept.problems))
    metrics.add_metric("RungAgain", MetricUnit.Count, len(swept.rung))
    metrics.add_metric("NeverVerified", MetricUnit.Count, swept.never_verified)
    if swept.oldest_verified is not None:
        metrics.add_metric("OldestVerified", MetricUnit.Seconds, swept.oldest_verified)

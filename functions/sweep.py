"""Schedule → the nets that catch what no event told."""

import os
from typing import Any

from aws_lambda_powertools.metrics import MetricUnit, single_metric
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.kept_catalog import keep
from functions.ports import control, logger, metrics
from zonemesh.deployment import METRICS_NAMESPACE, SWEEP_EVERY
from zonemesh.fidelity import Kind
from zonemesh.sweep import Swept, sweep


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Draw in all nets once."""
    swept = sweep(control(), int(os.environ[SWEEP_EVERY]))
    _tell(swept)
    keep(listed_all=swept.listed_all)


def _tell(swept: Swept) -> None:
    for problem in swept.problems:
        logger.warning("not looked at", problem=problem)
    logger.info("swept", zones=swept.zones, missed=swept.missed, rung=swept.rung)
    if swept.gone:
        logger.warning("gone: served on, though their hosted zones are not there", zones=swept.gone)
    if swept.held:
        logger.warning("held: a change waits for somebody", zones=swept.held)
    for problem in swept.failing:
        logger.warning("a hub serves an older zone", problem=problem)
    if swept.behind:
        logger.error("hubs serve newer serials than the table knows", zones=swept.behind)
    if swept.signed:
        logger.warning("served unsigned: their source signs them", zones=swept.signed)
    if swept.withdrawn:
        logger.error("not served: signed, with a DS at the parent", zones=swept.withdrawn)
    metrics.add_metric("Zones", MetricUnit.Count, swept.zones)
    metrics.add_metric("MissedChanges", MetricUnit.Count, len(swept.missed))
    metrics.add_metric("SweepProblems", MetricUnit.Count, len(swept.problems))
    metrics.add_metric("RungAgain", MetricUnit.Count, len(swept.rung))
    metrics.add_metric("NeverVerified", MetricUnit.Count, swept.never_verified)
    metrics.add_metric("HeldZones", MetricUnit.Count, len(swept.held))
    metrics.add_metric("GoneZones", MetricUnit.Count, len(swept.gone))
    metrics.add_metric("ZonesFailingOnHubs", MetricUnit.Count, len(swept.failing))
    metrics.add_metric("ZonesBehindHubs", MetricUnit.Count, len(swept.behind))
    metrics.add_metric("SignedZones", MetricUnit.Count, len(swept.signed))
    metrics.add_metric("WithdrawnZones", MetricUnit.Count, len(swept.withdrawn))
    for kind in Kind:
        with single_metric(
            "FidelityLosses", MetricUnit.Count, swept.losses[kind], namespace=METRICS_NAMESPACE
        ) as metric:
            metric.add_dimension("kind", kind)
    if swept.oldest_verified is not None:
        metrics.add_metric("OldestVerified", MetricUnit.Seconds, swept.oldest_verified)

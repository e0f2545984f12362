"""Schedule → old snapshots dropped, and what nothing is made of any more."""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.ports import control, logger, metrics, ports
from zonemesh.collect import Collected, collect

# Of the function's time, left over for a zone that was begun: its pages, a thousand deletes.
ENOUGH = 180.0  # seconds


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Collect once a day: most runs find nothing to begin and nothing to go on with."""

    def left() -> float:
        return context.get_remaining_time_in_millis() / 1000 - ENOUGH

    _tell(collect(control(), ports.storeroom, left))


def _tell(collected: Collected) -> None:
    for problem in collected.problems:
        logger.error("nothing is dropped of a zone that cannot be read", problem=problem)
    logger.info(
        "collected",
        zones=collected.zones,
        snapshots=collected.snapshots,
        nodes=collected.nodes,
        ended=collected.ended,
    )
    metrics.add_metric("GarbageSnapshots", MetricUnit.Count, collected.snapshots)
    metrics.add_metric("GarbageNodes", MetricUnit.Count, collected.nodes)
    metrics.add_metric("GarbageProblems", MetricUnit.Count, len(collected.problems))
    metrics.add_metric("GarbageUncleanFor", MetricUnit.Seconds, collected.unclean_for)
    if collected.zones:
        metrics.add_metric("KeptSnapshots", MetricUnit.Count, collected.kept)

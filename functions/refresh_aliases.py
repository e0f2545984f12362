"""Schedule → what aliases resolve to asked again, and recorded where it has changed.

The catalog zone is kept up to date as well: it is the schedule that comes soonest.
"""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.kept_catalog import keep
from functions.ports import control, logger, metrics, ports
from functions.recorded import tell_recorded
from zonemesh.refresh_aliases import Refreshed, refresh

# Of the function's time, left over for the zones that were begun: two rounds of questions that
# nobody answers, and a large zone's recording.
ENOUGH_MS = 20_000


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Keep the catalog; ask for all zones, or as many as there is time for."""
    keep()

    def in_time() -> bool:
        return context.get_remaining_time_in_millis() > ENOUGH_MS

    _tell(refresh(control(), ports.answers, in_time))


def _tell(refreshed: Refreshed) -> None:
    for problem in refreshed.problems:
        logger.warning("not refreshed", problem=problem)
    for recorded in refreshed.held:
        tell_recorded(recorded.snapshot.zone, recorded)
    logger.info("refreshed", zones=refreshed.zones, changed=refreshed.changed)
    metrics.add_metric("AliasQuestions", MetricUnit.Count, refreshed.questions)
    metrics.add_metric("AliasAnswersFailing", MetricUnit.Count, refreshed.failing)
    metrics.add_metric("OldestFailingAnswer", MetricUnit.Seconds, refreshed.oldest_failing)
    metrics.add_metric("AliasChanges", MetricUnit.Count, len(refreshed.changed))
    metrics.add_metric("AliasZonesUnreached", MetricUnit.Count, refreshed.unreached)
    metrics.add_metric("AliasZonesFailing", MetricUnit.Count, refreshed.broken)

"""Schedule → what is amiss in the mesh told once, and once more when it has ended."""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit, single_metric
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.ports import control, logger, metrics, now, ports
from zonemesh.deployment import METRICS_NAMESPACE
from zonemesh.watch.kinds import AlertKind
from zonemesh.watch.looks import Looked, look
from zonemesh.watch.run import Watched, watch

# Of the function's time, left over for the looks at zones that were begun: name servers that are
# silent over UDP and TCP, and a resolver that is.
ENOUGH_MS = 45_000


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Tell first, which nothing is to delay; then look who would survive their sources."""

    def in_time() -> bool:
        return context.get_remaining_time_in_millis() > ENOUGH_MS

    mesh = control().mesh
    _tell(watch(ports, mesh, now()))
    _tell_looked(look(ports, mesh, ports.dns(mesh), now, in_time))


def _tell(watched: Watched) -> None:
    told = watched.told
    for alert in told.begun:
        logger.warning("alert", kind=alert.kind, subject=alert.subject, why=alert.text)
    for alert in told.ended:
        logger.info("resolved", kind=alert.kind, subject=alert.subject)
    for problem in told.problems:
        logger.error("nobody was told, and is next time", problem=problem)
    for alert in told.unsure:
        logger.error("maybe nobody was told", kind=alert.kind, subject=alert.subject)
    metrics.add_metric("Watched", MetricUnit.Count, 1)
    metrics.add_metric("AlertsLost", MetricUnit.Count, len(told.problems) + len(told.unsure))
    metrics.add_metric("HeldZones", MetricUnit.Count, watched.held)
    metrics.add_metric("OfflineHubs", MetricUnit.Count, watched.offline_hubs)
    metrics.add_metric("FailingTargets", MetricUnit.Count, watched.failing_targets)
    metrics.add_metric("SecondariesBehind", MetricUnit.Count, watched.secondaries_behind)
    metrics.add_metric("SlowestPropagation", MetricUnit.Seconds, watched.slowest)
    for kind in AlertKind:
        with single_metric(
            "OpenAlerts", MetricUnit.Count, watched.open[kind], namespace=METRICS_NAMESPACE
        ) as metric:
            metric.add_dimension("kind", kind)


def _tell_looked(looked: Looked) -> None:
    for problem in looked.problems:
        logger.warning("not looked at", problem=problem)
    for zone, found in looked.found.items():
        logger.info("readiness", zone=zone, readiness=found.readiness, why=found.reasons)
    metrics.add_metric("ReadinessLooks", MetricUnit.Count, len(looked.found))

"""What every function that records says of it: a log line and its metrics."""

from aws_lambda_powertools.metrics import MetricUnit

from functions.ports import control, logger, metrics, now, ports
from zonemesh.errors import ZonemeshError
from zonemesh.record import Recorded
from zonemesh.snapshot import Snapshot
from zonemesh.watch.findings import held_finding, refusals
from zonemesh.watch.telling import Teller


def tell_recorded(zone: str, recorded: Recorded) -> None:
    """Tell what came of a zone; one whose content its policy refuses is served on as it was."""
    snapshot = recorded.snapshot
    if recorded.repaired:
        logger.error("repaired", zone=zone, serial=snapshot.serial, damage=recorded.repaired)
    metrics.add_metric("Repaired", MetricUnit.Count, int(bool(recorded.repaired)))
    if recorded.held:
        why = [*snapshot.concerns, *refusals(snapshot.refused)]
        logger.warning("held", zone=zone, serial=snapshot.serial, why=why)
        if recorded.alert:
            _alert(zone, snapshot, why)
    else:
        losses, changed = dict(snapshot.losses), recorded.changed
        logger.info("recorded", zone=zone, serial=snapshot.serial, changed=changed, losses=losses)
    metrics.add_metric("Recorded", MetricUnit.Count, int(recorded.changed and not recorded.held))
    metrics.add_metric("Held", MetricUnit.Count, int(recorded.held))


def _alert(zone: str, snapshot: Snapshot, why: list[str]) -> None:
    """Tell at once, where it was not; that nobody could be told is made up for by the watch."""
    finding = held_finding(zone, snapshot.serial, snapshot.parent, why)
    try:
        runbook = control().mesh.alerts.runbook
        told = Teller(ports.alert_log, ports.alerts, runbook, now()).tell_at_once(finding)
        problems = told.problems
    except ZonemeshError as problem:
        problems = [str(problem)]
    for text in problems:
        logger.error("nobody was told of what is held", zone=zone, problem=text)
    metrics.add_metric("AlertsLost", MetricUnit.Count, len(problems))

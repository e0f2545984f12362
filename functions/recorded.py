"""What every function that records says of it: a log line and its metrics."""

from aws_lambda_powertools.metrics import MetricUnit

from functions.ports import logger, metrics, ports
from zonemesh.errors import ZonemeshError
from zonemesh.record import Recorded
from zonemesh.snapshot import Snapshot


def tell_recorded(zone: str, recorded: Recorded) -> None:
    """Tell what came of a zone; one whose content its policy refuses is served on as it was."""
    snapshot = recorded.snapshot
    if recorded.repaired:
        logger.error("repaired", zone=zone, serial=snapshot.serial, damage=recorded.repaired)
    metrics.add_metric("Repaired", MetricUnit.Count, int(bool(recorded.repaired)))
    if recorded.held:
        why = [*snapshot.concerns, *_refusals(snapshot)]
        logger.warning("held", zone=zone, serial=snapshot.serial, why=why)
        if recorded.alert:
            _alert(zone, snapshot, why)
    else:
        losses, changed = dict(snapshot.losses), recorded.changed
        logger.info("recorded", zone=zone, serial=snapshot.serial, changed=changed, losses=losses)
    metrics.add_metric("Recorded", MetricUnit.Count, int(recorded.changed and not recorded.held))
    metrics.add_metric("Held", MetricUnit.Count, int(recorded.held))


def _refusals(snapshot: Snapshot) -> list[str]:
    return [f"the policy refuses {snapshot.refused} rrsets"] if snapshot.refused else []


def _alert(zone: str, snapshot: Snapshot, why: list[str]) -> None:
    """Ring once for what is held; that nobody could be told keeps nothing from being recorded."""
    name, serial = snapshot.apex, snapshot.serial
    undo = f"Undo it at the source:  zonemesh rollback {zone} {snapshot.parent}"
    text = "\n".join(
        [
            f"A change of {zone} is held as serial {serial}; hubs serve on what they serve.",
            *(f"- {reason}" for reason in why),
            "",
            f"See it:        zonemesh diff {zone} newest held",
            f"Serve it:      zonemesh approve {zone} {serial}",
            f"Leave it:      zonemesh reject {zone} {serial}",
            *([undo] if zone.startswith("route53:") else []),
        ]
    )
    try:
        ports.alerts.ring(f"zonemesh: a change of {name} is held", text)
    except ZonemeshError as problem:
        logger.error("nobody was told of what is held", zone=zone, problem=str(problem))
        metrics.add_metric("AlertsLost", MetricUnit.Count, 1)

"""The table's stream → the bell: heads that moved are announced to the hubs of their zones."""

from typing import Any

from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.ports import control, logger, metrics, now, ports
from zonemesh.announce import announce
from zonemesh.deployment import HEAD, PARTITION_KEY, SORT_KEY, ZONE_PREFIX
from zonemesh.errors import InvalidMesh
from zonemesh.mesh.definition import Mesh
from zonemesh.snapshot import Announcement, Head


@logger.inject_lambda_context
@metrics.log_metrics
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> None:
    """Announce the heads of a stream batch; an error has the stream deliver it again."""
    heads = [head for record in event["Records"] if (head := _head(record["dynamodb"]))]
    metrics.add_metric("MovedHeads", MetricUnit.Count, len(heads))
    bell = ports.ledger, ports.register, ports.announcer
    for announcement in announce(heads, *bell, _mesh()):
        logger.info("announced", zone=announcement.zone, serial=announcement.serial)
        _measure(announcement)


def _mesh() -> Mesh:
    """Read the mesh definition; without one that can be read the hubs that serve a zone hear it."""
    try:
        return control().mesh
    except InvalidMesh as problem:
        logger.warning("targets are not told of", error=str(problem))
        return Mesh()


def _head(change: dict[str, Any]) -> Head | None:
    partition, sort = (change["Keys"][key]["S"] for key in (PARTITION_KEY, SORT_KEY))
    if sort != HEAD or not partition.startswith(ZONE_PREFIX) or "NewImage" not in change:
        return None
    serial = int(change["NewImage"]["serial"]["N"])
    return Head(partition.removeprefix(ZONE_PREFIX), serial)


def _measure(announcement: Announcement) -> None:
    """Measure from the oldest change behind the snapshot to its announcement."""
    reason = ports.store.snapshot(announcement.zone, announcement.serial).reason
    if reason.found_by == "event" and reason.changes:
        delay = max(now() - min(change.time for change in reason.changes), 0)
        metrics.add_metric("EventAnnouncementDelay", MetricUnit.Seconds, delay)

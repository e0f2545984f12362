"""Who looks whether something is amiss and tells of it, and who hears when that one is silent."""

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from stacks.constructs.alarms import Alarms
from stacks.constructs.schedule import Schedule
from stacks.constructs.table import DELETE, READ, WRITE
from stacks.parts import CHUNKS, HUBS, MEMBERS, MESH, ZONES, Parts
from zonemesh.deployment import WATCH_PARTITION

WATCH_TIMEOUT = cdk.Duration.seconds(110)  # telling takes seconds; the rest is for asking DNS
WATCH_MEMORY = 1024  # it reads the mesh definition and the state of every zone
WATCH_GIVEN_UP_AFTER = cdk.Duration.minutes(1)
# The next look does the same, and the watch's silence rings by itself.
LOOKS_LOST = 5
LOOKS_LOST_WITHIN = cdk.Duration.hours(1)
TOLD_WITHIN = cdk.Duration.minutes(5)
SILENT_PERIODS = 2


def build_watch_mesh(parts: Parts) -> None:
    """Build the watch: it reads all, and writes what it has told."""
    watch = parts.function(
        "WatchMesh",
        "watch_mesh",
        "tells what is amiss",
        timeout=WATCH_TIMEOUT,
        memory_mb=WATCH_MEMORY,
    )
    parts.allow(watch.role, READ, [ZONES, CHUNKS, HUBS, MESH, MEMBERS, WATCH_PARTITION])
    parts.allow(watch.role, (*WRITE, *DELETE), [WATCH_PARTITION])
    parts.alarms.topic.grant_publish(watch.role)
    Schedule(
        parts.stack,
        "WatchSchedule",
        function=watch.function,
        what="looks of the watch",
        given_up_after=WATCH_GIVEN_UP_AFTER,
        every_minutes=parts.settings.watch_minutes,
        key=parts.key,
        alarms=parts.alarms,
        lost_most=LOOKS_LOST,
        lost_within=LOOKS_LOST_WITHIN,
    )
    _alarm_on_silence(parts.alarms, watch.function, parts.settings.watch_minutes)


def _alarm_on_silence(alarms: Alarms, watch: lambda_.Function, every_minutes: int) -> None:
    """Ring when the watch does not look, and when it could not tell anybody."""
    alarms.on_silence(
        watch,
        "watch_mesh",
        "Watched",
        "the watch does not look: nobody is told of what is amiss",
        "the-watch-is-silent",
        every=cdk.Duration.minutes(max(5, 2 * every_minutes)),
        periods=SILENT_PERIODS,
    )
    alarms.on_metric(
        watch,
        "watch_mesh",
        "AlertsLost",
        "the watch could not tell of what is amiss: see its log for what that is",
        "the-watch-is-silent",
        every=TOLD_WITHIN,
        periods=1,
    )

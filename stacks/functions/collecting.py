"""Who drops old snapshots, and what no snapshot is made of."""

import aws_cdk as cdk

from stacks.constructs.function_alarms import alarm_on_collecting
from stacks.constructs.schedule import Schedule
from stacks.constructs.table import DELETE, READ, WRITE
from stacks.parts import CHUNKS, MESH, ZONES, Parts
from zonemesh.deployment import GARBAGE_PARTITION, PARTITION_KEY, SORT_KEY, USED_AT

COLLECT_TIMEOUT = cdk.Duration.minutes(15)  # Lambda's most; the next run goes on where one ended
# A collection begins once a day; what it has no time for is for the runs in between.
COLLECT_EVERY_MINUTES = 60
COLLECT_GIVEN_UP_AFTER = cdk.Duration.minutes(30)
COLLECT_MEMORY = 1024


def build_collect_garbage(parts: Parts) -> None:
    """Build the collector."""
    collect = parts.function(
        "CollectGarbage",
        "collect_garbage",
        "drops old snapshots and what no snapshot is made of",
        timeout=COLLECT_TIMEOUT,
        memory_mb=COLLECT_MEMORY,
    )
    parts.allow(collect.role, READ, [ZONES, CHUNKS, MESH, GARBAGE_PARTITION])
    parts.allow(collect.role, WRITE, [GARBAGE_PARTITION])
    parts.allow(collect.role, DELETE, [ZONES, CHUNKS])
    parts.table.allow_looking_through(collect.role, (PARTITION_KEY, SORT_KEY, USED_AT))
    Schedule(
        parts.stack,
        "CollectSchedule",
        function=collect.function,
        what="collections of garbage",
        given_up_after=COLLECT_GIVEN_UP_AFTER,
        every_minutes=COLLECT_EVERY_MINUTES,
        key=parts.key,
        alarms=parts.alarms,
    )
    alarm_on_collecting(parts.alarms, collect.function)

"""Who looks by the clock: the sweep at everything, the refresher at what aliases resolve to."""

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from stacks.constructs.function_alarms import alarm_on_refreshing, alarm_on_sweeps
from stacks.constructs.schedule import Schedule
from stacks.constructs.sources import let_look_up_events, let_read_name_servers, let_read_tags
from stacks.constructs.table import READ, WRITE, WRITE_MANY
from stacks.parts import CHUNKS, HUBS, MEMBERS, MESH, ZONES, Parts
from zonemesh.deployment import ALIASES_PARTITION, SWEEP_PARTITION

SWEEP_TIMEOUT = cdk.Duration.minutes(5)
REFRESH_TIMEOUT = cdk.Duration.minutes(1)  # the next run goes on where one had no time

# After these a run that could not begin is left to the next one.
SWEEP_GIVEN_UP_AFTER = cdk.Duration.minutes(5)
REFRESH_GIVEN_UP_AFTER = cdk.Duration.minutes(1)
# One run of the sixty in an hour is nobody's concern; as many as these are.
REFRESHES_LOST = 5
REFRESHES_LOST_WITHIN = cdk.Duration.hours(1)

SWEEP_MEMORY = 512
REFRESH_MEMORY = 1769  # a whole processor; some 1.3 ms of it a question


def build_sweep(parts: Parts) -> lambda_.Function:
    """Build what finds what no event told of."""
    sweep = parts.function(
        "Sweep",
        "sweep",
        "finds what no event told of",
        timeout=SWEEP_TIMEOUT,
        memory_mb=SWEEP_MEMORY,
    )
    parts.let_record(sweep.role)
    let_read_tags(sweep.role, parts.mesh.integrations.values())
    parts.allow(sweep.role, (*READ, *WRITE), [SWEEP_PARTITION])
    let_look_up_events(sweep.role, parts.mesh.integrations.values())
    parts.topic.grant_publish(sweep.role)
    Schedule(
        parts.stack,
        "SweepSchedule",
        function=sweep.function,
        what="sweeps",
        given_up_after=SWEEP_GIVEN_UP_AFTER,
        every_minutes=parts.settings.sweep_minutes,
        key=parts.key,
        alarms=parts.alarms,
    )
    alarm_on_sweeps(parts.alarms, sweep.function, parts.settings.sweep_minutes)
    return sweep.function


def build_refresh_aliases(parts: Parts) -> None:
    """Build what asks what aliases resolve to."""
    # Nothing is reserved for it: two runs at once do each other no harm, and in a new account
    # of ten concurrent runs none could be.
    refresh = parts.function(
        "RefreshAliases",
        "refresh_aliases",
        "asks what aliases resolve to",
        timeout=REFRESH_TIMEOUT,
        memory_mb=REFRESH_MEMORY,
    )
    parts.readers.append(refresh.role)
    parts.let_tell(refresh.role)
    let_read_name_servers(refresh.role, parts.mesh.integrations.values())
    parts.allow(refresh.role, READ, [ZONES, CHUNKS, MESH, MEMBERS, ALIASES_PARTITION, HUBS])
    parts.allow(refresh.role, WRITE, [ZONES, CHUNKS, ALIASES_PARTITION])
    parts.allow(refresh.role, WRITE_MANY, [CHUNKS])
    Schedule(
        parts.stack,
        "RefreshSchedule",
        function=refresh.function,
        what="refreshes of aliases",
        given_up_after=REFRESH_GIVEN_UP_AFTER,
        every_minutes=parts.settings.alias_minutes,
        key=parts.key,
        alarms=parts.alarms,
        lost_most=REFRESHES_LOST,
        lost_within=REFRESHES_LOST_WITHIN,
    )
    alarm_on_refreshing(parts.alarms, refresh.function)

"""Alarms on what the functions say of themselves, where neither queue nor watch tells of it."""

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from stacks.constructs.alarms import Alarms

# Ten thousand small zones are listed within three hours at an account's default share.
NEVER_VERIFIED_FOR = cdk.Duration.hours(6)
SWEEPS = 3  # one that could not look at something proves nothing
TEN_MINUTES = cdk.Duration.minutes(10)
# Longer than most outages; after it somebody should know that old addresses are served.
ANSWERED_WITHIN = cdk.Duration.hours(24)

# A collection a day; one that fails does no harm but to the bill.
COLLECTED_WITHIN = cdk.Duration.days(3)


def alarm_on_recording(alarms: Alarms, record_change: lambda_.Function) -> None:
    """Ring at the first event that cannot be read: others will be like it."""
    alarms.on_metric(
        record_change,
        "record_change",
        "UnreadableEvents",
        "change events that cannot be read: see the log for what they are",
        "changes-are-not-recorded",
    )
    alarms.on_metric(
        record_change,
        "record_change",
        "NotRecorded",
        "changes are not recorded for most of an hour, for reasons other than throttling",
        "changes-are-not-recorded",
        every=TEN_MINUTES,
        periods=6,
    )


def alarm_on_listing(alarms: Alarms, list_zone: lambda_.Function, every_minutes: int) -> None:
    """Ring when listings go on failing, throttled ones too; sweeps order them."""
    alarms.on_metric(
        list_zone,
        "list_zone",
        "NotListed",
        "listings fail for most of an hour",
        "zones-are-not-listed",
        every=TEN_MINUTES,
        periods=6,
    )
    alarms.on_metric(
        list_zone,
        "list_zone",
        "SigningUnknown",
        "zones may be signed and nobody can tell: allow route53:GetDNSSEC, let DS be looked up",
        "zones-are-not-listed",
        every=cdk.Duration.minutes(every_minutes),
        periods=SWEEPS,
    )


def alarm_on_sweeps(alarms: Alarms, sweep: lambda_.Function, every_minutes: int) -> None:
    """Ring when sweeps cannot look, and when zones wait for their first listing."""
    every = cdk.Duration.minutes(every_minutes)
    alarms.on_metric(
        sweep,
        "sweep",
        "SweepProblems",
        f"most of {SWEEPS} sweeps could not look at everything",
        "zones-are-not-listed",
        every=every,
        periods=SWEEPS,
    )
    alarms.on_metric(
        sweep,
        "sweep",
        "NeverVerified",
        f"zones wait for their first listing for most of {NEVER_VERIFIED_FOR.to_human_string()}",
        "zones-are-not-listed",
        every=every,
        periods=max(SWEEPS, int(NEVER_VERIFIED_FOR.to_minutes()) // every_minutes),
        statistic="min",
    )


def alarm_on_refreshing(alarms: Alarms, refresh_aliases: lambda_.Function) -> None:
    """Ring when aliases go on without an answer, and when answers are not recorded."""
    alarms.on_metric(
        refresh_aliases,
        "refresh_aliases",
        "OldestFailingAnswer",
        "an alias is served with what it resolved to "
        f"{ANSWERED_WITHIN.to_human_string()} ago and more: see the log for why nobody answers",
        "aliases-have-no-answer",
        threshold=ANSWERED_WITHIN.to_seconds(),
        every=TEN_MINUTES,
        periods=3,
        statistic="max",
    )
    alarms.on_metric(
        refresh_aliases,
        "refresh_aliases",
        "AliasZonesFailing",
        "zones' aliases are not refreshed for most of an hour",
        "aliases-have-no-answer",
        every=TEN_MINUTES,
        periods=6,
    )


def alarm_on_collecting(alarms: Alarms, collect_garbage: lambda_.Function) -> None:
    """Ring when old snapshots and unused chunks stay, in some zone or in all of them."""
    alarms.on_metric(
        collect_garbage,
        "collect_garbage",
        "GarbageUncleanFor",
        "old snapshots and unused chunks are not all collected for "
        f"{COLLECTED_WITHIN.to_human_string()}: see the log for the zones that cannot be read",
        "old-snapshots-are-not-collected",
        threshold=COLLECTED_WITHIN.to_seconds(),
        every=cdk.Duration.hours(1),
        periods=3,
        statistic="max",
    )

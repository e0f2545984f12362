"""Alarms on what the functions say of themselves, where no queue tells of it."""

import aws_cdk as cdk
from aws_cdk import aws_lambda as lambda_

from stacks.constructs.alarms import Alarms

# Ten thousand small zones are listed within three hours at an account's default share.
NEVER_VERIFIED_FOR = cdk.Duration.hours(6)
# A thousand zones of ten thousand names take ten hours.
VERIFIED_WITHIN = cdk.Duration.hours(24)
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
    )
    alarms.on_metric(
        record_change,
        "record_change",
        "NotRecorded",
        "changes are not recorded for most of an hour, for reasons other than throttling",
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
        every=TEN_MINUTES,
        periods=6,
    )
    alarms.on_metric(
        list_zone,
        "list_zone",
        "SigningUnknown",
        "zones may be signed and nobody can tell: allow route53:GetDNSSEC, let DS be looked up",
        every=cdk.Duration.minutes(every_minutes),
        periods=SWEEPS,
    )


def alarm_on_signing(alarms: Alarms, sweep: lambda_.Function, every_minutes: int) -> None:
    """Ring once when a zone is found signed, and when one is withdrawn for it."""
    for name, what in (
        ("SignedZones", "zones are signed at Route 53 and served unsigned: publish no DS for them"),
        ("WithdrawnZones", "zones are served by no hub: signed, with a DS at their parent"),
    ):
        every = cdk.Duration.minutes(every_minutes)
        # One is enough, and it stays while a period has two sweeps and the next one none.
        alarms.on_metric(
            sweep, "sweep", name, what, every=every, periods=SWEEPS, statistic="max", reached=1
        )


def alarm_on_sweeps(alarms: Alarms, sweep: lambda_.Function, every_minutes: int) -> None:
    """Ring when sweeps cannot look, and when zones are not compared with their source."""
    every = cdk.Duration.minutes(every_minutes)
    alarms.on_metric(
        sweep,
        "sweep",
        "SweepProblems",
        f"most of {SWEEPS} sweeps could not look at everything",
        every=every,
        periods=SWEEPS,
    )
    for name, what in (
        ("HeldZones", "zones are served as they were: a change of them waits for somebody"),
        (
            "ZonesFailingOnHubs",
            f"hubs could not serve zones as they are now, for most of {SWEEPS} sweeps",
        ),
        ("GoneZones", "zones are served on although their hosted zones are not there any more"),
    ):
        alarms.on_metric(sweep, "sweep", name, what, every=every, periods=SWEEPS, statistic="max")
    alarms.on_metric(
        sweep,
        "sweep",
        "NeverVerified",
        f"zones wait for their first listing for most of {NEVER_VERIFIED_FOR.to_human_string()}",
        every=every,
        periods=max(SWEEPS, int(NEVER_VERIFIED_FOR.to_minutes()) // every_minutes),
        statistic="min",
    )
    alarms.on_metric(
        sweep,
        "sweep",
        "OldestVerified",
        f"a zone was not compared with its source for {VERIFIED_WITHIN.to_human_string()}",
        threshold=VERIFIED_WITHIN.to_seconds(),
        every=every,
        periods=SWEEPS,
        statistic="max",
    )


def alarm_on_refreshing(alarms: Alarms, refresh_aliases: lambda_.Function) -> None:
    """Ring when aliases go on without an answer, and when answers are not recorded."""
    alarms.on_metric(
        refresh_aliases,
        "refresh_aliases",
        "OldestFailingAnswer",
        "an alias is served with what it resolved to "
        f"{ANSWERED_WITHIN.to_human_string()} ago and more: see the log for why nobody answers",
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
        threshold=COLLECTED_WITHIN.to_seconds(),
        every=cdk.Duration.hours(1),
        periods=3,
        statistic="max",
    )

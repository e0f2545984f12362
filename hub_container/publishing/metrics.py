"""Targets as Prometheus metrics."""

from collections.abc import Iterator

from prometheus_client.core import Metric

from hub_container.families import Gauge
from hub_container.publishing.states import At, States


def target_metrics(states: States) -> Iterator[Metric]:
    """Give how many zones are in which state at each target, and each zone's figures there."""
    zones = Gauge("target_zones", "Zones of a target by their state there", ["target", "state"])
    for target, said in states.summary().items():
        for state in At:
            zones.put([target, state], said[state])
    yield zones
    labels = ["zone", "target"]
    serial = Gauge("target_serial", "Serial that was published last", labels)
    failures = Gauge("target_failures", "Failures in a row", labels)
    failing = Gauge("target_failing_since_timestamp_seconds", "When they began", labels)
    at = Gauge("target_published_timestamp_seconds", "When it was published", labels)
    took = Gauge("target_publish_seconds", "From ring to published", labels)
    insync = Gauge("target_insync_seconds", "Until all name servers had it", labels)
    for pair, there in states.all():
        names = [pair.zone, pair.target]
        serial.put(names, there.serial)
        failures.put(names, there.failures)
        failing.put(names, there.failing_since)
        at.put(names, there.published_at)
        took.put(names, there.seconds)
        insync.put(names, (there.wrote or {}).get("insync"))
    yield from (serial, failures, failing, at, took, insync)

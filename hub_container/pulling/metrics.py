"""Pulled zones as Prometheus metrics."""

from collections import Counter
from collections.abc import Iterator

from prometheus_client.core import Metric

from hub_container.families import Gauge, counter, gauge
from hub_container.nsd import Nsd
from hub_container.pulling.judgement import State
from hub_container.pulling.status import PullBoard


def pulled_metrics(board: PullBoard, nsd: Nsd) -> Iterator[Metric]:
    """Give how the pulling NSD is, how many zones are in which state, and each zone's figures."""
    yield gauge("pull_nsd_up", "1 where the NSD that pulls answers", nsd.state == "running")
    yield counter("pull_nsd_starts", "Times that it was started", nsd.starts)
    found = board.zones()
    counts = Counter(zone.state for zone in found)
    states = Gauge("pulled_zones", "Zones that the hub pulls, by their state", ["state"])
    for state in State:
        states.put([state], counts[state])
    yield states
    labels = ["zone", "apex"]
    serial = Gauge("pulled_zone_serial", "Serial of the primary that was transferred", labels)
    confirmed = Gauge(
        "pulled_zone_confirmed_timestamp_seconds", "When a primary last answered it", labels
    )
    recorded = Gauge("pulled_zone_recorded_timestamp_seconds", "When it was recorded", labels)
    held = Gauge("pulled_zone_held", "1 where what was recorded waits for somebody", labels)
    error = Gauge("pulled_zone_error", "1 where it cannot be recorded, or waits", labels)
    for zone in found:
        names = [zone.zone, zone.apex]
        serial.put(names, zone.serial)
        confirmed.put(names, zone.confirmed_at)
        recorded.put(names, zone.recorded_at)
        held.put(names, zone.held)
        error.put(names, bool(zone.error))
    yield from (serial, confirmed, recorded, held, error)

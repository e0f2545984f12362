"""The hub's state as Prometheus metrics, read when they are asked for."""

from collections.abc import Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from hub_container.board import ZoneState
from hub_container.hub import Hub
from hub_container.publishing.metrics import target_metrics
from hub_container.verdicts import State, verdict


class HubCollector(Collector):
    """Collects from a hub."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def collect(self) -> Iterator[Metric]:
        hub = self._hub
        yield from self._zones(hub.board.zones())
        yield _gauge("ready", "1 where the hub is ready", float(hub.ready))
        yield _gauge("nsd_up", "1 where NSD answers", float(hub.nsd.state == "running"))
        yield _counter("nsd_starts", "Times that NSD was started", hub.nsd.starts)
        yield _counter("rings_unreadable", "Messages dropped as no ring", hub.listener.unreadable)
        yield _gauge("mesh_version", "Version of the mesh in use", hub.configuration.mesh)
        if (contact := hub.board.last_contact) is not None:
            yield _gauge("aws_contact_timestamp_seconds", "When AWS last answered", contact)
        if (took := hub.board.reload_seconds) is not None:
            yield _gauge("reload_seconds", "How long the last reload took to be served", took)
        yield from self._secondaries()
        yield from target_metrics(hub.companions)

    def _zones(self, zones: list[ZoneState]) -> Iterator[Metric]:
        labels = ["zone", "apex"]
        serial = _gauge_family("zone_serial", "Serial that NSD answers", labels)
        since = _gauge_family("zone_served_timestamp_seconds", "Since when", labels)
        took = _gauge_family("zone_converge_seconds", "From ring to answer", labels)
        error = _gauge_family("zone_error", "1 where something is wrong with the zone", labels)
        for zone in zones:
            names = [zone.zone, zone.apex]
            error.add_metric(names, float(zone.error is not None))
            if zone.serial is not None:
                serial.add_metric(names, zone.serial)
            if zone.served_at is not None:
                since.add_metric(names, zone.served_at)
            if zone.seconds is not None:
                took.add_metric(names, zone.seconds)
        yield from (serial, since, took, error)

    def _secondaries(self) -> Iterator[Metric]:
        labels = ["zone", "secondary"]
        acknowledged = _gauge_family(
            "notify_acknowledged", "1 where the last NOTIFY was acknowledged", labels
        )
        follows = _gauge_family("secondary_serial", "Serial that the secondary answered", labels)
        current = _gauge_family("secondary_current", "1 where it serves what the hub does", labels)
        since = _gauge_family(
            "secondary_behind_since_timestamp_seconds", "When what it lacks was served", labels
        )
        lacks = _gauge_family("secondary_lacks_serials", "Serials that it lacks", labels)
        for zone, name, seen in self._hub.board.seen():
            names, judged = [zone, name], verdict(seen)
            if seen.notified is not None:
                acknowledged.add_metric(names, float(seen.notified.positive))
            if seen.holds is not None:
                follows.add_metric(names, seen.holds)
            current.add_metric(names, float(judged.state is State.CURRENT))
            lacks.add_metric(names, judged.lacks)
            if judged.since is not None:
                since.add_metric(names, judged.since)
        yield from (acknowledged, follows, current, since, lacks, self._states())

    def _states(self) -> Metric:
        zones = _gauge_family(
            "secondary_zones", "Zones of a secondary by its state there", ["secondary", "state"]
        )
        for name, counts in self._hub.board.secondaries().items():
            for state, count in counts.items():
                zones.add_metric([name, state], count)
        return zones


def _gauge_family(name: str, text: str, labels: list[str]) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"zonemesh_hub_{name}", text, labels=labels)


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"zonemesh_hub_{name}", text, value=value)


def _counter(name: str, text: str, value: float) -> CounterMetricFamily:
    return CounterMetricFamily(f"zonemesh_hub_{name}", text, value=value)

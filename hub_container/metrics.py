"""The hub's state as Prometheus metrics, read when they are asked for."""

from collections.abc import Iterator

from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from hub_container.board import ZoneState
from hub_container.families import Gauge, counter, gauge
from hub_container.hub import Hub
from hub_container.secondary_metrics import secondary_metrics
from zonemesh import __version__


class HubCollector(Collector):
    """Collects from a hub."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub

    def collect(self) -> Iterator[Metric]:
        yield from self._process()
        yield from self._aws()
        yield from self._zones(self._hub.board.zones())
        yield from self._hub.sync_counts.metrics()
        yield from secondary_metrics(self._hub.board)
        yield from self._hub.companions.metrics()

    def _process(self) -> Iterator[Metric]:
        hub = self._hub
        build = Gauge("build_info", "1, with the hub's name and versions", _BUILD)
        build.put([hub.settings.hub, __version__, hub.nsd_version], 1)
        yield build
        yield gauge("start_timestamp_seconds", "When the hub was started", hub.board.started_at)
        yield gauge("ready", "1 where the hub is ready", hub.ready)
        yield gauge("nsd_up", "1 where NSD answers", hub.nsd.state == "running")
        yield counter("nsd_starts", "Times that NSD was started", hub.nsd.starts)
        yield gauge("mesh_version", "Version of the mesh in use", hub.configuration.mesh)
        yield gauge("problems", "What of the mesh cannot be done as it says", len(hub.problems))
        took = hub.board.reload_seconds
        yield gauge("reload_seconds", "How long the last reload took to be served", took)

    def _aws(self) -> Iterator[Metric]:
        board, listener, syncs = self._hub.board, self._hub.listener, self._hub.syncs
        contact, caught_up = board.last_contact, board.caught_up_at
        yield gauge("aws_contact_timestamp_seconds", "When AWS last answered", contact)
        heard = listener.heard_at
        yield gauge("queue_contact_timestamp_seconds", "When the queue last answered", heard)
        yield counter("queue_errors", "Times that the queue could not be read", listener.errors)
        yield counter("rings_unreadable", "Messages dropped as no ring", listener.unreadable)
        yield gauge("catch_up_timestamp_seconds", "When all was last compared", caught_up)
        yield counter("catch_up_errors", "Times that it failed", board.catch_up_errors)
        errors = self._hub.reporter.errors
        yield counter("report_errors", "Times that the hub could not report", errors)
        yield gauge("syncs_waiting", "Syncs still to be written to the table", syncs.waiting)
        yield counter("syncs_dropped", "Syncs that are missing from the history", syncs.dropped)

    def _zones(self, zones: list[ZoneState]) -> Iterator[Metric]:
        labels = ["zone", "apex"]
        serial = Gauge("zone_serial", "Serial that NSD answers", labels)
        since = Gauge("zone_served_timestamp_seconds", "Since when", labels)
        took = Gauge("zone_converge_seconds", "From ring to answer", labels)
        error = Gauge("zone_error", "1 where something is wrong with the zone", labels)
        expires = Gauge(
            "zone_signatures_expire_timestamp_seconds", "When its first signature expires", labels
        )
        for zone in zones:
            names = [zone.zone, zone.apex]
            error.put(names, zone.error is not None)
            serial.put(names, zone.serial)
            since.put(names, zone.served_at)
            took.put(names, zone.seconds)
            expires.put(names, self._hub.files.expires(zone.zone))
        yield from (serial, since, took, error, expires)


_BUILD = ("hub", "version", "nsd_version")

"""Syncs as Prometheus metrics: how many came off or did not, and how long they took."""

from collections.abc import Iterator

from prometheus_client import Counter, Histogram, disable_created_metrics
from prometheus_client.core import Metric

from zonemesh.syncs.sync import Kind, Sync, SyncOutcome

# From a serial that NSD loads at once to a target whose name servers take their minutes.
BUCKETS = (0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1800)  # seconds

disable_created_metrics()  # type: ignore[no-untyped-call]


class SyncCounts:
    """Counts syncs by place. Zones are no labels here: a histogram has a series for each bucket."""

    def __init__(self) -> None:
        self._ended = Counter(
            "zonemesh_hub_syncs_total",
            "Syncs that ended, each failure too",
            ["kind", "place", "outcome"],
            registry=None,
        )
        for outcome in (SyncOutcome.SERVED, SyncOutcome.FAILED):
            self._ended.labels(Kind.SERVE, "dns", outcome)  # from 0, so that the first is seen
        self._took = Histogram(
            "zonemesh_hub_sync_duration_seconds",
            "From the ring to the answer, or to what a target took, of syncs that came off",
            ["kind", "place"],
            registry=None,
            buckets=BUCKETS,
        )

        self._followed = Histogram(
            "zonemesh_hub_secondary_catch_up_seconds",
            "From the hub's answer to a secondary's",
            ["secondary"],
            registry=None,
            buckets=BUCKETS,
        )

    def follows(self, secondary: str, seconds: float) -> None:
        """Time a secondary that has come to what the hub serves."""
        self._followed.labels(secondary).observe(seconds)

    def saw(self, sync: Sync) -> None:
        """Count a sync."""
        self._ended.labels(sync.kind, sync.place, sync.outcome).inc()
        if sync.outcome.is_success and sync.seconds is not None:
            self._took.labels(sync.kind, sync.place).observe(sync.seconds)

    def metrics(self) -> Iterator[Metric]:
        yield from self._ended.collect()
        yield from self._took.collect()
        yield from self._followed.collect()

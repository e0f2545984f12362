"""Prometheus metrics by their names within the hub's own.

https://prometheus.io/docs/practices/naming/: base units, `_total` for what only grows, times in
seconds since 1970 as `_timestamp_seconds`. A family without samples still says that there is one.
"""

from collections.abc import Collection, Iterable, Sequence

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

_PREFIX = "zonemesh_hub_"


class Gauge(GaugeMetricFamily):
    """A value for each of some labels."""

    def __init__(self, name: str, text: str, labels: Collection[str] = ()) -> None:
        super().__init__(f"{_PREFIX}{name}", text, labels=[*labels])

    def put(self, labels: Sequence[str], value: float | None) -> None:
        """Add a sample; None is none."""
        if value is not None:
            self.add_metric([*labels], float(value))


def gauge(name: str, text: str, value: float | None) -> Gauge:
    """Give a single value, None where there is none yet."""
    made = Gauge(name, text)
    made.put((), value)
    return made


def gauges(
    name: str, text: str, labels: Collection[str], values: Iterable[tuple[Sequence[str], float]]
) -> Gauge:
    """Give a value for each of some labels."""
    made = Gauge(name, text, labels)
    for names, value in values:
        made.put(names, value)
    return made


def counter(name: str, text: str, value: float) -> CounterMetricFamily:
    """Give what only grows; its name gets `_total`."""
    return CounterMetricFamily(f"{_PREFIX}{name}", text, value=value)

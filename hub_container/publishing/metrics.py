"""Targets as Prometheus metrics."""

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric

from hub_container.companions import Companions

_OF_A_ZONE = {
    "serial": ("serial", "Serial that was published last"),
    "failures": ("failures", "Failures in a row"),
    "published_at": ("published_timestamp_seconds", "When it was published"),
    "seconds": ("publish_seconds", "From ring to published"),
}


def target_metrics(companions: Companions) -> Iterator[Metric]:
    """Give how many zones are in which state at each target, and each zone's figures there."""
    zones = _family("zones", "Zones of a target by their state there", ["target", "state"])
    for target, said in companions.report().get("targets", {}).items():
        for state, count in said.items():
            if isinstance(count, int):
                zones.add_metric([target, state], count)
    yield zones
    figures = {
        name: _family(metric, text, ["zone", "target"])
        for name, (metric, text) in _OF_A_ZONE.items()
    }
    insync = _family("insync_seconds", "Until all name servers had it", ["zone", "target"])
    for zone in sorted(companions.zones()):
        for target, state in companions.zone_report(zone).get("targets", {}).items():
            for name, family in figures.items():
                if state[name] is not None:
                    family.add_metric([zone, target], state[name])
            seen = (state["wrote"] or {}).get("insync")
            if seen is not None:
                insync.add_metric([zone, target], seen)
    yield from (*figures.values(), insync)


def _family(name: str, text: str, labels: list[str]) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"zonemesh_hub_target_{name}", text, labels=labels)

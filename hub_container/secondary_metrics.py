"""Secondaries as Prometheus metrics."""

from collections.abc import Iterator

from prometheus_client.core import Metric

from hub_container.board import Board
from hub_container.families import Gauge
from hub_container.verdicts import State, verdict


def secondary_metrics(board: Board) -> Iterator[Metric]:
    """Give how each zone is at each secondary, and how many of a secondary's are in which state."""
    labels = ["zone", "secondary"]
    acknowledged = Gauge("notify_acknowledged", "1 where the last NOTIFY was acknowledged", labels)
    follows = Gauge("secondary_serial", "Serial that the secondary answered", labels)
    current = Gauge("secondary_current", "1 where it serves what the hub does", labels)
    since = Gauge(
        "secondary_behind_since_timestamp_seconds", "When what it lacks was served", labels
    )
    lacks = Gauge("secondary_lacks_serials", "Serials that it lacks", labels)
    for zone, name, seen in board.seen():
        names, judged = [zone, name], verdict(seen)
        if seen.notified is not None:
            acknowledged.put(names, seen.notified.positive)
        follows.put(names, seen.holds)
        current.put(names, judged.state is State.CURRENT)
        lacks.put(names, judged.lacks)
        since.put(names, judged.since)
    yield from (acknowledged, follows, current, since, lacks, _states(board))


def _states(board: Board) -> Metric:
    zones = Gauge(
        "secondary_zones", "Zones of a secondary by its state there", ["secondary", "state"]
    )
    for name, counts in board.secondaries().items():
        for state, count in counts.items():
            zones.put([name, state], count)
    return zones

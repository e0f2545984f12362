"""The metrics that docs/monitoring.md shows are those of a real hub, all of them and no others."""

import re
from collections import defaultdict
from pathlib import Path

import pytest

from tests.hub.monitored_world import MonitoredWorld

PAGE = Path(__file__).resolve().parents[2] / "docs/monitoring.md"
# A hub that has just been started has these of what others do.
WITHOUT_SAMPLES = {
    "zonemesh_hub_notify_acknowledged",
    "zonemesh_hub_pulled_zone_confirmed_timestamp_seconds",
    "zonemesh_hub_pulled_zone_recorded_timestamp_seconds",
    "zonemesh_hub_pulled_zone_serial",
    "zonemesh_hub_secondary_catch_up_seconds",
    "zonemesh_hub_secondary_serial",
    "zonemesh_hub_target_failing_since_timestamp_seconds",
    "zonemesh_hub_zone_signatures_expire_timestamp_seconds",
}


@pytest.fixture(scope="module")
def exposed(tmp_path_factory: pytest.TempPathFactory) -> str:
    world = MonitoredWorld(tmp_path_factory.mktemp("monitored") / "hub")
    world.prepare()
    return world.metrics()


def documented() -> dict[str, tuple[str, frozenset[str]]]:
    """Give type and labels of each metric in the document's table."""
    rows = re.findall(r"^\| `(zonemesh_hub_\w+)` \| (\w+) \| (.*?) ?\| ", PAGE.read_text(), re.M)
    return {name: (kind, frozenset(re.findall(r"`(\w+)`", labels))) for name, kind, labels in rows}


def test_the_table_has_every_metric_of_a_hub_with_its_type(exposed: str) -> None:
    found = dict(re.findall(r"^# TYPE (\S+) (\S+)$", exposed, re.M))
    assert found == {name: kind for name, (kind, _) in documented().items()}


def test_the_table_has_the_labels_of_every_metric(exposed: str) -> None:
    labels: dict[str, set[frozenset[str]]] = defaultdict(set)
    for name, within in re.findall(r"^(\w+?)(?:_bucket|_sum|_count)?(?:\{(.*)\})? ", exposed, re.M):
        labels[name].add(frozenset(re.findall(r'(\w+)="', within)) - {"le"})
    shown = {name: {labels} for name, (_, labels) in documented().items()}
    assert labels == {name: each for name, each in shown.items() if name not in WITHOUT_SAMPLES}

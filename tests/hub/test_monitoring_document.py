"""The metrics that docs/monitoring.md shows are those of a real hub, all of them and no others."""

import json
import re
from collections import defaultdict
from pathlib import Path

import pytest
import yaml

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


DASHBOARD = json.loads((PAGE.parent / "monitoring/grafana-dashboard.json").read_text())
RULES = yaml.safe_load((PAGE.parent / "monitoring/alerts.yml").read_text())
OF_PROMETHEUS = {"instance", "job", "le"}


def targets() -> list[str]:
    """Give what the dashboard asks Prometheus for."""
    asked = [each["expr"] for panel in DASHBOARD["panels"] for each in panel.get("targets", ())]
    variables = [each["query"] for each in DASHBOARD["templating"]["list"]]
    return [*asked, *(each["query"] for each in variables if isinstance(each, dict))]


def rules() -> list[str]:
    return [rule["expr"] for group in RULES["groups"] for rule in group["rules"]]


def used(expression: str) -> dict[str, set[str]]:
    """Give the metrics in an expression, and the labels that are asked of all of them."""
    bare = re.sub(r'"[^"]*"', '""', expression)
    names = set(re.findall(r"\b(zonemesh_\w+)", bare))
    matched = re.findall(r'(\w+) *(?:=~|!~|!=|=) *""', bare)
    grouped = ",".join(re.findall(r"\b(?:by|on|without|ignoring|group_left) *\(([^)]*)\)", bare))
    labels = {*matched, *re.findall(r"\w+", grouped)} - OF_PROMETHEUS
    return {re.sub("_(bucket|count|sum)$", "", name): labels for name in names}


def parts() -> list[str]:
    """Give the expressions, each side of `and` and `or` by itself."""
    return [
        part for each in (*rules(), *targets()) for part in re.split(r" (?:and|or|unless) ", each)
    ]


@pytest.mark.parametrize("expression", parts())
def test_rules_and_dashboard_ask_for_nothing_that_a_hub_does_not_have(expression: str) -> None:
    known = documented()
    metrics = used(expression)
    assert metrics or "up{" in expression
    for name, labels in metrics.items():
        assert labels <= known[name][1], name
        if re.search(rf"{name}_bucket", expression):
            assert known[name][0] == "histogram"
        if known[name][0] == "counter":
            assert re.search(rf"(rate|increase)\({name}", expression), "a counter by itself"


def test_states_and_kinds_that_are_asked_for_are_those_of_the_metrics(exposed: str) -> None:
    values = set(re.findall(r'(?:state|kind|outcome)="([^"]*)"', exposed))
    for expression in [*rules(), *targets()]:
        for text in re.findall(r'(?:state|kind|outcome)[=!]~?"([^"]*)"', expression):
            assert set(text.split("|")) <= values, expression


def test_the_dashboards_panels_have_a_place_each_and_a_title() -> None:
    panels = DASHBOARD["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    taken: set[tuple[int, int]] = set()
    for panel in panels:
        place = panel["gridPos"]
        cells = {
            (x, y)
            for x in range(place["x"], place["x"] + place["w"])
            for y in range(place["y"], place["y"] + place["h"])
        }
        assert panel["title"]
        assert not cells & taken, panel["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells

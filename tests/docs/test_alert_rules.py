"""The alert rules of docs/monitoring ring for what they say, and for nothing else."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.docs.test_documents import PROJECT, anchors

RULES = PROJECT / "docs/monitoring/alerts.yml"
ALERTS: dict[str, dict[str, Any]] = {
    rule["alert"]: rule
    for group in yaml.safe_load(RULES.read_text())["groups"]
    for rule in group["rules"]
}
MINUTES = 180  # of samples, one a minute from the epoch's beginning

CONSTANT = {
    'up{job="zonemesh-hub"': 1,
    "zonemesh_hub_ready{": 1,
    "zonemesh_hub_nsd_up{": 1,
    "zonemesh_hub_nsd_starts_total{": 1,
    "zonemesh_hub_problems{": 0,
    "zonemesh_hub_syncs_dropped_total{": 0,
    'zonemesh_hub_zone_error{zone="z", apex="a."': 0,
    'zonemesh_hub_zone_signatures_expire_timestamp_seconds{zone="z", apex="a."': 900_000,
    'zonemesh_hub_target_zones{target="copy", state="published"': 5,
    'zonemesh_hub_target_zones{target="copy", state="failing"': 0,
    'zonemesh_hub_target_zones{target="copy", state="held"': 0,
    'zonemesh_hub_target_zones{target="copy", state="drifted"': 0,
    'zonemesh_hub_secondary_zones{secondary="paris", state="current"': 5,
    'zonemesh_hub_secondary_zones{secondary="paris", state="behind"': 0,
    'zonemesh_hub_secondary_zones{secondary="paris", state="refused"': 0,
    'zonemesh_hub_secondary_zones{secondary="paris", state="ahead"': 0,
    'zonemesh_hub_secondary_zones{secondary="paris", state="unknown"': 1,
    "zonemesh_hub_pull_nsd_up{": 0,  # of a hub that pulls nothing
    'zonemesh_hub_pulled_zones{state="current"': 0,
    'zonemesh_hub_pulled_zones{state="unreachable"': 0,
    'zonemesh_hub_pulled_zone_error{zone="z", apex="a."': 0,
}
BUCKET = 'zonemesh_hub_sync_duration_seconds_bucket{kind="serve", place="dns", le='
GROWING = {
    "zonemesh_hub_aws_contact_timestamp_seconds{": "0+60",
    "zonemesh_hub_queue_contact_timestamp_seconds{": "0+60",
    "zonemesh_hub_catch_up_timestamp_seconds{": "0+60",
    f'{BUCKET}"30"': "0+10",
    f'{BUCKET}"60"': "0+10",
    f'{BUCKET}"+Inf"': "0+10",
}
WELL = {name: f"{value}" for name, value in CONSTANT.items()} | GROWING

# Of each alert what is other than well from the first minute on, and from when on it rings.
CASES: dict[str, tuple[dict[str, str], int]] = {
    "ZonemeshHubOffline": ({'up{job="zonemesh-hub"': "0"}, 2),
    "ZonemeshHubCutOff": ({"zonemesh_hub_aws_contact_timestamp_seconds{": "0"}, 8),
    "ZonemeshHubDeaf": ({"zonemesh_hub_queue_contact_timestamp_seconds{": "0"}, 8),
    "ZonemeshNsdDown": ({"zonemesh_hub_nsd_up{": "0", "zonemesh_hub_ready{": "0"}, 2),
    "ZonemeshNsdDies": ({"zonemesh_hub_nsd_starts_total{": "0+0.1"}, 30),
    "ZonemeshHubNotReady": ({"zonemesh_hub_ready{": "0"}, 10),
    "ZonemeshHubBehindItsSchedule": ({"zonemesh_hub_catch_up_timestamp_seconds{": "0"}, 33),
    "ZonemeshHubProblems": ({"zonemesh_hub_problems{": "2"}, 15),
    "ZonemeshZoneNotServed": ({'zonemesh_hub_zone_error{zone="z", apex="a."': "1"}, 5),
    "ZonemeshSignaturesExpire": (
        {'zonemesh_hub_zone_signatures_expire_timestamp_seconds{zone="z", apex="a."': "175800"},
        51,
    ),
    "ZonemeshSlowPropagation": ({f'{BUCKET}"30"': "0+8"}, 6),
    "ZonemeshSyncsMissing": ({"zonemesh_hub_syncs_dropped_total{": "0+1"}, 1),
    "ZonemeshTargetFailing": (
        {'zonemesh_hub_target_zones{target="copy", state="failing"': "1"},
        15,
    ),
    "ZonemeshTargetHeld": ({'zonemesh_hub_target_zones{target="copy", state="held"': "1"}, 1),
    "ZonemeshTargetDrift": ({'zonemesh_hub_target_zones{target="copy", state="drifted"': "1"}, 15),
    "ZonemeshSecondaryBehind": (
        {'zonemesh_hub_secondary_zones{secondary="paris", state="refused"': "1"},
        15,
    ),
    "ZonemeshSecondaryAhead": (
        {'zonemesh_hub_secondary_zones{secondary="paris", state="ahead"': "1"},
        15,
    ),
    "ZonemeshPullingFailing": (
        {
            'zonemesh_hub_pulled_zones{state="unreachable"': "1",
            "zonemesh_hub_pull_nsd_up{": "1",
        },
        15,
    ),
    "ZonemeshPullingNsdDown": ({'zonemesh_hub_pulled_zones{state="current"': "3"}, 5),
}


def promtool(*arguments: str) -> str:
    """Run promtool of Debian's package `prometheus`, which has to be content."""
    if shutil.which("promtool") is None:
        pytest.fail("promtool is missing: `scripts/setup test`, or `apt-get install prometheus`")
    done = subprocess.run(["promtool", *arguments], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def case(name: str, other: dict[str, str], ringing: dict[int, list[str]]) -> dict[str, Any]:
    """Give a case: at each of some minutes just these alerts ring, of one hub."""
    assert other.keys() <= WELL.keys()
    return {
        "name": name,
        "interval": "1m",
        "input_series": [
            {
                "series": series.replace("{,", "{") + ("" if series.endswith("{") else ", ")
                + 'instance="eu"}',
                "values": f"{values}x{MINUTES}",
            }
            for series, values in (WELL | other).items()
        ],
        "promql_expr_test": [
            {
                "expr": 'sum by (alertname) (ALERTS{alertstate="firing"})',
                "eval_time": f"{minute}m",
                "exp_samples": [
                    {"labels": f'{{alertname="{alert}"}}', "value": 1} for alert in alerts
                ],
            }
            for minute, alerts in ringing.items()
        ],
    }  # fmt: skip


def test_the_rules_are_good() -> None:
    assert f"{len(ALERTS)} rules found" in promtool("check", "rules", str(RULES))


def test_each_alert_rings_in_time_and_for_nothing_else(tmp_path: Path) -> None:
    assert CASES.keys() == ALERTS.keys()
    cases = [case("a hub that is well", {}, {minute: [] for minute in (1, 20, 60, MINUTES)})]
    cases += [
        case(alert, other, {minute - 1: [], minute + 1: [alert], MINUTES - 1: [alert]})
        for alert, (other, minute) in CASES.items()
    ]
    path = tmp_path / "cases.yml"
    path.write_text(
        yaml.safe_dump({"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": cases})
    )
    assert "SUCCESS" in promtool("test", "rules", str(path))


def test_what_the_dashboard_asks_is_promql(tmp_path: Path) -> None:
    dashboard = json.loads((RULES.parent / "grafana-dashboard.json").read_text())
    asked = [each["expr"] for panel in dashboard["panels"] for each in panel.get("targets", ())]
    rules = [
        {"record": "asked", "expr": expr.replace("$__rate_interval", "5m"), "labels": {"n": str(n)}}
        for n, expr in enumerate(asked)
    ]
    path = tmp_path / "asked.yml"
    path.write_text(yaml.safe_dump({"groups": [{"name": "asked", "rules": rules}]}))
    assert f"{len(asked)} rules found" in promtool("check", "rules", str(path))


def test_the_document_has_every_alert_and_its_patience() -> None:
    page = (PROJECT / "docs/monitoring.md").read_text()
    shown = dict(re.findall(r"^\| `(Zonemesh\w+)` \| .* \| (?:(\d+) min )?\|$", page, re.M))
    patience = {name: rule.get("for", "").removesuffix("m") for name, rule in ALERTS.items()}
    assert shown == patience


@pytest.mark.parametrize("alert", ALERTS)
def test_each_alert_says_what_to_do(alert: str) -> None:
    annotations = ALERTS[alert]["annotations"]
    assert ALERTS[alert]["labels"]["severity"] in ("critical", "warning")
    assert annotations["summary"].endswith(".") and annotations["description"].endswith(".")
    page, _, anchor = annotations["runbook"].partition("#")
    assert anchor in anchors((PROJECT / page).read_text())
    for command in re.findall(r"`(zonemesh [a-z]+)", annotations["description"]):
        assert command.split()[1] in ("hubs", "syncs")

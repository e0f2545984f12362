"""What a hub tells over HTTP, and what it reports to the mesh."""

import json
import shutil
import socket
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from local.servers.client import wait_until
from tests.hub.world import ADDRESS, HUB, HubWorld, address_lines, key_of

APEX = "example.com."


def get(world: HubWorld, path: str) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(
            f"http://{ADDRESS}:{world.http_port}{path}", timeout=5
        ) as found:
            return found.status, found.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


def test_status_says_what_is_served_since_when_and_how_long_it_took(world: HubWorld) -> None:
    world.join(APEX)
    world.publish(APEX, 7, address_lines(APEX, 3))
    with world.running():
        world.wait_for(APEX, 7)
        wait_until("the hub is ready", lambda: get(world, "/readyz")[0] == 200)
        assert get(world, "/healthz") == (200, "ok\n")
        status = json.loads(get(world, "/status")[1])
        assert status["hub"] == HUB
        assert status["nsd"]["state"] == "running"
        assert status["aws"]["last_contact"] > 0
        assert [secondary["name"] for secondary in status["secondaries"]] == ["client"]
        zone = status["zones"][key_of(APEX)]
        assert (zone["apex"], zone["serial"], zone["state"]) == (APEX, 7, "served")
        assert zone["error"] is None
        assert zone["seconds"] > 0
        assert zone["served_at"] >= status["started_at"]
        assert get(world, "/elsewhere")[0] == 404


def test_metrics_are_in_prometheus_form(world: HubWorld) -> None:
    world.join(APEX)
    world.publish(APEX, 7, address_lines(APEX, 3))
    with world.running():
        world.wait_for(APEX, 7)
        wait_until("the hub is ready", lambda: get(world, "/readyz")[0] == 200)
        samples = {
            sample.name: (sample.labels, sample.value)
            for family in text_string_to_metric_families(get(world, "/metrics")[1])
            for sample in family.samples
        }
    labels = {"zone": key_of(APEX), "apex": APEX}
    assert samples["zonemesh_hub_zone_serial"] == (labels, 7)
    assert samples["zonemesh_hub_zone_error"] == (labels, 0)
    assert samples["zonemesh_hub_nsd_up"] == ({}, 1)


def test_a_hub_without_anything_loaded_is_not_ready_while_aws_is_away(world: HubWorld) -> None:
    def fail(step: str) -> None:
        raise ConnectionError(f"no route to {step}")

    world.store.on_step = fail
    world.join(APEX)
    with world.running() as hub:
        wait_until("the failure is shown", lambda: hub.board.aws_error)
        wait_until("NSD runs", lambda: hub.nsd.state == "running")
        assert get(world, "/healthz")[0] == 200
        assert get(world, "/readyz")[0] == 503


def test_heartbeat_and_zone_status_reach_the_reports(world: HubWorld) -> None:
    world.join(APEX)
    world.publish(APEX, 7, address_lines(APEX, 3))
    with world.running():
        wait_until("the heartbeat is written", lambda: HUB in world.reports.heartbeats)
        wait_until(
            "the zone's state is written",
            lambda: world.reports.statuses.get((HUB, key_of(APEX)), {}).get("serial") == 7,
        )
        wait_until("the hub says ready", lambda: world.reports.heartbeats[HUB]["zones_served"] == 1)


def test_a_resolver_that_does_not_answer_holds_up_no_start(
    world: HubWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wait_for_ever(*_: object) -> str:
        raise AssertionError("a host name was looked up")

    for name in ("getfqdn", "gethostbyaddr", "getnameinfo"):
        monkeypatch.setattr(socket, name, wait_for_ever)
    with world.running() as hub:
        wait_until("NSD runs", lambda: hub.nsd.state == "running")
        assert get(world, "/healthz") == (200, "ok\n")


def slow_nsd(directory: Path, monkeypatch: pytest.MonkeyPatch, before: str) -> None:
    """Put an nsd first on the PATH that does something before it begins to serve."""
    directory.mkdir()
    script = directory / "nsd"
    script.write_text(f'#!/bin/sh\n[ "$1" = -d ] && {before}\nexec {shutil.which("nsd")} "$@"\n')
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(directory), prepend=":")


def test_an_nsd_that_loads_for_long_is_healthy_and_serves_in_the_end(
    world: HubWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub_container.status_server._PATIENCE_WITH_NSD", 0.5)
    slow_nsd(tmp_path / "bin", monkeypatch, "sleep 3")
    with world.running() as hub:
        wait_until("NSD starts", lambda: hub.nsd.state == "starting")
        time.sleep(1.5)
        assert hub.nsd.state == "starting"
        assert get(world, "/healthz")[0] == 200
        assert get(world, "/readyz")[0] == 503
        wait_until("NSD runs", lambda: hub.nsd.state == "running")
        wait_until("the hub is ready", lambda: get(world, "/readyz")[0] == 200)


def test_an_nsd_that_does_not_start_makes_the_hub_unhealthy(
    world: HubWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub_container.status_server._PATIENCE_WITH_NSD", 0.5)
    slow_nsd(tmp_path / "bin", monkeypatch, "exit 1")
    with world.running() as hub:
        wait_until("it is told", lambda: get(world, "/healthz")[0] == 503)
        assert hub.nsd.down_since is not None

"""`list` and `show` of zones, hubs, targets, secondaries and integrations, as they are typed."""

import json
import os
import time
from dataclasses import replace
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from zonemesh.aws.wiring import TablePorts
from zonemesh.cli.main import app
from zonemesh.deployment import TABLE
from zonemesh.failover import Readiness
from zonemesh.ports import Member, SweepMemory
from zonemesh.snapshot import Announcement, Reason, Snapshot
from zonemesh.status.readiness import FoundReadiness

MESH = """
integrations: {main: , dev: {role_arn: "arn:aws:iam::111122223333:role/zonemesh-source"}}
zones:
  - {discover: "*", integration: main, targets: [standby, power],
     policy: {soa: {refresh: 600}, routing: {weighted: union}, guard: {removed: 10}}}
hubs: {eu: {secondaries: [ns1]}, us: }
targets:
  standby: {type: route53, hub: us, integration: dev}
  power: {type: octodns, hub: eu, provider: octodns_powerdns.PowerDnsProvider,
          settings: {host: 192.0.2.80}, secrets: {api_key: "env:POWERDNS_API_KEY"}}
secondaries: {ns1: {address: 192.0.2.53, tsig_key: paris}}
tsig_keys: {paris: {secret: "env:PARIS_SECRET"}}
"""
A, B = "route53:main:a.example.", "route53:main:b.example."
WHY = "nobody asks ns1.example.net, because the parent's NS set does not name it: add it"


@pytest.fixture
def ports(table: str) -> TablePorts:
    """Two zones on two hubs, one of them behind at a target and held."""
    now = time.time()
    found = TablePorts(os.environ | {TABLE: table})
    found.mesh_store.apply(MESH)
    for key in (A, B):
        apex = key.split(":")[-1]
        found.register.put(Member(key, apex, "main", "Z1", "discovered", ("*",)))
        soa = f"{apex} 900 IN SOA ns. host. {{serial}} 900 300 2419200 900"
        made = Snapshot(key, apex, 7, None, int(now) - 7300, Reason("first"), soa, None, None, None)
        found.store.commit(made, None)
        found.ledger.mark_announced(Announcement(key, 7))
        found.ledger.mark_verified(key, int(now) - 60)
        following = {"state": "current", "follows": 7, "lacks": 0}
        power = {"state": "published", "serial": 7 if key == A else 6, "seconds": 1.5}
        served = {"state": "served", "serial": 7, "served_at": now - 7300, "seconds": 0.25}
        eu = served | {"secondaries": {"ns1": following}, "targets": {"power": power}}
        found.reports.zone_status("eu", key, eu)
        standby = {"state": "published", "serial": 7, "seconds": 2.0}
        found.reports.zone_status("us", key, served | {"targets": {"standby": standby}})
    head = found.store.head(B)
    assert head
    waiting = found.store.snapshot(B, 7)
    held: dict[str, Any] = {"serial": 8, "parent": 7, "concerns": ("9 of 10 rrsets removed",)}
    found.store.hold(replace(waiting, **held), head)
    found.readiness_notes.note_readiness(A, FoundReadiness(Readiness.NOT_READY, (WHY,), int(now)))
    beat = {"at": now - 61, "started_at": now - 3600, "ready": True, "mesh": 1, "version": "1.2"}
    beat |= {"nsd": {"state": "running", "version": "4.12"}, "dns": ["192.0.2.1@53"]}
    found.reports.heartbeat("eu", beat | {"problems": ["TSIG key paris: PARIS_SECRET is not set"]})
    found.reports.heartbeat("us", beat)
    return found


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [*map(str, arguments), "--table", "mesh-table"])


def lines(*arguments: object) -> list[str]:
    result = run(*arguments)
    assert result.exit_code == 0, result.stderr
    return [" ".join(line.split()) for line in result.stdout.splitlines()]


def document(*arguments: object) -> Any:
    result = run(*arguments, "--json")
    assert (result.exit_code, result.stderr) == (0, "")
    return json.loads(result.stdout)


def test_zones_are_listed_by_pattern_and_state(ports: TablePorts) -> None:
    assert [line.split()[0] for line in lines("zones", "list")] == [
        "ZONE", "a.example.", "b.example.",
    ]  # fmt: skip
    assert [line.split()[0] for line in lines("zones", "list", "a.*")] == ["ZONE", "a.example."]
    for state, names in (
        ("current", ["a.example."]),
        ("held", ["b.example."]),
        ("lagging", ["b.example."]),
        ("not-ready", ["a.example."]),
        ("gone", []),
    ):
        found = document("zones", "list", "--state", state)["zones"]
        assert [zone["apex"] for zone in found] == names, state
    assert lines("zones", "list", "nothing") == ["No zones."]
    assert run("zones", "list", "--state", "tired").exit_code == 2


def test_a_zone_is_shown_with_all_that_is_known(ports: TablePorts) -> None:
    shown = lines("zones", "show", "a.example")
    assert shown[0] == f"{A}, active"
    for words in (
        "from hosted zone Z1 of main, discovered",
        "failover not ready",
        WHY,
        "eu served 7 2 h 0.25 s",
        "ns1 eu current 7 -",
        "power eu current 7 1.5 s -",
        "soa.refresh: 600",
        "routing.weighted: union",
        "guard.removed: 10",
    ):
        assert any(words in line for line in shown), (words, shown)
    assert not any("retry" in line for line in shown)
    held = lines("zones", "show", "b.example")
    assert held[0] == f"{B}, held"
    assert any(f"`zonemesh approve {B} 8` serves it" in line for line in held)
    assert "power eu behind 6 1.5 s -" in held


def test_a_zones_document_has_its_policy_needs_and_history(ports: TablePorts) -> None:
    found = document("zones", "show", "b.example")
    assert (found["zone"], found["serial"], found["held"], found["current"]) == (B, 7, 8, False)
    assert found["policy"]["soa"]["refresh"] == 600 and found["policy"]["guard"]["changed"] == 50
    assert [need["kind"] for need in found["needs"]] == ["held"]
    assert [event["serial"] for event in found["history"]] == [8, 7]
    assert found["hubs"]["eu"]["seconds"] == 0.25


def test_hubs_are_listed_and_shown(ports: TablePorts) -> None:
    assert lines("hubs", "list")[1:] == [
        "eu error 1 min 2 of 2 current 1 of 1 current 1 1.2",
        "us online 1 min 2 of 2 current - 1 1.2",
    ]
    found = document("hubs", "list", "--state", "error")["hubs"]
    assert [(hub["hub"], hub["state"]) for hub in found] == [("eu", "error")]
    shown = lines("hubs", "show", "eu")
    assert shown[0] == "eu, error"
    for words in (
        "version 1.2",
        "NSD 4.12 running",
        "listens on 192.0.2.1@53",
        "publishes to power",
        "! TSIG key paris: PARIS_SECRET is not set",
        "a.example. served 7 2 h",
        "ns1 2 of 2 current",
    ):
        assert any(words in line for line in shown), (words, shown)
    whole = document("hubs", "show", "us")
    assert (whole["state"], whole["targets"]) == ("online", ["standby"])
    assert set(whole["zones"]) == {A, B}


def test_targets_are_listed_and_shown_with_secrets_as_references(ports: TablePorts) -> None:
    assert lines("targets", "list") == [
        "TARGET STATE ZONES BY",
        "power partial 1 of 2 current eu",
        "standby fully synced 2 of 2 current us",
    ]
    assert [each["name"] for each in document("targets", "list", "--state", "partial")["targets"]
    ] == ["power"]  # fmt: skip
    shown = lines("targets", "show", "power")
    assert shown[0] == "power, partial"
    for words in ("secrets.api_key: env:POWERDNS_API_KEY", "settings.host: 192.0.2.80"):
        assert words in shown
    assert "b.example. behind 6 1.5 s -" in shown
    assert document("targets", "show", "power")["zones_by_key"][B]["serial"] == 6


def test_secondaries_are_listed_and_shown(ports: TablePorts) -> None:
    assert lines("secondaries", "list") == [
        "SECONDARY STATE ZONES OF",
        "ns1 fully synced 2 of 2 current eu",
    ]
    shown = lines("secondaries", "show", "ns1")
    assert shown[0] == "ns1, fully synced"
    assert "address: 192.0.2.53" in shown and "tsig_key: paris" in shown
    assert "a.example. eu current 7 -" in shown
    assert document("secondaries", "show", "ns1")["zones_by_key"][A]["eu"]["state"] == "current"


def test_integrations_are_listed_with_whether_they_were_read(ports: TablePorts) -> None:
    assert lines("integrations", "list")[1:] == [
        "main - 2 - -",
        "dev - 0 standby arn:aws:iam::111122223333:role/zonemesh-source",
    ]
    now = int(time.time())
    ports.sweep_state.save(SweepMemory(now - 3700, behind={"dev": now - 7300}))
    told = lines("integrations", "list")
    assert told[1].startswith("main 1 h ago 2") and told[2].startswith("dev not since 2 h 0")
    (dev,) = document("integrations", "list", "dev")["integrations"]
    assert (dev["readable"], dev["zones"], dev["targets"]) == (False, [], ["standby"])


def test_what_is_not_there_is_told_with_what_is(ports: TablePorts) -> None:
    for noun, name, said in (
        ("zones", "c.example", "no zone `c.example`; known: "),
        ("hubs", "ue", "no hub `ue`; known: eu, us"),
        ("targets", "x", "no target `x`; known: standby, power"),
        ("secondaries", "ns2", "no secondary `ns2`; known: ns1"),
    ):
        result = run(noun, "show", name)
        assert (result.exit_code, result.stdout) == (2, "")
        assert said in result.stderr

"""What changes between two looks at the mesh, and what a further look reads."""

from collections import Counter
from dataclasses import replace
from typing import Any

from tests.unit.test_cli_status import NOW, Ports
from zonemesh.snapshot import Announcement
from zonemesh.status.changes import changes
from zonemesh.status.mesh_status import MeshStatus, read_status
from zonemesh.status.remembered import SLOW, RememberedPorts

KEY = "route53:main:example.com."


def mesh() -> Ports:
    """One zone at serial 7, served by one of two hubs."""
    ports = Ports()
    ports.head(ports.member("example.com."), 7)
    ports.ledger.mark_announced(Announcement(KEY, 7))
    serve(ports, "eu", 7)
    beat(ports, "eu", NOW)
    return ports


def serve(ports: Ports, hub: str, serial: int, **more: Any) -> None:
    report = {"state": "served", "serial": serial, "error": None} | more
    ports.reports.zone_status(hub, KEY, report)


def beat(ports: Ports, hub: str, at: float) -> None:
    ports.reports.heartbeat(hub, {"at": at, "ready": True, "mesh": 1})


def told(before: MeshStatus, after: MeshStatus) -> list[str]:
    return [str(change) for change in changes(before, after)]


def commit(ports: Ports, serial: int) -> None:
    head = ports.store.head(KEY)
    assert head
    ports.store.commit(ports.snapshot(KEY, serial), head)


def test_only_time_passing_is_no_change() -> None:
    ports = mesh()
    before = read_status(ports, NOW)
    ports.ledger.mark_verified(KEY, int(NOW))
    beat(ports, "eu", NOW + 30)
    assert told(before, read_status(ports, NOW + 40)) == []


def test_a_change_is_followed_from_its_serial_to_all_hubs() -> None:
    ports = mesh()
    serve(ports, "us", 7)
    first = read_status(ports, NOW)
    commit(ports, 8)
    second = read_status(ports, NOW)
    assert told(first, second) == [f"{KEY}: serial 7 → 8"]
    serve(ports, "eu", 8)
    third = read_status(ports, NOW)
    assert told(second, third) == [f"{KEY}: hub eu serves 8"]
    serve(ports, "us", 8)
    assert told(third, read_status(ports, NOW)) == [
        f"{KEY}: hub us serves 8",
        f"{KEY}: all hubs serve 8",
    ]


def test_what_needs_somebody_comes_and_goes() -> None:
    ports = mesh()
    before = read_status(ports, NOW)
    serve(ports, "eu", 7, error="disk full")
    after = read_status(ports, NOW)
    assert told(before, after) == [f"! {KEY} on eu: disk full"]
    assert told(after, before)[-1] == f"{KEY} on eu: needs nobody any more"


def test_a_hub_that_falls_silent_changes_though_nothing_was_written() -> None:
    ports = mesh()
    before, after = read_status(ports, NOW), read_status(ports, NOW + 600)
    assert told(before, after)[0] == "hub eu: online → offline"


def test_zones_come_and_go() -> None:
    ports = mesh()
    before = read_status(ports, NOW)
    ports.member("new.example.")
    after = read_status(ports, NOW)
    assert told(before, after) == ["route53:main:new.example.: is a zone of the mesh, active"]
    assert told(after, before) == [
        "route53:main:new.example.: is no zone of the mesh any more"
    ]  # fmt: skip


def test_secondaries_and_targets_change_as_a_whole() -> None:
    ports = mesh()
    serve(ports, "eu", 7, secondaries={"ns1": {"state": "current", "follows": 7}})
    before = read_status(ports, NOW)
    serve(ports, "eu", 7, secondaries={"ns1": {"state": "behind", "follows": 6, "since": NOW}})
    after = read_status(ports, NOW)
    assert told(before, after) == ["secondary ns1: fully synced → partial, 0 of 1 current"]


def counting(inner: Any, counts: Counter[str]) -> Any:
    """Count the calls of a port's methods, and the keys that they ask for."""

    class Counted:
        def __getattr__(self, name: str) -> Any:
            method = getattr(inner, name)

            def call(*arguments: Any) -> Any:
                many = isinstance(arguments[0], (list, set, tuple)) if arguments else False
                counts[name] += len(arguments[0]) if many else 1
                return method(*arguments)

            return call

    return Counted()


def test_a_further_look_at_500_zones_reads_their_heads_and_no_snapshot() -> None:
    ports, counts = Ports(), Counter[str]()
    keys = [ports.member(f"zone-{number}.example.") for number in range(500)]
    for zone in keys:
        ports.head(zone, 7)
        ports.ledger.mark_announced(Announcement(zone, 7))
    counted = replace(
        ports,
        **{
            name: counting(getattr(ports, name), counts)
            for name in ("store", "ledger", "register", "readiness_notes", "reports")
        },
    )
    clock = [0.0]
    remembered = RememberedPorts(counted, lambda: clock[0])
    first = read_status(remembered, NOW)
    assert counts["snapshot"] == 500
    counts.clear()
    assert read_status(remembered, NOW) == first
    assert counts == {"heads": 500, "reports": 2}

    head = ports.store.head(keys[0])
    ports.store.commit(ports.snapshot(keys[0], 8), head)
    counts.clear()
    after = read_status(remembered, NOW)
    assert (after.zones[0].serial, after.zones[0].announced) == (8, 7)
    assert counts == {"heads": 500, "reports": 2, "snapshot": 1, "announced": 1}

    clock[0] += SLOW
    counts.clear()
    read_status(remembered, NOW)
    assert counts["members"] == 1 and counts["verified"] == 500 and counts["readiness"] == 500

"""That `zonemesh status` stays one screen, from no zone to hundreds, wide and narrow."""

import pytest

from tests.fakes.memory import MemoryMeshStore
from tests.unit.test_cli_status import NOW, Ports, on_terminal, shown
from zonemesh.failover import Readiness
from zonemesh.snapshot import Announcement
from zonemesh.status.mesh_status import MeshStatus, read_status
from zonemesh.status.readiness import FoundReadiness

HUBS = [f"hub-{number:02d}" for number in range(16)]
MESH = """
integrations: {main: }
zones: [{discover: "*", integration: main}]
hubs: {%s}
"""
WHY = "nobody asks ns1.example.net, because the parent's NS set does not name it: add it"


def mesh_of(zones: int, hubs: list[str], behind: int = 0) -> MeshStatus:
    """A mesh of which every seventh zone is not ready, and the first ones are behind on a hub."""
    ports = Ports(mesh_store=MemoryMeshStore(MESH % ", ".join(f"{hub}: " for hub in hubs)))
    for number in range(zones):
        zone = ports.member(f"zone-{number:03d}.example.com.")
        ports.head(zone, 9, recorded_at=int(NOW) - 60)
        ports.ledger.mark_announced(Announcement(zone, 9))
        ports.ledger.mark_verified(zone, int(NOW) - 60)
        ready = Readiness.READY if number % 7 else Readiness.NOT_READY
        found = FoundReadiness(ready, () if number % 7 else (WHY,), int(NOW))
        ports.readiness_notes.note_readiness(zone, found)
        for hub in hubs:
            serial = 8 if hub == hubs[0] and number < behind else 9
            ports.reports.zone_status(hub, zone, {"state": "served", "serial": serial})
    for hub in hubs:
        beat = {"at": NOW - 5, "ready": True, "mesh": 1, "version": "1.2"}
        ports.reports.heartbeat(hub, beat)
    return read_status(ports, NOW)


def test_a_small_mesh_is_shown_whole() -> None:
    lines = shown(mesh_of(5, HUBS[:2]))
    assert sum(line.startswith("zone-") for line in lines) == 5
    assert "zone-001.example.com. active 9 1 min 1 min ready hub-00, hub-01" in lines
    assert (
        "zone-000.example.com. active 9 1 min 1 min not ready: nobody asks ns1.example.net "
        "hub-00, hub-01"
    ) in lines


def test_of_hundreds_of_zones_those_are_shown_that_are_not_current() -> None:
    lines = shown(mesh_of(300, HUBS, behind=2))
    assert (
        lines[:2]
        == [
            "300 zones, 16 hubs, mesh version 1",
            "Nothing needs anybody; 2 zones and 1 hub not there yet.",
        ]
        or lines[1] == "Nothing needs anybody; 2 zones not there yet."
    )
    assert [line.split()[0] for line in lines if line.startswith("zone-")] == [
        "zone-000.example.com.",
        "zone-001.example.com.",
    ]
    assert any(line.endswith("15 of 16, hub-00 at 8") for line in lines)
    assert (
        "… and 298 more, all current, 42 not ready for a failover; `zonemesh zones list` has them"
    ) in lines
    assert "16 hubs, all online; `zonemesh hubs list` has them" in lines


def test_hundreds_of_zones_that_are_all_current_are_a_line() -> None:
    lines = shown(mesh_of(300, HUBS))
    assert lines[1] == "Nothing needs anybody, and all is current."
    assert lines[3].startswith("300 zones, all current, 43 not ready for a failover; ")
    assert len(lines) < 10


@pytest.mark.parametrize("width", [60, 80, 120, 160])
@pytest.mark.parametrize("zones", [0, 1, 5, 60])
def test_it_fits_every_terminal_line_by_line(width: int, zones: int) -> None:
    status = mesh_of(zones, HUBS[:5], behind=zones // 2)
    lines = on_terminal(status, width).splitlines()
    assert max(map(len, lines)) <= width
    assert len(lines) < 45 or width < 80
    shown_zones = sum(line.startswith("zone-") for line in lines)
    assert shown_zones == (zones if zones < 24 else 24)


def test_tables_stand_side_by_side_where_there_is_room() -> None:
    ports = Ports()
    zone = ports.member("example.com.")
    ports.head(zone, 7)
    told = {"ns1": {"state": "current", "follows": 7}}
    ports.reports.zone_status("eu", zone, {"state": "served", "serial": 7, "secondaries": told})
    status = read_status(ports, NOW)
    wide = on_terminal(status, 160).splitlines()
    assert any("HUB " in line and "SECONDARY" in line for line in wide)
    narrow = on_terminal(status, 80).splitlines()
    assert not any("HUB " in line and "SECONDARY" in line for line in narrow)


def test_without_hubs_and_zones_it_says_what_comes_next() -> None:
    lines = shown(read_status(Ports(mesh_store=MemoryMeshStore("hubs: {}")), NOW))
    assert "No zones yet: the next sweep finds them (every 10 minutes by default)." in lines
    assert "No hubs yet: name one under `hubs:` in mesh.yaml, then `zonemesh apply`." in lines

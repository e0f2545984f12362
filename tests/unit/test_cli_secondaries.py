"""What `zonemesh status` says of secondaries, from what hubs report."""

from typing import Any

from tests.unit.test_cli_status import NOW, Ports, shown
from zonemesh.status.mesh_status import read_status, status_document

CAUSE = "nothing comes back"


def reported(ports: Ports, apex: str, hub: str = "eu", **secondaries: dict[str, Any]) -> str:
    """Report a zone at serial 7 with these secondaries; gives its key."""
    zone = ports.member(apex)
    ports.head(zone, 7)
    report = {"state": "served", "serial": 7, "error": None, "secondaries": secondaries}
    ports.reports.zone_status(hub, zone, report)
    return zone


def says(state: str, cause: str = "", age: float | None = None, **more: Any) -> dict[str, Any]:
    since = None if age is None else NOW - age
    return {"state": state, "cause": cause, "since": since, "follows": None, "lacks": 0} | more


def attention(ports: Ports) -> list[str]:
    return [line for line in shown(read_status(ports, NOW)) if line.startswith("! ")]


def test_secondaries_that_follow_need_no_attention_and_are_counted():
    ports = Ports()
    current = says("current", follows=7)
    reported(ports, "a.example.", ns1=current, ns2=current)
    reported(ports, "b.example.", ns1=current, ns2=says("behind", "why", 90.0, follows=6, lacks=1))
    lines = shown(read_status(ports, NOW))
    assert "eu provisioning never 2 of 2 current 1 of 2 current -" in lines
    assert "us provisioning never 0 of 2 current - -" in lines
    assert "ns1 fully synced 2 of 2 current eu" in lines
    assert "ns2 partial 1 of 2 current eu" in lines


def test_one_that_is_behind_says_by_how_much_how_long_and_why():
    ports = Ports()
    reported(ports, "a.example.", ns1=says("behind", "its limits", 200.0, follows=5, lacks=2))
    reported(ports, "b.example.", ns2=says("behind", "no transfer", 90.0, lacks=1))
    assert attention(ports) == [
        "! secondary ns1 of eu: a.example. behind for 3 min, at 5, 2 serials lacking: its limits",
        "! secondary ns2 of eu: b.example. behind for 1 min, without any serial, 1 serial lacking: "
        "no transfer",
    ]


def test_one_that_is_on_its_way_needs_no_attention():
    ports = Ports()
    on_its_way = says("behind", age=5.0, follows=6, lacks=1)
    reported(ports, "a.example.", ns1=on_its_way, ns2=says("unknown"))
    assert attention(ports) == []
    reported(ports, "b.example.", ns1=says("behind", age=61.0, follows=6, lacks=1))
    assert attention(ports) == [
        "! secondary ns1 of eu: b.example. behind for 1 min, at 6, 1 serial lacking"
    ]


def test_one_that_is_dead_is_said_once_for_all_its_zones():
    ports = Ports()
    for number in range(20):
        dead = says("unreachable", CAUSE, 100.0 + number)
        reported(ports, f"z{number:02d}.example.", ns1=dead, ns2=says("current", follows=7))
    (line,) = attention(ports)
    assert line == (
        "! secondary ns1 of eu: 20 zones (z00.example., z01.example., z02.example., …) "
        f"unreachable for 1 min: {CAUSE}"
    )


def test_one_that_is_current_and_refuses_notify_is_told_of():
    ports = Ports()
    reported(ports, "a.example.", ns1=says("current", "it refuses NOTIFY", follows=7))
    assert attention(ports) == ["! secondary ns1 of eu: a.example. current: it refuses NOTIFY"]


def test_the_document_has_each_secondary():
    ports = Ports()
    zone = reported(ports, "a.example.", ns1=says("behind", "why", 60.0, follows=6, lacks=1))
    (entry,) = [
        entry
        for entry in status_document(read_status(ports, NOW))["zones"]
        if entry["zone"] == zone
    ]
    assert entry["hubs"]["eu"]["secondaries"] == {
        "ns1": {
            "state": "behind",
            "cause": "why",
            "serial": 6,
            "lacks": 1,
            "since": NOW - 60.0,
            "behind_age": 60.0,
        }
    }


def test_a_report_of_an_older_hub_is_read():
    ports = Ports()
    reported(ports, "a.example.", ns1={"serial": 7, "result": "acknowledged", "follows": 7})
    assert attention(ports) == []
    status = read_status(ports, NOW)
    assert status.zones[0].hubs["eu"].secondaries["ns1"].serial == 7

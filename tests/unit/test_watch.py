"""What is amiss is told once when it has lasted, and once when it is over."""

import pytest

from tests.fakes.memory import MemoryMeshStore
from tests.unit.watched_mesh import MESH, WatchedMesh
from zonemesh.failover import Readiness
from zonemesh.status.readiness import FoundReadiness
from zonemesh.watch.alert import Phase
from zonemesh.watch.kinds import AlertKind


@pytest.fixture
def mesh() -> WatchedMesh:
    mesh = WatchedMesh()
    mesh.zone("a.example.com.")
    mesh.run()
    return mesh


def subjects(mesh: WatchedMesh, runs: int = 1, after: int = 120) -> list[str]:
    return [said.subject for _ in range(runs) for said in mesh.run(after)]


def test_a_mesh_that_is_well_tells_nothing(mesh: WatchedMesh) -> None:
    assert subjects(mesh, runs=10) == []
    assert mesh.ports.alert_log.alerts() == []


def test_a_hub_that_is_silent_is_told_once_and_its_return_once(mesh: WatchedMesh) -> None:
    mesh.silent = {"us"}
    assert subjects(mesh, runs=10) == ["zonemesh: hub us is offline"]
    mesh.silent = set()
    assert subjects(mesh, runs=10) == ["zonemesh: resolved: hub us is offline"]
    (past,) = mesh.ports.alert_log.past(10)
    assert (past.alert.kind, past.alert.subject) == (AlertKind.HUB_OFFLINE, "us")
    assert past.ended_at > past.alert.since


def test_a_hub_is_not_told_before_it_was_silent_for_as_long_as_the_mesh_says() -> None:
    mesh = WatchedMesh()
    mesh.ports.mesh_store = MemoryMeshStore(f"{MESH}\nalerts: {{hub_offline: 600}}")
    mesh.run()
    mesh.silent = {"us"}
    assert subjects(mesh, runs=4) == []
    assert subjects(mesh) == ["zonemesh: hub us is offline"]


def test_a_hub_that_was_never_heard_is_not_offline() -> None:
    mesh = WatchedMesh()
    mesh.silent = {"eu", "us"}
    mesh.zone("a.example.com.")
    assert subjects(mesh, runs=10) == []


def test_five_hundred_zones_on_a_silent_hub_are_one_message_that_names_a_few() -> None:
    mesh = WatchedMesh()
    for number in range(500):
        mesh.zone(f"z{number:03d}.example.com.")
    mesh.run()
    mesh.silent = {"us"}
    mesh.run(120)
    (said,) = mesh.run(120)
    assert "500: route53:main:z000.example.com., " in said.text
    assert "and 495 more" in said.text
    assert said.about["hub"] == ["us"]
    assert len(said.about["zone"]) == 5
    for number in range(500):  # what it has not got while it is silent is no news
        mesh.edit(f"route53:main:z{number:03d}.example.com.", 8)
        mesh.serve(f"route53:main:z{number:03d}.example.com.", 8, "eu")
    assert subjects(mesh, runs=10) == []


def test_hubs_that_fall_silent_together_are_one_message(mesh: WatchedMesh) -> None:
    mesh.silent = {"eu", "us"}
    assert subjects(mesh, runs=5) == ["zonemesh: 2 hubs are offline: eu, us"]
    mesh.silent = set()
    assert subjects(mesh, runs=5) == ["zonemesh: resolved: 2 hubs are offline: eu, us"]


def test_one_that_flaps_rings_once(mesh: WatchedMesh) -> None:
    mesh.hub_reports["us"] = {"problems": ["disk full"]}
    mesh.run()
    for number in range(20):
        mesh.hub_reports["us"] = {"problems": ["disk full"]} if number % 2 else {}
        assert mesh.run(60) == []  # never for long enough
    mesh.hub_reports["us"] = {"problems": ["disk full"]}
    assert subjects(mesh, runs=5) == ["zonemesh: hub us has trouble"]
    for number in range(20):
        mesh.hub_reports["us"] = {} if number % 2 else {"problems": ["disk full"]}
        assert mesh.run(60) == []  # nor is it well for long enough
    mesh.hub_reports["us"] = {}
    assert subjects(mesh, runs=5) == ["zonemesh: resolved: hub us has trouble"]


def test_a_held_change_rings_at_once_and_is_over_when_somebody_has_decided(
    mesh: WatchedMesh,
) -> None:
    zone = "route53:main:a.example.com."
    mesh.hold(zone, 9, "40 of 50 rrsets removed")
    (said,) = mesh.run(1)
    assert said.subject == "zonemesh: a change of a.example.com. is held"
    assert "40 of 50 rrsets removed" in said.text
    for command in ("diff", "approve", "reject", "rollback"):
        assert f"zonemesh {command} {zone}" in said.text
    assert subjects(mesh, runs=5) == []
    mesh.approve(zone)
    assert subjects(mesh, after=1) == ["zonemesh: resolved: a change of a.example.com. is held"]


def test_a_rejected_change_has_been_decided(mesh: WatchedMesh) -> None:
    zone = "route53:main:a.example.com."
    mesh.hold(zone, 9, "40 of 50 rrsets removed")
    mesh.run()
    head = mesh.ports.store.head(zone)
    assert head
    mesh.ports.store.reject(head)
    assert subjects(mesh) == ["zonemesh: resolved: a change of a.example.com. is held"]


def test_the_next_change_that_is_held_after_an_approval_rings_even_between_two_looks(
    mesh: WatchedMesh,
) -> None:
    zone = "route53:main:a.example.com."
    mesh.hold(zone, 9, "40 of 50 rrsets removed")
    mesh.run()
    mesh.approve(zone)
    mesh.hold(zone, 11, "name servers changed")
    (said,) = mesh.run()
    assert "approve route53:main:a.example.com. 11" in said.text
    assert subjects(mesh, runs=3) == []


def test_a_change_that_a_hub_lacks_for_too_long_is_told_with_its_age(mesh: WatchedMesh) -> None:
    zone = "route53:main:a.example.com."
    mesh.edit(zone, 8)
    mesh.serve(zone, 8, "eu")
    assert mesh.look().slowest >= 120
    assert subjects(mesh, runs=1) == []
    mesh.edit(zone, 9)  # the age is that of the first change that it lacks
    mesh.serve(zone, 9, "eu")
    assert subjects(mesh, runs=3) == ["zonemesh: changes are slow to reach hub us"]
    mesh.serve(zone, 9)
    assert subjects(mesh, runs=5) == ["zonemesh: resolved: changes are slow to reach hub us"]
    assert mesh.look().slowest == 0


def test_a_hub_that_follows_a_zone_which_changes_all_the_time_is_not_slow(
    mesh: WatchedMesh,
) -> None:
    zone = "route53:main:a.example.com."
    for serial in range(8, 30):  # one serial behind whenever the watch looks
        mesh.now += 118
        mesh.edit(zone, serial)
        assert mesh.run(2) == []
        mesh.serve(zone, serial)


def test_what_was_approved_long_after_it_was_recorded_is_not_slow(mesh: WatchedMesh) -> None:
    zone = "route53:main:a.example.com."
    mesh.hold(zone, 9, "40 of 50 rrsets removed")
    mesh.run(6 * 3600)
    head = mesh.ports.store.head(zone)
    assert head
    mesh.ports.store.accept(head)  # and the watch looks before a hub has it
    assert subjects(mesh) == ["zonemesh: resolved: a change of a.example.com. is held"]
    mesh.serve(zone, 9)
    assert subjects(mesh, runs=5) == []


def test_a_target_that_fails_for_all_its_zones_is_one_message() -> None:
    mesh = WatchedMesh()
    zones = [mesh.zone(f"{name}.example.net.") for name in ("a", "b", "c")]
    well = {"state": "published", "serial": 7}
    failing = {"state": "failing", "serial": 7, "error": "access denied", "failures": 3}
    for zone in zones:
        mesh.serve(zone, 7, "us", targets={"standby": failing, "spare": well})
    (said,) = [said for _ in range(5) for said in mesh.run()]
    assert said.subject == "zonemesh: publishing to target standby fails"
    assert "3: " in said.text and "access denied" in said.text
    assert said.about["place"] == ["standby"]
    mesh.serve(zones[0], 7)
    assert subjects(mesh, runs=5) == []  # two are left
    for zone in zones:
        mesh.serve(zone, 7)
    assert subjects(mesh, runs=5) == ["zonemesh: resolved: publishing to target standby fails"]


def test_a_secondary_that_is_behind_of_both_hubs_is_one_message(mesh: WatchedMesh) -> None:
    zone = "route53:main:a.example.com."
    behind = {"state": "behind", "follows": 6, "lacks": 1, "since": mesh.now, "cause": "no NOTIFY"}
    mesh.serve(zone, 7, secondaries={"paris": behind})
    (said,) = [said for _ in range(5) for said in mesh.run()]
    assert said.subject == "zonemesh: secondary paris is behind"
    assert said.about["hub"] == ["eu", "us"]
    assert mesh.look().secondaries_behind == 1
    mesh.silent = {"us"}  # what it said of its secondary is neither well nor new
    mesh.serve(zone, 7, "eu")
    told = subjects(mesh, runs=6)
    assert told == ["zonemesh: hub us is offline"]
    mesh.silent = set()
    mesh.serve(zone, 7)
    assert "zonemesh: resolved: secondary paris is behind" in subjects(mesh, runs=6)


def test_zones_that_go_together_are_one_message(mesh: WatchedMesh) -> None:
    for name in ("b", "c", "d"):
        mesh.zone(f"{name}.example.com.", state="gone", note="no such hosted zone")
    (said,) = mesh.run()
    assert said.subject == (
        "zonemesh: 3 zones are gone at their source: b.example.com., c.example.com., d.example.com."
    )
    assert said.about["state"] == ["begun"]


@pytest.mark.parametrize(
    ("change", "subject"),
    [
        ({"state": "conflict"}, "zonemesh: b.example.com. is not served by the mesh"),
        ({"state": "overlap"}, "zonemesh: b.example.com. is not served by the mesh"),
        ({"state": "gone"}, "zonemesh: b.example.com. is gone at its source"),
        (
            {"signed": "signed"},
            "zonemesh: b.example.com. is signed at Route 53, and served unsigned",
        ),
        ({"signed": "chained"}, "zonemesh: b.example.com. is served by no hub: it is signed"),
    ],
)
def test_what_becomes_of_a_member_is_told(
    mesh: WatchedMesh, change: dict[str, str], subject: str
) -> None:
    mesh.zone("b.example.com.", **change)
    assert subjects(mesh) == [subject]


def test_zones_that_are_not_compared_are_told_by_integration(mesh: WatchedMesh) -> None:
    mesh.zone("b.example.com.")
    assert subjects(mesh, after=24 * 3600 - 200) == []
    mesh.ports.ledger.mark_verified("route53:main:b.example.com.", mesh.now)
    (said,) = mesh.run(300)
    assert said.subject == (
        "zonemesh: zones of integration main are not compared with their source"
    )
    assert "1: route53:main:a.example.com." in said.text


def test_a_zone_that_would_not_survive_its_source_any_more_is_told(mesh: WatchedMesh) -> None:
    zone, notes = "route53:main:a.example.com.", mesh.ports.readiness_notes

    def note(readiness: Readiness, ready_at: int | None) -> None:
        notes.note_readiness(zone, FoundReadiness(readiness, ("lame",), mesh.now, ready_at))

    note(Readiness.NOT_READY, None)  # it never was ready
    assert subjects(mesh, runs=20) == []
    note(Readiness.NOT_READY, mesh.now)
    assert subjects(mesh, runs=20) == [
        "zonemesh: a.example.com. would not survive its source any more"
    ]
    note(Readiness.UNKNOWN, mesh.now)  # which is no better
    assert subjects(mesh, runs=20) == []
    note(Readiness.READY, mesh.now)
    assert subjects(mesh, runs=20) == [
        "zonemesh: resolved: a.example.com. would not survive its source any more"
    ]


def test_what_is_open_is_counted_by_kind(mesh: WatchedMesh) -> None:
    mesh.silent = {"us"}
    mesh.hold("route53:main:a.example.com.", 9, "much removed")
    for _ in range(5):
        watched = mesh.look()
    assert watched.open == {AlertKind.HUB_OFFLINE: 1, AlertKind.HELD: 1}
    assert (watched.offline_hubs, watched.held) == (1, 1)
    assert {alert.phase for alert in mesh.ports.alert_log.alerts()} == {Phase.OPEN}

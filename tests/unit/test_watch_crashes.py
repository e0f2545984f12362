"""Two runs at once, and a run that dies at any step, lose no message and double none but once."""

import pytest

from tests.fakes.watch import Killed
from tests.unit.watched_mesh import WatchedMesh
from zonemesh.mesh.definition import parse_mesh
from zonemesh.watch.findings import held_finding
from zonemesh.watch.run import watch
from zonemesh.watch.telling import Teller

BEGUN, ENDED = "zonemesh: hub us is offline", "zonemesh: resolved: hub us is offline"
ZONE = "route53:main:a.example.com."


@pytest.fixture
def mesh() -> WatchedMesh:
    mesh = WatchedMesh()
    mesh.zone("a.example.com.")
    mesh.run()
    return mesh


def run_and_die(mesh: WatchedMesh, passed: int, step: str) -> None:
    mesh.ports.alert_log.crashes = ["-"] * passed + [step]
    with pytest.raises(Killed):
        mesh.look()


@pytest.mark.parametrize(
    ("passed", "rung"),
    [(0, 0), (1, 1)],  # before the claim; before the note
)
def test_who_dies_while_telling_a_beginning_leaves_it_to_the_next(
    mesh: WatchedMesh, passed: int, rung: int
) -> None:
    mesh.silent = {"us"}
    mesh.look()
    run_and_die(mesh, passed, "put")
    assert mesh.ports.alerts.subjects == [BEGUN] * rung
    for _ in range(10):
        mesh.look()
    assert mesh.ports.alerts.subjects == [BEGUN] * (rung + 1)
    mesh.silent = set()
    for _ in range(10):
        mesh.look()
    assert mesh.ports.alerts.subjects == [BEGUN] * (rung + 1) + [ENDED]


@pytest.mark.parametrize(
    ("passed", "step", "rung"),
    [(0, "put", 0), (1, "keep", 1), (2, "forget", 1)],
)
def test_who_dies_while_telling_an_end_leaves_it_to_the_next(
    mesh: WatchedMesh, passed: int, step: str, rung: int
) -> None:
    mesh.silent = {"us"}
    for _ in range(5):
        mesh.look()
    mesh.silent = set()
    mesh.look()
    mesh.look()  # it has been well for less than long enough
    mesh.ports.alerts.said.clear()
    run_and_die(mesh, passed, step)
    assert mesh.ports.alerts.subjects == [ENDED] * rung
    for _ in range(10):
        mesh.look()
    assert mesh.ports.alerts.subjects == [ENDED] * (rung + 1)
    assert len(mesh.ports.alert_log.past(10)) == 1
    assert mesh.ports.alert_log.alerts() == []


def test_who_dies_each_time_after_ringing_rings_twice_and_no_more(mesh: WatchedMesh) -> None:
    mesh.silent = {"us"}
    mesh.look()
    for _ in range(2):
        run_and_die(mesh, 1, "put")
        mesh.now += 120  # its claim expires
    for _ in range(10):
        mesh.look()
    assert mesh.ports.alerts.subjects == [BEGUN] * 2


def test_what_was_told_by_one_who_died_is_resolved_though_it_is_over_by_then(
    mesh: WatchedMesh,
) -> None:
    mesh.silent = {"us"}
    mesh.look()
    run_and_die(mesh, 1, "put")
    mesh.silent = set()
    for _ in range(10):
        mesh.look()
    assert mesh.ports.alerts.subjects == [BEGUN, ENDED]


def test_what_begins_again_after_an_end_that_may_have_been_told_is_told_again(
    mesh: WatchedMesh,
) -> None:
    mesh.silent = {"us"}
    for _ in range(5):
        mesh.look()
    mesh.silent = set()
    mesh.look()
    mesh.look()
    run_and_die(mesh, 1, "keep")
    mesh.silent = {"us"}
    for _ in range(5):
        mesh.look()
    assert mesh.ports.alerts.subjects == [BEGUN, ENDED, BEGUN]


def test_while_nobody_can_be_told_it_is_tried_each_time_and_told_once(mesh: WatchedMesh) -> None:
    mesh.silent = {"us"}
    mesh.look()
    mesh.ports.alerts.broken = True
    for _ in range(10):
        assert mesh.look().told.problems == [f"{BEGUN}: no topic"]
    mesh.ports.alerts.broken = False
    mesh.look()
    assert mesh.ports.alerts.subjects == [BEGUN]
    mesh.ports.alerts.broken, mesh.silent = True, set()
    for _ in range(10):
        mesh.look()
    mesh.ports.alerts.broken = False
    mesh.look()
    assert mesh.ports.alerts.subjects == [BEGUN, ENDED]


def test_of_two_runs_at_once_one_tells(mesh: WatchedMesh) -> None:
    mesh.silent = {"us"}
    mesh.look()
    mesh.now += 120
    ports, log = mesh.ports, mesh.ports.alert_log
    newest = ports.mesh_store.newest()
    assert newest
    definition = parse_mesh(newest.text)
    read_before = log.alerts()
    watch(ports, definition, mesh.now)
    log.alerts = lambda: read_before  # type: ignore[method-assign]
    watch(ports, definition, mesh.now)
    assert ports.alerts.subjects == [BEGUN]


def told_by_the_recorder(mesh: WatchedMesh, serial: int) -> None:
    """What the recorder does that holds a change."""
    head = mesh.ports.store.head(ZONE)
    assert head
    teller = Teller(mesh.ports.alert_log, mesh.ports.alerts, "docs/runbook.md", mesh.now)
    teller.tell_at_once(held_finding(ZONE, serial, head.serial, ["much removed"]))


HELD = "zonemesh: a change of a.example.com. is held"


def test_what_the_recorder_told_the_watch_does_not_tell_again_but_its_end(
    mesh: WatchedMesh,
) -> None:
    mesh.hold(ZONE, 9, "much removed")
    told_by_the_recorder(mesh, 9)
    told_by_the_recorder(mesh, 9)  # a doubled event
    mesh.look()
    mesh.approve(ZONE)
    mesh.look()
    assert mesh.ports.alerts.subjects == [HELD, HELD.replace(": ", ": resolved: ", 1)]


def test_the_recorder_does_not_tell_what_the_watch_was_faster_with(mesh: WatchedMesh) -> None:
    mesh.hold(ZONE, 9, "much removed")
    mesh.look()
    told_by_the_recorder(mesh, 9)
    assert mesh.ports.alerts.subjects == [HELD]


def test_the_next_change_that_is_held_is_told_by_the_recorder_before_the_watch_looks(
    mesh: WatchedMesh,
) -> None:
    mesh.hold(ZONE, 9, "much removed")
    told_by_the_recorder(mesh, 9)
    mesh.approve(ZONE)
    mesh.hold(ZONE, 11, "much removed")
    told_by_the_recorder(mesh, 11)
    mesh.look()
    assert mesh.ports.alerts.subjects == [HELD, HELD]


def test_what_the_recorder_could_not_tell_the_watch_tells(mesh: WatchedMesh) -> None:
    mesh.hold(ZONE, 9, "much removed")
    mesh.ports.alerts.broken = True
    told_by_the_recorder(mesh, 9)
    mesh.ports.alerts.broken = False
    for _ in range(3):
        mesh.look()
    assert mesh.ports.alerts.subjects == [HELD]

"""What is published when: on a ring, on the schedule, again after failures, and what waits."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from hub_container.publishing import pushes
from hub_container.publishing.lanes import Pair
from hub_container.publishing.publisher import Publisher
from hub_container.publishing.pushes import Job
from local.servers.client import wait_until
from tests.fakes.memory import MemorySnapshotStore
from tests.fakes.publications import MemoryApprovals, MemoryPublications, MemoryTarget
from zonemesh.mesh.definition import Mesh, parse_mesh
from zonemesh.ports import Member
from zonemesh.route53.plan import Remark
from zonemesh.snapshot import Reason, Snapshot
from zonemesh.targets.approving import let_through, what_waits
from zonemesh.targets.ports import (
    Approval,
    HeldBack,
    Order,
    Outcome,
    TargetFailed,
    terms_of,
)

MESH = """
integrations: {main: {}, copies: {}}
zones:
  - {discover: "*", integration: main, targets: [copy, power]}
hubs: {one: , two: }
targets:
  copy: {type: route53, hub: one, integration: copies, retries: RETRIES}
  power: {type: octodns, hub: one, provider: octodns_powerdns.PowerDnsProvider}
"""
EVERY = 600.0


def key(apex: str) -> str:
    return f"route53:main:{apex}"


COPY = Pair(key("example.com."), "copy")
POWER = Pair(key("example.com."), "power")


@dataclass
class Desk:
    """A publisher over ports in memory, with two targets."""

    retries: int = 10
    store: MemorySnapshotStore = field(default_factory=MemorySnapshotStore)
    publications: MemoryPublications = field(default_factory=MemoryPublications)
    approvals: MemoryApprovals = field(default_factory=MemoryApprovals)
    members: list[Member] = field(default_factory=list)
    opened: list[Job] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.mesh = self.parsed()
        self.targets = {
            name: MemoryTarget(terms_of(target)) for name, target in self.mesh.targets.items()
        }
        self.publisher = self.anew()

    def parsed(self, **changes: str) -> Mesh:
        text = MESH.replace("RETRIES", str(self.retries))
        for before, after in changes.items():
            text = text.replace(before, after)
        return parse_mesh(text)

    def anew(self) -> Publisher:
        """Make the publisher of a hub that was started again."""
        self.publisher = Publisher(
            "one", self.store, self.publications, self.approvals, self.open, EVERY
        )
        self.publisher.tell(self.told.append)
        return self.publisher

    def open(self, job: Job) -> MemoryTarget:
        self.opened.append(job)
        return self.targets[job.name]

    def join(self, apex: str = "example.com.", **fields: Any) -> None:
        member = Member(key(apex), apex, "main", "Z1", "discovered", ("two",), **fields)
        self.members.append(member)
        self.configure()

    def configure(self) -> list[str]:
        return self.publisher.configure(self.mesh, self.members)

    def record(self, serial: int, apex: str = "example.com.", ring: bool = True) -> None:
        zone = key(apex)
        head = self.store.head(zone)
        parent = head.serial if head else None
        soa = f"{apex} 900 IN SOA ns. root. 0 1 1 1 1"
        snapshot = Snapshot(zone, apex, serial, parent, 0, Reason("event"), soa, None, None, None)
        self.store.commit(snapshot, head)
        if ring:
            self.publisher.heard(zone, serial)

    def catch_up(self) -> None:
        self.publisher.catch_up(self.store.heads(self.publisher.zones()))

    @contextmanager
    def running(self) -> Iterator[Publisher]:
        publisher = self.publisher
        publisher.start()
        try:
            yield publisher
        finally:
            publisher.stop()

    def settle(self) -> None:
        wait_until("nothing is under way", lambda: self.publisher.lanes.idle, 30)

    def state(self, pair: Pair = COPY) -> Mapping[str, Any]:
        return self.publisher.states.of(pair).report()


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Desk:
    monkeypatch.setattr(pushes, "FIRST_BACKOFF", 0.01)
    monkeypatch.setattr(pushes, "APPROVED_YET", 0.01)
    return Desk()


def refusing(times: int) -> Callable[[Snapshot, Order], None]:
    """Fail so many times."""
    left = [times]

    def before(snapshot: Snapshot, order: Order) -> None:
        if left[0]:
            left[0] -= 1
            raise TargetFailed("no answer")

    return before


def test_what_is_recorded_is_published_to_each_target(desk: Desk) -> None:
    desk.join()
    with desk.running():
        desk.record(7)
        desk.settle()
    for name in ("copy", "power"):
        assert desk.targets[name].serials == [("example.com.", 7)]
        assert desk.state(Pair(COPY.zone, name))["state"] == "published"
    state = desk.state()
    assert (state["serial"], state["failures"], state["error"]) == (7, 0, None)
    assert state["last"]["insync"] == 0.5
    assert state["seconds"] >= 0


def test_a_ring_is_heard_of_the_newest_snapshot_and_a_late_one_changes_nothing(desk: Desk) -> None:
    desk.join()
    desk.record(7, ring=False)
    desk.record(8, ring=False)
    with desk.running():
        desk.publisher.heard(COPY.zone, 7)
        desk.settle()
        desk.publisher.heard(COPY.zone, 7)
        assert not desk.publisher.heard("route53:main:unknown.example.", 7)
        desk.settle()
    assert desk.targets["copy"].serials == [("example.com.", 8)]


def test_a_ring_for_a_zone_whose_hosted_zone_was_not_there_has_the_members_read(desk: Desk) -> None:
    desk.members.append(Member(COPY.zone, "example.com.", "main", "", "listed", ("two",), "gone"))
    desk.configure()
    with desk.running():
        assert desk.publisher.heard(COPY.zone, 7)
        desk.members = [replace(desk.members[0], hosted_zone_id="Z1", state="active")]
        desk.record(7, ring=False)
        desk.configure()
        assert not desk.publisher.heard(COPY.zone, 7)
        desk.settle()
    assert desk.targets["copy"].serials == [("example.com.", 7)]


def test_a_second_publication_builds_on_the_first_without_a_listing(desk: Desk) -> None:
    desk.join()
    with desk.running():
        desk.record(7)
        desk.settle()
        desk.record(8)
        desk.settle()
    assert desk.targets["copy"].serials == [("example.com.", 7), ("example.com.", 8)]
    assert desk.targets["copy"].listings == 1


def test_the_schedule_publishes_what_no_ring_told_of(desk: Desk) -> None:
    desk.join()
    with desk.running():
        desk.settle()
        desk.record(7, ring=False)
        desk.catch_up()
        desk.settle()
    assert desk.targets["copy"].serials == [("example.com.", 7)]


def test_the_schedule_looks_for_drift_once_in_its_interval(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1000.0]
    monkeypatch.setattr("hub_container.publishing.publisher.time.monotonic", lambda: clock[0])
    desk.join()
    target = desk.targets["copy"]
    publisher = desk.publisher
    publisher.lanes.start = lambda: None  # type: ignore[method-assign]
    desk.record(7, ring=False)
    publisher._was_listed(COPY)
    publisher._was_listed(POWER)
    desk.catch_up()
    assert not publisher.lanes._to_look
    clock[0] += EVERY
    desk.catch_up()
    assert publisher.lanes._to_look.keys() == {COPY, POWER}
    assert not target.serials


def test_a_restart_looks_at_its_targets_and_writes_what_differs(desk: Desk) -> None:
    desk.join()
    with desk.running():
        desk.record(7)
        desk.settle()
    desk.anew()
    desk.configure()
    with desk.running():
        desk.settle()
        assert desk.state()["serial"] == 7
        assert desk.targets["copy"].serials == [("example.com.", 7)]
        before = desk.targets["copy"].listings
        desk.catch_up()
        desk.settle()
    assert desk.targets["copy"].listings == before + 1


def test_drift_that_is_only_reported_shows(desk: Desk) -> None:
    desk.join()
    with desk.running():
        desk.record(7)
        desk.settle()
        desk.targets["copy"].drifted = True
        desk.anew()
    desk.configure()
    with desk.running():
        desk.catch_up()
        desk.settle()
        assert desk.state()["state"] == "drifted"
        desk.publisher.lanes.ask(COPY)  # which lists nothing, and so cannot know better
        desk.settle()
        desk.record(8)
        desk.settle()
        assert desk.targets["copy"].serials[-1] == ("example.com.", 8)
    assert desk.state()["state"] == "drifted"
    assert len(desk.state()["drift"]) == 1
    assert desk.publisher.report()["copy"]["drifted"] == 1


def test_a_failure_is_tried_again_and_its_error_outlives_it(desk: Desk) -> None:
    desk.join()
    desk.targets["copy"].before = refusing(3)
    with desk.running():
        desk.record(7)
        wait_until("it is published", lambda: desk.state()["state"] == "published", 30)
    state = desk.state()
    assert (state["failures"], state["error"], state["next_attempt"]) == (0, None, None)
    assert state["last_error"] == "TargetFailed: no answer"
    assert len(desk.opened) == 4 + 1  # anew after each failure; once for the other target


def test_after_its_retries_a_target_waits_for_the_schedule(desk: Desk) -> None:
    desk.retries = 2
    desk.mesh = desk.parsed()
    desk.join()
    desk.targets["copy"].before = refusing(1000)
    with desk.running():
        desk.record(7)
        wait_until("it gave up", lambda: desk.state()["failures"] == 3, 30)
        desk.settle()
        state = desk.state()
        assert state["state"] == "failing"
        assert state["next_attempt"] is None
        assert state["error"] == "TargetFailed: no answer"
        desk.catch_up()
        wait_until("it gave up again", lambda: desk.state()["failures"] >= 6, 30)
        desk.settle()
        assert desk.state()["next_attempt"] is None
        assert desk.state()["failing_since"] == state["failing_since"]
    assert desk.publisher.report()["copy"]["errors"] == {COPY.zone: "TargetFailed: no answer"}


def test_without_retries_one_failure_is_enough(desk: Desk) -> None:
    desk.retries = 0
    desk.mesh = desk.parsed()
    desk.join()
    desk.targets["copy"].before = refusing(1000)
    with desk.running():
        desk.record(7)
        wait_until("it failed", lambda: desk.state()["failures"] == 1, 30)
        desk.settle()
        assert desk.state()["next_attempt"] is None


def test_pauses_double_with_jitter_up_to_a_limit() -> None:
    for tries, middle in ((1, 1.0), (2, 2.0), (5, 16.0), (9, 256.0), (10, 300.0), (50, 300.0)):
        found = {pushes.backoff(tries) for _ in range(20)}
        assert len(found) > 1
        assert all(middle * 0.8 <= pause <= middle * 1.2 for pause in found)


def test_a_target_that_fails_delays_neither_another_target_nor_another_zone(desk: Desk) -> None:
    desk.join()
    desk.join("example.net.")
    hung, released = threading.Event(), threading.Event()

    def before(snapshot: Snapshot, order: Order) -> None:
        if snapshot.apex == "example.com.":
            hung.set()
            assert released.wait(60)
            raise TargetFailed("it hung")

    desk.targets["copy"].before = before
    with desk.running():
        desk.record(7)
        assert hung.wait(30)
        desk.record(8, "example.net.")
        wait_until(
            "all else is published",
            lambda: (
                desk.targets["copy"].serials == [("example.net.", 8)]
                and sorted(desk.targets["power"].serials)
                == [("example.com.", 7), ("example.net.", 8)]
            ),
            30,
        )
        released.set()
        desk.targets["copy"].before = lambda snapshot, order: None
        wait_until("and this too", lambda: len(desk.targets["copy"].serials) == 2, 30)


def test_a_zone_is_pushed_to_a_target_once_at_a_time(desk: Desk) -> None:
    desk.join()
    with desk.running():
        for serial in range(1, 40):
            desk.record(serial)
        desk.settle()
    assert desk.targets["copy"].most_at_work == 1
    assert desk.targets["copy"].serials[-1] == ("example.com.", 39)


def test_a_push_that_was_cut_off_leaves_its_base_unclean(desk: Desk) -> None:
    desk.join()
    with desk.running():
        desk.record(7)
        desk.settle()
        listings = desk.targets["copy"].listings

        def crash(snapshot: Snapshot, order: Order) -> None:
            assert not desk.publications.notes[COPY].clean
            raise TargetFailed("cut off")

        desk.targets["copy"].before = crash
        desk.record(8)
        wait_until("it failed", lambda: desk.state()["failures"], 30)
        assert desk.publications.notes[COPY].serial == 7
        desk.targets["copy"].before = lambda snapshot, order: None
        wait_until("it goes on", lambda: desk.state()["serial"] == 8, 30)
    assert desk.targets["copy"].listings > listings
    assert desk.publications.notes[COPY].clean


def test_a_failed_look_for_drift_is_made_again(desk: Desk) -> None:
    desk.join()
    with desk.running():
        desk.record(7)
        desk.settle()
        desk.anew()
    desk.configure()
    desk.targets["copy"].before = refusing(2)
    with desk.running():
        desk.settle()
        listings = desk.targets["copy"].listings
        desk.catch_up()
        wait_until(
            "it was listed in the end",
            lambda: desk.state()["last_error"] and desk.state()["state"] == "published",
            30,
        )
    assert desk.targets["copy"].listings == listings + 3


HELD = HeldBack(("copy: 9 of 10 rrsets would be deleted",), 0, 0, 9)


def test_what_the_guard_holds_waits_for_its_approval(desk: Desk) -> None:
    desk.join()
    desk.targets["copy"].holds = lambda snapshot: HELD
    with desk.running():
        desk.record(7)
        wait_until("it is held", lambda: desk.state()["state"] == "held", 30)
        assert desk.state()["held"]["reasons"] == HELD.reasons
        assert desk.publications.waiting[COPY] == (7, HELD)
        assert desk.targets["copy"].serials == []
        desk.settle()
        desk.approvals.approve(*COPY, Approval(6, 0, 9))  # of another serial
        desk.approvals.approve(*POWER, Approval(7, 0, 9))  # of another target
        listings = desk.targets["copy"].listings
        looks: list[str] = []
        desk.store.on_step = looks.append
        wait_until("it was looked for", lambda: looks.count("head") > 3, 30)
        assert desk.targets["copy"].listings == listings
        desk.approvals.approve(*COPY, Approval(7, 0, 9))
        wait_until("it is published", lambda: desk.state()["state"] == "published", 30)
    assert desk.targets["copy"].serials == [("example.com.", 7)]
    assert desk.publications.waiting[COPY] is None


def test_an_approval_of_too_little_has_nothing_planned_again(desk: Desk) -> None:
    desk.join()
    desk.targets["copy"].holds = lambda snapshot: HELD
    with desk.running():
        desk.record(7)
        wait_until("it is held", lambda: desk.state()["state"] == "held", 30)
        desk.settle()
        listings = desk.targets["copy"].listings
        desk.approvals.approve(*COPY, Approval(7, 0, 8))
        looks: list[str] = []
        desk.store.on_step = looks.append
        wait_until("it was looked for", lambda: looks.count("head") > 3, 30)
    assert desk.targets["copy"].listings == listings
    assert desk.targets["copy"].serials == []


def test_what_is_noted_as_held_grows_with_drift_so_that_its_approval_is_enough(desk: Desk) -> None:
    desk.join()
    target, more = desk.targets["copy"], replace(HELD, changed=3, deleted=11)
    target.holds = lambda snapshot: HELD
    with desk.running():
        desk.record(7)
        wait_until("it is held", lambda: desk.state()["state"] == "held", 30)
        desk.settle()
        target.holds = lambda snapshot: more
        desk.publisher.lanes.look(COPY)
        wait_until("the note says so", lambda: desk.publications.waiting[COPY] == (7, more), 30)
        wait_until("so does the state", lambda: (desk.state()["held"] or {})["deleted"] == 11, 30)
        waiting = what_waits(desk.publications, desk.members[0], "copy")
        let_through(desk.approvals, waiting, "", 0)
        wait_until("it is published", lambda: desk.state()["state"] == "published", 30)
    assert target.serials == [("example.com.", 7)]


def test_what_is_held_ends_with_a_newer_snapshot_that_is_not(desk: Desk) -> None:
    desk.join()
    desk.targets["copy"].holds = lambda snapshot: HELD if snapshot.serial == 7 else None
    with desk.running():
        desk.record(7)
        wait_until("it is held", lambda: desk.state()["state"] == "held", 30)
        desk.record(8)
        wait_until("it is published", lambda: desk.state()["serial"] == 8, 30)
    assert desk.state()["held"] is None
    assert desk.publications.waiting[COPY] is None


def test_a_head_that_fell_back_is_not_followed(desk: Desk) -> None:
    desk.join()
    with desk.running():
        desk.record(9)
        desk.settle()
        desk.store.current.clear()
        desk.record(7, ring=False)
        desk.catch_up()
        wait_until("it says so", lambda: desk.state()["error"], 30)
    assert "serial 7 is older than 9" in desk.state()["error"]
    assert desk.targets["copy"].serials == [("example.com.", 9)]


def test_a_zone_without_a_snapshot_waits_without_an_error(desk: Desk) -> None:
    desk.join()
    with desk.running():
        desk.catch_up()
        desk.settle()
        assert (desk.state()["state"], desk.state()["error"]) == ("waiting", None)


def test_a_changed_definition_is_published_under(desk: Desk) -> None:
    desk.join()
    with desk.running():
        desk.record(7)
        desk.settle()
        desk.mesh = desk.parsed(**{"hub: one, integration": "hub: one, apex_ns: true, integration"})
        desk.targets["copy"].terms = terms_of(desk.mesh.targets["copy"])
        desk.configure()
        desk.settle()
    assert desk.targets["copy"].serials == [("example.com.", 7)] * 2
    assert desk.targets["power"].serials == [("example.com.", 7)]


def test_other_credentials_open_the_target_anew(desk: Desk) -> None:
    desk.join()
    role = 'copies: {role_arn: "arn:aws:iam::444455556666:role/copies"}'
    with desk.running():
        desk.record(7)
        desk.settle()
        opened = len(desk.opened)
        desk.mesh = desk.parsed(**{"copies: {}": role})
        desk.configure()
        desk.record(8)
        desk.settle()
    assert [job.name for job in desk.opened[opened:]] == ["copy"]


def test_a_target_taken_out_of_the_mesh_is_left_alone(desk: Desk) -> None:
    desk.join()
    with desk.running():
        desk.record(7)
        desk.settle()
        desk.mesh = desk.parsed(**{"targets: [copy, power]": "targets: [power]"})
        desk.configure()
        desk.record(8)
        desk.settle()
    assert desk.targets["copy"].serials == [("example.com.", 7)]
    assert desk.publisher.report().keys() == {"power"}
    assert desk.publisher.zone_report(COPY.zone)["targets"].keys() == {"power"}


def test_another_hub_s_targets_and_zones_that_are_not_served_are_not_published(desk: Desk) -> None:
    desk.join()
    desk.join("example.net.", state="conflict")
    desk.mesh = desk.parsed(**{"hub: one, provider": "hub: two, provider"})
    desk.configure()
    assert desk.publisher.pushes.jobs.keys() == {COPY}
    assert desk.publisher.zones() == {COPY.zone}


def test_a_zone_that_is_gone_at_its_source_is_published_on(desk: Desk) -> None:
    desk.join(state="gone")
    with desk.running():
        desk.record(7)
        desk.settle()
    assert desk.targets["copy"].serials == [("example.com.", 7)]


def test_a_zone_that_is_signed_with_a_ds_is_not_published_and_the_hub_says_why(desk: Desk) -> None:
    desk.join(signed="chained")
    problems = desk.configure()
    assert len(problems) == 2
    assert "not published to copy" in problems[0]
    assert not desk.publisher.zones()


def test_two_zones_of_one_name_are_not_published_to_one_place(desk: Desk) -> None:
    pattern = "targets: [copy, power]}"
    desk.mesh = desk.parsed(
        **{pattern: f'{pattern}\n  - {{discover: "*", integration: copies, targets: [power]}}'}
    )
    desk.join()
    with desk.running():
        desk.record(7)
        desk.settle()
        other = replace(
            desk.members[0],
            zone="route53:copies:example.com.",
            integration="copies",
            hosted_zone_id="Z2",
        )
        desk.members.append(other)
        problems = desk.configure()
        assert len(problems) == 2
        assert f"not published to power, as {COPY.zone} has the same name" in problems[0]
        assert desk.publisher.pushes.jobs.keys() == {COPY}
        desk.members[1] = replace(other, state="gone")
        assert len(desk.configure()) == 1
        assert desk.publisher.pushes.jobs.keys() == {COPY, POWER}
        desk.record(8)
        desk.settle()
    assert desk.targets["power"].serials == [("example.com.", 7), ("example.com.", 8)]


def test_a_report_of_long_records_and_errors_fits_an_item(desk: Desk) -> None:
    desk.join()
    states = desk.publisher.states
    remarks = tuple(
        Remark({"Name": f"n{number}.example.com.", "Type": "TXT"}, "x" * 4000)
        for number in range(1000)
    )
    outcome = Outcome(7, "there", changed=1, listed=True, left=remarks, lost=remarks, drift=remarks)
    states.came_out(COPY, replace(outcome, repaired=False), 1.0)
    states.failed(COPY, "y" * 100_000, None)
    text = json.dumps(desk.publisher.zone_report(COPY.zone))
    assert len(text) < 60_000
    assert desk.state()["lost_count"] == 1000
    assert len(json.dumps(desk.publisher.report())) < 10_000


def test_whose_state_changes_is_told(desk: Desk) -> None:
    desk.join()
    with desk.running():
        desk.record(7)
        desk.settle()
    assert set(desk.told) == {COPY.zone}
    report = desk.publisher.zone_report(COPY.zone)["targets"]
    assert report["copy"]["state"] == "published"
    assert desk.publisher.zone_report("route53:main:other.example.") == {}

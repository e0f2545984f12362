"""What the pages are made of, without a server."""

import threading
import time
from dataclasses import replace

import pytest

from tests.dashboard.played import ALICE, CI, PlayedMesh, held, realistic, rrset, small
from zonemesh.audit import APPROVE, AuditEntry
from zonemesh.dashboard import words
from zonemesh.dashboard.following import HubOrdered
from zonemesh.dashboard.links import diff_url, zone_url
from zonemesh.dashboard.live import Reader
from zonemesh.dashboard.pages.events import event_row, short
from zonemesh.dashboard.pages.ordered import hub_order
from zonemesh.dashboard.pages.overview import PAGE, Wanted, overview
from zonemesh.dashboard.pages.zone import zone_page
from zonemesh.dashboard.pages.zone_material import read_material
from zonemesh.dashboard.remembered import Recent, RememberingStore
from zonemesh.dashboard.rendering import code
from zonemesh.dashboard.words import Tag, Tone
from zonemesh.errors import StoreUnavailable
from zonemesh.history import read_history
from zonemesh.orders.order import HubOrder, OrderKind, OrderResult, Step, StepOutcome
from zonemesh.orders.ordering import Standing
from zonemesh.status.hubs import HubStatus
from zonemesh.status.mesh_status import MeshStatus, ZoneStatus, read_status

CORP, SHOP = "route53:main:corp.example.", "route53:main:shop.example."


def status_of(mesh: PlayedMesh) -> MeshStatus:
    return read_status(mesh, time.time())


def zone_of(status: MeshStatus, key: str) -> ZoneStatus:
    return next(zone for zone in status.zones if zone.member.zone == key)


def test_a_zone_is_tagged_by_the_gravest_that_is_the_case() -> None:
    mesh, key = held()
    zone = zone_of(status_of(mesh), key)
    assert words.of_zone(zone) == Tag("held", Tone.BAD)
    assert words.of_zone(replace(zone, rejected=True)) == Tag("rejected", Tone.WARN)
    assert words.of_zone(replace(zone, held=None)) == Tag("current", Tone.GOOD)
    assert words.of_zone(replace(zone, held=None, serial=None)).text == "no snapshot"
    assert words.of_zone(replace(zone, held=None, hubs={})).text == "on no hub"
    gone = replace(zone, member=replace(zone.member, state="gone"))
    assert words.of_zone(gone) == Tag("gone", Tone.WARN)
    failing = {"office": replace(zone.hubs["office"], error="disk full")}
    assert words.of_zone(replace(zone, held=None, hubs=failing)) == Tag("error", Tone.BAD)


def test_places_are_counted_with_the_names_of_those_that_lack_something() -> None:
    zone = zone_of(status_of(realistic()), CORP)
    hubs = words.hubs_tally(zone)
    assert (hubs.current, hubs.count, hubs.tone) == (2, 3, Tone.WARN)
    assert hubs.hint == "not on office"
    secondaries = words.secondaries_tally(zone)
    assert (secondaries.current, secondaries.count) == (1, 2)
    targets = words.targets_tally(zone)
    assert (targets.current, targets.count, targets.tone) == (0, 1, Tone.BAD)


def test_the_overview_gives_the_page_that_is_asked_for_and_no_page_beyond_the_last() -> None:
    mesh = PlayedMesh()
    for number in range(PAGE + 1):
        mesh.zone(f"zone{number:03}.example.")
    status = status_of(mesh)
    first, last = overview(status, Wanted()), overview(status, Wanted(page=99))
    assert (len(first.zones), first.pages) == (PAGE, 2)
    assert [zone.apex for zone in last.zones] == [f"zone{PAGE}.example."]
    assert last.wanted.page == 2
    nothing = overview(status, Wanted("nothing"))
    assert (nothing.zones, nothing.pages, nothing.all_zones) == ((), 1, PAGE + 1)


def test_an_event_says_who_in_short_and_in_full_and_with_what() -> None:
    mesh = small()
    key = "route53:main:example.com."
    mesh.edit(key, rrset("www.example.com.", "A", "192.0.2.9"), by=CI, agent="tool/1\x1b[31m")
    mesh.audit.note(AuditEntry(int(time.time()) + 5, APPROVE, key, 7, ALICE, "why"))
    action, change, first = map(event_row, read_history(mesh.store, mesh.audit, key, 9).events)
    assert (action.title, action.callers[0].name, action.why) == ("approve 7", "alice", ("why",))
    (caller,) = change.callers
    assert (caller.name, caller.whole) == ("terraform-ci", CI)
    assert caller.tool == "from 203.0.113.77 with tool/1\\u001b[31m"
    assert change.before == first.serial
    assert (first.before, first.why) == (None, ("the zone's first listing",))


@pytest.mark.parametrize(
    ("principal", "name"),
    [
        (ALICE, "alice"),
        ("arn:aws:iam::123456789012:root", "root"),
        ("route53.amazonaws.com", "route53.amazonaws.com"),
        ("", ""),
    ],
)
def test_the_last_part_of_an_arn_is_the_person(principal: str, name: str) -> None:
    assert short(principal) == name


def test_what_the_policy_refuses_is_shown_and_not_to_be_approved() -> None:
    mesh, key = held()
    status = status_of(mesh)
    zone = zone_of(status, key)
    page = zone_page(status, zone, read_material(mesh, zone, 5))
    assert page.held and page.held.approvable and page.held.diff
    assert page.held.diff.summary == "9 removed"
    refused = replace(zone, refused=2)
    page = zone_page(status, refused, read_material(mesh, refused, 5))
    assert page.held and not page.held.approvable
    assert "the policy refuses 2 rrsets" in page.held.reasons[-1]


def test_an_order_that_is_not_taken_up_says_why_after_a_while() -> None:
    now = time.time()
    order = HubOrder("1-a", "office", OrderKind.TEST, now)
    waiting = HubOrdered(now, Standing(order, None, HubStatus("office", None)))
    assert hub_order(waiting, now + 1).why == ""
    assert "never heard of" in hub_order(waiting, now + 60).why
    failed = Step("clock", StepOutcome.FAILED, 0.1, "40 s apart")
    result = OrderResult("1-a", now, now).ended(failed, now)
    done = HubOrdered(now, Standing(order, result, HubStatus("office", None)))
    view = hub_order(done, now + 60)
    assert (view.tag, view.why) == (Tag("failed", Tone.BAD), "")
    assert [(row.name, row.detail) for row in view.rows] == [("clock", "40 s apart")]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("run `a <b>` now", "run <code>a &lt;b&gt;</code> now"),
        ("one ` alone", "one ` alone"),
        ("`a``b`", "<code>a</code><code>b</code>"),
        ("<i>", "&lt;i&gt;"),
    ],
)
def test_what_is_between_backticks_is_code(text: str, written: str) -> None:
    assert code(text) == written


def test_keys_of_any_characters_make_addresses() -> None:
    assert zone_url("route53:a/v:a b?.example.") == "/zone/route53:a%2Fv:a%20b%3F.example."
    assert diff_url("k", 1, 2, "source") == "/diff/k?from=1&to=2&view=source"


def test_what_never_changes_is_read_once_and_what_is_used_least_goes() -> None:
    mesh = small()
    key = "route53:main:example.com."
    asked: list[str] = []
    mesh.store.on_step = asked.append
    store = RememberingStore(mesh.store)
    for _ in range(3):
        serial = store.heads([key])[key].serial
        served = store.snapshot(key, serial).served
        assert served and store.load(key, [served.digest])
    assert (asked.count("heads"), asked.count("snapshot"), asked.count("load")) == (3, 1, 1)
    recent: Recent[str, int] = Recent(10)
    for name, size in (("a", 4), ("b", 4), ("c", 4)):
        recent.get("a")
        recent.put(name, size, size)
    assert [recent.get(name) for name in "abc"] == [4, None, 4]


class Mesh:
    """A status that is read, counted, and may fail."""

    def __init__(self) -> None:
        self.status = status_of(small())
        self.reads = 0
        self.problem: Exception | None = None

    def read(self, now: float) -> MeshStatus:
        self.reads += 1
        if self.problem:
            raise self.problem
        return replace(self.status, now=now)


def test_a_reading_that_shows_the_same_has_the_same_mark() -> None:
    mesh = Mesh()
    reader = Reader(mesh.read)
    reader.start()
    try:
        first = reader.fresh()
        assert first.status
        assert reader.anew().mark == first.mark
        mesh.status = replace(mesh.status, version=2)
        assert reader.anew().mark != first.mark
    finally:
        reader.stop()


@pytest.mark.parametrize("problem", [StoreUnavailable("no route"), KeyError("a defect")])
def test_a_look_that_fails_keeps_what_was_read_and_the_next_one_heals(problem: Exception) -> None:
    mesh = Mesh()
    reader = Reader(mesh.read)
    reader.start()
    try:
        first = reader.fresh()
        mesh.problem = problem
        failed = reader.anew()
        assert str(problem) in failed.trouble
        assert failed.mark != first.mark
        assert (failed.status, failed.read_at) == (first.status, first.read_at)
        mesh.problem = None
        assert reader.anew().trouble == ""
    finally:
        reader.stop()


def test_nobody_watching_it_is_hardly_read_and_a_watcher_is_served_at_once() -> None:
    mesh = Mesh()
    reader = Reader(mesh.read, every=0.05)
    reader.start()
    try:
        reader.fresh()
        time.sleep(0.5)
        assert mesh.reads <= 2
        read = threading.Event()
        with reader.watched():
            until = time.monotonic() + 30
            while mesh.reads < 5 and time.monotonic() < until:
                read.wait(0.02)
        assert mesh.reads >= 5
    finally:
        reader.stop()

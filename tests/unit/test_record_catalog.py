"""Zones come to be served and leave the mesh; the catalog follows, and hubs have no say in it."""

from dataclasses import replace

import pytest

from tests.fakes.answers import MemoryAnswers
from tests.fakes.plane import MESH, START, Plane
from zonemesh.approve import approve
from zonemesh.catalog import label_of, listed_in
from zonemesh.enrol import enrol
from zonemesh.errors import SourceRefused
from zonemesh.list_whole import list_whole
from zonemesh.membership import CATALOG, CONFLICT
from zonemesh.nodes import Nodes
from zonemesh.observe import Pass, observe
from zonemesh.record_catalog import Kept, keep_catalog, served_catalog
from zonemesh.refresh_aliases import refresh
from zonemesh.sweep import sweep

NAME = "catalog.example.net."
KEY = f"catalog:{NAME}"
WITH_CATALOG = MESH + "catalog: {name: catalog.example.net}\n"


class Following:
    """A mesh with a catalog and two hubs, which a test lets serve zones and report it."""

    def __init__(self, mesh: str = WITH_CATALOG) -> None:
        self.plane = Plane(mesh)
        self.ports = self.plane.ports

    def heartbeat(self, *hubs: str, at: int | None = None) -> None:
        for hub in hubs or ("eu", "us"):
            self.ports.reports.heartbeat(hub, {"at": self.plane.now if at is None else at})

    def says(self, zone: str, serial: int | None, *hubs: str) -> None:
        for hub in hubs or ("eu", "us"):
            self.ports.reports.zone_status(hub, zone, {"zone": zone, "serial": serial})
        self.heartbeat(*hubs)

    def serve(self, *apexes: str) -> list[str]:
        """Make hosted zones that are enrolled and served; gives their keys."""
        keys = [self.plane.create(f"Z-{apex}", apex) for apex in apexes]
        enrol(self.plane.control)
        for key in keys:
            self.says(key, 7)
        return keys

    def leave(self, *apexes: str) -> None:
        """Take zones out of the mesh: by another definition, as vanished ones are served on."""
        for account in self.ports.accounts.values():
            account.zones = [zone for zone in account.zones if zone.apex not in apexes]
        for key in [f"route53:main:{apex}" for apex in apexes]:
            self.ports.register.remove(key)

    def keep(self, listed_all: bool = False) -> Kept:
        control = self.plane.control
        return keep_catalog(self.ports, control.mesh, control.now, listed_all=listed_all)

    def named(self, held: bool = False) -> dict[str, str]:
        """What the catalog names: label by apex."""
        head = self.ports.store.current[KEY]
        serial = head.held if held else head.serial
        assert serial is not None
        source = self.ports.store.snapshot(KEY, serial).source
        found = listed_in(NAME, source, Nodes(self.ports.store, KEY).load)
        return {apex: entry.label for apex, entry in found.items()}


def test_zones_that_are_served_are_named_under_a_label_that_stays() -> None:
    mesh = Following()
    mesh.serve("example.com.", "example.org.")
    kept = mesh.keep()
    assert kept.recorded is not None and kept.recorded.changed
    assert mesh.named() == {apex: label_of(apex) for apex in ("example.com.", "example.org.")}
    serial = mesh.plane.serial(KEY)
    mesh.plane.now += 3600
    assert mesh.keep() == Kept()
    assert mesh.plane.serial(KEY) == serial


def test_the_catalog_is_served_by_the_hubs_that_it_says() -> None:
    mesh = Following(MESH + "catalog: {name: catalog.example.net, hubs: [us]}\n")
    mesh.serve("example.com.")
    member = mesh.plane.member(KEY)
    assert (member.origin, member.hubs, member.apex) == (CATALOG, ("us",), NAME)
    assert enrol(mesh.plane.control).changed == ()


def test_without_a_catalog_in_the_mesh_there_is_none() -> None:
    mesh = Following()
    mesh.serve("example.com.")
    mesh.ports.mesh_store.apply(MESH)
    enrol(mesh.plane.control)
    assert served_catalog(mesh.ports.register.members()) is None
    assert mesh.keep() == Kept()


def test_a_zone_enters_once_all_hubs_that_are_heard_serve_it() -> None:
    mesh = Following()
    mesh.serve("example.com.")
    mesh.keep()
    new = mesh.plane.create("Z9", "new.example.")
    enrol(mesh.plane.control)
    mesh.says(new, 1, "eu")
    (waiting,) = mesh.keep().waiting
    assert (waiting.apex, waiting.why) == ("new.example.", "not served yet by us")
    assert mesh.named().keys() == {"example.com."}
    mesh.says(new, None, "us")
    assert mesh.keep().waiting
    mesh.says(new, 1, "us")
    assert mesh.keep().waiting == ()
    assert mesh.named().keys() == {"example.com.", "new.example."}


def test_a_hub_that_is_cut_off_is_not_waited_for() -> None:
    mesh = Following()
    mesh.serve("example.com.")
    mesh.keep()
    mesh.plane.now += 3600
    new = mesh.plane.create("Z9", "new.example.")
    enrol(mesh.plane.control)
    assert mesh.keep().waiting[0].why == "no report from eu, us"
    mesh.says(new, 1, "eu")
    mesh.heartbeat("us", at=START)
    assert mesh.keep().waiting == ()
    assert "new.example." in mesh.named()


def test_what_has_entered_stays_whatever_hubs_say() -> None:
    mesh = Following()
    keys = mesh.serve("example.com.", "example.org.")
    mesh.keep()
    before = mesh.named()
    for key in keys:
        mesh.says(key, None)
    mesh.ports.reports.statuses.clear()
    assert mesh.keep().recorded is None
    mesh.plane.now += 86_400
    mesh.serve("third.example.")
    mesh.keep()
    assert before.items() < mesh.named().items()


def test_a_zone_whose_hosted_zone_vanished_is_served_on_and_stays() -> None:
    mesh = Following()
    mesh.serve("example.com.", "example.org.")
    mesh.keep()
    mesh.plane.delete("Z-example.com.")
    enrol(mesh.plane.control)
    mesh.keep(listed_all=True)
    assert mesh.named().keys() == {"example.com.", "example.org."}


def test_a_zone_that_leaves_the_mesh_leaves_at_once() -> None:
    mesh = Following()
    mesh.serve("example.com.", "example.org.")
    mesh.keep()
    mesh.leave("example.com.")
    assert mesh.keep().recorded
    assert mesh.named().keys() == {"example.org."}


def test_too_many_that_leave_wait_for_an_approval() -> None:
    mesh = Following()
    mesh.serve(*(f"z{number}.example." for number in range(5)))
    mesh.keep()
    mesh.leave("z0.example.", "z1.example.")
    recorded = mesh.keep().recorded
    assert recorded is not None and recorded.held and recorded.alert
    assert "2 of 5 zones (40 %)" in recorded.snapshot.concerns[0]
    assert len(mesh.named()) == 5
    assert mesh.keep().recorded is None  # nothing new: no second alert
    head = mesh.ports.store.current[KEY]
    assert head.held is not None
    approve(mesh.ports.store, KEY, head.held)
    assert len(mesh.named()) == 3


def test_zones_that_have_come_only_lately_are_guarded_as_well() -> None:
    mesh = Following()
    mesh.serve("first.example.")
    mesh.keep()
    mesh.serve("a.example.", "b.example.", "c.example.")
    mesh.keep()
    mesh.leave("a.example.", "b.example.")
    recorded = mesh.keep().recorded
    assert recorded is not None and recorded.held


def test_they_are_counted_over_an_hour() -> None:
    mesh = Following()
    mesh.serve(*(f"z{number}.example." for number in range(8)))
    mesh.keep()
    held = []
    for number in range(3):
        mesh.plane.now += 2000
        mesh.leave(f"z{number}.example.")
        recorded = mesh.keep().recorded
        assert recorded is not None
        held.append(recorded.held)
    assert held == [False, True, True]


def test_what_is_held_heals_when_the_zones_come_back() -> None:
    mesh = Following()
    mesh.serve("a.example.", "b.example.", "c.example.")
    mesh.keep()
    members = dict(mesh.ports.register.entered)
    mesh.leave("a.example.", "b.example.")
    mesh.keep()
    mesh.ports.register.entered = members
    recorded = mesh.keep().recorded
    assert recorded is not None and not recorded.held
    assert mesh.ports.store.current[KEY].held is None
    assert len(mesh.named()) == 3


def test_zones_come_while_others_wait_to_leave() -> None:
    mesh = Following()
    mesh.serve("a.example.", "b.example.", "c.example.")
    mesh.keep()
    mesh.leave("a.example.", "b.example.")
    mesh.keep()
    mesh.serve("d.example.")
    mesh.keep()
    assert mesh.named().keys() == {"a.example.", "b.example.", "c.example."}
    assert mesh.named(held=True).keys() == {"c.example.", "d.example."}


def test_an_epoch_gives_a_zone_another_label_and_removes_nobody() -> None:
    mesh = Following()
    mesh.serve("a.example.", "b.example.")
    mesh.keep()
    mesh.ports.epochs.advance(KEY, "a.example.")
    recorded = mesh.keep().recorded
    assert recorded is not None and not recorded.held
    assert mesh.named() == {
        "a.example.": label_of("a.example.", 1),
        "b.example.": label_of("b.example."),
    }


def test_what_changes_everywhere_orders_no_listing_of_the_catalog() -> None:
    mesh = Following()
    (key,) = mesh.serve("example.com.")
    mesh.keep()
    mesh.plane.orders()
    everywhere = Pass(None, (mesh.plane.event(None),), everywhere=True)
    assert [each.zone for each in observe(mesh.plane.control, everywhere)] == [key]
    order = replace(mesh.plane.orders()[0], zone=KEY, integration="")
    assert list_whole(mesh.plane.control, order).recorded is None


def test_the_next_refresh_of_answers_passes_the_catalog_over() -> None:
    mesh = Following()
    mesh.serve("example.com.")
    mesh.keep()
    refreshed = refresh(mesh.plane.control, MemoryAnswers(), lambda: True)
    assert (refreshed.problems, refreshed.broken) == ([], 0)


def test_the_sweep_looks_at_the_catalog_as_at_any_zone() -> None:
    mesh = Following()
    mesh.serve("a.example.", "b.example.")
    mesh.keep()
    mesh.leave("a.example.", "b.example.")
    mesh.keep()
    swept = sweep(mesh.plane.control, 600)
    assert swept.listed_all
    assert KEY in swept.held
    assert KEY in swept.rung
    assert swept.problems == []
    assert KEY not in swept.ordered


def test_groups_are_the_entries_own() -> None:
    text = WITH_CATALOG.replace("integration: dev}", "integration: dev, group: gold}")
    mesh = Following(text)
    mesh.serve("plain.example.")
    key = mesh.plane.create("Z2", "gold.example.", account="dev")
    enrol(mesh.plane.control)
    mesh.says(key, 1)
    mesh.keep()
    lines = mesh.plane.served(KEY)
    (group,) = (line for line in lines if line.startswith("group."))
    assert group == f'group.{label_of("gold.example.")}.zones.{NAME} 0 IN TXT "gold"'
    assert f"{label_of('plain.example.')}.zones.{NAME} 0 IN PTR plain.example." in lines


def test_zones_of_other_hubs_than_the_catalogs_are_left_out() -> None:
    text = WITH_CATALOG.replace("integration: dev}", "integration: dev, hubs: [eu]}")
    mesh = Following(text)
    mesh.serve("everywhere.example.")
    key = mesh.plane.create("Z2", "here.example.", account="dev")
    enrol(mesh.plane.control)
    mesh.says(key, 1)
    mesh.keep()
    assert mesh.named().keys() == {"everywhere.example."}
    mesh.ports.mesh_store.apply(text.replace("example.net}", "example.net, hubs: [eu]}"))
    enrol(mesh.plane.control)
    mesh.keep()
    assert mesh.named().keys() == {"everywhere.example.", "here.example."}


def test_a_hosted_zone_with_the_catalogs_name_is_not_served_beside_it() -> None:
    mesh = Following()
    mesh.serve("example.com.")
    key = mesh.plane.create("Z2", NAME)
    for _ in range(2):
        enrol(mesh.plane.control)
        assert mesh.plane.member(key).state == CONFLICT
        assert served_catalog(mesh.ports.register.members())


def test_a_catalog_with_the_name_of_a_served_zone_waits_for_another_name() -> None:
    mesh = Following(MESH)
    mesh.serve(NAME)
    mesh.ports.mesh_store.apply(WITH_CATALOG)
    for _ in range(2):
        enrol(mesh.plane.control)
        assert mesh.plane.member(KEY).state == CONFLICT
        assert mesh.plane.member(f"route53:main:{NAME}").state == "active"
    assert mesh.keep() == Kept()


# A table that was lost, or put back to an older state.


def test_a_first_catalog_waits_for_what_hubs_say() -> None:
    mesh = Following()
    mesh.plane.create("Z1", "example.com.")
    enrol(mesh.plane.control)
    assert "waits for what hubs say" in mesh.keep().problem
    mesh.heartbeat()
    assert "waits for what hubs say" in mesh.keep().problem
    assert KEY not in mesh.ports.store.current
    mesh.says("route53:main:example.com.", None)
    assert mesh.keep().problem == ""
    assert mesh.named() == {}


@pytest.mark.parametrize("lost", [True, False])
def test_zones_that_the_hubs_catalog_may_name_are_not_lost_with_the_table(lost: bool) -> None:
    mesh = Following()
    mesh.serve("old.example.")
    mesh.keep()
    backup = mesh.ports.store.current[KEY]
    mesh.plane.now += 100
    mesh.serve("new.example.")
    mesh.keep()
    ahead = mesh.plane.serial(KEY)
    # The table is put back, or begun anew: hubs have said of no zone yet that they serve it.
    del mesh.ports.store.current[KEY]
    if not lost:
        mesh.ports.store.current[KEY] = backup
    mesh.ports.reports.statuses.clear()
    mesh.says(KEY, ahead)
    mesh.plane.now -= 50  # clocks may be behind
    if lost:
        assert str(ahead) in mesh.keep().problem
    mesh.keep()
    if not lost:
        assert mesh.named().keys() == {"old.example."}  # not served by any hub: it is older
        assert mesh.plane.serial(KEY) < ahead
    mesh.keep(listed_all=True)
    assert mesh.named().keys() == {"old.example.", "new.example."}
    assert mesh.plane.serial(KEY) > ahead


def test_an_account_that_does_not_answer_takes_no_zone_out() -> None:
    mesh = Following()
    mesh.serve("example.com.", "example.org.")
    mesh.keep()
    mesh.ports.accounts["main"].problems.append(SourceRefused("not allowed"))
    enrol(mesh.plane.control)
    assert mesh.keep().recorded is None
    assert mesh.named().keys() == {"example.com.", "example.org."}


def test_a_catalog_whose_content_is_damaged_is_made_anew_with_all_zones() -> None:
    mesh = Following()
    mesh.serve("example.com.", "example.org.")
    mesh.keep()
    before = mesh.named()
    for node in [key for key in mesh.ports.store.nodes if key[0] == KEY]:
        mesh.ports.store.nodes[node] = "damaged"
    mesh.ports.reports.statuses.clear()
    recorded = mesh.keep().recorded
    assert recorded is not None and recorded.repaired
    if recorded.held:
        head = mesh.ports.store.current[KEY]
        assert head.held is not None
        approve(mesh.ports.store, KEY, head.held)
    assert mesh.named() == before

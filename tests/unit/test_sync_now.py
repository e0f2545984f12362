"""Zones are brought up to date everywhere, and it is told how far that has got."""

from dataclasses import dataclass, field

import pytest
import yaml

from tests.fakes.memory import (
    MemoryAudit,
    MemoryHubOrders,
    MemoryHubReports,
    MemoryLedger,
    MemorySnapshotStore,
    MemoryZoneOrders,
)
from tests.unit.test_cli_status import Ports as StatusPorts
from tests.unit.test_ordering import Carol
from zonemesh.mesh.definition import parse_mesh
from zonemesh.orders.order import ZONES_MOST, OrderKind, OrderResult, Step, StepOutcome
from zonemesh.orders.sync_now import order_hub_sync, order_sync, read_progress
from zonemesh.orders.sync_places import PlaceKind, PlaceState
from zonemesh.ports import Member
from zonemesh.snapshot import Head

NOW = 1_790_000_000.0
WAITING, CURRENT, FAILED = PlaceState.WAITING, PlaceState.CURRENT, PlaceState.FAILED
MESH = parse_mesh(
    yaml.safe_dump(
        {
            "integrations": {"main": {}, "copies": {}},
            "zones": [
                {"name": "example.org", "primaries": ["campus"], "pulled_by": "branch"},
                {"discover": "*", "integration": "main", "hubs": ["hq"], "targets": ["copy"]},
            ],
            "hubs": {"hq": {}, "branch": {}, "idle": {}},
            "primaries": {"campus": {"address": "192.0.2.1", "tsig_key": "none"}},
            "targets": {"copy": {"type": "route53", "hub": "branch", "integration": "copies"}},
        }
    )
)


@dataclass
class Ports:
    """All that a sync is ordered and watched with, in memory."""

    hub_orders: MemoryHubOrders = field(default_factory=MemoryHubOrders)
    zone_orders: MemoryZoneOrders = field(default_factory=MemoryZoneOrders)
    reports: MemoryHubReports = field(default_factory=MemoryHubReports)
    store: MemorySnapshotStore = field(default_factory=MemorySnapshotStore)
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    audit: MemoryAudit = field(default_factory=MemoryAudit)
    identity: Carol = field(default_factory=Carol)

    def order(self, *members, **more):
        return order_sync(self, MESH, members, lambda: NOW, print, **more)

    def head(self, member: Member, serial: int, held: int | None = None) -> None:
        head = self.store.head(member.zone)
        self.store.commit(StatusPorts.snapshot(member.zone, serial), head)
        if held is not None:
            self.store.current[member.zone] = Head(member.zone, serial, held=held)

    def hub_done(self, ordered, *steps: Step) -> None:
        for order in ordered.orders:
            result = OrderResult(order.id, NOW, NOW, steps, done=True)
            self.hub_orders.keep(order.hub, result)

    def source_read(self, ordered, at: int = int(NOW) + 3) -> None:
        for zone, id in ordered.listed_by.items():
            self.zone_orders.note_passed_on(id, int(NOW) + 1)
            self.ledger.mark_verified(zone, at)


def member(apex: str = "example.com.", **more) -> Member:
    return Member(f"route53:main:{apex}", apex, "main", "Z1", "discovered", ("hq",), **more)


PULLED = Member("axfr:branch:example.org.", "example.org.", "", "", "listed", ("*",),
                pulled_by="branch")  # fmt: skip


def served(serial: int, **secondaries) -> dict[str, object]:
    return {"state": "served", "serial": serial, "error": None, "secondaries": secondaries}


def states(progress) -> dict[tuple[PlaceKind, str], PlaceState]:
    (zone,) = progress.zones
    return {(place.kind, place.name): place.state for place in zone.places}


def test_the_source_is_read_and_all_hubs_that_have_to_do_with_it_compare() -> None:
    ports = Ports()
    ordered = ports.order(member())
    (asked,) = ports.zone_orders.asked.values()
    assert asked.zones == (member().zone,)
    assert [(order.hub, order.zones) for order in ordered.orders] == [
        ("branch", (member().zone,)),  # it publishes to the target
        ("hq", (member().zone,)),
    ]
    assert {order.kind for order in ordered.orders} == {OrderKind.SYNC}
    details = [(entry.hub, entry.detail.split(" (")[0]) for entry in ports.audit.noted]
    assert ("*", f"{member().zone} to be read at the source") in details


def test_a_pulled_zone_is_read_by_the_hub_that_pulls_it() -> None:
    ports = Ports()
    ordered = ports.order(PULLED)
    assert ports.zone_orders.asked == {}
    assert [order.hub for order in ordered.orders] == ["branch", "hq", "idle"]


def test_all_zones_are_ordered_in_parts_and_hubs_compare_everything() -> None:
    ports = Ports()
    members = [member(f"z{number}.example.") for number in range(ZONES_MOST + 5)]
    ordered = ports.order(*members, everything=True)
    sizes = sorted(len(order.zones) for order in ports.zone_orders.asked.values())
    assert sizes == [0, 5, ZONES_MOST], "the one without zones has new ones looked for"
    assert {order.zones for order in ordered.orders} == {()}
    assert len(ordered.listed_by) == len(members)


def test_one_hub_compares_everything_and_no_source_is_read() -> None:
    ports = Ports()
    ordered = order_hub_sync(ports, MESH, ["hq"], [member(), PULLED], lambda: NOW, print)
    assert ports.zone_orders.asked == {}
    assert [(order.hub, order.zones) for order in ordered.orders] == [("hq", ())]
    progress = read_progress(ports, ordered)
    places = {(p.kind, p.name) for zone in progress.zones for p in zone.places}
    assert places == {(PlaceKind.HUB, "hq")}


def test_nothing_is_done_before_it_is_read_and_compared() -> None:
    ports = Ports()
    ports.head(member(), 7)
    ports.reports.zone_status("hq", member().zone, served(7))
    ordered = ports.order(member())
    progress = read_progress(ports, ordered)
    assert states(progress) == {
        (PlaceKind.SOURCE, "main"): WAITING,
        (PlaceKind.HUB, "hq"): CURRENT,
        (PlaceKind.TARGET, "copy"): WAITING,
    }
    assert not progress.done


def test_a_listing_that_began_before_the_order_was_passed_on_is_none_of_it() -> None:
    ports = Ports()
    ports.head(member(), 7)
    ordered = ports.order(member())
    ports.source_read(ordered, at=int(NOW))
    assert states(read_progress(ports, ordered))[PlaceKind.SOURCE, "main"] is WAITING
    ports.source_read(ordered)
    assert states(read_progress(ports, ordered))[PlaceKind.SOURCE, "main"] is CURRENT


def test_all_places_have_the_newest_serial() -> None:
    ports = Ports()
    ordered = ports.order(member())
    ports.source_read(ordered)
    ports.head(member(), 7)
    follows = {"state": "current", "follows": 7}
    ports.reports.zone_status("hq", member().zone, served(7, ns=follows))
    published = {"targets": {"copy": {"state": "published", "serial": 7}}}
    ports.reports.zone_status("branch", member().zone, published)
    ports.hub_done(ordered, Step("zones served", StepOutcome.OK, 0.1))
    progress = read_progress(ports, ordered)
    assert progress.done and progress.ok
    assert progress.zones[0].serial == 7
    assert set(states(progress).values()) == {CURRENT}


@pytest.mark.parametrize(
    ("secondary", "state"),
    [
        ({"state": "current", "follows": 7}, CURRENT),
        ({"state": "current", "follows": 6}, WAITING),
        ({"state": "behind", "follows": 6}, WAITING),
        ({"state": "behind", "follows": 6, "cause": "its transfer was refused"}, FAILED),
        ({"state": "unreachable", "cause": "no answer"}, FAILED),
        ({"state": "refused", "cause": "it is none"}, FAILED),
    ],
)
def test_a_secondary_is_believed_once_its_hub_has_asked_it(secondary, state) -> None:
    ports = Ports()
    ports.head(member(), 7)
    ordered = ports.order(member())
    ports.reports.zone_status("hq", member().zone, served(7, ns=secondary))
    place = (PlaceKind.SECONDARY, "ns")
    assert states(read_progress(ports, ordered))[place] is WAITING
    ports.hub_done(ordered)
    assert states(read_progress(ports, ordered))[place] is state


@pytest.mark.parametrize(
    ("report", "state"),
    [
        ({"state": "published", "serial": 7}, CURRENT),
        ({"state": "drifted", "serial": 7}, CURRENT),
        ({"state": "published", "serial": 6}, WAITING),
        ({"state": "failing", "serial": 6, "error": "it refuses"}, FAILED),
        ({"state": "held", "serial": 6, "held": {"serial": 7, "reasons": ["too much"]}}, FAILED),
    ],
)
def test_a_target_is_believed_once_its_hub_has_looked_at_it(report, state) -> None:
    ports = Ports()
    ports.head(member(), 7)
    ordered = ports.order(member())
    ports.reports.zone_status("branch", member().zone, {"targets": {"copy": report}})
    place = (PlaceKind.TARGET, "copy")
    assert states(read_progress(ports, ordered))[place] is WAITING
    ports.hub_done(ordered)
    assert states(read_progress(ports, ordered))[place] is state


def test_what_is_held_is_served_as_it_was_and_said_to_be_so() -> None:
    ports = Ports()
    ordered = ports.order(member())
    ports.head(member(), 7, held=8)
    ports.source_read(ordered)
    source = read_progress(ports, ordered).zones[0].places[0]
    assert source.state is CURRENT
    assert source.detail == "serial 8 is held and waits for somebody; 7 is served on"


def test_a_hub_that_cannot_serve_it_fails_once_it_has_tried() -> None:
    ports = Ports()
    ports.head(member(), 7)
    ordered = ports.order(member())
    report = served(6) | {"state": "failing", "error": "NSD refuses it"}
    ports.reports.zone_status("hq", member().zone, report)
    assert states(read_progress(ports, ordered))[PlaceKind.HUB, "hq"] is WAITING
    ports.hub_done(ordered)
    assert states(read_progress(ports, ordered))[PlaceKind.HUB, "hq"] is FAILED


@pytest.mark.parametrize(
    ("step", "state"),
    [
        (Step("primaries", StepOutcome.OK, 1.0), CURRENT),
        (Step("primaries", StepOutcome.FAILED, 1.0, f"{PULLED.zone}: unreachable"), FAILED),
        (Step("primaries", StepOutcome.FAILED, 1.0, "axfr:branch:other.: expired"), CURRENT),
        (Step("mesh and heads", StepOutcome.FAILED, 1.0, "the table is away"), FAILED),
    ],
)
def test_primaries_are_asked_by_the_hub(step, state) -> None:
    ports = Ports()
    ordered = ports.order(PULLED)
    place = (PlaceKind.SOURCE, "primaries")
    assert states(read_progress(ports, ordered))[place] is WAITING
    ports.hub_done(ordered, step)
    assert states(read_progress(ports, ordered))[place] is state


def test_a_zone_that_is_gone_is_not_read_and_keeps_nobody_waiting() -> None:
    ports = Ports()
    gone = member(state="gone")
    ports.head(gone, 7)
    ordered = ports.order(gone)
    assert ports.zone_orders.asked == {}
    assert states(read_progress(ports, ordered))[PlaceKind.SOURCE, "main"] is PlaceState.SKIPPED

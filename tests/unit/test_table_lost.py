"""The table was emptied, or put back to an hour ago: serials rise on, and nobody goes back."""

import copy

import pytest

from tests.fakes.plane import MESH, Plane, rrset
from zonemesh.enrol import enrol
from zonemesh.snapshot import Reason
from zonemesh.sweep import Swept, sweep

WWW = "www.example.com."
COUNTED = MESH.replace(
    "integration: main}", "integration: main, policy: {serial: {strategy: increment}}}", 1
)


class Mesh(Plane):
    """A zone whose serials count up by one, and a hub that reports what it serves."""

    def __init__(self) -> None:
        super().__init__(COUNTED)
        self.zone = self.create("Z1", "example.com.", rrset(WWW, "A", "192.0.2.1"))
        enrol(self.control)
        self.list_ordered()
        self.source = self.ports.sources["Z1"]

    def edit(self, address: str) -> int:
        self.put("Z1", rrset(WWW, "A", address))
        member, control = self.member(self.zone), self.control
        control.recorder(member).record_owners(
            control.zone(member), control.source(member), [WWW], Reason("event")
        )
        return self.serial(self.zone)

    def report(self, hub: str = "eu") -> None:
        self.ports.reports.zone_status(hub, self.zone, {"serial": self.serial(self.zone)})

    def sweep(self) -> Swept:
        self.now += 600
        swept = sweep(self.control, 600)
        self.list_ordered()
        return swept

    def empty(self) -> None:
        store = self.ports.store
        for lost in (store.current, store.roots, store.nodes, self.ports.ledger.announcements):
            lost.clear()
        self.ports.ledger.verifications.clear()
        self.ports.register.entered.clear()


@pytest.fixture
def mesh() -> Mesh:
    return Mesh()


def test_an_emptied_table_begins_above_what_hubs_serve(mesh: Mesh) -> None:
    serial = max(mesh.edit(f"192.0.2.{octet}") for octet in range(2, 9))
    mesh.report()
    mesh.empty()
    mesh.sweep()
    assert mesh.serial(mesh.zone) == serial + 1
    assert mesh.served(mesh.zone) == [f"{WWW} 300 IN A 192.0.2.8"]


def test_a_table_put_back_is_raised_above_what_hubs_serve_with_what_the_source_has(
    mesh: Mesh,
) -> None:
    mesh.edit("192.0.2.2")
    store = mesh.ports.store
    hour_ago = [copy.deepcopy(each) for each in (store.current, store.roots, store.nodes)]
    for octet in range(3, 9):
        mesh.edit(f"192.0.2.{octet}")
    served = mesh.serial(mesh.zone)
    mesh.report()
    store.current, store.roots, store.nodes = hour_ago
    before = mesh.serial(mesh.zone)
    swept = mesh.sweep()
    assert swept.behind == [mesh.zone]
    assert mesh.serial(mesh.zone) == served + 1 > before
    assert mesh.served(mesh.zone) == [f"{WWW} 300 IN A 192.0.2.8"]
    # No serial above the hubs' was ever given to what the restored table held.
    for owner, serial in store.roots:
        if serial > served:
            snapshot = store.snapshot(owner, serial)
            assert snapshot.source == store.snapshot(owner, mesh.serial(owner)).source
    mesh.report()
    assert mesh.sweep().behind == []


def test_a_restored_zone_whose_source_is_empty_is_not_raised(mesh: Mesh) -> None:
    mesh.put("Z1", *(rrset(f"h{n}.example.com.") for n in range(20)))
    mesh.control.order_listing(mesh.member(mesh.zone), "listing")
    mesh.list_ordered()
    mesh.now += 7200
    before = mesh.serial(mesh.zone)
    mesh.ports.reports.zone_status("eu", mesh.zone, {"serial": before + 9})
    for name, rdtype, identifier in list(mesh.source.rrsets):
        if name != "example.com.":
            mesh.source.drop(name, rdtype, identifier)
    mesh.sweep()
    assert mesh.serial(mesh.zone) == before


def test_a_hub_that_serves_nothing_or_the_same_raises_nothing(mesh: Mesh) -> None:
    mesh.report()
    mesh.ports.reports.zone_status("us", mesh.zone, {"serial": None})
    before = mesh.serial(mesh.zone)
    assert mesh.sweep().behind == []
    assert mesh.serial(mesh.zone) == before

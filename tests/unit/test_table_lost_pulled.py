"""The table was put back to an hour ago: pulled zones count on above what hubs serve."""

import copy

import pytest

from tests.fakes.plane import Plane
from tests.fakes.primaries import MemoryPrimary
from tests.unit.test_record_pulled_signed import signed
from zonemesh.bump import bump
from zonemesh.errors import SnapshotMissing
from zonemesh.record_pulled import PULLED, pulled_zone, record_pulled
from zonemesh.serial import SerialStrategy
from zonemesh.snapshot import Reason
from zonemesh.sweep import sweep

APEX = "example.com."
ZONE = "axfr:eu:example.com."
HOSTS = [f"h{number}.example.com. 300 A 192.0.2.{number}" for number in range(40)]
MESH = """
zones: [{name: example.com, primaries: [ns1], pulled_by: eu}]
primaries: {ns1: {address: 192.0.2.53, tsig_key: none}}
hubs: {eu: , us: }
"""


class Mesh(Plane):
    """A zone that hub eu pulls; what it and hub us say is what was true at the last `report`."""

    def __init__(self, lines=HOSTS) -> None:
        super().__init__(MESH)
        self.primary = MemoryPrimary(APEX, 5, *lines)
        self.sweep()
        self.record()

    def record(self) -> None:
        zone = pulled_zone(self.control.mesh, self.member(ZONE))
        record_pulled(self.ports.store, zone, self.primary, Reason(PULLED), lambda: self.now)

    def report(self, primary: int, serves: int | None = None, **status) -> None:
        if serves is not None:
            self.ports.reports.zone_status("us", ZONE, {"serial": serves})
        said = {"state": "current", "serial": primary, "recorded": primary} | status
        pulling = {"zones": {ZONE: {"snapshot": self.serial(ZONE)} | said}}
        self.ports.reports.heartbeat("eu", {"at": self.now + 600, "pulling": pulling})

    def sweep(self):
        self.now += 600
        return sweep(self.control, 600)

    def put_back(self) -> None:
        """Serve what the table will have forgotten: a serial that the primary knows nothing of."""
        store = self.ports.store
        hour_ago = [copy.deepcopy(each) for each in (store.current, store.roots, store.nodes)]
        bump(store, ZONE, SerialStrategy.INCREMENT, lambda: self.now, above=9)
        served = self.serial(ZONE)
        store.current, store.roots, store.nodes = hour_ago
        assert (self.serial(ZONE), served) == (5, 10)
        self.report(5, serves=served)


def test_it_is_raised_above_what_hubs_serve_with_what_the_primary_has() -> None:
    mesh = Mesh()
    mesh.put_back()
    swept = mesh.sweep()
    assert (swept.behind, swept.raised, swept.problems) == ([ZONE], [ZONE], [])
    assert mesh.serial(ZONE) == 11
    assert mesh.sweep().behind == []
    mesh.primary.put(6, *HOSTS[1:])
    mesh.record()
    assert mesh.serial(ZONE) == 12


@pytest.mark.parametrize(
    ("status", "why"),
    [
        ({"serial": 8}, "not recorded"),
        ({"state": "unreachable", "cause": "no answer"}, "unreachable there: no answer"),
        ({"snapshot": 10}, "has not looked at serial 5 yet"),
        ({"serial": 8, "recorded": 8}, "has not looked at serial 5 yet"),
    ],
)
def test_it_waits_until_the_hub_that_pulls_it_has_recorded_it_anew(status, why) -> None:
    mesh = Mesh()
    mesh.put_back()
    mesh.report(5, **status)
    swept = mesh.sweep()
    assert (swept.behind, swept.raised) == ([ZONE], [])
    assert why in swept.problems[0]
    assert mesh.serial(ZONE) == 5


def test_a_silent_hub_confirms_nothing() -> None:
    mesh = Mesh()
    mesh.put_back()
    mesh.now += 3600
    swept = mesh.sweep()
    assert (swept.raised, mesh.serial(ZONE)) == ([], 5)
    assert "silent" in swept.problems[0]


def test_a_signed_zone_is_for_its_primary_to_raise() -> None:
    mesh = Mesh(signed(HOSTS))
    mesh.report(5, serves=9)
    swept = mesh.sweep()
    assert (swept.behind, swept.raised, mesh.serial(ZONE)) == ([ZONE], [], 5)
    assert "raise it at the primary" in swept.problems[0]


def test_what_cannot_be_read_is_told_and_keeps_no_net_from_being_drawn(monkeypatch) -> None:
    mesh = Mesh()
    mesh.put_back()

    def lost(zone, serial):
        raise SnapshotMissing(f"{zone} {serial}")

    monkeypatch.setattr(mesh.ports.store, "snapshot", lost)
    swept = mesh.sweep()
    assert swept.raised == []
    assert any(ZONE in problem for problem in swept.problems)

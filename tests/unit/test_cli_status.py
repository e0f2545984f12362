"""What `zonemesh status` reads from the ports and shows."""

import io
from dataclasses import dataclass, field, replace

import pytest
from rich.console import Console

from tests.fakes.memory import (
    MemoryHubReports,
    MemoryLedger,
    MemoryMeshStore,
    MemoryReadinessNotes,
    MemoryRegister,
    MemorySnapshotStore,
)
from zonemesh.cli.status_screen import show_status
from zonemesh.duration import duration
from zonemesh.ports import Member
from zonemesh.snapshot import Announcement, Reason, Snapshot
from zonemesh.status.mesh_status import MeshStatus, read_status, status_document

NOW = 2_000_000.0
MESH = """
integrations: {main: }
zones: [{discover: "*", integration: main}]
hubs: {eu: , us: }
"""


@dataclass
class Ports:
    """All that a status is read from, in memory."""

    store: MemorySnapshotStore = field(default_factory=MemorySnapshotStore)
    ledger: MemoryLedger = field(default_factory=MemoryLedger)
    register: MemoryRegister = field(default_factory=MemoryRegister)
    mesh_store: MemoryMeshStore = field(default_factory=lambda: MemoryMeshStore(MESH))
    reports: MemoryHubReports = field(default_factory=MemoryHubReports)
    readiness_notes: MemoryReadinessNotes = field(default_factory=MemoryReadinessNotes)

    def member(self, apex: str, state: str = "active", note: str = "") -> str:
        zone = f"route53:main:{apex}"
        member = Member(zone, apex, "main", "Z1", "discovered", ("*",), state, note)
        self.register.put(member)
        return zone

    def head(self, zone: str, serial: int, **more: object) -> None:
        self.store.commit(self.snapshot(zone, serial, **more), None)

    def hold(self, zone: str, serial: int, **more: object) -> None:
        head = self.store.head(zone)
        assert head
        self.store.hold(self.snapshot(zone, serial, **more), head)

    @staticmethod
    def snapshot(zone: str, serial: int, **more: object) -> Snapshot:
        apex = zone.split(":")[-1]
        soa = f"{apex} 900 IN SOA ns. host. {{serial}} 900 300 2419200 900"
        made = Snapshot(zone, apex, serial, None, 0, Reason("first"), soa, None, None, None)
        return replace(made, **more)


def shown(status: MeshStatus, width: int = 160) -> list[str]:
    """The lines on a terminal without colours, with single spaces."""
    out = io.StringIO()
    show_status(Console(file=out, width=width, highlight=False, markup=False), status)
    return [" ".join(line.split()) for line in out.getvalue().splitlines()]


def test_nothing_applied_says_what_to_do():
    status = read_status(Ports(mesh_store=MemoryMeshStore()), NOW)
    assert status.version is None
    assert shown(status)[0] == "No mesh has been applied yet."
    assert "2. `zonemesh apply` makes it the current one." in shown(status)


def test_a_zone_that_is_current_everywhere():
    ports = Ports()
    zone = ports.member("example.com.")
    ports.head(zone, 7, recorded_at=int(NOW) - 7200)
    ports.ledger.mark_announced(Announcement(zone, 7))
    ports.ledger.mark_verified(zone, int(NOW) - 90)
    for hub in ("eu", "us"):
        beat = {"at": NOW - 5, "ready": True, "mesh": 1, "nsd": {}, "version": "1.2"}
        ports.reports.heartbeat(hub, beat)
        ports.reports.zone_status(hub, zone, {"state": "served", "serial": 7, "error": None})
    lines = shown(read_status(ports, NOW))
    assert lines[:2] == [
        "1 zone, 2 hubs, mesh version 1",
        "Nothing needs anybody, and all is current.",
    ]
    assert "ZONE STATE SERIAL AGE VERIFIED HUBS" in lines
    assert "example.com. active 7 2 h 1 min eu, us" in lines
    assert "HUB STATE SEEN ZONES MESH VERSION" in lines
    assert "eu online 5 s 1 of 1 current 1 1.2" in lines


def test_a_zone_that_lags_says_where():
    ports = Ports()
    zone = ports.member("example.com.")
    ports.head(zone, 9)
    ports.ledger.mark_announced(Announcement(zone, 8))
    ports.reports.zone_status("eu", zone, {"state": "failing", "serial": 8, "error": "disk full"})
    status = read_status(ports, NOW)
    lines = shown(status)
    assert "ZONE STATE SERIAL AGE ANNOUNCED VERIFIED HUBS" in lines
    assert "example.com. active 9 23 d only 8 never eu failing, us unheard" in lines
    ports.reports.zone_status("eu", zone, {"state": "served", "serial": 8, "error": None})
    assert any(line.endswith("eu at 8, us unheard") for line in shown(read_status(ports, NOW)))
    assert "! route53:main:example.com. on eu: disk full" in lines
    assert "us provisioning never 0 of 1 current -" in lines


def test_integrations_are_shown_where_there_are_several():
    ports = Ports()
    ports.member("example.com.")
    assert "ZONE STATE SERIAL AGE VERIFIED HUBS" in shown(read_status(ports, NOW))
    ports.register.put(
        Member("route53:dev/v:a.net.", "a.net.", "dev", "Z2", "listed", ("eu",), "conflict")
    )
    assert "a.net. dev/v conflict - - never -" in shown(read_status(ports, NOW))


def test_on_a_narrow_terminal_long_names_fold_and_the_rest_stays():
    ports = Ports()
    ports.head(ports.member(f"{'a' * 60}.example.com."), 1_790_000_000)
    lines = on_terminal(read_status(ports, NOW), 80).splitlines()
    assert any(
        " ".join(line.split()).endswith("active 1790000000 no never 0 of 2") for line in lines
    )


def test_zones_that_are_not_served_are_asked_of_no_hub_and_say_why():
    ports = Ports()
    ports.member("a.example.com.", "overlap", "inside example.com.")
    ports.member("b.example.com.", "gone", "served on")
    status = read_status(ports, NOW)
    assert [set(zone.hubs) for zone in status.zones] == [set(), {"eu", "us"}]
    lines = shown(status)
    assert "! route53:main:a.example.com. overlap: inside example.com." in lines
    assert "! route53:main:b.example.com. gone: served on" in lines


def test_what_the_guard_holds_is_told_with_numbers_and_what_to_do():
    ports = Ports()
    zone = ports.member("example.com.")
    ports.head(zone, 7)
    head = ports.store.head(zone)
    waiting = replace(ports.store.snapshot(zone, 7), serial=8, concerns=("10 of 22 rrsets",))
    ports.store.hold(waiting, head)
    assert (
        f"! {zone} held: serial 8 waits: 10 of 22 rrsets; serial 7 is served on. "
        f"`zonemesh diff {zone} newest held` shows it, `zonemesh approve {zone} 8` serves it"
    ) in shown(read_status(ports, NOW), width=400)
    ports.store.reject(ports.store.head(zone))
    status = read_status(ports, NOW)
    assert (
        f"! {zone} held: serial 8 was rejected and waits for the next change: 10 of 22 rrsets; "
        "serial 7 is served on"
    ) in shown(status, width=400)
    (document,) = status_document(status)["zones"]
    assert (document["concerns"], document["rejected"]) == (["10 of 22 rrsets"], True)


def test_losses_are_counted_and_what_is_held_is_told():
    ports = Ports()
    zone = ports.member("example.com.")
    ports.head(zone, 7, losses={"alias": 2, "weighted": 3})
    assert "example.com. active 7 23 d no never 5 eu unheard, us unheard" in shown(
        read_status(ports, NOW)
    )
    ports.hold(zone, 8, losses={"alias": 2, "weighted": 4}, refused=1)
    status = read_status(ports, NOW)
    lines = shown(status)
    assert "example.com. held 7 23 d no never 5 eu unheard, us unheard" in lines
    assert (
        f"! {zone} held: serial 8 waits, as the policy refuses 1 rrset of it; serial 7 is served "
        f"on. `zonemesh report {zone} --held` lists them"
    ) in lines
    (document,) = status_document(status)["zones"]
    assert (document["held"], document["losses"]) == (8, {"alias": 2, "weighted": 3})
    assert document["state"] == "active"
    ports.member("example.com.", "gone")
    assert any(line.startswith("example.com. gone, held 7") for line in shown(
        read_status(ports, NOW)
    ))  # fmt: skip


def test_a_snapshot_that_is_lost_hides_no_other_zone():
    ports = Ports()
    for apex in ("a.example.com.", "b.example.com."):
        ports.head(ports.member(apex), 7, losses={"alias": 1})
    ports.store.roots.pop(("route53:main:a.example.com.", 7))
    lines = shown(read_status(ports, NOW))
    assert "a.example.com. active 7 - no never - eu unheard, us unheard" in lines
    assert "b.example.com. active 7 23 d no never 1 eu unheard, us unheard" in lines


def test_problems_of_a_hub_are_shown():
    ports = Ports()
    ports.reports.heartbeat("eu", {"at": NOW, "ready": False, "problems": ["secret [x] missing"]})
    lines = shown(read_status(ports, NOW))
    assert "! hub eu: secret [x] missing" in lines


def test_the_json_document_holds_serials_and_ages():
    ports = Ports()
    zone = ports.member("example.com.")
    ports.head(zone, 7)
    ports.ledger.mark_verified(zone, int(NOW) - 90)
    ports.reports.heartbeat("eu", {"at": NOW + 3})
    served = {"state": "served", "serial": 7, "error": None, "served_at": NOW - 60, "seconds": 0.5}
    ports.reports.zone_status("eu", zone, served)
    document = status_document(read_status(ports, NOW))
    (entry,) = document["zones"]
    assert (entry["serial"], entry["announced"], entry["verified_age"]) == (7, None, 90)
    assert entry["recorded_at"] == 0
    assert entry["hubs"]["eu"] == {
        "state": "served",
        "serial": 7,
        "error": None,
        "served_at": NOW - 60,
        "seconds": 0.5,
        "secondaries": {},
    }
    assert (entry["hubs"]["us"]["state"], entry["hubs"]["us"]["served_at"]) == ("unheard", None)
    assert [hub["heard_age"] for hub in document["hubs"]] == [0, None]
    assert document["mesh_version"] == 1


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.9, "59 s"), (60, "1 min"), (3600, "1 h"), (172_799, "47 h"), (172_800, "2 d")],
)
def test_durations_are_in_one_unit(seconds: float, text: str):
    assert duration(seconds) == text


@pytest.mark.parametrize("word", ["withdraw", "unsigned-ok"])
def test_a_chained_zone_says_so_and_is_asked_of_no_hub_where_it_is_withdrawn(word: str):
    entry = '{discover: "*", integration: main}'
    policy = entry.replace("main}", f"main, policy: {{dnssec: {word}}}}}")
    ports = Ports(mesh_store=MemoryMeshStore(MESH.replace(entry, policy)))
    zone = ports.member("example.com.")
    ports.register.note_signing(zone, "chained")
    status = read_status(ports, NOW)
    (entry_shown,) = status_document(status)["zones"]
    away = word == "withdraw"
    assert (entry_shown["state"], entry_shown["signed"]) == (
        "withdrawn" if away else "active",
        "chained",
    )
    assert set(entry_shown["hubs"]) == (set() if away else {"eu", "us"})
    assert "with a DS at its parent" in entry_shown["note"]
    state = "withdrawn" if away else "active"
    assert any(line.startswith(f"! {zone} {state}: signed at Route 53") for line in shown(status))


def test_a_zone_signed_without_a_ds_is_an_alert_and_served():
    ports = Ports()
    zone = ports.member("example.com.")
    ports.register.note_signing(zone, "signed")
    lines = shown(read_status(ports, NOW))
    assert any(
        line.startswith(f"! {zone} active: signed at Route 53, and served") for line in lines
    )


def test_a_secondary_that_is_ahead_of_the_zone_is_shown_with_its_cure():
    ports = Ports()
    zone = ports.member("example.com.")
    ports.head(zone, 1_790_000_000)
    told = {"old": {"follows": 2026112203}, "good": {"follows": 1_790_000_000}, "dead": {}}
    report = {"state": "served", "serial": 1_790_000_000, "error": None, "secondaries": told}
    ports.reports.zone_status("eu", zone, report)
    lines = [line for line in shown(read_status(ports, NOW)) if line.startswith("! ")]
    assert lines == [
        f"! {zone} on eu: secondary old answers 2026112203, which is newer than 1790000000, so it "
        f"takes nothing. `zonemesh bump {zone} --above 2026112203` cures that"
    ]


def on_terminal(status: MeshStatus, width: int) -> str:
    out = io.StringIO()
    show_status(Console(file=out, width=width, force_terminal=True, color_system=None), status)
    return out.getvalue()


def test_a_narrow_terminal_is_kept_to_and_nothing_is_cut_off():
    ports = Ports()
    apex = "a-rather-long-zone-name.of-a-customer.example.com."
    zone = ports.member(apex)
    ports.head(zone, 1_795_415_403)
    ports.ledger.mark_announced(Announcement(zone, 1_795_415_403))
    error = "a sentence that is long: " + "and so it goes on " * 8
    ports.reports.zone_status("eu", zone, {"state": "failing", "serial": 1, "error": error})
    status = read_status(ports, NOW)
    wide, narrow = on_terminal(status, 160), on_terminal(status, 60)
    assert "AGE" in wide and "us unheard" in wide and apex in wide
    assert "AGE" not in narrow and "0 of 2" in narrow
    assert max(map(len, narrow.splitlines())) <= 60
    assert " ".join(error.split()) in " ".join(narrow.split())


def test_what_is_not_as_it_should_be_is_shown_however_narrow_it_is():
    ports = Ports()
    zone = ports.member("a-rather-long-zone-name.of-a-customer.example.com.")
    ports.head(zone, 9)
    ports.ledger.mark_announced(Announcement(zone, 8))
    assert "ANNOUNCED" in on_terminal(read_status(ports, NOW), 60)

"""Primaries on bad days: what is wrong is said in words, and what is served is served on."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest

from local.servers.bind_primary import BindPrimary
from local.servers.client import wait_until
from local.servers.faulty_primary import Fault, FaultyPrimary
from local.servers.nsd_primary import NsdPrimary
from local.servers.primary import zone_text
from local.servers.tsig import Tsig
from tests.hub.pulled_world import APEX, PulledWorld
from zonemesh.syncs.sync import Kind, Sync, SyncOutcome

RECORDS = tuple(f"h{number}.{APEX} 300 IN A 192.0.2.1" for number in range(1000))


@pytest.fixture
def pulled(tmp_path: Path) -> PulledWorld:
    return PulledWorld(tmp_path / "hub")


def look(pulled: PulledWorld) -> None:
    """Have the hub look at its zones as it does on its schedule."""
    assert pulled.puller is not None
    pulled.puller.catch_up({})


@pytest.fixture
def faulty(pulled: PulledWorld) -> Iterator[FaultyPrimary]:
    """A primary that the hub pulls from, at serial 5; the mesh knows it."""
    with FaultyPrimary(APEX, 5, RECORDS) as primary:
        pulled.primary("main", primary.port, None)
        pulled.pull(APEX, "main")
        pulled.apply()
        yield primary


FAULTS = {
    Fault.SILENT: ("unreachable", "does not answer"),
    Fault.REFUSES: ("unreachable", "answers REFUSED: let this hub's address and key"),
    Fault.NOT_AUTHORITATIVE: ("unreachable", "answers without authority"),
    Fault.REFUSES_TRANSFERS: ("behind", "answers REFUSED: let this hub's address and key"),
    Fault.SILENT_TRANSFERS: ("behind", "was silent"),
    Fault.CUT: ("behind", "breaks off after"),
    Fault.STALLS: ("behind", "was silent"),
    Fault.GARBLED: ("behind", "the transfer breaks off"),
}


def test_each_fault_is_explained_survived_and_over_when_it_is_over(pulled: PulledWorld) -> None:
    primaries = {}
    for number, fault in enumerate(FAULTS):
        apex = f"z{number}.example."
        records = tuple(record.replace(APEX, apex) for record in RECORDS)
        primaries[fault] = FaultyPrimary(apex, 5, records)
    with ExitStack() as running:
        for primary in primaries.values():
            running.enter_context(primary)
            pulled.primary(f"at{primary.port}", primary.port, None)
            pulled.pull(primary.apex, f"at{primary.port}")
        pulled.apply()
        running.enter_context(pulled.running())
        for primary in primaries.values():
            pulled.wait_for(primary.apex, 5, within=120)
        for fault, primary in primaries.items():
            primary.fault, primary.serial = fault, 6
        look(pulled)
        for fault, (state, cause) in FAULTS.items():
            apex = primaries[fault].apex
            pulled.wait_for_state(state, cause, apex)
            if fault is not Fault.NOT_AUTHORITATIVE:  # its transfers are as they should be
                assert pulled.serial(apex) == 5
            assert len(pulled.axfr(apex)) == 1003
        for primary in primaries.values():
            primary.fault = Fault.NONE
        look(pulled)
        for primary in primaries.values():
            pulled.wait_for(primary.apex, 6, within=180)
            pulled.wait_for_state("current", apex=primary.apex)
        for fault, (_, cause) in FAULTS.items():
            apex = primaries[fault].apex
            wait_until("its last sync came off", partial(came_off, pulled, apex, 6), within=60)
            found = syncs(pulled, apex)
            recorded = [each.serial for each in found if each.outcome is SyncOutcome.RECORDED]
            assert recorded[0] == 5
            assert any(cause in each.error for each in found if each.outcome is SyncOutcome.FAILED)


def syncs(pulled: PulledWorld, apex: str) -> list[Sync]:
    """Give the syncs of a zone that is pulled, the first first."""
    found = pulled.syncs.syncs(pulled.name, since=0, most=10_000)
    return [sync for sync in found[::-1] if (sync.kind, sync.apex) == (Kind.PULL, apex)]


def came_off(pulled: PulledWorld, apex: str, serial: int) -> bool:
    last = syncs(pulled, apex)[-1]
    return (last.outcome, last.serial) == (SyncOutcome.RECORDED, serial)


def test_a_zone_that_was_never_transferred_says_why(
    pulled: PulledWorld, faulty: FaultyPrimary
) -> None:
    faulty.fault = Fault.CUT
    with pulled.running():
        pulled.wait_for_state("waiting", "breaks off after")
        assert pulled.status()["serial"] is None
        assert pulled.head() is None


@pytest.mark.parametrize(
    ("there", "cause"),
    [
        (Tsig("other.example."), "does not know the key pull.example."),
        (Tsig("pull.example."), "has another secret or algorithm for the key pull.example."),
    ],
)
def test_a_key_that_differs_is_named(
    pulled: PulledWorld, tmp_path: Path, there: Tsig, cause: str
) -> None:
    text = zone_text(APEX, 5, RECORDS)
    primary = BindPrimary(tmp_path / "primary", {APEX: text}, there)
    pulled.primary("main", primary.port)
    pulled.pull(APEX, "main")
    pulled.apply()
    with primary, pulled.running():
        said = pulled.wait_for_state("unreachable", cause)
        assert pulled.pull_key.secret not in said


def test_a_transfer_that_would_fill_the_disk_is_broken_off(
    pulled: PulledWorld, faulty: FaultyPrimary, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hub_container.pulling.nsd_conf.BYTES_MOST", 200_000)
    with pulled.running():
        pulled.wait_for(APEX, 5, within=120)
        state = pulled.settings().state_dir / "pull"
        assert list(state.glob("nsd-xfr-*"))
        faulty.records = tuple(f"x{number}.{APEX} 300 IN A 192.0.2.1" for number in range(20_000))
        faulty.serial, before = 6, faulty.transfers

        def is_tried_again() -> bool:
            look(pulled)
            return faulty.transfers > before + 2 and pulled.status()["state"] == "behind"

        wait_until("it was transferred some times", is_tried_again, within=180)
        assert (pulled.serial(APEX), pulled.status()["serial"]) == (5, 5)
        kept = sum(path.stat().st_size for path in state.rglob("*") if path.is_file())
        assert kept < 10 * 200_000
        faulty.records, faulty.serial = RECORDS[1:], 7
        pulled.wait_for(APEX, 7, within=180)


def test_a_zone_whose_table_was_emptied_counts_on_above_what_the_hub_serves(
    pulled: PulledWorld, faulty: FaultyPrimary
) -> None:
    with pulled.running():
        pulled.wait_for(APEX, 5, within=120)
        for lost in (pulled.store.current, pulled.store.roots, pulled.store.nodes):
            lost.clear()
        look(pulled)
        # Above 5, as it is other content for all one knows; more than once, where what was under
        # way found the table half emptied.
        wait_until("it counts on", lambda: (pulled.serial(APEX) or 0) > 5, within=120)
        faulty.records, faulty.serial = RECORDS[1:], 20
        pulled.wait_for(APEX, 20, within=120)
        pulled.wait_for_records(lambda records: len(records) == 1002)


def test_an_expired_zone_is_served_on(pulled: PulledWorld, faulty: FaultyPrimary) -> None:
    faulty.expire, faulty.refresh, faulty.retry = 5, 2, 2
    with pulled.running():
        pulled.wait_for(APEX, 5, within=120)
        faulty.fault = Fault.SILENT

        def is_expired() -> bool:
            look(pulled)
            time.sleep(1)
            return pulled.status()["state"] == "expired"

        wait_until("the zone expires at the pulling NSD", is_expired, within=180)
        cause = pulled.status()["cause"]
        assert "the last snapshot is served on" in cause
        assert pulled.serial(APEX) == 5
        assert len(pulled.axfr(APEX)) == 1003
        faulty.fault, faulty.serial = Fault.NONE, 6
        pulled.wait_for(APEX, 6, within=180)


def test_a_serial_that_went_back_waits_for_the_operator(
    pulled: PulledWorld, faulty: FaultyPrimary
) -> None:
    faulty.serial = 12
    with pulled.running():
        pulled.wait_for(APEX, 12, within=120)
        faulty.serial, faulty.records = 5, RECORDS[:900]
        look(pulled)
        said = pulled.wait_for_state("went back", "serial 5, older than 12")
        assert "set `accept_serial: 5` for example.org." in said
        assert pulled.serial(APEX) == 12
        pulled.pull(APEX, "main", accept_serial=5)
        pulled.apply()
        pulled.wait_for(APEX, 13, within=180)
        pulled.wait_for_records(lambda records: len(records) == 903)
        pulled.wait_for_state("current")
        faulty.serial = 6
        look(pulled)
        pulled.wait_for(APEX, 14, within=180)


def test_a_new_hub_does_not_take_an_older_serial_for_the_first(
    pulled: PulledWorld, faulty: FaultyPrimary, tmp_path: Path
) -> None:
    faulty.serial = 12
    with pulled.running():
        pulled.wait_for(APEX, 12, within=120)
    faulty.serial, faulty.records = 5, RECORDS[:900]
    pulled.directory = tmp_path / "another"
    with pulled.running():
        pulled.wait_for(APEX, 12, within=120)
        pulled.wait_for_state("went back", "serial 5, older than 12")
        assert pulled.head() == 12


def test_the_newest_of_several_primaries_is_taken(
    pulled: PulledWorld, tmp_path: Path, faulty: FaultyPrimary
) -> None:
    newer = zone_text(APEX, 9, RECORDS[:990])
    other = NsdPrimary(tmp_path / "other", {APEX: newer}, pulled.pull_key)
    pulled.primary("other", other.port)
    pulled.pull(APEX, "main", "other")
    pulled.apply()
    with pulled.running():
        with other:
            pulled.wait_for(APEX, 9, within=120)
            said = pulled.wait_for_state("current", "the primaries disagree")
            assert "main answers 5, other answers 9" in said
        faulty.serial = 10
        look(pulled)
        pulled.wait_for(APEX, 10, within=180)
        pulled.wait_for_state("current", "primary other")
        assert "disagree" not in pulled.status()["cause"]


def test_one_primary_that_says_nothing_delays_no_other_zone(
    pulled: PulledWorld, tmp_path: Path, faulty: FaultyPrimary
) -> None:
    faulty.fault = Fault.SILENT
    apexes = [f"z{number}.example." for number in range(20)]
    zones = {apex: zone_text(apex, 3) for apex in apexes}
    other = NsdPrimary(tmp_path / "other", zones, pulled.pull_key)
    pulled.primary("other", other.port)
    for apex in apexes:
        pulled.pull(apex, "other")
    pulled.apply()
    with other, pulled.running():
        for apex in apexes:
            pulled.wait_for(apex, 3, within=120)
        pulled.wait_for_state("unreachable", "does not answer")


def test_the_pulling_nsd_that_dies_comes_back(pulled: PulledWorld, faulty: FaultyPrimary) -> None:
    with pulled.running():
        pulled.wait_for(APEX, 5, within=120)
        assert pulled.puller is not None
        pulled.puller.nsd.kill_leftovers()
        nsd = pulled.puller.nsd
        wait_until("NSD runs again", lambda: nsd.starts > 1 and nsd.state == "running", within=120)
        faulty.serial = 6
        look(pulled)
        pulled.wait_for(APEX, 6, within=180)


def test_a_serial_that_does_not_move_is_found_out(
    pulled: PulledWorld, faulty: FaultyPrimary
) -> None:
    with pulled.running():
        pulled.wait_for(APEX, 5, within=120)
        faulty.records = (*RECORDS, f"new.{APEX} 300 IN A 192.0.2.9")
        look(pulled)
        said = pulled.wait_for_state("current", "has other content under the same serial 5")
        assert "set `accept_serial: 5` for example.org." in said
        assert len(pulled.axfr(APEX)) == 1003
        pulled.pull(APEX, "main", accept_serial=5)
        pulled.apply()
        pulled.wait_for(APEX, 6, within=180)
        pulled.wait_for_records(lambda records: len(records) == 1004)
        look(pulled)
        wait_until("nothing is wrong any more", lambda: pulled.status()["cause"] == "", within=60)

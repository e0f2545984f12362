"""Zones pulled from real primaries: by NOTIFY, by steps, signed with TSIG, and served on."""

from pathlib import Path

import pytest

from local.servers.bind_primary import BindPrimary
from local.servers.knot_primary import KnotPrimary
from local.servers.nsd_primary import NsdPrimary
from local.servers.primary import Primary, zone_text
from tests.hub.ordered_world import await_done, outcomes, place
from tests.hub.pulled_world import APEX, PulledWorld
from zonemesh.orders.order import PRIMARIES_ASKED, ZONES_SERVED, OrderKind, StepOutcome


@pytest.fixture
def pulled(tmp_path: Path) -> PulledWorld:
    return PulledWorld(tmp_path / "hub")


RECORDS = [
    "a 300 IN A 192.0.2.1",
    'b 300 IN TXT "said" "twice"',
    "*.wild 60 IN AAAA 2001:db8::1",
    "old 300 IN TYPE65280 \\# 3 010203",
    "sub 300 IN NS ns.sub.example.org.",
    "ns.sub 300 IN A 192.0.2.7",
]


@pytest.mark.parametrize("program", [BindPrimary, KnotPrimary, NsdPrimary])
def test_a_change_at_the_primary_is_served(
    pulled: PulledWorld, tmp_path: Path, program: type[Primary]
) -> None:
    key = pulled.pull_key
    primary = program(
        tmp_path / "primary", {APEX: zone_text(APEX, 7, RECORDS)}, key, [pulled.notify_port]
    )
    pulled.primary("main", primary.port)
    pulled.pull(APEX, "main")
    pulled.apply()
    with primary, pulled.running():
        pulled.wait_for(APEX, 7, within=120)
        said = 'b.example.org. 300 TXT "said" "twice"'
        pulled.wait_for_records(lambda records: said in records)
        after = [*RECORDS, "c 300 IN A 192.0.2.3"]
        primary.put(APEX, zone_text(APEX, 8, after), 8)
        pulled.wait_for(APEX, 8, within=120)
        pulled.wait_for_records(lambda records: "c.example.org. 300 A 192.0.2.3" in records)
        pulled.wait_for_state("current")
        assert pulled.status()["primaries"] == {"main": {"serial": 8, "error": ""}}
        assert pulled.status()["recorded"] == 8


def test_a_sync_takes_what_no_notify_told_of(pulled: PulledWorld, tmp_path: Path) -> None:
    untold = {APEX: zone_text(APEX, 7, RECORDS)}
    primary = NsdPrimary(tmp_path / "primary", untold, pulled.pull_key)
    pulled.primary("main", primary.port)
    pulled.pull(APEX, "main")
    pulled.apply()
    with primary, pulled.running():
        pulled.wait_for(APEX, 7, within=120)
        tested = await_done(pulled, place(pulled, OrderKind.TEST))
        primary.put(APEX, zone_text(APEX, 8, RECORDS[:3]), 8)
        synced = await_done(pulled, place(pulled, OrderKind.SYNC))
        assert pulled.serial(APEX) == 8
    said = {step.name: step.detail for step in tested.steps}
    assert said["primary main"] == "answers for 1 zone, signed with pull.example."
    assert outcomes(synced)[PRIMARIES_ASKED] is StepOutcome.OK
    assert outcomes(synced)[ZONES_SERVED] is StepOutcome.OK


def test_a_large_zone_is_taken_whole_and_then_by_steps(pulled: PulledWorld, tmp_path: Path) -> None:
    records = [f"h{number} 300 IN A 192.0.2.{number % 250}" for number in range(50_000)]
    primary = NsdPrimary(
        tmp_path / "primary",
        {APEX: zone_text(APEX, 7, records)},
        pulled.pull_key,
        [pulled.notify_port],
    )
    pulled.primary("main", primary.port)
    pulled.pull(APEX, "main")
    pulled.apply()
    with primary, pulled.running():
        pulled.wait_for(APEX, 7, within=300)
        records[25_000] = "h25000 300 IN A 192.0.2.251"
        primary.put(APEX, zone_text(APEX, 8, records), 8)
        pulled.wait_for(APEX, 8, within=300)
        served = pulled.axfr(APEX)
        assert len(served) == 50_003
        assert f"h25000.{APEX} 300 A 192.0.2.251" in served

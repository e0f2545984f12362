"""A zone that its primary signs: passed through as it is, and verified before it is loaded."""

import operator
from functools import partial
from pathlib import Path

import pytest

from local.servers.client import ask, axfr
from local.servers.knot_primary import KnotPrimary
from local.servers.primary import zone_text
from local.servers.program import ADDRESS
from local.servers.signing import signing_is_missing
from tests.hub.pulled_world import APEX, PulledWorld
from zonemesh.zone_keys import pulled_zone_key

RECORDS = ["a 300 IN A 192.0.2.1", '*.wild 60 IN TXT "x"', "sub 300 IN NS ns.example.net."]


@pytest.fixture(autouse=True)
def _needs_verifier() -> None:
    if missing := signing_is_missing():
        pytest.fail(missing)


def test_a_zone_signed_by_its_primary_is_served_to_the_byte(tmp_path: Path) -> None:
    pulled = PulledWorld(tmp_path / "hub")
    primary = KnotPrimary(
        tmp_path / "primary",
        {APEX: zone_text(APEX, 7, RECORDS)},
        pulled.pull_key,
        [pulled.notify_port],
        signing=True,
    )
    pulled.primary("main", primary.port)
    pulled.pull(APEX, "main")
    pulled.apply()
    with primary, pulled.running():
        for records in (RECORDS, [*RECORDS, "b 300 IN A 192.0.2.2"]):
            serial = primary.serial(APEX)
            assert serial is not None
            if records is not RECORDS:
                serial += 1
                primary.put(APEX, zone_text(APEX, 7, records), serial)
            pulled.wait_for(APEX, serial, within=120)
            there = axfr(ADDRESS, primary.port, APEX, pulled.pull_key.client_key())
            pulled.wait_for_records(partial(operator.eq, there))
            assert any(" DNSKEY " in record for record in there)
        response = ask(ADDRESS, pulled.port, f"b.{APEX}", "A")
        assert response is not None and response.answer
        snapshot = pulled.store.snapshot(pulled_zone_key(pulled.name, APEX), serial)
        assert snapshot.expires is not None

"""The primaries that zones are pulled from in other tests: each gives what it was put, by steps."""

from pathlib import Path

import pytest

from local.servers.bind_primary import BindPrimary
from local.servers.client import axfr, is_incremental, ixfr
from local.servers.knot_primary import KnotPrimary
from local.servers.nsd_primary import NsdPrimary
from local.servers.primary import Primary, zone_text
from local.servers.program import ADDRESS
from local.servers.tsig import Tsig

APEX = "example.org."


@pytest.mark.parametrize("program", [BindPrimary, KnotPrimary, NsdPrimary])
def test_a_primary_gives_a_zone_whole_and_by_steps(tmp_path: Path, program: type[Primary]) -> None:
    key = Tsig("pull.example.")
    before = zone_text(APEX, 7, ["a 300 IN A 192.0.2.1", "b 300 IN A 192.0.2.2"])
    after = zone_text(APEX, 8, ["a 300 IN A 192.0.2.9", "b 300 IN A 192.0.2.2"])
    with program(tmp_path / "primary", {APEX: before}, key) as primary:
        assert primary.serial(APEX) == 7
        primary.put(APEX, after, 8)
        whole = axfr(ADDRESS, primary.port, APEX, key.client_key())
        assert f"a.{APEX} 300 A 192.0.2.9" in whole
        assert is_incremental(ixfr(ADDRESS, primary.port, APEX, 7, key.client_key()))

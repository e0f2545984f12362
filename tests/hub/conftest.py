"""A world around one hub for each test."""

from pathlib import Path

import pytest

from local.servers.nsd import nsd_is_missing
from tests.hub.world import HubWorld


@pytest.fixture(autouse=True)
def _needs_nsd() -> None:
    if missing := nsd_is_missing():
        pytest.fail(missing)


@pytest.fixture
def world(tmp_path: Path) -> HubWorld:
    """A hub that discovers all zones; loopback may transfer with its key."""
    world = HubWorld(tmp_path / "hub")
    world.declare()
    return world

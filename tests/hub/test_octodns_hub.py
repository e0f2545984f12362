"""A hub that publishes what it serves to a PowerDNS, while that is there and while it is not."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from hub_container.companions import Companion
from hub_container.publishing.opening import Opener
from hub_container.publishing.publisher import Publisher
from local.servers.client import wait_until
from local.servers.powerdns import ADDRESS, PowerDns, powerdns_is_missing
from tests.fakes.memory import MemorySecrets
from tests.fakes.publications import MemoryApprovals, MemoryPublications
from tests.hub.octodns_world import APEX, records_at
from tests.hub.world import HUB, HubWorld, address_lines, key_of

# The providers of today use what octoDNS 2.0 will not have.
pytestmark = pytest.mark.filterwarnings("ignore:.*DEPRECATED.*2.0:DeprecationWarning")

API_KEY = "an-api-key-of-the-test"
KEY = key_of(APEX)
PATIENCE = 120.0


@dataclass
class PowerDnsWorld(HubWorld):
    """A hub whose zones are published to a PowerDNS."""

    api_port: int = 0

    def companions(self) -> list[Companion]:
        secrets = MemorySecrets({"env:POWERDNS": API_KEY})
        opener = Opener(self.store, secrets, lambda *_: pytest.fail("no Route 53 here"))
        kept = MemoryPublications(), MemoryApprovals()
        return [Publisher(HUB, self.store, *kept, opener, self.catch_up_every)]

    def declare_target(self) -> None:
        target = {
            "type": "octodns",
            "hub": HUB,
            "provider": "octodns_powerdns.PowerDnsProvider",
            "settings": {"host": ADDRESS, "port": self.api_port},
            "secrets": {"api_key": "env:POWERDNS"},
        }
        document = {
            "integrations": {"main": {}},
            "zones": [{"discover": "*", "integration": "main", "targets": ["elsewhere"]}],
            "hubs": {HUB: {}},
            "targets": {"elsewhere": target},
        }
        self.mesh.apply(yaml.safe_dump(document))
        self.join(APEX)

    def said(self) -> dict[str, object]:
        """Give what the hub reported of the zone at the target."""
        told = self.reports.reports(HUB).zones.get(KEY, {})
        found: dict[str, object] = told.get("targets", {}).get("elsewhere", {})
        return found


@pytest.fixture
def powerdns(tmp_path: Path) -> Iterator[PowerDns]:
    if missing := powerdns_is_missing():
        pytest.fail(missing)
    with PowerDns(tmp_path / "pdns", API_KEY) as server:
        yield server


@pytest.fixture
def publishing(tmp_path: Path, powerdns: PowerDns) -> PowerDnsWorld:
    world = PowerDnsWorld(tmp_path / "hub", api_port=powerdns.api_port)
    world.declare_target()
    return world


def holds(powerdns: PowerDns, count: int, first: str) -> bool:
    """Tell whether PowerDNS has the zone with so many hosts, and what `www` is."""
    if powerdns.serial(APEX) is None:
        return False
    found = records_at(powerdns.port)
    return len(found) == count + 3 and f"www.{APEX} 60 A {first}" in found


def wait_for(powerdns: PowerDns, count: int, first: str = "192.0.2.1") -> None:
    wait_until("PowerDNS has the zone", lambda: holds(powerdns, count, first), PATIENCE)


def test_each_edit_comes_to_the_provider(publishing, powerdns):
    publishing.publish(APEX, 7, address_lines(APEX, 30))
    with publishing.running():
        wait_for(powerdns, 30)
        for serial in (8, 9, 10):
            first = f"192.0.2.{serial}"
            publishing.publish(APEX, serial, address_lines(APEX, 30 + serial, first))
            wait_for(powerdns, 30 + serial, first)
        wait_until("it is reported", lambda: publishing.said().get("serial") == 10, PATIENCE)
        assert publishing.said()["state"] == "published"


def test_a_provider_that_is_away_holds_up_no_serving_and_gets_the_newest_later(
    publishing, powerdns
):
    powerdns.server.stop()
    publishing.publish(APEX, 7, address_lines(APEX, 30))
    with publishing.running():
        publishing.wait_for(APEX, 7, PATIENCE)
        wait_until("it failed", lambda: publishing.said().get("failures"), PATIENCE)
        error = str(publishing.said()["error"])
        assert "target `elsewhere`: cannot be listed" in error and API_KEY not in error
        publishing.publish(APEX, 8, address_lines(APEX, 31))
        publishing.wait_for(APEX, 8, PATIENCE)
        powerdns.start()
        wait_for(powerdns, 31)
        wait_until("it is told", lambda: publishing.said().get("state") == "published", PATIENCE)
        assert publishing.said()["error"] is None

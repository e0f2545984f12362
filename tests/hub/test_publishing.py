"""A hub that publishes: what it reports and measures, and that serving goes on beside it."""

import threading
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from hub_container.companions import Companion
from hub_container.publishing.publisher import Publisher
from hub_container.publishing.pushes import Job
from local.servers.client import wait_until
from tests.fakes.publications import MemoryApprovals, MemoryPublications, MemoryTarget
from tests.hub.ordered_world import await_done, outcomes, place
from tests.hub.test_http import get
from tests.hub.world import HUB, HubWorld, address_lines, key_of, publish
from zonemesh.orders.order import OrderKind, StepOutcome
from zonemesh.snapshot import Snapshot
from zonemesh.targets.ports import Order, TargetFailed, terms_of

APEX, OTHER = "example.com.", "example.net."
KEY = key_of(APEX)


@dataclass
class PublishingWorld(HubWorld):
    """A hub that publishes all zones to one target in memory, and serves those it is to."""

    target: MemoryTarget = field(default_factory=MemoryTarget)

    def companions(self) -> list[Companion]:
        publications, approvals = MemoryPublications(), MemoryApprovals()
        every = self.catch_up_every
        return [Publisher(HUB, self.store, publications, approvals, self.open, every)]

    def open(self, job: Job) -> MemoryTarget:
        self.target.terms = terms_of(job.target)
        return self.target

    def declare_target(self) -> None:
        document = {
            "integrations": {"main": {}, "copies": {}},
            "zones": [{"discover": "*", "integration": "main", "targets": ["copy"]}],
            "hubs": {HUB: {}, "another": {}},
            "targets": {"copy": {"type": "route53", "hub": HUB, "integration": "copies"}},
        }
        self.mesh.apply(yaml.safe_dump(document))

    def said(self, zone: str = KEY) -> dict[str, object]:
        """Give what the hub reported of a zone at the target."""
        told = self.reports.reports(HUB).zones.get(zone, {})
        found: dict[str, object] = told.get("targets", {}).get("copy", {})
        return found

    def counted(self) -> dict[str, int]:
        """Give the target's zones by state, as the heartbeat has them."""
        heartbeat = self.reports.reports(HUB).heartbeat or {}
        found: dict[str, int] = heartbeat.get("targets", {}).get("copy", {})
        return found


@pytest.fixture
def publishing(tmp_path: Path) -> PublishingWorld:
    world = PublishingWorld(tmp_path / "hub")
    world.declare_target()
    return world


def test_what_is_served_is_published_reported_and_measured(publishing: PublishingWorld) -> None:
    world = publishing
    world.join(APEX)
    world.publish(APEX, 7, address_lines(APEX, 3))
    with world.running():
        world.wait_for(APEX, 7)
        wait_until("it is reported", lambda: world.said().get("serial") == 7)
        zone = world.reports.reports(HUB).zones[KEY]
        assert (zone["state"], zone["serial"]) == ("served", 7)
        wait_until("the heartbeat counts it", lambda: world.counted().get("published") == 1)
        samples = {
            (sample.name, *sorted(sample.labels.values())): sample.value
            for family in text_string_to_metric_families(get(world, "/metrics")[1])
            for sample in family.samples
        }
    assert samples["zonemesh_hub_target_serial", "copy", KEY] == 7
    assert samples["zonemesh_hub_target_failures", "copy", KEY] == 0
    assert samples["zonemesh_hub_target_insync_seconds", "copy", KEY] == 0.5
    assert samples["zonemesh_hub_target_zones", "copy", "published"] == 1
    assert samples["zonemesh_hub_target_zones", "copy", "failing"] == 0


def test_a_zone_that_another_hub_serves_is_published_and_reported(
    publishing: PublishingWorld,
) -> None:
    world = publishing
    world.join(APEX, hubs=("another",))
    world.publish(APEX, 7, address_lines(APEX, 3))
    with world.running() as hub:
        wait_until("it is reported", lambda: world.said().get("serial") == 7)
        assert world.serial(APEX) is None
        assert hub.zone_status(KEY) == {
            "zone": KEY,
            "targets": {"copy": hub.companions.zone_report(KEY)["targets"]["copy"]},
        }
        assert f'"{KEY}"' in get(world, "/status")[1]
        world.publish(APEX, 8, address_lines(APEX, 4))
        wait_until("a ring is enough", lambda: world.said().get("serial") == 8)


def test_a_target_that_hangs_and_one_that_fails_hold_up_no_serving_and_no_stop(
    publishing: PublishingWorld,
) -> None:
    world = publishing
    gate = threading.Event()

    def before(snapshot: Snapshot, order: Order) -> None:
        if snapshot.apex == APEX:
            assert gate.wait(120)
        raise TargetFailed("out of order")

    world.target.before = before
    for apex in (APEX, OTHER):
        world.join(apex)
        world.publish(apex, 7, address_lines(apex, 3))
    try:
        with world.running():
            for apex in (APEX, OTHER):
                world.wait_for(apex, 7)
            wait_until("it failed", lambda: world.said(key_of(OTHER)).get("failures"))
            for apex in (APEX, OTHER):
                world.publish(apex, 8, address_lines(apex, 3))
                world.wait_for(apex, 8)
            assert world.said(key_of(OTHER))["error"] == "TargetFailed: out of order"
    finally:
        gate.set()
    assert world.target.serials == []


def test_a_plan_a_test_and_a_sync_are_about_targets_too(publishing: PublishingWorld) -> None:
    world = publishing
    world.join(APEX)
    publish(world.store, APEX, 1, address_lines(APEX, 3))
    with world.running():
        wait_until("it is published", lambda: world.target.serials == [(APEX, 1)])
        listed = world.target.listings
        planned = await_done(world, place(world, OrderKind.PLAN, zones=(KEY,), target="copy"))
        tested = await_done(world, place(world, OrderKind.TEST))
        synced = await_done(world, place(world, OrderKind.SYNC, zones=(KEY,)))
        elsewhere = await_done(world, place(world, OrderKind.PLAN, zones=(KEY,), target="nowhere"))
    assert planned.ok and planned.lines == ("Nothing to do.",)
    assert {step.name: step.detail for step in tested.steps}["target copy"] == "there, of 1 zone"
    assert outcomes(synced)["targets"] is StepOutcome.OK
    assert world.target.listings > listed
    (step,) = elsewhere.failures
    assert "does not publish" in step.detail

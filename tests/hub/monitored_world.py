"""A hub that does all that a hub can do, so that all of its metrics have samples."""

from dataclasses import dataclass, field
from typing import Any

import yaml

from hub_container.companions import Companion
from hub_container.publishing.publisher import Publisher
from hub_container.publishing.pushes import Job
from hub_container.pulling.puller import Puller
from local.servers.client import wait_until
from local.servers.ports import free_port
from tests.fakes.publications import MemoryApprovals, MemoryPublications, MemoryTarget
from tests.hub.test_http import get
from tests.hub.world import ADDRESS, HUB, HubWorld, address_lines
from zonemesh.ports import Member
from zonemesh.targets.ports import terms_of
from zonemesh.zone_keys import pulled_zone_key

APEX, PULLED = "example.com.", "example.org."


@dataclass
class MonitoredWorld(HubWorld):
    """A hub with a zone, a target, a secondary that does not answer, and a primary like it."""

    target: MemoryTarget = field(default_factory=MemoryTarget)

    def companions(self) -> list[Companion]:
        publications, approvals, every = MemoryPublications(), MemoryApprovals(), 600.0
        publisher = Publisher(HUB, self.store, publications, approvals, self.open, every)
        return [Puller(self.settings(), self.ports()), publisher]

    def open(self, job: Job) -> MemoryTarget:
        self.target.terms = terms_of(job.target)
        return self.target

    def prepare(self) -> None:
        """Apply the mesh, and record the zone."""
        silent: dict[str, Any] = {"address": ADDRESS, "tsig_key": "none"}
        document = {
            "integrations": {"main": {}, "copies": {}},
            "zones": [
                {"discover": "*", "integration": "main", "targets": ["copy"]},
                {"name": PULLED, "primaries": ["campus"], "pulled_by": HUB},
            ],
            "hubs": {HUB: {"secondaries": ["paris"]}},
            "secondaries": {"paris": silent | {"port": free_port()}},
            "primaries": {"campus": silent | {"port": free_port()}},
            "targets": {"copy": {"type": "route53", "hub": HUB, "integration": "copies"}},
        }
        self.mesh.apply(yaml.safe_dump(document))
        self.join(APEX)
        key = pulled_zone_key(HUB, PULLED)
        self.register.put(Member(key, PULLED, "", "", "listed", ("*",), pulled_by=HUB))
        self.publish(APEX, 7, address_lines(APEX, 3))

    def metrics(self) -> str:
        """Run the hub until all has happened once, and give what /metrics says."""
        with self.running():
            self.wait_for(APEX, 7)

            def said() -> bool:
                text = get(self, "/metrics")[1]
                return all(f"\n{name}" in text for name in _LAST)

            wait_until("all has happened once", said, 60)
            return get(self, "/metrics")[1]


# What takes longest to have a sample.
_LAST = (
    "zonemesh_hub_target_insync_seconds",
    "zonemesh_hub_secondary_behind_since_timestamp_seconds",
    "zonemesh_hub_sync_duration_seconds_count",
    "zonemesh_hub_pulled_zone_error",
    "zonemesh_hub_catch_up_timestamp_seconds",
    "zonemesh_hub_queue_contact_timestamp_seconds",
    'zonemesh_hub_syncs_total{kind="pull"',
    "zonemesh_hub_reload_seconds",
)

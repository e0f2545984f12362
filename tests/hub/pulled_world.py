"""A hub that pulls zones from primaries, over ports in memory whose commits ring."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from hub_container.companions import Companion
from hub_container.pulling.puller import Puller
from hub_container.settings import Endpoint, Settings
from local.servers.client import wait_until
from local.servers.ports import free_port
from local.servers.program import ADDRESS
from local.servers.tsig import Tsig
from tests.fakes.memory import MemorySnapshotStore
from tests.hub.world import HubWorld, key_variable
from zonemesh.ports import Member
from zonemesh.snapshot import Announcement, Head, Snapshot
from zonemesh.zone_keys import pulled_zone_key

APEX = "example.org."
PATIENCE = 120.0  # seconds


@dataclass
class PulledWorld(HubWorld):
    """A hub and the zones that it pulls; what tests change is public.

    `zones` are entries of mesh.yaml by apex, `primaries` those of its primaries by name: `apply`
    puts them into force. Primaries may send NOTIFY to `notify_port`.
    """

    notify_port: int = field(default_factory=free_port)
    pull_key: Tsig = field(default_factory=lambda: Tsig("pull.example."))
    primaries: dict[str, dict[str, Any]] = field(default_factory=dict)
    zones: dict[str, dict[str, Any]] = field(default_factory=dict)
    puller: Puller | None = None

    def __post_init__(self) -> None:
        self.store = RingingStore(self)

    def settings(self) -> Settings:
        given = HubWorld.settings(self)
        return Settings(
            given.hub,
            given.state_dir,
            given.dns_listen,
            given.http_listen,
            self.catch_up_every,
            notify_listen=(Endpoint(ADDRESS, self.notify_port),),
        )

    def companions(self) -> list[Companion]:
        self.puller = Puller(self.settings(), self.ports(), compare_every=0)
        return [self.puller]

    def primary(self, name: str, port: int, key: str | None = "pull.example") -> None:
        """Declare a primary on loopback."""
        self.primaries[name] = {"address": ADDRESS, "port": port, "tsig_key": key or "none"}

    def pull(self, apex: str, *primaries: str, **fields: Any) -> None:
        """Declare a zone and make it a member."""
        self.zones[apex] = {"primaries": list(primaries), "pulled_by": self.name} | fields
        key = pulled_zone_key(self.name, apex)
        self.register.put(Member(key, apex, "", "", "listed", ("*",), pulled_by=self.name))

    def apply(self) -> None:
        """Put what is declared into force, and ring."""
        keys = (self.key, self.pull_key)
        self.secrets.by_reference.update({f"env:{key_variable(key)}": key.secret for key in keys})
        client = {"transfer_from": ["127.0.0.0/8"], "tsig_key": self.key.name.rstrip(".")}
        document: Mapping[str, Any] = {
            "zones": [{"name": apex.rstrip(".")} | entry for apex, entry in self.zones.items()],
            "hubs": {self.name: {"secondaries": ["client"]}},
            "primaries": self.primaries,
            "secondaries": {"client": client},
            "tsig_keys": {
                key.name.rstrip("."): {
                    "algorithm": key.algorithm,
                    "secret": f"env:{key_variable(key)}",
                }
                for key in keys
            },
        }
        version = self.mesh.apply(yaml.safe_dump(document))
        self.inbox.put(f'{{"mesh": {version.number}}}')

    def status(self, apex: str = APEX) -> dict[str, Any]:
        """Give what the puller reports of a zone, {} before it does."""
        assert self.puller is not None
        zones: dict[str, Any] = self.puller.report()["zones"]
        found: dict[str, Any] = zones.get(pulled_zone_key(self.name, apex), {})
        return found

    def wait_for_state(self, state: str, cause: str = "", apex: str = APEX) -> str:
        """Wait until a zone is in a state for a cause that says something; gives the cause."""

        def is_so() -> bool:
            status = self.status(apex)
            said = f"{status.get('cause')} {status.get('error')}"
            return status.get("state") == state and cause in said

        try:
            wait_until(f"{apex} is {state}: {cause}", is_so, PATIENCE)
        except AssertionError as problem:
            raise AssertionError(f"{problem}; it is {self.status(apex)}") from None
        return str(self.status(apex)["cause"])

    def head(self, apex: str = APEX) -> int | None:
        """Give the serial of a zone's head."""
        head = self.store.head(pulled_zone_key(self.name, apex))
        return head.serial if head else None

    def wait_for_records(self, hold: Callable[[set[str]], bool], apex: str = APEX) -> None:
        """Wait until a transfer is right: NSD's old processes answer on for a while."""
        wait_until(f"{apex} is transferred as it is now", lambda: hold(self.axfr(apex)), PATIENCE)

    def wait_for_head(self, serial: int, apex: str = APEX) -> None:
        """Wait until a zone's head has a serial."""
        try:
            wait_until(f"{apex} {serial} recorded", lambda: self.head(apex) == serial, PATIENCE)
        except AssertionError as problem:
            raise AssertionError(f"{problem}; it is {self.status(apex)}") from None


class RingingStore(MemorySnapshotStore):
    """A store whose commits are announced, as the table's stream does it."""

    def __init__(self, world: HubWorld) -> None:
        super().__init__()
        self._world = world

    def commit(self, snapshot: Snapshot, onto: Head | None) -> None:
        super().commit(snapshot, onto)
        ring = Announcement(snapshot.zone, snapshot.serial)
        self._world.inbox.put(ring.to_json())

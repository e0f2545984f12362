"""What was ordered from these pages, and how far it has got."""

import threading
import time
from dataclasses import dataclass, replace

from zonemesh.dashboard.ports import DashboardPorts
from zonemesh.orders.order import CARRIED_OUT_FOR, HubOrder
from zonemesh.orders.ordering import Standing, standings
from zonemesh.orders.sync_now import SyncOrdered, SyncProgress, read_progress

LATE_AFTER = 15.0  # seconds; a hub at rest takes an order up within one
FOLLOWED_FOR = CARRIED_OUT_FOR  # seconds; a hub takes up nothing that is older


@dataclass(frozen=True, slots=True)
class ZoneSync:
    """A zone that was to be brought up to date at `at` (epoch seconds)."""

    at: float
    ordered: SyncOrdered
    progress: SyncProgress

    @property
    def done(self) -> bool:
        return self.progress.done


@dataclass(frozen=True, slots=True)
class HubOrdered:
    """What was last ordered of a hub, at `at` (epoch seconds)."""

    at: float
    standing: Standing

    @property
    def done(self) -> bool:
        return self.standing.done

    def is_late(self, now: float) -> bool:
        """Tell whether it is time to say why it is not done; `now` is in epoch seconds."""
        return not self.done and now - self.at > LATE_AFTER


class Following:
    """The last order of each zone and hub; safe for all threads."""

    def __init__(self, ports: DashboardPorts) -> None:
        self._ports = ports
        self._lock = threading.Lock()
        self._zones: dict[str, ZoneSync] = {}
        self._hubs: dict[str, HubOrdered] = {}

    def zone_ordered(self, zone: str, ordered: SyncOrdered) -> None:
        """Follow a zone's (its key's) sync."""
        progress = read_progress(self._ports, ordered)
        with self._lock:
            self._zones[zone] = ZoneSync(time.time(), ordered, progress)

    def hub_ordered(self, order: HubOrder) -> None:
        """Follow what was ordered of a hub."""
        (standing,) = standings(self._ports, [order])
        with self._lock:
            self._hubs[order.hub] = HubOrdered(time.time(), standing)

    def zone(self, key: str) -> ZoneSync | None:
        """Give how a zone's last sync goes, None where none was ordered here."""
        with self._lock:
            return self._zones.get(key)

    def hub(self, name: str) -> HubOrdered | None:
        """Give how a hub's last order goes, None where none was given here."""
        with self._lock:
            return self._hubs.get(name)

    def look(self) -> object:
        """Read how it goes with what is not done; gives what differs where something changed."""
        with self._lock:
            zones, hubs = dict(self._zones), dict(self._hubs)
        for key, sync in zones.items():
            if _is_open(sync):
                found = replace(sync, progress=read_progress(self._ports, sync.ordered))
                self._keep_zone(key, sync, found)
        for name, ordered in hubs.items():
            if _is_open(ordered):
                (standing,) = standings(self._ports, [ordered.standing.order])
                self._keep_hub(name, ordered, replace(ordered, standing=standing))
        with self._lock:
            late = [ordered.is_late(time.time()) for ordered in self._hubs.values()]
            return [*self._zones.values()], [*self._hubs.values()], late

    def _keep_zone(self, key: str, before: ZoneSync, found: ZoneSync) -> None:
        with self._lock:
            if self._zones.get(key) is before:  # no newer one was ordered meanwhile
                self._zones[key] = found

    def _keep_hub(self, name: str, before: HubOrdered, found: HubOrdered) -> None:
        with self._lock:
            if self._hubs.get(name) is before:
                self._hubs[name] = found


def _is_open(it: ZoneSync | HubOrdered) -> bool:
    return not it.done and time.time() - it.at < FOLLOWED_FOR

"""The table for somebody who looks again and again: what cannot have changed is not read again.

Snapshots never change, and an announcement that has caught up with its head only changes after the
head does. Members, looks at sources and readiness change every some minutes, and are read so often.
Of a mesh at rest a further look costs its heads and its hubs' reports.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Generic, TypeVar

from zonemesh.ports import HubReports, Member, MeshStore
from zonemesh.snapshot import Head, Snapshot
from zonemesh.status.mesh_status import StatusPorts
from zonemesh.status.readiness import FoundReadiness

SLOW = 30.0  # seconds; a sweep is every ten minutes

Clock = Callable[[], float]
_Value = TypeVar("_Value")


class _Aged(Generic[_Value]):
    """A value that is read again when it is `SLOW` seconds old."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._read_at = clock, 0.0
        self._value: _Value | None = None

    def get(self, read: Callable[[], _Value]) -> _Value:
        if self._value is None or self._clock() - self._read_at >= SLOW:
            self._value, self._read_at = read(), self._clock()
        return self._value


class RememberedPorts:
    """StatusPorts on top of others; `clock` gives seconds that never go back."""

    def __init__(self, ports: StatusPorts, clock: Clock) -> None:
        self._ports = ports
        self.store = _Heads(ports)
        self.ledger = _Ledger(ports, self.store, clock)
        self.register = _Register(ports, clock)
        self.readiness_notes = _Readiness(ports, clock)

    @property
    def mesh_store(self) -> MeshStore:
        """Give the store itself, which reads a version once."""
        return self._ports.mesh_store

    @property
    def reports(self) -> HubReports:
        """Give the reports themselves: they are what one looks for."""
        return self._ports.reports


class _Heads:
    def __init__(self, ports: StatusPorts) -> None:
        self._ports = ports
        self._snapshots: dict[tuple[str, int], Snapshot] = {}
        self.last: Mapping[str, Head] = {}

    def heads(self, zones: Collection[str]) -> Mapping[str, Head]:
        self.last = self._ports.store.heads(zones)
        wanted = {(head.zone, head.serial) for head in self.last.values()}
        wanted |= {(head.zone, head.held) for head in self.last.values() if head.held is not None}
        known = self._snapshots
        self._snapshots = {which: known[which] for which in wanted & known.keys()}
        return self.last

    def snapshot(self, zone: str, serial: int) -> Snapshot:
        if (zone, serial) not in self._snapshots:
            self._snapshots[zone, serial] = self._ports.store.snapshot(zone, serial)
        return self._snapshots[zone, serial]


class _Ledger:
    def __init__(self, ports: StatusPorts, heads: _Heads, clock: Clock) -> None:
        self._ports, self._heads = ports, heads
        self._announced: dict[str, int] = {}
        self._verified: _Aged[Mapping[str, int]] = _Aged(clock)

    def announced(self, zones: Collection[str]) -> Mapping[str, int]:
        heads = self._heads.last
        moving = [
            zone
            for zone in zones
            if zone in heads and self._announced.get(zone) != heads[zone].serial
        ]
        if moving:
            self._announced |= self._ports.ledger.announced(moving)
        return {zone: self._announced[zone] for zone in zones if zone in self._announced}

    def verified(self, zones: Collection[str]) -> Mapping[str, int]:
        return self._verified.get(lambda: self._ports.ledger.verified(zones))


class _Register:
    def __init__(self, ports: StatusPorts, clock: Clock) -> None:
        self._ports = ports
        self._members: _Aged[list[Member]] = _Aged(clock)

    def members(self) -> list[Member]:
        return self._members.get(self._ports.register.members)


class _Readiness:
    def __init__(self, ports: StatusPorts, clock: Clock) -> None:
        self._ports = ports
        self._found: _Aged[Mapping[str, FoundReadiness]] = _Aged(clock)

    def readiness(self, zones: Collection[str]) -> Mapping[str, FoundReadiness]:
        return self._found.get(lambda: self._ports.readiness_notes.readiness(zones))

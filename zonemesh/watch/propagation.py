"""What has not got a change yet, and for how long: from the head's move to hubs and targets."""

from collections.abc import Iterator
from dataclasses import dataclass

from zonemesh.ports import SnapshotStore
from zonemesh.serial import is_newer
from zonemesh.status.hubs import HubState
from zonemesh.status.mesh_status import MeshStatus, ZoneStatus
from zonemesh.status.needs import followings
from zonemesh.status.places import UNHEARD

LOOKED_BACK = 20  # snapshots; who lacks more lacks the oldest of these for long enough
ZONES_MOST = 200  # places and zones whose age is looked up in a run: a read each

_WAITING = ("waiting", "published")


@dataclass(frozen=True, slots=True)
class Lag:
    """A place that has an older serial of a zone than the head, or none.

    `place` is `hub NAME` or `target NAME`, `hub` the one that serves or publishes. `since` is when
    what it lacks was recorded (epoch seconds).
    """

    zone: ZoneStatus
    place: str
    hub: str
    serial: int | None
    since: int = 0


def lags(status: MeshStatus, store: SnapshotStore) -> list[Lag]:
    """Give who lags behind the heads, of hubs that are heard; raises StoreUnavailable."""
    heard = {
        hub.name
        for hub in status.hubs
        if hub.state(status.now) in (HubState.ONLINE, HubState.ERROR)
    }
    found = [lag for zone in status.zones for lag in _of_zone(zone) if lag.hub in heard]
    return [
        Lag(lag.zone, lag.place, lag.hub, lag.serial, _since(store, lag))
        for lag in found[:ZONES_MOST]
    ]


def slowest(status: MeshStatus, found: list[Lag]) -> int:
    """Give for how many seconds the oldest change is under way: to hubs, targets, secondaries."""
    times = [float(lag.since) for lag in found]
    times += [each.found.since for each in followings(status) if each.found.since is not None]
    return max(0, int(status.now - min(times))) if times else 0


def _of_zone(zone: ZoneStatus) -> Iterator[Lag]:
    for hub, on_hub in zone.hubs.items():
        if not on_hub.error and _is_older(zone, on_hub.serial):
            yield Lag(zone, f"hub {hub}", hub, on_hub.serial)
    for name, place in zone.targets.items():
        stuck = place.state in (*_WAITING, UNHEARD) and not place.error
        if stuck and _is_older(zone, place.serial):
            yield Lag(zone, f"target {name}", place.hub, place.serial)


def _is_older(zone: ZoneStatus, serial: int | None) -> bool:
    if zone.serial is None:
        return False
    return serial is None or is_newer(zone.serial, serial)


def _since(store: SnapshotStore, lag: Lag) -> int:
    """Find the oldest snapshot that a place lacks: from the head on back along the parents."""
    zone, serial = lag.zone.member.zone, lag.zone.serial
    assert serial is not None
    below = None if serial == 2**32 - 1 else serial + 1
    recent = store.snapshots(zone, below=below, most=LOOKED_BACK)
    by_serial = {snapshot.serial: snapshot for snapshot in recent}
    at = 0
    while (snapshot := by_serial.get(serial)) is not None:
        at = snapshot.recorded_at
        if snapshot.parent is None or snapshot.parent == lag.serial:
            break
        if lag.serial is not None and not is_newer(snapshot.parent, lag.serial):
            break
        serial = snapshot.parent
    return at

"""The use case: look at the mesh, and tell of what began and what ended."""

from collections import Counter
from dataclasses import dataclass
from typing import Protocol

from zonemesh.mesh.definition import Mesh
from zonemesh.ports import Alerts, SnapshotStore
from zonemesh.status.hubs import HubState
from zonemesh.status.mesh_status import MeshStatus, StatusPorts, read_status
from zonemesh.watch.alert import Alert, AlertLog, Phase
from zonemesh.watch.deciding import decide
from zonemesh.watch.findings import Look, find
from zonemesh.watch.kinds import AlertKind
from zonemesh.watch.propagation import lags, slowest
from zonemesh.watch.telling import Teller, Told


class WatchPorts(StatusPorts, Protocol):
    """What the watch reads, and where it tells and notes."""

    @property
    def store(self) -> SnapshotStore: ...
    @property
    def alert_log(self) -> AlertLog: ...
    @property
    def alerts(self) -> Alerts: ...


@dataclass(frozen=True, slots=True)
class Watched:
    """What the watch found and told; `slowest` is the age in seconds of the oldest change that is
    under way, `open` counts alerts by kind.
    """

    told: Told
    zones: int
    held: int
    offline_hubs: int
    failing_targets: int
    secondaries_behind: int
    slowest: int
    open: Counter[AlertKind]


def watch(ports: WatchPorts, mesh: Mesh, now: int) -> Watched:
    """Look once; raises StoreUnavailable, and then the next run looks."""
    alerts = ports.alert_log.alerts()  # before the look: what is noted meanwhile is another's
    status = read_status(ports, now)
    found_lags = lags(status, ports.store)
    found = find(Look(status, found_lags, mesh.alerts))
    teller = Teller(ports.alert_log, ports.alerts, mesh.alerts.runbook, now)
    told = teller.carry_out(decide(found, alerts, mesh.alerts, now))
    kinds = Counter(finding.kind for finding in found.findings)
    return Watched(
        told,
        len(status.zones),
        kinds[AlertKind.HELD],
        _offline(status, now),
        kinds[AlertKind.TARGET],
        kinds[AlertKind.SECONDARY],
        slowest(status, found_lags),
        _open(ports.alert_log.alerts()),
    )


def _offline(status: MeshStatus, now: int) -> int:
    return sum(hub.state(now) is HubState.OFFLINE for hub in status.hubs)


def _open(alerts: list[Alert]) -> Counter[AlertKind]:
    return Counter(alert.kind for alert in alerts if alert.phase is Phase.OPEN)

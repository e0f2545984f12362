"""How a hub is, as its last heartbeat and the time since then tell."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

OVERDUE = 120  # seconds; a hub reports every 30, so this many means that it misses reports
STARTING = 300  # seconds that a hub may need from its start until it serves


class HubState(StrEnum):
    """What a hub is at a glance."""

    ONLINE = "online"
    OFFLINE = "offline"  # no heartbeat for `OVERDUE` seconds: what it serves now is not known
    ERROR = "error"  # it reports, and something is wrong with it or with a zone on it
    PROVISIONING = "provisioning"  # declared and never heard of, or starting


@dataclass(frozen=True, slots=True)
class HubStatus:
    """A declared hub and its last heartbeat, None where it never reported."""

    name: str
    heartbeat: Mapping[str, Any] | None

    @property
    def heard_at(self) -> float | None:
        """When the hub last reported, in epoch seconds."""
        at = (self.heartbeat or {}).get("at")
        return float(at) if isinstance(at, int | float) else None

    @property
    def problems(self) -> tuple[str, ...]:
        """What the hub says is wrong with it, a sentence each."""
        return tuple(str(problem) for problem in (self.heartbeat or {}).get("problems") or ())

    def state(self, now: float) -> HubState:
        """Judge the hub as of `now` (epoch seconds)."""
        report = self.heartbeat
        if report is None or self.heard_at is None:
            return HubState.PROVISIONING
        if now - self.heard_at > OVERDUE:
            return HubState.OFFLINE
        if not report.get("ready"):
            starting = now - float(report.get("started_at") or 0) < STARTING
            return HubState.PROVISIONING if starting else HubState.ERROR
        amiss = self.problems or report.get("zones_failing") or not self._nsd_runs
        return HubState.ERROR if amiss else HubState.ONLINE

    @property
    def _nsd_runs(self) -> bool:
        nsd = (self.heartbeat or {}).get("nsd") or {}
        return bool(nsd.get("state", "running") == "running")

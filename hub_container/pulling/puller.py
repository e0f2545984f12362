"""Pulls zones from primaries: a second NSD is the secondary, the hub records what it takes in.

 primaries ──NOTIFY, SOA refresh, IXFR, AXFR──► pulling NSD ──NOTIFY──► doorbell
                    ▲                                │                     │
    looks: SOA, signed, by schedule                  └──IXFR, AXFR──► recording ──► snapshot, head

The serving NSD knows nothing of it: it follows the head like every hub's. So a zone that expires
here, or that a primary breaks, is served on as it was.
"""

import logging
import socket
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from prometheus_client.core import Metric

from hub_container.companions import Comparison
from hub_container.nsd import Nsd
from hub_container.nsd_control import NsdControl, NsdMissing, NsdRefused, nsd_version
from hub_container.nsd_text import NsdPaths
from hub_container.ordered.checks import Check
from hub_container.ports import HubPorts
from hub_container.pulling.comparing import COMPARE_EVERY, Comparing
from hub_container.pulling.doorbell import Doorbell
from hub_container.pulling.looking import Looks
from hub_container.pulling.metrics import pulled_metrics
from hub_container.pulling.nsd_conf import LOOPBACK, pulling_conf, zone_file
from hub_container.pulling.ordered import checks_of, comparison
from hub_container.pulling.pulled import Pulled, pulled_of
from hub_container.pulling.recording import Recording
from hub_container.pulling.status import PullBoard
from hub_container.pulling.syncs import PulledSyncs
from hub_container.settings import Endpoint, Settings
from hub_container.syncs.log import SyncLog
from hub_container.tsig import TsigKey
from hub_container.workers import ZoneWorkers
from zonemesh.mesh.definition import Mesh
from zonemesh.ports import Member
from zonemesh.snapshot import Head

_TICK = 0.25  # seconds

logger = logging.getLogger(__name__)


class Puller:
    """The companion that pulls. NSD runs from the first mesh on that has zones for this hub."""

    name = "pulling"

    def __init__(
        self, settings: Settings, ports: HubPorts, compare_every: float = COMPARE_EVERY
    ) -> None:
        self._hub, self._ports = settings.hub, ports
        self._notify_listen = settings.notify_listen
        state = settings.state_dir / "pull"
        self._paths = NsdPaths(state, state / "zones")
        self.server = Endpoint(LOOPBACK, _free_port())
        self.board = PullBoard()
        self.nsd = Nsd(self._paths, self.server, on_running=self._nsd_runs)
        self._control = NsdControl(self._paths.config)
        self._doorbell = Doorbell(self._notified)
        serving = settings.dns_listen[0].reachable
        self._recording = Recording(ports.store, self.server, serving, self.board)
        self._recorders = ZoneWorkers(self._record, self._recording_failed, threads=2)
        self._looks = Looks(
            self.server, self._control, self.board, self._recording.taken, self._recorders.ask
        )
        self._zones: dict[str, Pulled] = {}
        self._comparing = Comparing(
            self.server,
            self._control,
            self.board,
            lambda zone: self._zones.get(zone),
            lambda pulled: self._recording.record(pulled, whole=True),
            compare_every,
        )
        self._keys: dict[str, TsigKey] = {}
        self._configuring = threading.Lock()
        self._stale = False  # whether NSD has yet to read its configuration again
        self._nsd_started = False
        self._stopping = threading.Event()
        self._clock = threading.Thread(target=self._run_clock, name="pulling", daemon=True)

    def configure(self, mesh: Mesh, members: Collection[Member]) -> list[str]:
        """Take up the zones that the mesh has this hub pull; gives what cannot be done, and why."""
        notes: list[str] = []
        zones, problems = pulled_of(self._hub, mesh, lambda name: self._key(name, mesh, notes))
        self._recording.configure(mesh, members)
        with self._configuring:
            fresh = zones.keys() - self._zones.keys()
            changed = {zone for zone in zones if zones[zone] != self._zones.get(zone)}
            self._zones = zones
            self.board.keep_only([(each.zone, each.apex) for each in zones.values()])
            self._looks.configure(zones)
            try:
                self._configure_nsd()
            except (NsdRefused, NsdMissing, OSError) as problem:
                problems.append(f"the pulling NSD cannot be configured: {problem}")
        for zone in changed - fresh:
            self._looks.ask(zone)
        return [*problems, *notes]

    def zones(self) -> Collection[str]:
        return list(self._zones)

    def start(self) -> None:
        self._doorbell.start()
        self._recorders.start()
        self._looks.start()
        self._comparing.start()
        self._clock.start()

    def stop(self) -> None:
        """End all threads and NSD; what it transferred stays on disk."""
        self._stopping.set()
        with ExitStack() as last_first:
            last_first.callback(self._doorbell.stop)
            last_first.callback(self._recorders.stop)
            last_first.callback(self._looks.stop)
            last_first.callback(self._comparing.stop)
            with self._configuring:
                if self._nsd_started:
                    last_first.callback(self.nsd.stop)

    def heard(self, zone: str, serial: int) -> bool:
        """Look at a zone of ours: its head moved, by us or by an approval."""
        if zone in self._zones:
            self._recording.forget(zone)
            self._looks.ask(zone)
        return False

    def catch_up(self, heads: Mapping[str, Head]) -> None:
        """Look at all zones, and record those anew whose policy has changed."""
        self._looks.forget_silence()
        for zone, pulled in list(self._zones.items()):
            self._recording.forget(zone)
            if self._recording.is_decided_anew(pulled, heads.get(zone)):
                self._recorders.ask(zone)
            self._looks.ask(zone)
            self._comparing.ask(pulled)

    def metrics(self) -> Iterator[Metric]:
        return pulled_metrics(self.board, self.nsd)

    def note_syncs(self, log: SyncLog) -> None:
        self._recording.syncs = self._looks.syncs = PulledSyncs(log)

    def compare_now(self, zones: Collection[str]) -> Comparison:
        """Ask the primaries, and have transferred and recorded what is newer there."""
        asked = [zone for zone in self._zones if not zones or zone in zones]
        self._looks.forget_silence()
        for zone in asked:
            self._recording.forget(zone)
            self._looks.ask(zone)
        return comparison(asked, self.board, lambda zone: self._is_at(zone))

    def _is_at(self, zone: str) -> bool:
        return self._looks.is_at(zone) or self._recorders.is_at(zone)

    def checks(self) -> Sequence[Check]:
        return checks_of(list(self._zones.values()))

    def forget_secrets(self) -> None:
        """Do nothing: keys are read at each configuration."""

    @property
    def running_nsd(self) -> Nsd | None:
        return self.nsd if self._nsd_started else None

    def report(self) -> Mapping[str, Any]:
        """Give NSD's state and every zone's, JSON-able."""
        nsd = {"state": self.nsd.state, "starts": self.nsd.starts, "pid": self.nsd.pid}
        return {"nsd": nsd} | self.board.report()

    def _key(self, name: str, mesh: Mesh, notes: list[str]) -> TsigKey:
        """Read a key; its last known secret stays in use where it cannot be read."""
        declared = mesh.tsig_keys[name]
        try:
            key = TsigKey.read(name, declared.algorithm, self._ports.secrets.read(declared.secret))
        except Exception as problem:
            known = self._keys.get(name)
            if known is None or known.algorithm != declared.algorithm:
                raise
            notes.append(f"tsig_keys.{name}: the last known secret stays in use: {problem}")
            return known
        self._keys[name] = key
        return key

    def _configure_nsd(self) -> None:
        """Write nsd.conf, and have NSD started or told of it."""
        if not self._zones and not self._nsd_started:
            return
        self._paths.zones.mkdir(parents=True, exist_ok=True)
        text = pulling_conf(
            self._paths,
            nsd_version(),
            self.server.port,
            self._doorbell.port,
            self._zones.values(),
            self._notify_listen,
        )
        self._stale |= self.nsd.configure(text)
        if not self._nsd_started and not self._stopping.is_set():
            self._drop_old_files()
            self.nsd.start()
            self._nsd_started, self._stale = True, False

    def _drop_old_files(self) -> None:
        kept = {zone_file(zone).removesuffix(".zone") for zone in self._zones}
        for path in self._paths.zones.iterdir():
            if path.name.split(".")[0] not in kept:
                path.unlink(missing_ok=True)

    def _run_clock(self) -> None:
        while not self._stopping.wait(_TICK):
            try:
                self._looks.ask_due()
                if self._stale and self.nsd.state == "running":
                    self._reconfigure()
            except Exception as problem:  # no process could be started, for one: in a while it can
                self._stale = True
                logger.warning("the clock of pulling goes on", extra={"error": repr(problem)})
                self._stopping.wait(1.0)

    def _reconfigure(self) -> None:
        self._stale = False
        try:
            self._control.reconfig()
        except (NsdRefused, NsdMissing) as problem:
            logger.warning("the pulling NSD is told again", extra={"error": str(problem)})
            self._stopping.wait(1.0)
            self._stale = True
            return
        for zone in list(self._zones):
            self._looks.ask(zone)

    def _nsd_runs(self) -> None:
        for zone in list(self._zones):
            self._looks.ask(zone)

    def _notified(self, apex: str) -> bool:
        found = [each.zone for each in list(self._zones.values()) if each.apex == apex]
        for zone in found:
            self._recorders.ask(zone)
        return bool(found)

    def _record(self, zone: str, heard: float) -> None:
        if (pulled := self._zones.get(zone)) is None:
            return
        if self._recording.record(pulled, heard=heard):
            self._looks.ask(zone)

    def _recording_failed(self, zone: str, problem: Exception) -> None:
        error = f"{type(problem).__name__}: {problem}"
        self._recording.syncs.failed(zone, error)
        if self.board.change(zone, error=error):
            logger.error("a pulled zone is not recorded", extra={"zone": zone, "error": error})


def _free_port() -> int:
    """Give a loopback port that is free for both UDP and TCP at the moment."""
    for _ in range(100):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp:
            tcp.bind((LOOPBACK, 0))
            port: int = tcp.getsockname()[1]
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
                try:
                    udp.bind((LOOPBACK, port))
                except OSError:
                    continue
                return port
    raise OSError("no port of loopback is free for both UDP and TCP")

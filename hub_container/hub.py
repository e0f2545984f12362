"""The hub: its parts put together, and what happens when something is heard."""

import logging
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from hub_container.board import Board, zone_report
from hub_container.catalogs import is_catalog
from hub_container.companions import Companion, Companions
from hub_container.configuration import Configuration
from hub_container.files import replace_text
from hub_container.left import LeftFiles
from hub_container.mesh_view import MeshView
from hub_container.nsd import Nsd
from hub_container.nsd_config import ZoneEntry, nsd_conf
from hub_container.nsd_control import NsdControl, nsd_version
from hub_container.nsd_text import NsdPaths
from hub_container.ordered.acts import acts_of
from hub_container.ordered.desk import Desk
from hub_container.ports import HubPorts
from hub_container.reloads import Outcome, Reloads, Served
from hub_container.reporter import Reporter
from hub_container.rings import HubRing, Listener, MeshApplied, OrderPlaced
from hub_container.secondaries import Secondaries
from hub_container.settings import Settings
from hub_container.signatures import SignatureClock, over
from hub_container.soa import Answer
from hub_container.syncs.counts import SyncCounts
from hub_container.syncs.log import SyncLog
from hub_container.syncs.serving import ServingSyncs
from hub_container.workers import ZoneWorkers
from hub_container.zone_check import check
from hub_container.zonefiles import ZoneFiles
from zonemesh import __version__
from zonemesh.converge import newest_snapshot
from zonemesh.errors import ZonemeshError
from zonemesh.mesh.definition import Mesh
from zonemesh.serial import is_newer, newest

_LOOK_AGAIN = 2.0  # seconds between looks at the members because of unknown zones

logger = logging.getLogger(__name__)


class HeadOlder(ZonemeshError):
    """The head names an older serial than the hub serves: a restored table? It is not followed."""


class Hub:
    """One hub. `load` and `start` need no network; `catch_up` and what is heard do."""

    def __init__(
        self, settings: Settings, ports: HubPorts, companions: Sequence[Companion] = ()
    ) -> None:
        self.settings, self.ports = settings, ports
        state = settings.state_dir
        paths = NsdPaths(state / "nsd", state / "zones")
        server = settings.dns_listen[0].reachable
        self.sync_counts = SyncCounts()
        self.board = Board(on_current=self.sync_counts.follows)
        self.syncs = SyncLog(settings.hub, ports.syncs, self.sync_counts.saw)
        self._serving = ServingSyncs(self.syncs)
        self.files = ZoneFiles(paths.zones, check)
        self.nsd = Nsd(paths, server, self._nsd_runs, self._nsd_says)
        self._paths = paths
        self._nsd_version = nsd_version()
        self.nsd_version = ".".join(map(str, self._nsd_version))
        self._view = MeshView(settings.hub, ports, self.files.path)
        self.companions = Companions(companions)
        self.configuration = Configuration()
        self._refreshing, self._catching_up = threading.Lock(), threading.Lock()
        self._unsaved = False
        self._looked_at = 0.0
        self._left = LeftFiles(self.files)
        self._distrusted: set[str] = set()
        self._repeated: set[str] = set()  # zones whose load was ordered again since catching up
        self._catch_up_asked = self._look_asked = False
        self._first_load_done = False
        self.wake = threading.Event()
        outcome = Outcome(self._served, self._failed, self._unserved, self._took)
        self.control = NsdControl(paths.config)
        self.reloads = Reloads(
            self.files, self.control, server, self._configure, self._zones, outcome
        )
        self.workers = ZoneWorkers(self._fetch, self._failed)
        self.signatures = SignatureClock(self.files, self._zones, self._signatures_over)
        self.reporter = Reporter(
            settings.hub, ports.reports, self.heartbeat, self.zone_status, self.board.contact
        )
        self.secondaries = Secondaries(
            settings.notify_sources, self.board, self.files.path, self.reporter.changed
        )
        self.desk = Desk(settings.hub, ports.orders, acts_of(self))
        self.listener = Listener(ports.inbox, self.heard, self._queue_contact)
        self._deaf = False
        self.board.on_zone = self.reporter.changed
        self.companions.tell(self.reporter.changed)
        self.companions.note_syncs(self.syncs)

    def load(self) -> None:
        """Take up the state of the last run from disk; without one the hub starts empty."""
        self.files.open()
        try:
            self._use(Configuration.from_json(self._configuration_file.read_text()))
        except FileNotFoundError:
            pass
        except (OSError, ValueError, KeyError, TypeError) as problem:
            logger.error("the saved configuration is unreadable", extra={"error": str(problem)})
        # Theirs may have left before this start; those that join again are taken off the list.
        self._left.all_but(self.configuration.zones)
        self._configure()

    def start(self) -> None:
        """Serve what was loaded, listen and report."""
        self.secondaries.start()
        self.reloads.start()
        self.nsd.start()
        self.workers.start()
        self.signatures.start()
        self.companions.start()
        self.desk.start()
        self.listener.start()
        self.syncs.start()
        self.reporter.start()
        self.reporter.changed()

    def stop(self) -> None:
        """End everything, NSD too; what was served stays on disk.

        What cannot be ended keeps nothing else from ending; its exception is raised afterwards.
        """
        with ExitStack() as last_first:
            beside = (self.workers, self.reporter)
            for part in (self.syncs, self.nsd, self.secondaries, self.reloads, *beside):
                last_first.callback(part.stop)
            last_first.callback(self.companions.stop)
            last_first.callback(self.signatures.stop)
            last_first.callback(self.desk.stop)
            self.listener.stop()

    def catch_up(self) -> None:
        """Compare what the mesh says with what is served, and fetch what is newer.

        Raises whatever AWS's failing raises; what is served is served on.
        """
        with self._catching_up:
            self._catch_up()
        self.desk.look()

    def _catch_up(self) -> None:
        self._catch_up_asked = self._look_asked = False
        self._repeated.clear()
        self._refresh(secrets=True)
        zones = self.configuration.zones
        all_heads = self.ports.store.heads([*zones.keys() | self.companions.zones()])
        heads = {zone: all_heads[zone] for zone in zones if zone in all_heads}
        self.board.contact()
        self.companions.catch_up(all_heads)
        for zone, head in heads.items():
            held = self._held(zone)
            if held is None or is_newer(head.serial, held):
                self.workers.ask(zone)
            elif is_newer(held, head.serial):
                self._failed(zone, _head_older(head.serial, held))
            elif (known := self.board.zone(zone)) and known.serial == held:
                self._serving.healed(zone, held)
                self.board.healed(zone)
            else:
                self.reloads.recheck()
        self.secondaries.check()
        for zone in zones.keys() - heads.keys():  # the table may have lost what was reported, too
            self.reporter.changed(zone)
        self._left.drop_old()
        self.board.caught_up_at = time.time()
        self.reporter.changed()

    def refresh(self) -> None:
        """Read the mesh, the members and all secrets, and change over to what they say."""
        self._refresh(secrets=True)

    @property
    def mesh(self) -> Mesh | None:
        """The mesh definition as it was last read, None before the first time."""
        return self._view.seen.mesh if self._view.seen else None

    def heard(self, ring: HubRing) -> None:
        """Act on a ring; nothing here waits for AWS."""
        if isinstance(ring, OrderPlaced):
            self.desk.ring(ring.id)
            return
        if isinstance(ring, MeshApplied):
            if ring.number != self.configuration.mesh:  # a lower one after a restore of the table
                self.catch_up_soon()
            return
        unknown = ring.zone not in self.configuration.zones  # new to the mesh, or none of ours
        if self.companions.heard(ring.zone, ring.serial) or unknown:
            self._look_asked = True
            self.wake.set()
        if unknown:
            return
        if (held := self._held(ring.zone)) is None or is_newer(ring.serial, held):
            self.workers.ask(ring.zone)

    def _queue_contact(self, error: str | None) -> None:
        """Compare everything when the queue is back: rings of that time may be lost, or late."""
        if self._deaf and error is None:
            self.catch_up_soon()
        self._deaf = error is not None
        self.board.contact(error)

    def catch_up_soon(self) -> None:
        """Have everything compared before its time comes."""
        self._catch_up_asked = True
        self.wake.set()

    def keep_up(self, due: bool) -> bool:
        """Catch up where that is due or asked for, else look for new zones where that is asked for.

        Tells whether it was the whole. Raises as `catch_up` does.
        """
        if due or self._catch_up_asked:
            self.catch_up()
            return True
        if self._look_asked:
            # Rings for zones of other hubs only must not keep the table busy.
            time.sleep(max(0.0, self._looked_at + _LOOK_AGAIN - time.monotonic()))
            self._look_asked = False
            self._looked_at = time.monotonic()
            self._refresh(secrets=False)
        return False

    @property
    def ready(self) -> bool:
        """True where NSD answers and the first load, from disk or from the mesh, is done."""
        if self.nsd.state != "running":
            return False
        if not self._first_load_done:
            served = any(zone.serial is not None for zone in self.board.zones())
            settled = self.workers.idle and self.reloads.idle
            self._first_load_done = settled and (served or self.board.caught_up)
        return self._first_load_done

    def heartbeat(self) -> dict[str, Any]:
        """Give the hub's own state, JSON-able."""
        zones = self.board.zones()
        return {
            "hub": self.settings.hub,
            "version": __version__,
            "at": time.time(),
            "started_at": self.board.started_at,
            "dns": [str(endpoint) for endpoint in self.settings.dns_listen],
            "ready": self.ready,
            "mesh": self.configuration.mesh,
            "problems": self.problems,
            "nsd": {
                "state": self.nsd.state,
                "version": self.nsd_version,
                "starts": self.nsd.starts,
            },
            "zones_total": len(zones),
            "zones_served": sum(zone.serial is not None for zone in zones),
            "zones_failing": sum(zone.error is not None for zone in zones),
            "secondaries": self.board.secondaries(),
            "syncs_missing": self.syncs.dropped,
        } | self.companions.report()

    @property
    def problems(self) -> list[str]:
        """What of the mesh cannot be done as it says, a sentence each."""
        return list(self.board.problems or self.configuration.problems)

    def zone_status(self, zone: str) -> dict[str, Any] | None:
        """Give a zone's state, JSON-able; None where the hub has nothing to do with it."""
        beside = self.companions.zone_report(zone)
        if (state := self.board.zone(zone)) is None:
            left = {"state": "left", "serial": None} if zone in self._left else {}
            return {"zone": zone} | left | beside if left or beside else None
        return zone_report(state) | {"secondaries": self.board.secondaries_of(zone)} | beside

    @property
    def _configuration_file(self) -> Path:
        return self.settings.state_dir / "configuration.json"

    def _zones(self) -> dict[str, str]:
        return {zone.zone: zone.apex for zone in self.configuration.zones.values()}

    def _held(self, zone: str) -> int | None:
        """Give the newest serial that is on disk or waits to be, None where it is not trusted."""
        if zone in self._distrusted:
            return None
        # In this order: what is put in place meanwhile is seen as waiting, or else on disk.
        serials = [self.reloads.pending_serial(zone), self.files.serial(zone)]
        return newest([serial for serial in serials if serial is not None])

    def _configure(self) -> bool:
        """Write nsd.conf with the zones that have a file; tells whether it changed."""
        configuration = self.configuration
        entries = [
            ZoneEntry(zone.apex, self.files.name(zone.zone))
            for zone in configuration.zones.values()
            if self.files.serial(zone.zone) is not None and not self.files.is_over(zone.zone)
        ]
        listen, tls = self.settings.dns_listen, self.settings.tls
        version, secondaries = self._nsd_version, configuration.secondaries
        return self.nsd.configure(nsd_conf(self._paths, listen, version, entries, secondaries, tls))

    def _refresh(self, *, secrets: bool) -> None:
        """Read the mesh and the members, and change over to what they say."""
        with self._refreshing:
            earlier = self.configuration
            fresh = self._view.read(earlier, secrets=secrets)
            self.board.contact()
            if fresh != earlier:
                self._use(fresh)
                self._unsaved = True
                self.reloads.reconfigure()
                for zone in fresh.zones.keys() - earlier.zones.keys():
                    self.workers.ask(zone)
            others = self._configure_companions()
            found = [*self._view.problems, *fresh.problems, *self._save(fresh), *others]
            self._log_problems(found)

    def _configure_companions(self) -> list[str]:
        if (seen := self._view.seen) is None:
            return []
        self.syncs.days = seen.mesh.history.syncs_days
        return self.companions.configure(seen.mesh, seen.members)

    def _save(self, configuration: Configuration) -> list[str]:
        """Keep it for the next start where that is not done yet; gives what prevents it."""
        try:
            if self._unsaved:
                replace_text(self._configuration_file, configuration.to_json())
            self._unsaved = False
        except OSError as problem:
            return [f"in use but not saved, a restart would begin with an earlier one: {problem}"]
        return []

    def _log_problems(self, problems: list[str]) -> None:
        for problem in problems:
            if problem not in self.board.problems:
                logger.error("the configuration has a problem", extra={"error": problem})
        self.board.problems = tuple(problems)

    def _use(self, configuration: Configuration) -> None:
        for zone in self.configuration.zones.keys() - configuration.zones.keys():
            self._left.leave(zone)
            self.reporter.changed(zone)
        for zone in configuration.zones:
            self._left.join(zone)
        self.configuration = configuration
        self.board.keep_only([(zone.zone, zone.apex) for zone in configuration.zones.values()])
        self.secondaries.use(configuration)

    def _fetch(self, zone: str, heard: float) -> None:
        """Prepare a zone's newest snapshot, if it is newer than what is held."""
        if (wanted := self.configuration.zones.get(zone)) is None:
            return
        self._serving.begins(zone, heard)
        held = self._held(zone)
        snapshot = newest_snapshot(zone, held, self.ports.store)
        self.board.contact()
        if snapshot is None:
            self._serving.ends(zone)
            return
        self._serving.begins(zone, heard, snapshot.serial)
        if snapshot.apex != wanted.apex:
            raise ZonemeshError(f"the snapshot is of {snapshot.apex}, the mesh says {wanted.apex}")
        on_disk = self.files.serial(zone)
        if on_disk is not None and is_newer(on_disk, snapshot.serial):
            raise _head_older(snapshot.serial, on_disk)
        prepared = self.files.prepare(snapshot, self.ports.store, heard, anew=held is None)
        logger.info(
            "zone file is ready",
            extra={"zone": zone, "serial": prepared.serial, "loaded": prepared.loaded},
        )
        self.reloads.add(prepared)

    def _nsd_says(self, line: str) -> None:
        self.secondaries.refusals.said(line)

    def _nsd_runs(self) -> None:
        self.reloads.recheck()
        self.reporter.changed()

    def _served(self, served: Served) -> None:
        zone, serial = served.zone, served.serial
        known = self.board.zone(zone)
        self._distrusted.discard(zone)
        if served.prepared is None and known and known.serial == serial:
            return
        seconds = time.monotonic() - served.prepared.heard if served.prepared else None
        self.board.served(zone, serial, seconds)
        self._serving.served(served)
        logger.info("zone is served", extra={"zone": zone, "serial": serial, "seconds": seconds})
        self.secondaries.tell(zone, served.apex, serial)
        if is_catalog(zone):  # zones may have waited for it to leave
            self._look_asked = True
            self.wake.set()

    def _failed(self, zone: str, problem: Exception) -> None:
        error = f"{type(problem).__name__}: {problem}"
        logger.error("zone keeps its last good version", extra={"zone": zone, "error": error})
        self.board.failing(zone, error)
        self._serving.failed(zone, error)

    def _unserved(self, zone: str, serial: int, answer: Answer | None) -> None:
        """Show it and try again, once now and then by the schedule.

        A file that NSD cannot use is fetched anew; one that it did not load is ordered again.
        """
        if self.files.is_over(zone):
            self._signatures_over(zone)
            return
        error = f"NSD answers {answer or 'nothing'} where serial {serial} was loaded"
        logger.error("zone is not served", extra={"zone": zone, "error": error})
        self.board.unserved(zone, answer.serial if answer else None, error)
        self._serving.failed(zone, error, serial)
        if answer is None:
            return  # it is looked at until it answers
        if answer.serial is None and zone not in self._distrusted:
            self._distrusted.add(zone)
            self.workers.ask(zone)
        elif answer.serial is not None and zone not in self._repeated:
            self._repeated.add(zone)
            self.reloads.again(zone)

    def _signatures_over(self, zone: str) -> None:
        """Take a zone off NSD; its file stays until a newer snapshot replaces it."""
        error = over(self._zones().get(zone, zone), self.files.expires(zone))
        logger.error("zone is not served", extra={"zone": zone, "error": error})
        self.board.unserved(zone, None, error)
        self._serving.failed(zone, error, self.files.serial(zone))
        self.reloads.reconfigure()

    def _took(self, seconds: float) -> None:
        self.board.reload_seconds = seconds


def _head_older(head: int, held: int) -> HeadOlder:
    return HeadOlder(
        f"the head's serial {head} is older than {held}, which is served; it is not followed. "
        "After a restore of the table the next sweep has the zone's serial raised above it"
    )

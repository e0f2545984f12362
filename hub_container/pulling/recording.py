"""From the pulling NSD to a snapshot: read over loopback, checked against what was taken before."""

import logging
import time
from collections.abc import Collection

from hub_container.pulling.judgement import accepts, went_back
from hub_container.pulling.probe import Probe
from hub_container.pulling.pulled import Pulled
from hub_container.pulling.status import PullBoard
from hub_container.pulling.syncs import PulledSyncs
from hub_container.settings import Endpoint
from hub_container.soa import ask
from zonemesh.membership import LISTED
from zonemesh.mesh.definition import Mesh
from zonemesh.mesh_zone import MeshZone
from zonemesh.names import order_of
from zonemesh.ports import Member, SnapshotStore
from zonemesh.record_pulled import PULLED, pulled_zone, record_pulled
from zonemesh.route53.rrsets import source_codec, source_rrset
from zonemesh.secondaries import served_serials
from zonemesh.serial import is_newer, newest
from zonemesh.snapshot import Head, Reason, Snapshot
from zonemesh.tree import same_owner
from zonemesh.xfr.reader import XfrReader

logger = logging.getLogger(__name__)


class Recording:
    """Records pulled zones; what comes of it is on the board.

    `server` is the pulling NSD, `serving` the one that the hub serves with.
    """

    def __init__(
        self, store: SnapshotStore, server: Endpoint, serving: Endpoint, board: PullBoard
    ) -> None:
        self._store, self._server, self._serving, self._board = store, server, serving, board
        self._doubted: set[str] = set()  # zones whose head may have moved since it was looked at
        self._mesh = Mesh()
        self._members: dict[str, Member] = {}
        self.syncs = PulledSyncs()

    def configure(self, mesh: Mesh, members: Collection[Member]) -> None:
        """Record by this definition from now on."""
        self._mesh, self._members = mesh, {member.zone: member for member in members}

    def forget(self, zone: str) -> None:
        """Look up anew what was recorded last: the head may have moved."""
        self._doubted.add(zone)

    def is_decided_anew(self, pulled: Pulled, head: Head | None) -> bool:
        """Tell whether the zone's policy, or the translator, is other than its head was made by."""
        return head is not None and head.decisions != self._zone(pulled).decisions()

    def taken(self, pulled: Pulled) -> int | None:
        """Give the primary's serial that was recorded last; None before the first time.

        Raises the errors of the store, if it has to be looked up.
        """
        zone = pulled.zone
        known = self._board.zone(zone)
        if known is None or known.primary is None or zone in self._doubted:
            self._doubted.discard(zone)
            try:
                self._look_up(zone)
            except BaseException:
                self._doubted.add(zone)
                raise
            known = self._board.zone(zone)
        return known.primary if known else None

    def _look_up(self, zone: str) -> None:
        found = newest_recorded(self._store, zone)
        if found is None:  # or no longer: a table that was emptied has to be filled again
            self._board.change(zone, snapshot=None, primary=None, held=False)
            return
        snapshot, primary, held = found
        self._board.change(zone, snapshot=snapshot.serial, primary=primary, held=held)

    def record(self, pulled: Pulled, *, whole: bool = False, heard: float | None = None) -> bool:
        """Record what the pulling NSD has; tells whether anything came of it.

        With `whole` all of it is read, whatever its serial says. `heard` is when it was asked for,
        in monotonic seconds, if it was not now.

        A serial older than was recorded is left alone unless the operator accepts it. Raises
        TransferFailed, TooManyRetries and the errors of the store.
        """
        heard = time.monotonic() if heard is None else heard
        reader = XfrReader(self._server.address, self._server.port, pulled.apex)
        if (serial := reader.serial()) is None:
            return False
        taken = self.taken(pulled)
        if taken is not None and is_newer(taken, serial) and not accepts(pulled, serial):
            error = went_back(pulled, "the primary", serial, taken)
            self._board.change(pulled.zone, error=error)
            self.syncs.failed(pulled.zone, error)
            return False
        zone, reason = self._zone(pulled), Reason(PULLED)
        recorded = record_pulled(
            self._store,
            zone,
            reader,
            reason,
            lambda: int(time.time()),
            floor=lambda: self._held_by_secondaries(pulled),
            served=lambda: self._served(pulled),
            whole=whole,
        )
        self._look_up(pulled.zone)
        snapshot = recorded.snapshot
        waits = "; ".join(snapshot.concerns) or "its policy refuses it: see its report"
        error = waits if recorded.held else ""
        self._board.change(pulled.zone, held=recorded.held, recorded_at=time.time(), error=error)
        if recorded.changed:
            level = logging.ERROR if recorded.alert else logging.INFO
            said = {"zone": pulled.zone, "primary": serial, "serial": snapshot.serial}
            logger.log(level, "pulled zone is recorded", extra=said | {"held": recorded.held})
        self.syncs.recorded(pulled.zone, recorded, error, heard)
        return recorded.changed

    def _served(self, pulled: Pulled) -> int | None:
        """Ask what this hub serves under the zone's name, be it of another source."""
        answer = ask(self._serving, pulled.apex)
        return answer.serial if answer else None

    def _held_by_secondaries(self, pulled: Pulled) -> list[int]:
        """Ask the declared secondaries for their serials; give those that no primary has.

        The primaries are asked afterwards: who transfers from them may be a step ahead of this hub,
        and the zone would lose its primary's serials by that.
        """
        held = served_serials(self._mesh, self._member(pulled))
        if not held:
            return []
        probe = Probe()
        heard = [probe.ask(server, pulled.apex).serial for server in pulled.primaries]
        latest = newest([serial for serial in heard if serial is not None])
        return [serial for serial in held if latest is None or is_newer(serial, latest)]

    def _zone(self, pulled: Pulled) -> MeshZone:
        return pulled_zone(self._mesh, self._member(pulled))

    def _member(self, pulled: Pulled) -> Member:
        return self._members.get(pulled.zone) or _member_to_be(self._mesh, pulled)


def newest_recorded(store: SnapshotStore, zone: str) -> tuple[Snapshot, int | None, bool] | None:
    """Give a zone's newest snapshot, the primary's serial in it, and whether it is held."""
    if (head := store.head(zone)) is None:
        return None
    snapshot = store.snapshot(zone, head.serial if head.held is None else head.held)
    entries = same_owner(
        snapshot.source,
        [order_of(snapshot.apex)],
        lambda digests: store.load(zone, digests),
        source_codec,
    )
    for entry in entries:
        rrset = source_rrset(entry.text)
        if rrset["Type"] == "SOA":
            serial = int(rrset["ResourceRecords"][0]["Value"].split()[2])
            return snapshot, serial, head.held is not None
    return snapshot, None, head.held is not None


def _member_to_be(mesh: Mesh, pulled: Pulled) -> Member:
    """Give the member that the sweep will make of it; recording need not wait for that."""
    entry = next((each for each in mesh.pulled if each.key == pulled.zone), None)
    return Member(pulled.zone, pulled.apex, "", "", LISTED, entry.hubs if entry else ())

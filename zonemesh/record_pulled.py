"""The use case: a zone whose primary may have a new serial → a new snapshot → the head."""

from collections.abc import Callable

from zonemesh.mesh import Mesh
from zonemesh.mesh_zone import MeshZone
from zonemesh.ports import Member, SnapshotStore
from zonemesh.record import Recorded, Recorder
from zonemesh.snapshot import Reason
from zonemesh.xfr.reader import XfrReader
from zonemesh.xfr.source import PulledSource


def pulled_zone(mesh: Mesh, member: Member) -> MeshZone:
    """Give what recording a pulled member needs to know of it."""
    return MeshZone(
        member.zone,
        member.apex,
        mesh.zone_policy(member),
        asks_itself=mesh.asks_itself(member),
        pulled=True,
    )


def record_pulled(
    store: SnapshotStore,
    zone: MeshZone,
    reader: XfrReader,
    reason: Reason,
    now: Callable[[], int],
    *,
    floor: Callable[[], list[int]] = list,
    whole: bool = False,
) -> Recorded:
    """Record what the server that `reader` asks has of a zone now.

    Read by IXFR where the newest snapshot was made from a serial that the server knows; `whole` has
    it transferred and compared whole. `now` gives epoch seconds, `floor` serials that servers of
    the zone have already, asked for its first snapshot only. Calling it again changes nothing.
    Raises TransferFailed, TooManyRetries and the errors of the store.
    """
    return Recorder(store, now).record_listing(zone, PulledSource(reader), reason, floor)

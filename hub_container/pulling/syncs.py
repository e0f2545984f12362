"""Syncs of pulled zones: what was transferred and recorded, and what failed."""

from hub_container.syncs.log import SyncLog
from zonemesh.recorded import Recorded
from zonemesh.syncs.sync import Kind, SyncOutcome


class PulledSyncs:
    """Notes them, where there is a log."""

    def __init__(self, log: SyncLog | None = None) -> None:
        self._log = log

    def recorded(self, zone: str, recorded: Recorded, error: str, heard: float) -> None:
        """Note what came of a recording; `error` says why it is held.

        `heard` is when it was asked for, in monotonic seconds. One that finds nothing new is none.
        """
        if self._log is None:
            return
        if recorded.changed or self._log.fails(zone, Kind.PULL):
            outcome = SyncOutcome.HELD if recorded.held else SyncOutcome.RECORDED
            serial = recorded.snapshot.serial
            self._log.note(zone, Kind.PULL, outcome, serial=serial, heard=heard, error=error)

    def is_current(self, zone: str, serial: int) -> None:
        """Note that what kept a zone from being transferred is over; `serial` is recorded."""
        if self._log is not None and self._log.fails(zone, Kind.PULL):
            self._log.note(zone, Kind.PULL, SyncOutcome.RECORDED, serial=serial)

    def failed(self, zone: str, error: str) -> None:
        """Note that a zone could not be transferred, or not recorded."""
        if self._log is not None:
            self._log.note(zone, Kind.PULL, SyncOutcome.FAILED, error=error)

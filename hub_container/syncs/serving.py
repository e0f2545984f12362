"""Syncs of the hub's own DNS server: what was heard of, fetched, loaded and at last answered."""

from hub_container.reloads import Served
from hub_container.syncs.log import SyncLog
from zonemesh.syncs.sync import Kind, SyncOutcome


class ServingSyncs:
    """Notes them; a zone has one attempt at a time."""

    def __init__(self, log: SyncLog) -> None:
        self._log = log
        self._attempts: dict[str, tuple[float, int | None]] = {}  # heard when, of which serial

    def begins(self, zone: str, heard: float, serial: int | None = None) -> None:
        """Remember what a zone's attempt is about; `heard` is in monotonic seconds."""
        self._attempts[zone] = heard, serial

    def ends(self, zone: str) -> None:
        """Forget an attempt that found nothing to do."""
        self._attempts.pop(zone, None)

    def failed(self, zone: str, error: str, serial: int | None = None) -> None:
        """Note that a zone could not be loaded, or that NSD does not answer it."""
        heard, tried = self._attempts.pop(zone, (None, None))
        self._log.note(
            zone,
            Kind.SERVE,
            SyncOutcome.FAILED,
            serial=tried if serial is None else serial,
            heard=heard,
            error=error,
        )

    def served(self, served: Served) -> None:
        """Note that NSD answers what was loaded; what a start finds on disk is no sync."""
        self._attempts.pop(served.zone, None)
        if served.prepared is not None:
            self._note(served.zone, served.serial, served.prepared.heard)
        else:
            self.healed(served.zone, served.serial)

    def healed(self, zone: str, serial: int) -> None:
        """Note that a zone that failed is served as it should be, though nothing was loaded."""
        if self._log.fails(zone, Kind.SERVE):
            self._note(zone, serial, None)

    def _note(self, zone: str, serial: int, heard: float | None) -> None:
        self._log.note(zone, Kind.SERVE, SyncOutcome.SERVED, serial=serial, heard=heard)

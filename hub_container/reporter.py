"""Writes how the hub is to where the mesh looks: a heartbeat, and each zone that changed."""

import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from zonemesh.ports import HubReports

HEARTBEAT_EVERY = 30.0  # seconds
_GATHER = 0.2  # seconds; one edit changes a zone's state several times
_FIRST_BACKOFF, _LONGEST_BACKOFF = 2.0, 60.0  # seconds

logger = logging.getLogger(__name__)


class Reporter:
    """Reports from a thread of its own: a report that cannot be written holds up nothing.

    `heartbeat` and `zone_status` give what is the case when it is written, the latter None for a
    zone that is no longer there.
    """

    def __init__(
        self,
        hub: str,
        reports: HubReports,
        heartbeat: Callable[[], Mapping[str, Any]],
        zone_status: Callable[[str], Mapping[str, Any] | None],
        on_contact: Callable[[str | None], None],
    ) -> None:
        self._hub, self._reports, self._on_contact = hub, reports, on_contact
        self._heartbeat, self._zone_status = heartbeat, zone_status
        self._changed = threading.Condition()
        self._dirty: set[str] = set()
        self._beat_now = False
        self._stopping = False
        self.errors = 0
        self._thread = threading.Thread(target=self._run, name="reporter", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Report no more; does not wait for a call that is under way."""
        with self._changed:
            self._stopping = True
            self._changed.notify()

    def changed(self, zone: str | None = None) -> None:
        """Have a zone's state reported, and the hub's own."""
        with self._changed:
            if zone is not None:
                self._dirty.add(zone)
            self._beat_now = True
            self._changed.notify()

    def _run(self) -> None:
        backoff = _FIRST_BACKOFF
        next_beat = 0.0
        while True:
            with self._changed:
                self._changed.wait_for(
                    lambda: self._stopping or self._beat_now, next_beat - time.monotonic()
                )
                if self._stopping:
                    return
            time.sleep(_GATHER)
            try:
                self._report()
            except Exception as problem:
                self.errors += 1
                logger.warning("the hub cannot report", extra={"error": str(problem)})
                self._on_contact(str(problem))
                self._pause(backoff)
                backoff = min(backoff * 2, _LONGEST_BACKOFF)
            else:
                self._on_contact(None)
                backoff = _FIRST_BACKOFF
                next_beat = time.monotonic() + HEARTBEAT_EVERY

    def _pause(self, seconds: float) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._stopping, seconds * random.uniform(0.8, 1.2))
            self._beat_now = True

    def _report(self) -> None:
        with self._changed:
            self._beat_now = False
            zones = list(self._dirty)
        for zone in zones:
            with self._changed:
                self._dirty.discard(zone)
            try:
                if (status := self._zone_status(zone)) is not None:
                    self._reports.zone_status(self._hub, zone, status)
            except Exception:
                with self._changed:
                    self._dirty.add(zone)
                raise
        self._reports.heartbeat(self._hub, self._heartbeat())

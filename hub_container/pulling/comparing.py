"""Finds what no secondary can see: content that a primary changed without raising the serial.

Now and then a zone is transferred from a primary and compared with what the pulling NSD has of the
same serial.
"""

import hashlib
import logging
import time
from collections.abc import Callable

from hub_container.nsd_control import NsdControl
from hub_container.pulling.pulled import PrimaryServer, Pulled
from hub_container.pulling.status import PullBoard
from hub_container.settings import Endpoint
from hub_container.workers import ZoneWorkers
from zonemesh.errors import TransferFailed
from zonemesh.xfr.reader import XfrReader

COMPARE_EVERY = 86_400.0  # seconds; each time costs the primary a transfer
_WITHIN = 120.0  # seconds for NSD to take in what it is told to, whatever the serial
_PAUSE = 0.5

logger = logging.getLogger(__name__)


class Comparing:
    """Compares zones, one at a time in a thread of its own.

    `on_taken` is called with a zone of which NSD took in other content under the same serial, as
    `accept_serial` wanted it.
    """

    def __init__(
        self,
        server: Endpoint,
        control: NsdControl,
        board: PullBoard,
        zone: Callable[[str], Pulled | None],
        on_taken: Callable[[Pulled], object],
        every: float = COMPARE_EVERY,
    ) -> None:
        self._server, self._control, self._board = server, control, board
        self._zone, self._on_taken, self._every = zone, on_taken, every
        self._compared: dict[str, tuple[float, Pulled]] = {}
        self._workers = ZoneWorkers(self._compare, self._failed, threads=1)

    def start(self) -> None:
        self._workers.start()

    def stop(self) -> None:
        self._workers.stop()

    def ask(self, pulled: Pulled) -> None:
        """Have a zone compared where that is due: it has just been transferred when it is new."""
        now = time.monotonic()
        at, before = self._compared.setdefault(pulled.zone, (now, pulled))
        if now - at >= self._every or before != pulled:
            self._compared[pulled.zone] = (now, pulled)
            self._workers.ask(pulled.zone)

    def _compare(self, zone: str, _: float) -> None:
        if (pulled := self._zone(zone)) is None:
            return
        here = _content(XfrReader(self._server.address, self._server.port, pulled.apex))
        differing = ""
        for server in pulled.primaries:
            there = self._content_at(server, pulled.apex)
            if there is None or there[0] != here[0]:
                continue
            if there[1] == here[1]:
                differing = ""
                break
            if pulled.accept_serial == there[0]:
                self._take(pulled, there)
                break
            differing = _unmoved(server, pulled, there[0])
        if self._board.change(zone, unmoved=differing) and differing:
            logger.warning("pulled zone", extra={"zone": zone, "cause": differing})

    def _take(self, pulled: Pulled, wanted: tuple[int, bytes]) -> None:
        self._control.transfer(pulled.apex, whatever_serial=True)
        reader = XfrReader(self._server.address, self._server.port, pulled.apex)
        until = time.monotonic() + _WITHIN
        while _content(reader) != wanted:
            if time.monotonic() > until:
                raise TransferFailed(f"{pulled.apex}: NSD has not taken serial {wanted[0]} again")
            time.sleep(_PAUSE)
        self._on_taken(pulled)

    @staticmethod
    def _content_at(server: PrimaryServer, apex: str) -> tuple[int, bytes] | None:
        key = server.key.signer() if server.key else None
        try:
            return _content(XfrReader(server.address, server.port, apex, key))
        except TransferFailed:
            return None  # looks say what is wrong with it

    def _failed(self, zone: str, problem: Exception) -> None:
        error = f"{type(problem).__name__}: {problem}"
        logger.warning("a pulled zone is not compared", extra={"zone": zone, "error": error})


def _content(reader: XfrReader) -> tuple[int, bytes]:
    """Give a zone's serial and a digest of all that it holds; raises TransferFailed."""
    serial = reader.serial()
    if serial is None:
        raise TransferFailed(f"{reader.apex} is not there to be compared")
    digest = hashlib.sha256()
    for entry in reader.spool().entries():
        digest.update(entry.text.encode())
    return serial, digest.digest()


def _unmoved(server: PrimaryServer, pulled: Pulled, serial: int) -> str:
    return (
        f"{server} has other content under the same serial {serial}: it was changed and the serial "
        "was not raised, so no secondary takes it. Raise the serial there; or, to take it as it "
        f"is, set `accept_serial: {serial}` for {pulled.apex} in mesh.yaml"
    )

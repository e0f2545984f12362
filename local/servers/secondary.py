"""What any server that is a secondary on loopback can do, whichever program it is."""

from collections.abc import Sequence
from pathlib import Path

from local.servers.client import wait_until
from local.servers.ports import free_port
from local.servers.program import Program
from local.servers.tsig import Tsig


class Secondary(Program):
    """A server that transfers some zones from a primary on loopback with a TSIG key.

    With `catalog`, the name of a catalog zone (RFC 9432), it follows that as well, and has the
    zones that it names. `further_ports` are those of other primaries of all its zones.
    A program is a subclass: it writes its configuration into `directory` and tells when it is up.
    Use it as a context manager, or `start` and `stop` it.
    """

    def __init__(
        self,
        directory: Path,
        primary_port: int,
        apexes: Sequence[str],
        key: Tsig,
        port: int | None = None,
        catalog: str | None = None,
        further_ports: Sequence[int] = (),
    ) -> None:
        self.directory, self.port = directory, port or free_port()
        self._primary_ports, self._apexes, self._key = [primary_port, *further_ports], apexes, key
        self._catalog = catalog
        directory.mkdir(parents=True, exist_ok=True)
        self._run()

    def wait_for(self, apex: str, serial: int, within: float = 30.0) -> None:
        """Wait until it answers a serial."""
        what = f"{self.program} serves {apex} {serial}"
        wait_until(what, lambda: self.serial(apex) == serial, within)

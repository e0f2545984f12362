"""What any server that is a secondary on loopback can do, whichever program it is."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

from local.servers.client import serial_at, wait_until
from local.servers.ports import free_port
from local.servers.process import Server
from local.servers.tsig import Tsig

ADDRESS = "127.0.0.1"


class Secondary:
    """A server that transfers some zones from a primary on loopback with a TSIG key.

    With `catalog`, the name of a catalog zone (RFC 9432), it follows that as well, and has the
    zones that it names. `further_ports` are those of other primaries of all its zones.
    A program is a subclass: it writes its configuration into `directory` and tells when it is up.
    Use it as a context manager, or `start` and `stop` it.
    """

    program = ""
    configuration_file = ""

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
        configuration = directory / self.configuration_file
        configuration.write_text(self._configuration())
        self.server = Server(self._command(configuration), directory / f"{self.program}.log")

    def _configuration(self) -> str:
        raise NotImplementedError

    def _command(self, configuration: Path) -> list[str]:
        raise NotImplementedError

    def _is_up(self) -> bool:
        raise NotImplementedError

    def start(self) -> None:
        self.server.start()
        wait_until(
            f"{self.program} answers (see {self.directory / self.program}.log)",
            lambda: not self.server.running or self._is_up(),
        )
        assert self.server.running, self.server.log()

    def stop(self) -> None:
        self.server.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def serial(self, apex: str) -> int | None:
        """Give the serial it answers."""
        return serial_at(ADDRESS, self.port, apex)

    def wait_for(self, apex: str, serial: int, within: float = 30.0) -> None:
        """Wait until it answers a serial."""
        what = f"{self.program} serves {apex} {serial}"
        wait_until(what, lambda: self.serial(apex) == serial, within)

"""What any name server program that runs on loopback can do, whether a primary or a secondary."""

from pathlib import Path
from typing import Self

from local.servers.client import PATIENCE, serial_at, wait_until
from local.servers.process import Server

ADDRESS = "127.0.0.1"


class Program:
    """A name server in the foreground, its configuration and log in `directory`.

    A program is a subclass: it writes its configuration and tells when it is up. `_run` is called
    once all that the configuration needs is known. Use it as a context manager, or `start` and
    `stop` it.
    """

    program = ""
    configuration_file = ""
    up_within = PATIENCE  # seconds

    directory: Path
    port: int

    def _run(self) -> None:
        """Write the configuration, and make the process that `start` starts."""
        configuration = self.directory / self.configuration_file
        configuration.write_text(self._configuration())
        log = self.directory / f"{self.program}.log"
        self.server = Server(self._command(configuration), log)

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
            self.up_within,
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

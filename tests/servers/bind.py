"""BIND as a secondary on a loopback port."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from tests.servers.client import serial_at, wait_until
from tests.servers.ports import free_port
from tests.servers.process import Server
from tests.servers.tsig import Tsig

ADDRESS = "127.0.0.1"


def bind_is_missing() -> str | None:
    """Say what to install where BIND is not there."""
    return None if shutil.which("named") else "named is not installed: install the package bind9"


class BindSecondary:
    """A BIND that transfers some zones from a primary on loopback with a TSIG key.

    It learns of changes by NOTIFY alone: it does not poll within a test's time. Use it as a context
    manager, or `start` and `stop` it.
    """

    def __init__(
        self,
        directory: Path,
        primary_port: int,
        apexes: Sequence[str],
        key: Tsig,
        port: int | None = None,
    ) -> None:
        self.directory, self.port = directory, port or free_port()
        self._primary_port, self._apexes, self._key = primary_port, list(apexes), key
        directory.mkdir(parents=True, exist_ok=True)
        config = directory / "named.conf"
        config.write_text(self._named_conf())
        self.server = Server(
            ["named", "-g", "-d", "3", "-n", "1", "-c", str(config)], directory / "named.log"
        )

    def start(self) -> None:
        self.server.start()
        wait_until(
            f"named answers (see {self.directory / 'named.log'})",
            lambda: not self.server.running or "running\n" in self.server.log(),
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
        wait_until(f"BIND serves {apex} {serial}", lambda: self.serial(apex) == serial, within)

    def transfers(self, apex: str) -> list[str]:
        """Give the kind of each completed transfer of a zone, `AXFR` or `IXFR`, in order.

        named tells an AXFR-style answer to an IXFR query from a real one.
        """
        zone = f"transfer of '{apex.rstrip('.')}/IN'"
        kinds = []
        incremental = False
        for line in self.server.log().splitlines():
            if zone not in line:
                continue
            if "got incremental response" in line:
                incremental = True
            elif "got nonincremental response" in line:
                incremental = False
            elif "Transfer status: success" in line:
                kinds.append("IXFR" if incremental else "AXFR")
                incremental = False
        return kinds

    def _named_conf(self) -> str:
        zones = "".join(self._zone(number, apex) for number, apex in enumerate(self._apexes))
        return f"""
options {{
  directory "{self.directory}";
  listen-on port {self.port} {{ {ADDRESS}; }};
  listen-on-v6 {{ none; }};
  pid-file none;
  session-keyfile none;
  recursion no;
  notify no;
  allow-transfer {{ any; }};
  request-ixfr yes;
  serial-query-rate 1000;
  max-ixfr-ratio unlimited;
  min-refresh-time 3600;
  min-retry-time 1;
  max-retry-time 1;
  dnssec-validation no;
}};
controls {{ }};
key "{self._key.name}" {{ algorithm {self._key.algorithm}; secret "{self._key.secret}"; }};
logging {{
  channel everything {{ stderr; severity debug 3; print-category yes; print-severity yes; }};
  category xfer-in {{ everything; }};
  category notify {{ everything; }};
  category general {{ everything; }};
}};
{zones}"""

    def _zone(self, number: int, apex: str) -> str:
        return f"""
zone "{apex}" {{
  type secondary;
  file "{number}.zone";
  primaries {{ {ADDRESS} port {self._primary_port} key "{self._key.name}"; }};
  allow-notify {{ key "{self._key.name}"; }};
}};
"""

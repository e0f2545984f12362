"""NSD as a secondary on a loopback port."""

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from hub_container.nsd_control import nsd_version
from local.servers.client import ask, serial_at, wait_until
from local.servers.ports import free_port
from local.servers.process import Server
from local.servers.tsig import Tsig

ADDRESS = "127.0.0.1"


def nsd_is_missing() -> str | None:
    """Say what to install where NSD is not there."""
    return None if shutil.which("nsd") else "nsd is not installed: install the package nsd"


class NsdSecondary:
    """An NSD that transfers some zones from a primary on loopback with a TSIG key.

    Use it as a context manager, or `start` and `stop` it.
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
        config = directory / "nsd.conf"
        config.write_text(self._nsd_conf())
        self.server = Server(["nsd", "-d", "-c", str(config)], directory / "nsd.log")

    def start(self) -> None:
        self.server.start()
        wait_until(
            f"NSD answers (see {self.directory / 'nsd.log'})",
            lambda: not self.server.running or ask(ADDRESS, self.port, ".", "SOA"),
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
        wait_until(f"NSD serves {apex} {serial}", lambda: self.serial(apex) == serial, within)

    def _nsd_conf(self) -> str:
        zones = "".join(self._zone(number, apex) for number, apex in enumerate(self._apexes))
        # Before 4.8 NSD keeps a database that all NSDs of a machine would share.
        database = '  database: ""' if nsd_version() < (4, 8) else ""
        return f"""
server:
  ip-address: {ADDRESS}@{self.port}
  username: ""
  zonesdir: "{self.directory}"
  zonelistfile: "{self.directory}/zone.list"
  xfrdfile: "{self.directory}/xfrd.state"
  xfrdir: "{self.directory}"
  pidfile: "{self.directory}/nsd.pid"
  xfrd-reload-timeout: 0
  verbosity: 3
{database}
remote-control:
  control-enable: no
key:
  name: "{self._key.name}"
  algorithm: {self._key.algorithm}
  secret: "{self._key.secret}"
{zones}"""

    def _zone(self, number: int, apex: str) -> str:
        return f"""
zone:
  name: "{apex}"
  zonefile: "{number}.zone"
  request-xfr: {ADDRESS}@{self._primary_port} "{self._key.name}"
  allow-notify: {ADDRESS} "{self._key.name}"
"""

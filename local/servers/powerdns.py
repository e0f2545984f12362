"""PowerDNS with its HTTP API on loopback: a provider that zones can be published to."""

import shutil
import sqlite3
import tempfile
import urllib.error
import urllib.request
from pathlib import Path
from typing import Self

from local.servers.client import serial_at, wait_until
from local.servers.ports import free_port
from local.servers.process import Server

ADDRESS = "127.0.0.1"
SCHEMA = Path("/usr/share/pdns-backend-sqlite3/schema/schema.sqlite3.sql")


def powerdns_is_missing() -> str | None:
    """Say what to install where PowerDNS or its SQLite backend is not there."""
    if not shutil.which("pdns_server"):
        return "pdns_server is not installed: install the package pdns-server"
    if not SCHEMA.exists():
        return f"{SCHEMA} is not there: install the package pdns-backend-sqlite3"
    return None


class PowerDns:
    """A PowerDNS with an empty database in `directory`; loopback may transfer every zone.

    Use it as a context manager, or `start` and `stop` it.
    """

    def __init__(self, directory: Path, api_key: str, port: int | None = None) -> None:
        self.directory, self.api_key = directory, api_key
        self.port, self.api_port = port or free_port(), free_port()
        directory.mkdir(parents=True, exist_ok=True)
        database = directory / "zones.sqlite3"
        if not database.exists():
            with sqlite3.connect(database) as connection:
                connection.executescript(SCHEMA.read_text())
            connection.close()
        # Of its own and short: a socket's path has 107 characters at most (unix(7)).
        self._sockets = tempfile.TemporaryDirectory(prefix="pdns-")
        (directory / "pdns.conf").write_text(self._configuration(database))
        command = ["pdns_server", f"--config-dir={directory}"]
        self.server = Server(command, directory / "pdns.log")

    def _configuration(self, database: Path) -> str:
        # Without its caches, which would answer what was there a minute ago.
        return f"""\
launch=gsqlite3
gsqlite3-database={database}
local-address={ADDRESS}
local-port={self.port}
socket-dir={self._sockets.name}
api=yes
api-key={self.api_key}
webserver=yes
webserver-address={ADDRESS}
webserver-port={self.api_port}
webserver-allow-from={ADDRESS}
allow-axfr-ips={ADDRESS}
cache-ttl=0
negquery-cache-ttl=0
query-cache-ttl=0
zone-cache-refresh-interval=0
receiver-threads=1
distributor-threads=1
retrieval-threads=1
signing-threads=1
consistent-backends=yes
expand-alias=no
resolver=no
security-poll-suffix=
write-pid=no
guardian=no
daemon=no
disable-syslog=yes
"""

    def start(self) -> None:
        self.server.start()
        wait_until(
            f"PowerDNS answers (see {self.directory / 'pdns.log'})",
            lambda: not self.server.running or self._is_up(),
            within=60,
        )
        assert self.server.running, self.server.log()

    def _is_up(self) -> bool:
        url = f"http://{ADDRESS}:{self.api_port}/api/v1/servers"
        request = urllib.request.Request(url, headers={"X-API-Key": self.api_key})
        try:
            with urllib.request.urlopen(request, timeout=2) as response:
                return bool(response.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def stop(self) -> None:
        self.server.stop()
        self._sockets.cleanup()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def serial(self, apex: str) -> int | None:
        """Give the serial it answers."""
        return serial_at(ADDRESS, self.port, apex)

"""PowerDNS as a secondary on a loopback port."""

import os
import shutil
import sqlite3
import subprocess
import tempfile
from pathlib import Path

from local.servers.client import ask
from local.servers.powerdns import SCHEMA
from local.servers.program import ADDRESS
from local.servers.secondary import Secondary

_PATIENCE = 60.0  # seconds for one pdnsutil command


class PowerDnsSecondary(Secondary):
    """A PowerDNS with an SQLite database, whose zones and key `pdnsutil` puts there."""

    program = "pdns_server"
    configuration_file = "pdns.conf"

    def _command(self, configuration: Path) -> list[str]:
        return ["pdns_server", f"--config-dir={configuration.parent}"]

    def _is_up(self) -> bool:
        return bool(ask(ADDRESS, self.port, ".", "SOA"))

    def start(self) -> None:
        self._sockets.mkdir(mode=0o700)
        database = self.directory / "zones.sqlite3"
        if not database.exists():
            with sqlite3.connect(database) as connection:
                connection.executescript(SCHEMA.read_text())
            connection.close()
            self._declare()
        super().start()

    def _declare(self) -> None:
        key = self._key.name.rstrip(".")
        self._pdnsutil("import-tsig-key", key, self._key.algorithm, self._key.secret)
        primaries = [f"{ADDRESS}:{port}" for port in self._primary_ports]
        for apex in self._apexes:
            zone = apex.rstrip(".")
            self._pdnsutil("create-secondary-zone", zone, *primaries)
            self._pdnsutil("activate-tsig-key", zone, key, "secondary")

    def _pdnsutil(self, *command: str) -> None:
        said = subprocess.run(
            ["pdnsutil", f"--config-dir={self.directory}", *command],
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )
        assert said.returncode == 0, f"pdnsutil {command[0]}: {said.stdout}{said.stderr}"

    def _configuration(self) -> str:
        # Short: a socket's path has 107 characters at most (unix(7)).
        self._sockets = Path(tempfile.gettempdir()) / f"pdns-{self.port}-{os.getpid()}"
        # Without its caches, which would answer what was there a minute ago.
        return f"""\
launch=gsqlite3
gsqlite3-database={self.directory}/zones.sqlite3
local-address={ADDRESS}
local-port={self.port}
socket-dir={self._sockets}
secondary=yes
cache-ttl=0
negquery-cache-ttl=0
query-cache-ttl=0
zone-cache-refresh-interval=0
receiver-threads=1
distributor-threads=1
retrieval-threads=1
signing-threads=1
security-poll-suffix=
write-pid=no
guardian=no
daemon=no
disable-syslog=yes
"""

    def stop(self) -> None:
        super().stop()
        shutil.rmtree(self._sockets, ignore_errors=True)

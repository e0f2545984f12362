"""NSD as a secondary on a loopback port."""

import shutil
from pathlib import Path

from hub_container.nsd_control import nsd_version
from local.servers.client import ask
from local.servers.program import ADDRESS
from local.servers.secondary import Secondary


def nsd_is_missing() -> str | None:
    """Say what to install where NSD is not there."""
    return None if shutil.which("nsd") else "nsd is not installed: install the package nsd"


class NsdSecondary(Secondary):
    """An NSD."""

    program = "nsd"
    configuration_file = "nsd.conf"

    def _command(self, configuration: Path) -> list[str]:
        return ["nsd", "-d", "-c", str(configuration)]

    def _is_up(self) -> bool:
        return bool(ask(ADDRESS, self.port, ".", "SOA"))

    def _configuration(self) -> str:
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
        requests = "".join(
            f'  request-xfr: {ADDRESS}@{port} "{self._key.name}"\n' for port in self._primary_ports
        )
        return f"""
zone:
  name: "{apex}"
  zonefile: "{number}.zone"
{requests}  allow-notify: {ADDRESS} "{self._key.name}"
  provide-xfr: {ADDRESS} "{self._key.name}"
"""

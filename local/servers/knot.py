"""Knot as a secondary on a loopback port."""

import re
import shutil
from pathlib import Path

from local.servers.client import ask
from local.servers.program import ADDRESS
from local.servers.secondary import Secondary


def knot_is_missing() -> str | None:
    """Say what to install where Knot is not there."""
    return None if shutil.which("knotd") else "knotd is not installed: install the package knot"


class KnotSecondary(Secondary):
    """A Knot DNS. It learns of changes by NOTIFY alone: it does not poll within a test's time."""

    program = "knotd"
    configuration_file = "knot.conf"

    def _command(self, configuration: Path) -> list[str]:
        return ["knotd", "-c", str(configuration)]

    def _is_up(self) -> bool:
        return bool(ask(ADDRESS, self.port, ".", "SOA"))

    def transfers(self, apex: str) -> list[str]:
        """Give the kind of each completed transfer of a zone, `AXFR` or `IXFR`, in order.

        Knot logs an AXFR-style answer to an IXFR query as an AXFR.
        """
        finished = rf"\[{re.escape(apex)}\] (AXFR|IXFR), incoming, .*finished"
        return re.findall(finished, self.server.log())

    def _configuration(self) -> str:
        zones = "".join(self._zone(number, apex) for number, apex in enumerate(self._apexes))
        key = self._key.name.rstrip(".")
        remotes = "".join(self._remote(number, key) for number in range(len(self._primary_ports)))
        if self._catalog:
            zones += self._catalog_zone(self._catalog)
        # One thread of each kind: Knot takes as many as the machine has processors for each.
        return f"""
server:
  listen: {ADDRESS}@{self.port}
  rundir: "{self.directory}"
  automatic-acl: off
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
control:
  listen: "control.sock"
database:
  storage: "{self.directory}"
  journal-db-max-size: 64M
  kasp-db-max-size: 5M
  timer-db-max-size: 1M
log:
  - target: stdout
    any: info
key:
  - id: "{key}"
    algorithm: {self._key.algorithm}
    secret: "{self._key.secret}"
remote:
{remotes}acl:
  - id: known
    address: {ADDRESS}
    key: "{key}"
    action: [notify, transfer]
template:
  - id: default
    storage: "{self.directory}"
    journal-max-usage: 16M
    refresh-min-interval: 3600
    retry-max-interval: 1
  - id: member
    storage: "{self.directory}"
    journal-max-usage: 16M
    refresh-min-interval: 3600
    retry-max-interval: 1
    master: [{self._primaries()}]
    acl: known
zone:
{zones}"""

    def _zone(self, number: int, apex: str) -> str:
        return f"""  - domain: "{apex}"
    file: "{number}.zone"
    master: [{self._primaries()}]
    acl: known
"""

    def _catalog_zone(self, apex: str) -> str:
        return f"""{self._zone(len(self._apexes), apex)}    catalog-role: interpret
    catalog-template: member
"""

    def _primaries(self) -> str:
        return ", ".join(f"primary{number}" for number in range(len(self._primary_ports)))

    def _remote(self, number: int, key: str) -> str:
        return f"""  - id: primary{number}
    address: {ADDRESS}@{self._primary_ports[number]}
    key: "{key}"
"""

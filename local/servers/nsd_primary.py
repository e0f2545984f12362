"""NSD as a primary on a loopback port."""

from pathlib import Path

from hub_container.nsd_control import nsd_version
from local.servers.primary import Primary
from local.servers.program import ADDRESS


class NsdPrimary(Primary):
    """An NSD. It makes IXFRs of what differs between two zone files."""

    program = "nsd"
    configuration_file = "nsd.conf"

    def _command(self, configuration: Path) -> list[str]:
        return ["nsd", "-d", "-c", str(configuration)]

    def _configuration(self) -> str:
        key = self._key
        name = f'"{key.name}"' if key else "NOKEY"
        declared = (
            f'key:\n  name: {name}\n  algorithm: {key.algorithm}\n  secret: "{key.secret}"\n'
            if key
            else ""
        )
        told = "".join(f"  notify: {ADDRESS}@{port} {name}\n" for port in self._notify)
        zones = "".join(
            f'zone:\n  name: "{apex}"\n  zonefile: "{file}"\n  include-pattern: "given"\n'
            for apex, file in self._files.items()
        )
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
  zonefiles-check: yes
  verbosity: 3
{database}
remote-control:
  control-enable: no
{declared}pattern:
  name: "given"
  provide-xfr: {ADDRESS} {name}
  store-ixfr: yes
  create-ixfr: yes
  ixfr-number: 100
  ixfr-size: 20000000
{told}{zones}"""

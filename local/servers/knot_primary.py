"""Knot as a primary on a loopback port."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from local.servers.primary import Primary
from local.servers.program import ADDRESS
from local.servers.tsig import Tsig


class KnotPrimary(Primary):
    """A Knot DNS. It makes IXFRs of what differs between two zone files.

    With `signing` it signs its zones itself, and takes the file's serial for its own only while it
    is newer.
    """

    program = "knotd"
    configuration_file = "knot.conf"

    def __init__(
        self,
        directory: Path,
        zones: Mapping[str, str],
        key: Tsig | None,
        notify: Sequence[int] = (),
        port: int | None = None,
        *,
        signing: bool = False,
    ) -> None:
        self._signing = signing
        super().__init__(directory, zones, key, notify, port)

    def _command(self, configuration: Path) -> list[str]:
        return ["knotd", "-c", str(configuration)]

    def _configuration(self) -> str:
        key = self._key
        name = key.name.rstrip(".") if key else ""
        declared = (
            f'key:\n  - id: "{name}"\n    algorithm: {key.algorithm}\n    secret: "{key.secret}"\n'
            if key
            else ""
        )
        signed = f'\n    key: "{name}"' if key else ""
        remotes = "".join(
            f"  - id: told{port}\n    address: {ADDRESS}@{port}{signed}\n" for port in self._notify
        )
        remotes = remotes and f"remote:\n{remotes}"
        told = ", ".join(f"told{port}" for port in self._notify)
        zones = "".join(
            f'  - domain: "{apex}"\n    file: "{file}"\n' for apex, file in self._files.items()
        )
        content = "difference-no-serial" if self._signing else "difference"
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
  journal-db-max-size: 256M
  kasp-db-max-size: 5M
  timer-db-max-size: 1M
log:
  - target: stdout
    any: info
{declared}{remotes}acl:
  - id: known
    address: {ADDRESS}{signed}
    action: transfer
policy:
  - id: quick
    algorithm: ecdsap256sha256
    nsec3: off
template:
  - id: default
    storage: "{self.directory}"
    zonefile-sync: -1
    zonefile-load: {content}
    journal-content: {"all" if self._signing else "changes"}
    journal-max-usage: 64M
    serial-policy: increment
    semantic-checks: off
    acl: known
{f"    notify: [{told}]" if told else ""}
    dnssec-signing: {"on" if self._signing else "off"}
    dnssec-policy: quick
zone:
{zones}"""

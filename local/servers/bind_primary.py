"""BIND as a primary on a loopback port."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from local.servers.primary import Primary
from local.servers.program import ADDRESS
from local.servers.tsig import Tsig


class BindPrimary(Primary):
    """A BIND. It makes IXFRs of what differs between two zone files.

    `options` are further lines for its options.
    """

    program = "named"
    configuration_file = "named.conf"

    def __init__(
        self,
        directory: Path,
        zones: Mapping[str, str],
        key: Tsig | None,
        notify: Sequence[int] = (),
        port: int | None = None,
        options: str = "",
    ) -> None:
        self._options = options
        super().__init__(directory, zones, key, notify, port)

    def _command(self, configuration: Path) -> list[str]:
        return ["named", "-g", "-d", "3", "-n", "1", "-c", str(configuration)]

    def _configuration(self) -> str:
        key = self._key
        declared = (
            f'key "{key.name}" {{ algorithm {key.algorithm}; secret "{key.secret}"; }};'
            if key
            else ""
        )
        allowed = f'key "{key.name}"' if key else "any"
        signed = f' key "{key.name}"' if key else ""
        told = "".join(f" {ADDRESS} port {port}{signed};" for port in self._notify)
        zones = "".join(
            f'zone "{apex}" {{ type primary; file "{file}"; }};\n'
            for apex, file in self._files.items()
        )
        return f"""
options {{
  directory "{self.directory}";
  listen-on port {self.port} {{ {ADDRESS}; }};
  listen-on-v6 {{ none; }};
  pid-file none;
  session-keyfile none;
  recursion no;
  allow-query {{ any; }};
  allow-transfer {{ {allowed}; }};
  notify explicit;
  also-notify {{{told} }};
  notify-delay 0;
  startup-notify-rate 1000;
  ixfr-from-differences yes;
  max-ixfr-ratio unlimited;
  max-records-per-type 0;
  max-types-per-name 0;
  check-names primary ignore;
  dnssec-validation no;
  {self._options}
}};
controls {{ }};
{declared}
{zones}"""

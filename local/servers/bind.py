"""BIND as a secondary on a loopback port."""

import shutil
from pathlib import Path

from local.servers.program import ADDRESS
from local.servers.secondary import Secondary


def bind_is_missing() -> str | None:
    """Say what to install where BIND is not there."""
    return None if shutil.which("named") else "named is not installed: install the package bind9"


class BindSecondary(Secondary):
    """A BIND. It learns of changes by NOTIFY alone: it does not poll within a test's time."""

    program = "named"
    configuration_file = "named.conf"

    def _command(self, configuration: Path) -> list[str]:
        return ["named", "-g", "-d", "3", "-n", "1", "-c", str(configuration)]

    def _is_up(self) -> bool:
        return "running\n" in self.server.log()

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

    def _configuration(self) -> str:
        apexes = [*self._apexes, *([self._catalog] if self._catalog else [])]
        zones = "".join(self._zone(number, apex) for number, apex in enumerate(apexes))
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
  {self._catalog_zones()}
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

    def _catalog_zones(self) -> str:
        if not self._catalog:
            return ""
        # Between two updates of a catalog named waits five seconds unless told otherwise.
        return f"""catalog-zones {{
    zone "{self._catalog}" default-primaries {{ {self._primaries()} }} min-update-interval 0;
  }};"""

    def _primaries(self) -> str:
        each = (f'{ADDRESS} port {port} key "{self._key.name}";' for port in self._primary_ports)
        return " ".join(each)

    def _zone(self, number: int, apex: str) -> str:
        return f"""
zone "{apex}" {{
  type secondary;
  file "{number}.zone";
  primaries {{ {self._primaries()} }};
  allow-notify {{ key "{self._key.name}"; }};
}};
"""

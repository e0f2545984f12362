"""BIND as a recursive resolver on loopback, with roots of its own."""

from pathlib import Path
from typing import Self

import dns.exception
import dns.message
import dns.query

from local.servers.client import wait_until
from local.servers.ports import free_port
from local.servers.process import Server
from local.servers.program import ADDRESS


class BindResolver:
    """A resolver that begins at one root server, and asks everybody at `servers_port`.

    BIND's option `port` is where it sends queries to; so a whole DNS fits on loopback addresses of
    one port. BIND takes the NS set that a zone's own servers give over its parent's.
    """

    def __init__(self, directory: Path, root: str, servers_port: int) -> None:
        self.port, self._servers_port = free_port(), servers_port
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "root.hints").write_text(f". 3600 NS root.test.\nroot.test. 3600 A {root}\n")
        configuration = directory / "named.conf"
        configuration.write_text(self._configuration(directory))
        command = ["named", "-g", "-n", "1", "-c", str(configuration)]
        self.server = Server(command, directory / "named.log")

    def _configuration(self, directory: Path) -> str:
        return f"""
options {{
  directory "{directory}";
  port {self._servers_port};
  listen-on port {self.port} {{ {ADDRESS}; }};
  listen-on-v6 {{ none; }};
  pid-file none;
  session-keyfile none;
  recursion yes;
  allow-recursion {{ any; }};
  allow-query {{ any; }};
  allow-query-cache {{ any; }};
  dnssec-validation no;
  empty-zones-enable no;
  notify no;
}};
controls {{ }};
zone "." {{ type hint; file "root.hints"; }};
"""

    def start(self) -> None:
        self.server.start()
        wait_until(
            "the resolver runs",
            lambda: not self.server.running or "running\n" in self.server.log(),
            within=120,
        )
        assert self.server.running, self.server.log()

    def stop(self) -> None:
        self.server.stop()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def ask(self, name: str, rdtype: str) -> dns.message.Message | None:
        """Ask as a client does; None where it did not answer for a long time."""
        query = dns.message.make_query(name, rdtype)
        try:
            return dns.query.udp(query, ADDRESS, port=self.port, timeout=30)
        except (dns.exception.DNSException, OSError):
            return None

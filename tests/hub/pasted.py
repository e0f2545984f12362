"""Secondaries that have of their own where they listen and keep things; the rest is pasted."""

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterable
from pathlib import Path

from hub_container.nsd_control import nsd_version
from local.servers.bind import BindSecondary
from local.servers.knot import KnotSecondary
from local.servers.nsd import NsdSecondary
from local.servers.powerdns_secondary import PowerDnsSecondary
from local.servers.program import ADDRESS
from local.servers.secondary import Secondary
from local.servers.tsig import Tsig
from zonemesh.secondary_config.following import Following, Section
from zonemesh.secondary_config.powerdns import KEYS
from zonemesh.secondary_config.software import Software, sections

_QUICK = "xfr-cycle-interval=1\ndomain-metadata-cache-ttl=0\n"
_NOBODY = Tsig("nobody.example")  # what the servers of `local` are made with, and here is not used


class Pasted(Secondary):
    """A secondary that is started with what `secondary-config` wrote for it."""

    software: Software
    pasted: tuple[Section, ...] = ()

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, 0, [], _NOBODY)

    def paste(self, following: Following) -> None:
        """Take a configuration; the server is to be started after that."""
        self.paste_sections(sections(following, self.software))

    def paste_sections(self, parts: tuple[Section, ...]) -> None:
        """Take a configuration that is written already."""
        self.pasted = parts
        self._run()

    def _text(self, *, inside: bool = False) -> str:
        """Give what goes beside the server's own sections, or inside of its options."""
        return "".join(part.text for part in self.pasted if ("inside" in part.place) == inside)


class PastedBind(Pasted, BindSecondary):
    """A BIND."""

    software = Software.BIND

    def _configuration(self) -> str:
        return f"""
options {{
  directory "{self.directory}";
  listen-on port {self.port} {{ {ADDRESS}; }};
  listen-on-v6 {{ none; }};
  pid-file none;
  session-keyfile none;
  recursion no;
  notify no;
  min-retry-time 1;
  max-retry-time 1;
{self._text(inside=True)}}};
controls {{ }};
logging {{
  channel everything {{ stderr; severity debug 3; print-category yes; print-severity yes; }};
  category xfer-in {{ everything; }};
  category notify {{ everything; }};
  category general {{ everything; }};
}};
{self._text()}"""


class PastedKnot(Pasted, KnotSecondary):
    """A Knot DNS."""

    software = Software.KNOT

    def _configuration(self) -> str:
        return f"""
server:
  listen: {ADDRESS}@{self.port}
  rundir: "{self.directory}"
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
{self._here()}"""

    def _here(self) -> str:
        """Give what is pasted, its zone files in this server's own folder, not the package's."""
        return self._text().replace(
            "    master: ", f'    storage: "{self.directory}"\n    master: '
        )


class PastedNsd(Pasted, NsdSecondary):
    """An NSD."""

    software = Software.NSD

    def _configuration(self) -> str:
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
{self._text()}"""


class PastedPowerDns(Pasted, PowerDnsSecondary):
    """A PowerDNS: a line in its file, and commands that a shell runs."""

    software = Software.POWERDNS

    def _configuration(self) -> str:
        own = super()._configuration().replace("secondary=yes\n", _QUICK)
        return own + "".join(part.text for part in self.pasted if part.place == "pdns.conf")

    def _declare(self) -> None:
        self.shell(part.text for part in self.pasted if part.place.startswith("a shell"))

    def shell(self, texts: Iterable[str]) -> None:
        """Run commands as an operator would, with a `pdnsutil` that finds this server's files."""
        program = shutil.which("pdnsutil")
        wrapper = self.directory / "pdnsutil"
        wrapper.write_text(f'#!/bin/sh\nexec {program} --config-dir={self.directory} "$@"\n')
        wrapper.chmod(0o700)
        said = subprocess.run(
            ["sh", "-e"],
            input="".join(texts),
            env={**os.environ, "PATH": f"{self.directory}:{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert said.returncode == 0, said.stdout + said.stderr

    def give_keys(self) -> None:
        """Do what is to be done again for zones that are new in the catalog."""
        for keys in (part.text for part in self.pasted if part.place == KEYS):
            with sqlite3.connect(self.directory / "zones.sqlite3") as connection:
                connection.executescript(keys)
            connection.close()

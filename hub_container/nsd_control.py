"""NSD's own tools: its version, its checkers, its control channel."""

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from zonemesh.errors import ZonemeshError

_CONTROL_TIMEOUT = 30.0  # seconds; NSD answers at once unless it is starting or stuck
_CHECK_TIMEOUT = 600.0  # a zone of a million records takes 1.5 s
_SAID_MAX = 400  # characters of a tool's complaint that are passed on


class NsdMissing(ZonemeshError):
    """NSD is not installed, or not on the PATH: install the package `nsd`."""


class NsdRefused(ZonemeshError):
    """NSD, or one of its tools, refused what it was given; the message says what it said."""


def nsd_version() -> tuple[int, ...]:
    """Give NSD's version, such as (4, 12, 0); raises NsdMissing."""
    said = _run(["nsd", "-v"], _CONTROL_TIMEOUT)
    if not (found := re.search(r"version (\d+(?:\.\d+)*)", said.stdout + said.stderr)):
        raise NsdMissing(f"`nsd -v` gives no version: {_brief(said.stdout + said.stderr)}")
    return tuple(int(part) for part in found[1].split("."))


def check_zone(apex: str, path: Path) -> None:
    """Ask nsd-checkzone; raises NsdRefused.

    NSD drops a zone whose file it cannot read while `nsd-control reload` says ok, so this must be
    asked before.
    """
    said = _run(["nsd-checkzone", "--", apex, str(path)], _CHECK_TIMEOUT)
    if said.returncode:
        complaint = (said.stdout + said.stderr).replace(str(path), "zone file")
        raise NsdRefused(f"nsd-checkzone refuses {apex}: {_brief(complaint)}")


def check_conf(path: Path) -> None:
    """Ask nsd-checkconf; raises NsdRefused."""
    said = _run(["nsd-checkconf", str(path)], _CONTROL_TIMEOUT)
    if said.returncode:
        # Only the place: the line itself may hold a secret.
        places = re.findall(r"nsd\.conf\S*:\d+: error: [a-z ]*", said.stdout + said.stderr)
        raise NsdRefused(f"nsd-checkconf refuses the configuration: {_brief('; '.join(places))}")


@dataclass(frozen=True, slots=True)
class NsdControl:
    """The control channel of a running NSD, a unix socket that its configuration names."""

    config: Path

    def reconfig(self) -> None:
        """Have nsd.conf read again: keys, patterns, zones that come and go; raises NsdRefused."""
        self._command("reconfig")

    def reload(self, apex: str | None = None) -> None:
        """Have one zone's file, or all that changed, read again; NSD does it after it said ok."""
        self._command("reload", *([apex] if apex else []))

    def transfer(self, apex: str, *, whatever_serial: bool = False) -> None:
        """Have a secondary zone asked for at its primaries now, whole and of any serial if so."""
        self._command("force_transfer" if whatever_serial else "transfer", apex)

    def _command(self, *command: str) -> None:
        said = _run(["nsd-control", "-c", str(self.config), *command], _CONTROL_TIMEOUT)
        if said.returncode or "error" in said.stdout:
            complaint = _brief(said.stdout + said.stderr)
            raise NsdRefused(f"nsd-control {' '.join(command)}: {complaint}")


def _run(command: Sequence[str], timeout: float) -> "subprocess.CompletedProcess[str]":
    try:
        return subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=timeout, check=False
        )
    except FileNotFoundError as problem:
        raise NsdMissing(f"{command[0]} is not on the PATH; install the package nsd") from problem
    except subprocess.TimeoutExpired as problem:
        raise NsdRefused(f"{command[0]} did not end within {timeout:.0f} s") from problem


def _brief(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SAID_MAX else line[:_SAID_MAX] + " …"

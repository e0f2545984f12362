"""Zones signed with BIND's tools, as lines of a master file."""

import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

_ALGORITHM = "ECDSAP256SHA256"


def signing_is_missing() -> str | None:
    """Say what to install where the tools are not there."""
    packages = {
        "dnssec-keygen": "bind9-utils",
        "dnssec-signzone": "bind9-utils",
        "ldns-verify-zone": "ldnsutils",
    }
    for tool, package in packages.items():
        if not shutil.which(tool):
            return f"{tool} is not installed: install the package {package}"
    return None


def sign(directory: Path, apex: str, records: Iterable[str], *options: str) -> list[str]:
    """Sign a zone's records (lines with absolute owners); the keys in the directory are kept.

    Gives lines of single blanks, those of the apex first. `options` are dnssec-signzone's, such as
    `-e`, `now+3600`.
    """
    zone, signed = directory / "unsigned", directory / "signed"
    zone.write_text("".join(f"{record}\n" for record in records))
    if not any(directory.glob("K*.key")):
        for kind in ([], ["-f", "KSK"]):
            _run("dnssec-keygen", "-q", "-a", _ALGORITHM, "-K", str(directory), *kind, apex)
    signing = ["-S", "-K", str(directory), "-o", apex, "-O", "full", "-f", str(signed), *options]
    # It leaves the DS records in the directory given with -d.
    _run("dnssec-signzone", "-d", str(directory), *signing, str(zone))
    lines = [line for line in signed.read_text().splitlines() if line[:1] not in ("", ";")]
    return sorted(
        (" ".join(line.split(maxsplit=4)) for line in lines),
        key=lambda line: (not line.startswith(f"{apex} "), line.split(" ")[3] != "SOA"),
    )


def _run(*command: str) -> None:
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    assert said.returncode == 0, f"{command[0]}: {said.stdout}{said.stderr}"

"""What a zone file must pass before NSD is given it: NSD's own checker, and its signatures."""

import subprocess
from itertools import takewhile
from pathlib import Path

from hub_container.nsd_control import check_zone
from zonemesh.errors import ZonemeshError

_VERIFIER = "ldns-verify-zone"
_LEAST = 120.0  # seconds; 100,000 signatures take some 20 s,
_PER_BYTE = 1 / 10**5  # and a zone file of so many has 25 MB: ten times that is patience enough
_SAID_MAX = 400  # characters of the verifier's complaints that are passed on


class SignaturesRefused(ZonemeshError):
    """A signed zone does not validate: loaded it would be bogus; the last good one is served on."""


class VerifierMissing(ZonemeshError):
    """Signed zones are not loaded without `ldns-verify-zone`; install the package `ldnsutils`."""


def check(apex: str, path: Path) -> None:
    """Check a zone file as NSD will read it, and every signature where the zone is signed.

    Raises NsdRefused, SignaturesRefused or VerifierMissing.
    """
    check_zone(apex, path)
    if is_signed(apex, path):
        verify(apex, path)


def is_signed(apex: str, path: Path) -> bool:
    """Tell whether a zone file has a DNSKEY at its apex, whose records are the first."""
    owner = apex.encode() + b" "
    with path.open("rb") as file:
        at_apex = takewhile(lambda line: line.startswith(owner), file)
        return any(line.split(b" ", 4)[3] == b"DNSKEY" for line in at_apex)


def verify(apex: str, path: Path) -> None:
    """Verify all signatures and the NSEC or NSEC3 chain as of now; raises as `check` does."""
    patience = _LEAST + _PER_BYTE * path.stat().st_size
    try:
        said = subprocess.run(
            [_VERIFIER, "-V", "1", str(path)],
            capture_output=True,
            text=True,
            errors="replace",
            timeout=patience,
            check=False,
        )
    except FileNotFoundError as problem:
        raise VerifierMissing(
            f"{apex} is signed and {_VERIFIER} is not on the PATH; install the package ldnsutils"
        ) from problem
    except subprocess.TimeoutExpired as problem:
        raise SignaturesRefused(f"{_VERIFIER} did not end within {patience:.0f} s") from problem
    if said.returncode:
        raise SignaturesRefused(f"{_VERIFIER} refuses {apex}: {_brief(said.stdout + said.stderr)}")


def _brief(text: str) -> str:
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    told = "; ".join(line for line in lines if line != "There were errors in the zone")
    return told if len(told) <= _SAID_MAX else told[:_SAID_MAX] + " …"

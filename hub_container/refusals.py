"""Transfers that the hub's own NSD refused of late, read from what it logs."""

import ipaddress
import re
import time

from hub_container.configuration import Secondary
from hub_container.verdicts import Refusal

_LINE = re.compile(r"\b[ai]xfr for (\S+) from (\S+) refused, (.+)")
_REMEMBERED = 600.0  # seconds
_MOST = 1000  # those who scan for open transfers make many


class Refusals:
    """The newest for each zone and address."""

    def __init__(self) -> None:
        self._by_place: dict[tuple[str, str], tuple[float, str]] = {}

    def said(self, line: str) -> None:
        """Take note of a line of NSD's log where it tells of one."""
        if (found := _LINE.search(line)) is None:
            return
        place = (found[1].lower(), found[2])
        refused = dict(self._by_place)
        refused.pop(place, None)
        if len(refused) >= _MOST:
            del refused[next(iter(refused))]
        self._by_place = refused | {place: (time.time(), found[3])}

    def of(self, apex: str, secondary: Secondary, since: float = 0.0) -> Refusal | None:
        """Give one of a zone, the secondary's own rather than anybody else's.

        Not one from before `since` (epoch seconds): before a serial was served, NSD may have known
        neither the zone nor the key, and a secondary that is refused asks again.
        """
        earliest = max(since, time.time() - _REMEMBERED)
        found = None
        for (name, source), (at, why) in self._by_place.items():
            if name == apex and at >= earliest:
                known = _transfers_from(secondary, source)
                if known or found is None:
                    found = Refusal(source, why, known)
        return found


def _transfers_from(secondary: Secondary, source: str) -> bool:
    try:
        address = ipaddress.ip_address(source)
    except ValueError:
        return False
    networks = [*secondary.networks, *([secondary.address] if secondary.address else [])]
    return any(address in ipaddress.ip_network(network) for network in networks)

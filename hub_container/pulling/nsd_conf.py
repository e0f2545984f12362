"""nsd.conf of the pulling NSD: a secondary of the primaries, which nobody but the hub may ask."""

import hashlib
from collections.abc import Collection, Sequence

from hub_container.nsd_text import KEPT_STEPS, NsdPaths, keys, quoted, section, server, signed_with
from hub_container.pulling.pulled import Pulled
from hub_container.settings import Endpoint
from zonemesh.xfr.stream import BYTES_MOST

LOOPBACK = "127.0.0.1"
_WRITE_EVERY = 300  # seconds; after a restart a zone is asked for by its steps, not whole
_LONGEST_RETRY = 600  # seconds; NSD's pauses grow to a day for a zone that it never had


def zone_file(zone: str) -> str:
    """Give the name of a pulled zone's file; never the zone's own, which may hold a slash."""
    return hashlib.sha256(zone.encode()).hexdigest()[:40] + ".zone"


def pulling_conf(
    paths: NsdPaths,
    version: tuple[int, ...],
    port: int,
    doorbell: int,
    zones: Collection[Pulled],
    notify_listen: Sequence[Endpoint] = (),
) -> str:
    """Give the whole of nsd.conf. It holds TSIG secrets: for a file that only NSD's user reads.

    NSD answers on `port` of loopback and tells the port `doorbell` there of new serials. Primaries
    may send NOTIFY to the addresses of `notify_listen`, where nothing else is answered.
    """
    lines = ["tcp-count: 50", "verbosity: 1", f"zonefiles-write: {_WRITE_EVERY}"]
    ordered = sorted(zones, key=lambda zone: zone.zone)
    return "".join(
        [
            server(paths, version, [Endpoint(LOOPBACK, port), *notify_listen], lines),
            *keys(each.key for zone in ordered for each in zone.primaries),
            _pattern(doorbell),
            *(_zone(zone, bool(notify_listen)) for zone in ordered),
        ]
    )


def _pattern(doorbell: int) -> str:
    lines = [
        'name: "pulled"',
        "multi-master-check: yes",
        f"max-retry-time: {_LONGEST_RETRY}",
        f"size-limit-xfr: {BYTES_MOST}",  # without it a primary could fill the disk
        *KEPT_STEPS,
        f"allow-query: {LOOPBACK} NOKEY",
        f"provide-xfr: {LOOPBACK} NOKEY",
        f"notify: {LOOPBACK}@{doorbell} NOKEY",
    ]
    return section("pattern", lines)


def _zone(zone: Pulled, hears_notify: bool) -> str:
    lines = [
        f"name: {quoted(zone.apex)}",
        f'zonefile: "{zone_file(zone.zone)}"',
        'include-pattern: "pulled"',
    ]
    for each in zone.primaries:
        # IXFR over TCP, and AXFR where the primary knows no IXFR or has no such history.
        lines.append(f"request-xfr: {each.address}@{each.port} {signed_with(each.key)}")
    if hears_notify:
        allowed = dict.fromkeys(
            f"{each.address} {signed_with(each.key)}" for each in zone.primaries
        )
        lines += [f"allow-notify: {each}" for each in allowed]
    return section("zone", lines)

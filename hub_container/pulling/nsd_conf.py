"""nsd.conf of the pulling NSD: a secondary of the primaries, which nobody but the hub may ask."""

import hashlib
from collections.abc import Collection, Iterable, Sequence

import dns.name

from hub_container.nsd_config import NsdPaths
from hub_container.pulling.pulled import PrimaryServer, Pulled
from hub_container.settings import Endpoint
from hub_container.tsig import TsigKey
from zonemesh.names import parse_name

LOOPBACK = "127.0.0.1"
_DATABASE_GONE = (4, 8)  # RELNOTES 4.8.0: "database" is no longer an option
_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789-_/")
_WRITE_EVERY = 300  # seconds; after a restart a zone is asked for by its steps, not whole
_LONGEST_RETRY = 600  # seconds; NSD's pauses grow to a day for a zone that it never had
_IXFR_NUMBER, _IXFR_BYTES = 100, 20 * 2**20  # what the hub may have missed while it was busy


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
    primaries = {server.name: server for zone in zones for server in zone.primaries}
    keys = {server.key.name: server.key for server in primaries.values() if server.key}
    ordered = sorted(zones, key=lambda zone: zone.zone)
    return "".join(
        [
            _server(paths, version, [Endpoint(LOOPBACK, port), *notify_listen]),
            *(_key(key) for _, key in sorted(keys.items())),
            _pattern(doorbell),
            *(_zone(zone, bool(notify_listen)) for zone in ordered),
        ]
    )


def _server(paths: NsdPaths, version: tuple[int, ...], listen: Iterable[Endpoint]) -> str:
    state = paths.state
    lines = [
        *(f"ip-address: {endpoint}" for endpoint in listen),
        'username: ""',
        f'zonesdir: "{paths.zones}"',
        f'zonelistfile: "{state}/zone.list"',
        f'xfrdfile: "{state}/xfrd.state"',
        f'xfrdir: "{state}"',
        f'pidfile: "{state}/nsd.pid"',
        "server-count: 1",
        "tcp-count: 50",
        "verbosity: 1",
        "hide-version: yes",
        "hide-identity: yes",
        "refuse-any: yes",
        f"zonefiles-write: {_WRITE_EVERY}",
        "xfrd-reload-timeout: 0",
        "rrl-ratelimit: 0",
        "rrl-whitelist-ratelimit: 0",
    ]
    if version < _DATABASE_GONE:
        lines.append('database: ""')
    control = ["control-enable: yes", f'control-interface: "{paths.socket}"']
    return _section("server", lines) + _section("remote-control", control)


def _key(key: TsigKey) -> str:
    lines = [f"name: {_name(key.name)}", f"algorithm: {key.algorithm}", f'secret: "{key.secret}"']
    return _section("key", lines)


def _pattern(doorbell: int) -> str:
    lines = [
        'name: "pulled"',
        "multi-master-check: yes",
        f"max-retry-time: {_LONGEST_RETRY}",
        "store-ixfr: yes",
        f"ixfr-number: {_IXFR_NUMBER}",
        f"ixfr-size: {_IXFR_BYTES}",
        f"allow-query: {LOOPBACK} NOKEY",
        f"provide-xfr: {LOOPBACK} NOKEY",
        f"notify: {LOOPBACK}@{doorbell} NOKEY",
    ]
    return _section("pattern", lines)


def _zone(zone: Pulled, hears_notify: bool) -> str:
    lines = [
        f"name: {_name(zone.apex)}",
        f'zonefile: "{zone_file(zone.zone)}"',
        'include-pattern: "pulled"',
    ]
    for server in zone.primaries:
        # IXFR over TCP, and AXFR where the primary knows no IXFR or has no such history.
        lines.append(f"request-xfr: {server.address}@{server.port} {_signed(server)}")
    if hears_notify:
        allowed = dict.fromkeys(f"{each.address} {_signed(each)}" for each in zone.primaries)
        lines += [f"allow-notify: {each}" for each in allowed]
    return _section("zone", lines)


def _signed(server: PrimaryServer) -> str:
    return _name(server.key.name) if server.key else "NOKEY"


def _section(title: str, lines: Iterable[str]) -> str:
    return f"{title}:\n" + "".join(f"  {line}\n" for line in lines)


def _name(text: str) -> str:
    r"""Write a name so that nsd.conf's quoting cannot touch it: anything unusual as `\DDD`."""
    name: dns.name.Name = parse_name(text)
    labels = [label for label in name.labels if label]
    return '"' + ("".join(_label(label) + "." for label in labels) or ".") + '"'


def _label(label: bytes) -> str:
    return "".join(chr(byte) if byte in _PLAIN else f"\\{byte:03d}" for byte in label)

"""nsd.conf, generated: one server, one pattern that says who may transfer, the zones."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import dns.name

from hub_container.configuration import Secondary
from hub_container.settings import Endpoint, TlsService
from zonemesh.names import parse_name

SOCKET_PATH_MAX = 107  # bytes, sun_path of unix(7) less its final zero
_DATABASE_GONE = (4, 8)  # RELNOTES 4.8.0: "database" is no longer an option
_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789-_/")

# Every serial of a busy hour, and a rewrite of a zone of some 100,000 records in one step.
_IXFR_NUMBER = 100
_IXFR_BYTES = 20 * 2**20


@dataclass(frozen=True, slots=True)
class NsdPaths:
    """Where an NSD of ours keeps things: `state` is its own, `zones` holds the zone files."""

    state: Path
    zones: Path

    @property
    def config(self) -> Path:
        return self.state / "nsd.conf"

    @property
    def socket(self) -> Path:
        return self.state / "control.sock"


@dataclass(frozen=True, slots=True)
class ZoneEntry:
    """A zone that NSD is to load: its apex and the name of its file in the zones directory."""

    apex: str
    file: str


def nsd_conf(
    paths: NsdPaths,
    listen: Iterable[Endpoint],
    version: tuple[int, ...],
    zones: Iterable[ZoneEntry],
    secondaries: Iterable[Secondary],
    tls: TlsService | None = None,
) -> str:
    """Give the whole of nsd.conf. It holds TSIG secrets: for a file that only NSD's user reads."""
    secondaries = list(secondaries)
    return "".join(
        [
            _server(paths, listen, version, tls),
            *_keys(secondaries),
            _pattern(secondaries),
            *(_zone(zone) for zone in zones),
        ]
    )


def _server(
    paths: NsdPaths,
    listen: Iterable[Endpoint],
    version: tuple[int, ...],
    tls: TlsService | None,
) -> str:
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
        "tcp-count: 250",
        "verbosity: 2",  # says which transfers it refuses
        "hide-version: yes",
        "hide-identity: yes",
        "refuse-any: yes",
        "zonefiles-check: yes",
        "zonefiles-write: 0",
        # The hub paces reloads itself.
        "xfrd-reload-timeout: 0",
        # Debian's default drops answers to secondaries and resolvers behind one address.
        "rrl-ratelimit: 0",
        "rrl-whitelist-ratelimit: 0",
    ]
    if version < _DATABASE_GONE:
        lines.append('database: ""')
    if tls:
        lines += _tls(tls)
    control = ["control-enable: yes", f'control-interface: "{paths.socket}"']
    return _section("server", lines) + _section("remote-control", control)


def _tls(tls: TlsService) -> list[str]:
    """Give the lines for transfers over TLS (RFC 9103); NSD reads both files at its start only."""
    return [
        *(f"ip-address: {endpoint}" for endpoint in tls.listen),
        f"tls-port: {tls.listen[0].port}",
        f'tls-service-pem: "{tls.certificate}"',
        f'tls-service-key: "{tls.key}"',
    ]


def _keys(secondaries: list[Secondary]) -> list[str]:
    keys = {secondary.key.name: secondary.key for secondary in secondaries if secondary.key}
    return [
        _section(
            "key",
            [
                f'name: "{_name(key.name)}"',
                f"algorithm: {key.algorithm}",
                f'secret: "{key.secret}"',
            ],
        )
        for _, key in sorted(keys.items())
    ]


def _pattern(secondaries: list[Secondary]) -> str:
    lines = [
        'name: "served"',
        "store-ixfr: yes",
        "create-ixfr: yes",
        f"ixfr-number: {_IXFR_NUMBER}",
        f"ixfr-size: {_IXFR_BYTES}",
    ]
    for secondary in secondaries:
        key = f'"{_name(secondary.key.name)}"' if secondary.key else "NOKEY"
        sources = [secondary.address] if secondary.address else []
        lines += [f"provide-xfr: {source} {key}" for source in [*sources, *secondary.networks]]
    return _section("pattern", lines)


def _zone(zone: ZoneEntry) -> str:
    lines = [f'name: "{_name(zone.apex)}"', f'zonefile: "{zone.file}"', 'include-pattern: "served"']
    return _section("zone", lines)


def _section(title: str, lines: Iterable[str]) -> str:
    return f"{title}:\n" + "".join(f"  {line}\n" for line in lines)


def _name(text: str) -> str:
    r"""Write a name so that nsd.conf's quoting cannot touch it: anything unusual as `\DDD`."""
    name: dns.name.Name = parse_name(text)
    labels = [label for label in name.labels if label]
    return "".join(_label(label) + "." for label in labels) or "."


def _label(label: bytes) -> str:
    return "".join(chr(byte) if byte in _PLAIN else f"\\{byte:03d}" for byte in label)

"""What nsd.conf of any NSD of ours has: sections, names quoted, keys, the server's own places."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import dns.name

from hub_container.settings import Endpoint
from hub_container.tsig import TsigKey
from zonemesh.names import parse_name

SOCKET_PATH_MAX = 107  # bytes, sun_path of unix(7) less its final zero
_DATABASE_GONE = (4, 8)  # RELNOTES 4.8.0: "database" is no longer an option
_PLAIN = frozenset(b"abcdefghijklmnopqrstuvwxyz0123456789-_/")

# Every serial of a busy hour, and a rewrite of a zone of some 100,000 records in one step.
_IXFR_NUMBER = 100
_IXFR_BYTES = 20 * 2**20

KEPT_STEPS = ("store-ixfr: yes", f"ixfr-number: {_IXFR_NUMBER}", f"ixfr-size: {_IXFR_BYTES}")


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


def server(
    paths: NsdPaths, version: tuple[int, ...], listen: Iterable[Endpoint], lines: Iterable[str]
) -> str:
    """Give the sections of the server and of its control channel; `lines` are the server's own."""
    state = paths.state
    common = [
        *(f"ip-address: {endpoint}" for endpoint in listen),
        'username: ""',
        f'zonesdir: "{paths.zones}"',
        f'zonelistfile: "{state}/zone.list"',
        f'xfrdfile: "{state}/xfrd.state"',
        f'xfrdir: "{state}"',
        f'pidfile: "{state}/nsd.pid"',
        "server-count: 1",
        "hide-version: yes",
        "hide-identity: yes",
        "refuse-any: yes",
        # The hub paces reloads itself.
        "xfrd-reload-timeout: 0",
        # Debian's default drops answers to secondaries and resolvers behind one address.
        "rrl-ratelimit: 0",
        "rrl-whitelist-ratelimit: 0",
    ]
    if version < _DATABASE_GONE:
        common.append('database: ""')
    control = ["control-enable: yes", f'control-interface: "{paths.socket}"']
    return section("server", [*common, *lines]) + section("remote-control", control)


def keys(used: Iterable[TsigKey | None]) -> list[str]:
    """Give the sections of TSIG keys, each once; None is no key."""
    by_name = {key.name: key for key in used if key}
    return [
        section(
            "key",
            [f"name: {quoted(key.name)}", f"algorithm: {key.algorithm}", f'secret: "{key.secret}"'],
        )
        for _, key in sorted(by_name.items())
    ]


def signed_with(key: TsigKey | None) -> str:
    """Name a key behind an address."""
    return quoted(key.name) if key else "NOKEY"


def section(title: str, lines: Iterable[str]) -> str:
    return f"{title}:\n" + "".join(f"  {line}\n" for line in lines)


def quoted(text: str) -> str:
    r"""Write a name so that nsd.conf's quoting cannot touch it: anything unusual as `\DDD`."""
    name: dns.name.Name = parse_name(text)
    labels = [label for label in name.labels if label]
    return '"' + ("".join(_label(label) + "." for label in labels) or ".") + '"'


def _label(label: bytes) -> str:
    return "".join(chr(byte) if byte in _PLAIN else f"\\{byte:03d}" for byte in label)

"""nsd.conf, generated: one server, one pattern that says who may transfer, the zones."""

from collections.abc import Iterable
from dataclasses import dataclass

from hub_container.configuration import Secondary
from hub_container.nsd_text import KEPT_STEPS, NsdPaths, keys, quoted, section, server, signed_with
from hub_container.settings import Endpoint, TlsService


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
    lines = [
        "tcp-count: 250",
        "verbosity: 2",  # says which transfers it refuses
        "zonefiles-check: yes",
        "zonefiles-write: 0",
        *(_tls(tls) if tls else ()),
    ]
    return "".join(
        [
            server(paths, version, listen, lines),
            *keys(secondary.key for secondary in secondaries),
            _pattern(secondaries),
            *(_zone(zone) for zone in zones),
        ]
    )


def _tls(tls: TlsService) -> list[str]:
    """Give the lines for transfers over TLS (RFC 9103); NSD reads both files at its start only."""
    return [
        *(f"ip-address: {endpoint}" for endpoint in tls.listen),
        f"tls-port: {tls.listen[0].port}",
        f'tls-service-pem: "{tls.certificate}"',
        f'tls-service-key: "{tls.key}"',
    ]


def _pattern(secondaries: list[Secondary]) -> str:
    lines = ['name: "served"', "create-ixfr: yes", *KEPT_STEPS]
    for secondary in secondaries:
        sources = [secondary.address] if secondary.address else []
        lines += [
            f"provide-xfr: {source} {signed_with(secondary.key)}"
            for source in [*sources, *secondary.networks]
        ]
    return section("pattern", lines)


def _zone(zone: ZoneEntry) -> str:
    lines = [f"name: {quoted(zone.apex)}", f'zonefile: "{zone.file}"', 'include-pattern: "served"']
    return section("zone", lines)

"""A zone with snapshots in memory, and real servers that octoDNS publishes it to."""

import json
import secrets
import urllib.request
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import dns.query
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.update

from local.servers.bind_primary import BindPrimary
from local.servers.client import axfr
from local.servers.powerdns import ADDRESS, PowerDns
from local.servers.primary import zone_text
from local.servers.tsig import Tsig
from tests.fakes.memory import MemorySnapshotStore
from tests.hub.world import key_of, publish
from zonemesh.mesh.places import OctodnsTarget
from zonemesh.names import canonical_text, parse_name
from zonemesh.snapshot import Snapshot
from zonemesh.targets.octodns.target import OctodnsPublisher
from zonemesh.targets.ports import PLAIN, Order, Outcome, Published
from zonemesh.zone import RRset

APEX = "example.com."

# One record a line, as served: of all types that octoDNS knows, and of what people have.
EVERYTHING = [
    "@ 3600 NS ns1.example.net.",
    "@ 3600 NS ns2.example.net.",
    "@ 300 A 192.0.2.1",
    "@ 300 A 192.0.2.2",
    "@ 300 AAAA 2001:db8::1",
    "@ 300 MX 10 mail.example.com.",
    "@ 300 MX 20 mail.example.net.",
    '@ 300 CAA 0 issue "ca.example.net; policy=ev"',
    '@ 300 CAA 128 iodef "mailto:security@example.com"',
    '@ 300 TXT "v=spf1 include:_spf.example.net -all"',
    '@ 300 TXT "k=rsa; p=MIGf+/=="',
    f'long 300 TXT "{"a" * 255}" "{"b" * 200}"',
    'cut 300 TXT "one " "two"',
    'quoted 300 TXT "say \\"hello\\""',
    'bytes 300 TXT "\\228\\184\\173"',
    'empty 300 TXT ""',
    "www 60 CNAME web.example.net.",
    "* 60 A 192.0.2.9",
    "*.deep.er 60 A 192.0.2.10",
    "_sip._tcp 300 SRV 1 2 5060 sip.example.com.",
    "_443._tcp.www2 300 TLSA 3 1 1 " + "ab" * 32,
    "host 300 SSHFP 4 2 " + "cd" * 32,
    '@ 300 HTTPS 1 . alpn="h2,h3" ipv4hint="192.0.2.1,192.0.2.2"',
    '_dns 300 SVCB 1 dns.example.net. alpn="dot" port="853"',
    r'sip 300 NAPTR 100 10 "U" "E2U+sip" "!^(.*)$!sip:\\1@example.com!" .',
    "delegated 3600 NS ns.delegated.example.com.",
    "delegated 3600 DS 12345 13 2 " + "ef" * 32,
    "ns.delegated 3600 A 192.0.2.53",
    "4.3 300 PTR host.example.com.",
    "4.3 300 PTR other.example.com.",
    "here 300 LOC 52 22 23.000 N 4 53 32.000 E -2.00m 0.00m 10000.00m 10.00m",
    "xn--bcher-kva 300 A 192.0.2.11",
    "a\\.b 300 A 192.0.2.12",
    "unknown 300 TYPE65400 \\# 3 010203",
    '_zonemesh.gone 300 TXT "withheld: see the zone\'s report"',
]


def rrsets_of(lines: Iterable[str], apex: str = APEX) -> list[RRset]:
    """Read lines of owner (relative), TTL, type and data as rrsets."""
    found: dict[tuple[str, str], tuple[int, set[dns.rdata.Rdata]]] = {}
    for line in lines:
        owner, ttl, rdtype, data = line.split(" ", 3)
        name = apex if owner == "@" else f"{owner}.{apex}"
        rdata = dns.rdata.from_text(dns.rdataclass.IN, rdtype, data)
        found.setdefault((name, rdtype), (int(ttl), set()))[1].add(rdata)
    return [
        RRset(parse_name(name), dns.rdatatype.from_text(rdtype), ttl, frozenset(rdatas))
        for (name, rdtype), (ttl, rdatas) in found.items()
    ]


def as_records(rrsets: Iterable[RRset]) -> set[str]:
    """Give records as `axfr` does."""
    return {
        f"{rrset.name} {rrset.ttl} {dns.rdatatype.to_text(rrset.rdtype)} {rdata}"
        for rrset in rrsets
        for rdata in rrset.rdatas
    }


@dataclass
class Story:
    """A zone's snapshots, and the publications of them to one target."""

    settings: dict[str, Any]
    secrets: dict[str, str]
    provider: str
    apex: str = APEX
    more: dict[str, Any] = field(default_factory=dict)
    base: Published | None = None
    serial: int = 0
    store: MemorySnapshotStore = field(default_factory=MemorySnapshotStore)

    def snapshot(self, lines: Iterable[str]) -> Snapshot:
        """Record the next snapshot."""
        self.serial += 1
        texts = {}
        for rrset in rrsets_of(lines, self.apex):
            owner = canonical_text(rrset.name)
            texts[owner, dns.rdatatype.to_text(rrset.rdtype)] = rrset.lines()
        publish(self.store, self.apex, self.serial, texts)
        return self.store.snapshot(key_of(self.apex), self.serial)

    def publisher(self) -> OctodnsPublisher:
        target = OctodnsTarget.model_validate(
            {
                "type": "octodns",
                "hub": "one",
                "provider": self.provider,
                "settings": self.settings,
                "secrets": {name: f"env:{name.upper()}" for name in self.secrets},
                **self.more,
            }
        )
        return OctodnsPublisher("other", target, self.store, self.secrets)

    def put(self, lines: Iterable[str], order: Order = PLAIN) -> Outcome:
        """Publish the next snapshot, and keep what the next publication may build on."""
        return self.again(self.snapshot(lines), order)

    def again(self, snapshot: Snapshot, order: Order = PLAIN) -> Outcome:
        """Publish a snapshot."""
        outcome = self.publisher().publish(snapshot, self.base, order)
        self.base = outcome.published
        return outcome


class PowerDnsPlace:
    """A PowerDNS, and another tool that writes to it."""

    provider = "octodns_powerdns.PowerDnsProvider"

    def __init__(self, server: PowerDns) -> None:
        self.server, self.port = server, server.port
        self.settings = {"host": ADDRESS, "port": server.api_port}
        self.secrets = {"api_key": server.api_key}

    def records(self) -> set[str]:
        return records_at(self.port)

    def meddle(self, *lines: str, drop: Iterable[str] = ()) -> None:
        """Put rrsets in place of what they name, and drop others (`owner TYPE`)."""
        changes = [
            {
                "name": canonical_text(rrset.name),
                "type": dns.rdatatype.to_text(rrset.rdtype),
                "ttl": rrset.ttl,
                "changetype": "REPLACE",
                "records": [{"content": str(rdata), "disabled": False} for rdata in rrset.rdatas],
            }
            for rrset in rrsets_of(lines)
        ]
        for dropped in drop:
            owner, rdtype = dropped.split(" ")
            changes.append({"name": f"{owner}.{APEX}", "type": rdtype, "changetype": "DELETE"})
        request = urllib.request.Request(
            f"http://{ADDRESS}:{self.server.api_port}/api/v1/servers/localhost/zones/{APEX}",
            data=json.dumps({"rrsets": changes}).encode(),
            headers={"X-API-Key": self.server.api_key, "Content-Type": "application/json"},
            method="PATCH",
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            assert response.status == 204


class BindPlace:
    """A BIND that takes updates with a key, and another tool that has it too."""

    provider = "octodns_bind.Rfc2136Provider"

    def __init__(self, server: BindPrimary, key: Tsig) -> None:
        self.port, self.key = server.port, key
        self.settings = {
            "host": ADDRESS,
            "port": server.port,
            "key_name": key.name,
            "key_algorithm": key.algorithm,
        }
        self.secrets = {"key_secret": key.secret}

    def records(self) -> set[str]:
        return records_at(self.port, key=self.key)

    def meddle(self, *lines: str, drop: Iterable[str] = ()) -> None:
        """Put rrsets in place of what they name, and drop others (`owner TYPE`)."""
        update = dns.update.UpdateMessage(APEX, keyring=self.key.client_key())
        for rrset in rrsets_of(lines):
            update.delete(rrset.name, rrset.rdtype)
            for rdata in rrset.rdatas:
                update.add(rrset.name, rrset.ttl, rdata)
        for dropped in drop:
            owner, rdtype = dropped.split(" ")
            update.delete(f"{owner}.{APEX}", rdtype)
        answer = dns.query.tcp(update, ADDRESS, port=self.port, timeout=30)
        assert answer.rcode() == dns.rcode.NOERROR, answer


Place = PowerDnsPlace | BindPlace


@contextmanager
def powerdns_place(directory: Path) -> Iterator[PowerDnsPlace]:
    """Run a PowerDNS without any zone."""
    with PowerDns(directory / "pdns", secrets.token_urlsafe(24)) as server:
        yield PowerDnsPlace(server)


@contextmanager
def bind_place(directory: Path) -> Iterator[BindPlace]:
    """Run a BIND with a zone that has nothing but its own NS records."""
    key = Tsig("updates")
    options = f'allow-update {{ key "{key.name}"; }};'
    zones = {APEX: zone_text(APEX, 1)}
    with BindPrimary(directory / "bind", zones, key, options=options) as server:
        yield BindPlace(server, key)


def story_at(place: Place, **more: Any) -> Story:
    """Tell of publications to a place; `more` is written into the target's definition."""
    return Story(dict(place.settings), dict(place.secrets), place.provider, more=more)


def records_at(port: int, key: Tsig | None = None) -> set[str]:
    """Transfer the zone; its records without the SOA."""
    found = axfr(ADDRESS, port, APEX, key.client_key() if key else None)
    return {line for line in found if " SOA " not in line}

"""A zone mastered on BIND flows everywhere: to another provider's API, another hub, all servers.

BIND ──► hub west ──► snapshot ──► Route 53, PowerDNS (octoDNS)
                             └──► hub west and hub east ──► BIND, Knot and NSD
"""

import json
import random
import secrets
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml

from local.embedded.settings import REGION
from local.mesh_text import CLIENT_KEY
from local.route53_servers import Route53Servers
from local.servers.bind import BindSecondary
from local.servers.bind_primary import BindPrimary
from local.servers.knot import KnotSecondary
from local.servers.nsd import NsdSecondary
from local.servers.ports import free_port
from local.servers.powerdns import PowerDns
from local.servers.primary import zone_text
from local.servers.secondary import Secondary
from local.servers.tsig import Tsig
from local.world import World
from tests.e2e.hosted_zone import ADDRESS, Zone, await_true, client_key, transfer
from tests.e2e.records import lines_of_listing
from zonemesh.deployment import TABLE

APEX = "mastered.example."
EDITS = 100
SEED = 20_262
KINDS: dict[str, type[Secondary]] = {
    "bind": BindSecondary,
    "knot": KnotSecondary,
    "nsd": NsdSecondary,
}


@dataclass
class Master:
    """The primary's zone, edited at random: what every provider and server here can hold."""

    primary: BindPrimary
    key: Tsig
    serial: int = 1
    records: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    _draw: random.Random = field(default_factory=lambda: random.Random(SEED))

    def edit(self) -> None:
        owner = f"{self._draw.choice('abcdefghij')}.{self._draw.choice(('', 'sub.'))}{APEX}"
        rdtype = self._draw.choice(("A", "AAAA", "MX", "TXT", "CAA", "SRV"))
        owner = f"_sip._tcp.{owner}" if rdtype == "SRV" else owner
        if self._draw.random() < 0.25:
            self.records.pop((owner, rdtype), None)
        else:
            count = self._draw.randint(1, 3)
            self.records[owner, rdtype] = sorted({self._value(rdtype) for _ in range(count)})

    def publish(self) -> None:
        """Put the zone file in place, under the next serial."""
        self.serial += 1
        self.primary.put(APEX, zone_text(APEX, self.serial, self.lines()), self.serial)

    def lines(self) -> list[str]:
        return [
            f"{owner} 300 IN {rdtype} {value}"
            for (owner, rdtype), values in sorted(self.records.items())
            for value in values
        ]

    def _value(self, rdtype: str) -> str:
        number = self._draw.randint(1, 250)
        return {
            "A": f"192.0.2.{number}",
            "AAAA": f"2001:db8::{number:x}",
            "MX": f"{number} mail{number}.example.net.",
            "TXT": f'"text {number}; and more"',
            "CAA": f'0 issue "ca{number}.example.net"',
            "SRV": f"1 2 {number} target.example.net.",
        }[rdtype]


@dataclass
class Everywhere:
    world: World
    master: Master
    hosted_zone: Zone
    powerdns: PowerDns
    secondaries: dict[str, Secondary]

    def records(self) -> dict[str, set[str]]:
        """Give what everybody has, less what is each one's own: SOA and apex NS."""
        key = client_key(self.world)
        found = {name: hub.dns_port for name, hub in self.world.hubs.items()}
        found |= {name: each.port for name, each in self.secondaries.items()}
        served = {name: set(transfer(port, APEX, key).records) for name, port in found.items()}
        served["powerdns"] = set(transfer(self.powerdns.port, APEX, None).records)
        served["route53"] = lines_of_listing(self.hosted_zone.listing())
        return {
            name: {line for line in lines if not _is_own(line)} for name, lines in served.items()
        }


def _is_own(line: str) -> bool:
    return line.startswith(f"{APEX} ") and " NS " in line


def mesh_text(folder: Path, primary: int, powerdns: PowerDns, ports: dict[str, int]) -> str:
    secondary = {"address": ADDRESS, "tsig_key": CLIENT_KEY}
    return yaml.safe_dump(
        {
            "integrations": {"main": {"requests_per_second": 5}},
            "tsig_keys": {"primary-key": {"secret": f"file:{folder}/primary.key"}},
            "primaries": {
                "hidden": {"address": ADDRESS, "port": primary, "tsig_key": "primary-key"}
            },
            "targets": {
                "copy": {"type": "route53", "hub": "west", "integration": "main"},
                "powerdns": {
                    "type": "octodns",
                    "hub": "west",
                    "provider": "octodns_powerdns.PowerDnsProvider",
                    "settings": {"host": ADDRESS, "port": powerdns.api_port},
                    "secrets": {"api_key": f"file:{folder}/powerdns.key"},
                },
            },
            "secondaries": {name: {**secondary, "port": port} for name, port in ports.items()},
            "zones": [
                {
                    "name": APEX,
                    "primaries": ["hidden"],
                    "pulled_by": "west",
                    "targets": ["copy", "powerdns"],
                    "policy": {"guard": {"removed": 100, "changed": 100}},
                }
            ],
            "hubs": {"east": {"secondaries": list(ports)}, "west": {}},
        }
    )


@pytest.fixture(scope="module")
def everywhere(
    start_world: Callable[..., World], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Everywhere]:
    folder = tmp_path_factory.mktemp("everywhere")
    primary_key = Tsig("primary-key.", "hmac-sha256", b64encode(secrets.token_bytes(32)).decode())
    api_key = secrets.token_hex(16)
    for name, secret in (("primary", primary_key.secret), ("powerdns", api_key)):
        (folder / f"{name}.key").write_text(secret)
    ports = {name: free_port() for name in KINDS}
    notify = free_port()
    primary = BindPrimary(folder / "primary", {APEX: zone_text(APEX, 1)}, primary_key, [notify])
    with ExitStack() as running:
        powerdns = running.enter_context(PowerDns(folder / "pdns", api_key))
        running.enter_context(primary)
        mesh = mesh_text(folder, primary.port, powerdns, ports)
        world = start_world(mesh=mesh, notify_ports={"west": notify})
        hosted_zone = Zone(world, APEX)
        assert hosted_zone.id
        east, key = world.hubs["east"], client_key(world)
        secondaries = {
            name: running.enter_context(
                kind(folder / name, east.dns_port, [APEX], key, port=ports[name])
            )
            for name, kind in KINDS.items()
        }
        yield Everywhere(world, Master(primary, primary_key), hosted_zone, powerdns, secondaries)


def await_equal(everywhere: Everywhere, wanted: set[str]) -> None:
    found: dict[str, set[str]] = {}

    def all_equal() -> bool:
        try:
            found.update(everywhere.records())
        except Exception:  # a server that does not have the zone yet, or a process on its way out
            return False
        return all(records == wanted for records in found.values())

    def differences() -> str:
        told = {
            name: (sorted(wanted - records)[:5], sorted(records - wanted)[:5])
            for name, records in found.items()
            if records != wanted
        }
        logs = "\n".join(hub.log_tail(40) for hub in everywhere.world.hubs.values())
        return f"{told}\n{logs}"

    await_true("everybody has what the primary has", all_equal, within=180, explain=differences)


def test_a_hundred_edits_at_the_primary_are_everywhere_and_verify_finds_no_difference(
    everywhere: Everywhere,
) -> None:
    master = everywhere.master
    for edits in range(1, EDITS + 1):
        master.edit()
        if edits % 5 == 0:
            master.publish()
        if edits == EDITS // 2:
            await_equal(everywhere, wanted_of(master))
    await_equal(everywhere, wanted_of(master))
    serials = {name: each.serial(APEX) for name, each in everywhere.secondaries.items()}
    serials |= {name: everywhere.hosted_zone.serial(h) for name, h in everywhere.world.hubs.items()}
    assert set(serials.values()) == {master.serial}

    # The primary, two hubs, three secondaries, PowerDNS, and Route 53's four name servers.
    assert "No difference at 11 servers." in verified(everywhere)

    places = [("east", "dns"), ("west", "copy"), ("west", "dns"), ("west", "mesh")]
    places.append(("west", "powerdns"))
    await_true(
        "the history of syncs has the last edit everywhere",
        lambda: synced(everywhere.world, master.serial) == places,
        explain=lambda: zonemesh(everywhere.world, "syncs").stdout,
    )


def synced(world: World, serial: int) -> list[tuple[str, str]]:
    """Give hub and place of the syncs that came off with a serial, as the command tells them."""
    outcomes = ("served", "published", "recorded")
    done = zonemesh(
        world,
        *("syncs", "--zone", "mastered.*", "--json"),
        *(word for outcome in outcomes for word in ("--outcome", outcome)),
    )
    assert done.returncode == 0, done.stderr
    found = map(json.loads, done.stdout.splitlines())
    return sorted({(each["hub"], each["place"]) for each in found if each["serial"] == serial})


def verified(everywhere: Everywhere) -> str:
    """Verify the zone with the command, which has to find no difference anywhere."""
    world = everywhere.world
    with Route53Servers(everywhere.hosted_zone.route53, world.internet) as servers:
        servers.serve(everywhere.hosted_zone.id)
        done = zonemesh(
            world,
            *("verify", APEX),
            *("--resolver", f"{ADDRESS}@{world.internet.port}"),
            *("--name-server-port", str(servers.port)),
            *("--server", f"powerdns={ADDRESS}@{everywhere.powerdns.port}"),
        )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
    return done.stdout


def wanted_of(master: Master) -> set[str]:
    """Give the primary's own records, but for SOA and apex NS, as `records` gives others'."""
    served = transfer(master.primary.port, APEX, master.key).records
    return {line for line in served if not _is_own(line)}


def zonemesh(world: World, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run a command as an operator does, with the account's own credentials."""
    environment = {
        "PATH": "/usr/bin:/bin",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
        "AWS_ENDPOINT_URL": world.aws.endpoint,
        TABLE: world.outputs.table,
    }
    command = [sys.executable, "-m", "zonemesh", *arguments]
    return subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=120, check=False
    )

"""The demo: the main job on this machine, its real output, and how long each leg took."""

import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import dns.message
import dns.query
import dns.rdatatype
import dns.tsigkeyring
import dns.xfr
import yaml
from rich.console import Console
from rich.table import Table

from local import example_zone
from local.mesh_text import CLIENT_KEY, default_mesh
from local.servers.bind import BindSecondary, bind_is_missing
from local.servers.client import serial_at
from local.servers.nsd import NsdSecondary
from local.servers.ports import free_port
from local.servers.secondary import Secondary
from local.servers.tsig import Tsig
from local.world import DEFAULT_HUBS, World
from zonemesh.aws.snapshots import DynamoSnapshotStore
from zonemesh.cli.report import show_report
from zonemesh.fidelity_report import read_report

APEX = example_zone.APEX
ZONE = f"route53:main:{APEX}"
NAME = "www.example.com."
PATIENCE = 60.0  # seconds for any one leg; a second is usual


class DemoFailed(RuntimeError):
    """A leg did not happen in time; the message names it and where to look."""


def play() -> int:
    """Play all scenes; give the exit code. On a terminal the world then stays up until Ctrl-C."""
    console = Console(highlight=False, soft_wrap=True)
    scenes = _Scenes(console)
    try:
        with ExitStack() as stack:
            scenes.set_the_stage(stack)
            scenes.make_the_zone()
            scenes.first_transfer(stack)
            scenes.edit()
            scenes.losses()
            if sys.stdout.isatty():
                scenes.stay()
    except KeyboardInterrupt:
        console.print("stopped, nothing left behind", style="dim")
    except (DemoFailed, RuntimeError, OSError) as problem:
        console.print(f"the demo failed: {problem}", style="red", markup=False)
        return 1
    return 0


class _Scenes:
    """The scenes in order; each prints what really happened."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._began = time.monotonic()
        self._secondary_port = free_port()

    def set_the_stage(self, stack: ExitStack) -> None:
        self._title("An AWS account on this machine, and the stack deployed into it")
        mesh = yaml.safe_load(default_mesh(DEFAULT_HUBS))
        mesh["secondaries"] = {
            "paris": {
                "address": "127.0.0.1",
                "port": self._secondary_port,
                "tsig_key": CLIENT_KEY,
            }
        }
        mesh["hubs"] = {name: {"secondaries": ["paris"]} for name in DEFAULT_HUBS}
        self.world = World(mesh=yaml.safe_dump(mesh), say=self._say)
        stack.enter_context(self.world)
        self._route53 = self.world.client("route53")
        for name, hub in self.world.hubs.items():
            self._say(f"hub {name} answers DNS on {hub.dns}, its status on {hub.status_url}/status")

    def make_the_zone(self) -> None:
        self._title(f"A hosted zone with {example_zone.count()} rrsets, made with boto3")
        made = self._route53.create_hosted_zone(Name=APEX, CallerReference=str(time.time()))
        self._zone_id = made["HostedZone"]["Id"]
        for batch in example_zone.changes(self._zone_id.removeprefix("/hostedzone/")):
            self._route53.change_resource_record_sets(
                HostedZoneId=self._zone_id, ChangeBatch={"Changes": batch}
            )
        self._say(f"{self._zone_id} holds {APEX}; nobody told the mesh about it")
        self._await("the hubs serve every name", lambda: self._recorded() > example_zone.count())
        self._say(f"serial {self._serial()}: both hubs serve it")

    def first_transfer(self, stack: ExitStack) -> None:
        key = self.world.key
        tsig = Tsig(key.name, key.algorithm, key.secret)
        kind: type[Secondary] = NsdSecondary if bind_is_missing() else BindSecondary
        server = "NSD" if kind is NsdSecondary else "BIND"
        self._title(f"A secondary elsewhere ({server}) makes its first transfer, with TSIG")
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="zonemesh-demo-")))
        hub = self.world.hubs[DEFAULT_HUBS[0]]
        self._secondary = kind(folder, hub.dns_port, [APEX], tsig, port=self._secondary_port)
        stack.enter_context(self._secondary)
        self._await(
            "the secondary holds the zone",
            lambda: self._secondary.serial(APEX) == self._serial(),
        )
        self._show_log("Transfer completed", "transferred serial")
        self._say(f"the secondary on port {self._secondary.port} serves serial {self._serial()}")

    def edit(self) -> None:
        self._title(f"An edit through the Route 53 API: {NAME} A 192.0.2.10 becomes 203.0.113.7")
        before = self._serial()
        legs = _Legs(self.world, self._secondary, before)
        legs.start()
        self._upsert("203.0.113.7")
        legs.mark("Route 53 accepted the edit")
        legs.finish()
        after = self._serial()
        self._say(f"what the secondary fetched by IXFR, {before} → {after}:")
        for line in self._ixfr(before):
            self._console.print(f"    {line}", style="red" if line[0] == "-" else "green")
        self._show_log("Transfer completed", "received notify", "xfrd: zone")
        address = _address(self._secondary.port)
        self._say(f"dig @127.0.0.1 -p {self._secondary.port} {NAME} A  →  {address}")
        if address != "203.0.113.7":
            raise DemoFailed(f"the secondary answers {address} for {NAME}")
        self._console.print(legs.table())

    def losses(self) -> None:
        self._title(f"zonemesh report {APEX}: what plain DNS cannot hold as Route 53 does")
        report = read_report(DynamoSnapshotStore(self.world.table()), ZONE)
        show_report(Console(highlight=False, markup=False), report, report.lines)
        took = time.monotonic() - self._began
        self._say(f"the whole demo took {took:.0f} s")

    def stay(self) -> None:
        self._title("It stays up for you to play; type in another terminal")
        for command in (
            f". {self.world.shell_file}",
            "zonemesh status --watch",
            "zonemesh dashboard",
            f"python -m local edit {NAME} A 192.0.2.99",
            f"dig @127.0.0.1 -p {self._secondary.port} {NAME}",
        ):
            self._console.print(f"    {command}", style="bold", markup=False)
        self._say("or any Route 53 client: the aws CLI, Terraform, octoDNS find it the same way")
        self._say("Ctrl-C stops it all")
        while True:
            time.sleep(3600)

    def _upsert(self, address: str) -> None:
        rrset = {
            "Name": NAME,
            "Type": "A",
            "TTL": 60,
            "ResourceRecords": [{"Value": address}],
        }
        self._route53.change_resource_record_sets(
            HostedZoneId=self._zone_id,
            ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": rrset}]},
        )

    def _serial(self) -> int | None:
        serials = {serial_at("127.0.0.1", h.dns_port, APEX) for h in self.world.hubs.values()}
        return serials.pop() if len(serials) == 1 else None

    def _recorded(self) -> int:
        """Count the source's rrsets in the newest snapshot, once all hubs serve it."""
        store = DynamoSnapshotStore(self.world.table())
        head = store.head(ZONE)
        if head is None or self._serial() != head.serial:
            return 0
        source = store.snapshot(ZONE, head.serial).source
        return source.count if source else 0

    def _ixfr(self, since: int | None) -> list[str]:
        """Ask a hub for the same IXFR that the secondary asked for (RFC 1995)."""
        key = self.world.key
        query = dns.message.make_query(APEX, dns.rdatatype.IXFR)
        query.authority.append(dns.rrset.from_text(APEX, 0, "IN", "SOA", f". . {since} 0 0 0 0"))
        query.use_tsig(dns.tsigkeyring.from_text({key.name: key.secret}), algorithm=key.algorithm)
        hub = self.world.hubs[DEFAULT_HUBS[0]]
        answer = dns.query.tcp(
            query, "127.0.0.1", port=hub.dns_port, timeout=5, one_rr_per_rrset=True
        )
        lines: list[str] = []
        sign = "+"
        for rrset in answer.answer[1:-1]:
            for rdata in rrset:
                if rrset.rdtype == dns.rdatatype.SOA:
                    sign = "-" if sign == "+" else "+"
                lines.append(f"{sign} {rrset.name} {rrset.ttl} IN {_text(rrset.rdtype, rdata)}")
        return lines

    def _show_log(self, *marks: str) -> None:
        """Show the secondary's own words: the newest line with each mark."""
        log = self._secondary.server.log().splitlines()
        for mark in marks:
            if found := [line for line in log if mark in line]:
                self._console.print(f"    {found[-1].strip()}", style="dim", markup=False)

    def _await(self, what: str, true: Callable[[], bool]) -> None:
        _await(what, true)

    def _title(self, text: str) -> None:
        self._console.print()
        self._console.print(text, style="bold")

    def _say(self, text: str) -> None:
        elapsed = time.monotonic() - self._began
        self._console.print(f"  {elapsed:6.2f} s  {text}", markup=False)


class _Legs:
    """Watches an edit on its way, each leg by its own thread, from the moment `start` is called."""

    def __init__(self, world: World, secondary: Secondary, before: int | None) -> None:
        store = DynamoSnapshotStore(world.table())
        self._began = 0.0
        self._seen: dict[str, float] = {}
        self._watches: dict[str, Callable[[], bool]] = {
            "a snapshot was recorded and its head moved": lambda: (
                (head := store.head(ZONE)) is not None and head.serial != before
            )
        }
        for name, hub in world.hubs.items():
            self._watches[f"hub {name} answers it from NSD"] = _changes(hub.dns_port, before)
        self._watches["the secondary answers it"] = _changes(secondary.port, before)

    def start(self) -> None:
        self._began = time.monotonic()
        self._threads = [
            threading.Thread(target=self._watch, args=watch, daemon=True)
            for watch in self._watches.items()
        ]
        for thread in self._threads:
            thread.start()

    def mark(self, leg: str) -> None:
        self._seen[leg] = time.monotonic() - self._began

    def finish(self) -> None:
        for thread in self._threads:
            thread.join(PATIENCE)
        for leg in self._watches:
            if leg not in self._seen:
                raise DemoFailed(f"not within {PATIENCE:.0f} s: {leg}")

    def table(self) -> Table:
        """Give the legs in the order in which they happened."""
        table = Table(title="from the edit to the answer", title_justify="left", box=None)
        table.add_column("seconds", justify="right")
        table.add_column("")
        for leg, seconds in sorted(self._seen.items(), key=lambda item: item[1]):
            table.add_row(f"{seconds:.3f}", leg)
        return table

    def _watch(self, leg: str, happened: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            if happened():
                self.mark(leg)
                return
            time.sleep(0.005)


def _changes(port: int, before: int | None) -> Callable[[], bool]:
    return lambda: serial_at("127.0.0.1", port, APEX) not in (before, None)


def _await(what: str, true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > deadline:
            raise DemoFailed(f"not within {PATIENCE:.0f} s: {what}")
        time.sleep(0.02)


def _address(port: int) -> str:
    answer = dns.query.udp(
        dns.message.make_query(NAME, dns.rdatatype.A), "127.0.0.1", port=port, timeout=5
    )
    return str(answer.answer[0][0]) if answer.answer else "nothing"


def _text(rdtype: dns.rdatatype.RdataType, rdata: Any) -> str:
    return f"{dns.rdatatype.to_text(rdtype)} {rdata.to_text()}"

"""A hosted zone of the account, used as any Route 53 client uses it, and what is served of it."""

import contextlib
import json
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

import dns.flags
import dns.message
import dns.name
import dns.query
import dns.rdata
import dns.tsig
import dns.xfr
import dns.zone

from local.deploy import STACK
from local.hubs import HubProcess
from local.servers.client import ask, serial_at, wait_until
from local.servers.tsig import Tsig
from local.world import World
from tests.e2e.records import line, lines_of_listing
from zonemesh.aws.snapshots import DynamoSnapshotStore
from zonemesh.snapshot import Snapshot

ADDRESS = "127.0.0.1"
PATIENCE = 90.0  # seconds; a second is usual, three where a function starts cold

TRANSFER_TRIES = 5

Change = tuple[str, Mapping[str, Any]]  # action, ResourceRecordSet


@dataclass(frozen=True)
class Served:
    """A zone as a server transfers it: its SOA, all other records as text."""

    soa: dns.rdata.Rdata
    soa_ttl: int
    records: frozenset[str]


@dataclass
class Zone:
    """A public hosted zone in a world, made when it is first used."""

    world: World
    apex: str
    private: bool = False

    @cached_property
    def id(self) -> str:
        """The hosted zone's id; the first to ask makes the hosted zone."""
        vpc = {"VPC": {"VPCRegion": "us-east-1", "VPCId": "vpc-1"}} if self.private else {}
        made = self.route53.create_hosted_zone(
            Name=self.apex, CallerReference=uuid.uuid4().hex, **vpc
        )
        return str(made["HostedZone"]["Id"]).removeprefix("/hostedzone/")

    @classmethod
    def existing(cls, world: World, apex: str) -> Self:
        """Give a hosted zone that is there already."""
        zone = cls(world, apex)
        listed = zone.route53.list_hosted_zones_by_name(DNSName=apex, MaxItems="1")
        (found,) = listed["HostedZones"]
        assert found["Name"] == apex
        zone.__dict__["id"] = found["Id"].removeprefix("/hostedzone/")
        return zone

    @cached_property
    def route53(self) -> Any:
        return self.world.client("route53")

    @property
    def key(self) -> str:
        return f"route53:main:{self.apex}"

    def change(self, *changes: Change) -> None:
        """Make changes in one batch."""
        self.route53.change_resource_record_sets(
            HostedZoneId=self.id,
            ChangeBatch={
                "Changes": [
                    {"Action": action, "ResourceRecordSet": rrset} for action, rrset in changes
                ]
            },
        )

    def fill(self, rrsets: Sequence[Mapping[str, Any]], each: int = 200) -> None:
        """Create rrsets, some in each batch."""
        for start in range(0, len(rrsets), each):
            self.change(*(("CREATE", rrset) for rrset in rrsets[start : start + each]))

    def put(self, rrset: Mapping[str, Any]) -> None:
        """UPSERT one rrset."""
        self.change(("UPSERT", rrset))

    def listing(self) -> list[dict[str, Any]]:
        """List all rrsets, page by page."""
        pages = self.route53.get_paginator("list_resource_record_sets").paginate(
            HostedZoneId=self.id
        )
        return [rrset for page in pages for rrset in page["ResourceRecordSets"]]

    def delete(self) -> None:
        """Delete the hosted zone and all that is in it."""
        rest = [r for r in self.listing() if not (r["Type"] in ("SOA", "NS") and _same(r, self))]
        if rest:
            self.change(*(("DELETE", rrset) for rrset in rest))
        self.route53.delete_hosted_zone(Id=self.id)

    def snapshot(self) -> Snapshot | None:
        """Read the newest snapshot."""
        store = DynamoSnapshotStore(self.world.table())
        head = store.head(self.key)
        return store.snapshot(self.key, head.serial) if head else None

    def history(self) -> Iterator[Snapshot]:
        """Read the snapshots, newest first."""
        store = DynamoSnapshotStore(self.world.table())
        snapshot = self.snapshot()
        while snapshot:
            yield snapshot
            parent = snapshot.parent
            snapshot = store.snapshot(self.key, parent) if parent is not None else None

    def serial(self, hub: HubProcess) -> int | None:
        """Give the serial that a hub answers."""
        return serial_at(ADDRESS, hub.dns_port, self.apex)

    def served(self, port: int, key: Tsig | None = None) -> Served:
        """Transfer the zone from a server."""
        return transfer(port, self.apex, key or client_key(self.world))

    def await_served(self, *hubs: HubProcess, within: float = PATIENCE) -> int:
        """Wait until hubs (by default all) serve what Route 53 lists; give the serial."""
        for hub in hubs or self.world.hubs.values():
            await_true(
                f"hub {hub.name} serves {self.apex} as Route 53 has it",
                lambda hub=hub: self.is_served_by(hub),
                within,
                lambda hub=hub: f"{self._difference(hub)}\n{self._told_by(hub)}",
            )
        return self._common_serial(*hubs or self.world.hubs.values())

    def _common_serial(self, *hubs: HubProcess) -> int:
        serials: set[int | None] = set()

        def agree() -> bool:
            serials.clear()
            serials.update(self.serial(hub) for hub in hubs)
            return len(serials) == 1 and None not in serials

        await_true(f"the hubs answer one serial of {self.apex}", agree, within=10)
        return serials.pop() or 0

    def is_served_by(self, hub: HubProcess) -> bool:
        """Tell whether a hub serves what Route 53 lists; False where it serves no such zone."""
        expected = lines_of_listing(self.listing())
        if self.serial(hub) is None:
            return False
        try:
            return self.served(hub.dns_port).records == expected
        except (dns.xfr.TransferError, EOFError, OSError):  # from a process that is on its way out
            return False

    def _told_by(self, hub: HubProcess) -> str:
        said = [str(line) for line in said_by_functions(self.world) if line["level"] != "INFO"]
        return "\n".join([*said[-10:], hub.log_tail(10)])

    def _difference(self, hub: HubProcess) -> str:
        if self.serial(hub) is None:
            return "it does not answer"
        expected = lines_of_listing(self.listing())
        served = self.served(hub.dns_port).records
        return f"missing {sorted(expected - served)}\ntoo many {sorted(served - expected)}"


def _same(rrset: Mapping[str, Any], zone: Zone) -> bool:
    return bool(rrset["Name"].rstrip(".").lower() == zone.apex.rstrip("."))


def client_key(world: World) -> Tsig:
    """Give the world's key for clients on this machine."""
    return Tsig(world.key.name, world.key.algorithm, world.key.secret)


def transfer(port: int, apex: str, key: Tsig | None) -> Served:
    """Transfer a zone by AXFR; raises what dnspython raises where it is refused.

    At a reload NSD's old servers drop their connections, and for a moment more they do not know a
    zone that is new: like any secondary, try again.
    """
    for tries in range(TRANSFER_TRIES):
        try:
            return _transfer(port, apex, key)
        except (ConnectionError, EOFError, dns.xfr.TransferError):
            if tries + 1 == TRANSFER_TRIES:
                raise
            time.sleep(0.2)
    raise AssertionError("unreachable: the last try returns or raises")


def _transfer(port: int, apex: str, key: Tsig | None) -> Served:
    zone = dns.zone.Zone(apex, relativize=False)
    query = dns.message.make_query(apex, "AXFR")
    if key:
        query.use_tsig(key.client_key())
    dns.query.inbound_xfr(ADDRESS, zone, query, port=port, timeout=10, lifetime=60)
    soa = zone.get_rdataset(apex, "SOA")
    assert soa is not None
    records = frozenset(
        line(name, ttl, rdata)
        for name, ttl, rdata in zone.iterate_rdatas()
        if rdata.rdtype != dns.rdatatype.SOA
    )
    return Served(soa[0], soa.ttl, records)


def answers(port: int, name: str, rdtype: str) -> list[str] | None:
    """Give the rdata that a server answers authoritatively, sorted; empty for NODATA.

    None where it does not answer for the zone. Ask until it says what is expected: for a moment
    after a reload NSD's old processes still answer some of the queries.
    """
    response = ask(ADDRESS, port, name, rdtype)
    if response is None or not response.flags & dns.flags.AA:
        return None
    return sorted(rdata.to_text() for rrset in response.answer for rdata in rrset)


def await_answers(world: World, name: str, rdtype: str, *values: str) -> None:
    """Wait until all hubs answer these values, authoritatively."""
    for hub in world.hubs.values():
        await_true(
            f"hub {hub.name} answers {name} {rdtype} {values}",
            lambda port=hub.dns_port: answers(port, name, rdtype) == sorted(values),
            explain=lambda: "\n".join(map(str, said_by_functions(world)[-20:])),
        )


def await_true(
    what: str,
    holds: Callable[[], object],
    within: float = PATIENCE,
    explain: Callable[[], str] = lambda: "",
) -> None:
    """Wait until something holds; the failure ends with an explanation."""
    try:
        wait_until(what, holds, within)
    except AssertionError as failure:
        raise AssertionError(f"{failure}\n{explain()}") from None


def said_by_functions(world: World, function: str = "") -> list[dict[str, Any]]:
    """Give what functions logged, oldest first: the JSON lines that have a level."""
    logs = world.client("logs")
    lines: list[dict[str, Any]] = []
    for group in logs.describe_log_groups()["logGroups"]:
        if function not in group["logGroupName"]:
            continue
        pages = logs.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"])
        for text in (event["message"] for page in pages for event in page["events"]):
            with contextlib.suppress(ValueError):
                lines.append(json.loads(text))
    logged = [line for line in lines if isinstance(line, dict) and "level" in line]
    return sorted(logged, key=lambda line: str(line["timestamp"]))


def deployed(world: World, output: str) -> str:
    """Give one of the stack's outputs."""
    (stack,) = world.client("cloudformation").describe_stacks(StackName=STACK)["Stacks"]
    (value,) = (o["OutputValue"] for o in stack["Outputs"] if o["OutputKey"] == output)
    return str(value)

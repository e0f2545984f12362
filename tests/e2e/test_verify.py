"""A zone verified with the command: by Route 53's name servers, the hubs and a secondary."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from local.mesh_text import CLIENT_KEY
from local.route53_servers import Route53Servers, newest_served
from local.servers.bind import BindSecondary
from local.servers.ports import free_port
from local.servers.responder import always
from local.servers.zone_server import ZoneServer
from local.world import World
from tests.e2e.copies import MESH, Copy, await_published
from tests.e2e.faults import faults
from tests.e2e.hosted_zone import ADDRESS, Zone, await_true, client_key
from tests.e2e.records import rrset
from tests.e2e.test_rollback import alias, head, is_held, plain, settled, told, weighted
from zonemesh.aws.snapshots import DynamoSnapshotStore
from zonemesh.failover import SHORT
from zonemesh.verify.answers import ServedZone
from zonemesh.zone import RRset
from zonemesh.zonefile import served_entry

APEX = "verified.example."
SECONDARY = "ns.second.test."
EVERY = 4.0  # seconds between two looks of a hub at everything


def zonemesh(world: World, *arguments: str, expect: int = 0) -> str:
    """Run a command as an operator does; gives what it prints."""
    options = ("--table", world.outputs.table, "--endpoint-url", world.aws.endpoint)
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    environment |= {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    done = subprocess.run(
        [sys.executable, "-m", "zonemesh", *arguments, *options],
        env=environment,
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == expect, done.stdout[-4000:] + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def world(start_world: Callable[..., World]) -> World:
    """Two hubs that serve the zone; one has a secondary, the other publishes to a copy."""
    return start_world(mesh=mesh(free_port()), catch_up_every=EVERY)


@pytest.fixture(scope="module")
def servers(world: World) -> Iterator[Route53Servers]:
    port = yaml.safe_load(world.mesh)["secondaries"]["second"]["port"]
    with Route53Servers(world.client("route53"), world.internet, port) as servers:
        yield servers


def verified(world: World, servers: Route53Servers, *more: str, expect: int = 0) -> dict[str, Any]:
    """Verify the zone; gives the document."""
    said = zonemesh(
        world,
        "verify",
        APEX,
        "--json",
        "--resolver",
        f"{ADDRESS}@{world.internet.port}",
        "--name-server-port",
        str(servers.port),
        *more,
        expect=expect,
    )
    document: dict[str, Any] = json.loads(said)
    return document


PARENT, PARENT_ADDRESS = "ns.parent.test.", "127.53.1.1"


@dataclass
class Parent:
    """The zone above, which names the servers in `names`."""

    names: tuple[str, ...]

    def zone(self) -> ServedZone:
        lines = [f"{APEX} 172800 IN NS {name}\n" for name in self.names]
        soa = f"example. 900 IN SOA {PARENT} admin.example. 1 900 300 2419200 900\n"
        texts = [soa, f"example. 900 IN NS {PARENT}\n", "".join(lines)]
        return ServedZone("example.", [served_entry(RRset.from_lines(text)) for text in texts])


@pytest.fixture(scope="module")
def parent(world: World, servers: Route53Servers) -> Iterator[Parent]:
    parent = Parent(())
    world.internet.table["example.", "NS"] = always(PARENT)
    world.internet.table[PARENT, "A"] = always(PARENT_ADDRESS)
    with ZoneServer(address=PARENT_ADDRESS, port=servers.port, zone=parent.zone):
        yield parent


def mesh(port: int) -> str:
    """The zone, with a secondary on that port and a copy in another account."""
    document = yaml.safe_load(MESH)
    policy = {"apex_ns": "union", "name_servers": [SECONDARY]}
    listed = {"name": APEX, "integration": "main", "policy": policy, "targets": ["copy"]}
    second = {"address": ADDRESS, "port": port, "tsig_key": CLIENT_KEY}
    return str(
        yaml.safe_dump(
            document
            | {
                "zones": [listed],
                "secondaries": {"second": second},
                "hubs": {"east": {"secondaries": ["second"]}, "west": {}},
                "targets": {"copy": {"type": "route53", "hub": "west", "integration": "copies"}},
            }
        )
    )


@pytest.fixture(scope="module")
def zone(world: World, servers: Route53Servers) -> Zone:
    """A zone with some of everything."""
    world.internet.table[SECONDARY, "A"] = always(ADDRESS)
    zone, copy = Zone(world, APEX), Copy(world, APEX)
    assert copy.id  # it is there when the hub looks for it
    balancer = {
        "HostedZoneId": "Z35SXDOTRQ7X7K",
        "DNSName": "lb-1.us-east-1.elb.amazonaws.com.",
        "EvaluateTargetHealth": False,
    }
    zone.fill(
        [
            *plain(zone, 40),
            rrset(f"*.wild.{APEX}", "TXT", '"any"'),
            rrset(f"a.b.c.{APEX}", "AAAA", "2001:db8::1"),
            rrset(f"cut.{APEX}", "NS", f"ns.cut.{APEX}", "ns.elsewhere.test."),
            rrset(f"ns.cut.{APEX}", "A", "192.0.2.200"),
            rrset(f"svc.{APEX}", "HTTPS", "1 . alpn=h2"),
            rrset(f"to.{APEX}", "CNAME", f"n0001.{APEX}"),
            alias(f"copy.{APEX}", f"n0001.{APEX}", zone),
            {"Name": f"lb.{APEX}", "Type": "A", "AliasTarget": balancer},
        ]
    )
    zone.fill(weighted(zone, 4))
    worked = newest_served(DynamoSnapshotStore(world.table()), zone.key)
    servers.serve(zone.id, worked)
    servers.serve(copy.id, worked, copy.route53)
    settled(zone, zone.listing())
    await_published(zone, copy)
    return zone


@pytest.fixture(scope="module")
def secondary(
    world: World, zone: Zone, servers: Route53Servers, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[BindSecondary]:
    folder, east = tmp_path_factory.mktemp("second"), world.hubs["east"]
    with BindSecondary(
        folder, east.dns_port, [APEX], client_key(world), port=servers.port
    ) as secondary:
        follow(zone, secondary)
        yield secondary


def follow(zone: Zone, secondary: BindSecondary) -> None:
    """Wait until the secondary serves the newest serial."""
    found = head(zone)
    assert found is not None
    secondary.wait_for(APEX, found.serial, within=90)


def test_a_zone_that_is_served_alike_everywhere(
    world: World, servers: Route53Servers, zone: Zone, secondary: BindSecondary, parent: Parent
) -> None:
    parent.names = own_names(zone)
    found = verified(world, servers)
    roles = [server["role"] for server in found["servers"]]
    assert roles == [*["source"] * 4, "hub", "hub", "secondary", *["target"] * 4]
    assert [server["differences"] for server in found["servers"]] == [[]] * 11
    assert found["questions"] > 60
    assert all(
        server["asked"] + server["left_out"] == found["questions"] for server in found["servers"]
    )
    assert [note["of"] for note in found["not_asked"]] == ["local-client"]
    judged = found["failover"]
    assert judged["readiness"] == "not ready"
    assert judged["secondaries"] == [SECONDARY]
    assert "nobody asks ns.second.test, because the parent's NS set" in judged["reasons"][0]
    assert "because the source's own NS set" in judged["reasons"][1]
    assert len(judged["reasons"]) == 2


def test_the_name_servers_are_written_and_the_zone_is_ready(
    world: World, servers: Route53Servers, zone: Zone, secondary: BindSecondary, parent: Parent
) -> None:
    before = zone.listing()
    shown = zonemesh(world, "nameservers", APEX)
    assert "`--apply` writes it" in shown
    assert zone.listing() == before
    said = zonemesh(world, "nameservers", APEX, "--apply", "--yes")
    assert "zonemesh approve" in said
    (written,) = (r for r in zone.listing() if (r["Name"], r["Type"]) == (APEX, "NS"))
    assert written["TTL"] == SHORT
    names = {record["Value"] for record in written["ResourceRecords"]}
    assert names == {*own_names(zone), SECONDARY}
    assert "Nothing to do" in zonemesh(world, "nameservers", APEX)

    listing = zone.listing()
    await_true("the change is held", lambda: is_held(zone, listing), 120, lambda: told(zone))
    found = head(zone)
    assert found is not None
    zonemesh(world, "approve", APEX, str(found.held))
    settled(zone, listing)
    follow(zone, secondary)
    parent.names = (*own_names(zone), SECONDARY)
    judged = verified(world, servers)["failover"]
    assert judged["reasons"] == []
    assert judged["advice"] == []
    assert judged["readiness"] == "ready"


def test_what_differs_is_told_with_the_server_that_differs(
    world: World, servers: Route53Servers, zone: Zone, secondary: BindSecondary, parent: Parent
) -> None:
    with faults(world, events={"lose_next": 1}):
        zone.put(rrset(f"n0007.{APEX}", "A", "198.51.100.7"))
    found = verified(world, servers, expect=1)
    (seven,) = {
        (each["name"], each["wanted"], each["got"])
        for server in found["servers"]
        for each in server["differences"]
    }
    assert seven == (f"n0007.{APEX}", "300 A 10.0.0.8", "300 A 198.51.100.7")
    assert {s["role"] for s in found["servers"] if s["differences"]} == {"source"}
    zone.put(rrset(f"n0007.{APEX}", "A", "10.0.0.8"))
    settled(zone, zone.listing())
    follow(zone, secondary)

    secondary.stop()
    found = verified(world, servers, "--sample", "5", expect=1)
    (dead,) = (server for server in found["servers"] if server["silent"])
    assert dead["of"] == "second"
    assert found["failover"]["readiness"] == "not ready"
    assert f"{SECONDARY} does not answer" in found["failover"]["reasons"][0]


def own_names(zone: Zone) -> tuple[str, ...]:
    """Give the names of the hosted zone's delegation set."""
    described = zone.route53.get_hosted_zone(Id=zone.id)
    return tuple(f"{name}." for name in described["DelegationSet"]["NameServers"])

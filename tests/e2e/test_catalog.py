"""A hosted zone that is made in Route 53 is on BIND and Knot with no configuration touched."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from typing import Any

import pytest
import yaml

from local.mesh_text import CLIENT_KEY
from local.servers.bind import BindSecondary
from local.servers.client import ask
from local.servers.knot import KnotSecondary
from local.servers.ports import free_port
from local.servers.secondary import Secondary
from local.world import REFRESH, World
from tests.e2e.conftest import MESH
from tests.e2e.hosted_zone import ADDRESS, Zone, await_true, client_key
from tests.e2e.records import rrset
from zonemesh.aws.hub_reports import DynamoHubReports

CATALOG = "catalog.invalid."
KINDS: dict[str, type[Secondary]] = {"bind": BindSecondary, "knot": KnotSecondary}
PATIENCE = 120.0


def mesh_of(ports: dict[str, int], *patterns: str) -> str:
    document: dict[str, Any] = yaml.safe_load(MESH)
    followers = {
        name: {"address": ADDRESS, "port": port, "tsig_key": CLIENT_KEY}
        for name, port in ports.items()
    }
    zones = [{"discover": pattern, "integration": "main"} for pattern in patterns]
    hubs = {name: {"secondaries": list(ports)} for name in document["hubs"]}
    catalog = {"name": CATALOG}
    return yaml.safe_dump(
        document | {"secondaries": followers, "zones": zones, "hubs": hubs, "catalog": catalog}
    )


@pytest.fixture(scope="module")
def followed(
    start_world: Callable[..., World], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[World, dict[str, Secondary], dict[str, int]]]:
    """Two hubs with a catalog of two patterns' zones, and servers that follow it on both."""
    folder = tmp_path_factory.mktemp("followers")
    ports = {name: free_port() for name in KINDS}
    world = start_world(mesh=mesh_of(ports, "stays*", "comes*"))
    east, west = (hub.dns_port for hub in world.hubs.values())
    with ExitStack() as stack:
        yield (
            world,
            {
                name: stack.enter_context(
                    kind(
                        folder / name,
                        east,
                        [],
                        client_key(world),
                        ports[name],
                        catalog=CATALOG,
                        further_ports=[west],
                    )
                )
                for name, kind in KINDS.items()
            },
            ports,
        )


def address_at(server: Secondary, name: str) -> str | None:
    answer = ask(ADDRESS, server.port, name, "A")
    return str(answer.answer[0][0]) if answer and answer.answer else None


def has(world: World, server: Secondary, name: str, address: str | None) -> bool:
    """Let the schedule do its work once, and tell whether a server answers that."""
    if address_at(server, name) == address:
        return True
    world.run(REFRESH)
    return address_at(server, name) == address


def await_everywhere(
    world: World, servers: dict[str, Secondary], name: str, address: str | None
) -> None:
    for kind, server in servers.items():
        await_true(
            f"{kind} answers {name} with {address}",
            partial(has, world, server, name, address),
            within=PATIENCE,
            explain=lambda server=server: server.server.log()[-3000:],
        )


def test_a_zone_made_at_the_source_appears_and_one_that_left_the_mesh_disappears(
    followed: tuple[World, dict[str, Secondary], dict[str, int]],
) -> None:
    world, servers, ports = followed
    zones = [Zone(world, "stays.example."), Zone(world, "comes.example.")]
    for zone in zones:
        zone.put(rrset(f"www.{zone.apex}", "A", "192.0.2.1"))
        zone.await_served()
        await_everywhere(world, servers, f"www.{zone.apex}", "192.0.2.1")

    zones[1].put(rrset("www.comes.example.", "A", "192.0.2.2"))
    await_everywhere(world, servers, "www.comes.example.", "192.0.2.2")

    world.apply(mesh_of(ports, "stays*"))
    await_everywhere(world, servers, "www.comes.example.", None)
    await_everywhere(world, servers, "www.stays.example.", "192.0.2.1")
    for name, hub in world.hubs.items():
        await_true(f"hub {name} drops it", lambda hub=hub: zones[1].serial(hub) is None)
        await_true(f"hub {name} says so", partial(says_it_left, world, name, zones[1].key))


def says_it_left(world: World, hub: str, zone: str) -> bool:
    return DynamoHubReports(world.table()).reports(hub).zones[zone]["serial"] is None

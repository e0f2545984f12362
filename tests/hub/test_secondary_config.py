"""What `secondary-config` writes, pasted into the real servers, which then follow real hubs."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from local.servers.bind import bind_is_missing
from local.servers.client import wait_until
from local.servers.knot import knot_is_missing
from local.servers.nsd import nsd_is_missing
from local.servers.ports import free_port
from local.servers.powerdns import powerdns_is_missing
from tests.hub.catalog_world import CatalogWorld
from tests.hub.pasted import Pasted, PastedBind, PastedKnot, PastedNsd, PastedPowerDns
from tests.hub.world import ADDRESS, key_of
from zonemesh.mesh.definition import parse_mesh
from zonemesh.secondary_config.choosing import Wanted, choose
from zonemesh.secondary_config.following import Following
from zonemesh.verify.places import Written

PATIENCE = 90.0
PLAIN = "example.com."
ODD = "0/26.2.0.192.in-addr.arpa."
IDN = "_shop.xn--bcher-kva.example."
SERVERS = [PastedBind, PastedKnot, PastedNsd, PastedPowerDns]
NSD_WITH_CATALOGS = (4, 9)


@pytest.fixture(autouse=True)
def _needs_the_servers() -> None:
    for missing in (bind_is_missing(), knot_is_missing(), nsd_is_missing(), powerdns_is_missing()):
        if missing:
            pytest.fail(missing)


class PastedWorld(CatalogWorld):
    """Two hubs, and a server with nothing but what was written for it.

    With `dead` there is a third hub, the first in order, which does not answer.
    """

    def __init__(self, directory: Path, kind: type[Pasted], *, dead: bool = False) -> None:
        super().__init__(directory, ["east", "west"], [])
        self.server = kind(directory / kind.program)
        self.consumers = [self.server]
        living = dict(self.hubs)
        self.dead = (Written("dead", ADDRESS, free_port()),) if dead else ()
        self.hubs |= {each.of: living["east"] for each in self.dead}
        self.declare()
        self.hubs = living

    def following(self, **wanted: bool) -> Following:
        """Decide what the server is to follow, as the command does, with the key's secret."""
        newest = self.plane.mesh.newest()
        assert newest is not None
        mesh = parse_mesh(newest.text)
        heartbeats = {hub: self.plane.reports.reports(hub).heartbeat for hub in mesh.hubs}
        listens = {hub: beat["dns"] for hub, beat in heartbeats.items() if beat}
        found = choose(
            mesh,
            self.plane.register.members(),
            listens,
            Wanted(addresses=self.dead, **wanted),  # type: ignore[arg-type]
        ).following
        assert found.key
        return replace(found, key=replace(found.key, secret=self.key.secret))

    @contextmanager
    def hubs_running(self) -> Iterator[None]:
        """Run both hubs until they have reported where they listen."""
        with ExitStack() as stack:
            for hub in self.hubs.values():
                stack.enter_context(hub.running())
            reports = self.plane.reports
            heard = [partial(reports.reports, hub) for hub in self.hubs]
            wait_until("both are heard", lambda: all(hub().heartbeat for hub in heard))
            yield

    def await_at(self, apex: str, serial: int) -> None:
        """Wait until the server has a zone of its own, or one of the catalog.

        PowerDNS is given the key of the latter, as it is told.
        """

        def has_it() -> bool:
            if isinstance(self.server, PastedPowerDns):
                self.server.give_keys()
            return self.server.serial(apex) == serial

        wait_until(f"{self.server.program} serves {apex} {serial}", has_it, PATIENCE)

    def await_called_current(self, apex: str) -> None:
        """Wait until a hub has asked the server, signed as ever, and calls it current."""
        name = self.server.program.replace("_", "-")

        def state() -> str:
            zone = self.plane.reports.reports("east").zones[key_of(apex)]
            return str(zone["secondaries"].get(name, {}).get("state"))

        wait_until(f"{name} is current", lambda: state() == "current", PATIENCE)


@pytest.mark.parametrize("kind", SERVERS, ids=lambda kind: kind.software.value)
def test_the_server_transfers_and_follows_though_one_of_the_hubs_is_dead(
    tmp_path: Path, kind: type[Pasted]
) -> None:
    world = PastedWorld(tmp_path, kind, dead=True)
    # PowerDNS asks one primary at random, and waits longer each time that it is the dead one.
    apexes = (PLAIN, ODD) if kind is PastedPowerDns else (PLAIN, ODD, IDN)
    world.add(*apexes)
    with world.hubs_running():
        following = world.following(every=True)
        assert [hub.hub for hub in following.hubs] == ["dead", "east", "west"]
        world.server.paste(following)
        with world.server as server:
            for apex in apexes:
                world.await_at(apex, 1)
            world.edit(PLAIN, 2)
            world.await_at(PLAIN, 2)
            world.await_called_current(PLAIN)
            if isinstance(server, PastedBind | PastedKnot):
                assert server.transfers(PLAIN) == ["AXFR", "IXFR"]


@pytest.mark.parametrize(
    "kind", [PastedBind, PastedKnot, PastedPowerDns], ids=lambda kind: kind.software.value
)
def test_the_server_follows_the_catalog_with_what_was_written_for_it(
    tmp_path: Path, kind: type[Pasted]
) -> None:
    world = PastedWorld(tmp_path, kind)
    with world.hubs_running():
        world.add(PLAIN)
        world.await_named(PLAIN)
        world.server.paste(world.following(catalog=True))
        with world.server:
            world.await_at(PLAIN, 1)
            world.add(IDN)
            world.await_named(PLAIN, IDN)
            world.await_at(IDN, 1)
            world.edit(PLAIN, 2)
            world.await_at(PLAIN, 2)

"""A zone that moves here from a primary with YYYYMMDDnn serials: its secondaries must follow."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from local.servers.bind import BindSecondary, bind_is_missing
from local.servers.client import ask, wait_until
from local.servers.knot import KnotSecondary, knot_is_missing
from local.servers.secondary import Secondary
from tests.fakes.memory import MemorySource
from tests.fakes.plane import apex_rrsets, rrset
from tests.hub.world import ADDRESS, HUB, HubWorld, address_lines, key_of
from zonemesh.bump import bump
from zonemesh.mesh.definition import parse_mesh
from zonemesh.mesh_zone import MeshZone
from zonemesh.policy import Policy
from zonemesh.ports import Member
from zonemesh.record import Recorder
from zonemesh.secondaries import served_serials
from zonemesh.serial import SerialStrategy, is_newer
from zonemesh.snapshot import Reason

APEX, WWW = "example.com.", "www.example.com."
DATED = 2026112203
MEMBER = Member(key_of(APEX), APEX, "main", "Z1", "discovered", (HUB,))
OLD, NEW = "192.0.2.1", "203.0.113.9"


def now() -> int:
    return int(time.time())


@pytest.fixture(params=[(BindSecondary, bind_is_missing), (KnotSecondary, knot_is_missing)])
def secondary(
    request: pytest.FixtureRequest, world: HubWorld, tmp_path: Path
) -> Iterator[Secondary]:
    """A secondary that has the zone, with a dated serial, from the primary that was there before.

    The hub of `world` has the address and the key of that primary.
    """
    program, is_missing = request.param
    if missing := is_missing():
        pytest.fail(missing)
    before = HubWorld(tmp_path / "before", world.port, key=world.key)
    before.join(APEX)
    before.publish(APEX, DATED, address_lines(APEX, 3, first=OLD))
    found = program(tmp_path / "secondary", world.port, [APEX], world.key)
    declare(before, found)
    with found:
        with before.running():
            found.wait_for(APEX, DATED)
        declare(world, found)
        yield found


def declare(world: HubWorld, secondary: Secondary) -> None:
    place = {"address": ADDRESS, "port": secondary.port, "tsig_key": "transfer.example"}
    world.declare({"moved": place})


@contextmanager
def serving(world: HubWorld, floor: list[int]) -> Iterator[int]:
    """Record the zone for the first time and serve it; gives its serial."""
    source = MemorySource(APEX, [*apex_rrsets(APEX), rrset(WWW, "A", NEW)])
    zone = MeshZone(MEMBER.zone, APEX, Policy())
    recorder = Recorder(world.store, now)
    recorded = recorder.record_listing(zone, source, Reason("first"), lambda: floor)
    world.join(APEX)
    with world.running():
        world.wait_for(APEX, recorded.snapshot.serial)
        yield recorded.snapshot.serial


def address_at(secondary: Secondary) -> str:
    answer = ask(ADDRESS, secondary.port, WWW, "A")
    return str(answer.answer[0][0]) if answer and answer.answer else ""


def asked(world: HubWorld) -> list[int]:
    """What a first listing asks of the secondaries that the mesh declares."""
    newest = world.mesh.newest()
    assert newest is not None
    return served_serials(parse_mesh(newest.text), MEMBER)


def test_a_secondary_with_a_dated_serial_follows_a_zone_that_starts_above_it(
    world: HubWorld, secondary: Secondary
) -> None:
    floor = asked(world)
    assert floor == [DATED]
    with serving(world, floor) as serial:
        assert serial == DATED + 1
        secondary.wait_for(APEX, serial)
        assert address_at(secondary) == NEW


def test_epoch_alone_is_refused_which_the_hub_sees_and_a_bump_cures(
    world: HubWorld, secondary: Secondary
) -> None:
    with serving(world, floor=[]) as serial:
        assert is_newer(DATED, serial)
        hub = world.hub
        assert hub is not None

        def told() -> dict[str, object]:
            return hub.board.secondaries_of(MEMBER.zone).get("moved", {})

        wait_until("the secondary was told", lambda: told().get("result") == "acknowledged")
        wait_until("the hub sees what it holds", lambda: told().get("follows") == DATED)
        assert (secondary.serial(APEX), address_at(secondary)) == (DATED, OLD)

        (held,) = asked(world)
        raised = bump(world.store, MEMBER.zone, SerialStrategy.EPOCH, now, above=held)
        hub.catch_up_soon()
        secondary.wait_for(APEX, raised.after)
        assert address_at(secondary) == NEW
        wait_until("the hub sees it follow", lambda: told().get("follows") == raised.after)

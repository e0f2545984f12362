"""Two zones of one name: side by side on two hubs, and one after the other on one."""

from pathlib import Path

from local.servers.bind import BindSecondary
from local.servers.client import wait_until
from tests.fakes.plane import Plane, rrset
from tests.hub.world import ADDRESS, HubWorld, address_lines, key_of, publish
from zonemesh.adopt import adopt, check, choose
from zonemesh.announce import announce
from zonemesh.ports import Member
from zonemesh.snapshot import Announcement
from zonemesh.sweep import sweep

APEX, WWW = "example.com.", "www.example.com."
PRIVATE = f"route53:main/inside:{APEX}"
MESH = """
integrations: {main: {requests_per_second: 1}, dev: {requests_per_second: 1}}
zones: [{discover: "*", integration: main}, {discover: "*", integration: dev}]
hubs: {one: }
"""


def test_a_public_and_a_private_zone_of_a_name_are_served_by_different_hubs(
    tmp_path: Path,
) -> None:
    outside, inside = HubWorld(tmp_path / "outside"), HubWorld(tmp_path / "inside", name="two")
    inside.store, inside.register = outside.store, outside.register
    for world in (outside, inside):
        world.declare()
    outside.register.put(Member(key_of(APEX), APEX, "main", "Z1", "discovered", ("one",)))
    outside.register.put(Member(PRIVATE, APEX, "main", "Z2", "listed", ("two",)))
    outside.publish(APEX, 1, address_lines(APEX, 0, first="192.0.2.1"))
    private = address_lines(APEX, 0, first="10.0.0.1")
    publish(outside.store, APEX, 5, private, PRIVATE)
    with outside.running(), inside.running():
        outside.wait_for(APEX, 1)
        inside.wait_for(APEX, 5)
        assert f"{WWW} 60 A 192.0.2.1" in outside.axfr(APEX)
        assert f"{WWW} 60 A 10.0.0.1" in inside.axfr(APEX)


def test_a_secondary_takes_the_adopted_zone_for_the_next_version_of_the_name(
    world: HubWorld, tmp_path: Path
) -> None:
    plane = Plane(MESH)
    plane.ports.store, plane.ports.register = world.store, world.register
    holder = plane.create("Z1", APEX, rrset(WWW, "A", "192.0.2.1"))
    sweep(plane.control, 600)
    plane.list_ordered()
    taker = plane.create("Z2", APEX, rrset(WWW, "A", "203.0.113.9"), account="dev")
    bind = BindSecondary(tmp_path / "bind", world.port, [APEX], world.key)
    place = {"address": ADDRESS, "port": bind.port, "tsig_key": "transfer.example"}
    world.declare({"bind": place})
    with world.running() as hub, bind:
        bind.wait_for(APEX, plane.serial(holder))

        sweep(plane.control, 600)
        offer = choose(taker, world.register.members())
        check(offer, plane.control.mesh)
        adopt(world.register, offer)
        sweep(plane.control, 600)
        assert bind.serial(APEX) == plane.serial(holder)
        plane.list_ordered()

        ports = plane.ports
        heads = list(world.store.heads([holder, taker]).values())
        bell = ports.ledger, ports.register, ports.announcer
        for ring in announce(heads, *bell, plane.control.mesh):
            world.inbox.put(Announcement(ring.zone, ring.serial).to_json())
        bind.wait_for(APEX, plane.serial(taker))
        assert f"{WWW} 300 A 203.0.113.9" in world.axfr(APEX)
        wait_until("one zone is left", lambda: [*hub.configuration.zones] == [taker])
        assert hub.heartbeat()["problems"] == []

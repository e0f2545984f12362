"""A zone that Route 53 signs, with a DS at its parent: no hub serves the copy, until it is good."""

from local.servers.client import ask, wait_until
from tests.hub.world import ADDRESS, HubWorld, address_lines, key_of

APEX, OTHER = "example.com.", "other.example."


def test_a_zone_that_becomes_chained_is_refused_and_served_again_once_it_is_not(
    world: HubWorld,
) -> None:
    for apex in (APEX, OTHER):
        world.join(apex)
        world.publish(apex, 1, address_lines(apex, 3))
    with world.running() as hub:
        world.wait_for(APEX, 1)
        world.wait_for(OTHER, 1)
        world.register.note_signing(key_of(APEX), "chained")
        hub.catch_up_soon()
        wait_until("the zone is served no more", lambda: world.serial(APEX) is None)
        answer = ask(ADDRESS, world.port, f"www.{APEX}", "A")
        assert answer is not None  # so resolvers turn to Route 53 at once
        assert answer.rcode() == 5
        (problem,) = hub.heartbeat()["problems"]
        assert problem.startswith(f"{key_of(APEX)}: withdrawn, not served")
        assert world.serial(OTHER) == 1
        world.publish(APEX, 2, address_lines(APEX, 4))
    with world.running() as hub:  # from disk
        world.wait_for(OTHER, 1)
        assert world.serial(APEX) is None
        world.register.note_signing(key_of(APEX), "signed")
        hub.catch_up_soon()
        world.wait_for(APEX, 2)
        assert hub.heartbeat()["problems"] == []

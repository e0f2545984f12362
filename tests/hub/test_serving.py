"""From a snapshot in the store to an answer from NSD, and on to a secondary."""

from pathlib import Path

from local.servers.bind import BindSecondary
from local.servers.client import axfr, is_incremental, ixfr, wait_until
from tests.hub.world import ADDRESS, HubWorld, address_lines, key_of

APEX = "example.com."


def lines_of(rrsets: dict[tuple[str, str], str]) -> set[str]:
    lines = set()
    for text in rrsets.values():
        for line in text.splitlines():
            owner, ttl, _, rest = line.split(" ", 3)
            lines.add(f"{owner} {ttl} {rest}")
    return lines


def without_soa(records: set[str]) -> set[str]:
    return {record for record in records if " SOA " not in record}


def test_first_start_serves_the_head_record_for_record(world: HubWorld) -> None:
    rrsets = address_lines(APEX, 1500)
    world.join(APEX)
    world.publish(APEX, 7, rrsets)
    with world.running():
        world.wait_for(APEX, 7)
        assert without_soa(world.axfr(APEX)) == lines_of(rrsets)


def test_an_edit_loads_only_what_changed_and_reaches_a_bind_secondary_by_ixfr(
    world: HubWorld, tmp_path: Path
) -> None:
    bind = BindSecondary(tmp_path / "bind", world.port, [APEX], world.key)
    world.declare({"bind": {"address": ADDRESS, "port": bind.port, "tsig_key": "transfer.example"}})
    rrsets = address_lines(APEX, 3000)
    world.join(APEX)
    world.publish(APEX, 1, rrsets)
    loaded: list[str] = []
    with world.running() as hub, bind:
        bind.wait_for(APEX, 1)
        for serial in range(2, 6):
            rrsets |= address_lines(APEX, 3000, first=f"192.0.2.{serial}")
            world.store.on_step = loaded.append
            world.publish(APEX, serial, rrsets)
            bind.wait_for(APEX, serial)
        assert bind.transfers(APEX) == ["AXFR", "IXFR", "IXFR", "IXFR", "IXFR"]
        served = axfr(ADDRESS, bind.port, APEX)
        assert without_soa(served) == lines_of(rrsets)
        # Each edit: the head, the snapshot, its new pages a level at a time, its new chunk.
        assert loaded.count("load") <= 4 * 4
        wait_until(
            "the hub saw the secondary follow",
            lambda: hub.board.secondaries_of(key_of(APEX))["bind"]["follows"] == 5,
        )


def test_ixfr_history_survives_a_restart(world: HubWorld) -> None:
    world.join(APEX)
    rrsets = address_lines(APEX, 200)
    world.publish(APEX, 1, rrsets)
    with world.running():
        world.wait_for(APEX, 1)
        world.publish(APEX, 2, rrsets | address_lines(APEX, 200, first="192.0.2.2"))
        world.wait_for(APEX, 2)
    with world.running():
        world.wait_for(APEX, 2)
        answer = ixfr(ADDRESS, world.port, APEX, 1, world.key.client_key())
        assert is_incremental(answer)
        world.publish(APEX, 3, rrsets | address_lines(APEX, 200, first="192.0.2.3"))
        world.wait_for(APEX, 3)
        assert is_incremental(ixfr(ADDRESS, world.port, APEX, 1, world.key.client_key()))


def test_a_reverse_zone_with_a_slash_and_the_root_of_odd_labels_are_served(world: HubWorld) -> None:
    apexes = ["0/26.2.0.192.in-addr.arpa.", "a\\032b.example.", '\\"q\\".example.', "\\*.example."]
    for apex in apexes:
        world.join(apex)
        world.publish(apex, 3, address_lines(apex, 2))
    with world.running():
        for apex in apexes:
            world.wait_for(apex, 3)


def test_a_zone_that_joins_while_the_hub_runs_is_served(world: HubWorld) -> None:
    with world.running() as hub:
        wait_until("the hub has caught up", lambda: hub.board.caught_up)
        world.join(APEX)
        world.publish(APEX, 5, address_lines(APEX, 3))
        world.wait_for(APEX, 5)


def test_a_zone_that_leaves_is_no_longer_served(world: HubWorld) -> None:
    for apex in (APEX, "stays.example."):
        world.join(apex)
        world.publish(apex, 5, address_lines(apex, 3))
    with world.running() as hub:
        world.wait_for(APEX, 5)
        world.wait_for("stays.example.", 5)
        world.register.remove(key_of(APEX))
        hub.catch_up_soon()
        wait_until("the zone is refused", lambda: world.serial(APEX) is None)
        assert world.serial("stays.example.") == 5


def test_a_lost_ring_is_made_up_for_by_the_schedule(world: HubWorld) -> None:
    world.catch_up_every = 0.2
    world.join(APEX)
    world.publish(APEX, 5, address_lines(APEX, 3))
    with world.running():
        world.wait_for(APEX, 5)
        world.publish(APEX, 6, address_lines(APEX, 4))
        world.inbox.waiting.clear()
        world.wait_for(APEX, 6)


def test_fifty_zones_take_an_edit_each(world: HubWorld) -> None:
    apexes = [f"z{number}.example." for number in range(50)]
    for apex in apexes:
        world.join(apex)
        world.publish(apex, 1, address_lines(apex, 20))
    with world.running():
        for apex in apexes:
            world.wait_for(apex, 1)
        for apex in apexes:
            world.publish(apex, 2, address_lines(apex, 21))
        for apex in apexes:
            world.wait_for(apex, 2)

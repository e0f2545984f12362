"""A hub carries out what operators order, with a real NSD."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hub_container.hub import Hub
from local.servers.client import wait_until
from local.servers.ports import free_port
from local.servers.tsig import Tsig
from tests.hub.ordered_world import await_done, outcomes, place
from tests.hub.played import Played
from tests.hub.pulled_world import PulledWorld
from tests.hub.world import ADDRESS, HUB, HubWorld, address_lines, publish
from zonemesh.orders.order import OrderKind, StepOutcome

APEX = "example.com."
PATIENCE = 90.0
OK, FAILED, SKIPPED = StepOutcome.OK, StepOutcome.FAILED, StepOutcome.SKIPPED


@contextmanager
def serving(world: HubWorld) -> Iterator[Hub]:
    """Run the hub with a zone that it serves."""
    world.join(APEX)
    world.publish(APEX, 1, address_lines(APEX, 3))
    with world.running() as hub:
        world.wait_for(APEX, 1)
        yield hub


def declare_with(world: HubWorld, *played: tuple[str, int]) -> None:
    """Declare secondaries that are asked at ports of loopback, without a key."""
    world.declare(
        {name: {"address": ADDRESS, "port": port, "tsig_key": "none"} for name, port in played}
        | {"appliance": {"transfer_from": ["192.0.2.7"], "tsig_key": "none"}}
    )


def test_a_test_finds_what_is_dead_and_what_is_well(world: HubWorld) -> None:
    alive = Played(serial=1)
    with alive.playing() as secondary:
        declare_with(world, ("alive", secondary.port), ("dead", free_port()))
        world.services.broken["SQS"] = "sqs.example is not found in DNS"
        world.services.apart = 3600.0
        with serving(world):
            result = await_done(world, place(world, OrderKind.TEST))
    at = f"{ADDRESS}@{world.port}"
    assert outcomes(result) == {
        f"DNS over UDP at {at}": OK,
        f"DNS over TCP at {at}": OK,
        "state directory": OK,
        "AWS DynamoDB": OK,
        "AWS SQS": FAILED,
        "AWS STS": OK,
        "clock": FAILED,
        "secondary alive over UDP": OK,
        "secondary alive over TCP": FAILED,  # it is played over UDP alone
        "secondary dead over UDP": FAILED,
        "secondary dead over TCP": FAILED,
        "secondary appliance": SKIPPED,
    }
    said = {step.name: step.detail for step in result.steps}
    assert said["AWS SQS"] == "sqs.example is not found in DNS"
    assert "ahead of AWS's" in said["clock"]
    assert said["secondary dead over UDP"].startswith(f"{ADDRESS} port ")
    assert said[f"DNS over UDP at {at}"] == "1 zone asked for, all at their serials"


def test_a_restart_gives_another_nsd_and_the_zones_are_served_again(world: HubWorld) -> None:
    with serving(world) as hub:
        before, starts = hub.nsd.pid, hub.nsd.starts
        result = await_done(world, place(world, OrderKind.RESTART))
        assert outcomes(result) == {"NSD": OK, "zones served": OK}
        assert hub.nsd.pid != before
        assert hub.nsd.starts == starts + 1
        assert world.serial(APEX) == 1
        world.publish(APEX, 2, address_lines(APEX, 3, "192.0.2.2"))
        world.wait_for(APEX, 2)  # it takes reloads as before


def test_a_refresh_takes_up_a_mesh_and_a_secret_that_nobody_rang_for(world: HubWorld) -> None:
    with serving(world) as hub:
        other = Tsig("other.example.")
        client = {"transfer_from": ["127.0.0.0/8"], "tsig_key": "other.example"}
        world.declare({"client": client}, [other])
        result = await_done(world, place(world, OrderKind.REFRESH))
        assert outcomes(result) == {"mesh and secrets": OK, "NSD reconfigured": OK}
        assert result.steps[0].detail == "mesh version 2: 1 zone, 1 secondary"
        assert hub.configuration.mesh == 2
        world.key = other
        wait_until("the new key is taken", lambda: _transfers(world), PATIENCE)
        assert not any(other.secret in kept.to_json() for kept in world.orders.kept)


def _transfers(world: HubWorld) -> bool:
    try:
        return bool(world.axfr(APEX))
    except Exception:
        return False


def test_a_secret_that_cannot_be_read_fails_test_and_refresh_and_is_named(world: HubWorld) -> None:
    with serving(world):
        (reference,) = world.secrets.by_reference
        secret = world.secrets.by_reference.pop(reference)
        refreshed = await_done(world, place(world, OrderKind.REFRESH))
        tested = await_done(world, place(world, OrderKind.TEST))
        assert outcomes(refreshed) == {"mesh and secrets": FAILED}
        assert "the last known secret stays in use" in refreshed.steps[0].detail
        assert outcomes(tested)[f"secret {reference}"] is FAILED
        assert world.serial(APEX) == 1
        assert not any(secret in kept.to_json() for kept in world.orders.kept)


def test_a_sync_serves_what_was_never_rung_for_and_tells_secondaries_again(
    world: HubWorld,
) -> None:
    played = Played()
    with played.playing() as secondary:
        declare_with(world, ("played", secondary.port))
        with serving(world):
            publish(world.store, APEX, 2, address_lines(APEX, 3, "192.0.2.2"))
            result = await_done(world, place(world, OrderKind.SYNC))
            assert world.serial(APEX) == 2
            assert outcomes(result) == {
                "mesh and heads": OK,
                "zones served": OK,
                "secondaries": OK,
            }
            told = played.notified[APEX]
            again = await_done(world, place(world, OrderKind.SYNC))
            assert again.ok
            wait_until("it is told again", lambda: played.notified[APEX] > told)


def test_an_order_whose_ring_was_lost_is_found_by_the_next_run_and_done_once(
    world: HubWorld,
) -> None:
    order = place(world, OrderKind.SYNC, rung=False)
    with serving(world):
        result = await_done(world, order)
    assert result.ok
    with world.running():
        world.inbox.put(f'{{"order": "{order.id}"}}')
        last = place(world, OrderKind.TEST)
        await_done(world, last)
    assert world.orders.result(HUB, order.id) == result


def test_a_test_finds_a_primary_that_is_not_there(tmp_path: Path) -> None:
    world = PulledWorld(tmp_path / "hub")
    port = free_port()
    world.primary("gone", port)
    world.pull("example.org.", "gone")
    world.apply()
    with world.running() as hub:
        wait_until("the primary is known", lambda: hub.companions.zones(), PATIENCE)
        tested = await_done(world, place(world, OrderKind.TEST))
        restarted = await_done(world, place(world, OrderKind.RESTART))
    said = {step.name: step for step in tested.steps}
    assert said["primary gone"].outcome is FAILED
    assert f"port {port}" in said["primary gone"].detail
    assert outcomes(restarted) == {"NSD": OK, "NSD for pulling": OK, "zones served": OK}

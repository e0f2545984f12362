"""Signed zones: only what validates is loaded, and nothing is served past its signatures."""

import time
from dataclasses import replace
from pathlib import Path

import dns.rcode
import pytest

from hub_container.hub import Hub
from hub_container.zone_check import SignaturesRefused, check, is_signed
from local.servers.client import ask, wait_until
from local.servers.signing import sign, signing_is_missing
from tests.fakes.memory import MemorySnapshotStore
from tests.hub.world import ADDRESS, HubWorld, address_lines, key_of
from tests.hub.world import publish as publish_lines
from zonemesh.snapshot import Announcement, Signatures, Snapshot

APEX = "example.com."


@pytest.fixture(autouse=True)
def _needs_signing() -> None:
    if missing := signing_is_missing():
        pytest.fail(missing)


def zone_file(path: Path, lines: list[str]) -> Path:
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


RECORDS = [
    f"{APEX} 900 IN SOA ns1.example.net. admin.example.net. 5 900 300 86400 60",
    f"{APEX} 900 IN NS ns1.example.net.",
    f"www.{APEX} 300 IN A 192.0.2.1",
    f"svc.{APEX} 300 IN HTTPS 1 Target.Example.NET. alpn=h2",
]


def test_a_signed_zone_is_verified(tmp_path: Path) -> None:
    lines = sign(tmp_path, APEX, RECORDS)
    whole = zone_file(tmp_path / "whole", lines)
    assert is_signed(APEX, whole)
    check(APEX, whole)
    bogus = [line.replace("192.0.2.1", "192.0.2.2") for line in lines]
    with pytest.raises(SignaturesRefused, match=f"signature for www.{APEX}"):
        check(APEX, zone_file(tmp_path / "bogus", bogus))


def test_a_target_that_was_lower_cased_on_the_way_is_found(tmp_path: Path) -> None:
    lines = sign(tmp_path, APEX, RECORDS)
    lowered = [line.replace("Target.Example.NET", "target.example.net") for line in lines]
    with pytest.raises(SignaturesRefused, match=r"svc\.example\.com\. HTTPS"):
        check(APEX, zone_file(tmp_path / "lowered", lowered))


def test_an_unsigned_zone_has_nothing_to_verify(tmp_path: Path) -> None:
    path = zone_file(tmp_path / "plain", RECORDS)
    assert not is_signed(APEX, path)
    check(APEX, path)


def publish(world: HubWorld, serial: int, names: int, expires: int) -> None:
    """Commit a snapshot that carries an expiry, and ring; it has no signatures to verify."""
    head = world.store.head(key_of(APEX))
    made = publish_as(world, serial, names, expires)
    world.store.commit(replace(made, parent=head.serial if head else None), head)
    world.inbox.put(Announcement(made.zone, serial).to_json())


def publish_as(world: HubWorld, serial: int, names: int, expires: int) -> Snapshot:
    aside = MemorySnapshotStore()
    publish_lines(aside, APEX, serial, address_lines(APEX, names))
    world.store.nodes.update(aside.nodes)
    made = aside.snapshot(key_of(APEX), serial)
    return replace(made, signatures=Signatures(1, expires))


def run_out(world: HubWorld, serial: int, seconds: int) -> None:
    """Have the hub find that the signatures of what it has run out in so many seconds."""
    (expiry,) = (world.directory / "zones").glob("*.expires")
    expiry.write_text(f"{serial} {int(time.time()) + seconds}")


def is_refused(world: HubWorld) -> bool:
    response = ask(ADDRESS, world.port, APEX, "SOA")
    return response is not None and response.rcode() == dns.rcode.REFUSED


def test_a_zone_leaves_when_its_signatures_run_out_and_comes_back(world: HubWorld) -> None:
    world.join(APEX)
    publish(world, 1, 5, int(time.time()) + 3600)
    with world.running() as hub:
        world.wait_for(APEX, 1)
        run_out(world, 1, 2)
        wait_until("the zone is refused", lambda: is_refused(world), within=120)
        state = hub.board.zone(key_of(APEX))
        assert state is not None and "ran out" in str(state.error)
        hub.catch_up_soon()
        publish(world, 2, 6, int(time.time()) + 3600)
        world.wait_for(APEX, 2, within=60)
        wait_until("nothing is wrong any more", lambda: error_of(hub) == "None")


def test_a_zone_whose_signatures_ran_out_while_the_hub_was_down_is_not_served(
    world: HubWorld,
) -> None:
    world.join(APEX)
    publish(world, 1, 5, int(time.time()) + 3600)
    with world.running():
        world.wait_for(APEX, 1)
    run_out(world, 1, -1)
    with world.running() as hub:
        wait_until("the hub says why", lambda: "ran out" in error_of(hub), within=60)
        wait_until("the zone is refused", lambda: is_refused(world), within=60)


def error_of(hub: Hub) -> str:
    state = hub.board.zone(key_of(APEX))
    return str(state.error) if state else ""

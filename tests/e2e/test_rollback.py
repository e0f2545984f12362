"""One command takes a disaster at the source back, and the hubs answer throughout."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest

from local.world import World
from tests.e2e.hosted_zone import Zone, await_answers, await_true, said_by_functions
from tests.e2e.records import rrset
from tests.e2e.watch import served_throughout
from zonemesh.aws.audit import DynamoAudit
from zonemesh.aws.mesh_table import DynamoRegister
from zonemesh.aws.snapshots import DynamoSnapshotStore
from zonemesh.ports import Member
from zonemesh.rollback import source_rrsets
from zonemesh.snapshot import Head

Listing = Sequence[Mapping[str, Any]]

PLAIN = 1_600
BIG_DAY = 120.0  # seconds for what is many events, each of which is one of 200 names


def zonemesh(world: World, *arguments: str) -> str:
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
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr
    return done.stdout


def alias(owner: str, target: str, zone: Zone, **more: Any) -> dict[str, Any]:
    aliased = {"HostedZoneId": zone.id, "DNSName": target, "EvaluateTargetHealth": False}
    return {"Name": owner, "Type": "A", "AliasTarget": aliased, **more}


def plain(zone: Zone, count: int) -> list[dict[str, Any]]:
    return [
        rrset(f"n{number:04d}.{zone.apex}", "A", f"10.0.{number // 250}.{number % 250 + 1}")
        for number in range(count)
    ]


def aliases(zone: Zone, count: int) -> list[dict[str, Any]]:
    """Give aliases of plain names, and of one another: a chain every ten."""
    return [
        alias(
            f"alias{number:03d}.{zone.apex}",
            f"n{number:04d}.{zone.apex}"
            if number % 10 == 0
            else f"alias{number - 1:03d}.{zone.apex}",
            zone,
        )
        for number in range(count)
    ]


def weighted(zone: Zone, count: int) -> list[dict[str, Any]]:
    """Give sets of two, of which every other has an alias as its second member."""
    found = []
    for number in range(count):
        owner = f"set{number:03d}.{zone.apex}"
        one = {"SetIdentifier": "one", "Weight": 10}
        two = {"SetIdentifier": "two", "Weight": 20}
        found.append(rrset(owner, "A", f"10.1.0.{number % 250 + 1}") | one)
        if number % 2:
            found.append(rrset(owner, "A", f"10.1.1.{number % 250 + 1}") | two)
        else:
            found.append(alias(owner, f"n{number:04d}.{zone.apex}", zone, **two))
    return found


def head(zone: Zone) -> Head | None:
    return DynamoSnapshotStore(zone.world.table()).head(zone.key)


def recorded(zone: Zone, serial: int) -> Listing:
    store = DynamoSnapshotStore(zone.world.table())
    return sorted_rrsets(source_rrsets(store, store.snapshot(zone.key, serial)))


def sorted_rrsets(rrsets: Listing) -> Listing:
    def place(each: Mapping[str, Any]) -> tuple[str, str, str]:
        return each["Name"], each["Type"], each.get("SetIdentifier", "")

    return sorted(rrsets, key=place)


def is_head(zone: Zone, listing: Listing) -> bool:
    """Tell whether a listing is what the newest snapshot holds, with nothing held beside it."""
    found = head(zone)
    if found is None or found.held is not None:
        return False
    return recorded(zone, found.serial) == sorted_rrsets(listing)


def is_held(zone: Zone, listing: Listing) -> bool:
    found = head(zone)
    if found is None or found.held is None:
        return False
    return recorded(zone, found.held) == sorted_rrsets(listing)


def told(zone: Zone) -> str:
    """Say how the mesh sees a zone, for a failure."""
    store, found = DynamoSnapshotStore(zone.world.table()), head(zone)
    serials = {found.serial, found.held} - {None} if found else set()
    snapshots = [store.snapshot(zone.key, serial) for serial in sorted(map(int, serials))]
    counts = [(s.serial, s.source and s.source.count, s.concerns, s.reason) for s in snapshots]
    said = [line for line in said_by_functions(zone.world) if line["level"] != "INFO"]
    return "\n".join(map(str, [found, member(zone), *counts, *said[-10:]]))


def served(zone: Zone, serial: int) -> bool:
    return all(zone.serial(hub) == serial for hub in zone.world.hubs.values())


def settled(zone: Zone, listing: Listing, within: float = BIG_DAY) -> int:
    """Wait until a listing is recorded and served; give its serial."""
    await_true(
        "the listing is recorded", lambda: is_head(zone, listing), within, lambda: told(zone)
    )
    found = head(zone)
    assert found is not None
    await_true("the hubs serve it", lambda: served(zone, found.serial), within)
    return found.serial


def member(zone: Zone) -> Member:
    members = DynamoRegister(zone.world.table()).members()
    (found,) = (each for each in members if each.zone == zone.key)
    return found


def delete(zone: Zone, rrsets: Listing) -> None:
    """Delete rrsets in the largest batches there are: each is more than the guard lets pass."""
    for start in range(0, len(rrsets), 1000):
        zone.change(*(("DELETE", each) for each in rrsets[start : start + 1000]))


@contextmanager
def answered_throughout(zone: Zone) -> Iterator[None]:
    with ExitStack() as stack:
        stack.enter_context(served_throughout(zone.apex, *zone.world.hubs.values()))
        yield


def await_all_answer(zone: Zone, owner: str, address: str) -> None:
    await_answers(zone.world, f"{owner}.{zone.apex}", "A", address)


@pytest.fixture
def big(world: World) -> Zone:
    """A zone of 2,000 records: plain ones, aliases in chains, weighted sets."""
    zone = Zone(world, "big.example.")
    zone.fill([*plain(zone, PLAIN), *aliases(zone, 200), *weighted(zone, 100)])
    return zone


def test_ninety_percent_deleted_come_back_exactly_by_one_command(big: Zone) -> None:
    zone, before = big, big.listing()
    assert len(before) == 2 + PLAIN + 200 + 200
    serial = settled(zone, before)
    with answered_throughout(zone):
        below = [each for each in before if each["Name"] != zone.apex]
        gone = [each for number, each in enumerate(below) if number % 10]
        delete(zone, gone)
        zone.put(rrset(f"n0000.{zone.apex}", "A", "192.0.2.66", ttl=5))
        left = zone.listing()
        await_true("the loss is held", lambda: is_held(zone, left), BIG_DAY, lambda: told(zone))
        await_all_answer(zone, "n0001", "10.0.0.2")

        shown = zonemesh(zone.world, "rollback", zone.apex, str(serial), "--dry-run")
        assert zone.listing() == left
        assert f"- n0000.{zone.apex} 5 IN A 192.0.2.66" in shown
        assert f"+ n0000.{zone.apex} 300 IN A 10.0.0.1" in shown
        assert f"{len(gone)} to create, 1 to change, in" in shown

        zonemesh(zone.world, "rollback", zone.apex, str(serial), "--yes")
        assert zone.listing() == before
        assert settled(zone, before) >= serial  # and nothing is held any more
        await_all_answer(zone, "n0001", "10.0.0.2")
        await_all_answer(zone, "alias009", "10.0.0.1")
    entries = DynamoAudit(zone.world.table()).entries(zone.key, 5)
    assert [(entry.action, entry.serial) for entry in entries] == [("rollback", serial)]
    again = zonemesh(zone.world, "rollback", zone.apex, str(serial), "--yes")
    assert "Nothing to do" in again


def test_an_accepted_change_is_taken_back_under_a_higher_serial(world: World) -> None:
    zone = Zone(world, "small-change.example.")
    zone.fill([*plain(zone, 20), *aliases(zone, 5)])
    before = zone.listing()
    serial = settled(zone, before)
    zone.put(rrset(f"n0019.{zone.apex}", "A", "192.0.2.66"))
    zone.put(rrset(f"new.{zone.apex}", "A", "192.0.2.67"))
    changed = settled(zone, zone.listing())
    assert changed > serial
    zonemesh(world, "rollback", zone.apex, str(serial), "--yes")
    assert zone.listing() == before
    back = settled(zone, before)
    assert back > changed
    snapshot = zone.snapshot()
    assert snapshot is not None
    assert snapshot.reason.changes[-1].operation == "ChangeResourceRecordSets"


def test_a_hosted_zone_deleted_outright_is_made_anew(world: World) -> None:
    zone = Zone(world, "lost-zone.example.")
    zone.fill([*plain(zone, 40), *aliases(zone, 20), *weighted(zone, 10)])
    before = zone.listing()
    serial = settled(zone, before)
    with answered_throughout(zone):
        zone.delete()
        await_true("it is known to be gone", lambda: member(zone).state == "gone")
        await_all_answer(zone, "n0001", "10.0.0.2")

        said = zonemesh(
            world,
            "restore",
            zone.apex,
            "--to-integration",
            "main",
            "--serial",
            str(serial),
            "--yes",
        )
        made = Zone.existing(world, zone.apex)
        assert made.id != zone.id
        assert made.id in said
        assert_same_below_the_apex(zone, before, made)
        (own,) = (
            each for each in made.listing() if (each["Name"], each["Type"]) == (zone.apex, "NS")
        )
        for record in own["ResourceRecords"]:
            assert record["Value"] in said

        again = zonemesh(
            world,
            "restore",
            zone.apex,
            "--to-integration",
            "main",
            "--serial",
            str(serial),
            "--yes",
        )
        assert f"made hosted zone {made.id}: this one goes on" in again
        assert Zone.existing(world, zone.apex).id == made.id

        listing = made.listing()
        await_true(
            "the new name servers are held",
            lambda: is_held(made, listing),
            BIG_DAY,
            lambda: told(made),
        )
        assert (member(zone).state, member(zone).hosted_zone_id) == ("active", made.id)
        found = head(zone)
        assert found is not None
        assert re.search(r"zonemesh approve \S+ SERIAL", said)
        zonemesh(world, "approve", zone.apex, str(found.held))
        assert settled(made, listing) > serial
        await_all_answer(zone, "n0001", "10.0.0.2")
        await_all_answer(zone, "alias009", "10.0.0.1")


def test_a_bad_day_is_told_with_names_and_ended_by_one_command(world: World) -> None:
    zone = Zone(world, "bad-day.example.")
    zone.fill([*plain(zone, PLAIN), *aliases(zone, 200), *weighted(zone, 100)])
    before = zone.listing()
    serial = settled(zone, before)
    below = [each for each in before if each["Name"] != zone.apex]
    with answered_throughout(zone):
        gone = [each for number, each in enumerate(below) if number % 10]
        delete(zone, gone)
        left = zone.listing()
        await_true("the loss is held", lambda: is_held(zone, left), BIG_DAY, lambda: told(zone))
        zone.delete()
        await_true("it is known to be gone", lambda: member(zone).state == "gone")
        await_all_answer(zone, "n0001", "10.0.0.2")

        again = Zone(world, zone.apex)
        plain_ones = [each for each in below if "ResourceRecords" in each]
        again.fill(plain_ones[: len(below) // 3])
        third = again.listing()
        await_true("a third is held", lambda: is_held(again, third), BIG_DAY, lambda: told(again))
        await_all_answer(zone, "n0001", "10.0.0.2")
        await_all_answer(zone, "alias009", "10.0.0.1")

        story = zonemesh(world, "history", zone.apex)
        assert "held" in story
        assert "ChangeResourceRecordSets by arn:aws:iam::000000000000:root" in story

        zonemesh(world, "rollback", zone.apex, str(serial), "--yes")
        assert_same_below_the_apex(zone, before, again)
        listing = again.listing()
        await_true(
            "its new name servers are held",
            lambda: is_held(again, listing),
            BIG_DAY,
            lambda: told(again),
        )
        found = head(zone)
        assert found is not None
        zonemesh(world, "approve", zone.apex, str(found.held))
        assert settled(again, listing) > serial
        await_all_answer(zone, "alias009", "10.0.0.1")


def assert_same_below_the_apex(zone: Zone, before: Listing, made: Zone) -> None:
    """The new hosted zone has all of the old one's; aliases within it name the new one."""
    expected = [
        each | {"AliasTarget": each["AliasTarget"] | {"HostedZoneId": made.id}}
        if "AliasTarget" in each
        else each
        for each in map(dict, before)
        if each["Name"] != zone.apex
    ]
    assert [each for each in made.listing() if each["Name"] != zone.apex] == expected

"""Zones of one account are kept as copies in another one, whatever happens on the way."""

from collections.abc import Callable

import pytest

from local.world import World
from tests.e2e.copies import (
    MESH,
    Copy,
    at_target,
    await_published,
    await_state,
    same_in_both,
)
from tests.e2e.faults import faults
from tests.e2e.hosted_zone import Zone, await_true
from tests.e2e.records import rrset
from zonemesh.aws.publications import DynamoApprovals
from zonemesh.aws.snapshots import DynamoSnapshotStore
from zonemesh.targets.ports import Approval

EVERY = 4.0  # seconds between two looks of a hub at everything


@pytest.fixture(scope="module")
def world(start_world: Callable[..., World]) -> World:
    """Hub east serves the zones of the account, hub west publishes them to another one."""
    return start_world(mesh=MESH, catch_up_every=EVERY)


@pytest.fixture
def zones(world: World, request: pytest.FixtureRequest) -> tuple[Zone, Copy]:
    """A zone of the test's own and its copy, which are the same already."""
    return pair(world, request.node.name.removeprefix("test_").replace("_", "-")[:40].strip("-"))


def pair(world: World, name: str) -> tuple[Zone, Copy]:
    source, copy = Zone(world, f"{name}.example."), Copy(world, f"{name}.example.")
    assert copy.id
    assert source.id
    source.put(rrset(f"www.{source.apex}", "A", "192.0.2.1"))
    await_published(source, copy)
    return source, copy


def test_aliases_and_routing_are_copied_and_an_edit_costs_no_listing(
    zones: tuple[Zone, Copy],
) -> None:
    source, copy = zones
    alias = {"HostedZoneId": source.id, "DNSName": f"www.{source.apex}"}
    member = rrset(f"weighted.{source.apex}", "A", "192.0.2.7") | {"Weight": 3}
    source.change(
        (
            "CREATE",
            {
                "Name": f"alias.{source.apex}",
                "Type": "A",
                "AliasTarget": alias | {"EvaluateTargetHealth": False},
            },
        ),
        ("CREATE", member | {"SetIdentifier": "one"}),
        ("CREATE", member | {"SetIdentifier": "two", "Weight": 0}),
    )
    await_published(source, copy)
    (found,) = [each for each in copy.listing() if "AliasTarget" in each]
    assert found["AliasTarget"]["HostedZoneId"] == copy.id
    source.put(rrset(f"www.{source.apex}", "A", "192.0.2.2"))
    await_published(source, copy)
    newest = source.snapshot()
    assert newest is not None
    await_true("the hub says so", lambda: at_target(source, "copy")["serial"] == newest.serial)
    state = await_state(source, "copy", "published")
    assert state["wrote"]["listed"] is False
    assert state["wrote"]["changed"] == 1
    east, west = source.world.hubs["east"], source.world.hubs["west"]
    await_true("one hub serves it", lambda: source.serial(east) == newest.serial)
    assert source.serial(west) is None


def test_what_all_name_servers_have_is_seen_and_timed(zones: tuple[Zone, Copy]) -> None:
    source, copy = zones
    source.put(rrset(f"www.{source.apex}", "A", "192.0.2.2"))
    await_published(source, copy)
    await_true(
        "its INSYNC was seen",
        lambda: (at_target(source, "copy").get("wrote") or {}).get("insync"),
    )


def test_a_throttled_account_that_takes_one_batch_after_another_gets_all_of_them(
    zones: tuple[Zone, Copy],
) -> None:
    source, copy = zones
    with faults(source.world, route53={"throttle_every": 2, "processing_time": 0.2}):
        for value in range(2, 8):
            source.put(rrset(f"www.{source.apex}", "A", f"192.0.2.{value}"))
        await_published(source, copy)


def test_a_hub_killed_in_the_middle_goes_on_where_it_was(zones: tuple[Zone, Copy]) -> None:
    source, copy = zones
    west = source.world.hubs["west"]
    values = [f"192.0.2.{value}" for value in range(1, 11)]
    many = [rrset(f"h{number}.{source.apex}", "A", *values) for number in range(600)]
    west.kill()
    source.fill(many, each=100)
    source.await_served(source.world.hubs["east"])
    with faults(source.world, route53={"processing_time": 3.0}):
        west.start()
        await_true("a batch is written", lambda: 100 < len(copy.listing()) < 600, 120)
        west.kill()
    assert not same_in_both(source, copy)
    west.start()
    await_published(source, copy)
    west.await_ready()
    await_state(source, "copy", "published")


def test_a_record_that_cannot_be_there_is_named_and_keeps_back_no_other(
    zones: tuple[Zone, Copy],
) -> None:
    source, copy = zones
    challenge = f"_acme-challenge.www.{source.apex}"
    copy.put(rrset(challenge, "TXT", '"of another tool"'))
    source.change(
        ("CREATE", rrset(challenge, "CNAME", "elsewhere.example.net.")),
        ("CREATE", rrset(f"good.{source.apex}", "A", "192.0.2.9")),
    )
    expected = {(challenge, "TXT"), (f"good.{source.apex}", "A")}
    await_true(
        "all else is there",
        lambda: expected <= {(each["Name"], each["Type"]) for each in copy.listing()},
    )
    await_true(
        "what is not is named",
        lambda: any(challenge in line for line in at_target(source, "copy").get("lost", ())),
        explain=lambda: str(at_target(source, "copy")),
    )


def test_drift_is_repaired_but_for_what_other_tools_own(zones: tuple[Zone, Copy]) -> None:
    source, copy = zones
    challenge = rrset(f"_acme-challenge.www.{source.apex}", "TXT", '"token"')
    copy.put(challenge)
    copy.change(
        ("UPSERT", rrset(f"www.{source.apex}", "A", "203.0.113.1")),
        ("CREATE", rrset(f"extra.{source.apex}", "A", "203.0.113.2")),
    )
    others = ("www", "extra")
    await_true(
        "it is put right on the schedule",
        lambda: (
            {each["Name"] for each in copy.listing() if each["Name"] != source.apex}
            == {challenge["Name"], f"www.{source.apex}"}
        ),
        explain=lambda: f"{others} {at_target(source, 'copy')}",
    )
    copy.change(("DELETE", challenge))
    await_published(source, copy)


def test_an_edit_where_others_have_edited_too_is_published(zones: tuple[Zone, Copy]) -> None:
    source, copy = zones
    copy.put(rrset(f"late.{source.apex}", "A", "203.0.113.2"))
    source.put(rrset(f"late.{source.apex}", "CNAME", "elsewhere.example.net."))
    await_published(source, copy)


def test_drift_of_a_target_that_only_reports_is_told_and_left(world: World) -> None:
    source, copy = pair(world, "reported")
    copy.put(rrset(f"extra.{source.apex}", "A", "203.0.113.2"))
    state = await_state(source, "reporting", "drifted")
    assert any("extra" in line for line in state["drift"])
    source.put(rrset(f"new.{source.apex}", "A", "192.0.2.3"))
    expected = {f"{name}.{source.apex}" for name in ("www", "extra", "new")}
    await_true(
        "an edit comes through beside it",
        lambda: {each["Name"] for each in copy.listing()} == expected | {source.apex},
    )


def test_what_the_target_s_guard_holds_waits_for_its_approval(world: World) -> None:
    source, copy = pair(world, "guarded")
    names = [f"h{number}.{source.apex}" for number in range(12)]
    source.fill([rrset(name, "A", "192.0.2.1") for name in names])
    await_published(source, copy)
    source.change(*(("DELETE", rrset(name, "A", "192.0.2.1")) for name in names[:9]))
    state = await_state(source, "guarded", "held")
    assert "9 of " in state["held"]["reasons"][0]
    assert len(copy.listing()) == 2 + 13
    head = DynamoSnapshotStore(world.table()).head(source.key)
    assert head is not None
    assert state["held"]["serial"] == head.serial
    held = state["held"]
    approval = Approval(head.serial, held["changed"], held["deleted"])
    DynamoApprovals(world.table()).approve(source.key, "guarded", approval)
    await_published(source, copy)
    await_state(source, "guarded", "published")


def test_a_target_that_is_missing_is_named_and_delays_nobody(
    world: World, zones: tuple[Zone, Copy]
) -> None:
    source, copy = zones
    lonely = Zone(world, "lonely.example.")
    assert lonely.id
    lonely.await_served(world.hubs["east"])
    state = await_state(lonely, "copy", "failing")
    assert "no public hosted zone of that name" in state["error"]
    assert "lonely.example." in state["error"]
    source.put(rrset(f"www.{source.apex}", "A", "192.0.2.2"))
    await_published(source, copy)
    theirs = Copy(world, lonely.apex)
    assert theirs.id
    await_state(lonely, "copy", "published")
    lonely.put(rrset(f"www.{lonely.apex}", "A", "192.0.2.1"))
    await_published(lonely, theirs)


def test_the_other_account_gone_for_a_while_holds_up_no_serving(zones: tuple[Zone, Copy]) -> None:
    source, copy = zones
    refusal = {"service": "sts", "operation": "AssumeRole", "code": "AccessDenied", "status": 403}
    written = {
        "service": "route53",
        "operation": "ChangeResourceRecordSets",
        "code": "AccessDenied",
        "status": 403,
    }
    source.put(rrset(f"next.{source.apex}", "A", "192.0.2.1"))
    await_published(source, copy)
    source.put(rrset(f"www.{source.apex}", "A", "192.0.2.5"))
    with faults(source.world, calls=[refusal, written]):
        state = await_state(source, "copy", "failing")
        assert state["failures"] >= 1
        source.await_served(source.world.hubs["east"])
    await_published(source, copy)
    state = await_state(source, "copy", "published")
    assert state["error"] is None
    assert "AccessDenied" in state["last_error"] or "cannot be written" in state["last_error"]

"""Aliases and routed sets on their way from Route 53 to the hubs, and what the report says."""

import json
from typing import Any

import pytest

from local.servers.responder import always
from local.world import REFRESH, World
from tests.e2e.hosted_zone import Zone, await_answers
from tests.e2e.records import rrset
from zonemesh.aws.snapshots import DynamoSnapshotStore
from zonemesh.fidelity import report_codec
from zonemesh.tree import entries

ELB_ZONE = "Z35SXDOTRQ7X7K"
ELB = "dualstack.lb-1.us-east-1.elb.amazonaws.com."


def alias(name: str, rdtype: str, target: str, zone: str, **more: Any) -> dict[str, Any]:
    return {
        "Name": name,
        "Type": rdtype,
        "AliasTarget": {"HostedZoneId": zone, "DNSName": target, "EvaluateTargetHealth": False},
        **more,
    }


def weighted(name: str, weight: int, value: str) -> dict[str, Any]:
    return rrset(name, "A", value) | {"SetIdentifier": f"w{weight}", "Weight": weight}


def report(zone: Zone) -> list[dict[str, Any]]:
    store = DynamoSnapshotStore(zone.world.table())
    snapshot = zone.snapshot()
    assert snapshot
    found = entries(snapshot.report, lambda wanted: store.load(zone.key, wanted), report_codec)
    return [json.loads(entry.text) for entry in found]


def await_answer(zone: Zone, owner: str, *values: str, rdtype: str = "A") -> None:
    """Wait until all hubs answer these values for an owner of the zone."""
    await_answers(zone.world, f"{owner}.{zone.apex}", rdtype, *values)


def test_the_target_of_aliases_is_edited_and_all_hubs_answer_for_all_of_them(world: World) -> None:
    zone = Zone(world, "alias.example.")
    links = [f"a{n}" for n in range(4)]
    zone.fill([rrset(f"end.{zone.apex}", "A", "192.0.2.1")])
    for target, owner in zip(["end", *links], links, strict=False):
        zone.fill([alias(f"{owner}.{zone.apex}", "A", f"{target}.{zone.apex}", zone.id)])
    for owner in links:
        await_answer(zone, owner, "192.0.2.1")
    before = zone.snapshot()
    assert before
    assert before.report is None
    zone.put(rrset(f"end.{zone.apex}", "A", "192.0.2.2", "192.0.2.3"))
    for owner in links:
        await_answer(zone, owner, "192.0.2.2", "192.0.2.3")
    after = zone.snapshot()
    assert after
    assert after.parent == before.serial


def test_what_is_left_out_beneath_a_wildcard_has_no_data_and_a_line(world: World) -> None:
    zone = Zone(world, "wild.example.")
    zone.fill(
        [
            rrset(f"*.{zone.apex}", "A", "192.0.2.99"),
            rrset(f"*.{zone.apex}", "TXT", '"from the wildcard"'),
            alias(f"gone.{zone.apex}", "A", "gone.us-east-1.elb.amazonaws.com.", ELB_ZONE),
            weighted(f"weighted.{zone.apex}", 10, "192.0.2.10"),
            weighted(f"weighted.{zone.apex}", 20, "192.0.2.20"),
            weighted(f"weighted.{zone.apex}", 200, "192.0.2.200"),
        ]
    )
    world.internet.table["gone.us-east-1.elb.amazonaws.com.", "TXT"] = always('"no address"')
    await_answer(zone, "any", "192.0.2.99")
    await_answer(zone, "weighted", "192.0.2.200")
    for rdtype in ("A", "TXT"):
        await_answer(zone, "gone", rdtype=rdtype)
    lines = report(zone)
    assert [(line["owner"], line["kind"], line["set_identifier"]) for line in lines] == [
        (f"gone.{zone.apex}", "alias", ""),
        *((f"weighted.{zone.apex}", "weighted", f"w{weight}") for weight in (10, 20, 200)),
    ]

    # An edit that turns the alias into a plain record ends both the line and the placeholder.
    zone.change(
        ("DELETE", alias(f"gone.{zone.apex}", "A", "gone.us-east-1.elb.amazonaws.com.", ELB_ZONE)),
        ("CREATE", rrset(f"gone.{zone.apex}", "A", "192.0.2.55")),
    )
    await_answer(zone, "gone", "192.0.2.55")
    hub = next(iter(world.hubs.values()))
    assert not any("_zonemesh" in line for line in zone.served(hub.dns_port).records)
    assert {line["owner"] for line in report(zone)} == {f"weighted.{zone.apex}"}


def test_a_load_balancer_that_moves_is_followed_without_any_edit(world: World) -> None:
    zone = Zone(world, "moves.example.")
    world.internet.table[ELB, "A"] = always("198.18.0.1", "198.18.0.2")
    zone.fill([alias(f"www.{zone.apex}", "A", ELB, ELB_ZONE)])
    await_answer(zone, "www", "198.18.0.1", "198.18.0.2")
    first = zone.snapshot()
    assert first
    world.internet.table[ELB, "A"] = always("198.18.0.2", "198.18.0.3")
    world.run(REFRESH)
    await_answer(zone, "www", "198.18.0.1", "198.18.0.2", "198.18.0.3")
    second = zone.snapshot()
    assert second
    assert (second.parent, second.reason.found_by) == (first.serial, "answers")


@pytest.mark.parametrize("rdtype", ["A", "AAAA"])
def test_an_alias_of_a_distribution_is_a_cname_for_all_types(world: World, rdtype: str) -> None:
    target = "d111111abcdef8.cloudfront.net."
    zone = Zone(world, f"cdn-{rdtype.lower()}.example.")
    zone.fill([alias(f"www.{zone.apex}", rdtype, target, "Z2FDTNDATAQYW2")])
    await_answer(zone, "www", target, rdtype="CNAME")

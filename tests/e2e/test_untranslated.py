"""What has no translation yet is named in the fidelity report, and no wildcard stands in for it."""

import json

from local.servers.client import serial_at
from local.world import World
from tests.e2e.hosted_zone import ADDRESS, Zone, answers, await_true
from tests.e2e.records import rrset
from zonemesh.aws.snapshots import DynamoSnapshotStore
from zonemesh.fidelity import report_codec
from zonemesh.tree import entries

APEX = "wild.example."


def alias(name: str, rdtype: str, target: str, zone: Zone) -> dict:
    return {
        "Name": name,
        "Type": rdtype,
        "AliasTarget": {"HostedZoneId": zone.id, "DNSName": target, "EvaluateTargetHealth": False},
    }


def weighted(name: str, weight: int, value: str) -> dict:
    return rrset(name, "A", value) | {"SetIdentifier": f"w{weight}", "Weight": weight}


def report(zone: Zone) -> list[dict]:
    store = DynamoSnapshotStore(zone.world.table())
    snapshot = zone.snapshot()
    assert snapshot
    found = entries(snapshot.report, lambda wanted: store.load(zone.key, wanted), report_codec)
    return [json.loads(entry.text) for entry in found]


def test_alias_and_weighted_names_under_a_wildcard_have_no_data_and_a_line_each(
    world: World,
) -> None:
    zone = Zone(world, APEX)
    zone.fill(
        [
            rrset(f"*.{APEX}", "A", "192.0.2.99"),
            rrset(f"*.{APEX}", "TXT", '"from the wildcard"'),
            rrset(f"real.{APEX}", "A", "192.0.2.1"),
            alias(f"alias.{APEX}", "A", f"real.{APEX}", zone),
            weighted(f"weighted.{APEX}", 10, "192.0.2.10"),
            weighted(f"weighted.{APEX}", 20, "192.0.2.20"),
        ]
    )
    for hub in world.hubs.values():
        await_true("it is served", lambda port=hub.dns_port: answer(port, "real") == ["192.0.2.1"])
        assert answer(hub.dns_port, "any") == ["192.0.2.99"]
        for owner in ("alias", "weighted"):
            for rdtype in ("A", "TXT"):
                assert answer(hub.dns_port, owner, rdtype) == []
    before = {hub.name: zone.serial(hub) for hub in world.hubs.values()}
    lines = report(zone)
    assert [(line["owner"], line["kind"], line["set_identifier"]) for line in lines] == [
        (f"alias.{APEX}", "alias", ""),
        (f"weighted.{APEX}", "routed", "w10"),
        (f"weighted.{APEX}", "routed", "w20"),
    ]
    assert all(line["why"] and line["served"] == "nothing" for line in lines)

    # An edit that turns the alias into a plain record ends both the line and the placeholder.
    zone.change(
        ("DELETE", alias(f"alias.{APEX}", "A", f"real.{APEX}", zone)),
        ("CREATE", rrset(f"alias.{APEX}", "A", "192.0.2.55")),
    )
    for hub in world.hubs.values():
        await_true(
            "the plain record is served",
            lambda port=hub.dns_port: answer(port, "alias") == ["192.0.2.55"],
        )
        assert (zone.serial(hub) or 0) > (before[hub.name] or 0)
        assert not any("_zonemesh.alias" in line for line in zone.served(hub.dns_port).records)
        assert any("_zonemesh.weighted" in line for line in zone.served(hub.dns_port).records)
    assert {line["owner"] for line in report(zone)} == {f"weighted.{APEX}"}


def answer(port: int, owner: str, rdtype: str = "A") -> list[str] | None:
    """Give what is answered for an owner; None where the zone is not served at all."""
    if serial_at(ADDRESS, port, APEX) is None:
        return None
    return answers(port, f"{owner}.{APEX}", rdtype)

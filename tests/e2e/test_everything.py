"""Every type, alias and routing policy: each record is on the wire as the contract says, or named.

The zone goes through the whole local pipeline, and on to BIND, Knot and NSD as secondaries.
"""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dns.name
import dns.rdata
import dns.rdataclass
import pytest

from local.servers.bind import BindSecondary, bind_is_missing
from local.servers.knot import KnotSecondary, knot_is_missing
from local.servers.nsd import NsdSecondary
from local.servers.secondary import Secondary
from local.world import World
from tests.e2e import everything
from tests.e2e.everything import APEX, OTHER, Case
from tests.e2e.hosted_zone import Zone, await_true, client_key, transfer
from tests.e2e.records import decimal, line
from tests.e2e.test_translation import report

IN = dns.rdataclass.IN


@pytest.fixture(scope="module")
def zone(world: World) -> Zone:
    everything.fill_internet(world.internet)
    return Zone(world, APEX)


@pytest.fixture(scope="module")
def cases(zone: Zone) -> list[Case]:
    """Fill the zone, targets of aliases first, and wait until all hubs serve it."""
    route53, other = zone.route53, Zone(zone.world, OTHER)
    for rdtype, value in (("A", "192.0.2.200"), ("MX", "10 mail.other.example.")):
        other.put(everything.rrset(f"www.{OTHER}", rdtype, value))
    check = {"Type": "TCP", "IPAddress": "192.0.2.80", "Port": 80}
    health_check = route53.create_health_check(CallerReference=APEX, HealthCheckConfig=check)
    collection = route53.create_cidr_collection(Name="places", CallerReference=APEX)["Collection"]
    route53.change_cidr_collection(
        Id=collection["Id"],
        Changes=[{"LocationName": "office", "Action": "PUT", "CidrList": ["192.0.2.0/24"]}],
    )
    made = everything.cases(zone.id, other.id, health_check["HealthCheck"]["Id"], collection["Id"])
    for case in made:
        zone.fill(case.rrsets)
    wanted = len(zone.listing())
    await_true(
        "the newest snapshot has every rrset",
        lambda: (
            (snapshot := zone.snapshot())
            and snapshot.source
            and snapshot.source.count == wanted
            and all(zone.serial(hub) == snapshot.serial for hub in zone.world.hubs.values())
        ),
    )
    return made


@pytest.fixture(scope="module", params=["hub", "bind", "knot", "nsd"])
def port(
    request: pytest.FixtureRequest, zone: Zone, cases: list[Case], tmp_path_factory: Any
) -> Iterator[int]:
    """The DNS port of a hub, or of a secondary that has transferred the zone from it."""
    hub = zone.world.hubs["east"]
    kinds: dict[str, tuple[type[Secondary], str | None]] = {
        "bind": (BindSecondary, bind_is_missing()),
        "knot": (KnotSecondary, knot_is_missing()),
        "nsd": (NsdSecondary, None),
    }
    if request.param == "hub":
        yield hub.dns_port
        return
    kind, missing = kinds[request.param]
    if missing:
        pytest.skip(missing)
    folder: Path = tmp_path_factory.mktemp(request.param)
    with kind(folder, hub.dns_port, [APEX], client_key(zone.world)) as secondary:
        secondary.wait_for(APEX, zone.serial(hub) or 0)
        yield secondary.port


def expected(cases: list[Case]) -> set[str]:
    """Give what the cases say is on the wire, in the form of `records.line`."""
    lines = set()
    for text in (text for case in cases for text in case.wire):
        owner, ttl, rdtype, value = text.split(" ", 3)
        name = dns.name.from_text(decimal(f"{owner}.{APEX}" if owner else APEX))
        rdata = dns.rdata.from_text(IN, rdtype, value, dns.name.root, relativize=False)
        lines.add(line(name, int(ttl), rdata))
    return lines


def test_every_record_is_on_the_wire_as_the_contract_says(
    zone: Zone, cases: list[Case], port: int
) -> None:
    found = transfer(port, APEX, client_key(zone.world)).records
    own = {record for record in found if record.startswith(f"{APEX} 172800 NS ")}
    assert len(own) == 4
    assert sorted(found - own - expected(cases)) == []
    assert sorted(expected(cases) - found) == []


def test_every_other_record_is_named_in_the_report_and_the_counts_add_up(
    zone: Zone, cases: list[Case]
) -> None:
    lines = report(zone)
    assert Counter(entry["kind"] for entry in lines) == Counter(
        kind for case in cases for kind in case.kinds
    )
    named = {(entry["owner"], entry["rdtype"], entry["set_identifier"]) for entry in lines}
    carried = sum(len(case.rrsets) - len(case.kinds) for case in cases)
    snapshot = zone.snapshot()
    assert snapshot
    assert snapshot.source
    assert snapshot.source.count == carried + len(named) + 2  # Route 53's own SOA and NS
    assert dict(snapshot.losses) == Counter(entry["kind"] for entry in lines)
    assert all(entry["why"] and entry["policy"] and entry["served"] for entry in lines)

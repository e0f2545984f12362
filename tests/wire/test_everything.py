"""The zone that has everything: Route 53 takes it, and each rrset is served or reported."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import botocore.session
import dns.rdatatype
import pytest

from local.servers.nsd import nsd_is_missing
from tests.local.route53_world import World, upsert
from tests.wire.checkers import BIND, KNOT, check
from tests.wire.everything import SERVICES, Created, create_zone, loop, traffic_policy_record
from tests.wire.rrsets import Record, record
from tests.wire.world import ServedZone
from zonemesh.fidelity import report_codec
from zonemesh.names import canonical_text, order_of, parse_route53_name
from zonemesh.route53.rrsets import is_alias, is_routed, rrset_from_route53, source_entry
from zonemesh.tree import entries
from zonemesh.zone import RRsetKey

APEX = "example.com."
POLICIES = {
    "Weight",
    "Region",
    "Failover",
    "GeoLocation",
    "MultiValueAnswer",
    "CidrRoutingConfig",
    "GeoProximityLocation",
}


@pytest.fixture(scope="module")
def world() -> World:
    return World()


@pytest.fixture(scope="module")
def created(world: World) -> Created:
    return create_zone(world.client, APEX)


def test_route_53_lists_all_of_it(world: World, created: Created) -> None:
    listing = world.listing(created.hosted_zone_id)
    assert len(listing) == len(created.rrsets) + 2


def test_it_has_every_type_simple(created: Created) -> None:
    simple = {r["Type"] for r in created.rrsets if not is_alias(r) and not is_routed(r)}
    model = botocore.session.get_session().get_service_model("route53")
    assert simple | {"SOA"} == set(model.shape_for("RRType").enum)


def test_it_has_every_policy_and_every_service(created: Created) -> None:
    assert {member for rrset in created.rrsets for member in POLICIES & rrset.keys()} == POLICIES
    targets = {r["AliasTarget"]["DNSName"] for r in created.rrsets if is_alias(r)}
    assert {name for _, name in SERVICES.values()} <= targets


@pytest.fixture(scope="module")
def zone(world: World, created: Created, tmp_path_factory: pytest.TempPathFactory) -> ServedZone:
    listing = world.listing(created.hosted_zone_id)
    directory = tmp_path_factory.mktemp("everything")
    return ServedZone(APEX, listing, directory, created.hosted_zone_id)


@pytest.fixture(scope="module")
def wire(zone: ServedZone) -> Iterator[set[Record]]:
    """What NSD hands out of the zone."""
    if missing := nsd_is_missing():
        pytest.fail(missing)
    with zone.running():
        yield zone.transferred()


def report_keys(zone: ServedZone) -> set[RRsetKey]:
    store = zone.plane.ports.store
    snapshot = store.snapshot(zone.key, zone.serial)

    def load(digests: Iterable[str]) -> dict[str, str]:
        return store.load(zone.key, digests)

    return {entry.key for entry in entries(snapshot.report, load, report_codec)}


def test_each_rrset_is_on_the_wire_or_in_the_report(zone: ServedZone, wire: set[Record]) -> None:
    reported = report_keys(zone)
    source = {source_entry(rrset).key: rrset for rrset in zone.listing}
    assert reported <= source.keys()
    on_wire = {(order_of(canonical_text(name)), rdtype) for name, rdtype, *_ in wire}
    for key in source.keys() - reported:
        rrset = source[key]
        if rrset["Type"] == "SOA":
            continue
        assert (key.order, key.rdtype) in on_wire, rrset
        if not is_alias(rrset) and not is_routed(rrset):
            plain = rrset_from_route53(rrset)
            assert {record(plain.name, plain.ttl, data) for data in plain.rdatas} <= wire


def test_an_alias_inside_the_zone_is_a_copy_of_what_its_target_serves(
    zone: ServedZone, created: Created, wire: set[Record]
) -> None:
    def at(name: str, rdtype: str) -> set[tuple[int, bytes]]:
        owner, kind = parse_route53_name(name), dns.rdatatype.from_text(rdtype)
        return {(ttl, rdata) for where, what, ttl, rdata in wire if (where, what) == (owner, kind)}

    aliases = [
        rrset
        for rrset in zone.listing
        if is_alias(rrset) and not is_routed(rrset)
        if rrset["AliasTarget"]["HostedZoneId"] == created.hosted_zone_id
    ]
    assert len(aliases) > 15
    for alias in aliases:
        copied = at(alias["Name"], alias["Type"])
        assert copied, alias
        assert copied == at(alias["AliasTarget"]["DNSName"], alias["Type"]), alias


@pytest.mark.parametrize("checker", [BIND, KNOT])
def test_the_checkers_complain_of_nothing_new(
    checker: str, zone: ServedZone, wire: set[Record]
) -> None:
    said = check(checker, APEX, zone.zone_file())
    assert (said.refused, said.unaccepted(checker)) == (False, [])


def test_its_chain_can_be_closed_to_a_loop_later(tmp_path: Path) -> None:
    world = World()
    created = create_zone(world.client, APEX)
    world.change(created.hosted_zone_id, upsert(loop(APEX, created.hosted_zone_id)))
    policy = traffic_policy_record(APEX)
    world.route53.put_traffic_policy_record(world.account, created.hosted_zone_id, policy)
    listing = world.listing(created.hosted_zone_id)
    assert policy in listing
    reported = report_keys(ServedZone(APEX, listing, tmp_path, created.hosted_zone_id))
    for name in ("chain-1", "chain-2", "chain-3", "policy"):
        assert RRsetKey(order_of(f"{name}.{APEX}"), dns.rdatatype.A) in reported

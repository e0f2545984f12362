"""Plans cut into batches, given to the strict Route 53 one after the other."""

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.local.route53_world import World
from tests.unit.route53_zones import APEX, zones
from zonemesh.route53.batches import Batches, batches
from zonemesh.route53.content import Size, group_of, hangs_on, same_content
from zonemesh.route53.plan import MOST, Place, Plan, make_plan
from zonemesh.route53.rrsets import key_of

HERE = "ZHERE"


def by_key(rrsets: list[dict[str, Any]]) -> dict[Any, dict[str, Any]]:
    return {key_of(each): each for each in rrsets}


def assert_same(found: list[dict[str, Any]], wanted: list[dict[str, Any]]) -> None:
    one, other = by_key(found), by_key(wanted)
    assert one.keys() == other.keys()
    for key in one:
        assert same_content(one[key], other[key]), (one[key], other[key])


def dangling(rrsets: list[dict[str, Any]], zone_id: str) -> set[Any]:
    groups = {group_of(key_of(each)) for each in rrsets}
    return {t for each in rrsets if (t := hangs_on(each, {zone_id})) and t not in groups}


def apply(
    world: World, zone_id: str, cut: Batches, most: Size, wanted: list[dict[str, Any]]
) -> None:
    """Give the batches to Route 53; no alias loses its target but where that is what is wanted."""
    allowed = dangling(world.listing(zone_id), zone_id) | dangling(wanted, zone_id)
    for batch in cut.batches:
        assert batch.size.fits(most) or len(batch.changes) == 1
        world.client.change_resource_record_sets(
            HostedZoneId=zone_id, ChangeBatch=batch.to_api("a test")
        )
        if not cut.apart:
            assert dangling(world.listing(zone_id), zone_id) <= allowed


def planned(world: World, zone_id: str, wanted: list[dict[str, Any]]) -> Plan:
    listed = world.listing(zone_id)
    own = [each for each in listed if each["Name"] == APEX]
    return make_plan(listed, own + wanted, Place(zone_id, APEX))


def at_home(rrsets: list[dict[str, Any]], zone_id: str) -> list[dict[str, Any]]:
    """Let aliases that are drawn for `HERE` point into the zone that was made."""
    return [
        each | {"AliasTarget": each["AliasTarget"] | {"HostedZoneId": zone_id}}
        if "AliasTarget" in each
        else each
        for each in rrsets
    ]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    states=st.lists(zones(HERE), min_size=2, max_size=3),
    most=st.sampled_from([MOST, Size(6, 200), Size(12, 300)]),
)
def test_batches_in_order_lead_through_any_states(
    states: list[list[dict[str, Any]]], most: Size
) -> None:
    world = World()
    zone_id = world.zone(APEX)
    for state in states:
        wanted = at_home(state, zone_id)
        plan = planned(world, zone_id, wanted)
        lost = {key_of(remark.rrset) for remark in plan.lost}
        makeable = [each for each in wanted if key_of(each) not in lost]
        apply(world, zone_id, batches(plan, most), most, makeable)
        below = [each for each in world.listing(zone_id) if each["Name"] != APEX]
        assert_same(
            [each for each in below if key_of(each) not in lost],
            makeable,
        )
        after = planned(
            world,
            zone_id,
            [e for e in wanted if key_of(e) not in lost] + [e for e in below if key_of(e) in lost],
        )
        assert after.changes == ()

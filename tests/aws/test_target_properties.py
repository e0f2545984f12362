"""Whatever a source goes through, and others do to the target: it ends as the source is."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.aws.published_zone import SOURCE_ID, Target
from tests.unit.route53_zones import zones
from zonemesh.names import order_of
from zonemesh.route53.rrsets import key_of, owner_of
from zonemesh.targets.ports import Approval, Order

RRsets = list[dict[str, Any]]


def at_home(target: Target, rrsets: RRsets) -> dict[Any, dict[str, Any]]:
    """Give what the target should have: aliases within the zone mean the target's hosted zone."""
    text = json.dumps(rrsets).replace(SOURCE_ID, target.id)
    return {key_of(rrset): rrset for rrset in json.loads(text)}


def agrees(target: Target, wanted: RRsets) -> None:
    assert target.base is not None
    lost = {order_of(owner) for owner in target.base.lost}
    expected = at_home(target, wanted)
    found = {key_of(rrset): rrset for rrset in target.below()}
    for key in expected.keys() | found.keys():
        if key.order not in lost:
            assert found.get(key) == expected.get(key)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(zones(SOURCE_ID), st.booleans(), st.booleans()), min_size=1, max_size=4))
def test_the_target_is_what_the_source_is_after_each_publication(
    steps: list[tuple[RRsets, bool, bool]],
) -> None:
    target = Target(guard={"removed": 100, "changed": 100})
    for wanted, look, disturbed in steps:
        if disturbed and target.below():
            victim = target.below()[0]["Name"]
            target.change("DELETE", *(each for each in target.below() if each["Name"] == victim))
        snapshot = target.record(*wanted)
        approval = Approval(snapshot.serial, changed=999, deleted=999)
        outcome = target.publish(snapshot, Order(listed=look or disturbed, approval=approval))
        agrees(target, wanted)
        assert {owner_of(each.rrset) for each in outcome.lost} <= {*target.base.lost}
        again = target.publish(snapshot, Order(listed=True))
        assert again.written == 0 and again.drift == ()

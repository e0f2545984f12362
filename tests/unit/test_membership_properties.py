"""What holds of membership whatever happens: sequences of meshes, listings and failures."""

from itertools import combinations

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fakes.memory import MemoryRegister
from zonemesh.adopt import adopt, check, offers
from zonemesh.deployment import EVERY_HUB
from zonemesh.errors import AdoptionRefused, InvalidMesh
from zonemesh.membership import changes, decide_members, is_served
from zonemesh.mesh.definition import Mesh, parse_mesh
from zonemesh.ports import HostedZone, Member

NAMES = ["example.com.", "a.example.com.", "b.a.example.com.", "c.b.a.example.com.", "a.corp."]
HUBS = [["*"], ["eu"], ["us"], ["eu", "us"], []]
INTEGRATIONS = ["main", "dev"]

hosted_zones = st.builds(
    HostedZone,
    id=st.sampled_from(["Z1", "Z2", "Z3", "Z4", "Z5", "Z6"]),
    apex=st.sampled_from(NAMES),
    private=st.sampled_from([False, False, False, True]),
    rrset_count=st.just(2),
    tags=st.sampled_from([(), (), None, (("t", "a"),), (("t", "b"), ("u", "a"))]),
)
listings = st.none() | st.lists(hosted_zones, max_size=6, unique_by=lambda zone: zone.id)
common = {
    "integration": st.sampled_from(INTEGRATIONS),
    "hubs": st.sampled_from(HUBS),
    "view": st.sampled_from([None, None, "v"]),
    "private": st.sampled_from([False, False, True]),
}
entries = st.fixed_dictionaries(
    {"name": st.sampled_from(NAMES), "hosted_zone_id": st.sampled_from([None, None, "Z1"])} | common
) | st.fixed_dictionaries(
    {
        "discover": st.sampled_from(["*", "*", "*.com", "*.example.com", "a.*"]),
        "tags": st.sampled_from([{}, {}, {"t": "a"}, {"t": "*"}, {"t": "b", "u": "a"}]),
    }
    | common
)


def valid_mesh(zones: list[dict[str, object]]) -> Mesh | None:
    """The mesh of those entries, as a user would write it; None where it is refused."""
    document = {
        "integrations": {name: None for name in INTEGRATIONS},
        "hubs": {"eu": None, "us": None},
        "zones": zones,
    }
    try:
        return parse_mesh(yaml.safe_dump(document))
    except InvalidMesh:
        return None


meshes = st.lists(entries, max_size=4).map(valid_mesh).filter(lambda mesh: mesh is not None)
worlds = st.fixed_dictionaries({name: listings for name in INTEGRATIONS})
delegated = st.sets(st.sampled_from(list(combinations(NAMES[:4], 2))))
histories = st.lists(st.tuples(meshes, worlds, delegated), min_size=1, max_size=4)


def step(mesh: Mesh, world: dict, pairs: set, existing: list[Member]) -> list[Member]:
    return decide_members(
        mesh, world, existing, lambda parent, child: (parent.apex, child) in pairs
    )


def share_a_hub(one: Member, other: Member) -> bool:
    if not one.hubs or not other.hubs:
        return False
    return EVERY_HUB in one.hubs + other.hubs or bool(set(one.hubs) & set(other.hubs))


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(histories)
def test_deciding_twice_changes_nothing(history):
    members: list[Member] = []
    for mesh, world, pairs in history:
        members = step(mesh, world, pairs, members)
        again = step(mesh, world, pairs, members)
        assert again == members
        assert changes(members, again).put == changes(members, again).remove == ()
        assert step(mesh, world, pairs, members[::-1]) == members


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(meshes, st.lists(st.tuples(worlds, delegated), min_size=1, max_size=4))
def test_under_one_mesh_names_never_collide_and_the_served_stay_served(mesh, history):
    members: list[Member] = []
    for world, pairs in history:
        before = members
        members = step(mesh, world, pairs, before)
        served = {member.zone: member for member in members if is_served(member)}
        for one, other in combinations(served.values(), 2):
            assert one.apex != other.apex or not share_a_hub(one, other)
        for member in before:
            if world[member.integration] is None:
                assert member in members
            elif is_served(member) and member.origin == "discovered":
                listed = [other for other in served.values() if other.origin == "listed"]
                beaten = any(
                    other.apex == member.apex and share_a_hub(other, member) for other in listed
                )
                assert member.zone in served or beaten


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(meshes, worlds, st.lists(st.integers(), min_size=12, max_size=12))
def test_the_order_of_the_listing_does_not_count(mesh, world, keys):
    shuffled = {
        name: zones
        and [zone for _, zone in sorted(zip(keys, zones, strict=False), key=lambda pair: pair[0])]
        for name, zones in world.items()
    }
    assert step(mesh, shuffled, set(), []) == step(mesh, world, set(), [])


def adopted(members: list[Member], mesh: Mesh, choice: int) -> list[Member]:
    """The members after somebody adopted one of the hosted zones on offer, where there is one."""
    on_offer = offers(members)
    register = MemoryRegister(*members)
    if on_offer:
        offer = on_offer[choice % len(on_offer)]
        try:
            check(offer, mesh)
        except AdoptionRefused:
            return members
        adopt(register, offer)
    return register.members()


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(meshes, st.lists(st.tuples(worlds, st.integers(0, 5)), min_size=1, max_size=4))
def test_adoptions_settle_and_stop_nothing_that_is_served(mesh, history):
    members: list[Member] = []
    for world, choice in history:
        before = adopted(step(mesh, world, set(), members), mesh, choice)
        members = step(mesh, world, set(), before)
        assert step(mesh, world, set(), members) == members
        served = [member for member in members if is_served(member)]
        for one, other in combinations(served, 2):
            assert one.apex != other.apex or not share_a_hub(one, other)
        keys = {member.zone for member in members}
        for member in members:
            assert not member.adopts or member.adopts in keys - {member.zone}
        names = {(member.apex, hub) for member in served for hub in member.hubs}
        for member in before:
            if is_served(member) and member.origin == "discovered" and world[member.integration]:
                rivals = [other for other in served if other.apex == member.apex]
                assert all((member.apex, hub) in names for hub in member.hubs) or any(
                    EVERY_HUB in other.hubs
                    or (other.origin == "listed" and share_a_hub(other, member))
                    for other in rivals
                )

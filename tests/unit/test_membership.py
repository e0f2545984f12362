"""Which hosted zones become zones of the mesh, scene by scene."""

from collections.abc import Sequence

from zonemesh.membership import changes, decide_members
from zonemesh.mesh.definition import Mesh, parse_mesh
from zonemesh.ports import HostedZone, Member

HEADER = """
integrations: {main: {}, dev: {}}
hubs: {eu: {}, us: {}}
zones:
"""
EVERYTHING = """
  - {discover: "*", integration: main}
  - {discover: "*", integration: dev}
"""


def mesh(zones: str = EVERYTHING) -> Mesh:
    return parse_mesh(HEADER + zones)


def hosted(text: str, *, private: bool = False, service: str | None = None) -> list[HostedZone]:
    """Hosted zones from lines of `ID apex`."""
    pairs = [line.split() for line in text.split(",") if line.strip()]
    return [HostedZone(id, apex, private, 2, service) for id, apex in pairs]


def decide(
    definition: Mesh,
    main: Sequence[HostedZone] | None = (),
    dev: Sequence[HostedZone] | None = (),
    existing: Sequence[Member] = (),
    delegated: Sequence[str] = (),
) -> dict[str, Member]:
    """Decide, and decide again: the second time must change nothing."""

    def delegates(parent: Member, child: str) -> bool:
        return f"{parent.apex} {child}" in delegated

    listings = {"main": main, "dev": dev}
    decided = decide_members(definition, listings, existing, delegates)
    assert decide_members(definition, listings, decided, delegates) == decided
    return {member.zone: member for member in decided}


def states(members: dict[str, Member]) -> dict[str, str]:
    return {zone.removeprefix("route53:"): member.state for zone, member in members.items()}


def test_a_hosted_zone_made_today_is_a_member_today():
    members = decide(mesh(), hosted("Z1 example.com."))
    assert members == {
        "route53:main:example.com.": Member(
            "route53:main:example.com.", "example.com.", "main", "Z1", "discovered", ("*",)
        )
    }


def test_the_pattern_decides_and_the_first_one_that_fits_names_the_hubs():
    definition = mesh("""
  - {discover: "*.example.com", integration: main, hubs: [eu]}
  - {discover: "*.com", integration: main, hubs: [us]}
""")
    members = decide(definition, hosted("Z1 a.example.com., Z2 example.com., Z3 example.net."))
    assert {zone: member.hubs for zone, member in members.items()} == {
        "route53:main:a.example.com.": ("eu",),
        "route53:main:example.com.": ("us",),
    }


def test_the_root_a_tld_a_private_zone_and_a_service_s_zone_are_never_discovered():
    zones = [
        *hosted("Z1 ., Z2 com."),
        *hosted("Z3 example.com.", private=True),
        *hosted("Z4 example.net.", service="servicediscovery.amazonaws.com"),
    ]
    assert decide(mesh(), zones) == {}


def test_private_zones_are_discovered_into_their_own_view_of_named_hubs():
    definition = mesh(
        EVERYTHING
        + '  - {discover: "*.corp", integration: main, private: true, view: inside, hubs: [eu]}\n'
    )
    zones = [*hosted("Z1 a.corp.", private=True), *hosted("Z2 example.com.", private=True)]
    assert states(decide(definition, zones)) == {"main/inside:a.corp.": "active"}


def test_a_listed_zone_is_found_by_name_public_or_private_as_it_says():
    definition = mesh("""
  - {name: example.com, integration: main, hubs: [eu]}
  - {name: example.com, integration: main, view: inside, private: true, hubs: [us]}
""")
    zones = [*hosted("Z1 example.com."), *hosted("Z2 example.com.", private=True)]
    members = decide(definition, zones)
    assert {zone: member.hosted_zone_id for zone, member in members.items()} == {
        "route53:main:example.com.": "Z1",
        "route53:main/inside:example.com.": "Z2",
    }


def test_a_listed_zone_that_is_nowhere_says_so_and_holds_nobody_up():
    definition = mesh(EVERYTHING + "  - {name: example.com, integration: main}\n")
    members = decide(definition, dev=hosted("Z1 example.com."))
    assert states(members) == {"main:example.com.": "gone", "dev:example.com.": "active"}
    missing = members["route53:main:example.com."]
    assert missing.hosted_zone_id == ""
    assert missing.note == "integration `main` has no zone example.com.; nothing to serve yet"


def test_several_zones_of_a_listed_name_wait_for_a_decision():
    definition = mesh("  - {name: example.com, integration: main}\n")
    (member,) = decide(definition, hosted("Z2 example.com., Z1 example.com.")).values()
    assert (member.state, member.hosted_zone_id) == ("conflict", "")
    assert "2 hosted zones have this name (Z1, Z2)" in member.note
    assert "hosted_zone_id" in member.note


def test_the_hosted_zone_id_decides_between_zones_of_a_name():
    definition = mesh("  - {name: example.com, integration: main, hosted_zone_id: Z2}\n")
    (member,) = decide(definition, hosted("Z1 example.com., Z2 example.com.")).values()
    assert (member.state, member.hosted_zone_id, member.note) == ("active", "Z2", "")


def test_a_hosted_zone_id_of_another_name_or_kind_is_a_conflict():
    definition = mesh("  - {name: example.com, integration: main, hosted_zone_id: Z2}\n")
    (member,) = decide(definition, hosted("Z2 example.net.")).values()
    assert member.state == "conflict"
    assert member.note == "hosted zone Z2 is the public zone example.net.; correct the mesh"
    (member,) = decide(definition, hosted("Z2 example.com.", private=True)).values()
    assert member.note == "hosted zone Z2 is the private zone example.com.; correct the mesh"


def test_a_second_zone_of_the_name_does_not_stop_the_one_that_is_served():
    first = decide(mesh(), hosted("Z1 example.com."))
    (member,) = decide(
        mesh(), hosted("Z0 example.com., Z1 example.com."), existing=[*first.values()]
    ).values()
    assert (member.state, member.hosted_zone_id) == ("active", "Z1")
    assert "Z0" in member.note


def test_an_explicit_listing_beats_a_discovered_zone_that_is_served():
    discovered = decide(mesh(), hosted("Z1 example.com."))
    definition = mesh(EVERYTHING + "  - {name: example.com, integration: dev}\n")
    members = decide(
        definition, hosted("Z1 example.com."), hosted("Z2 example.com."), [*discovered.values()]
    )
    assert states(members) == {"main:example.com.": "conflict", "dev:example.com.": "active"}
    note = members["route53:main:example.com."].note
    assert note == "route53:dev:example.com. (listed) has this name on every hub"


def test_a_served_zone_beats_a_newcomer_whatever_the_order_of_keys():
    served = decide(mesh(), hosted("Z1 example.com."))
    members = decide(
        mesh(), hosted("Z1 example.com."), hosted("Z2 example.com."), [*served.values()]
    )
    assert states(members) == {"main:example.com.": "active", "dev:example.com.": "conflict"}


def test_the_loser_takes_over_once_the_winner_leaves_the_mesh():
    both = decide(mesh(), hosted("Z1 example.com."), hosted("Z2 example.com."))
    assert states(both) == {"dev:example.com.": "active", "main:example.com.": "conflict"}
    definition = mesh('  - {discover: "*", integration: main}\n')
    members = decide(definition, hosted("Z1 example.com."), existing=[*both.values()])
    assert states(members) == {"main:example.com.": "active"}


def test_zones_of_a_name_on_different_hubs_live_side_by_side():
    definition = mesh("""
  - {discover: "*", integration: main, hubs: [eu]}
  - {discover: "*", integration: dev, hubs: [us]}
""")
    members = decide(definition, hosted("Z1 example.com."), hosted("Z2 example.com."))
    assert set(states(members).values()) == {"active"}


def test_a_zone_inside_a_served_one_needs_the_delegation():
    zones = hosted("Z1 example.com.")
    members = decide(mesh(), zones, hosted("Z2 pay.example.com."))
    assert states(members) == {"main:example.com.": "active", "dev:pay.example.com.": "overlap"}
    assert members["route53:dev:pay.example.com."].note == (
        "inside route53:main:example.com., which does not delegate pay.example.com."
    )
    members = decide(
        mesh(),
        zones,
        hosted("Z2 pay.example.com."),
        [*members.values()],
        delegated=["example.com. pay.example.com."],
    )
    assert states(members)["dev:pay.example.com."] == "active"


def test_a_zone_above_a_served_one_needs_the_delegation():
    served = decide(mesh(), hosted("Z1 pay.example.com."))
    zones = hosted("Z1 pay.example.com., Z2 example.com.")
    members = decide(mesh(), zones, existing=[*served.values()])
    assert states(members) == {"main:pay.example.com.": "active", "main:example.com.": "overlap"}
    assert members["route53:main:example.com."].note == (
        "above route53:main:pay.example.com., and does not delegate pay.example.com."
    )
    members = decide(
        mesh(),
        zones,
        existing=[*served.values()],
        delegated=["example.com. pay.example.com."],
    )
    assert set(states(members).values()) == {"active"}


def test_only_the_nearest_enclosing_zone_has_to_delegate():
    delegated = ["example.com. a.example.com.", "a.example.com. b.a.example.com."]
    zones = hosted("Z1 example.com., Z2 a.example.com., Z3 b.a.example.com.")
    assert set(states(decide(mesh(), zones, delegated=delegated)).values()) == {"active"}


def test_a_zone_between_two_others_makes_room_for_the_one_above():
    served = decide(mesh(), hosted("Z3 b.a.example.com."))
    delegated = ["example.com. a.example.com.", "a.example.com. b.a.example.com."]
    zones = hosted("Z1 example.com., Z2 a.example.com., Z3 b.a.example.com.")
    members = decide(mesh(), zones, existing=[*served.values()], delegated=delegated)
    assert set(states(members).values()) == {"active"}


def test_a_zone_with_a_similar_name_is_not_inside():
    members = decide(mesh(), hosted("Z1 example.com., Z2 notexample.com."))
    assert set(states(members).values()) == {"active"}


def test_a_listed_zone_is_served_without_a_delegation():
    definition = mesh(EVERYTHING + "  - {name: pay.example.com, integration: dev}\n")
    members = decide(definition, hosted("Z1 example.com."), hosted("Z2 pay.example.com."))
    assert members["route53:dev:pay.example.com."].state == "active"
    assert members["route53:main:example.com."].state == "overlap"  # the newcomer of the two


def test_a_delegation_that_disappears_does_not_stop_what_is_served():
    zones = hosted("Z1 example.com., Z2 a.example.com.")
    served = decide(mesh(), zones, delegated=["example.com. a.example.com."])
    assert decide(mesh(), zones, existing=[*served.values()]) == served


def test_the_parent_is_asked_once_and_only_for_newcomers():
    asked: list[tuple[str, str]] = []

    def delegates(parent: Member, child: str) -> bool:
        asked.append((parent.zone, child))
        return True

    listings = {"main": hosted("Z1 example.com., Z2 a.example.com."), "dev": []}
    members = decide_members(mesh(), listings, [], delegates)
    assert asked == [("route53:main:example.com.", "a.example.com.")]
    decide_members(mesh(), listings, members, delegates)
    assert len(asked) == 1


def test_a_vanished_zone_is_served_on():
    served = decide(mesh(), hosted("Z1 example.com."))
    members = decide(mesh(), existing=[*served.values()])
    (member,) = members.values()
    assert (member.state, member.hosted_zone_id) == ("gone", "Z1")
    assert "its last content is served on" in member.note
    (back,) = decide(mesh(), hosted("Z1 example.com."), existing=[member]).values()
    assert back == served["route53:main:example.com."]


def test_a_zone_deleted_and_made_again_goes_on_under_its_key():
    served = decide(mesh(), hosted("Z1 example.com."))
    at_once = decide(mesh(), hosted("Z2 example.com."), existing=[*served.values()])
    gone = decide(mesh(), existing=[*served.values()])
    later = decide(mesh(), hosted("Z2 example.com."), existing=[*gone.values()])
    assert at_once == later
    (member,) = later.values()
    assert (member.state, member.hosted_zone_id, member.note) == ("active", "Z2", "")


def test_made_again_twice_waits_for_a_decision_and_is_served_on():
    served = decide(mesh(), hosted("Z1 example.com."))
    (member,) = decide(
        mesh(), hosted("Z2 example.com., Z3 example.com."), existing=[*served.values()]
    ).values()
    assert (member.state, member.hosted_zone_id) == ("gone", "Z1")
    assert "the name is now at Z2, Z3" in member.note


def test_a_private_zone_made_again_is_not_taken_over_by_itself():
    definition = mesh("  - {name: a.corp, integration: main, private: true, hubs: [eu]}\n")
    served = decide(definition, hosted("Z1 a.corp.", private=True))
    again = hosted("Z2 a.corp.", private=True)
    (member,) = decide(definition, again, existing=[*served.values()]).values()
    assert (member.state, member.hosted_zone_id) == ("gone", "Z1")
    assert "the name is now at Z2" in member.note


def test_a_written_hosted_zone_id_is_not_replaced_by_another():
    definition = mesh("  - {name: example.com, integration: main, hosted_zone_id: Z1}\n")
    served = decide(definition, hosted("Z1 example.com."))
    (member,) = decide(definition, hosted("Z2 example.com."), existing=[*served.values()]).values()
    assert (member.state, member.hosted_zone_id) == ("gone", "Z1")
    assert "the name is now at Z2" in member.note


def test_a_zone_made_elsewhere_does_not_take_the_place_of_a_vanished_one():
    served = decide(mesh(), hosted("Z1 example.com."))
    members = decide(mesh(), dev=hosted("Z2 example.com."), existing=[*served.values()])
    assert states(members) == {"main:example.com.": "gone", "dev:example.com.": "conflict"}


def test_a_vanished_zone_whose_name_is_listed_elsewhere_leaves():
    served = decide(mesh(), hosted("Z1 example.com."))
    definition = mesh(EVERYTHING + "  - {name: example.com, integration: dev}\n")
    members = decide(definition, dev=hosted("Z2 example.com."), existing=[*served.values()])
    assert states(members) == {"dev:example.com.": "active"}


def test_a_loser_that_vanishes_is_forgotten():
    both = decide(mesh(), hosted("Z1 example.com."), hosted("Z2 example.com."))
    members = decide(mesh(), dev=hosted("Z2 example.com."), existing=[*both.values()])
    assert states(members) == {"dev:example.com.": "active"}


def test_a_member_whose_entry_was_removed_leaves_the_register():
    served = decide(mesh(), hosted("Z1 example.com."), hosted("Z2 example.net."))
    definition = mesh('  - {discover: "*", integration: main}\n')
    zones = hosted("Z1 example.com.")
    members = decide(definition, zones, hosted("Z2 example.net."), [*served.values()])
    assert states(members) == {"main:example.com.": "active"}
    removed = changes([*served.values()], [*members.values()])
    assert removed.put == ()
    assert [member.zone for member in removed.remove] == ["route53:dev:example.net."]


def test_members_of_an_integration_that_does_not_answer_stay_exactly_as_they_are():
    served = decide(mesh(), hosted("Z1 example.com., Z3 a.example.com."), hosted("Z2 example.com."))
    assert decide(mesh(), None, None, [*served.values()]) == served
    assert decide_members(mesh(), {}, [*served.values()]) == [*served.values()]


def test_a_newcomer_does_not_take_the_name_of_a_zone_whose_integration_is_silent():
    served = decide(mesh(), hosted("Z1 example.com."))
    members = decide(mesh(), None, hosted("Z2 example.com."), [*served.values()])
    assert states(members) == {"main:example.com.": "active", "dev:example.com.": "conflict"}


def test_an_integration_taken_out_of_the_mesh_takes_its_members_along():
    served = decide(mesh(), hosted("Z1 example.com."), hosted("Z2 example.net."))
    definition = parse_mesh(
        'integrations: {main: {}}\nzones: [{discover: "*", integration: main}]\n'
    )
    members = decide_members(definition, {"main": None}, [*served.values()])
    assert [member.zone for member in members] == ["route53:main:example.com."]


def test_a_discovered_zone_that_gets_listed_keeps_its_key():
    discovered = decide(mesh(), hosted("Z1 example.com."))
    definition = mesh(EVERYTHING + "  - {name: example.com, integration: main, hubs: [eu]}\n")
    members = decide(definition, hosted("Z1 example.com."), existing=[*discovered.values()])
    (member,) = members.values()
    assert (member.zone, member.origin) == ("route53:main:example.com.", "listed")
    assert changes([*discovered.values()], [member]).put == (member,)

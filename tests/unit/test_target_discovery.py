"""Hosted zones that are targets are not discovered as sources."""

from collections.abc import Mapping, Sequence

from zonemesh.membership import decide_members
from zonemesh.mesh.definition import Mesh, parse_mesh
from zonemesh.ports import HostedZone, Member
from zonemesh.targets.discovery import without_targets

Listings = Mapping[str, Sequence[HostedZone] | None]


def mesh(zones: str, targets: str = "copy: {type: route53, hub: eu, integration: copies}") -> Mesh:
    return parse_mesh(f"""
integrations: {{main: , copies: }}
hubs: {{eu: , us: }}
primaries: {{hidden: {{address: 192.0.2.1, tsig_key: none}}}}
targets: {{{targets}}}
zones:
{zones}
""")


EVERYWHERE = mesh(
    """
  - {discover: "*", integration: main, targets: [copy]}
  - {discover: "*", integration: copies}
"""
)


def zone(id: str, apex: str = "example.com.", private: bool = False) -> HostedZone:
    return HostedZone(id, apex, private, 2)


def left(found: Mesh, listings: Listings, *existing: Member) -> dict[str, list[str] | None]:
    return {
        integration: None if zones is None else [each.id for each in zones]
        for integration, zones in without_targets(found, listings, existing).items()
    }


BOTH = {"main": [zone("Z1")], "copies": [zone("Z2"), zone("Z3", "other.example.")]}


def test_a_copy_is_not_taken_in_beside_its_source() -> None:
    assert left(EVERYWHERE, BOTH) == {"main": ["Z1"], "copies": ["Z3"]}
    members = decide_members(EVERYWHERE, without_targets(EVERYWHERE, BOTH, ()), ())
    assert {member.zone for member in members} == {
        "route53:main:example.com.",
        "route53:copies:other.example.",
    }
    assert all(member.state == "active" for member in members)


def test_the_copy_of_a_pulled_zone_is_not_taken_in() -> None:
    found = mesh(
        """
  - {name: example.com, primaries: [hidden], pulled_by: eu, targets: [copy]}
  - {discover: "*", integration: copies}
"""
    )
    assert left(found, BOTH) == {"main": ["Z1"], "copies": ["Z3"]}


def test_a_target_with_an_id_is_left_out_whatever_its_name() -> None:
    found = mesh(
        """
  - {name: example.com, integration: main, hosted_zone_id: Z1, targets: [pinned]}
  - {discover: "*", integration: main}
""",
        "pinned: {type: route53, hub: eu, integration: main, hosted_zone_id: Z9}",
    )
    listings = {"main": [zone("Z1"), zone("Z9"), zone("Z4", "a.example.")], "copies": []}
    assert left(found, listings) == {"main": ["Z1", "Z4"], "copies": []}


def test_what_is_written_down_as_a_source_stays_one() -> None:
    found = mesh(
        """
  - {discover: "*", integration: main, targets: [copy]}
  - {name: example.com, integration: copies, view: theirs, hubs: [us]}
"""
    )
    assert left(found, BOTH) == {"main": ["Z1"], "copies": ["Z2", "Z3"]}


def test_what_is_served_already_stays_a_source() -> None:
    served = Member("route53:copies:example.com.", "example.com.", "copies", "Z2", "x", ("us",))
    assert left(EVERYWHERE, BOTH, served) == {"main": ["Z1"], "copies": ["Z2", "Z3"]}


def test_a_private_zone_of_the_name_is_no_target() -> None:
    listings = {"main": [zone("Z1")], "copies": [zone("Z5", private=True)]}
    assert left(EVERYWHERE, listings) == {"main": ["Z1"], "copies": ["Z5"]}


def test_other_kinds_of_target_take_no_hosted_zone() -> None:
    found = mesh(
        """
  - {discover: "*", integration: main, targets: [power]}
  - {discover: "*", integration: copies}
""",
        "power: {type: octodns, hub: eu, provider: octodns_powerdns.PowerDnsProvider}",
    )
    assert left(found, BOTH) == {"main": ["Z1"], "copies": ["Z2", "Z3"]}


def test_an_integration_that_could_not_be_listed_stays_unknown() -> None:
    assert left(EVERYWHERE, {"main": None, "copies": [zone("Z2")]}) == {
        "main": None,
        "copies": ["Z2"],
    }
    member = Member("route53:main:example.com.", "example.com.", "main", "Z1", "discovered", ("*",))
    assert left(EVERYWHERE, {"main": None, "copies": [zone("Z2")]}, member) == {
        "main": None,
        "copies": [],
    }


def test_a_hosted_zone_that_its_own_source_would_take_is_never_its_target() -> None:
    listings = {"main": [zone("Z1")], "copies": []}
    assert left(EVERYWHERE, listings) == {"main": ["Z1"], "copies": []}

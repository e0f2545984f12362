"""Which publications would undo each other's."""

from zonemesh.mesh.definition import parse_mesh
from zonemesh.ports import Member
from zonemesh.targets.contests import contested

MESH = parse_mesh("""
integrations: {main: {}, other: {}, copies: {}}
zones:
  - {discover: "*", integration: main, hubs: [one], targets: [copy, token-a]}
  - {discover: "*", integration: other, hubs: [two], targets: [same, token-a-too, token-b]}
hubs: {one: , two: }
targets:
  copy: {type: route53, hub: one, integration: copies}
  same: {type: route53, hub: two, integration: copies, mode: upsert-only}
  token-a: {type: octodns, hub: one, provider: octodns_ns1.Ns1Provider, secrets: {api_key: "env:A"}}
  token-a-too:
    {type: octodns, hub: two, provider: octodns_ns1.Ns1Provider, secrets: {api_key: "env:A"}}
  token-b: {type: octodns, hub: two, provider: octodns_ns1.Ns1Provider, secrets: {api_key: "env:B"}}
""")


def member(integration: str, apex: str = "example.com.", state: str = "active") -> Member:
    zone = f"route53:{integration}:{apex}"
    return Member(zone, apex, integration, "Z1", "discovered", ("one",), state)


MAIN, OTHER = member("main"), member("other")


def test_two_zones_of_one_name_contest_what_is_one_place_whatever_it_is_called() -> None:
    assert contested(MESH, [MAIN, OTHER]) == {
        (MAIN.zone, "copy"): OTHER.zone,
        (MAIN.zone, "token-a"): OTHER.zone,
        (OTHER.zone, "same"): MAIN.zone,
        (OTHER.zone, "token-a-too"): MAIN.zone,
    }


def test_zones_of_different_names_and_those_that_are_not_served_contest_nothing() -> None:
    assert contested(MESH, [MAIN, member("other", "example.net.")]) == {}
    assert contested(MESH, [MAIN, member("other", state="conflict")]) == {}


def test_of_a_zone_that_is_gone_and_one_that_is_not_the_latter_is_published() -> None:
    found = contested(MESH, [member("main", state="gone"), OTHER])
    assert found == {(MAIN.zone, "copy"): OTHER.zone, (MAIN.zone, "token-a"): OTHER.zone}

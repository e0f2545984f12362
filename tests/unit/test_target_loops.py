"""Hosted zones that must not be written, found when the targets are known."""

from zonemesh.mesh.definition import Mesh, parse_mesh
from zonemesh.ports import Member
from zonemesh.targets.loops import why_not_written

MESH = """
integrations: {one: , two: , three: }
zones:
  - {discover: "*", integration: one, targets: [to-two]}
  - {discover: "*", integration: two, view: b, targets: [to-three]}
  - {discover: "*", integration: three, view: c}
hubs: {hq: }
targets:
  to-two: {type: route53, hub: hq, integration: two}
  to-three: {type: route53, hub: hq, integration: three}
  to-one: {type: route53, hub: hq, integration: one}
"""


def member(integration: str, hosted_zone: str, view: str = "", apex: str = "e.com.") -> Member:
    place = f"{integration}/{view}" if view else integration
    key = f"route53:{place}:{apex}"
    return Member(key, apex, integration, hosted_zone, "discovered", ("*",))


ONE, TWO, THREE = member("one", "Z1"), member("two", "Z2", "b"), member("three", "Z3", "c")
ALL = [ONE, TWO, THREE]


def looped() -> Mesh:
    """Give a mesh as none is applied: the last zone leads to the first."""
    mesh = parse_mesh(MESH)
    *others, last = mesh.zones
    return mesh.model_copy(
        update={"zones": (*others, last.model_copy(update={"targets": ("to-one",)}))}
    )


def test_a_zone_is_not_published_to_its_own_source() -> None:
    assert "is the source of route53:one:e.com. itself" in why_not_written(
        parse_mesh(MESH), ALL, ONE, "Z1"
    )


def test_a_chain_of_targets_that_ends_is_no_loop() -> None:
    assert why_not_written(parse_mesh(MESH), ALL, ONE, "Z2") == ""
    assert why_not_written(parse_mesh(MESH), ALL, TWO, "Z3") == ""
    assert why_not_written(parse_mesh(MESH), ALL, ONE, "ZELSEWHERE") == ""


def test_a_chain_that_leads_back_is_refused_and_named() -> None:
    why = why_not_written(looped(), ALL, ONE, "Z2")
    assert "published, as route53:two/b:e.com. to route53:three/c:e.com., back" in why
    assert why_not_written(looped(), [ONE, TWO], ONE, "Z2") == ""


def test_zones_of_other_names_are_no_part_of_a_chain() -> None:
    other = member("three", "Z3", "c", "other.com.")
    assert why_not_written(looped(), [ONE, TWO, other], ONE, "Z2") == ""

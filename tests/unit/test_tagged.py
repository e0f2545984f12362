"""Hosted zones that are discovered by their tags: read, taken in, and served on without them."""

from dataclasses import replace

import pytest

from tests.fakes.memory import MemoryHostedZones
from tests.fakes.plane import Plane, rrset
from zonemesh.enrol import enrol
from zonemesh.errors import SourceRefused, SourceThrottled
from zonemesh.mesh.definition import parse_mesh
from zonemesh.observe import Pass, observe
from zonemesh.ports import Member

MESH = """
integrations: {main: , dev: }
zones:
  - {discover: "*.plain.example", integration: main}
  - {discover: "*", tags: {zonemesh: "yes", tier: "g*"}, integration: main, policy: {soa: source}}
  - {discover: "*", tags: {zonemesh: "*"}, integration: main}
hubs: {eu: , us: }
"""
IN = {"zonemesh": "yes", "owner": "dns"}


@pytest.fixture
def plane() -> Plane:
    return Plane(MESH)


def account(plane: Plane, name: str = "main") -> MemoryHostedZones:
    return plane.ports.hosted_zones(name, plane.control.mesh)


def tag(plane: Plane, hosted_zone: str, **tags: str) -> None:
    account(plane).tagged[hosted_zone] = tags


def states(plane: Plane) -> dict[str, str]:
    return {member.zone: member.state for member in plane.ports.register.members()}


def test_a_hosted_zone_is_taken_in_once_it_has_the_tag(plane: Plane) -> None:
    zone = plane.create("Z1", "example.com.", rrset("www.example.com."))
    other = plane.create("Z2", "example.net.")
    tag(plane, "Z1", **IN)
    assert [member.zone for member in enrol(plane.control).members] == [zone]
    plane.list_ordered()
    assert plane.served(zone) == ["www.example.com. 300 IN A 192.0.2.1"]
    assert plane.member(zone).tags == (("zonemesh", "yes"),)  # of the others nobody asks
    tag(plane, "Z2", zonemesh="")
    enrol(plane.control)
    assert states(plane) == {zone: "active", other: "active"}


@pytest.mark.parametrize(
    ("tags", "soa"),
    [
        ({}, None),
        ({"Zonemesh": "yes"}, None),
        ({"tier": "gold"}, None),
        ({"zonemesh": "yes", "tier": "Gold"}, 900),
        ({"zonemesh": "yes", "tier": "gold"}, "source"),
        ({"zonemesh": "no", "tier": "gold"}, 900),
    ],
)
def test_all_tags_of_a_pattern_count_and_the_first_pattern_decides(
    plane: Plane, tags: dict[str, str], soa: object
) -> None:
    zone = plane.create("Z1", "example.com.")
    tag(plane, "Z1", **tags)
    enrol(plane.control)
    assert (zone in states(plane)) is (soa is not None)
    if soa is not None:
        found = plane.control.mesh.zone_policy(plane.member(zone)).soa
        assert soa in (found, getattr(found, "refresh", None))


def test_tags_are_read_only_where_they_could_decide(plane: Plane) -> None:
    listed = "zones:\n  - {name: listed.example, integration: main}\n"
    plane.ports.mesh_store.apply(MESH.replace("zones:\n", listed))
    for number, apex in enumerate(
        ("a.plain.example.", "listed.example.", "example.com.", "com.", "inside.example.")
    ):
        plane.create(f"Z{number}", apex)
    plane.create("Z9", "example.org.", account="dev")
    main = account(plane)
    main.zones[-1] = replace(main.zones[-1], private=True)
    enrol(plane.control)
    assert main.asked == [("Z2",)]
    assert account(plane, "dev").asked == []


def test_a_zone_that_lost_its_tag_is_served_on_until_somebody_decides(plane: Plane) -> None:
    zone = plane.create("Z1", "example.com.", rrset("www.example.com."))
    tag(plane, "Z1", zonemesh="yes", tier="gold")
    enrol(plane.control)
    plane.list_ordered()
    before = plane.member(zone)
    tag(plane, "Z1", tier="gold")
    (changed,) = enrol(plane.control).changed
    assert (changed.state, changed.tags) == ("gone", before.tags)
    assert changed.note == (
        "hosted zone Z1 no longer has the tags that `discover: *` asks for (`zonemesh: yes`, "
        "`tier: g*`); its last content is served on. Tag it again, or `zonemesh zones forget "
        "route53:main:example.com.` takes it out"
    )
    assert plane.control.mesh.zone_policy(changed).soa == "source"
    assert enrol(plane.control).changed == ()
    plane.put("Z1", rrset("www.example.com.", "A", "192.0.2.2"))
    assert plane.orders() == []

    tag(plane, "Z1", zonemesh="yes", tier="gold")
    assert [member.state for member in enrol(plane.control).changed] == ["active"]
    plane.list_ordered()
    assert plane.served(zone) == ["www.example.com. 300 IN A 192.0.2.2"]


def test_a_pattern_that_is_taken_out_of_the_mesh_takes_its_zones_with_it(plane: Plane) -> None:
    plane.create("Z1", "example.com.")
    tag(plane, "Z1", zonemesh="perhaps")
    enrol(plane.control)
    assert states(plane) == {"route53:main:example.com.": "active"}
    plane.ports.mesh_store.apply(MESH.replace('"*"', '"*.elsewhere.example"'))
    enrol(plane.control)
    assert states(plane) == {}


def test_a_tag_that_moves_to_another_hosted_zone_of_the_name_takes_the_name_along(
    plane: Plane,
) -> None:
    zone = plane.create("Z1", "example.com.")
    plane.create("Z2", "example.com.")
    tag(plane, "Z1", **IN)
    enrol(plane.control)
    assert (plane.member(zone).hosted_zone_id, plane.member(zone).note) == ("Z1", "")
    tag(plane, "Z2", **IN)
    enrol(plane.control)
    assert plane.member(zone).hosted_zone_id == "Z1"
    assert "hosted zones of the same name: Z2" in plane.member(zone).note
    tag(plane, "Z1")
    enrol(plane.control)
    assert (plane.member(zone).hosted_zone_id, plane.member(zone).state) == ("Z2", "active")


def test_two_tagged_zones_of_a_name_are_a_conflict_and_one_inside_another_an_overlap(
    plane: Plane,
) -> None:
    for id in ("Z1", "Z2"):
        plane.create(id, "twice.example.")
        tag(plane, id, **IN)
    parent = plane.create("Z3", "example.com.")
    tag(plane, "Z3", **IN)
    enrol(plane.control)
    child = plane.create("Z4", "child.example.com.")
    tag(plane, "Z4", **IN)
    enrol(plane.control)
    assert states(plane) == {
        "route53:main:twice.example.": "conflict", parent: "active", child: "overlap"
    }  # fmt: skip


def test_private_zones_are_discovered_by_tag_into_their_own_view() -> None:
    plane = Plane("""
integrations: {main: }
zones: [{discover: "*", tags: {in: "x"}, integration: main, private: true, view: v, hubs: [eu]}]
hubs: {eu: }
""")
    for id, private in (("Z1", True), ("Z2", False), ("Z3", True)):
        plane.create(id, f"{id.lower()}.corp.")
        account(plane).zones[-1] = replace(account(plane).zones[-1], private=private)
    for id in ("Z1", "Z2"):
        account(plane).tagged[id] = {"in": "x"}
    enrol(plane.control)
    assert states(plane) == {"route53:main/v:z1.corp.": "active"}
    assert account(plane).asked == [("Z1", "Z3")]


# Tags that cannot be read


def test_what_cannot_be_read_changes_nothing_and_is_told(plane: Plane) -> None:
    zone = plane.create("Z1", "example.com.")
    gone = plane.create("Z2", "example.net.")
    tag(plane, "Z1", **IN)
    tag(plane, "Z2", **IN)
    enrol(plane.control)
    plane.delete("Z2")
    plain = plane.create("Z3", "a.plain.example.")
    plane.create("Z4", "example.org.")
    tag(plane, "Z4", **IN)
    tag(plane, "Z1")
    account(plane).tag_problems.append(SourceRefused("allow route53:ListTagsForResources"))
    enrolled = enrol(plane.control)
    assert {name: str(why) for name, why in enrolled.unread.items()} == {
        "tags in main": "allow route53:ListTagsForResources"
    }
    assert states(plane) == {zone: "active", gone: "gone", plain: "active"}
    assert enrol(plane.control).unread == {}
    assert states(plane)[zone] == "gone"
    assert states(plane)["route53:main:example.org."] == "active"


def test_a_mesh_that_asks_for_tags_anew_drops_nobody_before_they_are_read() -> None:
    plane = Plane(
        'integrations: {main: }\nzones: [{discover: "*", integration: main}]\nhubs: {a: }'
    )
    zone = plane.create("Z1", "example.com.")
    enrol(plane.control)
    plane.ports.mesh_store.apply(
        "integrations: {main: }\nhubs: {a: }\n"
        'zones: [{discover: "*", integration: main, tags: {in: x}}]\n'
    )
    account(plane).tag_problems.append(SourceThrottled("slower"))
    enrol(plane.control)
    account(plane).problems.append(SourceThrottled("slower"))
    enrol(plane.control)
    assert states(plane) == {zone: "active"}
    tag(plane, "Z1", **{"in": "x"})
    enrol(plane.control)
    assert states(plane) == {zone: "active"}
    assert plane.member(zone).tags == (("in", "x"),)


@pytest.mark.parametrize("before", ["", ", tags: {in: old}"])
def test_a_pattern_that_asks_for_other_tags_takes_no_served_zone_off(before: str) -> None:
    def mesh(tags: str) -> str:
        return (
            "integrations: {main: }\nhubs: {a: }\n"
            f'zones: [{{discover: "*", integration: main{tags}}}]\n'
        )

    plane = Plane(mesh(before))
    zone = plane.create("Z1", "example.com.")
    tag(plane, "Z1", **{"in": "old"})
    enrol(plane.control)
    assert states(plane) == {zone: "active"}
    plane.ports.mesh_store.apply(mesh(", tags: {in: new}"))
    for _ in range(2):
        enrol(plane.control)
        assert states(plane) == {zone: "gone"}
        assert "no longer has the tags" in plane.member(zone).note
    tag(plane, "Z1", **{"in": "new"})
    enrol(plane.control)
    assert states(plane) == {zone: "active"}


def test_where_time_is_too_short_for_all_others_come_next(plane: Plane) -> None:
    for number in range(25):
        plane.create(f"Z{number:02}", f"z{number}.example.")
        tag(plane, f"Z{number:02}", **IN)

    def pass_time() -> None:
        plane.now += 31

    account(plane).on_tags = pass_time
    for _ in range(12):
        enrolled = enrol(plane.control, read_for=60)
    assert "no time was left to read those of 5 hosted zones" in str(
        enrolled.unread["tags in main"]
    )
    assert set(states(plane).values()) == {"active"}
    assert len(states(plane)) == 25


def test_an_event_has_the_tags_read_of_the_hosted_zone_that_it_names(plane: Plane) -> None:
    zones = {id: plane.create(id, f"{id.lower()}.example.") for id in ("Z1", "Z2", "Z3")}
    tag(plane, "Z1", **IN)
    enrol(plane.control)
    account(plane).asked.clear()
    tag(plane, "Z1")
    tag(plane, "Z2", **IN)
    tag(plane, "Z3", **IN)
    event = plane.event("Z2", operation="ChangeTagsForResource")
    observe(plane.control, Pass(None, (replace(event, hosted_zones=frozenset({"Z2"})),)))
    assert account(plane).asked == [("Z2",)]
    assert states(plane) == {zones["Z1"]: "active", zones["Z2"]: "active"}
    account(plane).tag_problems.append(SourceThrottled("slower"))
    with pytest.raises(SourceThrottled):  # so that the event comes again
        observe(plane.control, Pass(None, (replace(event, hosted_zones=frozenset({"Z3"})),)))


# What a definition may say of tags


@pytest.mark.parametrize(
    ("tags", "problem"),
    [
        (
            "{zonemesh: yes}",
            "zones[0].tags.zonemesh: expected text, found `true`; put it in quotes",
        ),
        ("[zonemesh]", "zones[0].tags: expected a mapping (`key: value` lines), found a list"),
        ('{"": x}', "zones[0].tags.: `` is no tag's key; write 1 to 128 characters"),
        (f"{{a: {'x' * 257}}}", "is longer than a tag's value, of 256 characters at most"),
    ],
)
def test_a_tag_that_cannot_be_is_refused(tags: str, problem: str) -> None:
    text = (
        f'integrations: {{main: }}\nzones: [{{discover: "*", integration: main, tags: {tags}}}]\n'
    )
    with pytest.raises(ValueError) as refused:
        parse_mesh(text)
    assert problem in str(refused.value)


def test_a_listed_zone_has_no_use_for_tags() -> None:
    with pytest.raises(ValueError, match=r"zones\[0\].tags: unknown key"):
        parse_mesh("integrations: {m: }\nzones: [{name: a.b, integration: m, tags: {a: b}}]\n")


def test_members_are_known_by_the_tags_that_they_had() -> None:
    mesh = parse_mesh(MESH)
    member = Member("route53:main:a.b.", "a.b.", "main", "Z1", "discovered", ("*",))
    assert mesh.entry_of(member) is None
    assert mesh.entry_of(replace(member, tags=(("zonemesh", "yes"),))) == mesh.zones[2]
    assert (
        mesh.entry_of(replace(member, tags=(("tier", "g"), ("zonemesh", "yes")))) == mesh.zones[1]
    )

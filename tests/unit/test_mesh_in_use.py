"""What goes with a new mesh although it is in use: who uses it, and what would follow."""

from typing import Any

import pytest

from zonemesh.mesh.definition import parse_mesh
from zonemesh.mesh.in_use import InUse, in_use, leaving, takes_away
from zonemesh.ports import HubReport, Member

NOW = 10_000.0
MESH = """
integrations: {main: , dev: }
zones: [{discover: "*", integration: main}]
hubs: {hq: {secondaries: [paris]}, branch: {secondaries: [paris, rome]}}
targets: {copy: {type: route53, hub: hq, integration: dev}}
secondaries:
  paris: {address: 192.0.2.1, tsig_key: none}
  rome: {address: 192.0.2.2, tsig_key: none}
"""
COM, NET = "route53:main:example.com.", "route53:main:example.net."
MEMBERS = [
    Member(COM, "example.com.", "main", "Z1", "discovered", ("*",)),
    Member(NET, "example.net.", "main", "Z2", "discovered", ("*",), "gone"),
    Member("route53:main:a.example.", "a.example.", "main", "", "listed", ("*",), "gone"),
    Member("route53:dev:b.example.", "b.example.", "dev", "Z3", "discovered", ("*",), "conflict"),
]


def follows(state: str, serial: int | None = 7) -> dict[str, Any]:
    return {"state": state, "follows": serial}


def hub(age: float | None, **zones: Any) -> HubReport:
    heartbeat = None if age is None else {"at": NOW - age, "ready": True}
    return HubReport(heartbeat, {{"com": COM, "net": NET}[name]: zones[name] for name in zones})


def found(edit: tuple[str, str], **reports: HubReport) -> list[InUse]:
    assert edit[0] in MESH
    old, new = parse_mesh(MESH), parse_mesh(MESH.replace(*edit))
    assert takes_away(old, new)
    silent = {"hq": hub(None), "branch": hub(None)}
    return in_use(old, new, MEMBERS, silent | reports, NOW)


NO_BRANCH = (", branch: {secondaries: [paris, rome]}", "")
NO_ROME = ("paris, rome", "paris")
NO_COPY = ("targets: {copy: {type: route53, hub: hq, integration: dev}}", "targets:")
NO_MAIN = (
    'main: , dev: }\nzones: [{discover: "*", integration: main}]',
    'dev: }\nzones: [{discover: "*", integration: dev}]',
)


def test_a_hub_that_is_heard_of_or_followed_is_in_use() -> None:
    followed = {"secondaries": {"paris": follows("current"), "rome": follows("refused")}}
    (use,) = found(NO_BRANCH, branch=hub(12, com=followed, net=followed))
    assert use.path == "hubs.branch"
    assert use.users == ("heard of 12 s ago", "secondary paris follows it in 2 zones")
    assert "it serves on what it has" in use.then
    (use,) = found(NO_BRANCH, branch=hub(9_000, com=followed))
    assert use.users == ("secondary paris follows it in 1 zone",)


@pytest.mark.parametrize(
    "report",
    [
        hub(None),
        hub(121),
        hub(9_000, com={"secondaries": {"paris": follows("unreachable")}}),
        hub(9_000, com={"secondaries": {"paris": follows("unknown", None)}}),
    ],
    ids=["never heard of", "silent", "unreachable by its secondaries", "without an answer"],
)
def test_a_hub_that_nobody_needs_may_go(report: HubReport) -> None:
    assert found(NO_BRANCH, branch=report) == []


def test_a_secondary_that_follows_is_in_use_until_no_hub_has_it() -> None:
    followed = {"secondaries": {"paris": follows("behind"), "rome": follows("current")}}
    both = {"hq": hub(1, com=followed), "branch": hub(1, com=followed, net=followed)}
    (use,) = found(NO_ROME, **both)
    assert (use.path, use.users[-1]) == ("secondaries.rome", "it follows hub hq in 1 zone")
    assert use.users[0] == "it follows hub branch in 2 zones"
    assert not takes_away(parse_mesh(MESH), parse_mesh(MESH.replace("[paris]", "[]")))


def test_a_target_is_in_use_once_something_is_published_there() -> None:
    published = {"targets": {"copy": {"state": "published", "serial": 7}}}
    (use,) = found(NO_COPY, hq=hub(1, com=published, net=published))
    assert use.path == "targets.copy"
    assert use.users == ("example.com., example.net. are published there",)
    assert found(NO_COPY, hq=hub(1, com={"targets": {"copy": {"state": "waiting"}}})) == []


def test_an_integration_is_in_use_while_its_zones_are_served() -> None:
    (use,) = found(NO_MAIN)
    assert use.path == "integrations.main"
    assert use.users == ("example.com., example.net. are served from it",)
    old, new = parse_mesh(MESH), parse_mesh(MESH.replace(*NO_MAIN))
    assert in_use(old, new, MEMBERS[2:], {}, NOW) == []


def test_of_many_zones_some_are_named() -> None:
    many = [
        Member(f"route53:main:z{n}.example.", f"z{n}.example.", "main", f"Z{n}", "listed", ("*",))
        for n in range(9)
    ]
    (use,) = in_use(parse_mesh(MESH), parse_mesh(MESH.replace(*NO_MAIN)), many, {}, NOW)
    assert use.users[0].startswith("9 zones (z0.example., z1.example., ")
    assert use.users[0].endswith(", …) are served from it")


def test_what_is_added_or_changed_takes_nothing_away() -> None:
    old = parse_mesh(MESH)
    for edit in (
        ("{hq:", "{third: , hq:"),
        ("192.0.2.1", "192.0.2.9"),
        ("integration: dev", "integration: main, hosted_zone_id: Z9"),
    ):
        assert edit[0] in MESH
        assert not takes_away(old, parse_mesh(MESH.replace(*edit)))


def test_served_zones_that_no_entry_takes_in_any_more_leave() -> None:
    old = parse_mesh(MESH)
    for pattern, left in {
        '"*.com", integration: main': ["example.net."],
        '"*", integration: main, tags: {a: b}': [],  # nobody knows their tags yet
        '"*", integration: dev': ["example.com.", "example.net."],
    }.items():
        new = parse_mesh(MESH.replace('"*", integration: main', pattern))
        assert leaving(old, new, MEMBERS) == left


def test_a_zone_that_is_served_on_without_its_tags_leaves_with_its_pattern() -> None:
    asks = MESH.replace('"*", integration: main', '"*", integration: main, tags: {a: b}')
    new = parse_mesh(MESH.replace('"*", integration: main', '"*", integration: dev'))
    assert leaving(parse_mesh(asks), new, MEMBERS) == ["example.com.", "example.net."]

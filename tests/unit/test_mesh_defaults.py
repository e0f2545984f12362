"""What entries of `zones` take from `defaults`, what not, and where what is wrong is told."""

import pytest

from zonemesh.errors import InvalidMesh
from zonemesh.mesh.changes import MeshChange, mesh_changes
from zonemesh.mesh.definition import parse_mesh
from zonemesh.policy import ApexNameServers, Policy, SoaTimers
from zonemesh.ports import Member

REST = """
integrations: {main: , dev: }
hubs: {hq: , branch: }
primaries: {one: {address: 192.0.2.1, tsig_key: none}}
targets: {cloud: {type: octodns, hub: hq, provider: a_b.C}}
"""
MESH = """
defaults:
  hubs: [hq]
  targets: [cloud]
  group: signed
  policy:
    soa: {refresh: 600, expire: 86400}
    apex_ns: union
    name_servers: [ns.example.net]
    guard: {removed: 10}
zones:
  - {discover: "*", integration: main}
  - {name: example.com, integration: main, hubs: ["*"], targets: [], policy: {soa: {refresh: 60}}}
  - {name: example.net, integration: dev, policy: {soa: source, apex_ns: source}}
  - {name: example.org, integration: dev, private: true, view: inside, hubs: [branch]}
  - {name: example.edu, primaries: [one], pulled_by: hq}
"""
FIRST, COM, NET, INSIDE, PULLED = range(5)


def entries(edit: tuple[str, str] = ("", "")):
    return parse_mesh(MESH.replace(*edit) + REST).zones


def problems(*edits: tuple[str, str]) -> list[str]:
    text = MESH + REST
    for edit in edits:
        assert edit[0] in text
        text = text.replace(*edit)
    with pytest.raises(InvalidMesh) as refused:
        parse_mesh(text)
    return refused.value.problems


def test_an_entry_that_says_nothing_is_as_the_defaults_say():
    entry = entries()[FIRST]
    assert (entry.hubs, entry.targets, entry.group) == (("hq",), ("cloud",), "signed")
    assert entry.policy.soa == SoaTimers(refresh=600, expire=86400)
    assert entry.policy.name_servers == ("ns.example.net.",)
    assert entry.policy.guard.removed == 10


def test_what_an_entry_says_counts_more_setting_by_setting():
    entry = entries()[COM]
    assert (entry.hubs, entry.targets) == (("*",), ())
    assert entry.policy.soa == SoaTimers(refresh=60, expire=86400)
    assert entry.policy.guard.removed == 10


def test_a_word_takes_the_place_of_settings_and_settings_that_of_a_word():
    assert entries()[NET].policy.soa == "source"
    timers = entries(("soa: {refresh: 600, expire: 86400}", "soa: source"))
    assert timers[FIRST].policy.soa == "source"
    assert timers[COM].policy.soa == SoaTimers(refresh=60)


def test_who_keeps_the_source_s_name_servers_is_not_given_others():
    policy = entries()[NET].policy
    assert (policy.apex_ns, policy.name_servers) == (ApexNameServers.SOURCE, ())


def test_a_private_zone_is_where_it_says_itself():
    entry = entries()[INSIDE]
    assert (entry.hubs, entry.targets, entry.group) == (("branch",), (), None)
    assert entry.policy.guard.removed == 10
    (problem,) = problems((", hubs: [branch]", ""))
    assert "zones[3].private: a private zone is served only by hubs that are named" in problem


def test_a_pulled_zone_keeps_its_primary_s_soa():
    entry = entries()[PULLED]
    assert (entry.policy.soa, entry.policy.guard.removed, entry.hubs) == ("source", 10, ("hq",))
    own = entries(("pulled_by: hq", "pulled_by: hq, policy: {soa: {refresh: 60}}"))[PULLED]
    assert own.policy.soa == SoaTimers(refresh=60)


def test_whoever_asks_for_a_policy_gets_the_whole_one():
    mesh = parse_mesh(MESH + REST)
    key = "route53:main:a.example."
    member = Member(key, "a.example.", "main", "Z1", "discovered", ("hq",))
    assert mesh.zone_policy(member) == mesh.zones[FIRST].policy
    assert list(mesh.targets_for(member)) == ["cloud"]
    left = Member("route53:gone:a.example.", "a.example.", "gone", "Z1", "discovered", ("hq",))
    assert mesh.zone_policy(left) == mesh.defaults.policy


def test_defaults_that_are_the_defaults_change_no_snapshot():
    text = "zones: [{discover: '*', integration: main}]\n" + REST
    plain = parse_mesh(text).zones[0].policy.digest()
    for written in ("", "{}", "{policy: {soa: {refresh: 900}, guard: {removed: 30}}}"):
        assert parse_mesh(f"defaults: {written}\n{text}").zones[0].policy.digest() == plain
    assert plain == Policy().digest()


# What is wrong, where it was written


@pytest.mark.parametrize(
    ("edit", "problem"),
    [
        (("refresh: 600", "refresh: 1h"),
         "defaults.policy.soa.refresh: expected a whole number, found `1h` (line 7)"),
        (("guard: {", "gard: {"), "defaults.policy.gard: unknown key (did you mean `guard`?)"),
        (("hubs: [hq]\n", "hubs: [hp]\n"), "defaults.hubs[0]: no hub `hp`; known: hq, branch"),
        (("targets: [cloud]\n", "targets: [cloud, cloud]\n"),
         "defaults.targets[1]: `cloud` is in the list twice"),
        (("group: signed", "group: Signed!"), "defaults.group: `Signed!` is not a usable name"),
        (("  group: signed", "  integration: main"), "defaults.integration: unknown key"),
        (("expire: 86400", "expire: 700"),
         "defaults.policy.soa: `expire` (700) must be greater than `refresh` + `retry` (900)"),
        (("refresh: 60}}", "refresh: 86400}}"),
         "zones[1].policy.soa: `expire` (86400) must be greater than `refresh` + `retry` (86700)"),
    ],
)  # fmt: skip
def test_a_problem_is_told_once_and_where_it_was_written(edit: tuple[str, str], problem: str):
    (found,) = problems(edit)
    assert found.startswith(problem)


def test_a_problem_of_some_entries_with_the_defaults_names_them():
    target = "targets: {cloud: {type: route53, hub: hq, integration: main}}"
    (found,) = problems(("targets: {cloud: {type: octodns, hub: hq, provider: a_b.C}}", target))
    assert found.startswith("defaults.targets[0]: target `cloud` is in integration `main`, where")
    assert found.endswith("(for zones[0]) (line 4)")


def test_name_servers_that_defaults_lack_are_asked_for_there():
    (found,) = problems(("    name_servers: [ns.example.net]\n", ""))
    assert found.startswith("defaults.policy.apex_ns: `apex_ns: union` needs the servers' names")
    assert "(for zones[0], zones[1], zones[3], zones[4])" in found


@pytest.mark.parametrize(
    "text",
    [
        "defaults: [hq]\nzones: [{discover: '*', integration: main}]\n",
        "defaults: &d {policy: *d}\nzones: [{discover: '*', integration: main, policy: *d}]\n",
        "defaults: &d {policy: &p {soa: *p}}\nzones: [*d, {policy: *p, name: *d}]\n",
    ],
)
def test_defaults_of_any_shape_are_refused_by_name(text: str):
    with pytest.raises(InvalidMesh) as refused:
        parse_mesh(text + REST)
    assert any(problem.startswith("defaults") for problem in refused.value.problems)


# What changes, in words


def changes(*edits: tuple[str, str]) -> list[MeshChange]:
    text = MESH
    for edit in edits:
        assert edit[0] in text
        text = text.replace(*edit)
    return mesh_changes(parse_mesh(MESH + REST), parse_mesh(text + REST))


def test_a_change_of_the_defaults_names_the_zones_that_it_is_for():
    assert changes(("refresh: 600", "refresh: 500"), ("removed: 10", "removed: 20")) == [
        MeshChange(
            "~",
            "defaults",
            (
                "policy.soa.refresh: 600 → 500, for zones * of main, zone example.org. of "
                "dev/inside",
                "policy.guard.removed: 10 → 20, for zones * of main, zone example.com. of main, "
                "zone example.net. of dev, zone example.org. of dev/inside, zone example.edu. "
                "pulled by hq",
            ),
        )
    ]


def test_what_an_entry_changes_besides_is_told_apart():
    found = changes(("refresh: 600", "refresh: 500"), ("refresh: 60}", "refresh: 50}"))
    assert [change.what for change in found] == ["defaults", "zone example.com. of main"]
    assert found[1].details == ("policy.soa.refresh: 60 → 50",)


def test_a_change_of_the_defaults_may_be_for_no_zone():
    (change,) = changes(
        ("hubs: [hq]\n", "hubs: [branch]\n"),
        ('"*", integration: main}', '"*", integration: main, hubs: [hq]}'),
        ("integration: dev, policy", "integration: dev, hubs: [hq], policy"),
        ("pulled_by: hq", "pulled_by: hq, hubs: [hq]"),
    )
    assert change == MeshChange(
        "~", "defaults", ("hubs: hq → branch, for no zone: each has its own",)
    )

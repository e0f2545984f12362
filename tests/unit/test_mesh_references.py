"""What a mesh names and does not declare, and what it declares and does not name."""

import pytest

from tests.unit.test_mesh_example import EXAMPLE, uncommented
from zonemesh.errors import InvalidMesh
from zonemesh.mesh.definition import parse_mesh
from zonemesh.mesh.warnings import mesh_warnings

MESH = """
integrations: {main: , dev: }
zones:
  - {name: example.com, integration: main, hubs: [hq, branch], targets: [copy, cloud]}
  - {name: example.org, primaries: [one], pulled_by: branch, hubs: [branch]}
hubs: {hq: {secondaries: [paris]}, branch: {secondaries: [paris]}}
primaries: {one: {address: 192.0.2.1, tsig_key: key}}
targets:
  copy: {type: route53, hub: branch, integration: dev}
  cloud: {type: octodns, hub: hq, provider: a_b.C}
secondaries: {paris: {address: 192.0.2.2, tsig_key: key}}
tsig_keys: {key: {secret: "env:K"}}
catalog: {name: catalog.example, hubs: [branch]}
"""

REMOVED = {
    "a hub": (
        ", branch: {secondaries: [paris]}",
        "hubs.branch: is not there but is used by zones[0].hubs, zones[1].hubs, "
        "zones[1].pulled_by, targets.copy.hub, catalog.hubs; declare it, or take it out there "
        "(known: hq) (line 6)",
    ),
    "an integration": (
        ", dev: ",
        "targets.copy.integration: no integration `dev`; known: main (line 9)",
    ),
    "a key": (
        '{key: {secret: "env:K"}}',
        "tsig_keys.key: is not there but is used by primaries.one.tsig_key, "
        "secondaries.paris.tsig_key; declare it, or take it out there (none is declared under "
        "`tsig_keys`) (line 12)",
    ),
    "a secondary": (
        "{paris: {address: 192.0.2.2, tsig_key: key}}",
        "secondaries.paris: is not there but is used by hubs.hq.secondaries, "
        "hubs.branch.secondaries; declare it, or take it out there (none",
    ),
    "a primary": (
        "{one: {address: 192.0.2.1, tsig_key: key}}",
        "zones[1].primaries[0]: no primary `one`; none is declared under `primaries` (line 5)",
    ),
    "a target": (
        "  copy: {type: route53, hub: branch, integration: dev}\n",
        "zones[0].targets[0]: no target `copy`; known: cloud (line 4)",
    ),
}


def problems(text: str) -> list[str]:
    with pytest.raises(InvalidMesh) as refused:
        parse_mesh(text)
    return refused.value.problems


@pytest.mark.parametrize(("removed", "problem"), REMOVED.values(), ids=REMOVED.keys())
def test_what_was_removed_and_is_still_named_is_refused_with_who_names_it(
    removed: str, problem: str
) -> None:
    assert removed in MESH
    (found,) = problems(MESH.replace(removed, ""))
    assert found.startswith(problem)


def test_a_name_misspelt_everywhere_is_guessed_once() -> None:
    (found,) = problems(MESH.replace("paris]", "pariss]"))
    assert found.startswith("secondaries.pariss: is not there (did you mean `paris`?) but is used")


def test_one_server_with_one_key_is_one_secondary() -> None:
    paris = "paris: {address: 192.0.2.2, tsig_key: key}"
    text = MESH.replace(paris, f"{paris}, rome: {{address: 192.0.2.2, tsig_key: %s}}")
    text = text.replace("[paris]}}", "[rome]}}")
    (found,) = problems(text % "key")
    assert found.startswith("secondaries.rome: the same server and key as `paris`; keep one")
    assert parse_mesh(text % "none").secondaries["rome"]  # two views of one BIND


UNUSED = {
    "integrations": ("integrations: {main: ", "integrations: {third: , main: ", "third"),
    "hubs": ("hubs: {hq", "hubs: {spare: , hq", "spare"),
    "primaries": ("one: {", "two: {address: 192.0.2.9, tsig_key: none}, one: {", "two"),
    "targets": ("  copy:", "  other: {type: octodns, hub: hq, provider: a_b.C}\n  copy:", "other"),
    "secondaries": ("{paris: {", "{oslo: {address: 192.0.2.8, tsig_key: none}, paris: {", "oslo"),
    "tsig_keys": ("{key: {", '{Spare.: {secret: "env:S"}, key: {', "Spare."),
}


@pytest.mark.parametrize("section", UNUSED)
def test_what_nobody_names_is_a_warning(section: str) -> None:
    before, after, name = UNUSED[section]
    text = MESH.replace(before, after, 1)
    parse_mesh(text)
    (warning,) = mesh_warnings(text)
    assert warning.startswith(f"{section}.{name}: is not used: no ")


def test_a_pattern_that_comes_too_late_is_a_warning() -> None:
    later = MESH.replace(
        "zones:\n",
        'zones:\n  - {discover: "*", integration: dev, hubs: [hq]}\n'
        '  - {discover: "*.com", integration: dev, hubs: [hq]}\n',
    )
    (warning,) = mesh_warnings(later)
    assert warning == (
        "zones[1].discover: takes in nothing: zones[0], `discover: *`, comes first and takes in "
        "all that `*.com` could (line 5)"
    )
    assert mesh_warnings(later.replace('"*.com", integration: dev', '"*", integration: main')) == []


@pytest.mark.parametrize("text", [EXAMPLE, uncommented(), MESH])
def test_a_mesh_of_which_all_is_used_has_no_warning(text: str) -> None:
    assert mesh_warnings(text) == []

"""The example at the root: it works as it stands, and it is the reference of every setting."""

import json
import re
from pathlib import Path

import pytest
import yaml
from pydantic import BaseModel

from zonemesh.errors import InvalidMesh
from zonemesh.mesh.alerts import Alerts
from zonemesh.mesh.definition import parse_mesh
from zonemesh.mesh.help import ANYWHERE, BY_TYPE
from zonemesh.mesh.places import OctodnsTarget, Primary, Route53Target, TargetGuard
from zonemesh.mesh.schema import mesh_schema
from zonemesh.mesh.sections import (
    Catalog,
    Defaults,
    DiscoveredZones,
    History,
    Hub,
    Integration,
    ListedZone,
    PulledZone,
    ResolverAddress,
    Secondary,
    TsigKey,
)
from zonemesh.policy import Aliases, Guard, Policy, Routing, Serial, SoaTimers

ROOT = Path(__file__).parents[2]
EXAMPLE = (ROOT / "mesh.yaml").read_text(encoding="utf-8")
FOR_EDITORS = "# yaml-language-server: $schema=mesh.schema.json"


def uncommented() -> str:
    """The example with its settings in force; lines after `##` stay comments."""
    return re.sub(r"^(\s*)# (?!yaml-language-server)", r"\1", EXAMPLE, flags=re.MULTILINE)


def test_the_example_takes_in_every_public_zone_and_serves_it_from_one_hub():
    mesh = parse_mesh(EXAMPLE)
    (entry,) = mesh.zones
    assert isinstance(entry, DiscoveredZones)
    assert (entry.discover, entry.hubs, list(mesh.hubs)) == ("*", ("*",), ["hq"])


def test_every_setting_of_the_example_can_be_uncommented():
    mesh = parse_mesh(uncommented())
    assert list(mesh.tsig_keys_of("hq")) == ["paris"]
    assert len(mesh.listed) == 3


@pytest.mark.parametrize(
    "section",
    [
        Integration, ResolverAddress, ListedZone, DiscoveredZones, Hub, Secondary, TsigKey,
        Policy, SoaTimers, Serial, Aliases, Routing, Guard, History, PulledZone, Primary,
        Route53Target, OctodnsTarget, TargetGuard, Catalog, Defaults, Alerts,
    ],
)  # fmt: skip
def test_the_example_shows_every_setting_there_is(section: type[BaseModel]):
    for field in section.model_fields:
        assert re.search(rf"(^|[ {{]){field}:", uncommented(), re.MULTILINE), field


def test_the_example_names_the_defaults_of_a_target():
    standby = parse_mesh(uncommented()).targets["standby"]
    assert standby.model_copy(update={"ignore": ()}) == Route53Target(
        type="route53", hub="hq", integration="subsidiary"
    )


def test_the_defaults_that_the_example_names_are_the_defaults():
    listed = parse_mesh(uncommented()).listed[0]
    assert listed.policy.soa == SoaTimers()
    assert listed.policy.serial.strategy == Serial().strategy
    assert listed.policy.aliases.model_copy(update={"targets": {}}) == Aliases()
    assert listed.policy.routing.model_copy(update={"preferred_region": None}) == Routing()
    assert parse_mesh(uncommented()).integrations["subsidiary"].requests_per_second == (
        Integration().requests_per_second
    )
    assert parse_mesh(uncommented()).history == parse_mesh("history:").history == History()
    assert parse_mesh(uncommented()).alerts == parse_mesh("alerts:").alerts == Alerts()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "keep_days: 1",
            "history.keep_days: unknown key .*known: keep_all_days, keep_daily_days, syncs_days",
        ),
        ("syncs_days: 0", "history.syncs_days: .*greater than or equal to 1 "),
        ("keep_all_days: 0", "history.keep_all_days: .*greater than or equal to 1 "),
        ("keep_daily_days: a week", "history.keep_daily_days: expected a whole number"),
    ],
)
def test_a_wrong_setting_of_the_history_is_named(text: str, problem: str):
    with pytest.raises(InvalidMesh, match=problem):
        parse_mesh(f"history: {{{text}}}")


@pytest.mark.parametrize("text", [EXAMPLE, uncommented()], ids=["as it stands", "uncommented"])
def test_the_schema_accepts_the_example(text: str):
    jsonschema = pytest.importorskip("jsonschema")
    schema = mesh_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.validate(yaml.safe_load(text), schema)


def test_editors_find_the_schema_beside_the_example():
    assert EXAMPLE.splitlines()[0] == FOR_EDITORS
    kept = json.loads((ROOT / "mesh.schema.json").read_text(encoding="utf-8"))
    message = "make it anew: python -m zonemesh schema > mesh.schema.json"
    assert kept == mesh_schema(), message


def test_the_schema_says_what_each_setting_means():
    schema = mesh_schema()
    sections = {"Mesh": schema, **schema["$defs"]}
    silent = [
        f"{kind}.{setting}"
        for kind, section in sections.items()
        for setting, found in section.get("properties", {}).items()
        if not found.get("description")
    ]
    assert silent == [], "write a line for each in zonemesh/mesh/help.py"


def test_help_is_of_settings_that_are_there():
    schema = mesh_schema()
    sections = {"Mesh": schema, **schema["$defs"]}
    for kind, settings in BY_TYPE.items():
        assert settings.keys() <= sections[kind]["properties"].keys(), kind
    everywhere = {name for section in sections.values() for name in section.get("properties", {})}
    assert ANYWHERE.keys() <= everywhere


def test_the_schema_refuses_an_unknown_key():
    jsonschema = pytest.importorskip("jsonschema")
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"hubs": {"hq": {"secondary": []}}}, mesh_schema())

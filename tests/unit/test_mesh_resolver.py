"""An integration's resolver: who is asked for what its aliases point at."""

import json

import jsonschema
import pytest
import yaml

from zonemesh.errors import InvalidMesh
from zonemesh.mesh.definition import Mesh, parse_mesh
from zonemesh.mesh.schema import mesh_schema
from zonemesh.ports import Member


def mesh(resolver: str, zones: str = "[]") -> str:
    return (
        f"integrations: {{main: {{resolver: {resolver}}}, dev: }}\nzones: {zones}\nhubs: {{eu: }}\n"
    )


def problem(resolver: str) -> str:
    with pytest.raises(InvalidMesh) as refused:
        parse_mesh(mesh(resolver))
    (only,) = refused.value.problems
    return only


def asks_itself(read: Mesh, integration: str, view: str | None = None) -> bool:
    place = integration if view is None else f"{integration}/{view}"
    key = f"route53:{place}:example.com."
    return read.asks_itself(Member(key, "example.com.", integration, "Z1", "listed", ("*",)))


@pytest.mark.parametrize(
    ("resolver", "address", "port"),
    [
        ("{address: 10.0.0.2}", "10.0.0.2", 53),
        ('{address: "2001:db8::53", port: 5353}', "2001:db8::53", 5353),
    ],
)
def test_a_resolver_has_an_address_and_a_port(resolver: str, address: str, port: int) -> None:
    named = parse_mesh(mesh(resolver)).integrations["main"].resolver
    assert named is not None
    assert (str(named.address), named.port) == (address, port)
    jsonschema.validate(json.loads(json.dumps(yaml.safe_load(mesh(resolver)))), mesh_schema())


@pytest.mark.parametrize(
    ("resolver", "said"),
    [
        ("{address: resolver.example.net}", "names are not looked up"),
        ("{address: 0.0.0.0}", "write the server's own"),
        ("{address: 10.0.0.2, port: 0}", "greater than or equal to 1"),
        ("{address: 10.0.0.2, prot: 53}", "did you mean `port`?"),
        ("{port: 53}", "integrations.main.resolver.address"),
        ("10.0.0.2", "expected a mapping"),
    ],
)
def test_what_is_wrong_with_a_resolver_is_said_where_it_is(resolver: str, said: str) -> None:
    found = problem(resolver)
    assert "integrations.main.resolver" in found
    assert said in found


def test_a_zone_asks_itself_unless_a_resolver_is_named_or_it_is_private() -> None:
    zones = "[{name: example.com, integration: dev, private: true, view: inside, hubs: [eu]}]"
    read = parse_mesh(mesh("{address: 10.0.0.2}", zones))
    assert asks_itself(read, "dev")
    assert not asks_itself(read, "main")
    assert not asks_itself(read, "dev", view="inside")

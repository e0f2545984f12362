"""Who is to follow what, and that every server's own checker takes what is written for it."""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from zonemesh.catalog_members import catalog_member
from zonemesh.errors import FollowingUnclear, UnknownZone
from zonemesh.mesh.definition import parse_mesh
from zonemesh.ports import Member
from zonemesh.secondary_config.choosing import Wanted, choose
from zonemesh.secondary_config.following import (
    FollowedZone,
    Following,
    Place,
    PrimaryHub,
    SigningKey,
)
from zonemesh.secondary_config.software import Software, sections, text
from zonemesh.verify.places import Written

MESH = parse_mesh("""
integrations: {main: }
zones:
  - {name: east.example, integration: main, hubs: [east]}
  - {name: inside.example, integration: main, private: true, view: inside, hubs: [west]}
  - {discover: "*", integration: main, group: gold}
hubs:
  east: {secondaries: [paris, bare]}
  west: {secondaries: [paris]}
  lab: {}
secondaries:
  paris: {address: 192.0.2.53, tsig_key: paris.key}
  bare: {transfer_from: [192.0.2.54], tsig_key: none}
tsig_keys: {paris.key: {secret: "env:PARIS", algorithm: hmac-sha512}}
catalog: {name: catalog.example}
""")
LISTENS = {"east": ["192.0.2.1@53", "2001:db8::1@53"], "west": ["0.0.0.0@53", "::@53"], "lab": None}
SECRET = "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldCE="


def member(apex: str, view: str = "", hubs: tuple[str, ...] = ("*",), state: str = "active"):
    place = f"main/{view}" if view else "main"
    found = Member(f"route53:{place}:{apex}", apex, "main", "Z1", "discovered", hubs)
    return replace(found, state=state)


assert MESH.catalog
MEMBERS = [
    member("a.example."),
    member("b.example."),
    member("east.example.", hubs=("east",)),
    member("inside.example."),
    member("inside.example.", "inside", ("west",)),
    member("lost.example.", state="conflict"),
    catalog_member(MESH.catalog),
]


def following(*zones: str, **wanted: object) -> Following:
    wished = Wanted(zones, **{"secondary": "paris", **wanted})  # type: ignore[arg-type]
    return choose(MESH, MEMBERS, LISTENS, wished).following


def refused(*zones: str, **wanted: object) -> str:
    with pytest.raises((FollowingUnclear, UnknownZone)) as caught:
        following(*zones, **wanted)
    return str(caught.value)


def test_a_zone_is_followed_from_all_hubs_that_serve_it_to_the_secondary() -> None:
    found = following("a.example", "east.example")
    assert found.key == SigningKey("paris.key", "hmac-sha512")
    by_zone = {zone.apex: [hub.hub for hub in zone.hubs] for zone in found.zones}
    assert by_zone == {"a.example.": ["east", "west"], "east.example.": ["east"]}
    assert found.hubs[0].places == (Place("192.0.2.1"), Place("2001:db8::1"))
    assert [hub.hub for hub in found.unaddressed] == ["west"]


def test_an_address_that_is_named_counts_more_than_what_a_hub_says_and_may_be_several() -> None:
    named = (Written("west", "198.51.100.7", 5353), Written("west", "2001:db8::7", 53))
    (hub,) = following("a.example", hubs=("west",), addresses=named).hubs
    assert [str(place) for place in hub.places] == ["198.51.100.7@5353", "2001:db8::7@53"]


def test_patterns_and_all_mean_what_the_hubs_serve_and_never_the_catalog() -> None:
    some = following("?.example", every=False)
    assert [zone.apex for zone in some.zones] == ["a.example.", "b.example."]
    chosen = choose(MESH, MEMBERS, LISTENS, Wanted(every=True, hubs=("east",), secondary="paris"))
    apexes = [zone.apex for zone in chosen.following.zones]
    assert apexes == ["a.example.", "b.example.", "east.example.", "inside.example."]
    (left_out,) = chosen.notes
    assert left_out == "left out, as hub east does not serve them: lost.example."


def test_a_zone_named_by_its_key_goes_before_others_of_its_name() -> None:
    key = "route53:main/inside:inside.example."
    found = following(key, "*.example")
    assert [zone.hubs[0].hub for zone in found.zones if "inside" in zone.apex] == ["west"]


def test_what_the_operator_should_know_is_said() -> None:
    chosen = choose(MESH, MEMBERS, LISTENS, Wanted(("a.example",), secondary="paris"))
    unlisted, unaddressed = chosen.notes
    assert unlisted.startswith("hub lab does not list paris among its secondaries")
    assert unaddressed == (
        "hub west listens at 0.0.0.0@53, ::@53, so its address is not known: fill it in, or add "
        "`--address west=ADDRESS[@PORT]`"
    )


@pytest.mark.parametrize(
    ("zones", "wanted", "said"),
    [
        (("inside.example",), {}, "2 zones are called inside.example."),
        (("inside*",), {}, "2 zones are called inside.example.: route53:main/inside:inside"),
        (("nowhere.example",), {}, "no zone `nowhere.example`"),
        (("lost.example",), {}, "route53:main:lost.example. is served nowhere: conflict"),
        (("east.example",), {"hubs": ("west",)}, "is not served by hub west, but by east"),
        (("catalog.example",), {}, "is the catalog; `--catalog` follows it"),
        (("a.example",), {"secondary": "rome"}, "no secondary `rome` (there are: bare, paris)"),
        (("a.example",), {"secondary": None}, "--secondary NAME has to say for which one: bare, p"),
        (("a.example",), {"hubs": ("tokyo",)}, "no hub `tokyo` (there are: east, lab, west)"),
        (("a.example",), {"hubs": ("lab",)}, "hub lab would refuse paris: add it to hubs.lab.sec"),
        (("a.example",), {"addresses": (Written("rome", "::1", 53),)}, "no hub `rome`"),
    ],
)
def test_what_is_not_clear_is_refused_with_what_to_name(
    zones: tuple[str, ...], wanted: dict[str, object], said: str
) -> None:
    assert said in refused(*zones, **wanted)


def test_a_secondary_without_a_key_transfers_unsigned() -> None:
    found = following("a.example", secondary="bare")
    assert found.key is None
    for software in Software:
        assert "SECRET" not in text(found, software)
    assert "NOKEY" in text(found, Software.NSD)


def test_without_its_key_the_only_secondary_of_the_named_hubs_is_meant() -> None:
    assert following("a.example", secondary=None, hubs=("west",)).secondary == "paris"


HQ = PrimaryHub("hq", (Place("192.0.2.1"), Place("2001:db8::1", 5353)))
EAST = PrimaryHub("east-2", (Place("192.0.2.2"),))
NOWHERE = PrimaryHub("nowhere", ())
ODD = ("example.com.", "0/26.2.0.192.in-addr.arpa.", r"_u.xn--b\032\034\092\059*.example.")


def everything(*hubs: PrimaryHub, secret: str | None = SECRET, key: bool = True) -> Following:
    zones = [FollowedZone(apex, hubs) for apex in ODD]
    signing = SigningKey("paris_1.example", "hmac-sha256", secret) if key else None
    alone = FollowedZone("one.example.", hubs[:1])
    return Following("paris", signing, (*zones, alone), FollowedZone("cat.example.", hubs), ("g",))


def problems(following: Following, software: Software, folder: Path) -> str:
    """Give what the server's own checker says against a configuration; empty where nothing."""
    path = folder / "conf"
    parts = sections(following, software)
    if software is Software.POWERDNS:
        # Without PowerDNS's tool: what a shell makes of it, and that it stops where it has to.
        shell = "".join(part.text for part in parts if part.place.startswith("a shell"))
        command, path_text = ["sh", "-e", str(path)], f"pdnsutil() {{ echo; }}\n{shell}"
    elif software is Software.KNOT:
        command = ["knotc", "-c", str(path), "conf-check"]
        path_text = f"database:\n  storage: {folder}\n" + text(following, software)
    elif software is Software.NSD:
        command, path_text = ["nsd-checkconf", str(path)], text(following, software)
    else:
        inside = "".join(part.text for part in parts if "inside" in part.place)
        beside = "".join(part.text for part in parts if "inside" not in part.place)
        command = ["named-checkconf", str(path)]
        path_text = f'options {{ directory "{folder}";\n{inside}}};\n{beside}'
    assert command[0] == "sh" or shutil.which(command[0]), f"{command[0]} is not installed"
    path.write_text(path_text)
    said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return said.stdout + said.stderr if said.returncode else ""


@pytest.mark.parametrize("software", Software)
@pytest.mark.parametrize("key", [True, False])
def test_servers_take_names_of_any_kind_ports_and_ipv6(
    tmp_path: Path, software: Software, key: bool
) -> None:
    found = everything(HQ, EAST, key=key)
    if software is Software.NSD:
        found = replace(found, catalog=None)  # which NSD knows from 4.9 on
    assert problems(found, software, tmp_path) == ""


@pytest.mark.parametrize("software", Software)
@pytest.mark.parametrize(
    ("found", "named"),
    [(everything(HQ, secret=None), "SECRET"), (everything(HQ, NOWHERE), "NOWHERE|address|ip4")],
    ids=["secret", "address"],
)
def test_servers_refuse_what_is_not_filled_in(
    tmp_path: Path, software: Software, found: Following, named: str
) -> None:
    said = problems(replace(found, catalog=None), software, tmp_path)
    assert any(word in said.replace("secret", "SECRET") for word in named.split("|")), said


def test_zones_of_one_name_in_different_characters_have_different_files() -> None:
    found = everything(HQ)
    files = [line for line in text(found, Software.BIND).splitlines() if "file " in line]
    assert len(set(files)) == len(found.all_zones)
    assert not any("/" in line for line in files)


def test_the_secret_shows_in_no_repr() -> None:
    assert SECRET not in repr(everything(HQ))

"""Primaries, targets, the catalog: what a mesh may say of them, and what leads in a circle."""

import pytest

from zonemesh.errors import InvalidMesh
from zonemesh.mesh.definition import parse_mesh
from zonemesh.policy import SoaTimers
from zonemesh.ports import Member

MESH = """
integrations: {main: {}, other: {}}
hubs: {hq: {secondaries: []}, branch: {}}
tsig_keys: {key: {secret: "env:K"}, spare: {secret: "env:S"}}
primaries:
  one: {address: 192.0.2.1, tsig_key: key}
  two: {address: 192.0.2.2, port: 5353, tsig_key: none}
targets:
  standby: {type: route53, hub: hq, integration: other}
  back: {type: route53, hub: hq, integration: main}
  fixed: {type: route53, hub: branch, integration: main, hosted_zone_id: ZCOPY}
  cloud: {type: octodns, hub: branch, provider: a_b.C, secrets: {token: "file:/run/token"}}
zones:
"""
PULLED = "- {name: example.org, primaries: [one, two], pulled_by: hq, targets: [fixed, cloud]}\n"


def problems(zones: str, text: str = MESH) -> list[str]:
    with pytest.raises(InvalidMesh) as raised:
        parse_mesh(text + zones)
    return list(raised.value.problems)


def test_a_hub_knows_what_it_pulls_from_whom_and_what_it_publishes():
    mesh = parse_mesh(MESH + PULLED)
    assert [zone.key for zone in mesh.pulled_by("hq")] == ["axfr:hq:example.org."]
    assert mesh.pulled_by("branch") == ()
    assert list(mesh.primaries_of("hq")) == ["one", "two"]
    assert list(mesh.tsig_keys_of("hq")) == ["key"]
    assert list(mesh.targets_of("branch")) == ["fixed", "cloud"]
    assert mesh.secrets_of("branch") == ("file:/run/token",)
    assert mesh.secrets_of("hq") == ("env:K",)
    member = Member("axfr:hq:example.org.", "example.org.", "", "", "listed", ("*",))
    assert list(mesh.targets_for(member)) == ["fixed", "cloud"]


def test_a_pulled_zone_keeps_its_soa_unless_timers_are_written():
    kept, timed = (
        parse_mesh(MESH + PULLED.replace("pulled_by", f"policy: {policy}, pulled_by")).pulled[0]
        for policy in ("{serial: {floor: 7}}", "{soa: {refresh: 60}}")
    )
    assert kept.policy.soa == "source"
    assert kept.policy.serial.floor == 7
    assert timed.policy.soa == SoaTimers(refresh=60)


@pytest.mark.parametrize(
    ("edit", "problem"),
    [
        (("[one, two]", "[onee]"), "zones[0].primaries[0]: no primary `onee` (did you mean `one`"),
        (("[one, two]", "[one, one]"), "zones[0].primaries[1]: `one` is in the list twice"),
        (("[one, two]", "[]"), "zones[0].primaries: "),
        (("pulled_by: hq", "pulled_by: hp"), "zones[0].pulled_by: no hub `hp`"),
        (("fixed, cloud", "clod"), "zones[0].targets[0]: no target `clod` (did you mean `cloud`?)"),
        (("tsig_key: key", "tsig_key: kee"), "primaries.one.tsig_key: no TSIG key `kee`"),
        (("192.0.2.2, port: 5353", "192.0.2.1"), "primaries.two: the same server as `one`"),
        (("hub: hq, integration: o", "hub: h, integration: o"), "targets.standby.hub: no hub `h`"),
        (("integration: other", "integration: othr"), "targets.standby.integration: no int"),
        (("type: octodns", "type: octo"), "targets.cloud: has no usable `type`; write "),
        (("provider: a_b.C", "provider: C"), "targets.cloud.provider: `C` is not a provider's"),
        (("hub: hq, integration: main", "hub: hq, integration: main, ignore: ['a b c d']"),
         "targets.back.ignore[0]: `a b c d` is not a pattern"),
        (("hub: hq, integration: main", "hub: hq, integration: main, retries: 51"),
         "targets.back.retries: "),
    ],
)  # fmt: skip
def test_what_leads_nowhere_is_named(edit: tuple[str, str], problem: str):
    (found,) = problems("", (MESH + PULLED).replace(*edit))
    assert problem in found


def test_a_secret_of_a_target_is_not_repeated():
    (found,) = problems("", (MESH + PULLED).replace("file:/run/token", "s3cr3tT0kenValue123456"))
    assert "targets.cloud.secrets.token" in found
    assert "s3cr3t" not in found


def test_a_hosted_zone_is_the_target_of_one_zone():
    two = PULLED + "- {name: example.net, integration: other, targets: [fixed]}\n"
    (found,) = problems(two)
    assert "zones[1].targets[0]: target `fixed` is the one hosted zone `ZCOPY`" in found
    (found,) = problems("- {discover: '*.com', integration: other, targets: [fixed]}\n")
    assert "list the zone that is published to it" in found


@pytest.mark.parametrize(
    ("zone", "target"),
    [
        ("name: example.net, integration: main", "back"),
        ("discover: '*', integration: main", "back"),
        ("name: example.net, integration: main, hosted_zone_id: ZCOPY", "fixed"),
        ("name: example.net, integration: main", "fixed"),
    ],
)
def test_a_hosted_zone_is_not_published_to_itself(zone: str, target: str):
    (found,) = problems(f"- {{{zone}, targets: [{target}]}}\n")
    assert f"zones[0].targets[0]: target `{target}` is in integration `main`" in found


def test_another_hosted_zone_of_the_same_account_is_no_loop():
    zone = "- {name: example.net, integration: main, hosted_zone_id: ZSOURCE, targets: [fixed]}\n"
    assert parse_mesh(MESH + zone).listed[0].targets == ("fixed",)


@pytest.mark.parametrize("pattern", ["name: example.net", "discover: '*'", "discover: '*.net'"])
def test_targets_do_not_lead_back(pattern: str):
    zones = (
        "- {name: example.net, integration: main, hubs: [hq], targets: [standby]}\n"
        f"- {{{pattern}, integration: other, hubs: [branch], targets: [back]}}\n"
    )
    found = problems(zones)
    assert len(found) == 2
    assert "zones[0].targets[0]: target `standby` leads back here: zones[1]" in found[0]


def test_zones_of_other_names_may_cross():
    zones = (
        "- {name: example.net, integration: main, targets: [standby]}\n"
        "- {name: example.org, integration: other, targets: [back]}\n"
    )
    assert len(parse_mesh(MESH + zones).listed) == 2


def test_a_catalog_has_a_name_of_its_own_and_hubs_that_are_there():
    assert parse_mesh(MESH + PULLED + "catalog: {name: c.example}\n").catalog
    (found,) = problems(PULLED + "catalog: {name: example.org, hubs: [hq]}\n")
    assert "catalog.name: zones[0] has this name too" in found
    (found,) = problems(PULLED + "catalog: {name: c.example, hubs: [hp]}\n")
    assert "catalog.hubs[0]: no hub `hp`" in found

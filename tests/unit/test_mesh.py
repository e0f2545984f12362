"""mesh.yaml, read: what is accepted, and one clear line for each thing that is not."""

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from zonemesh.errors import InvalidMesh
from zonemesh.mesh.definition import Mesh, parse_mesh
from zonemesh.mesh.sections import DiscoveredZones, ListedZone
from zonemesh.policy import ApexNameServers, Policy, SoaTimers
from zonemesh.ports import Member
from zonemesh.zone_keys import zone_key

GOOD = """
integrations:
  main:
  dev: {role_arn: "arn:aws:iam::111122223333:role/source", external_id: abc}
zones:
  - {name: Example.COM, integration: main}
  - {name: 0/26.2.0.192.in-addr.arpa, integration: dev, hubs: [eu], policy: {soa: source}}
  - {discover: "*.Example.NET.", integration: dev, hubs: [us]}
hubs:
  eu: {secondaries: [ns1, ns2]}
  us: {secondaries: [ns3]}
secondaries:
  ns1: {address: 192.0.2.53, tsig_key: Transfer.Key.}
  ns2: {address: "2001:db8::53", port: 5353, transfer_from: [198.51.100.0/24], tsig_key: none}
  ns3: {transfer_from: [192.0.2.7], tsig_key: second}
tsig_keys:
  transfer.key: {secret: "env:TRANSFER"}
  second: {algorithm: hmac-md5, secret: "file:/run/secrets/second"}
"""
SECRET = "c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IQ=="


def problems(text: str) -> list[str]:
    with pytest.raises(InvalidMesh) as refused:
        parse_mesh(text)
    return refused.value.problems


def good_with(**sections: object) -> str:
    """The good mesh with other sections: YAML text, or data merged into a section."""
    document = yaml.safe_load(GOOD)
    for section, data in sections.items():
        document[section] = document[section] | data if isinstance(data, dict) else data
    return yaml.safe_dump(document, sort_keys=False)


def zone(**settings: object) -> str:
    """The good mesh with one zone alone."""
    return good_with(zones=[{"name": "example.org", "integration": "main"} | settings])


def secondary(**settings: object) -> str:
    return good_with(secondaries={"ns3": {"address": "192.0.2.1", "tsig_key": "second"} | settings})


def test_names_are_lower_case_and_absolute():
    mesh = parse_mesh(GOOD)
    assert [entry.name for entry in mesh.listed] == ["example.com.", "0/26.2.0.192.in-addr.arpa."]
    assert [entry.discover for entry in mesh.discovered] == ["*.example.net"]
    assert list(mesh.tsig_keys) == ["transfer.key", "second"]
    assert mesh.secondaries["ns1"].tsig_key == "transfer.key"


def test_an_integration_with_nothing_under_it_is_this_account():
    assert parse_mesh(GOOD).integrations["main"].role_arn is None


def test_an_address_alone_is_a_network_of_one():
    (network,) = parse_mesh(GOOD).secondaries["ns3"].transfer_from
    assert str(network) == "192.0.2.7/32"


def test_keys_are_text_whatever_yaml_makes_of_them():
    mesh = parse_mesh("hubs:\n  no:\n  1:\n  2026-11-22:\n")
    assert list(mesh.hubs) == ["no", "1", "2026-11-22"]


def test_anchors_and_merge_keys_work():
    mesh = parse_mesh("""
integrations: {main: }
zones:
  - &one {name: example.com, integration: main, policy: &policy {apex_ns: source}}
  - {<<: *one, name: example.net}
  - {name: example.org, integration: main, policy: *policy}
""")
    assert [entry.name for entry in mesh.listed] == ["example.com.", "example.net.", "example.org."]


def test_keys_of_zones_name_integration_view_and_apex():
    assert zone_key("main", "example.com.") == "route53:main:example.com."
    assert zone_key("main", "example.com.", "inside") == "route53:main/inside:example.com."
    entry = ListedZone(name="a.corp", integration="dev", view="inside")
    assert entry.key == "route53:dev/inside:a.corp."


def member(zone: str, apex: str, integration: str, hubs: tuple[str, ...] = ("*",)) -> Member:
    return Member(zone, apex, integration, "Z1", "discovered", hubs)


def test_a_zone_s_policy_is_its_entry_s_own():
    mesh = parse_mesh("""
integrations: {main: , dev: }
zones:
  - {discover: "*.example.com", integration: main, policy: {soa: {refresh: 60}}}
  - {discover: "*", integration: main, policy: {soa: source}}
  - {name: a.example.com, integration: main, policy: {apex_ns: union, name_servers: [NS.a.net]}}
""")
    listed = mesh.zone_policy(member("route53:main:a.example.com.", "a.example.com.", "main"))
    assert (listed.apex_ns, listed.name_servers) == (ApexNameServers.UNION, ("ns.a.net.",))
    first = mesh.zone_policy(member("route53:main:b.example.com.", "b.example.com.", "main"))
    assert first.soa == SoaTimers(refresh=60)
    assert mesh.zone_policy(member("route53:main:a.net.", "a.net.", "main")).soa == "source"
    assert mesh.zone_policy(member("route53:dev:a.net.", "a.net.", "dev")) == Policy()


def test_a_policy_s_digest_changes_with_every_decision():
    policies = [
        Policy(),
        Policy(soa="source"),
        Policy(soa=SoaTimers(refresh=901)),
        Policy(apex_ns=ApexNameServers.UNION, name_servers=("ns.example.net.",)),
        Policy(serial={"floor": 7}),
    ]
    assert len({policy.digest() for policy in policies}) == len(policies)
    assert Policy().digest() == Policy(soa=SoaTimers()).digest()


def test_what_a_hub_needs_to_know():
    mesh = parse_mesh(GOOD)
    assert list(mesh.secondaries_of("eu")) == ["ns1", "ns2"]
    assert list(mesh.tsig_keys_of("eu")) == ["transfer.key"]
    assert list(mesh.tsig_keys_of("us")) == ["second"]
    assert mesh.secondaries_of("unknown") == {}
    assert mesh.hubs_serving(member("z", "a.net.", "main")) == ("eu", "us")
    assert mesh.hubs_serving(member("z", "a.net.", "main", ("us", "removed"))) == ("us",)


# Refusals: the mesh, and the one line that it must bring.

NEAR_MISSES = {
    "unknown integration": (
        zone(integration="prod"),
        "zones[0].integration: no integration `prod`; known: main, dev",
    ),
    "misspelt integration": (
        zone(integration="mian"),
        "zones[0].integration: no integration `mian` (did you mean `main`?); known: main, dev",
    ),
    "unknown hub": (
        zone(hubs=["eu", "asia"]),
        "zones[0].hubs[1]: no hub `asia`; known: eu, us",
    ),
    "every hub and another": (
        zone(hubs=["*", "eu"]),
        "zones[0].hubs: `*` is every hub already; write it alone, or name the hubs",
    ),
    "a hub twice": (
        zone(hubs=["eu", "eu"]),
        "zones[0].hubs[1]: `eu` is in the list twice; keep one",
    ),
    "unknown secondary": (
        good_with(hubs={"eu": {"secondaries": ["paris"]}}),
        "hubs.eu.secondaries[0]: no secondary `paris`; known: ns1, ns2, ns3",
    ),
    "key not declared": (
        secondary(tsig_key="third"),
        "secondaries.ns3.tsig_key: no TSIG key `third`; known: transfer.key, second",
    ),
    "no key chosen": (
        good_with(secondaries={"ns3": {"address": "192.0.2.1"}}),
        "secondaries.ns3.tsig_key: missing; say which key signs its transfers, or `none` for "
        "transfers without a signature",
    ),
    "no key declared": (
        "secondaries: {a: {address: 192.0.2.1, tsig_key: k}}",
        "secondaries.a.tsig_key: no TSIG key `k`; none is declared under `tsig_keys`",
    ),
    "one key twice in different spelling": (
        good_with(tsig_keys={"Second.": {"secret": "env:X"}}),
        "tsig_keys.Second.: the same key name as `second`: case and a last dot do not count",
    ),
    "a key called none": (
        good_with(tsig_keys={"none": {"secret": "env:X"}}),
        "tsig_keys.none: `none` means that there is no key; give the key another name",
    ),
    "nowhere to transfer from": (
        good_with(secondaries={"ns3": {"tsig_key": "second"}}),
        "secondaries.ns3: has neither `address` nor `transfer_from`; write",
    ),
    "everybody, unsigned": (
        secondary(transfer_from=["::/0"], tsig_key="None."),
        "secondaries.ns3.transfer_from[0]: `::/0` without a key lets anybody transfer",
    ),
    "a port in the address": (
        secondary(address="192.0.2.1:53"),
        "secondaries.ns3.address: `192.0.2.1:53` is not an IP address; write one like",
    ),
    "host bits in a network": (
        secondary(transfer_from=["10.1.2.3/8"]),
        "secondaries.ns3.transfer_from[0]: `10.1.2.3/8` has host bits set; write `10.0.0.0/8`",
    ),
    "no network": (
        secondary(transfer_from=["everywhere"]),
        "secondaries.ns3.transfer_from[0]: `everywhere` is not a network; write one like",
    ),
    "a port out of range": (secondary(port=70000), "secondaries.ns3.port: `70000`: should be less"),
    "a port that is no number": (
        secondary(port=True),
        "secondaries.ns3.port: expected a whole number, found `true`",
    ),
    "unknown algorithm": (
        good_with(tsig_keys={"second": {"algorithm": "hmac-sha224", "secret": "env:X"}}),
        "tsig_keys.second.algorithm: `hmac-sha224` is not possible; write `hmac-sha256`, ",
    ),
    "an incomplete role": (
        good_with(integrations={"dev": {"role_arn": "zonemesh-source"}}),
        "integrations.dev.role_arn: `zonemesh-source` is not a role's ARN; write it like",
    ),
    "an external id without a role": (
        good_with(integrations={"dev": {"external_id": "x"}}),
        "integrations.dev.external_id: is only used to assume a role; write `role_arn`",
    ),
    "too fast": (
        good_with(integrations={"main": {"requests_per_second": 50}}),
        "integrations.main.requests_per_second: `50`: should be less than or equal to 5",
    ),
    "an access key": (
        good_with(integrations={"main": {"aws_secret_access_key": SECRET}}),
        "integrations.main.aws_secret_access_key: access keys are not stored in the mesh; write",
    ),
    "a name in capitals": (
        "hubs: {HQ: {}}",
        "hubs.HQ: `HQ` is not a usable name; write 1 to 40 of a-z, 0-9 and -",
    ),
    "the root": (zone(name="."), "zones[0].name: `.` is the root or a top-level domain, which"),
    "a TLD": (zone(name="com"), "zones[0].name: `com` is the root or a top-level domain, which"),
    "an empty label": (zone(name="a..com"), "zones[0].name: 'a..com' is not a domain name"),
    "a long label": (zone(name="a" * 64 + ".com"), "is not a domain name"),
    "an address of the web": (
        zone(name="https://example.com/"),
        "zones[0].name: `https://example.com/` is not a domain name; write it like `example.com`",
    ),
    "a name that is not ASCII": (
        zone(name="bücher.example"),
        "zones[0].name: `bücher.example` is not ASCII; write `xn--bcher-kva.example`",
    ),
    "a pattern as a name": (
        zone(name="*.example.com"),
        "zones[0].name: `*.example.com` is a pattern; write `discover: *.example.com` instead",
    ),
    "an id that is none": (
        zone(hosted_zone_id="my zone"),
        "zones[0].hosted_zone_id: `my zone` is not a hosted zone id; write it like",
    ),
    "a misspelt key": (
        zone(hub=["eu"]),
        "zones[0].hub: unknown key (did you mean `hubs`?); known: name, integration,",
    ),
    "name and discover at once": (
        zone(discover="*"),
        "zones[0].name: an entry has `name` or `discover`, not both; make two entries of it",
    ),
    "neither name nor discover": (
        good_with(zones=[{"integration": "main"}]),
        "zones[0].name: missing; write `name: example.com` for one zone, or `discover: '*'`",
    ),
    "a bare name as a zone": (
        good_with(zones=["example.com"]),
        "zones[0]: expected a mapping (`key: value` lines), found `example.com`",
    ),
    "hubs that are no list": (
        zone(hubs="eu"),
        "zones[0].hubs: expected a list (`[a, b]`, or `- a` lines), found `eu`; put it in brackets",
    ),
    "an empty pattern": (
        good_with(zones=[{"discover": "", "integration": "main"}]),
        "zones[0].discover: `` is not a shell-style pattern; write `*` for all zones",
    ),
    "a regular expression": (
        good_with(zones=[{"discover": r"^.*\.com$", "integration": "main"}]),
        "is not a shell-style pattern; write `*` for all zones",
    ),
    "a pattern for a TLD": (
        good_with(zones=[{"discover": "com", "integration": "main"}]),
        "zones[0].discover: `com` can only match a top-level domain, which is never served",
    ),
    "a private zone everywhere": (
        zone(private=True),
        "zones[0].private: a private zone is served only by hubs that are named",
    ),
    "a private zone in words": (
        zone(private="yes, please", hubs=["eu"]),
        "zones[0].private: expected `true` or `false`, found `yes, please`",
    ),
    "private discovery without a view": (
        good_with(
            zones=[{"discover": "*", "integration": "main", "private": True, "hubs": ["eu"]}]
        ),
        "zones[0].private: private zones are discovered into a view of their own; write `view:",
    ),
    "a wrong word for the SOA": (
        zone(policy={"soa": "sauce"}),
        "zones[0].policy.soa: `sauce` is not possible; write `source` or timers",
    ),
    "a misspelt timer": (
        zone(policy={"soa": {"refersh": 900}}),
        "zones[0].policy.soa.refersh: unknown key (did you mean `refresh`?); known: refresh, retry",
    ),
    "timers that expire too early": (
        zone(policy={"soa": {"expire": 1000}}),
        "zones[0].policy.soa: `expire` (1000) must be greater than `refresh` + `retry` (1200)",
    ),
    "a wrong choice for the apex": (
        zone(policy={"apex_ns": "ours"}),
        "zones[0].policy.apex_ns: `ours` is not possible; write `source`, `replace` or `union`",
    ),
    "a replaced apex without servers": (
        zone(policy={"apex_ns": "replace"}),
        "zones[0].policy.apex_ns: `apex_ns: replace` needs the servers' names; write",
    ),
    "servers without a use": (
        zone(policy={"name_servers": ["ns.example.net"]}),
        "zones[0].policy.name_servers: not used with `apex_ns: source`; write `apex_ns: union`",
    ),
    "an address as a server's name": (
        zone(policy={"apex_ns": "union", "name_servers": ["192.0.2.1"]}),
        "zones[0].policy.name_servers[0]: `192.0.2.1` is an address; write the server's name",
    ),
    "a strategy of no serial": (
        zone(policy={"serial": {"strategy": "unix"}}),
        "zones[0].policy.serial.strategy: `unix` is not possible; write `epoch`, `date` or",
    ),
    "a floor above 32 bits": (
        zone(policy={"serial": {"floor": 2**32}}),
        "zones[0].policy.serial.floor: `4294967296`: should be less than or equal to 4294967295",
    ),
    "an unknown section": (GOOD + "zone: []\n", "zone: unknown key (did you mean `zones`?)"),
}


@pytest.mark.parametrize(("text", "line"), NEAR_MISSES.values(), ids=NEAR_MISSES.keys())
def test_a_near_miss_is_refused_with_one_line(text: str, line: str):
    (problem,) = problems(text)
    assert line in problem


def test_a_number_for_text_is_asked_for_in_quotes():
    text = good_with(integrations={"dev": {"role_arn": "arn:aws:iam::111122223333:role/r"}})
    (problem,) = problems(text.replace("role/r\n", "role/r\n    external_id: 0123\n"))
    assert problem.startswith("integrations.dev.external_id: expected text, found `83`; put it in")


def test_two_entries_of_one_zone():
    two = [{"name": "example.com", "integration": "main"}] * 2
    (problem,) = problems(yaml.safe_dump({"integrations": {"main": None}, "zones": two}))
    assert problem.startswith("zones[1]: the same zone as zones[0] (example.com.); remove one")


@pytest.mark.parametrize(
    ("hubs", "others", "clash"),
    [
        (["*"], ["*"], "both are on every hub"),
        (["eu"], ["*"], "both are on hub `eu`"),
        (["eu", "us"], ["us"], "both are on hub `us`"),
        (["eu"], ["us"], None),
    ],
)
def test_two_zones_of_a_name_need_different_hubs(hubs, others, clash):
    text = good_with(
        zones=[
            {"name": "example.com", "integration": "main", "hubs": hubs},
            {"name": "EXAMPLE.com.", "integration": "dev", "hubs": others},
        ]
    )
    if clash is None:
        assert len(parse_mesh(text).listed) == 2
    else:
        (problem,) = problems(text)
        assert problem.startswith("zones[1]: zones[0] is example.com. too")
        assert clash in problem


def test_all_problems_come_at_once_in_the_order_of_the_file():
    found = problems("""
integrations: {main: }
zones:
  - name: com
    integration: prod
    policy: {soa: {refresh: 1h}, serial: {floor: -1}}
  - {discover: "", integration: main, hubs: [eu]}
hubs:
  hq: {secondaries: [ns1, ns2]}
secondaries:
  ns1: {port: 0}
tsig_keys:
  k: {secret: nowhere}
""")
    assert [problem.split(":")[0] for problem in found] == [
        "zones[0].name",
        "zones[0].integration",
        "zones[0].policy.soa.refresh",
        "zones[0].policy.serial.floor",
        "zones[1].hubs[0]",
        "zones[1].discover",
        "hubs.hq.secondaries[1]",
        "secondaries.ns1",
        "secondaries.ns1.port",
        "secondaries.ns1.tsig_key",
        "tsig_keys.k.secret",
    ]
    assert found[0].endswith("(line 4)")
    assert found[-1].endswith("(line 13)")


@pytest.mark.parametrize(
    "reference",
    [
        "env:KEY",
        "file:/run/secrets/key",
        "secretsmanager:arn:aws:secretsmanager:eu-west-1:111122223333:secret:zonemesh/key-AbCdEf",
        "secretsmanager:arn:aws-cn:secretsmanager:cn-north-1:111122223333:secret:key",
    ],
)
def test_references_to_secrets(reference: str):
    mesh = parse_mesh(yaml.safe_dump({"tsig_keys": {"k": {"secret": reference}}}))
    assert mesh.tsig_keys["k"].secret == reference


PASTED = {
    "as the secret": f"tsig_keys: {{k: {{secret: '{SECRET}'}}}}",
    "as the secret, with a scheme": f"tsig_keys: {{k: {{secret: 'env:{SECRET}'}}}}",
    "as a relative file": f"tsig_keys: {{k: {{secret: 'file:{SECRET}'}}}}",
    "as the key": f"tsig_keys: {{k: '{SECRET}'}}",
    "in a list": f"tsig_keys: {{k: {{secret: ['{SECRET}']}}}}",
    "beside the secret": f"tsig_keys: {{k: {{secret: env:X, value: '{SECRET}'}}}}",
    "as the algorithm": f"tsig_keys: {{k: {{secret: env:X, algorithm: '{SECRET}'}}}}",
    "as the key's name": f"secondaries: {{a: {{address: 192.0.2.1, tsig_key: '{SECRET}'}}}}",
    "as an address": f"secondaries: {{a: {{address: '{SECRET}', tsig_key: none}}}}",
    "as a zone": f"zones: ['{SECRET}']",
    "in broken YAML": f"tsig_keys: {{k: {{secret: {SECRET}: [",
    "as a tag": f"tsig_keys: {{k: {{secret: !{SECRET} x}}}}",
    "as an alias": "tsig_keys: {k: {secret: *c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0IQ}}",
}


@pytest.mark.parametrize("text", PASTED.values(), ids=PASTED.keys())
def test_a_pasted_secret_is_refused_and_not_repeated(text: str):
    assert SECRET.rstrip("=") not in "\n".join(problems(text))


def test_a_key_written_twice_names_both_lines():
    (problem,) = problems("hubs:\n  eu: {}\n  us: {}\n  eu: {secondaries: []}\n")
    assert problem == "hubs.eu: written twice, in lines 2 and 4; keep one (line 2)"


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("hubs:\n\teu: {}", "line 2, column 1"),
        ("hubs: {eu: {}\nzones: []", "line 2, column 1"),
        ("hubs: [", "line 1, column 8"),
        ("hubs: {}\n\x07", "line 2, column 1"),
        ("--- {}\n--- {}\n", "line 2, column 1"),
        ("hubs: !!python/object/apply:os.system [id]", "line 1, column 7"),
    ],
)
def test_what_is_no_yaml_is_refused_with_line_and_column(text: str, where: str):
    (problem,) = problems(text)
    assert where in problem


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n"])
def test_an_empty_file_says_what_it_needs(text: str):
    assert problems(text) == [
        "mesh: the file is empty; it needs `integrations`, `zones`, `hubs`",
    ]


def test_a_list_is_no_mesh():
    (problem,) = problems("- example.com\n")
    assert problem == "mesh: expected a mapping (`key: value` lines), found a list (line 1)"


def test_a_mesh_too_large_to_be_stored_is_refused():
    (problem,) = problems("# " + "x" * 400_000)
    assert "larger than" in problem


def test_aliases_that_multiply_are_read_in_no_time():
    lines = ["a0: &a0 [x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40)]
    found = problems("\n".join(lines))
    assert len(found) == 40
    assert all("unknown key" in problem for problem in found)


def test_a_document_that_contains_itself_is_refused():
    assert problems("zones: &z [*z]") == [
        "zones[0]: expected a mapping (`key: value` lines), found a list (line 1)"
    ]


words = st.text("ab1.*:-'\"[]{}#&! \\\n\u00fc", max_size=8)
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner),
    max_leaves=4,
)
sections = ["integrations", "zones", "hubs", "secondaries", "tsig_keys"]
fields = st.sampled_from(
    ["name", "discover", "integration", "hubs", "policy", "soa", "private", "view", "a", "secret"]
)
shaped = st.dictionaries(fields, plain | st.dictionaries(fields, plain), max_size=4)


@settings(max_examples=60)
@given(
    st.dictionaries(
        st.sampled_from(sections),
        plain | st.lists(shaped, max_size=3) | st.dictionaries(st.text("ab", max_size=2), shaped),
    )
)
def test_whatever_is_written_is_read_or_refused_by_name(document: dict[str, object]):
    text = yaml.safe_dump(document, allow_unicode=True)
    try:
        assert isinstance(parse_mesh(text), Mesh)
    except InvalidMesh as refused:
        assert refused.problems
        assert all(":" in problem for problem in refused.problems)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.text())
def test_any_text_is_read_or_refused_by_name(text: str):
    try:
        parse_mesh(text)
    except InvalidMesh as refused:
        assert refused.problems


def test_a_pattern_takes_in_what_it_says():
    entry = DiscoveredZones(discover="*.example.com", integration="main")
    assert entry.takes_in("main", "a.example.com.")
    assert entry.takes_in("main", "b.a.example.com.")
    assert not entry.takes_in("main", "example.com.")
    assert not entry.takes_in("main", "notexample.com.")
    assert not entry.takes_in("dev", "a.example.com.")

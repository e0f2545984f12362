"""The difference between two meshes, in the words that `zonemesh apply` prints."""

from zonemesh.mesh.changes import MeshChange, mesh_changes, needs_deployment
from zonemesh.mesh.definition import parse_mesh

OLD = """
integrations: {main: , dev: {role_arn: "arn:aws:iam::111122223333:role/r"}}
zones:
  - {name: example.com, integration: main, policy: {soa: {refresh: 900}}}
  - {name: example.net, integration: dev, view: inside, private: true, hubs: [eu]}
  - {discover: "*.com", integration: main}
  - {discover: "*", integration: main, hubs: [eu]}
hubs: {eu: {secondaries: [ns1]}, us: }
secondaries: {ns1: {address: 192.0.2.1, tsig_key: k}}
tsig_keys: {k: {secret: "env:K"}}
"""


def differences(*edits: tuple[str, str]) -> list[MeshChange]:
    return mesh_changes(parse_mesh(OLD), parse_mesh(edited(*edits)))


def edited(*edits: tuple[str, str]) -> str:
    text = OLD
    for before, after in edits:
        assert before in text
        text = text.replace(before, after)
    return text


def test_the_same_mesh_differs_in_nothing():
    assert differences() == []
    assert differences(("example.com,", "EXAMPLE.com.,"), ("us: ", "us: {}")) == []


def test_settings_are_shown_before_and_after():
    assert differences(("refresh: 900", "refresh: 60"), ("192.0.2.1", "192.0.2.9")) == [
        MeshChange("~", "zone example.com. of main", ("policy.soa.refresh: 900 → 60",)),
        MeshChange("~", "secondary ns1", ("address: 192.0.2.1 → 192.0.2.9",)),
    ]


def test_timers_that_give_way_to_the_source_s():
    (change,) = differences(("{refresh: 900}", "source"))
    assert "policy.soa: none → source" in change.details


def test_what_is_new_shows_its_settings_and_what_leaves_its_name():
    assert differences(
        ("hubs: {eu: {secondaries: [ns1]}", "hubs: {eu: {secondaries: [ns1]}, asia: {}"),
        (
            "  - {name: example.net, integration: dev, view: inside, private: true, hubs: [eu]}\n",
            "  - {name: example.org, integration: dev, policy: {soa: source}}\n",
        ),
    ) == [
        MeshChange("-", "zone example.net. of dev/inside"),
        MeshChange("+", "zone example.org. of dev", ("policy.soa: source",)),
        MeshChange("+", "hub asia"),
    ]


def test_the_order_of_patterns_counts():
    swapped = differences(('"*.com"', '"?"'), ('"*"', '"*.com"'), ('"?"', '"*"'))
    assert [change.what for change in swapped] == [
        "zones *.com of main",
        "zones * of main",
        "the order in which discovery patterns are tried",
    ]


def test_two_patterns_alike_are_told_apart():
    text = edited(('"*.com"', '"*"'))
    assert mesh_changes(parse_mesh(text), parse_mesh(text)) == []
    (change,) = mesh_changes(
        parse_mesh(text), parse_mesh(text.replace("hubs: [eu]}\nhubs", "hubs: [us]}\nhubs"))
    )
    assert change == MeshChange("~", "zones * of main #2", ("hubs: eu → us",))


def test_roles_and_queues_need_a_deployment_and_nothing_else_does():
    def needed(*edits: tuple[str, str]) -> list[str]:
        return needs_deployment(parse_mesh(OLD), parse_mesh(edited(*edits)))

    assert needed(("refresh: 900", "refresh: 60"), ("192.0.2.1", "192.0.2.9")) == []
    assert needed(("{secondaries: [ns1]}", "{secondaries: []}")) == []
    assert needed(("us: ", "us: , asia: ")) == ["hubs"]
    assert needed(("role/r", "role/s")) == ["integrations"]
    arn = "secretsmanager:arn:aws:secretsmanager:us-east-1:111122223333:secret:k"
    assert needed(("env:K", arn)) == ["secrets in Secrets Manager"]

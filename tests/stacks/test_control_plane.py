"""What the stack keeps, where it may be, and what context can choose."""

import json
from pathlib import Path
from typing import Any

import pytest

from stacks.errors import SynthRefused
from tests.stacks.example import MESH
from tests.stacks.template import Template
from zonemesh import deployment
from zonemesh.deployed import Deployed


def test_the_table_is_an_outbox_that_can_be_restored_and_outlives_the_stack(template):
    (table,) = template.all("DynamoDB::Table")
    assert table["StreamSpecification"] == {"StreamViewType": "NEW_IMAGE"}
    recovery = table["PointInTimeRecoverySpecification"]
    assert recovery["PointInTimeRecoveryEnabled"] is True
    assert table["TimeToLiveSpecification"] == {"AttributeName": "expires_at", "Enabled": True}
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert table["SSESpecification"] == {"SSEEnabled": True}
    assert table["KeySchema"] == [
        {"AttributeName": "pk", "KeyType": "HASH"},
        {"AttributeName": "sk", "KeyType": "RANGE"},
    ]
    assert {each["AttributeType"] for each in table["AttributeDefinitions"]} == {"S"}
    assert table["DeletionProtectionEnabled"] is True
    assert table.policies == {"DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
    assert table.get("TableName") is None


def test_a_stack_to_be_thrown_away_keeps_nothing(synthesize):
    template = synthesize(destroy="true")
    (table,) = template.all("DynamoDB::Table")
    assert not table.get("DeletionProtectionEnabled")
    for each in template.resources.values():
        assert each.policies.get("DeletionPolicy") != "Retain", each.id


def test_the_table_may_have_a_name_of_choice_and_outlives_a_change_of_it(synthesize):
    (table,) = synthesize(tableName="zonemesh-of-ours").all("DynamoDB::Table")
    assert table["TableName"] == "zonemesh-of-ours"
    assert table.policies["UpdateReplacePolicy"] == "Retain"


@pytest.mark.parametrize("region", ["eu-west-1", None])
def test_another_region_is_refused(synthesize, region):
    with pytest.raises(SynthRefused, match=r"eu-west-1|unnamed") as refused:
        synthesize(region=region)
    assert "EventBridge in us-east-1 only" in str(refused.value)


def test_a_trail_comes_only_when_asked_for(synthesize, template):
    assert not any("CloudTrail" in each.kind for each in template.resources.values())
    (trail,) = synthesize(trail="true").all("CloudTrail::Trail")
    assert trail["IsLogging"] is True
    assert trail["IncludeGlobalServiceEvents"] is True  # Route 53 is one
    (selector,) = trail["EventSelectors"]
    assert selector["IncludeManagementEvents"] is True
    assert selector["ReadWriteType"] == "WriteOnly"


def test_the_trails_bucket_is_private_and_forgets(synthesize):
    (bucket,) = synthesize(trail="true").all("S3::Bucket")
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    (rule,) = bucket["LifecycleConfiguration"]["Rules"]
    assert rule["ExpirationInDays"] == 90


@pytest.mark.parametrize("name", ["TableName", "SweepFunctionName", "SourceReaders"])
def test_an_output_that_the_documents_name_is_there(template: Template, name: str):
    document = Path(__file__).resolve().parents[2] / "docs" / "aws.md"
    assert f"`{name}`" in document.read_text()
    assert name in template.document["Outputs"]


def hub_outputs(template: Template) -> dict[str, str]:
    return {
        name: json.dumps(output["Value"])
        for name, output in template.document["Outputs"].items()
        if name.startswith("Hub")
    }


def test_each_hub_finds_its_environment_in_an_output(template):
    outputs = hub_outputs(template)
    assert set(outputs) == {"Hubfargate", "HubonDashprem"}
    for value in outputs.values():
        for part in ("ZONEMESH_TABLE", "ZONEMESH_QUEUE_URL", "roleArn", "hub"):
            assert part in value


def test_hubs_whose_names_differ_in_a_hyphen_are_two_hubs(synthesize):
    template = synthesize("hubs: {a-b: {}, ab: {}}\nintegrations: {main: {}}")
    assert len(hub_outputs(template)) == 2
    assert template.hub_role("a-b") != template.hub_role("ab")


def test_a_mesh_without_hubs_is_a_control_plane(synthesize):
    template = synthesize("integrations: {main: {}}")
    assert hub_outputs(template) == {}
    assert template.function("record_change")


@pytest.mark.parametrize(
    ("context", "said"),
    [
        ({"sweepMinutes": "0"}, "sweepMinutes: '0' is not a whole number from 1 to 1440"),
        ({"sweepMinutes": "ten"}, "sweepMinutes: 'ten' is not a whole number"),
        ({"aliasMinutes": "6"}, "aliasMinutes: '6' is not a whole number from 1 to 5"),
        ({"recordConcurrency": "1"}, "recordConcurrency: '1' is not a whole number from 2"),
        ({"logDays": "31"}, "logDays: 31 is not one of 1, 3, 5"),
        ({"destroy": "yes"}, "destroy: 'yes' is not true or false"),
        ({"trail": 1}, "trail: 1 is not true or false"),
        ({"lambdaPlatform": "x86"}, "lambdaPlatform: 'x86' is not aws or local"),
        ({"tableName": 7}, "tableName: 7 is not a text"),
        ({"hubPrincipals": "on-prem"}, "hubPrincipals: 'on-prem' is not hub names with ARNs"),
        ({"hubPrincipals": {"on-prem": "me"}}, "is not hub names with ARNs"),
        ({"hubPrincipals": '{"hq": "arn:aws:iam::1:role/r"}'}, "names hq, but mesh.yaml declares"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_by_name(synthesize, context, said):
    with pytest.raises(SynthRefused) as refused:
        synthesize(**context)
    assert said in str(refused.value)


def test_a_mesh_with_mistakes_is_refused_with_all_of_them(synthesize):
    with pytest.raises(SynthRefused) as refused:
        synthesize(MESH.replace("tsig_key: paris.", "tsig_key: rome.").replace("192.0.2.53", "x"))
    said = str(refused.value)
    assert "mesh.yaml" in said
    assert "secondaries.paris.tsig_key" in said
    assert "secondaries.paris.address" in said


def test_the_outputs_are_those_that_commands_read(template: Template) -> None:
    outputs = {
        key: _resolved(output["Value"]) for key, output in template.document["Outputs"].items()
    }
    found = Deployed.from_outputs("Zonemesh", outputs)
    assert set(found.hubs) == {"fargate", "on-prem"}
    assert found.hub("on-prem").environment[deployment.HUB] == "on-prem"
    assert found.hub("on-prem").role_arn != found.hub("fargate").role_arn


def _resolved(value: Any) -> str:
    """Give an output's text with each reference replaced by the logical id that it names."""
    if isinstance(value, str):
        return value
    if "Fn::Join" in value:
        glue, parts = value["Fn::Join"]
        return str(glue).join(_resolved(part) for part in parts)
    return str(value.get("Ref") or ".".join(value["Fn::GetAtt"]))

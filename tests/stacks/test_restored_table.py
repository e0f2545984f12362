"""A stack that goes on with a table that was restored from a backup."""

import pytest

from stacks.errors import SynthRefused
from tests.stacks.template import Template, listed

STREAM = (
    "arn:aws:dynamodb:us-east-1:111122223333:table/zonemesh-restored/stream/2026-11-22T10:00:00.000"
)


@pytest.fixture(scope="module")
def restored(synthesize) -> Template:
    return synthesize(tableStream=STREAM)


def test_the_stack_has_no_table_of_its_own_and_its_old_one_is_kept(restored, template):
    assert not [each for each in restored.resources.values() if each.kind == "AWS::DynamoDB::Table"]
    assert template.one("DynamoDB::Table").policies["DeletionPolicy"] == "Retain"


def test_functions_and_announcements_use_the_restored_table(restored: Template):
    for function in restored.all("Lambda::Function"):
        variables = (function.get("Environment") or {}).get("Variables", {})
        if "ZONEMESH_TABLE" in variables:
            assert variables["ZONEMESH_TABLE"] == "zonemesh-restored"
    streams = [each.get("EventSourceArn") for each in restored.all("Lambda::EventSourceMapping")]
    assert STREAM in streams


def test_roles_reach_the_restored_table_and_no_other(restored: Template):
    tables = {
        resource
        for policy in restored.all("IAM::Policy")
        for statement in policy["PolicyDocument"]["Statement"]
        if any(action.startswith("dynamodb:") for action in listed(statement["Action"]))
        for resource in listed(statement["Resource"])
        if resource != "*"
    }
    assert tables == {STREAM.partition("/stream/")[0], STREAM}


@pytest.mark.parametrize("value", ["zonemesh-restored", STREAM.partition("/stream/")[0]])
def test_what_is_no_stream_is_refused_with_where_to_find_it(synthesize, value: str):
    with pytest.raises(SynthRefused, match=r"tableStream.*LatestStreamArn"):
        synthesize(tableStream=value)

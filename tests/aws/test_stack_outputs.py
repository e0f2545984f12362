"""The stack's outputs, read as commands need them, and what is said where that is not possible."""

import json
from typing import Any

import pytest
from botocore.stub import Stubber

from zonemesh.aws.sessions import Clients
from zonemesh.aws.wiring import TablePorts
from zonemesh.deployed import Deployed, HubDeployment
from zonemesh.errors import CommandRefused, NotDeployed, StoreUnavailable, ZonemeshError

QUEUE = "https://sqs.us-east-1.amazonaws.com/123456789012/Zonemesh-HubhqQueue"
ROLE = "arn:aws:iam::123456789012:role/Zonemesh-HubhqRole"
HQ = {"hub": "hq", "ZONEMESH_TABLE": "T", "ZONEMESH_QUEUE_URL": QUEUE, "roleArn": ROLE}
OUTPUTS = {
    "TableName": "T",
    "TopicArn": "arn:aws:sns:us-east-1:123456789012:bell",
    "SweepFunctionName": "Zonemesh-Sweep",
    "AlarmTopicArn": "arn:aws:sns:us-east-1:123456789012:alarms",
    "SourceReaders": "[]",
    "HubhqDash2": json.dumps(HQ | {"hub": "hq-2"}),
    "Hubhq": json.dumps(HQ),
}


def stack(outputs: dict[str, str], status: str = "CREATE_COMPLETE") -> dict[str, Any]:
    listed = [{"OutputKey": key, "OutputValue": value} for key, value in outputs.items()]
    known = {"StackName": "Zonemesh", "CreationTime": "2026-01-01T00:00:00Z"}
    return {"Stacks": [{**known, "StackStatus": status, "Outputs": listed}]}


def read(clients: Clients, answer: dict[str, Any]) -> Deployed:
    """Read the stack `Zonemesh` where CloudFormation answers so, or with an error's fields."""
    stubber = Stubber(clients.client("cloudformation"))
    if "Stacks" in answer:
        stubber.add_response("describe_stacks", answer, {"StackName": "Zonemesh"})
    else:
        stubber.add_client_error("describe_stacks", **answer)
    with stubber:
        return TablePorts({}, clients).deployment("Zonemesh").deployed()


def refusal(clients: Clients, answer: dict[str, Any]) -> ZonemeshError:
    with pytest.raises((NotDeployed, StoreUnavailable)) as caught:
        read(clients, answer)
    return caught.value


def test_what_the_stack_made_is_read_with_all_hubs(clients: Clients) -> None:
    found = read(clients, stack(OUTPUTS))
    assert (found.stack, found.table, found.sweep_function) == ("Zonemesh", "T", "Zonemesh-Sweep")
    assert list(found.hubs) == ["hq", "hq-2"]
    assert found.hub("hq") == HubDeployment("hq", "T", QUEUE, ROLE)
    assert found.hub("hq").environment == {
        "ZONEMESH_HUB": "hq",
        "ZONEMESH_TABLE": "T",
        "ZONEMESH_QUEUE_URL": QUEUE,
    }


def test_a_hub_that_the_stack_does_not_have_is_said_with_those_it_has(clients: Clients) -> None:
    with pytest.raises(CommandRefused, match=r"no hub `tokyo` \(there are: hq, hq-2\); .*deploy"):
        read(clients, stack(OUTPUTS)).hub("tokyo")


@pytest.mark.parametrize(
    ("code", "message", "said"),
    [
        ("ValidationError", "Stack with id Zonemesh does not exist", "no stack `Zonemesh` in us-"),
        ("AccessDenied", "User bob may not", "bob may not; allow cloudformation:DescribeStacks"),
        ("ExpiredToken", "The token has expired", "credentials have expired; log in again"),
        ("InvalidClientTokenId", "The token is invalid", "AWS does not know these credentials"),
        ("Throttling", "Rate exceeded", "reading stack `Zonemesh`: .*Rate exceeded"),
    ],
)
def test_what_cloudformation_refuses_is_said_with_what_to_do(
    clients: Clients, code: str, message: str, said: str
) -> None:
    refused = refusal(clients, {"service_error_code": code, "service_message": message})
    assert isinstance(refused, NotDeployed) == (code == "ValidationError")
    with pytest.raises(ZonemeshError, match=said):
        raise refused


def test_a_stack_that_is_not_made_yet_is_no_mesh(clients: Clients) -> None:
    said = str(refusal(clients, stack({}, "ROLLBACK_COMPLETE")))
    assert "is ROLLBACK_COMPLETE and has no outputs" in said


@pytest.mark.parametrize(
    "outputs", [{"BucketName": "b"}, OUTPUTS | {"Hubhq": "{}"}, OUTPUTS | {"Hubhq": "no JSON"}]
)
def test_the_outputs_of_another_stack_are_not_taken_for_a_mesh(
    clients: Clients, outputs: dict[str, str]
) -> None:
    assert "not those of this zonemesh" in str(refusal(clients, stack(outputs)))


def test_without_credentials_it_is_said_that_some_are_needed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(StoreUnavailable, match="give credentials, like a profile with --profile"):
        TablePorts({}).deployment("Zonemesh").deployed()

"""A sweep is started before its schedule does."""

import boto3
import pytest
from botocore.stub import Stubber

from zonemesh.aws.sweeps import LambdaSweeps
from zonemesh.errors import MessagingFailed


def test_it_is_started_and_not_waited_for() -> None:
    client = boto3.client("lambda", region_name="us-east-1")
    with Stubber(client) as stub:
        wanted = {"FunctionName": "Zonemesh-Sweep", "InvocationType": "Event"}
        stub.add_response("invoke", {"StatusCode": 202}, wanted)
        LambdaSweeps(client, "Zonemesh-Sweep").start()
        stub.assert_no_pending_responses()


def test_a_refusal_names_what_was_not_started() -> None:
    client = boto3.client("lambda", region_name="us-east-1")
    with Stubber(client) as stub:
        stub.add_client_error("invoke", "AccessDeniedException", "no", 403)
        with pytest.raises(MessagingFailed, match="starting Zonemesh-Sweep"):
            LambdaSweeps(client, "Zonemesh-Sweep").start()

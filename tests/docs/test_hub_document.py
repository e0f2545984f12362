"""docs/hub.md shows what `hub run-command` prints, and all that a hub calls."""

import configparser
import json
import re
from pathlib import Path

from zonemesh.deployed import HubDeployment
from zonemesh.hub_launch.credentials import Credentials, Kind
from zonemesh.hub_launch.forms import Form, write
from zonemesh.hub_launch.launch import Launch

PROJECT = Path(__file__).parents[2]
TEXT = (PROJECT / "docs/hub.md").read_text()
ROLE = "arn:aws:iam::111122223333:role/Zonemesh-HubhqRole4B3C7A11-QWERTY123456"
HQ = HubDeployment(
    "hq",
    "Zonemesh-Table710B521B-1ABCDEFGHIJK",
    "https://sqs.us-east-1.amazonaws.com/111122223333/Zonemesh-HubhqQueue0E2F9C44-abcdefgh1234",
    ROLE,
)
CREDENTIALS = Credentials(Kind.ASSUME_ROLE, "hq", ROLE, "us-east-1", "/etc/zonemesh/hq.aws")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", TEXT, re.M | re.S)


def test_the_command_prints_what_is_shown() -> None:
    assert blocks("text") == [write(Launch(HQ, CREDENTIALS), Form.DOCKER)]


def test_the_users_keys_stand_in_the_profile_that_the_hubs_profile_names() -> None:
    config, credentials = configparser.ConfigParser(), configparser.ConfigParser()
    config.read_string(CREDENTIALS.config(inside=True))
    credentials.read_string(blocks("ini")[0])
    keys = credentials[config["profile hub"]["source_profile"]]
    assert set(keys) == {"aws_access_key_id", "aws_secret_access_key"}


def test_the_users_policy_is_to_take_the_role_and_no_more() -> None:
    (policy,) = map(json.loads, blocks("json"))
    (statement,) = policy["Statement"]
    assert (statement["Action"], statement["Resource"]) == ("sts:AssumeRole", "ROLE_ARN")


def test_every_service_that_a_hub_calls_is_in_the_firewalls_list() -> None:
    code = (PROJECT / "zonemesh/aws/wiring.py").read_text()
    shared, _, hubs = code.partition("class HubPorts")
    called = set(re.findall(r'client\("(\w+)"\)|late\("(\w+)"\)', hubs))
    named = {name for pair in called for name in pair if name} | {"dynamodb", "sts"}
    assert shared and named >= {"sqs", "secretsmanager"}
    for service in named:
        assert f"`{service}.us-east-1.amazonaws.com`" in TEXT, service

"""`zonemesh tsig` as typed: where secrets go, and where they never show."""

import base64
import json
import os
import stat
from pathlib import Path

import boto3
import pytest
import yaml
from botocore.exceptions import ClientError
from typer.testing import CliRunner, Result

from zonemesh.aws.wiring import TablePorts
from zonemesh.cli.main import app
from zonemesh.deployment import TABLE
from zonemesh.errors import InvalidSecret
from zonemesh.mesh.sections import TsigKey
from zonemesh.tsig_secret import LENGTHS, new_secret, read_secret, weakness

pytestmark = pytest.mark.usefixtures("table")

GOOD = base64.b64encode(b"x" * 32).decode()
SHORT = base64.b64encode(b"x" * 8).decode()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["tsig", *arguments])


def generated(*arguments: str) -> dict[str, str]:
    result = run("generate", *arguments, "--json")
    assert result.exit_code == 0, result.output
    document: dict[str, str] = json.loads(result.stdout)
    return document


def stored(name: str) -> str:
    return str(boto3.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"])


def keep(name: str, secret: str) -> str:
    made = boto3.client("secretsmanager").create_secret(Name=name, SecretString=secret)
    return f"secretsmanager:{made['ARN']}"


@pytest.mark.parametrize(("algorithm", "length"), LENGTHS.items())
def test_a_secret_is_as_long_as_its_algorithms_digest(algorithm: str, length: int) -> None:
    made = generated("paris", "--algorithm", algorithm)
    assert len(base64.b64decode(made["secret"], validate=True)) == length
    assert stored("zonemesh/tsig/paris") == made["secret"]
    assert weakness("paris", algorithm, made["secret"]) == ""


def test_no_two_secrets_are_alike() -> None:
    assert new_secret("hmac-sha256") != new_secret("hmac-sha256")


def test_what_is_printed_for_the_mesh_is_a_key_of_it_and_the_secret_stands_there_once() -> None:
    result = run("generate", "Paris.Key.")
    assert result.exit_code == 0, result.output
    secret = stored("zonemesh/tsig/paris.key")
    assert result.stdout.count(secret) == 1
    block = result.stdout.split("For mesh.yaml:\n")[1].split("Then ")[0]
    (key,) = yaml.safe_load(block)["tsig_keys"].items()
    assert key[0] == "paris.key"
    TsigKey.model_validate(key[1])
    assert key[1]["secret"].startswith("secretsmanager:arn:aws:secretsmanager:us-east-1:")
    assert secret not in result.stderr


def test_a_secret_that_is_there_is_not_overwritten_unless_it_is_to_be_rotated() -> None:
    before = generated("paris")
    refused = run("generate", "paris")
    assert refused.exit_code == 2
    assert "has a secret zonemesh/tsig/paris; --rotate gives it another value" in refused.stderr
    assert stored("zonemesh/tsig/paris") == before["secret"]
    after = generated("paris", "--rotate")
    assert after["reference"] == before["reference"]
    assert before["secret"] != after["secret"] == stored("zonemesh/tsig/paris")


def test_what_is_not_there_cannot_be_rotated() -> None:
    refused = run("generate", "paris", "--rotate")
    assert refused.exit_code == 3
    assert "there is none to be rotated" in refused.stderr


def test_name_and_kms_key_in_secrets_manager_may_be_chosen() -> None:
    kms = boto3.client("kms").create_key()["KeyMetadata"]["KeyId"]
    generated("paris", "--secret-name", "dns/paris", "--kms-key", kms)
    described = boto3.client("secretsmanager").describe_secret(SecretId="dns/paris")
    assert described["KmsKeyId"] == kms
    assert described["Description"] == "zonemesh: TSIG key paris"


def test_in_a_file_it_is_its_owners_alone_and_not_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "paris.key"
    made = generated("paris", "--file", str(file))
    assert made["reference"] == f"file:{file}"
    assert file.read_text() == f"{made['secret']}\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    refused = run("generate", "paris", "--file", str(file))
    assert (refused.exit_code, "is not overwritten" in refused.stderr) == (2, True)
    rotated = generated("paris", "--file", str(file), "--rotate")
    assert file.read_text().strip() == rotated["secret"] != made["secret"]
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    with pytest.raises(ClientError):
        stored("zonemesh/tsig/paris")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("none",), "`none` means that there is no key"),
        ((GOOD,), "a key's name is wanted here, not its secret"),
        (("paris", "--algorithm", "md4"), "'md4' is none of hmac-sha256"),
        (("paris", "--file", "x", "--kms-key", "y"), "`--file` keeps it in a file"),
        (("paris", "--secret-name", "a b"), "no name for Secrets Manager"),
        (("paris", "--file", "/nowhere/key"), "No such file"),
        (("paris", "--file", "/nowhere/key", "--rotate"), "none to be rotated"),
    ],
)
def test_wrong_usage_is_explained(arguments: tuple[str, ...], said: str) -> None:
    result = run("generate", *arguments)
    assert result.exit_code == 2
    assert said in " ".join(result.output.split())
    assert GOOD not in result.output


@pytest.fixture
def mesh(table: str) -> None:
    """A mesh with keys of every kind."""
    keys = {
        "good": keep("good", GOOD),
        "short": keep("short", SHORT),
        "junk": keep("junk", "hush, no base64"),
        "gone": keep("gone", GOOD).replace("gone", "went"),
        "local": "env:LOCAL_KEY",
    }
    document = {
        "integrations": {"main": {}},
        "zones": [{"discover": "*", "integration": "main"}],
        "hubs": {"hq": {"secondaries": ["paris"]}, "west": {}},
        "secondaries": {
            "paris": {"address": "192.0.2.53", "tsig_key": "good"},
            "rome": {"address": "192.0.2.54", "tsig_key": "local"},
        },
        "tsig_keys": {name: {"secret": reference} for name, reference in keys.items()},
    }
    ports = TablePorts(os.environ | {TABLE: table})
    ports.mesh_store.apply(yaml.safe_dump(document))


@pytest.mark.usefixtures("mesh")
def test_keys_are_listed_with_who_signs_and_without_secrets() -> None:
    result = run("list", "--table", "mesh-table")
    assert result.exit_code == 0, result.output
    rows = {line.split()[0]: line.split() for line in result.stdout.splitlines()}
    assert rows["good"][1:4] == ["hmac-sha256", "paris", "hq"]
    assert rows["local"][2:] == ["rome", "env:LOCAL_KEY"]
    assert rows["short"][2] == "nobody"
    assert not any(secret in result.output for secret in (GOOD, SHORT, "hush"))
    listed = json.loads(run("list", "--table", "mesh-table", "--json").stdout)
    assert listed[1]["name"] == "good"
    assert (listed[1]["secondaries"], listed[1]["hubs"]) == (["paris"], ["hq"])


@pytest.mark.usefixtures("mesh")
def test_a_check_says_of_each_key_what_is_wrong_with_it_and_shows_none() -> None:
    result = run("check", "--table", "mesh-table")
    assert result.exit_code == 1
    said = dict(line.split(": ", 1) for line in result.stdout.splitlines())
    assert said["good"] == "good"
    assert said["short"] == "the secret has 8 bytes, hmac-sha256 wants 32"
    assert said["junk"].startswith("tsig_keys.junk: the secret is not base64")
    assert "ResourceNotFoundException" in said["gone"]
    assert said["local"].startswith("only hubs can read it")
    assert not any(secret in result.output for secret in (GOOD, SHORT, "hush"))


@pytest.mark.usefixtures("mesh")
def test_a_check_of_a_good_key_ends_well_and_one_of_none_is_wrong_usage() -> None:
    assert run("check", "good", "local", "--table", "mesh-table").exit_code == 0
    unknown = run("check", "tokyo", "--table", "mesh-table")
    assert unknown.exit_code == 2
    assert "no TSIG key `tokyo`; there are: gone, good" in unknown.stderr.replace(
        " in the mesh", ""
    )


@pytest.mark.parametrize("text", ["hush!", "", "=", "c2VjcmV0,c2VjcmV0"])
def test_what_is_no_base64_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(InvalidSecret) as caught:
        read_secret("paris", text)
    assert caught.value.__context__ is None
    assert not text or text not in str(caught.value)

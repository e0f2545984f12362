"""Secrets by reference, and errors that keep them."""

import json
from pathlib import Path

import pytest

from zonemesh.aws.secrets import SecretReader
from zonemesh.aws.sessions import Clients
from zonemesh.errors import SecretUnreadable

SECRET = "c2VjcmV0LXNlY3JldC1zZWNyZXQ="


def reader(clients: Clients, **environment: str) -> SecretReader:
    return SecretReader(lambda: clients.client("secretsmanager"), environment)


def store(clients: Clients, name: str, text: str) -> str:
    client = clients.client("secretsmanager")
    arn: str = client.create_secret(Name=name, SecretString=text)["ARN"]
    return arn


def test_secret_is_read_from_the_environment(clients: Clients) -> None:
    assert reader(clients, TSIG=SECRET).read("env:TSIG") == SECRET


def test_secret_is_read_from_a_file_without_its_last_newline(
    clients: Clients, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text(f"{SECRET}\n")
    assert reader(clients).read(f"file:{tmp_path}/key") == SECRET


def test_secret_is_read_by_name_and_by_arn(clients: Clients) -> None:
    arn = store(clients, "zonemesh/tsig", SECRET)
    for reference in ("zonemesh/tsig", arn):
        assert reader(clients).read(f"secretsmanager:{reference}") == SECRET


def test_member_of_a_json_secret_is_read(clients: Clients) -> None:
    arn = store(clients, "zonemesh/keys", json.dumps({"partner": SECRET, "count": 7}))
    assert reader(clients).read(f"secretsmanager:{arn}#partner") == SECRET


def test_file_and_environment_need_no_aws(tmp_path: Path) -> None:
    def no_client() -> None:
        raise AssertionError("a client was made")

    assert SecretReader(no_client, {"TSIG": SECRET}).read("env:TSIG") == SECRET


def test_unreadable_secret_is_named_and_not_shown(clients: Clients, tmp_path: Path) -> None:
    store(clients, "keys", json.dumps({"partner": SECRET, "number": 7, "empty": " "}))
    store(clients, "plain", SECRET)
    clients.client("secretsmanager").create_secret(Name="bytes", SecretBinary=SECRET.encode())
    (tmp_path / "latin").write_bytes(SECRET.encode() + b"\xff")
    (tmp_path / "empty").write_text("\n")
    for reference, words in {
        "env:NOWHERE": "env:NOWHERE: no such environment variable",
        f"file:{tmp_path}/nowhere": "nowhere: No such file",
        f"file:{tmp_path}/latin": "is not UTF-8",
        f"file:{tmp_path}/empty": "is empty",
        f"file:{tmp_path}": "Is a directory",
        "secretsmanager:nowhere": "ResourceNotFoundException",
        "secretsmanager:bytes": "store the secret as text",
        "secretsmanager:plain#partner": "no JSON object with the key 'partner'",
        "secretsmanager:keys#nobody": "no JSON object with the key 'nobody'",
        "secretsmanager:keys#number": "is no text",
        "secretsmanager:keys#empty": "is empty",
        SECRET: "begins with env:, file: or secretsmanager:",
        f"base64:{SECRET}": "begins with env:, file: or secretsmanager:",
        "env:": "begins with env:, file: or secretsmanager:",
    }.items():
        with pytest.raises(SecretUnreadable) as caught:
            reader(clients).read(reference)
        assert words in str(caught.value)
        problem: BaseException | None = caught.value
        while problem is not None:
            assert SECRET not in f"{problem} {problem.args}"
            problem = problem.__cause__

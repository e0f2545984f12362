"""How the commands find the table, and what they say where they do not."""

import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

import pytest
from typer.testing import CliRunner, Result

from zonemesh.cli.main import app

OUTPUTS = {
    "TableName": "mesh-table",
    "TopicArn": "arn:aws:sns:us-east-1:123456789012:bell",
    "SweepFunctionName": "Sweep",
    "AlarmTopicArn": "arn:aws:sns:us-east-1:123456789012:alarms",
}


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [*map(str, arguments)])


class CloudFormation(ThreadingHTTPServer):
    """Answers DescribeStacks for the stacks that it has."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.stacks: dict[str, dict[str, str]] = {}
        self.regions: list[str] = []

    def answer(self, name: str) -> tuple[int, str]:
        if name not in self.stacks:
            said = f"Stack with id {name} does not exist"
            error = f"<Type>Sender</Type><Code>ValidationError</Code><Message>{said}</Message>"
            return 400, f"<ErrorResponse><Error>{error}</Error></ErrorResponse>"
        outputs = "".join(
            f"<member><OutputKey>{key}</OutputKey><OutputValue>{escape(value)}</OutputValue></member>"
            for key, value in self.stacks[name].items()
        )
        stack = f"<StackName>{name}</StackName><StackStatus>CREATE_COMPLETE</StackStatus>"
        return 200, (
            "<DescribeStacksResponse><DescribeStacksResult><Stacks><member>"
            f"{stack}<Outputs>{outputs}</Outputs>"
            "</member></Stacks></DescribeStacksResult></DescribeStacksResponse>"
        )


class _Handler(BaseHTTPRequestHandler):
    server: CloudFormation

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        self.server.regions.append(self.headers["Authorization"].split("/")[2])
        status, text = self.server.answer(form["StackName"][0])
        self.send_response(status)
        self.send_header("Content-Length", str(len(text.encode())))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def cloudformation(table: str) -> Iterator[CloudFormation]:
    """One on loopback, beside the table of the emulated AWS."""
    server = CloudFormation()
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    os.environ["AWS_ENDPOINT_URL_CLOUDFORMATION"] = f"http://127.0.0.1:{server.server_port}"
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_the_table_is_found_by_the_stack(cloudformation: CloudFormation) -> None:
    cloudformation.stacks["Zonemesh"] = OUTPUTS
    result = run("status")
    assert result.exit_code == 0, result.stderr
    assert "No mesh has been applied yet." in result.stdout


def test_the_region_is_the_stacks_own_wherever_its_owner_works_otherwise(
    cloudformation: CloudFormation,
) -> None:
    cloudformation.stacks["Zonemesh"] = OUTPUTS
    os.environ |= {"AWS_REGION": "eu-central-1", "AWS_DEFAULT_REGION": "eu-central-1"}
    assert run("status").exit_code == 0
    assert cloudformation.regions == ["us-east-1"]


@pytest.mark.parametrize("by", ["option", "variable"])
def test_a_stack_of_another_name_is_named(cloudformation: CloudFormation, by: str) -> None:
    cloudformation.stacks["Another"] = OUTPUTS
    options = ["--stack", "Another"] if by == "option" else []
    if by == "variable":
        os.environ["ZONEMESH_STACK"] = "Another"
    assert run("status", *options).exit_code == 0
    assert run("history", "example.com", *options).stderr.startswith("zonemesh: no zone `example")


def test_a_stack_that_is_not_there_is_told_with_whose_account_it_is(
    cloudformation: CloudFormation,
) -> None:
    result = run("status")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("zonemesh: no stack `Zonemesh` in us-east-1 of this account; ")
    assert "--stack, --region and --profile name another" in result.stderr
    assert "You are arn:aws:sts::123456789012:user/moto" in result.stderr


def test_a_stack_of_something_else_is_no_mesh(cloudformation: CloudFormation) -> None:
    cloudformation.stacks["Zonemesh"] = {"Something": "else"}
    assert "are not those of this zonemesh" in run("status").stderr


def test_a_table_that_is_not_there_says_what_may_be_wrong(table: str) -> None:
    result = run("status", "--table", "another")
    assert result.exit_code == 3
    assert "there is no such table in this account and Region" in result.stderr


def test_credentials_that_are_not_there_say_how_to_give_some(table: str, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        del os.environ[name]
    nowhere = str(tmp_path / "none")
    os.environ |= {
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": nowhere,
        "AWS_SHARED_CREDENTIALS_FILE": nowhere,
    }
    for options in ([], ["--table", "mesh-table"]):
        result = run("status", *options)
        assert (result.exit_code, result.stdout) == (3, "")
        assert "Unable to locate credentials" in result.stderr
        assert "profile" in result.stderr


def test_a_profile_that_is_not_there_says_how_to_list_them(table: str) -> None:
    result = run("status", "--profile", "nobody")
    assert result.exit_code == 3
    assert "nobody" in result.stderr
    assert "`aws configure list-profiles`" in result.stderr

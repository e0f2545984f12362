"""The app as a person runs it: the pinned CDK CLI, and what is said when it cannot go on."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from stacks.asset_check import problems_of

PROJECT = Path(__file__).resolve().parents[2]
# Were AWS called all the same, nothing would answer, and there is nobody to call it as.
NO_AWS = {
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "CDK_DISABLE_CLI_TELEMETRY": "true",
}


def environment(**more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return {**kept, **NO_AWS, **more}


@pytest.fixture(scope="module")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `cdk synth` makes of the mesh.yaml in the repository (slow: some 15 s)."""
    out = tmp_path_factory.mktemp("cdk") / "cdk.out"
    synth = subprocess.run(
        [PROJECT / "scripts" / "cdk", "synth", "--quiet", "--no-notices", "--output", out],
        cwd=PROJECT,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert synth.returncode == 0, synth.stdout + synth.stderr
    return out


def test_the_cli_synthesizes_the_template_without_aws(assembly):
    manifest = json.loads((assembly / "manifest.json").read_text())
    assert manifest["artifacts"]["Zonemesh"]["environment"] == "aws://unknown-account/us-east-1"
    assert "missing" not in manifest  # no lookup is left for the CLI to make
    template = json.loads((assembly / "Zonemesh.template.json").read_text())
    kinds = {each["Type"] for each in template["Resources"].values()}
    assert {"AWS::Lambda::Function", "AWS::Events::Rule", "AWS::DynamoDB::Table"} <= kinds
    assert "Hubhq" in template["Outputs"]  # the hub of mesh.yaml


def test_cloudformations_own_validation_finds_nothing(assembly):
    report = json.loads((assembly / "validation-report.json").read_text())
    found = [
        violation
        for plugin in report["pluginReports"]
        for violation in plugin.get("violations", [])
    ]
    assert found == []


def test_the_asset_of_the_assembly_runs_on_aws(assembly):
    assets = json.loads((assembly / "Zonemesh.assets.json").read_text())["files"]
    zips = [
        assembly / each["source"]["path"]
        for each in assets.values()
        if each["source"]["path"].endswith(".zip")
    ]
    assert len(zips) == 1  # one for all functions
    assert problems_of(zips[0]) == []


@pytest.mark.parametrize(
    ("context", "said"),
    [
        ({"region": "eu-central-1"}, "cannot be deployed to eu-central-1"),
        ({"mesh": "nowhere.yaml"}, "nowhere.yaml: No such file or directory"),
        ({"destroy": "perhaps"}, "context destroy: 'perhaps' is not true or false"),
    ],
)
def test_the_app_says_in_a_line_why_it_cannot_go_on(context, said, tmp_path):
    ended = subprocess.run(
        [sys.executable, "app.py"],
        cwd=PROJECT,
        env=environment(CDK_CONTEXT_JSON=json.dumps(context), CDK_OUTDIR=str(tmp_path)),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 1
    assert ended.stderr.startswith("zonemesh: ")
    assert said in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not list(tmp_path.glob("*.template.json"))


def test_a_shell_that_works_in_another_region_still_deploys_to_us_east_1(tmp_path):
    """AWS_REGION is where its owner works otherwise; the stack's region is the stack's."""
    ended = subprocess.run(
        [sys.executable, "app.py"],
        cwd=PROJECT,
        env=environment(
            AWS_REGION="eu-west-1",
            CDK_DEFAULT_REGION="eu-west-1",
            CDK_OUTDIR=str(tmp_path),
            CDK_VALIDATION="false",
        ),
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert ended.returncode == 0, ended.stderr
    manifest = json.loads((tmp_path / "manifest.json").read_text())
    assert manifest["artifacts"]["Zonemesh"]["environment"].endswith("/us-east-1")

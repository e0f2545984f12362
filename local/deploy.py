"""The real `cdk deploy` against the embedded AWS."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local.embedded.process import PROJECT, EmbeddedAws
from local.embedded.settings import ACCOUNT, REGION

STACK = "Zonemesh"
_KEPT = ("PATH", "LANG", "LC_ALL", "NODE_EXTRA_CA_CERTS", "PIP_CONFIG_FILE")


class DeployFailed(RuntimeError):
    """The CDK CLI failed; the message ends with what it printed."""


@dataclass(frozen=True, slots=True)
class HubOutput:
    """What the stack says of a hub: its environment, and the role that it acts under."""

    environment: dict[str, str]
    role_arn: str


@dataclass(frozen=True, slots=True)
class Outputs:
    """What the stack says of itself."""

    table: str
    hubs: dict[str, HubOutput]


def deploy(aws: EmbeddedAws, mesh: Path, workspace: Path) -> Outputs:
    """Bootstrap the embedded account and deploy the stack of `app.py`; raises DeployFailed.

    The CLI's own files (cache, cloud assembly, outputs) go into `workspace`.
    """
    workspace.mkdir(parents=True, exist_ok=True)
    environment = _environment(aws, workspace)
    # In a folder without an app the CLI does not synthesize before it bootstraps.
    _cdk(["bootstrap", f"aws://{ACCOUNT}/{REGION}"], environment, cwd=workspace)
    outputs = workspace / "outputs.json"
    _cdk(
        [
            *("deploy", STACK, "--require-approval", "never"),
            *("--app", f"{sys.executable} app.py", "--output", str(workspace / "cdk.out")),
            *("--outputs-file", str(outputs)),
            *_context(mesh=str(mesh), lambdaPlatform="local", destroy="true"),
        ],
        environment,
        cwd=PROJECT,
    )
    return read_outputs(json.loads(outputs.read_text())[STACK])


def read_outputs(outputs: Mapping[str, str]) -> Outputs:
    """Read the stack's outputs by their names."""
    hubs: dict[str, HubOutput] = {}
    for name, value in outputs.items():
        if name.startswith("Hub"):
            settings: dict[str, Any] = json.loads(value)
            hub, role = settings.pop("hub"), settings.pop("roleArn")
            hubs[hub] = HubOutput(settings, role)
    return Outputs(outputs["TableName"], hubs)


def _context(**values: str) -> list[str]:
    return [part for key, value in values.items() for part in ("-c", f"{key}={value}")]


def _environment(aws: EmbeddedAws, home: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    pip = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    return {
        **kept,
        **pip,
        **aws.environment(),
        "HOME": str(home),  # the CLI keeps caches there
        "CDK_DISABLE_CLI_TELEMETRY": "true",
        "TMPDIR": str(home),
    }


def _cdk(arguments: list[str], environment: Mapping[str, str], cwd: Path) -> None:
    quiet = ["--ci", "--no-notices", "--no-version-reporting", "--no-color"]
    finished = subprocess.run(
        [PROJECT / "scripts" / "cdk", *arguments, *quiet],
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if finished.returncode:
        raise DeployFailed(f"cdk {arguments[0]} failed:\n{finished.stdout[-4000:]}")

"""Whoever types what the README says gets from a clone to a zone on a BIND of their own."""

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest

from local.deploy import Outputs, deploy
from local.embedded.process import PROJECT, EmbeddedAws
from local.embedded.settings import Settings
from local.hubs import HubProcess
from local.servers.bind import bind_is_missing
from local.servers.ports import free_port
from local.world import UNPACKED, free_dns_port
from tests.e2e.hosted_zone import await_true
from tests.e2e.records import rrset
from tests.e2e.test_printed import PrintedHub
from tests.hub.pasted import PastedBind
from zonemesh.secondary_config.following import Section

APEX = "example.com."
SECTION = "## From a clone to a zone on your own BIND"
# What a machine that runs this test has done, and what `docker` would need its engine for.
DONE_BEFORE = ("make synth", ". .venv/bin/activate", "docker build", "scripts/cdk bootstrap")
WITHIN = 120.0  # seconds: the first zones come within a minute


def section() -> str:
    return (PROJECT / "README.md").read_text().split(SECTION)[1].split("\n## ")[0]


def commands() -> list[str]:
    blocks = re.findall(r"^```sh\n(.*?)^```", section(), re.M | re.S)
    return [line for block in blocks for line in block.splitlines()]


@dataclass
class Newcomer:
    """Somebody at a shell: an account, a folder with the mesh definition, a BIND, later a hub."""

    aws: EmbeddedAws
    folder: Path
    bind: PastedBind
    stack: ExitStack
    secret: str = ""
    said: dict[str, str] = field(default_factory=dict)
    hub: HubProcess | None = None
    outputs: Outputs | None = None

    def type(self, command: str) -> None:
        if command.startswith(DONE_BEFORE):
            return
        if command == "scripts/cdk deploy":
            self.outputs = deploy(self.aws, self.folder / "mesh.yaml", self.folder / "cdk")
            return
        if self.hub:
            command = command.replace("=198.51.100.1", f"=127.0.0.1@{self.hub.dns_port}")
        self.said[command] = self._run(command)
        if command.startswith("zonemesh tsig generate"):
            self._write_mesh(self.said[command])
        elif command.startswith("zonemesh hub run-command"):
            self._start_hub()
        elif command.startswith("zonemesh secondary-config"):
            self._include(self.folder / "zonemesh.conf")

    def _run(self, command: str) -> str:
        """Run a command of zonemesh; `apply` on a terminal, where its question is answered."""
        words = shlex.split(command)
        assert words[0] == "zonemesh", f"nobody here can type {command}"
        typed = [sys.executable, "-m", "zonemesh", *words[1:]]
        if words[1] == "apply":
            typed = ["script", "--quiet", "--return", "--command", shlex.join(typed), "/dev/null"]
        ran = subprocess.run(
            typed,
            cwd=self.folder,
            env=self.environment,
            input="y\n",
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        # Route 53's own name servers, which `verify` asks too, are not to be reached from here.
        good = (0, 1) if words[1] == "verify" else (0,)
        assert ran.returncode in good, f"{command}\n{ran.stdout}{ran.stderr}"
        return ran.stdout

    @property
    def environment(self) -> dict[str, str]:
        path = f"{Path(sys.executable).parent}:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"
        return {
            "PATH": path,
            "HOME": str(self.folder),
            "PYTHONPATH": str(PROJECT),
            **self.aws.environment(),
        }

    def _write_mesh(self, printed: str) -> None:
        """Write the README's definition, with the block that was printed and this BIND's place."""
        (text,) = re.findall(r"^```yaml\n(.*?)^```", section(), re.M | re.S)
        (printed_reference,) = re.findall(r"secret: (secretsmanager:\S+)", printed)
        place = f"address: 127.0.0.1\n    port: {self.bind.port}"
        text = re.sub(r"secretsmanager:\S+", printed_reference, text)
        (self.folder / "mesh.yaml").write_text(text.replace("address: 192.0.2.53", place))

    def _start_hub(self) -> None:
        """Start what was printed without a container, at addresses that are free here."""
        assert self.outputs
        port, http, keys = free_dns_port(), free_port(), self.folder / "aws"
        keys.mkdir()
        printed: dict[str, Any] = json.loads(
            self._run(
                f"zonemesh hub run-command hq --format env --credentials-dir {keys} "
                f"--listen 127.0.0.1@{port} --http 127.0.0.1:{http} --json "
                f"--endpoint-url {self.aws.endpoint}"
            )
        )
        output = self.outputs.hubs["hq"]
        self.hub = PrintedHub(
            *("hq", output, self.aws.endpoint, port, http, self.folder / "hub"), printed=printed
        )
        self.stack.callback(self.hub.stop)
        self.hub.start()
        self.hub.await_ready()
        hub = self.hub
        await_true("the hub serves it", lambda: APEX in serials(hub), WITHIN, hub.log_tail)

    def _include(self, written: Path) -> None:
        """Have BIND include what was written, and wait until it has the zone."""
        assert written.stat().st_mode & 0o077 == 0, "a secret is in it"
        self.bind.paste_sections((Section("named.conf", written.read_text()),))
        self.stack.enter_context(self.bind)
        await_true("BIND has the zone", lambda: self.bind.serial(APEX) is not None)


def serials(hub: HubProcess) -> dict[str, int]:
    """Give the serial of each zone that a hub serves, by its name."""
    zones = hub.status().get("zones", {}).values()
    return {zone["apex"]: zone["serial"] for zone in zones if zone.get("serial")}


@pytest.fixture
def newcomer(tmp_path: Path) -> Iterator[Newcomer]:
    if missing := bind_is_missing():
        pytest.skip(missing)
    with ExitStack() as stack:
        settings = Settings(unpacked_code=UNPACKED)
        aws = stack.enter_context(EmbeddedAws(settings=settings))
        yield Newcomer(aws, tmp_path, PastedBind(tmp_path / "bind"), stack)


def put(aws: EmbeddedAws, zone_id: str, address: str) -> None:
    change = {"Action": "UPSERT", "ResourceRecordSet": rrset(f"www.{APEX}", "A", address)}
    route53(aws).change_resource_record_sets(
        HostedZoneId=zone_id, ChangeBatch={"Changes": [change]}
    )


def route53(aws: EmbeddedAws) -> Any:
    keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
    return boto3.client("route53", endpoint_url=aws.endpoint, region_name="us-east-1", **keys)


def test_five_steps_lead_from_a_clone_to_a_zone_on_a_bind(newcomer: Newcomer) -> None:
    made = route53(newcomer.aws).create_hosted_zone(Name=APEX, CallerReference="readme")
    zone_id = made["HostedZone"]["Id"]
    put(newcomer.aws, zone_id, "192.0.2.1")
    for command in commands():
        newcomer.type(command)

    bind, said = newcomer.bind, newcomer.said
    before = bind.serial(APEX)
    put(newcomer.aws, zone_id, "192.0.2.2")
    await_true("BIND follows an edit", lambda: bind.serial(APEX) not in (before, None), WITHIN)

    assert "docker run" in said["zonemesh hub run-command hq"]
    assert APEX in said["zonemesh status"]
    assert "online" in said["zonemesh status"]
    verified = said["zonemesh verify '*'"]
    for who in ("hub hq", "secondary ns-paris"):
        assert re.search(rf"^= {who} .*: no difference in \d+ questions", verified, re.M), verified

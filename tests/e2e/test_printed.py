"""What commands print for operators works as printed: a hub starts, and a BIND follows it."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from local.embedded.process import PROJECT
from local.hubs import HubProcess
from local.mesh_text import CLIENT
from local.servers.ports import free_port
from local.world import World, free_dns_port
from tests.e2e.conftest import MESH
from tests.e2e.hosted_zone import Zone, await_true
from tests.e2e.records import rrset
from tests.hub.pasted import PastedBind
from zonemesh import deployment
from zonemesh.secondary_config.following import Section

HUB = "west"


@dataclass
class PrintedHub(HubProcess):
    """A hub with the variables and the profile that were printed for it, and keys of its own."""

    printed: dict[str, Any] = field(default_factory=dict)

    def _write_profile(self) -> None:
        credentials = Path(self.printed["environment"]["AWS_SHARED_CREDENTIALS_FILE"])
        Path(self.printed["environment"]["AWS_CONFIG_FILE"]).write_text(self.printed["config"])
        credentials.write_text("[machine]\naws_access_key_id=test\naws_secret_access_key=test\n")

    def _environment(self) -> dict[str, str]:
        lines = [line for line in self.printed["text"].splitlines() if not line.startswith("#")]
        return {
            "PATH": os.environ["PATH"],
            deployment.HUB_STATE_DIR: str(self.folder / "state"),
            **dict(line.split("=", 1) for line in lines),
        }


def zonemesh(world: World, *arguments: str) -> dict[str, Any]:
    """Run a command as an operator does, with nothing but credentials and an endpoint."""
    said = subprocess.run(
        [
            *(sys.executable, "-m", "zonemesh", *arguments),
            *("--json", "--endpoint-url", world.aws.endpoint),
        ],
        cwd=PROJECT,
        env={
            "PATH": os.environ["PATH"],
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert said.returncode == 0, said.stderr
    document: dict[str, Any] = json.loads(said.stdout)
    return document


def test_a_hub_that_starts_as_printed_serves_a_bind_configured_as_printed(
    world: World, tmp_path: Path
) -> None:
    bind = PastedBind(tmp_path / "bind")
    mesh = yaml.safe_load(MESH)
    mesh["hubs"][HUB] = {"secondaries": ["paris"]}
    key = {"address": "127.0.0.1", "port": bind.port, "tsig_key": "local-client"}
    world.apply(yaml.safe_dump(mesh | {"secondaries": {"paris": key}}))
    zone = Zone(world, "printed.example.")
    zone.put(rrset(f"www.{zone.apex}", "A", "192.0.2.1"))
    zone.await_served()
    before = world.hubs.pop(HUB)
    before.stop()

    folder, port, http = tmp_path / "aws", free_dns_port(), free_port()
    folder.mkdir()
    printed = zonemesh(
        *(world, "hub", "run-command", HUB, "--format", "env", "--credentials-dir", str(folder)),
        *("--listen", f"127.0.0.1@{port}", "--http", f"127.0.0.1:{http}"),
    )
    assert printed["role"] == before.output.role_arn
    hub = PrintedHub(
        *(HUB, before.output, world.aws.endpoint, port, http, tmp_path / "hub"), printed=printed
    )
    hub.start()
    try:
        hub.await_ready()
        await_true(
            "it serves the zone", lambda: zone.serial(hub) == zone.serial(world.hubs["east"])
        )
        await_true("it says where", lambda: f"127.0.0.1@{port}" in listens(world))
        follow(bind, zone, world, hub)
    finally:
        hub.stop()


def listens(world: World) -> list[str]:
    shown = zonemesh(
        *(world, "secondary-config", "--all", "--for", "nsd", "--hub", HUB, "--secondary", CLIENT)
    )
    (hub,) = shown["hubs"]
    return [f"{place['address']}@{place['port']}" for place in hub["places"]]


def follow(bind: PastedBind, zone: Zone, world: World, hub: HubProcess) -> None:
    """Configure BIND as printed for a zone, and see it follow an edit of the hosted zone."""
    written = zonemesh(
        *(world, "secondary-config", zone.apex, "--for", "bind", "--secondary", "paris"),
        "--with-secret",
    )
    bind.paste_sections(tuple(Section(**part) for part in written["sections"]))
    with bind:
        await_true("BIND has the zone", lambda: bind.serial(zone.apex) == zone.serial(hub))
        before = zone.serial(hub)
        zone.put(rrset(f"www.{zone.apex}", "A", "192.0.2.2"))
        await_true("the hub has the edit", lambda: zone.serial(hub) != before)
        await_true("BIND has it too", lambda: bind.serial(zone.apex) == zone.serial(hub))

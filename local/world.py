"""The mesh on one machine: an embedded AWS with the stack deployed, and hubs with their NSD."""

import base64
import contextlib
import json
import secrets
import shutil
import socket
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import boto3
from botocore.config import Config

from local.deploy import HubOutput, Outputs, deploy
from local.embedded.process import PROJECT, EmbeddedAws, free_port
from local.embedded.settings import REGION, Settings
from local.hubs import HubProcess
from local.internet import Internet
from local.leftovers import Leftovers
from local.mesh_text import CLIENT_KEY, default_mesh, for_this_machine
from local.servers.ports import is_free
from local.shell import write_shell_file
from zonemesh.aws.mesh_table import DynamoMeshStore
from zonemesh.aws.table import Table
from zonemesh.mesh.definition import parse_mesh

DEFAULT_HUBS = ("east", "west")
UNPACKED = str(PROJECT / "build" / "unpacked")  # the functions' asset, unpacked once for all worlds
SECRET_NAME = "zonemesh/tsig/local-client"
PORT_NOT_YET = 53
# Parts of functions' names, as CloudFormation gives them.
SWEEP = "Sweep"
REFRESH = "RefreshAliases"
WATCH = "WatchMesh"


@dataclass(frozen=True, slots=True)
class ClientKey:
    """The TSIG key for a client on this machine; `reference` is what mesh.yaml says of it."""

    name: str
    algorithm: str
    reference: str
    secret: str = field(repr=False)


@dataclass
class World:
    """Everything that runs; `with World() as world:` leaves nothing behind.

    `mesh` is the text of a mesh.yaml; by default two hubs serve every public hosted zone. With
    `saved`, a folder, the deployed account is kept there and the next world starts from it; its
    mesh may be another one, with the same hubs.
    `hub_ports` are the hubs' DNS ports, in the mesh's order; what is not given is a free one.
    `notify_ports` are those at which hubs, by name, take NOTIFY from primaries.
    `internet` answers for what the zones point to; its table may be changed.
    `shell_file` is to be sourced by a shell that works with the world.
    """

    mesh: str = field(default_factory=lambda: default_mesh(DEFAULT_HUBS))
    port: int | None = None
    hub_ports: Sequence[int] = ()
    settings: Settings = field(default_factory=lambda: Settings(unpacked_code=UNPACKED))
    saved: Path | None = None
    catch_up_every: float | None = None
    notify_ports: Mapping[str, int] = field(default_factory=dict)
    say: Callable[[str], None] = lambda _: None
    hubs: dict[str, HubProcess] = field(init=False, default_factory=dict)
    internet: Internet = field(init=False, default_factory=Internet)

    def start(self) -> None:
        """Start everything.

        Raises InvalidMesh, EmbeddedAwsFailed, DeployFailed or HubFailed; then nothing is left.
        """
        parse_mesh(for_this_machine(self.mesh, "env:NOT_YET", PORT_NOT_YET))
        self.folder = Path(tempfile.mkdtemp(prefix="zonemesh-local-"))
        self._leftovers = Leftovers(self.folder)
        self.aws = EmbeddedAws(self.port, self.saved, self.settings, self.folder / "aws.log")
        try:
            self.say("starting the embedded AWS")
            self.aws.start()
            self.key, self.outputs = self._restored() or self._deployed()
            self._apply_if_other(self.mesh)
            self.say(f"starting hubs {', '.join(self.outputs.hubs)}, each with its NSD")
            self._start_hubs()
            self.shell_file = write_shell_file(self.folder, self.aws.endpoint, self.outputs.table)
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop everything and delete what it left; repeatable."""
        for hub in self.hubs.values():
            hub.stop()
        self.hubs.clear()
        self.aws.stop()
        self.internet.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        self._leftovers.done()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def client(self, service: str) -> Any:
        """Give a boto3 client with the account's root credentials."""
        return boto3.client(
            service,
            endpoint_url=self.aws.endpoint,
            region_name=REGION,
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"mode": "standard", "max_attempts": 5}),
        )

    def table(self) -> Table:
        """Give the deployed table, with the account's root credentials."""
        return Table(self.client("dynamodb"), self.outputs.table)

    def apply(self, mesh: str) -> None:
        """Apply a mesh definition, the local client's key added, and have the sweep look now."""
        text = self._for_this_machine(mesh)
        parse_mesh(text)
        DynamoMeshStore(self.table()).apply(text)
        self.sweep()

    def _apply_if_other(self, mesh: str) -> None:
        newest = DynamoMeshStore(self.table()).newest()
        if newest is None or newest.text != self._for_this_machine(mesh):
            self.say("applying the mesh definition")
            self.apply(mesh)

    def _for_this_machine(self, mesh: str) -> str:
        return for_this_machine(mesh, self.key.reference, self.internet.port)

    def sweep(self) -> None:
        """Run the sweep now, as its schedule would, and wait for it."""
        self.run(SWEEP)

    def run(self, function: str) -> None:
        """Run a scheduled function (part of its name) now, and wait for it."""
        lambdas = self.client("lambda")
        pages = lambdas.get_paginator("list_functions").paginate()
        names = [function["FunctionName"] for page in pages for function in page["Functions"]]
        (name,) = (name for name in names if function in name)
        answer = lambdas.invoke(FunctionName=name, Payload=b"{}")
        if "FunctionError" in answer:
            raise RuntimeError(f"{name} failed: {answer['Payload'].read().decode()}")

    def describe(self) -> dict[str, Any]:
        """Say where everything is, as `python -m local up --json` prints it."""
        return {
            "endpoint": self.aws.endpoint,
            "region": REGION,
            "shell": str(self.shell_file),
            "hubs": {
                name: {"dns": hub.dns, "status": hub.status_url} for name, hub in self.hubs.items()
            },
            "tsig": {
                "name": self.key.name,
                "algorithm": self.key.algorithm,
                "secret": self.key.secret,
            },
        }

    def _deployed(self) -> tuple[ClientKey, Outputs]:
        secret = base64.b64encode(secrets.token_bytes(32)).decode()
        stored = self.client("secretsmanager").create_secret(Name=SECRET_NAME, SecretString=secret)
        key = ClientKey(CLIENT_KEY, "hmac-sha256", f"secretsmanager:{stored['ARN']}", secret)
        mesh = self.folder / "mesh.yaml"
        self.internet.start()
        mesh.write_text(for_this_machine(self.mesh, key.reference, self.internet.port))
        self.say("deploying the stack: cdk bootstrap, cdk deploy")
        self.key, self.outputs = key, deploy(self.aws, mesh, self.folder / "cdk")
        if self.saved:
            port = self.internet.port
            kept = {"key": asdict(key), "outputs": asdict(self.outputs), "resolver": port}
            _write_private(self.saved / "world.json", json.dumps(kept))
        return key, self.outputs

    def _restored(self) -> tuple[ClientKey, Outputs] | None:
        if self.saved is None or not (self.saved / "world.json").exists():
            return None
        kept = json.loads((self.saved / "world.json").read_text())
        # It stands in the mesh definition, which is applied anew where the port is taken.
        self.internet.port = kept["resolver"] if is_free(kept["resolver"]) else 0
        self.internet.start()
        hubs = {name: HubOutput(**hub) for name, hub in kept["outputs"]["hubs"].items()}
        return ClientKey(**kept["key"]), Outputs(kept["outputs"]["table"], hubs)

    def _start_hubs(self) -> None:
        ports = dict(zip(self.outputs.hubs, self.hub_ports, strict=False))
        for name, output in self.outputs.hubs.items():
            self.hubs[name] = HubProcess(
                name,
                output,
                self.aws.endpoint,
                ports.get(name) or free_dns_port(),
                free_port(),
                self.folder / f"hub-{name}",
                self.catch_up_every,
                self.notify_ports.get(name),
                self._leftovers,
            )
            self.hubs[name].start()
        for hub in self.hubs.values():
            hub.await_ready()


def free_dns_port() -> int:
    """Give a port of 127.0.0.1 that is free for UDP and for TCP."""
    while True:
        port = free_port()
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe,
        ):
            probe.bind(("127.0.0.1", port))
            return port


def _write_private(path: Path, text: str) -> None:
    path.touch(mode=0o600)
    path.write_text(text)

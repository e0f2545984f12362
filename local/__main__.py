"""`python -m local up` starts the mesh on this machine; `python -m local demo` plays it."""

import json
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from local.deploy import DeployFailed
from local.embedded.process import EmbeddedAwsFailed
from local.hubs import HubFailed
from local.world import World
from zonemesh.errors import InvalidMesh

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__)
_stderr = Console(stderr=True, highlight=False, soft_wrap=True)


@app.command()
def up(
    mesh: Annotated[
        Path | None, typer.Option(help="A mesh.yaml; by default two hubs serve every zone.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Say where everything is on one line of JSON.")
    ] = False,
    port: Annotated[int | None, typer.Option(help="The AWS endpoint's port.")] = None,
    dns_port: Annotated[
        list[int] | None, typer.Option(help="A hub's DNS port; once for each hub, in order.")
    ] = None,
) -> None:
    """Start the embedded AWS, deploy the stack, start the hubs; run until SIGINT or SIGTERM."""
    _interrupt_on_signal()
    world = World(port=port, hub_ports=dns_port or (), say=_say)
    try:
        if mesh is not None:
            world.mesh = mesh.read_text(encoding="utf-8")
        with world:
            _print(world, as_json)
            while True:
                signal.pause()
    except KeyboardInterrupt:
        _say("stopped, nothing left behind")
    except InvalidMesh as problem:
        _fail(f"{mesh}:\n{problem}")
    except UnicodeDecodeError as problem:
        _fail(f"{mesh}: not UTF-8 text: {problem}")
    except (OSError, EmbeddedAwsFailed, DeployFailed, HubFailed) as problem:
        _fail(str(problem))


@app.command()
def demo() -> None:
    """Play the main job with its real output: an edit in Route 53 becomes an answer from NSD."""
    from local.demo import play

    _interrupt_on_signal()
    sys.exit(play())


@app.command()
def edit(
    name: Annotated[str, typer.Argument(help="The owner name, like www.example.com.")],
    rdtype: Annotated[str, typer.Argument(help="The type, like A.")],
    values: Annotated[list[str], typer.Argument(help="The values, as Route 53 takes them.")],
    endpoint: Annotated[
        str,
        typer.Option(envvar="AWS_ENDPOINT_URL", help="The AWS endpoint that `up` or `demo` named."),
    ],
    ttl: Annotated[int, typer.Option(help="Seconds.")] = 60,
) -> None:
    """UPSERT an rrset through the Route 53 API of a running world, as any client would."""
    from local.edit import EditFailed, upsert

    try:
        _say(upsert(endpoint, name, rdtype, values, ttl))
    except EditFailed as problem:
        _fail(str(problem))


def _say(text: str) -> None:
    _stderr.print("local:", style="dim", end=" ")
    _stderr.print(text, markup=False)


def _fail(text: str) -> None:
    _stderr.print("local:", style="red", end=" ")
    _stderr.print(text, markup=False)
    raise typer.Exit(1)


def _print(world: World, as_json: bool) -> None:
    where = world.describe()
    if as_json:
        print(json.dumps(where), flush=True)
        return
    print(f"AWS endpoint  {where['endpoint']}  (region {where['region']}, keys test / test)")
    for name, hub in where["hubs"].items():
        print(f"hub {name:9} DNS {hub['dns']}   status {hub['status']}/status")
    key = where["tsig"]
    print(f"TSIG key      {key['algorithm']}:{key['name']}:{key['secret']}")
    print(f"For your shell  . {where['shell']}  (then: zonemesh status, zonemesh dashboard)")
    print("Ctrl-C stops it all.", flush=True)


def _interrupt_on_signal() -> None:
    """Make the first SIGINT or SIGTERM a KeyboardInterrupt, and none of those that follow."""

    def on_signal(number: int, _: object) -> None:
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, on_signal)


if __name__ == "__main__":
    app()

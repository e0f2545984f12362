"""The command that serves the dashboard: dashboard."""

import os
import sys
import threading
import webbrowser
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from zonemesh.cli.access import table_ports
from zonemesh.cli.app import (
    USAGE,
    Endpoint,
    Profile,
    Region,
    TableName,
    app,
    aws_trouble,
    fail,
    with_cure,
)

if TYPE_CHECKING:
    from zonemesh.aws.wiring import TablePorts


@app.command()
def dashboard(
    table: TableName,
    port: Annotated[
        int,
        typer.Option(min=0, max=65535, show_default=False, help="Of 127.0.0.1; else a free one."),
    ] = 0,
    read_only: Annotated[
        bool, typer.Option("--read-only", help="Nothing can be done from the pages.")
    ] = False,
    no_open: Annotated[
        bool, typer.Option("--no-open", help="Print the address and open no browser.")
    ] = False,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
) -> None:
    """Serve a live page of the mesh on this machine.

    With your own credentials, and until Ctrl-C.

    zonemesh dashboard
    """
    with aws_trouble():
        ports = table_ports(table, region, endpoint_url, profile)
        ports.mesh_store.newest()  # what does not work at all is told here, not on a page
    _serve(ports, port, read_only, opens=not no_open and _has_browser())


def _serve(ports: "TablePorts", port: int, read_only: bool, *, opens: bool) -> None:
    # Imported late: no other command needs a web server.
    from zonemesh.dashboard.app import Dashboard
    from zonemesh.dashboard.following import Following
    from zonemesh.dashboard.live import Reader
    from zonemesh.dashboard.ports import remembering, watching
    from zonemesh.dashboard.security import Session
    from zonemesh.dashboard.server import PortTaken, Server, listening
    from zonemesh.status.mesh_status import read_status

    try:
        listener = listening(port)
    except PortTaken as problem:
        fail(USAGE, str(problem))
    session = Session(listener.getsockname()[1])
    remembered = remembering(ports)
    watched = watching(remembered)
    following = Following(remembered)
    reader = Reader(lambda now: read_status(watched, now), with_cure, following.look)

    def started() -> None:
        typer.echo(f"The dashboard is at {session.address()}")
        typer.echo("Ctrl-C ends it. Who has the address can do there what you can.")
        if opens:
            _open(session.address_for_once())

    web = Dashboard(remembered, reader, following, session, read_only).app()
    with suppress(KeyboardInterrupt):  # the way in which it is meant to end
        Server(web, reader, started).run(sockets=[listener])
    typer.echo("The dashboard has ended.")


def _has_browser() -> bool:
    """Tell whether a browser would show; one in the terminal would be in the way."""
    if sys.platform != "linux":
        return True
    shows = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return bool(shows) and "SSH_CONNECTION" not in os.environ


def _open(address: str) -> None:
    threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()

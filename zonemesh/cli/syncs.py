"""The command that shows what hubs served, published and recorded: syncs."""

import json
import time
from collections.abc import Callable
from typing import Annotated

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
    mesh_in,
)
from zonemesh.cli.completion import hub_names, target_names, zone_names
from zonemesh.cli.display import console
from zonemesh.cli.since import since as time_of
from zonemesh.cli.sync_text import SyncLines, show_found
from zonemesh.syncs.reading import FoundSyncs, Wanted, hubs_fitting, read_syncs, summary
from zonemesh.syncs.sync import Sync, SyncHistory, SyncOutcome
from zonemesh.syncs.tail import SyncTail

_LOOK_EVERY = 2.0  # seconds between two looks of somebody who looks on

_Zone = Annotated[
    str | None,
    typer.Option(metavar="PATTERN", autocompletion=zone_names, help="Only zones that fit."),
]
_Hub = Annotated[
    str | None,
    typer.Option(metavar="PATTERN", autocompletion=hub_names, help="Only hubs that fit."),
]
_Target = Annotated[
    str | None,
    typer.Option(metavar="TARGET", autocompletion=target_names, help="Only this target."),
]
_Outcome = Annotated[
    list[SyncOutcome] | None,
    typer.Option(
        metavar="<outcome>", help=f"Only these ({', '.join(SyncOutcome)}); may be repeated."
    ),
]
_Since = Annotated[
    str | None, typer.Option(metavar="TIME", help="Not before: `2h`, `3d`, or a time in UTC.")
]
_Count = Annotated[int, typer.Option("-n", min=1, max=10_000, help="So many syncs.")]
_Follow = Annotated[bool, typer.Option("--follow", "-f", help="Go on as they come in.")]
_AsJson = Annotated[bool, typer.Option("--json", help="A JSON document a line, and nothing else.")]


@app.command()
def syncs(
    table: TableName,
    zone: _Zone = None,
    hub: _Hub = None,
    target: _Target = None,
    outcome: _Outcome = None,
    since: _Since = None,
    count: _Count = 50,
    follow: _Follow = False,
    as_json: _AsJson = False,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
) -> None:
    """Show what hubs served, published and recorded.

    zonemesh syncs --outcome failed --outcome held --since 2h
    """
    began = time_of(since, time.time()) if since else 0.0
    wanted = Wanted(zone, target, frozenset(outcome) if outcome else None, began)
    with aws_trouble():
        ports = table_ports(table, region, endpoint_url, profile)
        declared = mesh_in(ports.mesh_store).hubs
        hubs = hubs_fitting(hub, declared)
        if not hubs:
            known = ", ".join(sorted(declared)) or "none"
            fail(USAGE, f"no hub fits `{hub or '*'}`; there are: {known}.")
        now = time.time()
        found = read_syncs(ports.syncs, hubs, wanted, count)
        if follow:
            _follow(ports.syncs, hubs, wanted, found, now, as_json)
        elif as_json:
            _print_json(found.syncs)
        else:
            show_found(console(), found, summary(found.syncs))


def _follow(
    history: SyncHistory,
    hubs: list[str],
    wanted: Wanted,
    found: FoundSyncs,
    now: float,
    as_json: bool,
) -> None:
    """Show what there is, the first first, and then what comes in, until Ctrl-C."""
    show: Callable[[list[Sync]], None] = _print_json
    if not as_json:
        lines = SyncLines(console(), found.syncs)
        lines.heading()
        show = lines.show
    show([*reversed(found.syncs)])
    tail = SyncTail(history, hubs, wanted, now, found.syncs)
    while True:
        time.sleep(_LOOK_EVERY)
        show(tail.newer())


def _print_json(syncs: "list[Sync] | tuple[Sync, ...]") -> None:
    for sync in syncs:
        typer.echo(json.dumps(sync.document()))

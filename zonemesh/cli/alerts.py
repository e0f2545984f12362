"""The command that shows what people were told of and is not over: alerts."""

import json
from dataclasses import asdict
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.text import Text

from zonemesh.cli.access import table_ports
from zonemesh.cli.app import AsJson, Endpoint, Profile, Region, TableName, app, aws_trouble, now
from zonemesh.cli.cells import BAD, DOUBTFUL, FAINT, GOOD, counted
from zonemesh.cli.display import console
from zonemesh.cli.paragraph import INDENT, put
from zonemesh.duration import duration
from zonemesh.reasons import moment, plain
from zonemesh.watch.alert import Alert, PastAlert, Phase, gravest_first
from zonemesh.watch.words import commands, headline


@app.command()
def alerts(
    table: TableName,
    history: Annotated[
        bool, typer.Option("--history", help="Those that are over, instead; the newest first.")
    ] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many of those at most.")] = 50,
    as_json: AsJson = False,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
) -> None:
    """Show what is amiss since when, and what to type.

    People were told of it.

    zonemesh alerts
    """
    with aws_trouble():
        log = table_ports(table, region, endpoint_url, profile).alert_log
        past = log.past(limit) if history else []
        current = [] if history else gravest_first(log.alerts())
    if as_json:
        documents = [past_document(each) for each in past] + [document(each) for each in current]
        typer.echo(json.dumps(documents, indent=2))
    elif history:
        show_past(console(), past)
    else:
        show_alerts(console(), current, now())


def document(alert: Alert) -> dict[str, Any]:
    """Give an alert as JSON-able data; times are in epoch seconds."""
    inner = ("revision", "claimed_at", "claims")
    found = {name: value for name, value in asdict(alert).items() if name not in inner}
    return found | {"headline": headline([alert]), "commands": commands(alert)}


def past_document(past: PastAlert) -> dict[str, Any]:
    """Give an alert that is over as JSON-able data."""
    return document(past.alert) | {"phase": "ended", "ended_at": past.ended_at}


def show_alerts(out: Console, found: list[Alert], at: int) -> None:
    """Show the open ones each with its reason and commands, and count those that may come."""
    opened = [alert for alert in found if alert.phase is Phase.OPEN]
    for alert in opened:
        _show(out, alert, at)
    pending = len(found) - len(opened)
    sentence = f"{counted(len(opened), 'alert')} open" if opened else "No alert is open"
    waiting = f"; {counted(pending, 'more thing')} amiss for too short a time" if pending else ""
    out.print(Text(f"{sentence}{waiting}.", style=DOUBTFUL if found else GOOD))


def _show(out: Console, alert: Alert, at: int) -> None:
    well = alert.well_since is not None
    name = (headline([alert]), f"bold {DOUBTFUL if well else BAD}")
    lasts = duration(max(0, at - alert.since))
    since = f", since {moment(alert.since)} ({lasts}{', well again' if well else ''})"
    put(out, Text.assemble(name, since))
    for line in alert.text.splitlines():
        put(out, Text(plain(line)), INDENT)
    for command in commands(alert):
        put(out, Text(f"$ {command}", style=FAINT), INDENT)
    out.print()


def show_past(out: Console, found: list[PastAlert]) -> None:
    """Show those that are over, a line each."""
    for past in found:
        lasted = duration(max(0, past.ended_at - past.alert.since))
        began = (f"{moment(past.alert.since)}, for {lasted}: ", FAINT)
        put(out, Text.assemble(began, headline([past.alert])))
    if not found:
        out.print("No alert has ended.")

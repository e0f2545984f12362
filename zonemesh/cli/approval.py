"""The commands that decide on what the guard holds: approve, reject."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from zonemesh import approve as decisions
from zonemesh.audit import APPROVE, REJECT
from zonemesh.chosen_zones import members_chosen
from zonemesh.cli.access import table_ports
from zonemesh.cli.app import (
    USAGE,
    AsJson,
    Endpoint,
    Profile,
    Region,
    TableName,
    Yes,
    app,
    ask,
    aws_trouble,
    fail,
)
from zonemesh.cli.cells import counted
from zonemesh.cli.completion import zone_names
from zonemesh.cli.noting import note
from zonemesh.cli.paragraph import put
from zonemesh.cli.telling import Telling
from zonemesh.errors import ApprovalRefused
from zonemesh.named_zone import member_named
from zonemesh.ports import Member, SnapshotStore
from zonemesh.snapshot import Snapshot
from zonemesh.waiting import what_is_held

if TYPE_CHECKING:
    from zonemesh.aws.wiring import TablePorts

What = Annotated[
    list[str],
    typer.Argument(
        metavar="ZONE... [SERIAL]",
        autocompletion=zone_names,
        help="Zones, or patterns in quotes; with one zone the serial that is held, as `status` "
        "shows it.",
    ),
]


@dataclass(frozen=True, slots=True)
class _Decision:
    """One of the two: its verb, what carries it out, and what is said then."""

    action: str
    done: str
    carry_out: Callable[[SnapshotStore, str, int], Snapshot]
    said: Callable[[SnapshotStore, str, int], str]


@app.command()
def approve(
    what: What,
    table: TableName,
    yes: Yes = False,
    as_json: AsJson = False,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
) -> None:
    """Serve a change that the guard holds.

    `diff ZONE newest held` shows it before. Without a serial what waits is shown, of all the zones
    that are meant, and asked about once.

    zonemesh approve example.com 1795405274
    zonemesh approve '*.example.com'
    """
    with aws_trouble():
        _decide(_APPROVE, table_ports(table, region, endpoint_url, profile), what, yes, as_json)


@app.command()
def reject(
    what: What,
    table: TableName,
    yes: Yes = False,
    as_json: AsJson = False,
    region: Region = None,
    endpoint_url: Endpoint = None,
    profile: Profile = None,
) -> None:
    """Leave a held change waiting, without alarm.

    It ends when the source changes again. The hubs serve on what they serve, and the source stays
    as it is: `rollback` puts it back.

    zonemesh reject example.com 1795405274
    """
    with aws_trouble():
        _decide(_REJECT, table_ports(table, region, endpoint_url, profile), what, yes, as_json)


def _served(store: SnapshotStore, zone: str, serial: int) -> str:
    return f"{zone}: serial {serial} is served from now on; the hubs are rung."


def _left(store: SnapshotStore, zone: str, serial: int) -> str:
    head = store.head(zone)
    served = f"serial {head.serial} is served on" if head else "nothing is served"
    return f"{zone}: serial {serial} waits for the next change; {served}."


_APPROVE = _Decision(APPROVE, "approved", decisions.approve, _served)
_REJECT = _Decision(REJECT, "rejected", decisions.reject, _left)


def _decide(
    decision: _Decision, ports: "TablePorts", what: Sequence[str], yes: bool, as_json: bool
) -> None:
    *names, last = what
    if names and last.isascii() and last.isdigit():
        if len(names) > 1:
            fail(USAGE, "a serial is of one zone: name one zone, or leave the serial out.")
        telling = Telling(as_json, yes=True)
        chosen = [(member_named(names[0], ports.register.members()), int(last))]
    else:
        telling = Telling(as_json, yes)
        chosen = [*_chosen(decision, ports, what, telling)]
        if chosen and not yes:
            ask(f"{decision.action.capitalize()} {counted(len(chosen), 'change')}?")
    _carry_out(decision, ports, chosen, telling)


def _chosen(
    decision: _Decision, ports: "TablePorts", what: Sequence[str], telling: Telling
) -> Iterator[tuple[Member, int]]:
    """Show what waits of the zones that are meant, and give what can be decided of it."""
    held = list(what_is_held(ports.store, members_chosen(what, ports.register.members())))
    if not held:
        telling.out.print("Nothing is held there.")
    for each in held:
        zone, serial = each.member.zone, each.snapshot.serial
        put(telling.out, Text.assemble((zone, "bold"), f": serial {serial} waits: {each.reason}"))
        if decision is _APPROVE and each.is_refused:
            telling.out.print(f"  left alone: `zonemesh report {zone} --held` says what to change")
        elif decision is _REJECT and each.rejected:
            telling.out.print("  left alone: it is rejected already")
        else:
            yield each.member, serial


def _carry_out(
    decision: _Decision,
    ports: "TablePorts",
    chosen: Sequence[tuple[Member, int]],
    telling: Telling,
) -> None:
    done: list[dict[str, Any]] = []
    failed: list[dict[str, Any]] = []
    for member, serial in chosen:
        try:
            snapshot = decision.carry_out(ports.store, member.zone, serial)
        except ApprovalRefused as problem:
            failed.append({"zone": member.zone, "serial": serial, "why": str(problem)})
            continue
        concerns = list(snapshot.concerns)
        note(ports, decision.action, member.zone, serial, "; ".join(concerns))
        telling.out.print(decision.said(ports.store, member.zone, serial), soft_wrap=True)
        done.append({"zone": member.zone, "serial": serial, "concerns": concerns})
    telling.document(**{decision.done: done, "failed": failed})
    if failed:
        fail(USAGE, "\n".join(each["why"] for each in failed))

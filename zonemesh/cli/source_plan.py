"""What `rollback` and `restore` show of a plan, and how its carrying out is told."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

from zonemesh.cli.app import UNAVAILABLE, fail
from zonemesh.cli.display import console
from zonemesh.cli.paragraph import put
from zonemesh.errors import SourceError, SourceRefused, WriteRefused
from zonemesh.mesh.definition import Mesh
from zonemesh.route53.batches import batches
from zonemesh.route53.plan import Plan
from zonemesh.route53.words import change_lines, counts, remark_line
from zonemesh.source_writing import Written

if TYPE_CHECKING:
    from zonemesh.aws.source_access import SourceAccess
    from zonemesh.aws.wiring import TablePorts

DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")]
LeaveOut = Annotated[
    bool, typer.Option("--leave-out", help="Do it without what cannot be written as it was.")
]
SourceProfile = Annotated[
    str | None,
    typer.Option(help="A profile of the AWS configuration that may write to the source."),
]

_STYLES = {"-": "red", "+": "green"}


def open_source(
    ports: "TablePorts",
    mesh: Mesh,
    integration: str,
    endpoint_url: str | None,
    source_profile: str | None,
) -> "SourceAccess":
    """Give access to an integration's Route 53, from the command line's options."""
    if endpoint_url:
        os.environ["AWS_ENDPOINT_URL_ROUTE_53"] = endpoint_url
    from zonemesh.aws.source_access import source_access  # as boto3 is, imported late

    return source_access(ports.clients, mesh, integration, source_profile)


@contextmanager
def source_trouble() -> Iterator[None]:
    """End with a sentence where the source does not answer, or refuses."""
    try:
        yield
    except (SourceRefused, WriteRefused) as problem:
        fail(UNAVAILABLE, f"{problem}, or name a profile that may: `--source-profile`")
    except SourceError as problem:
        fail(UNAVAILABLE, str(problem))


def show_plan(out: Console, plan: Plan) -> None:
    """Show a plan: its lines, what it leaves alone or cannot do, and its counts."""
    for change in plan.changes:
        for line in change_lines(change):
            out.print(Text(line, style=_STYLES[line[0]]), soft_wrap=True)
    for remark in plan.left:
        put(out, Text(f"= {remark_line(remark)}", style="dim"))
    for remark in plan.lost:
        put(out, Text(f"! {remark_line(remark)}", style="yellow"))
    if plan.changes:
        cut = batches(plan)
        for name in cut.apart:
            line = f"! {name} is too large for one batch: for a moment part of it is gone"
            put(out, Text(line, style="yellow"))
        many = f"{len(cut.batches)} batch" + ("es" if len(cut.batches) > 1 else "")
        out.print(f"{plan.place.hosted_zone_id}: {counts(plan)}, in {many}.")


def plan_document(plan: Plan) -> dict[str, Any]:
    """Give a plan as JSON-able data: its counts, its lines, and what it leaves or cannot do."""
    return {
        "hosted_zone_id": plan.place.hosted_zone_id,
        "create": plan.created,
        "change": plan.changed,
        "delete": plan.deleted,
        "lines": [line for change in plan.changes for line in change_lines(change)],
        "left": [remark_line(remark) for remark in plan.left],
        "lost": [remark_line(remark) for remark in plan.lost],
    }


def written_document(written: Written | None) -> dict[str, Any] | None:
    """Give what was written as JSON-able data, None where nothing was.

    `insync` is after how many seconds all name servers had it, null where that was not seen.
    """
    if written is None:
        return None
    return {"rrsets": written.changes, "insync": written.insync, "unseen": written.unseen}


@contextmanager
def progress() -> Iterator[Callable[[int, int], None]]:
    """Give what is told how many batches of how many are written; a bar, on a terminal."""
    out = console(stderr=True)
    if not out.is_terminal:
        yield lambda done, all: None
        return
    columns = (TextColumn("writing batches"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), console=out, transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda done, all: bar.update(task, completed=done, total=all)


def done_line(written: Written) -> str:
    """Say how much was written, and whether all of Route 53's name servers have it."""
    rrsets = "1 rrset" if written.changes == 1 else f"{written.changes} rrsets"
    if written.insync is not None:
        return f"Written: {rrsets}; all of its name servers have it ({written.insync:.0f} s)."
    why = f": {written.unseen}" if written.unseen else " yet"
    return f"Written: {rrsets}; that all of its name servers have it was not seen{why}."

"""Where the commands show things, and how a definition's problems and changes are shown."""

from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.text import Text

from zonemesh.cli.paragraph import INDENT, put
from zonemesh.mesh.changes import ADDED, CHANGED, REMOVED, MeshChange
from zonemesh.mesh.in_use import InUse

PLAIN_WIDTH = 200  # columns where the output is no terminal: rows stay on one line

_SIGNS = {ADDED: "green", REMOVED: "red", CHANGED: "yellow"}


def console(*, stderr: bool = False) -> Console:
    """Give a console for standard output or error."""
    out = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not out.is_terminal:
        out.width = PLAIN_WIDTH
    return out


def show_problems(out: Console, title: str, problems: list[str]) -> None:
    """Show what is wrong with a mesh: a path and a sentence each."""
    count = f"{len(problems)} problem{'' if len(problems) == 1 else 's'}"
    out.print(Text.assemble((title, "bold"), ": ", (count, "bold red")))
    for problem in problems:
        path, _, sentence = problem.partition(": ")
        out.print(Text.assemble("  ", (path, "cyan"), ": ", sentence), soft_wrap=True)


def show_warnings(out: Console, warnings: Iterable[str]) -> None:
    """Show what a mesh says without effect."""
    for warning in warnings:
        path, _, sentence = warning.partition(": ")
        line = Text.assemble(("! ", "yellow"), (path, "cyan"), ": ", sentence)
        out.print(line, soft_wrap=True)


def show_leaving(out: Console, zones: Sequence[str]) -> None:
    """Show which served zones no entry takes in any more."""
    if zones:
        who = "1 zone leaves" if len(zones) == 1 else f"{len(zones)} zones leave"
        words = f"{who} the mesh, and the hubs with the next sweep: {', '.join(zones)}"
        put(out, Text.assemble(("! ", "red"), words))


def show_in_use(out: Console, in_use: Iterable[InUse]) -> None:
    """Show what would go although it is in use, by whom, and what would follow."""
    for each in in_use:
        users = "; ".join(each.users)
        put(out, Text.assemble(("! ", "red"), (each.path, "bold"), f" is in use: {users}"))
        put(out, Text(f"Without it {each.then}."), INDENT)


def show_changes(out: Console, changes: list[MeshChange]) -> None:
    """Show what differs between two meshes."""
    for change in changes:
        out.print(Text.assemble((f"  {change.sign} ", _SIGNS[change.sign]), change.what))
        for detail in change.details:
            out.print(Text(f"      {detail}", style="dim"), soft_wrap=True)

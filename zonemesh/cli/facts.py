"""What `show` prints of one thing: facts by name, and tables under headings."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any

from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from zonemesh.cli.app import USAGE, fail
from zonemesh.cli.cells import FAINT, Cell
from zonemesh.cli.paragraph import put
from zonemesh.duration import duration

_COLUMN = 14  # columns that the names of facts take


def put_title(out: Console, name: str, *words: Cell) -> None:
    """Print what it is about, and how that is."""
    put(out, Text.assemble((name, "bold"), *(part for word in words for part in (", ", word))))


def put_facts(out: Console, facts: Mapping[str, Cell | None]) -> None:
    """Print facts, a paragraph each; those of which there is nothing to say are left out."""
    for name, text in facts.items():
        if text is not None and str(text):
            put(out, Text.assemble((name.ljust(_COLUMN), FAINT), text), 2)


def put_table(out: Console, heading: str, table: Table, rows: Sequence[object]) -> None:
    """Print a table under a heading, nothing where it has no rows."""
    if rows:
        out.print()
        out.print(Text(heading, style="bold"))
        out.print(table)


def put_lines(out: Console, heading: str, lines: Iterable[RenderableType]) -> None:
    """Print paragraphs under a heading, nothing where there are none."""
    for number, line in enumerate(lines):
        if not number:
            out.print()
            out.print(Text(heading, style="bold"))
        put(out, line if isinstance(line, Text) else Text(str(line)), 2)


def moment(at: float | None, now: float) -> str:
    """Write when something was, and how long ago; empty for never."""
    if at is None:
        return ""
    ago = duration(max(0.0, now - at))
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC, {ago} ago"


def listed(names: Iterable[str]) -> str:
    """Write names one after the other."""
    return ", ".join(names)


def the_one(kind: str, name: str, known: Mapping[str, Any]) -> Any:
    """Give what bears a name, or end with the names that there are."""
    if name in known:
        return known[name]
    near = get_close_matches(name, known, 20) or list(known)[:20]
    there = f"known: {', '.join(near)}" if near else "the mesh definition has none"
    fail(USAGE, f"no {kind} `{name}`; {there}")


def settings_lines(settings: Mapping[str, Any], prefix: str = "") -> list[str]:
    """Write nested settings as `a.b: value`, in their order; what is empty is left out."""
    lines = []
    for name, value in settings.items():
        if isinstance(value, Mapping):
            lines += settings_lines(value, f"{prefix}{name}.")
        elif value not in (None, [], (), ""):
            shown = ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
            lines.append(f"{prefix}{name}: {shown}")
    return lines

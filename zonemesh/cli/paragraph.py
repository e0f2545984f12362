"""What adapts to a terminal's width: paragraphs, folded and indented, and tables that fit."""

from collections.abc import Iterable, Iterator

from rich.console import Console, RenderableType
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

INDENT = 4
_FURTHER = 2  # columns by which the further lines of a paragraph are indented more
_BOUNDLESS = 100_000  # columns


def put(out: Console, text: Text, indent: int = 0) -> None:
    """Print a paragraph, `indent` columns from the left; one line in a pipe."""
    put_all(out, paragraph(out, text, indent))


def put_all(out: Console, shown: Iterable[RenderableType]) -> None:
    """Print what is to be shown one below the other; in a pipe no text is folded."""
    for each in shown:
        out.print(each, soft_wrap=isinstance(each, Text) and not out.is_terminal)


def paragraph(out: Console, text: Text, indent: int = 0) -> Iterator[RenderableType]:
    """Give a paragraph line by line, `indent` columns from the left; one line in a pipe."""
    if not out.is_terminal:
        yield Text.assemble(" " * indent, text)
        return
    first, *more = text.wrap(out, out.width - indent - _FURTHER)
    yield Padding(first, (0, 0, 0, indent), expand=False)
    for line in more:
        yield Padding(line, (0, 0, 0, indent + _FURTHER), expand=False)


def fits(out: Console, table: Table) -> bool:
    """Say whether a table is shown with each row on a line; in a pipe nothing has to fit."""
    return not out.is_terminal or width_of(out, table) <= out.width


def width_of(out: Console, table: Table) -> int:
    """Give the columns that a table takes where each row is on a line."""
    options = out.options.update(max_width=_BOUNDLESS)
    return Measurement.get(out, options, table).maximum

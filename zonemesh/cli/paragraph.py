"""What adapts to a terminal's width: paragraphs, folded and indented, and tables that fit."""

from rich.console import Console
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

INDENT = 4
_FURTHER = 2  # columns by which the further lines of a paragraph are indented more
_BOUNDLESS = 100_000  # columns


def put(out: Console, text: Text, indent: int = 0) -> None:
    """Print a paragraph, `indent` columns from the left; one line in a pipe."""
    if not out.is_terminal:
        out.print(Text.assemble(" " * indent, text), soft_wrap=True)
        return
    first, *more = text.wrap(out, out.width - indent - _FURTHER)
    out.print(Padding(first, (0, 0, 0, indent), expand=False))
    for line in more:
        out.print(Padding(line, (0, 0, 0, indent + _FURTHER), expand=False))


def fits(out: Console, table: Table) -> bool:
    """Say whether a table is shown with each row on a line; in a pipe nothing has to fit."""
    options = out.options.update(max_width=_BOUNDLESS)
    return not out.is_terminal or Measurement.get(out, options, table).maximum <= out.width

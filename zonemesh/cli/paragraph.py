"""A paragraph: folded and indented on a terminal, one line in a pipe."""

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

INDENT = 4
_FURTHER = 2  # columns by which the further lines of a paragraph are indented more


def put(out: Console, text: Text, indent: int = 0) -> None:
    """Print a paragraph, `indent` columns from the left."""
    if not out.is_terminal:
        out.print(Text.assemble(" " * indent, text), soft_wrap=True)
        return
    first, *more = text.wrap(out, out.width - indent - _FURTHER)
    out.print(Padding(first, (0, 0, 0, indent), expand=False))
    for line in more:
        out.print(Padding(line, (0, 0, 0, indent + _FURTHER), expand=False))

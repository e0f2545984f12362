"""Tables, and what stands in their cells, alike in all commands.

Colour says what a word says already: what is as it should be has none.
"""

from collections.abc import Callable, Iterable, Sequence

from rich.table import Table
from rich.text import Text

from zonemesh.duration import duration

GOOD, DOUBTFUL, BAD, FAINT = "green", "yellow", "red", "dim"

Cell = str | Text


def table(*columns: str, folding: Iterable[str] = ()) -> Table:
    """Make a table without lines; the columns named in `folding` fold where room is scarce."""
    made = Table(box=None, pad_edge=False, header_style="bold", padding=(0, 2, 0, 0))
    for column in columns:
        made.add_column(column, no_wrap=column not in folding, overflow="fold")
    return made


def filled(columns: dict[str, Sequence[Cell]], folding: Iterable[str] = ()) -> Table:
    """Make a table of columns with their cells."""
    made = table(*columns, folding=folding)
    for row in zip(*columns.values(), strict=True):
        made.add_row(*row)
    return made


def marked(name: str, is_marked: bool) -> Text:
    """Write a name, with a star where something about it has just changed."""
    return Text(f"{name} *", style="bold") if is_marked else Text(name)


def none() -> Text:
    """Say that there is nothing to say."""
    return Text("-", style=FAINT)


def or_none(value: object) -> Text:
    """Write a value, or that there is none."""
    return none() if value in (None, "") else Text(str(value))


def span(seconds: float | None, limit: float | None = None, never: str = "-") -> Text:
    """Write how long ago something was; past `limit` it is too long."""
    if seconds is None:
        return none() if never == "-" else Text(never, style=DOUBTFUL)
    return Text(duration(seconds), style=BAD if limit and seconds > limit else "")


def of(good: int, count: int) -> Text:
    """Write how many of some are as they should be."""
    return Text(f"{good} of {count}", style="" if good == count else DOUBTFUL)


def counted(number: int, one: str, many: str = "") -> str:
    """Write a number of things."""
    return f"{number} {one}" if number == 1 else f"{number} {many or one + 's'}"


def styled(styles: dict[str, str]) -> Callable[[str], Text]:
    """Give what writes a word in the colour that a table has for it."""
    return lambda word: Text(word, style=styles.get(word, ""))

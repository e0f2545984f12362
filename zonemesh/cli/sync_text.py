"""What `zonemesh syncs` prints: a line a sync, its error below, and what they come to."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from rich.console import Console
from rich.text import Text

from zonemesh.cli.cells import BAD, DOUBTFUL, FAINT, GOOD, counted
from zonemesh.cli.paragraph import INDENT, put
from zonemesh.duration import took
from zonemesh.reasons import plain
from zonemesh.syncs.reading import FoundSyncs, SyncSummary
from zonemesh.syncs.sync import Sync, SyncOutcome

_STYLES = {SyncOutcome.FAILED: BAD, SyncOutcome.HELD: DOUBTFUL}
_GAP = 2  # columns between two
_CHANGES, _YEAR = "CHANGES", "year"
_STEPS = (_CHANGES, _YEAR)  # what is given up in turn where the terminal is too narrow


class SyncLines:
    """Prints syncs in columns that fit those given first, and the terminal."""

    def __init__(self, out: Console, first: Sequence[Sync]) -> None:
        self._out = out
        self._without: frozenset[str] = frozenset()
        for given_up in range(len(_STEPS) + 1):
            self._without = frozenset(_STEPS[:given_up])
            self._widths = _widths([_header(self._without), *map(self._cells, first)])
            if not out.is_terminal or sum(self._widths) + _GAP * len(self._widths) <= out.width:
                break

    def heading(self) -> None:
        """Print the columns' names."""
        header = [Text(name, style="bold") for name in _header(self._without)]
        put(self._out, self._line(header))

    def show(self, syncs: Sequence[Sync]) -> None:
        """Print syncs in the order in which they are given."""
        for sync in syncs:
            put(self._out, self._line(self._cells(sync)))
            for text in _below(sync):
                put(self._out, text, INDENT)

    def _cells(self, sync: Sync) -> list[Text]:
        cells = {
            "WHEN": Text(_when(sync.ended_at, year=_YEAR not in self._without)),
            "HUB": Text(sync.hub),
            "ZONE": Text(sync.apex),
            "PLACE": Text(sync.place),
            "SERIAL": _or_none(sync.serial),
            "OUTCOME": _outcome(sync),
            "TOOK": Text(took(sync.seconds), style="" if sync.seconds is not None else FAINT),
            _CHANGES: _or_none(sync.changes),
        }
        return [cell for name, cell in cells.items() if name not in self._without]

    def _line(self, cells: Sequence[Text]) -> Text:
        line = Text()
        for cell, width in zip(cells, self._widths, strict=True):
            line.append_text(cell).append(" " * (width + _GAP - cell.cell_len))
        line.rstrip()
        return line


def show_found(out: Console, found: FoundSyncs, summed: SyncSummary) -> None:
    """Print what was found of syncs and what they come to."""
    if found.syncs:
        lines = SyncLines(out, found.syncs)
        lines.heading()
        lines.show(found.syncs)
        out.print()
    for text in _summary(found, summed):
        put(out, text)


def _header(without: frozenset[str]) -> list[str]:
    names = ("WHEN", "HUB", "ZONE", "PLACE", "SERIAL", "OUTCOME", "TOOK", _CHANGES)
    return [name for name in names if name not in without]


def _widths(rows: Sequence[Sequence[Text | str]]) -> list[int]:
    return [max(len(str(cell)) for cell in column) for column in zip(*rows, strict=True)]


def _when(seconds: float, *, year: bool = True) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):{'%Y-' if year else ''}%m-%d %H:%M:%S}"


def _outcome(sync: Sync) -> Text:
    style = _STYLES.get(sync.outcome, GOOD)
    times = f" {sync.count} times" if sync.count > 1 else ""
    return Text(f"{sync.outcome}{times}", style=style)


def _or_none(value: int | None) -> Text:
    return Text("-", style=FAINT) if value is None else Text(str(value))


def _below(sync: Sync) -> Iterator[Text]:
    until = f", last at {_when(sync.last_at)}" if sync.count > 1 else ""
    if sync.error:
        yield Text.assemble((plain(sync.error), _STYLES.get(sync.outcome, "")), until)


def _summary(found: FoundSyncs, summed: SyncSummary) -> Iterator[Text]:
    if found.syncs:
        words = ", ".join(f"{count} {outcome}" for outcome, count in summed.counts.items())
        text = f"{counted(sum(summed.counts.values()), 'sync')}: {words}."
        if summed.median is not None:
            text += f" Took {took(summed.median)} at the median, {took(summed.longest)} at most."
        yield Text(text)
    else:
        yield Text("No sync fits." if found.looked_back_to is None else "No sync fits so far.")
    if found.more:
        yield Text("There are more: `-n` says how many are shown.", style=FAINT)
    if found.looked_back_to is not None:
        back = _when(found.looked_back_to)
        text = f"Looked back to {back} and no further: `--since` or `--hub` narrows it."
        yield Text(text, style=DOUBTFUL)

"""What `zonemesh report` shows: a line for each loss, and the account of the source's rrsets."""

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from zonemesh.fidelity import FidelityLine, Kind, summary
from zonemesh.fidelity_report import FidelityReport

_GRAVE = frozenset({Kind.LOOP, Kind.UNREADABLE, Kind.CONFLICT})
_INDENT = 4


def line_text(line: FidelityLine) -> str:
    """Give a loss as one line of text, which is what a pipe gets."""
    return f"{_what(line)}; {_why(line)}"


def show_report(out: Console, report: FidelityReport, lines: Sequence[FidelityLine]) -> None:
    """Show those `lines` of a report, its counts, and which snapshot it is of."""
    for text in _heading(report):
        out.print(text, soft_wrap=not out.is_terminal)
    for line in lines:
        if out.is_terminal:
            first, *more = Text.assemble(*_styled_what(line)).wrap(out, out.width - _INDENT)
            out.print(first)
            for text in (*more, Text(_why(line), style="dim")):
                out.print(Padding(text, (0, 0, 0, _INDENT), expand=False))
        else:
            out.print(Text(line_text(line)), soft_wrap=True)
    if lines:
        out.print()
    for sentence in _account(report, lines):
        out.print(Text(sentence), soft_wrap=not out.is_terminal)


def _what(line: FidelityLine) -> str:
    return "".join(part if isinstance(part, str) else part[0] for part in _styled_what(line))


def _styled_what(line: FidelityLine) -> list[str | tuple[str, str]]:
    style = "bold red" if line.refused or line.kind in _GRAVE else "yellow"
    identifier = f" {_quoted(line.set_identifier)}" if line.set_identifier else ""
    served = f", served {line.served}"
    return [(line.owner, "bold"), f" {line.rdtype}{identifier}: ", (line.kind, style), served]


def _why(line: FidelityLine) -> str:
    return f"{line.why} [{line.policy}]"


def _quoted(text: str) -> str:
    """Quote a set identifier, which may hold anything; what a terminal might obey is escaped."""
    return json.dumps(text, ensure_ascii=not text.isprintable())


def _heading(report: FidelityReport) -> Iterator[Text]:
    snapshot, head = report.snapshot, report.head
    at = f"{datetime.fromtimestamp(snapshot.recorded_at, UTC):%Y-%m-%d %H:%M:%S} UTC"
    yield Text.assemble((snapshot.zone, "bold"), f", serial {snapshot.serial}, recorded {at}")
    if report.is_held:
        why = f"the policy refuses {_count(snapshot.refused, 'rrset')}"
        yield Text(f"HELD: {why}; serial {head.serial} is served on.", style="bold red")
    elif snapshot.refused:
        why = f"the policy refused {_count(snapshot.refused, 'rrset')}"
        yield Text(f"Held once and never served: {why}.", style="yellow")
    elif not report.is_newest:
        yield Text(f"Not the newest: serial {head.serial} is served.", style="yellow")
    elif head.held is not None:
        yield Text(f"Serial {head.held} is held: `--held` shows why.", style="bold red")
    yield Text()


def _account(report: FidelityReport, lines: Sequence[FidelityLine]) -> Iterator[str]:
    if not report.lines:
        yield "No losses."
    elif len(lines) < len(report.lines):
        shown = _count(len(lines), "loss", "losses")
        yield f"{shown} of {len(report.lines)} shown: {_by_kind(report.lines)}"
    else:
        yield f"{_count(len(lines), 'loss', 'losses')}: {_by_kind(lines)}"
    counted = f"{report.carried} carried + {report.reported} reported"
    sets = len(report.lines) - report.reported
    beside = f" ({_count(sets, 'line')} about whole sets besides)" if sets else ""
    yield f"{_count(report.source_rrsets, 'source rrset')} = {counted}{beside}"


def _by_kind(lines: Sequence[FidelityLine]) -> str:
    """Count lines by kind, the most frequent kinds first."""
    counts = sorted(summary(lines).items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{count} {kind}" for kind, count in counts)


def _count(number: int, one: str, many: str = "") -> str:
    return f"{number} {one if number == 1 else many or f'{one}s'}"

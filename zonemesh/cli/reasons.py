"""Why a snapshot was made, as lines for a terminal."""

from collections.abc import Iterator

from rich.text import Text

from zonemesh.reasons import caller_of, calls, events, how_found, moment, plain
from zonemesh.snapshot import Change, Reason

CALLS_MOST, IDS_MOST = 3, 2  # callers and ids of events that a list of snapshots shows
AGENT_MOST = 48  # characters of a user agent there; the tool is at its start
FURTHER = 2  # columns by which what belongs to a line is indented more


def reason_lines(
    reason: Reason, *, whole: bool = False, same_source: bool = False
) -> Iterator[tuple[int, Text]]:
    """Give a reason line by line, each with the columns that it is indented by.

    In short it is the first callers, ids and words of a user agent; `whole` leaves nothing out.
    """
    if found := how_found(reason, same_source=same_source):
        yield 0, Text(found)
    groups = list(calls(reason))
    for group in groups if whole else groups[:CALLS_MOST]:
        yield from _call_lines(group, whole)
    if not whole and (rest := sum(map(len, groups[CALLS_MOST:]))):
        yield 0, Text(f"and {events(rest)} more; `zonemesh show` has all", style="dim")


def _call_lines(group: tuple[Change, ...], whole: bool) -> Iterator[tuple[int, Text]]:
    first, last = group[0], group[-1]
    yield 0, Text(f"{plain(first.operation)} by {caller_of(first)}")
    agent = plain(first.user_agent)
    if not whole and len(agent) > AGENT_MOST:
        agent = f"{agent[: AGENT_MOST - 1]}…"
    parts = (("from", plain(first.source_address)), ("with", agent))
    if tool := " ".join(f"{word} {text}" for word, text in parts if text):
        yield FURTHER, Text(tool)
    if whole or len(group) == 1:
        for change in group:
            text = f"event {plain(change.event_id) or '-'} of {moment(change.time)}"
            yield FURTHER, Text(text, style="dim")
        return
    ids = ", ".join(plain(change.event_id) or "-" for change in group[:IDS_MOST])
    more = f" and {len(group) - IDS_MOST} more" if len(group) > IDS_MOST else ""
    text = f"{events(len(group))}, {moment(first.time)} to {moment(last.time)}: {ids}{more}"
    yield FURTHER, Text(text, style="dim")

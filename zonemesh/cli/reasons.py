"""Why a snapshot was made, in words."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby

from rich.text import Text

from zonemesh.snapshot import Change, Reason

CALLS_MOST, IDS_MOST = 3, 2  # callers and ids of events that a list of snapshots shows
AGENT_MOST = 48  # characters of a user agent there; the tool is at its start
FURTHER = 2  # columns by which what belongs to a line is indented more

FOUND = {
    "event": "",
    "lookup": "found by LookupEvents: the event itself did not arrive",
    "listing": "found by listing: no event told of it",
    "first": "the zone's first listing",
    "answers": "what aliases resolve to changed",
    "transfer": "transferred from a primary",
    "bump": "the serial was raised, with nothing changed",
    "members": "zones came into the catalog, or left it",
    "reset": "a zone of the catalog is to be taken anew",
}
DECIDED_ANEW = "the zone's policy, or zonemesh's translation, is another one than before"


def how_found(reason: Reason, *, same_source: bool = False) -> str:
    """Say what made the mesh look; empty for an event that arrived, which speaks for itself.

    Where the source is the same as before, a listing found nothing that an event should have told.
    """
    if reason.found_by == "listing" and same_source:
        return "made by a listing; the source is as it was"
    if reason.found_by == "listing" and reason.changes:
        return "found by listing, which these events ordered"
    words = FOUND.get(reason.found_by, f"found by {plain(reason.found_by)}")
    return words if words or reason.changes else "an event that does not say more"


def calls(reason: Reason) -> Iterator[tuple[Change, ...]]:
    """Give a reason's events, those together that one caller made one after the other."""
    for _, group in groupby(reason.changes, key=_same_call):
        yield tuple(group)


def _same_call(change: Change) -> tuple[str, ...]:
    return (change.operation, change.principal, change.source_address, change.user_agent)


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
        yield 0, Text(f"and {_events(rest)} more; `zonemesh show` has all", style="dim")


def _call_lines(group: tuple[Change, ...], whole: bool) -> Iterator[tuple[int, Text]]:
    first, last = group[0], group[-1]
    principal = plain(first.principal) or "somebody whom CloudTrail does not name"
    yield 0, Text(f"{plain(first.operation)} by {principal}")
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
    text = f"{_events(len(group))}, {moment(first.time)} to {moment(last.time)}: {ids}{more}"
    yield FURTHER, Text(text, style="dim")


def _events(number: int) -> str:
    return "1 event" if number == 1 else f"{number} events"


def moment(seconds: int) -> str:
    """Write a time in UTC."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"


def plain(text: str) -> str:
    """Escape what a terminal might obey; anybody may write a user agent."""
    return text if text.isprintable() else json.dumps(text)[1:-1]

"""Why a snapshot was made, in words."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import groupby

from zonemesh.snapshot import Change, Reason

FOUND = {
    "event": "",
    "lookup": "found by LookupEvents: the event itself did not arrive",
    "listing": "found by listing: no event told of it",
    "first": "the zone's first listing",
    "order": "found by a listing that somebody ordered: no event told of it",
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
    if reason.found_by in ("listing", "order") and same_source:
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


def caller_of(change: Change) -> str:
    """Say who made a change."""
    return plain(change.principal) or "somebody whom CloudTrail does not name"


def events(number: int) -> str:
    """Write a number of events."""
    return "1 event" if number == 1 else f"{number} events"


def moment(seconds: int) -> str:
    """Write a time in UTC."""
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%d %H:%M:%S} UTC"


def plain(text: str) -> str:
    """Escape what a terminal might obey; anybody may write a user agent."""
    return text if text.isprintable() else json.dumps(text)[1:-1]

"""A zone's history as rows: what happened when, who did it, and why."""

from collections.abc import Iterator
from dataclasses import dataclass

from zonemesh.audit import AuditEntry
from zonemesh.dashboard.words import Tag, Tone
from zonemesh.history import Recording, Standing
from zonemesh.history_words import actor, counted, standing_words, why_held
from zonemesh.reasons import DECIDED_ANEW, caller_of, calls, events, how_found, plain
from zonemesh.snapshot import Change

CALLERS_MOST = 3
_TONES = {
    Standing.SERVED: Tone.GOOD,
    Standing.HELD: Tone.BAD,
    Standing.REJECTED: Tone.WARN,
    Standing.NEVER: Tone.QUIET,
}


@dataclass(frozen=True, slots=True)
class Caller:
    """Who did something: a short `name`, the `whole` one, and with which operation and tool."""

    name: str
    whole: str
    did: str
    tool: str = ""


@dataclass(frozen=True, slots=True)
class EventRow:
    """A snapshot, or an action of somebody (`action`, then); `at` in epoch seconds.

    `serial` is the snapshot's. `why` are sentences. `before` is the serial to compare with, None
    where there is none.
    """

    id: str
    at: int
    title: str
    serial: int | None
    action: bool
    tag: Tag | None
    callers: tuple[Caller, ...]
    why: tuple[str, ...]
    before: int | None = None


def event_row(event: Recording | AuditEntry) -> EventRow:
    """Make the row of an event."""
    return _action(event) if isinstance(event, AuditEntry) else _snapshot(event)


def _action(entry: AuditEntry) -> EventRow:
    whole = actor(entry)
    by = Caller(short(whole), whole, entry.action)
    about = f" {entry.serial}" if entry.serial is not None else ""
    why = (plain(entry.detail),) if entry.detail else ()
    name = f"action-{entry.time}-{entry.action}"
    return EventRow(name, entry.time, f"{entry.action}{about}", None, True, None, (by,), why)


def _snapshot(recording: Recording) -> EventRow:
    snapshot, standing = recording.snapshot, recording.standing
    tag = Tag(standing_words(standing), _TONES[standing]) if standing in _TONES else None
    return EventRow(
        f"snapshot-{snapshot.serial}",
        snapshot.recorded_at,
        counted(recording),
        snapshot.serial,
        False,
        tag,
        tuple(_callers(recording)),
        tuple(_why(recording)),
        recording.against.serial if recording.against else None,
    )


def _callers(recording: Recording) -> Iterator[Caller]:
    groups = list(calls(recording.snapshot.reason))
    for group in groups[:CALLERS_MOST]:
        first = group[0]
        times = f" ({events(len(group))})" if len(group) > 1 else ""
        whole = caller_of(first)
        yield Caller(short(whole), whole, f"{plain(first.operation)}{times}", _tool(first))
    if rest := sum(map(len, groups[CALLERS_MOST:])):
        yield Caller(f"and {events(rest)} more", "", "")


def _tool(change: Change) -> str:
    parts = (("from", change.source_address), ("with", change.user_agent))
    return " ".join(f"{word} {plain(text)}" for word, text in parts if text)


def _why(recording: Recording) -> Iterator[str]:
    if found := how_found(recording.snapshot.reason, same_source=recording.same_source):
        yield found
    if recording.decided_anew:
        yield DECIDED_ANEW
    if recording.damaged:
        yield recording.damaged
    if recording.skips and recording.against:
        yield f"counted since {recording.against.serial}; those between are no longer kept"
    if recording.standing is not Standing.ACCEPTED:
        yield from why_held(recording.snapshot)


def short(principal: str) -> str:
    """Give the last part of an ARN, which is the person's, or the text as it is."""
    if not principal.startswith("arn:"):
        return principal
    return principal.rpartition("/" if "/" in principal else ":")[2]

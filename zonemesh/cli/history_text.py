"""What `zonemesh history` and `zonemesh show` print."""

from collections.abc import Iterator
from dataclasses import asdict, replace
from typing import Any

from rich.console import Console
from rich.text import Text

from zonemesh.audit import AuditEntry
from zonemesh.cli.paragraph import INDENT, put
from zonemesh.cli.reasons import reason_lines
from zonemesh.diffing import Counts
from zonemesh.history import History, Recording, Standing
from zonemesh.history_words import actor, counted, in_words, standing_words, why_held
from zonemesh.reasons import DECIDED_ANEW, how_found, moment, plain
from zonemesh.snapshot import Snapshot

EVENT = "event"  # how most are found, which needs no word
_STYLES = {
    Standing.SERVED: "green",
    Standing.ACCEPTED: "",
    Standing.HELD: "bold red",
    Standing.REJECTED: "red",
    Standing.NEVER: "yellow",
}


def show_history(out: Console, history: History) -> None:
    """Show events, the newest first: a line each, and below it the reason."""
    for event in history.events:
        if isinstance(event, Recording):
            put(out, _title(event))
            for indent, line in _reasons(event):
                put(out, line, INDENT + indent)
        else:
            put(out, _action_title(event))
            if event.detail:
                put(out, Text(plain(event.detail)), INDENT)
    if history.more:
        put(out, Text("There is more: `--limit` says how much is shown.", style="dim"))


def show_recording(out: Console, recording: Recording) -> None:
    """Show one snapshot whole."""
    snapshot = recording.snapshot
    put(
        out,
        Text.assemble((snapshot.zone, "bold"), f", serial {snapshot.serial}, ", _state(recording)),
    )
    out.print()
    for name, text in _facts(recording):
        _field(out, name, text)
    out.print()
    found = how_found(snapshot.reason, same_source=recording.same_source)
    _field(out, "reason", Text(found or _arrived(snapshot)))
    for indent, line in reason_lines(replace(snapshot.reason, found_by=EVENT), whole=True):
        put(out, line, INDENT + indent)
    if recording.decided_anew:
        put(out, Text(DECIDED_ANEW), INDENT)
    if recording.damaged:
        put(out, Text(recording.damaged, style="red"), INDENT)
    if held := list(why_held(snapshot)):
        out.print()
        approved = recording.standing in (Standing.SERVED, Standing.ACCEPTED)
        put(out, Text("Held until it was approved, because" if approved else "Held, because"))
        for sentence in held:
            put(out, Text(sentence, style="red"), INDENT)


def _field(out: Console, name: str, text: Text) -> None:
    put(out, Text.assemble((f"{name:<10}", "dim"), text))


def _title(recording: Recording) -> Text:
    snapshot = recording.snapshot
    title = Text.assemble(
        (str(snapshot.serial), "bold"),
        f"  {moment(snapshot.recorded_at)}  {counted(recording)}",
    )
    if recording.standing is not Standing.ACCEPTED:
        title.append("  ").append_text(_state(recording))
    return title


def _state(recording: Recording) -> Text:
    standing = recording.standing
    return Text(standing_words(standing), style=_STYLES[standing])


def _reasons(recording: Recording) -> Iterator[tuple[int, Text]]:
    yield from reason_lines(recording.snapshot.reason, same_source=recording.same_source)
    if recording.decided_anew:
        yield 0, Text(DECIDED_ANEW)
    if recording.damaged:
        yield 0, Text(recording.damaged, style="red")
    if recording.skips and recording.against:
        since = recording.against.serial
        text = f"counted since serial {since}; those between are no longer kept"
        yield 0, Text(text, style="dim")
    if recording.standing is not Standing.ACCEPTED:
        yield from ((0, Text(line, style="red")) for line in why_held(recording.snapshot))


def _action_title(entry: AuditEntry) -> Text:
    about = f" {entry.serial}" if entry.serial is not None else ""
    of_all = "" if entry.zone else " of the mesh definition"
    return Text.assemble(
        (f"{plain(entry.action)}{about}", "bold cyan"),
        f"{of_all}  {moment(entry.time)}  by {actor(entry)}",
    )


def _facts(recording: Recording) -> Iterator[tuple[str, Text]]:
    snapshot = recording.snapshot
    yield "recorded", Text(moment(snapshot.recorded_at))
    yield (
        "parent",
        Text("none, it is the zone's first" if snapshot.parent is None else str(snapshot.parent)),
    )
    for name, view, counts in (
        ("source", snapshot.source, recording.source),
        ("served", snapshot.served, recording.served),
    ):
        size = view.count if view else 0
        yield name, Text(f"{size} rrset{'' if size == 1 else 's'}{_against(recording, counts)}")
    losses = ", ".join(f"{number} {kind}" for kind, number in sorted(snapshot.losses.items()))
    yield "losses", Text(losses or "none")
    yield "SOA", Text(snapshot.soa_line())


def _against(recording: Recording, counts: Counts | None) -> str:
    if recording.against is None or counts is None:
        return ""
    return f"; {in_words(counts)} since {recording.against.serial}"


def _arrived(snapshot: Snapshot) -> str:
    number = len(snapshot.reason.changes)
    return "an event" if number == 1 else f"{number} events, read together"


def event_document(event: Recording | AuditEntry) -> dict[str, Any]:
    """Give an event of the history as JSON-able data; times in epoch seconds."""
    if isinstance(event, AuditEntry):
        return {"kind": "action", **asdict(event)}
    snapshot = event.snapshot
    return {
        "kind": "snapshot",
        "zone": snapshot.zone,
        "apex": snapshot.apex,
        "serial": snapshot.serial,
        "parent": snapshot.parent,
        "time": snapshot.recorded_at,
        "standing": event.standing,
        "reason": asdict(snapshot.reason),
        "against": event.against.serial if event.against else None,
        "served": asdict(event.served) if event.served else None,
        "source": asdict(event.source) if event.source else None,
        "decided_anew": event.decided_anew,
        "damaged": event.damaged or None,
        "held_because": list(why_held(snapshot)),
    }


def recording_document(recording: Recording) -> dict[str, Any]:
    """Give one snapshot whole as JSON-able data."""
    snapshot = recording.snapshot
    return event_document(recording) | {
        "source_rrsets": snapshot.source.count if snapshot.source else 0,
        "served_rrsets": snapshot.served.count if snapshot.served else 0,
        "losses": dict(snapshot.losses),
        "soa": snapshot.soa_line(),
        "decisions": snapshot.decisions,
    }

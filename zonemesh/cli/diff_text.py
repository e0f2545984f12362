"""What `zonemesh diff` and `zonemesh blame` print."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import dns.rdatatype
from rich.console import Console
from rich.text import Text

from zonemesh.blame import Blame, Touch
from zonemesh.cli.paragraph import INDENT, put
from zonemesh.cli.reasons import reason_lines
from zonemesh.diffing import ADDED, REMOVED, RRsetChange, SnapshotDiff
from zonemesh.history_words import in_words
from zonemesh.names import text_of
from zonemesh.reasons import DECIDED_ANEW, moment
from zonemesh.snapshot import Snapshot

_STYLES = {ADDED: "green", REMOVED: "red"}


def show_diff(out: Console, diff: SnapshotDiff) -> None:
    """Show lines with their signs, and around them what is compared, as master-file comments."""
    for name, snapshot in (("-", diff.before), ("+", diff.after)):
        _comment(out, f"{name} {_called(snapshot)}")
    for sign, line in diff.lines():
        _line(out, sign, line)
    counts = diff.counts
    if not counts:
        words = "the SOA differs, no rrset does" if diff.soa else "nothing differs but the serial"
        _comment(out, words)
        return
    _comment(out, f"rrsets: {in_words(counts)}")


def _called(snapshot: Snapshot | None) -> str:
    if snapshot is None:
        return "nothing, as there is no snapshot before"
    return f"{snapshot.zone} {snapshot.serial}, {moment(snapshot.recorded_at)}"


def _comment(out: Console, text: str) -> None:
    out.print(Text(f"; {text}", style="dim"), soft_wrap=True)


def _line(out: Console, sign: str, line: str, indent: str = "") -> None:
    # Never wrapped by us: a record is a line, and a terminal folds what is too long for it.
    out.print(Text(f"{indent}{sign} {line}", style=_STYLES[sign]), soft_wrap=True)


def diff_document(diff: SnapshotDiff, *, source: bool) -> dict[str, Any]:
    """Give a diff as JSON-able data."""
    before = diff.before
    return {
        "zone": diff.after.zone,
        "from": before.serial if before else None,
        "to": diff.after.serial,
        "soa": list(diff.soa) if diff.soa else None,
        "changes": [change_document(change, source=source) for change in diff.changes],
    }


def change_document(change: RRsetChange, *, source: bool) -> dict[str, Any]:
    """Give a change as JSON-able data: what there was and is, null where there is nothing."""
    side = _rrset if source else _served
    document = {
        "owner": text_of(change.key.order),
        "type": dns.rdatatype.to_text(dns.rdatatype.RdataType.make(change.key.rdtype)),
    }
    if change.key.set_identifier:
        document["set_identifier"] = change.key.set_identifier
    return document | {"before": side(change.before), "after": side(change.after)}


def _rrset(text: str | None) -> Any:
    return json.loads(text) if text is not None else None


def _served(text: str | None) -> dict[str, Any] | None:
    if text is None:
        return None
    fields = [line.split(" ", 4) for line in text.split("\n")[:-1]]
    return {"ttl": int(fields[0][1]), "records": [rdata for *_, rdata in fields]}


def show_blame(out: Console, found: Blame) -> None:
    """Show which snapshots touched a name last, what they changed there, and who made them."""
    for number, touch in enumerate(found.touches):
        if number:
            out.print()
        put(out, Text(f"{_named(found)}: {_when(found, touch)}", style="bold"))
        for change in touch.changes:
            for sign, line in change.lines():
                _line(out, sign, line, " " * INDENT)
        for indent, text in _explained(touch):
            put(out, text, INDENT + indent)


def _named(found: Blame) -> str:
    return f"{found.owner} {dns.rdatatype.to_text(found.rdtype)}" if found.rdtype else found.owner


def _when(found: Blame, touch: Touch) -> str:
    snapshot = touch.snapshot
    serial = f"serial {snapshot.serial} ({moment(snapshot.recorded_at)})"
    what = ""
    if len(found.touches) > 1:
        what = "what is served " if touch is found.served else "the source's rrset "
    if touch.is_older:
        return f"{what}has not changed since {serial}, with which the history begins"
    if touch.is_first:
        return f"{what}is as it was in the zone's first snapshot, {serial}"
    return f"{what}{_done(touch)} in {serial}"


def _done(touch: Touch) -> str:
    if all(change.before is None for change in touch.changes):
        return "was added"
    if all(change.after is None for change in touch.changes):
        return "was removed"
    return "last changed"


def _explained(touch: Touch) -> Iterator[tuple[int, Text]]:
    if touch.is_older:
        yield 0, Text("who made it so is no longer kept", style="dim")
        return
    if touch.before and touch.skips:
        since = touch.before.serial
        yield 0, Text(f"or in one between {since} and that, which are no longer kept; known is:")
    yield from reason_lines(touch.snapshot.reason)
    if touch.before and touch.before.decisions != touch.snapshot.decisions:
        yield 0, Text(DECIDED_ANEW)


def blame_document(found: Blame) -> dict[str, Any]:
    """Give a blame as JSON-able data."""
    return {
        "owner": found.owner,
        "type": dns.rdatatype.to_text(found.rdtype) if found.rdtype else None,
        "source": _touch_document(found.source, source=True),
        "served": _touch_document(found.served, source=False),
    }


def _touch_document(touch: Touch | None, *, source: bool) -> dict[str, Any] | None:
    if touch is None:
        return None
    return {
        "serial": touch.snapshot.serial,
        "time": touch.snapshot.recorded_at,
        "before": touch.before.serial if touch.before else None,
        "older_than_the_history": touch.is_older,
        "between_is_not_kept": touch.skips,
        "reason": asdict(touch.snapshot.reason),
        "changes": [change_document(change, source=source) for change in touch.changes],
    }

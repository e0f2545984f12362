"""What the history says of a snapshot, in words."""

from collections.abc import Iterator

from zonemesh.audit import AuditEntry
from zonemesh.diffing import Counts
from zonemesh.history import Recording, Standing
from zonemesh.reasons import plain
from zonemesh.snapshot import Snapshot

_STANDINGS = {Standing.REJECTED: "held, rejected", Standing.NEVER: "was held, never served"}


def standing_words(standing: Standing) -> str:
    """Say what became of a snapshot."""
    return _STANDINGS.get(standing, standing.value)


def counted(recording: Recording) -> str:
    """Say how many rrsets differ from what was before."""
    served, source = recording.served, recording.source
    if recording.damaged:
        return "cannot be counted"
    if served is None or source is None:
        return "what was before is no longer kept"
    if recording.against is None:
        return f"{served.added} rrset{'' if served.added == 1 else 's'}"
    return f"{in_words(source)}, in the source only" if source and not served else in_words(served)


def in_words(counts: Counts) -> str:
    """Say how many rrsets came, went, and are other than they were."""
    parts = ((counts.added, "added"), (counts.removed, "removed"), (counts.changed, "changed"))
    words = ", ".join(f"{number} {what}" for number, what in parts if number)
    return f"{'about ' if counts.about else ''}{words}" if words else "no rrset differs"


def why_held(snapshot: Snapshot) -> Iterator[str]:
    """Say why a snapshot is held, or was."""
    yield from snapshot.concerns
    if snapshot.refused:
        rrsets = "1 rrset" if snapshot.refused == 1 else f"{snapshot.refused} rrsets"
        yield (
            f"the policy refuses {rrsets}; `zonemesh report {snapshot.zone} --serial "
            f"{snapshot.serial}` lists them"
        )


def actor(entry: AuditEntry) -> str:
    """Say who acted."""
    return plain(entry.who) or "somebody whom STS did not name"

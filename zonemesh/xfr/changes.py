"""What a transfer changes of a source view."""

import json
from collections import defaultdict
from dataclasses import dataclass, field

from zonemesh.route53.rrsets import source_codec
from zonemesh.tree import Difference, Load, View, same_owner
from zonemesh.xfr.presentation import value_text
from zonemesh.xfr.reader import Delta
from zonemesh.xfr.rrsets import key_of_record, rrset_text, ttls_of
from zonemesh.xfr.wire import Record
from zonemesh.zone import RRsetKey


@dataclass(slots=True)
class _Change:
    """What goes of an rrset and what comes, in the order of `Delta`."""

    removed: list[Record] = field(default_factory=list)
    added: list[Record] = field(default_factory=list)


def by_delta(view: View | None, delta: Delta, load: Load) -> Difference | None:
    """Give the rrsets that a delta changes, of which only the chunks they are in are loaded.

    None where it does not fit: it removes what is not there, or adds what is. Then the view is not
    what the primary had under the delta's first serial, and the whole zone tells.
    """
    changes: dict[RRsetKey, _Change] = defaultdict(_Change)
    for record in delta.removed:
        changes[key_of_record(record)].removed.append(record)
    for record in delta.added:
        changes[key_of_record(record)].added.append(record)
    orders = {key.order for key in changes}
    had = {entry.key: entry.text for entry in same_owner(view, orders, load, source_codec)}
    found: Difference = {}
    for key in sorted(changes):
        old = had.get(key)
        applied = _applied(key, old, changes[key])
        if applied is None:
            return None
        if old != (new := applied or None):
            found[key] = (old, new)
    return found


def _applied(key: RRsetKey, text: str | None, change: _Change) -> str | None:
    """Give the rrset's text after a change, empty where nothing is left, None where it differs."""
    ttls = ttls_of(json.loads(text)) if text else {}
    for record in change.removed:
        if ttls.pop(value_text(key.rdtype, record.rdata), None) is None:
            return None
    for record in change.added:
        value = value_text(key.rdtype, record.rdata)
        if value in ttls:
            return None
        ttls[value] = record.ttl
    return rrset_text(key, ttls) if ttls else ""

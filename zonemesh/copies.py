"""The alias index: which names copy the records of which, kept beside the source view.

An edit derives again what copies the names that it touched, in the same serial. An entry stands
under the copied name; the copying one is told apart in its key.
"""

import json
from collections.abc import Collection, Iterable

from zonemesh.names import canonical_text, order_of, parse_name
from zonemesh.tree import Entry, Load, View, same_owner, within
from zonemesh.zone import RRsetKey


def copy_entries(owner: str, targets: Iterable[str]) -> list[Entry]:
    """Give the entries of an owner name that copies some names (canonical text all)."""
    return [
        Entry(
            RRsetKey(order_of(target), 0, owner),
            json.dumps([target, owner], separators=(",", ":")) + "\n",
        )
        for target in targets
    ]


def copies_codec(text: str) -> list[Entry]:
    """Read a chunk of the alias index."""
    found = []
    for line in text.split("\n"):
        if line:
            target, owner = json.loads(line)
            found += copy_entries(owner, [target])
    return found


def copiers(
    aliases: View | None, changed: Collection[str], moved: Collection[str], apex: str, load: Load
) -> set[str]:
    """Give the names that copy, over any number of steps, what changed.

    `changed` are names whose records changed, `moved` those among them that came into being or
    vanished. A copied name without records of its own is answered by a wildcard, so a wildcard's
    change concerns all targets below its parent; and a name that comes or goes decides which
    wildcard is the one for the targets around it (RFC 4592 3.3.1).
    """
    if aliases is None:
        return set()
    found: set[str] = set()
    subtrees = {order_of(_below_apex(name, apex)) for name in moved}
    frontier = set(changed)
    while frontier:
        subtrees |= {order_of(name[2:]) for name in frontier if name.startswith("*.")}
        orders = [order_of(name) for name in frontier]
        entries = same_owner(aliases, orders, load, copies_codec)
        if subtrees:
            entries += within(aliases, subtrees, load, copies_codec)
        frontier = {entry.key.set_identifier for entry in entries} - found - set(changed)
        found |= frontier
        subtrees = set()
    return found


def _below_apex(name: str, apex: str) -> str:
    """Give the name's ancestor that is one label below the apex; the apex stands for itself."""
    labels = parse_name(name).labels
    depth = len(parse_name(apex).labels)
    if len(labels) <= depth:
        return name
    return canonical_text(parse_name(name).split(depth + 1)[1])

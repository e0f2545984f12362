"""The alias index: which names copy the records of which, kept beside the source view.

An edit derives again what copies the names that it touched, in the same serial. An entry stands
under the copied name; the copying one is told apart in its key.
"""

import json
from collections.abc import Collection, Iterable
from typing import Protocol

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
    aliases: View | None, changed: Collection[str], uprooted: Collection[str], load: Load
) -> set[str]:
    """Give the names that copy, over any number of steps, what changed.

    `changed` are names whose records changed. A copied name without records of its own is answered
    by a wildcard, so a wildcard's change concerns all targets below its parent; and a name that
    comes or goes decides which wildcard is the one for those at and below it (RFC 4592 3.3.1):
    `uprooted` are these, as `newly_placed` gives them.
    """
    if aliases is None:
        return set()
    found: set[str] = set()
    subtrees = set(map(order_of, uprooted))
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


class _Names(Protocol):
    def is_name(self, owner: str) -> bool:
        """Tell whether a name exists, if only as an empty non-terminal."""


def newly_placed(moved: Iterable[str], apex: str, before: _Names, after: _Names) -> set[str]:
    """Give the names at which the tree of names grew or shrank, the topmost of each branch.

    `moved` are names that came into being or vanished, with their records. Where a name above one
    of them was there before and is there now, as an empty non-terminal at least, the closest
    encloser of its other descendants is what it was.
    """
    depth = len(parse_name(apex).labels)
    found = set()
    for name in moved:
        top = None
        for labels in range(len(parse_name(name).labels), depth, -1):
            above = canonical_text(parse_name(name).split(labels)[1])
            if before.is_name(above) and after.is_name(above):
                break
            top = above
        if top is not None:
            found.add(top)
    return found

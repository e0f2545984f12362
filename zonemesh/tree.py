"""The tree of a view: chunks of entries under index pages, and how it is read.

Content-addressed like git's: a node is named by the SHA-256 of its text, so what two trees share
is recognised without being loaded.
"""

import hashlib
import json
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest
from typing import NamedTuple

from zonemesh.names import order_of, text_of
from zonemesh.zone import RRsetKey


class Entry(NamedTuple):
    """One rrset of a view: its key and its text, which ends with a newline."""

    key: RRsetKey
    text: str


@dataclass(frozen=True, slots=True)
class Node:
    """A chunk (level 0) or an index page: where it starts, what it holds, how many rrsets."""

    first: RRsetKey
    digest: str
    count: int


@dataclass(frozen=True, slots=True)
class View:
    """The top of a tree: SHA-256 in hex, the number of levels of pages, the number of rrsets."""

    digest: str
    level: int
    count: int


Written = dict[str, str]  # digest → text
Load = Callable[[Iterable[str]], dict[str, str]]  # digests → digest → text, all of them
Codec = Callable[[str], list[Entry]]  # a chunk's text → its entries


def digest_of(text: str) -> str:
    """Give the SHA-256 of a chunk's or page's text, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def page_entry(node: Node) -> Entry:
    """Write a node as a line of the page above it."""
    key = node.first
    line = [text_of(key.order), key.rdtype, key.set_identifier, node.count, node.digest]
    return Entry(key, json.dumps(line, separators=(",", ":")) + "\n")


def page_nodes(text: str) -> list[Node]:
    """Read a page's text: the nodes one level down, in order."""
    nodes = []
    for line in text.splitlines():
        name, rdtype, set_identifier, count, digest = json.loads(line)
        nodes.append(Node(RRsetKey(order_of(name), rdtype, set_identifier), digest, count))
    return nodes


def child_digests(text: str) -> list[str]:
    """Read of a page's text nothing but the digests of the nodes one level down."""
    return [json.loads(line)[4] for line in text.splitlines()]


def leaves(view: View | None, load: Load) -> list[Node]:
    """Give a view's chunks in order; only pages are loaded, a level at a time."""
    if view is None:
        return []
    nodes = [top_node(view)]
    for _ in range(view.level):
        nodes = _children(nodes, load)
    return nodes


def entries(view: View | None, load: Load, codec: Codec) -> Iterator[Entry]:
    """Give a view's entries in order, loading a bounded number of chunks at a time."""
    chunks = leaves(view, load)
    for start in range(0, len(chunks), 64):
        batch = chunks[start : start + 64]
        texts = load([node.digest for node in batch])
        for node in batch:
            yield from codec(texts[node.digest])


def top_node(view: View) -> Node:
    """Give the node at the top, which starts before every key."""
    return Node(RRsetKey(b"", 0), view.digest, view.count)


def _children(nodes: list[Node], load: Load) -> list[Node]:
    texts = load([node.digest for node in nodes])
    return [child for node in nodes for child in page_nodes(texts[node.digest])]


def digests(view: View | None, load: Load) -> set[str]:
    """Give the digests of every page and chunk of a view."""
    if view is None:
        return set()
    found, nodes = {view.digest}, [top_node(view)]
    for _ in range(view.level):
        nodes = _children(nodes, load)
        found.update(node.digest for node in nodes)
    return found


Difference = dict[RRsetKey, tuple[str | None, str | None]]  # key → (old text, new text)


def diff(
    old: View | None,
    new: View | None,
    load: Load,
    codec: Codec,
    orders: Iterable[bytes] | None = None,
) -> Difference:
    """Give the entries that differ between two trees; what they share is not loaded.

    With `orders` (`names.order_of` each) only those owner names are looked at.
    """
    wanted = None if orders is None else set(orders)
    mine, theirs = differing(old, new, load, wanted)
    texts = load([node.digest for node in (*mine, *theirs)])
    before = {entry.key: entry.text for node in mine for entry in codec(texts[node.digest])}
    after = {entry.key: entry.text for node in theirs for entry in codec(texts[node.digest])}
    return {
        key: (before.get(key), after.get(key))
        for key in sorted(before.keys() | after.keys())
        if before.get(key) != after.get(key) and (wanted is None or key.order in wanted)
    }


def differing(
    old: View | None, new: View | None, load: Load, orders: Iterable[bytes] | None = None
) -> tuple[list[Node], list[Node]]:
    """Give the chunks that only one of two trees has, of each tree; only pages are loaded.

    With `orders` only chunks that may hold those owner names.
    """
    wanted = None if orders is None else sorted(set(orders))
    mine: list[Node] = []
    theirs: list[Node] = []
    for level in range(max(view.level if view else 0 for view in (old, new)), -1, -1):
        if old and old.level == level:
            mine = [top_node(old)]
        if new and new.level == level:
            theirs = [top_node(new)]
        if wanted is not None:
            mine, theirs = _covering(mine, wanted), _covering(theirs, wanted)
        shared = {node.digest for node in mine} & {node.digest for node in theirs}
        mine = [node for node in mine if node.digest not in shared]
        theirs = [node for node in theirs if node.digest not in shared]
        if level:
            load_both = load([node.digest for node in (*mine, *theirs)])
            mine = [child for node in mine for child in page_nodes(load_both[node.digest])]
            theirs = [child for node in theirs for child in page_nodes(load_both[node.digest])]
    return mine, theirs


def same_owner(view: View | None, orders: Iterable[bytes], load: Load, codec: Codec) -> list[Entry]:
    """Give the entries of some owner names (`names.order_of` each), a load a level."""
    wanted = sorted(set(orders))
    if view is None or not wanted:
        return []
    nodes = [top_node(view)]
    for _ in range(view.level):
        nodes = _covering(_children(nodes, load), wanted)
    texts = load([node.digest for node in nodes])
    owners = set(wanted)
    return [
        entry for node in nodes for entry in codec(texts[node.digest]) if entry.key.order in owners
    ]


def within(view: View | None, orders: Iterable[bytes], load: Load, codec: Codec) -> list[Entry]:
    """Give the entries of some names (`names.order_of` each) and of all names below them."""
    # The order of a name ends in a zero byte, and those of the names below it begin with it.
    starts: list[bytes] = []
    for order in sorted(set(orders)):
        if not (starts and order.startswith(starts[-1])):
            starts.append(order)
    ends = [start[:-1] + b"\1" for start in starts]
    if view is None or not starts:
        return []

    def wanted(order: bytes) -> bool:
        at = bisect_right(starts, order) - 1
        return at >= 0 and order < ends[at]

    def may_hold(node: Node, following: Node | None) -> bool:
        at = bisect_right(ends, node.first.order)
        return at < len(ends) and (following is None or starts[at] <= following.first.order)

    nodes = [top_node(view)]
    for _ in range(view.level):
        below = _children(nodes, load)
        nodes = [node for node, after in zip_longest(below, below[1:]) if may_hold(node, after)]
    texts = load([node.digest for node in nodes])
    return [
        entry for node in nodes for entry in codec(texts[node.digest]) if wanted(entry.key.order)
    ]


_READ = 64  # pages, and chunks, of which what they hold is kept


class Seeker:
    """Seeks names in a view one after another; keeps what the last pages and chunks hold."""

    def __init__(self, view: View | None, load: Load, codec: Codec) -> None:
        self._view = view
        self._below = lru_cache(_READ)(lambda digest: page_nodes(load([digest])[digest]))
        self._entries = lru_cache(_READ)(lambda digest: codec(load([digest])[digest]))

    def first_from(self, order: bytes) -> Entry | None:
        """Give the first entry whose name is not before `order`; None where there is none."""
        if self._view is None:
            return None
        nodes = [top_node(self._view)]
        for _ in range(self._view.level):
            below = [child for node in nodes for child in self._below(node.digest)]
            at = max(bisect_left(below, order, key=lambda node: node.first.order) - 1, 0)
            nodes = below[at : at + 2]  # all of the first may be before it
        for node in nodes:
            found = self._entries(node.digest)
            at = bisect_left(found, order, key=lambda entry: entry.key.order)
            if at < len(found):
                return found[at]
        return None


def _covering(nodes: list[Node], wanted: list[bytes]) -> list[Node]:
    """Keep the nodes that may hold a wanted owner, whose rrsets may straddle two nodes."""
    found = []
    for node, following in zip_longest(nodes, nodes[1:]):
        at = bisect_left(wanted, node.first.order)
        if at < len(wanted) and (following is None or wanted[at] <= following.first.order):
            found.append(node)
    return found

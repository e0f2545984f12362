"""How entries become chunks and pages, and how an edit replaces as few of them as can be.

Where a run of entries ends is decided by the keys alone (and by hard limits) since the last end, so
an edit replaces the run that it falls in and a page on each level, in a zone of any size; and the
same entries make the same tree, however they came to be.
"""

import hashlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping

from zonemesh.tree import (
    Codec,
    Entry,
    Load,
    Node,
    View,
    Written,
    digest_of,
    page_entry,
    page_nodes,
    top_node,
)
from zonemesh.zone import RRsetKey

# Short runs make small writes: an edit writes one chunk and one page a level, for each view.
CHUNK_MIN, CHUNK_MORE, CHUNK_MAX = 64, 64, 512
PAGE_MIN, PAGE_MORE, PAGE_MAX = 24, 16, 96
BYTES_MAX = 160_000  # of text; a DynamoDB item ends at 400 KB and random text does not compress


def _ends_run(key: RRsetKey, one_in: int) -> bool:
    seed = b"%s %d %s" % (key.order, key.rdtype, key.set_identifier.encode())
    return int.from_bytes(hashlib.blake2b(seed, digest_size=4).digest()) % one_in == 0


class _Runs:
    """Cuts a stream of entries into runs; a cut depends only on what came since the last one."""

    def __init__(self, level: int, written: Written) -> None:
        self._min, self._more, self._max = (
            (PAGE_MIN, PAGE_MORE, PAGE_MAX) if level else (CHUNK_MIN, CHUNK_MORE, CHUNK_MAX)
        )
        self._written = written
        self._run: list[Entry] = []
        self._bytes = 0
        self._count = 0
        self.nodes: list[Node] = []

    @property
    def clean(self) -> bool:
        """True where the last entry ended a run."""
        return not self._run

    def add(self, entry: Entry, count: int) -> None:
        size = len(entry.text.encode())
        if self._run and self._bytes + size > BYTES_MAX:
            self.cut()
        self._run.append(entry)
        self._bytes += size
        self._count += count
        length = len(self._run)
        if length >= self._max or (length >= self._min and _ends_run(entry.key, self._more)):
            self.cut()

    def cut(self) -> None:
        if not self._run:
            return
        text = "".join(entry.text for entry in self._run)
        node = Node(self._run[0].key, digest_of(text), self._count)
        self._written[node.digest] = text
        self.nodes.append(node)
        self._run, self._bytes, self._count = [], 0, 0


def build(entries: Iterable[Entry], written: Written) -> View | None:
    """Make the tree of some entries, which must be in order; None where there are none.

    Chunks and pages are added to `written`.
    """
    runs = _Runs(0, written)
    for entry in entries:
        runs.add(entry, 1)
    runs.cut()
    return _raise(runs.nodes, 0, written)


def _raise(nodes: list[Node], level: int, written: Written) -> View | None:
    """Put pages above the nodes of a level until one node is left."""
    while len(nodes) > 1:
        level += 1
        runs = _Runs(level, written)
        for node in nodes:
            runs.add(page_entry(node), node.count)
        runs.cut()
        nodes = runs.nodes
    return View(nodes[0].digest, level, nodes[0].count) if nodes else None


def edit(
    view: View | None,
    changes: Mapping[RRsetKey, str | None],
    load: Load,
    codec: Codec,
    written: Written,
) -> View | None:
    """Give the tree with some entries put (their text) or dropped (None).

    The result is the tree that `build` would make of all entries. Only what the changes touch is
    loaded; new chunks and pages are added to `written`.
    """
    if view is None:
        put = (Entry(key, text) for key, text in sorted(changes.items()) if text is not None)
        return build(put, written)
    items: _Changes = {
        key: None if text is None else (Entry(key, text), 1) for key, text in changes.items()
    }
    made: list[Node] = []
    for level in range(view.level + 1):
        gone, made = _Level(view, level, load, codec).edit(items, written)
        if not gone and not made:
            return view
        items = dict.fromkeys(gone)
        items.update({node.first: (page_entry(node), node.count) for node in made})
    if len(made) == 1:
        return _lower(made[0], view.level, load, written)
    return _raise(made, view.level, written)


def _lower(node: Node, level: int, load: Load, written: Written) -> View:
    """Take off pages that hold one node only."""
    while level:
        text = written.get(node.digest) or load([node.digest])[node.digest]
        below = page_nodes(text)
        if len(below) > 1:
            break
        written.pop(node.digest, None)
        node, level = below[0], level - 1
    return View(node.digest, level, node.count)


_Item = tuple[Entry, int]
_Changes = dict[RRsetKey, _Item | None]


class _Level:
    """One level of a tree while it is edited."""

    def __init__(self, view: View, level: int, load: Load, codec: Codec) -> None:
        self._view, self._level, self._load, self._codec = view, level, load, codec

    def edit(self, changes: _Changes, written: Written) -> tuple[list[RRsetKey], list[Node]]:
        """Give the first keys of the nodes that go, and the nodes that come."""
        keys = sorted(changes)
        gone: list[Node] = []
        made: list[Node] = []
        done = 0
        while done < len(keys):
            runs = _Runs(self._level, written)
            for node, following in self._nodes_from(keys[done]):
                until = done
                while until < len(keys) and (following is None or keys[until] < following):
                    until += 1
                gone.append(node)
                items: _Changes = {item[0].key: item for item in self._items(node)}
                items.update({key: changes[key] for key in keys[done:until]})
                for key in sorted(items):
                    if item := items[key]:
                        runs.add(*item)
                done = until
                if runs.clean:
                    break
            runs.cut()
            made += runs.nodes
        return self._without_unchanged(gone, made, written)

    @staticmethod
    def _without_unchanged(
        gone: list[Node], made: list[Node], written: Written
    ) -> tuple[list[RRsetKey], list[Node]]:
        same = {node.digest for node in gone} & {node.digest for node in made}
        for digest in same:
            written.pop(digest, None)
        return (
            [node.first for node in gone if node.digest not in same],
            [node for node in made if node.digest not in same],
        )

    def _items(self, node: Node) -> list[_Item]:
        text = self._load([node.digest])[node.digest]
        if self._level:
            return [(page_entry(below), below.count) for below in page_nodes(text)]
        return [(entry, 1) for entry in self._codec(text)]

    def _nodes_from(self, key: RRsetKey) -> Iterator[tuple[Node, RRsetKey | None]]:
        """Give this level's nodes from the one `key` falls in, each with where the next starts."""
        yield from self._descend(top_node(self._view), self._view.level, None, key)

    def _descend(
        self, node: Node, level: int, following: RRsetKey | None, key: RRsetKey
    ) -> Iterator[tuple[Node, RRsetKey | None]]:
        if level == self._level:
            yield node, following
            return
        below = page_nodes(self._load([node.digest])[node.digest])
        start = max(bisect_right([child.first for child in below], key) - 1, 0)
        for index in range(start, len(below)):
            after = below[index + 1].first if index + 1 < len(below) else following
            yield from self._descend(below[index], level - 1, after, key)

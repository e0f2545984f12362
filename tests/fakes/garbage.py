"""A snapshot store in memory that knows when each node was touched, and its storeroom."""

import json
from collections.abc import Callable, Collection, Iterator, Mapping

from tests.fakes.memory import MemorySnapshotStore, OnStep, _no_step
from zonemesh.storeroom import Progress, StoredNode, StorePage

PART = "-"


class DatedSnapshotStore(MemorySnapshotStore):
    """A MemorySnapshotStore; `used_at` is (zone, digest) → when it was last written."""

    def __init__(self, clock: Callable[[], int], on_step: OnStep = _no_step) -> None:
        super().__init__(on_step)
        self.clock = clock
        self.used_at: dict[tuple[str, str], int] = {}

    def write(self, zone: str, nodes: Mapping[str, str]) -> None:
        super().write(zone, nodes)
        self.used_at.update({(zone, digest): self.clock() for digest in nodes})


class MemoryStoreroom:
    """A Storeroom of a DatedSnapshotStore; steps are `page`, `drop_snapshot` and `drop_node`.

    A look through it gives `page_size` items a page, in the order of digests.
    """

    def __init__(
        self, store: DatedSnapshotStore, page_size: int = 1000, on_step: OnStep = _no_step
    ) -> None:
        self.store, self.page_size, self.on_step = store, page_size, on_step
        self.saved: Progress | None = None
        self.dropped: list[tuple[str, str]] = []

    def look_through(self, unused_since: int, start: str | None) -> Iterator[StorePage]:
        last = tuple(json.loads(start)) if start else ("", "")
        while True:
            self.on_step("page")
            heads = [("", zone) for zone in self.store.current]
            nodes = [(digest, zone) for zone, digest in self.store.nodes]
            items = sorted(item for item in [*heads, *nodes] if item > last)
            page, rest = items[: self.page_size], items[self.page_size :]
            following = json.dumps(page[-1]) if rest else None
            yield StorePage(
                zones=tuple(zone for digest, zone in page if not digest),
                unused=tuple(
                    StoredNode(zone, digest, PART)
                    for digest, zone in page
                    if digest and self.is_droppable((zone, digest), unused_since)
                ),
                following=following,
            )
            if not rest:
                return
            last = page[-1]

    def drop_snapshot(self, zone: str, serial: int) -> None:
        self.on_step("drop_snapshot")
        self.store.roots.pop((zone, serial), None)

    def drop_nodes(self, nodes: Collection[StoredNode], unused_since: int) -> int:
        before = len(self.dropped)
        for node in nodes:
            self.on_step("drop_node")
            key = (node.zone, node.digest)
            if self.is_droppable(key, unused_since):
                del self.store.nodes[key]
                self.dropped.append(key)
        return len(self.dropped) - before

    def is_droppable(self, key: tuple[str, str], unused_since: int) -> bool:
        """Tell whether a node is there and meets the condition of its deletion."""
        return key in self.store.nodes and self.store.used_at[key] < unused_since

    def progress(self) -> Progress | None:
        return self.saved

    def save_progress(self, progress: Progress) -> None:
        self.saved = progress

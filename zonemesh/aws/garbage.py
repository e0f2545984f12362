"""The table as the collector of garbage sees it.

What is unused is found by a Scan. A chunk is a partition of its own, so no Query lists a zone's;
an index would cost every recording a write unit a chunk, and lists of what was written would miss
what a recorder wrote that was cut off. A Scan a day costs half a read unit for 4 KB: some ten cents
for 5 GB. It is given keys alone, as the role of the function insists.
docs.aws.amazon.com/amazondynamodb/latest/developerguide/Scan.html
"""

import json
from collections.abc import Collection, Iterator
from dataclasses import asdict

from zonemesh.aws.snapshots import snapshot_key
from zonemesh.aws.table import Item, Key, Put, Table, keyed
from zonemesh.deployment import (
    CHUNK_PREFIX,
    GARBAGE_PARTITION,
    HEAD,
    PARTITION_KEY,
    SORT_KEY,
    USED_AT,
    ZONE_PREFIX,
)
from zonemesh.storeroom import Progress, StoredNode, StorePage

_PROGRESS: Key = (GARBAGE_PARTITION, "progress")
_WANTED = (
    f"(begins_with({PARTITION_KEY}, :chunk) AND {USED_AT} < :cutoff)"
    f" OR (begins_with({PARTITION_KEY}, :zone) AND {SORT_KEY} = :head)"
)


class DynamoStoreroom:
    """A Storeroom in the table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def look_through(self, unused_since: int, start: str | None) -> Iterator[StorePage]:
        values = {
            ":chunk": CHUNK_PREFIX,
            ":cutoff": unused_since,
            ":zone": ZONE_PREFIX,
            ":head": HEAD,
        }
        after: Key | None = tuple(json.loads(start)) if start else None
        attributes = (PARTITION_KEY, SORT_KEY)
        for items, following in self._table.scan(attributes, _WANTED, values, after):
            heads = [item for item in items if item[SORT_KEY] == HEAD]
            nodes = [item for item in items if item[PARTITION_KEY].startswith(CHUNK_PREFIX)]
            yield StorePage(
                zones=tuple(item[PARTITION_KEY].removeprefix(ZONE_PREFIX) for item in heads),
                unused=tuple(map(_node, nodes)),
                following=json.dumps(following) if following else None,
            )

    def drop_snapshot(self, zone: str, serial: int) -> None:
        self._table.delete(snapshot_key(zone, serial))

    def drop_nodes(self, nodes: Collection[StoredNode], unused_since: int) -> int:
        keys = [_key(node) for node in nodes]
        return self._table.delete_each(keys, f"{USED_AT} < :cutoff", {":cutoff": unused_since})

    def progress(self) -> Progress | None:
        item = self._table.get(_PROGRESS)
        return Progress(**json.loads(item["progress"])) if item else None

    def save_progress(self, progress: Progress) -> None:
        self._table.put(Put(keyed(_PROGRESS, progress=json.dumps(asdict(progress)))))


def _node(item: Item) -> StoredNode:
    zone, _, digest = item[PARTITION_KEY].removeprefix(CHUNK_PREFIX).rpartition("#")
    return StoredNode(zone, digest, item[SORT_KEY])


def _key(node: StoredNode) -> Key:
    return f"{CHUNK_PREFIX}{node.zone}#{node.digest}", node.part

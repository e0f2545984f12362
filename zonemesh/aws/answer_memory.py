"""What zones' questions were answered: one item a zone, written where it changes.

Key `zone#Z` / `answers`: the memory's version, when it was saved, and its content, compressed. What
is too large for an item goes before it into `answers#SLOT#PART`, where the two slots take turns:
the content that is named stays whole while the next one is written. A checksum tells when it does
not, after two runs at once. Then, as at the beginning, nothing is remembered, and the answers that
the newest snapshot was made with are where to begin anew.

`aliases` / `memory` holds the zone at which the next run begins.
"""

import hashlib
import json
import zlib
from dataclasses import asdict
from typing import Any

from zonemesh.aws.nodes import PART_BYTES
from zonemesh.aws.table import ABSENT, Item, Key, Put, Table, keyed
from zonemesh.deployment import ALIASES_PARTITION, ZONE_PREFIX
from zonemesh.settle import Memory, Settled
from zonemesh.translation.question import Question

_CURSOR: Key = (ALIASES_PARTITION, "memory")
_SORT = "answers"
_SLOTS = 2


class DynamoAnswerMemory:
    """An AnswerMemory in the table."""

    def __init__(self, table: Table) -> None:
        self._table = table
        self._kept: dict[str, Memory] = {}

    def load(self, zone: str) -> Memory:
        root = self._table.get(_root_key(zone))
        kept = self._kept.get(zone)
        if kept is not None and kept.version == (root["version"] if root else 0):
            return kept
        if root is None:
            return Memory()
        packed = self._packed(zone, root)
        if hashlib.sha256(packed).hexdigest() != root["checksum"]:
            return Memory(version=root["version"])
        try:
            return _memory(root, json.loads(zlib.decompress(packed)))
        except (KeyError, TypeError):  # as another version of zonemesh wrote it
            return Memory(version=root["version"])

    def _packed(self, zone: str, root: Item) -> bytes:
        keys = _part_keys(zone, root["version"], root["parts"])
        items = self._table.get_many(keys, consistent=True) if keys else {}
        parts = [items.get(key, {}).get("zlib", b"") for key in keys]
        return b"".join([*parts, root["zlib"]])

    def keep(self, zone: str, memory: Memory) -> None:
        self._kept[zone] = memory

    def save(self, zone: str, memory: Memory) -> bool:
        packed = zlib.compress(json.dumps(_document(memory), separators=(",", ":")).encode(), 9)
        *parts, last = [packed[at : at + PART_BYTES] for at in range(0, len(packed), PART_BYTES)]
        version = memory.version + 1
        for key, part in zip(_part_keys(zone, version, len(parts)), parts, strict=True):
            self._table.put(Put(keyed(key, zlib=part)))
        root = keyed(
            _root_key(zone),
            version=version,
            saved_at=memory.saved_at,
            checksum=hashlib.sha256(packed).hexdigest(),
            parts=len(parts),
            zlib=last,
        )
        if memory.version == 0:
            return self._table.put(Put(root, ABSENT))
        return self._table.put(Put(root, "version = :loaded", {":loaded": memory.version}))

    def cursor(self) -> str:
        item = self._table.get(_CURSOR)
        return str(item["begins_at"]) if item else ""

    def move_cursor(self, zone: str) -> None:
        self._table.put(Put(keyed(_CURSOR, begins_at=zone)))


def _root_key(zone: str) -> Key:
    return f"{ZONE_PREFIX}{zone}", _SORT


def _part_keys(zone: str, version: int, parts: int) -> list[Key]:
    """Give the keys of the parts before the last one, which is in the root."""
    slot = version % _SLOTS
    return [(f"{ZONE_PREFIX}{zone}", f"{_SORT}#{slot}#{part:04d}") for part in range(parts)]


def _document(memory: Memory) -> dict[str, Any]:
    return {
        "recorded_at": memory.recorded_at,
        "name_servers": memory.name_servers,
        "name_servers_at": memory.name_servers_at,
        "name_servers_of": memory.name_servers_of,
        "questions": [
            [asdict(question), {**asdict(settled), "seen": dict(sorted(settled.seen.items()))}]
            for question, settled in sorted(memory.questions.items(), key=lambda item: item[0])
        ],
    }


def _memory(root: Item, document: dict[str, Any]) -> Memory:
    return Memory(
        version=root["version"],
        saved_at=root["saved_at"],
        recorded_at=document["recorded_at"],
        name_servers=tuple(document["name_servers"]),
        name_servers_at=document["name_servers_at"],
        name_servers_of=document["name_servers_of"],
        questions={
            Question(**question): Settled(**settled) for question, settled in document["questions"]
        },
    )

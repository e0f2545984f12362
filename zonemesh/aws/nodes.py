"""Chunks and pages as items: compressed, and in parts where one item is too small."""

import zlib
from collections.abc import Sequence

from zonemesh.aws.table import Item, Key, keyed
from zonemesh.deployment import CHUNK_PREFIX

FIRST_PART = "-"
PART_BYTES = 350_000  # an item ends at 400 KB, keys and attribute names included
_FASTEST_FOR = 400_000  # characters; best compression below, where it saves write units


def node_key(zone: str, digest: str, part: int = 0) -> Key:
    """Give the keys of a part of a chunk or page; each node is a partition of its own."""
    return f"{CHUNK_PREFIX}{zone}#{digest}", str(part) if part else FIRST_PART


def node_items(zone: str, digest: str, text: str, used_at: int) -> list[Item]:
    """Write a node as items, the first part first; `used_at` is in epoch seconds."""
    packed = zlib.compress(text.encode(), 9 if len(text) <= _FASTEST_FOR else 6)
    parts = [packed[at : at + PART_BYTES] for at in range(0, len(packed), PART_BYTES)]
    items = [
        keyed(node_key(zone, digest, number), zlib=part, used_at=used_at)
        for number, part in enumerate(parts)
    ]
    if len(items) > 1:
        items[0]["parts"] = len(items)
    return items


def further_parts(zone: str, digest: str, first: Item) -> list[Key]:
    """Give the keys of the parts after the first."""
    return [node_key(zone, digest, number) for number in range(1, first.get("parts", 1))]


def node_text(parts: Sequence[Item | None]) -> str | None:
    """Read a node's text from all its parts; None where one is missing or they do not unpack."""
    if None in parts:
        return None
    try:
        return zlib.decompress(b"".join(part["zlib"] for part in parts if part)).decode()
    except (zlib.error, UnicodeDecodeError, KeyError):
        return None

"""Use case: the newest snapshot of a zone becomes its zone file, of which only the new is loaded.

A zone file is the texts of the served view's chunks in order, with the SOA that carries the
snapshot's serial among the apex rrsets. Nothing else is parsed.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Protocol

import dns.rdatatype

from zonemesh.ports import SnapshotStore
from zonemesh.serial import is_newer
from zonemesh.snapshot import Snapshot
from zonemesh.tree import leaves

LOADED_AT_ONCE = 64  # chunks, each at most some 160 KB: memory stays flat in a zone of any size


class Had(Protocol):
    """What is at hand of a zone already."""

    def read(self, digests: Iterable[str]) -> dict[str, str]:
        """Give the texts of those chunks and pages that are at hand and match their digest."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What a snapshot's zone file is made of: the digests of its chunks, in order.

    `pages` are the index pages that were read to know this (digest → text).
    """

    snapshot: Snapshot
    chunks: tuple[str, ...]
    pages: Mapping[str, str]


def newest_snapshot(zone: str, held: int | None, store: SnapshotStore) -> Snapshot | None:
    """Give the snapshot that the head names where its serial is newer than `held` (RFC 1982)."""
    head = store.head(zone)
    if head is None or (held is not None and not is_newer(head.serial, held)):
        return None
    return store.snapshot(zone, head.serial)


def layout(snapshot: Snapshot, had: Had, store: SnapshotStore) -> Layout:
    """Read a snapshot's index pages; raises ChunkDamaged where one is missing or wrong."""
    pages: dict[str, str] = {}

    def load(digests: Iterable[str]) -> dict[str, str]:
        texts = _texts(snapshot.zone, list(digests), had, store)
        pages.update(texts)
        return texts

    return Layout(snapshot, tuple(node.digest for node in leaves(snapshot.served, load)), pages)


def chunks(wanted: Layout, had: Had, store: SnapshotStore) -> Iterator[tuple[str, str]]:
    """Give a zone file's chunks in order (digest, text), loading a bounded number at a time.

    Raises ChunkDamaged where one is missing or wrong.
    """
    for start in range(0, len(wanted.chunks), LOADED_AT_ONCE):
        digests = wanted.chunks[start : start + LOADED_AT_ONCE]
        texts = _texts(wanted.snapshot.zone, list(digests), had, store)
        for digest in digests:
            yield digest, texts[digest]


def with_soa(snapshot: Snapshot, first_chunk: str) -> str:
    """Put the SOA into the first chunk of a zone file, where its type number belongs.

    NSD before 4.7 makes IXFRs that add the apex rrsets anew unless their types ascend in the file
    (ixfrcreate.c, process_marktypes; release notes of 4.7.0: "adding too many record types").
    """
    lines = first_chunk.splitlines(keepends=True)
    before = 0
    while before < len(lines) and _precedes_soa(lines[before], snapshot.apex):
        before += 1
    return "".join([*lines[:before], f"{snapshot.soa_line()}\n", *lines[before:]])


def _precedes_soa(line: str, apex: str) -> bool:
    owner, _, _, rdtype, _ = line.split(" ", 4)
    return owner == apex and dns.rdatatype.from_text(rdtype) < dns.rdatatype.SOA


def _texts(zone: str, digests: list[str], had: Had, store: SnapshotStore) -> dict[str, str]:
    texts = had.read(digests)
    if lacking := [digest for digest in digests if digest not in texts]:
        texts = texts | store.load(zone, lacking)
    return texts

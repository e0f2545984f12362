"""The snapshot store in DynamoDB.

Immutable content goes first, each chunk and page under its digest; then one transaction stores the
snapshot and moves the head. Nothing else ever writes a head.
"""

import hashlib
import time
import zlib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import replace

from zonemesh.aws.nodes import further_parts, node_items, node_key, node_text
from zonemesh.aws.table import ABSENT, Item, Key, Put, Table, key_of, keyed
from zonemesh.deployment import HEAD, SORT_KEY, ZONE_PREFIX
from zonemesh.errors import ChunkDamaged, HeadMoved, SnapshotDamaged, SnapshotMissing
from zonemesh.serial import MODULUS
from zonemesh.snapshot import Head, Snapshot
from zonemesh.tree import digest_of


def head_key(zone: str) -> Key:
    """Give the keys of a zone's head."""
    return f"{ZONE_PREFIX}{zone}", HEAD


def snapshot_key(zone: str, serial: int) -> Key:
    """Give the keys of a snapshot; serials have ten digits so that they sort."""
    return f"{ZONE_PREFIX}{zone}", f"{_SNAPSHOT}{serial:010d}"


_SNAPSHOT = "snap#"


class DynamoSnapshotStore:
    """A SnapshotStore in one table; `clock` gives epoch seconds and dates what is touched."""

    def __init__(self, table: Table, clock: Callable[[], float] = time.time) -> None:
        self._table, self._clock = table, clock

    def head(self, zone: str) -> Head | None:
        item = self._table.get(head_key(zone))
        return _head(zone, item) if item else None

    def heads(self, zones: Collection[str]) -> dict[str, Head]:
        items = self._table.get_many([head_key(zone) for zone in zones], consistent=True)
        return {
            zone: _head(zone, items[head_key(zone)]) for zone in zones if head_key(zone) in items
        }

    def snapshot(self, zone: str, serial: int) -> Snapshot:
        item = self._table.get(snapshot_key(zone, serial))
        if item is None:
            raise SnapshotMissing(f"{zone}: no snapshot {serial} in table {self._table.name}")
        return _snapshot(zone, item)

    def snapshots(self, zone: str, *, below: int | None = None, most: int = 100) -> list[Snapshot]:
        partition, highest = snapshot_key(zone, MODULUS if below is None else below)
        items = self._table.query_back(partition, _SNAPSHOT, below=highest, most=most)
        return [_snapshot(zone, item) for item in items]

    def _snapshot_text(self, zone: str, serial: int) -> str | None:
        item = self._table.get(snapshot_key(zone, serial))
        return _text(item) if item else None

    def load(self, zone: str, digests: Iterable[str]) -> dict[str, str]:
        wanted = list(dict.fromkeys(digests))
        found = self._read(zone, wanted, consistent=False)
        doubtful = [digest for digest in wanted if not _is_whole(digest, found[digest])]
        if doubtful:  # an eventually consistent read may miss what was written a moment ago
            found.update(self._read(zone, doubtful, consistent=True))
        return {digest: _checked(zone, digest, found[digest]) for digest in wanted}

    def _read(self, zone: str, digests: list[str], *, consistent: bool) -> dict[str, str | None]:
        keys = [node_key(zone, digest) for digest in digests]
        items = self._table.get_many(keys, consistent=consistent)
        further = {
            digest: further_parts(zone, digest, items[key])
            for digest, key in zip(digests, keys, strict=True)
            if key in items
        }
        more = [key for parts in further.values() for key in parts]
        items.update(self._table.get_many(more, consistent=consistent))
        return {
            digest: node_text([items.get(part) for part in (key, *further.get(digest, ()))])
            for digest, key in zip(digests, keys, strict=True)
        }

    def write(self, zone: str, nodes: Mapping[str, str]) -> None:
        used_at = int(self._clock())
        firsts: list[Item] = []
        for digest, text in nodes.items():
            first, *others = node_items(zone, digest, text, used_at)
            self._table.put_many(others)  # before the first part, which makes the node readable
            firsts.append(first)
        self._table.put_many(firsts)

    def commit(self, snapshot: Snapshot, onto: Head | None) -> None:
        revision = onto.revision + 1 if onto else 0
        moved = Head(snapshot.zone, snapshot.serial, revision, decisions=snapshot.decisions)
        self._move(snapshot, moved, onto)

    def hold(self, snapshot: Snapshot, onto: Head) -> None:
        self._move(snapshot, onto.holding(snapshot), onto)

    def accept(self, head: Head) -> Head:
        if head.held is None:
            raise ValueError(f"{head.zone}: nothing is held")
        accepted = head.accepting(self.snapshot(head.zone, head.held))
        change = (
            "SET serial = :held, revision = :next, decisions = :decisions"
            " REMOVE held, rejected, minted"
        )
        values: Item = {
            ":held": accepted.serial,
            ":next": accepted.revision,
            ":decisions": accepted.decisions,
        }
        self._update(head, change, values)
        return accepted

    def reject(self, head: Head) -> Head:
        rejected = replace(head, revision=head.revision + 1, rejected=True)
        change = "SET revision = :next, rejected = :one"
        self._update(head, change, {":next": rejected.revision, ":one": 1})
        return rejected

    def _update(self, head: Head, change: str, values: Item) -> None:
        """Change the head's item where it is what was read; raises HeadMoved."""
        stands = {**_standing(head), **values}
        if not self._table.update(head_key(head.zone), change, _STANDS, stands):
            raise HeadMoved(f"{head.zone}: the head is no longer {head}")

    def _move(self, snapshot: Snapshot, to: Head, onto: Head | None) -> None:
        """Store a snapshot and put the head in one transaction; raises HeadMoved."""
        zone, text = snapshot.zone, snapshot.to_json()
        packed = zlib.compress(text.encode(), 9)
        root = keyed(
            snapshot_key(zone, snapshot.serial), zlib=packed, sha256=hashlib.sha256(packed).digest()
        )
        head = keyed(
            head_key(zone),
            serial=to.serial,
            revision=to.revision,
            decisions=to.decisions,
            recorded_at=snapshot.recorded_at,
        )
        for name, serial in (("held", to.held), ("minted", to.minted)):
            if serial is not None:
                head[name] = serial
        move = Put(head, _STANDS, _standing(onto)) if onto else Put(head, ABSENT)
        token = hashlib.sha256(f"{self._table.name} {head} {text}".encode()).hexdigest()[:36]
        if self._table.put_all_or_none([Put(root, ABSENT), move], token):
            return
        # An attempt whose answer was lost makes its own repetition fail: look whose snapshot it is.
        if self._snapshot_text(zone, snapshot.serial) != text:
            raise HeadMoved(f"{zone}: the head is no longer {onto}; {snapshot.serial} is dropped")

    def confirm(self, head: Head, *, decisions: str, held: int | None) -> None:
        change = "SET revision = :next, decisions = :decisions"
        values: Item = {":next": head.revision + 1, ":decisions": decisions}
        if held is None:
            change += " REMOVE held, rejected"
        else:
            change += ", held = :held"
            values[":held"] = held
        self._update(head, change, values)


_STANDS = "serial = :serial AND revision = :revision"


def _text(root: Item) -> str:
    return zlib.decompress(root["zlib"]).decode()


def _snapshot(zone: str, root: Item) -> Snapshot:
    """Read a snapshot's root; raises SnapshotDamaged where it is not what was written there."""
    place, packed = root[SORT_KEY], root.get("zlib", b"")
    if root.get("sha256", b"") not in (b"", hashlib.sha256(packed).digest()):
        raise SnapshotDamaged(
            f"{zone}: {place} holds other content than was written; list the zone"
        )
    try:
        snapshot = Snapshot.from_json(_text(root))
    except (zlib.error, ValueError, KeyError, TypeError) as problem:
        raise SnapshotDamaged(f"{zone}: {place} cannot be read: {problem}; list it") from problem
    if snapshot_key(snapshot.zone, snapshot.serial) != key_of(root):
        raise SnapshotDamaged(
            f"{zone}: {place} holds {snapshot.serial} of {snapshot.zone}; list it"
        )
    return snapshot


def _standing(head: Head) -> Item:
    return {":serial": head.serial, ":revision": head.revision}


def _head(zone: str, item: Item) -> Head:
    return Head(
        zone,
        item["serial"],
        item["revision"],
        item.get("held"),
        item.get("decisions", ""),
        item.get("minted"),
        "rejected" in item,
    )


def _is_whole(digest: str, text: str | None) -> bool:
    return text is not None and digest_of(text) == digest


def _checked(zone: str, digest: str, text: str | None) -> str:
    if text is None:
        raise ChunkDamaged(f"{zone}: chunk {digest} is missing or does not unpack; list the zone")
    if digest_of(text) != digest:
        raise ChunkDamaged(f"{zone}: chunk {digest} holds other content; list the zone")
    return text
